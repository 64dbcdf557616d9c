//! `unused-ignore`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "An instruction to ignore a finding has no effect.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`# lambdalift: ignore[rule]` or `Metadata.lambdalift.ignore` stands where there is no finding of that rule.
It is a leftover, or it names the wrong rule or the wrong line.",
    example: example!("unused-ignore/basic/template.yaml"),
    check: Check::Engine,
};
