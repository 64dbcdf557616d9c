//! `handler-read`

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "handler-read",
    summary: "One program serves several Handlers and reads which one it is.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Several functions run one Go program under different Handlers, and its source reads `_HANDLER`,
`os.Args[0]` or `os.Executable`. On `go1.x` these told which function it was. After the migration
the program would read `bootstrap` in all of them, and all would do the same.",
    declined: "\
Every function of such a program. Let the program tell them apart by something else, e.g. an
environment variable that the template sets for each function, and run lambdalift again.

A program that only one Handler starts is migrated. If it reads `_HANDLER`, that is a step left to
do: make sure that nothing depends on the old name.",
    silence: Silence::InTemplate,
    links: &["https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"],
    example: example!("handler-read/basic"; "queue/main.go"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let _ = notes.refusal(&RULE, subject);
    let Some(hit) = subject.placed().and_then(|placement| placement.program.reads_handler.as_ref())
    else {
        return;
    };
    let handler = subject.function.handler.as_ref().and_then(|handler| handler.text());
    // Of the ways to learn the name, only this one is the Handler itself, which is edited.
    if hit.what != "_HANDLER" || handler == Some("bootstrap") {
        return;
    }
    let name = &subject.function.logical_id;
    let message = format!("the program of {name} reads _HANDLER, which is bootstrap from now on");
    notes
        .follow_up(&RULE, subject.function.key, message)
        .help("make sure that the program does not depend on the old name")
        .related([Related::hit(hit, "_HANDLER is read here")]);
}
