//! `limit-exceeded`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "limit-exceeded",
    summary: "A file is larger or deeper than lambdalift reads.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Files above the size limit (8 MiB unless `--max-file-size` says otherwise), collections nested more
than 255 levels deep, more than 1,000 YAML documents, and aliases that expand to more than 10
million nodes are refused, so that no file can exhaust the machine. The independent YAML reader goes
128 levels deep: a deeper file is not edited. No template that CloudFormation takes comes near.",
    declined: "\
Every function of the file: it is not read, or not edited. Leave the file out with `--exclude`; if
it really is a template, split it. Under `--strict` it makes the run fail with status 2.",
    silence: Silence::ByOption,
    links: &["https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"],
    example: example!("limit-exceeded/basic"),
    check: Check::Engine,
};
