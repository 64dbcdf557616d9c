//! `handler-read`

use super::{Check, Rule};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "handler-read",
    summary: "One program serves several Handlers and reads which one it is.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
Several functions run the same Go program under different Handlers, and its source reads `_HANDLER`,
`os.Args[0]` or `os.Executable`. After the migration it would read `bootstrap` for all of them, and all
would do the same. They are declined until the program tells them apart by other means, e.g. an
environment variable.",
    example: example!("handler-read/basic/template.yaml"),
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
