//! `handler-read`

use crate::migrate::{Notes, Subject};

use super::{Check, Rule};
use crate::finding::Severity;

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
    notes.refusal(&RULE, subject);
}
