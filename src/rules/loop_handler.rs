//! `loop-handler`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "loop-handler",
    summary: "In Fn::ForEach the Handler varies, and CodeUri does not.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The body of `Fn::ForEach` stands for many functions. Its Handler contains a loop variable, so each
of them runs a program of its own; `CodeUri` does not, so all of them run the same package. On
`provided.al2023` that package has one `bootstrap`.",
    declined: "\
Always: nothing of the body is edited. Let `CodeUri` contain the loop variable, too, so that it
names the directory of each program, and run lambdalift again.",
    silence: Silence::InTemplate,
    links: &["https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html"],
    example: example!("loop-handler/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let function = subject.function;
    if !subject.track.is_leaving_go() {
        return;
    }
    // Each value of a variable that only the Handler has is a program more for the same code.
    let of_handler = function.loop_variables("Handler", subject.template);
    let code = function.code.property();
    let of_code = code.map_or(Vec::new(), |code| function.loop_variables(code.name, subject.template));
    if of_handler.iter().all(|variable| of_code.contains(variable)) {
        return;
    }
    let place = function.handler.as_ref().map_or(function.key, |handler| handler.entry.value);
    let message = format!(
        "the Handler of {} varies with the loop variable, but its code does not",
        function.logical_id
    );
    notes
        .decline(&RULE, place, message)
        .help("let CodeUri name each program's own directory, with the loop variable in it");
}
