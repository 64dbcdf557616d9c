//! `missing-program`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "missing-program",
    summary: "No program for the Handler is found in the function's Go source.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`CodeUri` holds Go source, but neither its root nor `<CodeUri>/<Handler>` nor `<CodeUri>/cmd/<Handler>`
holds `package main`. Which program the function runs is not to be seen, so it is declined.",
    example: example!("missing-program/basic/template.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let _ = notes.refusal(&RULE, subject);
}
