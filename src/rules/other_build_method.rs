//! `other-build-method`

use super::missing_build_method::BUILD_METHOD;
use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "other-build-method",
    summary: "A Go function has a BuildMethod that is neither go1.x nor makefile.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
`Metadata.BuildMethod` says how SAM builds the function. For a Go function on `provided.al2023` that
is `go1.x` or `makefile`. With any other value it is not to be seen what makes the program: `go` and
`Go1.x` are none that SAM knows, and `esbuild` or `rust-cargolambda` build another language.",
    declined: "\
Always: nothing of the function is edited. Set `BuildMethod` to `go1.x` or `makefile`, whichever
builds the program, and run lambdalift again.",
    silence: Silence::InTemplate,
    links: &["https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html"],
    example: example!("other-build-method/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    if !subject.track.is_leaving_go() {
        return;
    }
    let metadata = subject.function.metadata.as_ref();
    let Some(found) = metadata.and_then(|metadata| metadata.build_method.as_ref()) else {
        return;
    };
    let method = subject.template.document.string(found.value);
    if matches!(method, Some(BUILD_METHOD | "makefile")) {
        return;
    }
    let name = &subject.function.logical_id;
    let method = method.unwrap_or("(computed)");
    let message = format!("{name} leaves go1.x, but its BuildMethod is {method}");
    notes
        .decline(&RULE, found.value, message)
        .help("set BuildMethod to go1.x or makefile, whichever builds the program, and run lambdalift again");
}
