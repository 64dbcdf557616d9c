//! `shared-bootstrap`

use super::{Check, Rule, Silence};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "shared-bootstrap",
    summary: "Several programs would have to be one bootstrap.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
On `go1.x` several functions could run different binaries of one directory, archive or S3 object:
the Handler chose. On `provided.al2023` each package has one `bootstrap`, and all functions of the
package run it. A migration that only renames would let every function run the same program.",
    declined: "\
Every function of a package from which different Handlers are run, in any template of the run; a
function whose package is also run by one that stays on `go1.x`, because you ignore it; and one
whose package is run by a function on `provided.*`, whose `bootstrap` is there already. Give each
function a package of its own (a directory, an archive), with its program built as `bootstrap`, and
run lambdalift again. Where a Makefile or a script makes the binaries and can be edited for certain,
that is done in the same run (see `build-file`).",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
    ],
    example: example!("shared-bootstrap/basic"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    // One package is all that a registry type has: that is said elsewhere.
    let registry = subject.registry;
    if registry.is_some_and(|it| it.holds(subject.function).is_some()) {
        return;
    }
    if let Some(draft) = notes.refusal(&RULE, subject) {
        draft.related(subject.refusals.iter().cloned());
    }
}
