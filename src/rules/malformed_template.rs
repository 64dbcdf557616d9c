//! `malformed-template`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "malformed-template",
    summary: "A template is not built the way CloudFormation demands.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`Resources` is no map, a resource has no `Type`, the template is a list. What can be understood is
migrated all the same.

See <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html>.",
    example: example!("malformed-template/basic/template.yaml"),
    check: Check::Engine,
};
