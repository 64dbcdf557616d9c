//! `unused-ignore`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "An instruction to ignore a finding has no effect.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`# lambdalift: ignore[rule]` or `Metadata.lambdalift.ignore` stands where there is no finding of
that rule, or is not understood. It is a leftover, or it names the wrong rule or the wrong line, and
something that was meant to be left alone is not.",
    declined: "\
Never. Remove the instruction, or move it to the line of the finding: to the end of the line, to the
line above, or to the logical ID for the whole resource. It is not reported under `--select`,
`--ignore` and `--from`, with which other findings may be missing.",
    silence: Silence::ByOption,
    links: &[],
    example: example!("unused-ignore/basic"),
    check: Check::Engine,
};
