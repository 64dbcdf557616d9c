//! `malformed-template`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "malformed-template",
    summary: "A template is not built the way CloudFormation demands.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`Resources` is no map, a resource has no `Type`, the template is a list. CloudFormation refuses such
a template, and functions may hide in the part that is not understood.",
    declined: "\
What can be understood is migrated all the same. Correct the place that the finding shows.",
    silence: Silence::ByOption,
    links: &["https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html"],
    example: example!("malformed-template/basic"),
    check: Check::Engine,
};
