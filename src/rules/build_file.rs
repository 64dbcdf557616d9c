//! `build-file`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};
use crate::program::Goarch;

pub(crate) static RULE: Rule = Rule {
    id: "build-file",
    summary: "A build file makes the function's program under its old name.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
A template that says `bootstrap` while its Makefile still builds `main` is a broken deployment. Where a build
file shows for certain which `go build` makes a function's program, the command is
edited together with the template: the name of its output, `GOARCH`, `CGO_ENABLED=0`, `-tags lambda.norpc`,
and what else names the old binary. Several programs of one directory get a directory each, and `CodeUri`
follows. What the edited file does is read again and must be what was intended, and nothing else. If it
cannot be edited with certainty, it stays as it is, and a finding says what to do.

A function and its build files move together or not at all. `--templates-only` leaves build files alone; what
they need is then a step left to do.

See <https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html>.",
    example: example!("build-file/basic/template.yaml", "build-file/basic/fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(grant) = subject.grant.filter(|_| subject.placed().is_some()) else {
        return;
    };
    let name = &subject.function.logical_id;
    let files: Vec<String> = grant.files.iter().map(|it| it.display().to_string()).collect();
    let goarch = match grant.goarch {
        Goarch::Arm64 => "arm64",
        _ => "amd64",
    };
    let code = subject.function.code.property();
    let place = code.map_or(subject.function.key, |code| code.entry.value);
    let message = format!("{} builds {name} as bootstrap for {goarch}", files.join(", "));
    notes
        .build_file(&RULE, place, message)
        .related(grant.places.iter().cloned());
}
