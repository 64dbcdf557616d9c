//! `guard-violation`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "guard-violation",
    summary: "A template breaks a Guard rule, with or without the migration.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
With `--guard-report` the AWS CloudFormation Guard rules of `--guard-rules` are also listed where
they fail before the migration and after it, in templates that need no migration, too.",
    declined: "\
Never: lambdalift neither caused nor repairs it, and the exit status does not change. Mend the
template or the rule.",
    silence: Silence::Otherwise("It is listed only with `--guard-report`."),
    links: &["https://docs.aws.amazon.com/cfn-guard/latest/ug/what-is-guard.html"],
    example: example!("guard-violation/basic"),
    check: Check::Engine,
};
