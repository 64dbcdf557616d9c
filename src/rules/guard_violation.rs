//! `guard-violation`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "guard-violation",
    summary: "A template breaks a Guard rule, with or without the migration.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
With `--guard-report` the AWS CloudFormation Guard rules of `--guard-rules` are also listed where they
fail before the migration and after it. This stops nothing: lambdalift neither caused nor repairs it.",
    example: example!("guard-violation/basic/template.yaml"),
    check: Check::Engine,
};
