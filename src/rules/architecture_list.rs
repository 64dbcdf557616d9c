//! `architecture-list`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Architecture, Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "architecture-list",
    summary: "Architectures is written in a way that lambdalift reports and does not mend.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Lambda takes exactly one architecture. A list of two, a plain string, a computed list, and lists on
both levels (on the function and in `Globals.Function`, which SAM translators before 1.113.0 join) are
reported. A list that others share and that does not move for all of them is reported, too. The
function is migrated and stays on the architecture it has.

See <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html#cfn-lambda-function-architectures>.",
    example: example!("architecture-list/basic/template.yaml", "architecture-list/basic/fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Architecture::Form(form) = subject.architecture else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!("{name} stays on its architecture: {}", form.message);
    notes
        .note(&RULE, form.node, message)
        .help("state one architecture, on the function alone, as a list of one entry");
}
