//! `missing-program`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "missing-program",
    summary: "No program for the Handler is found in the function's Go source.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`CodeUri` holds Go source, but neither its root nor `<CodeUri>/<Handler>` nor
`<CodeUri>/cmd/<Handler>` holds `package main`. Which program the function runs is not to be seen,
and `sam build` would fail, or build another one.",
    declined: "\
Always: nothing of the function is edited. Let `CodeUri` name the directory that holds the program,
and run lambdalift again; the finding lists the programs below. If it can name several places, each
has to be a directory with a program at its root.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
    ],
    example: example!("missing-program/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let _ = notes.refusal(&RULE, subject);
}
