//! `computed-runtime`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "computed-runtime",
    summary: "The runtime is put together when the stack is deployed.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`Fn::Sub` with variables, `Fn::Join` and the like make a runtime out of parts. With every parameter at its
Default the result is a retired runtime, but there is no text that could be changed with certainty.",
    example: example!("computed-runtime/basic/template.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::Computed { node, reason } = subject.track else {
        return;
    };
    let name = &subject.function.logical_id;
    let message = format!("{name} can end on a retired runtime, but its Runtime {reason}");
    notes
        .decline(&RULE, *node, message)
        .help("write the runtime out as a literal or as the Default of a parameter, then run lambdalift again");
}
