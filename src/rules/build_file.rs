//! `build-file`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};
use crate::program::Goarch;

pub(crate) static RULE: Rule = Rule {
    id: "build-file",
    summary: "A build file makes the function's program under its old name.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
A template that says `bootstrap` while its Makefile still builds `main` is a broken deployment.
Where a Makefile or a shell script shows for certain which `go build` makes a function's program,
that command is edited together with the template: the name of its output, `GOARCH`,
`CGO_ENABLED=0`, `-tags lambda.norpc`, and what else names the old binary (`zip`, `cp`, `rm`,
prerequisites). `lambda.norpc` leaves out the server that only `go1.x` spoke to. Several programs of
one directory get a directory each.

A command is tied to a function by the path it writes, by the archive it packs or by the name of its
target, never by likeness. What the edited file does is read again, and must be what was intended
and nothing else. A function and its build files are written together, or not at all;
`--templates-only` leaves build files alone.",
    declined: "\
A build file that is not understood for certain declines nothing by itself: conditions, generated
rules, recursive make, loops over unknown names, a file that others use, too. It stays as it is, and
the function is migrated with a step left to do (`rebuild-artifact`, `makefile-target`,
`stale-build-file`). Only where several programs would have to share one `bootstrap`, the functions
are declined (`shared-bootstrap`). Edit the build file by hand, then run lambdalift again.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
    ],
    example: example!("build-file/basic", "fixed.yaml"; "Makefile" => "Makefile.fixed"),
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
