//! `guard-regression`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "guard-regression",
    summary: "The migration would break a Guard rule that the template keeps now.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
With `--guard-rules` every template is held against your AWS CloudFormation Guard rules before and after
the migration, in every alternative that its conditions and mappings allow. Where a rule does not fail
before and fails after, for a resource, nothing of the file is migrated, and the run ends with status 2.

Guard sees the effective template: Globals merged in, parameters at their Defaults, aliases resolved. What
lambdalift knows of a function's program stands in `Metadata.Lambdalift`: `Language: Go`, and
`BuiltFromSource: true` where `sam build` makes it from the source that lies there.",
    example: example!("guard-regression/basic/template.yaml"),
    check: Check::Engine,
};
