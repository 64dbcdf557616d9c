//! `computed-runtime`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject, Track};

pub(crate) static RULE: Rule = Rule {
    id: "computed-runtime",
    summary: "The runtime is put together when the stack is deployed.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`Fn::Sub` with variables, `Fn::Join` and the like make a runtime out of parts. With every parameter
at its Default the result is a retired runtime, but no text of the template holds it: to change a
part would change whatever else is made of it, and a stack may have been deployed with other values.",
    declined: "\
Always: nothing of the function is edited. Write the runtime out as a literal, or as the whole
Default of a parameter, and run lambdalift again. An `Fn::Sub` without variables counts as a
literal.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html",
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html",
    ],
    example: example!("computed-runtime/basic"),
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
