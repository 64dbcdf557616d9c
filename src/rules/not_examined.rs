//! `not-examined`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "not-examined",
    summary: "Functions may hide where lambdalift does not look.",
    severity: Severity::Info,
    since: "0.1.0",
    explanation: "\
Macros, `AWS::Include` and `Fn::Transform` add to a template when it is deployed; nested stacks and SAR
applications are templates of their own. They are listed so that nobody takes silence for proof.",
    example: example!("not-examined/basic/template.yaml", "not-examined/basic/fixed.yaml"),
    check: Check::Engine,
};
