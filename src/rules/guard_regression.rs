//! `guard-regression`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "guard-regression",
    summary: "The migration would break a Guard rule that the template keeps now.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
With `--guard-rules` every template is held against your AWS CloudFormation Guard rules before and
after the migration, in every alternative that its conditions and mappings allow. Where a rule does
not fail before and fails after, for a resource, nothing of the file is migrated, nor any function
of another file that runs the same package, and the run ends with status 2.

Guard sees the effective template: Globals merged in, parameters at their Defaults, aliases
resolved. What lambdalift knows of a function's program stands in `Metadata.Lambdalift`:
`Language: Go`, and `BuiltFromSource: true` where `sam build` makes it from the source that lies
there.",
    declined: "\
Every function of the file. Change the rule, or the template so that both hold, or choose another
architecture (`--architecture keep`), if that is what the rule is about.",
    silence: Silence::Otherwise("`# lambdalift: ignore` on the logical ID of the function leaves it as it is, and then nothing breaks the rule; without `--guard-rules` no rule is asked."),
    links: &["https://docs.aws.amazon.com/cfn-guard/latest/ug/what-is-guard.html"],
    example: example!("guard-regression/basic"),
    check: Check::Engine,
};
