//! `limit-exceeded`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "limit-exceeded",
    summary: "A file is larger or deeper than lambdalift reads.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Files above the size limit (8 MiB unless `--max-file-size` says otherwise), collections nested more than
255 levels deep, more than 1,000 YAML documents, and aliases that expand to more than 10 million nodes are
refused: no template that CloudFormation takes comes near.",
    example: example!("limit-exceeded/basic/template.yaml"),
    check: Check::Engine,
};
