//! `shared-value`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "shared-value",
    summary: "A value cannot be changed without changing something else.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The runtime (or Handler, CodeUri) comes from a parameter, a mapping or an anchor that has another use,
which wants the old value; or from a parameter without a Default, or one whose Default only names a value
in the Parameter Store. The function is declined, and the other use is shown.",
    example: example!("shared-value/basic/template.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::NoDefault { node, parameter } = subject.track else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!(
        "{name} takes its Runtime from the parameter {parameter}, which has no Default to change"
    );
    notes
        .decline(&RULE, *node, message)
        .help("give the parameter a Default, or deploy the stack with the new value and migrate the function by hand");
}
