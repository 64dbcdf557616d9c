//! `shared-bootstrap`

use super::{Check, Rule};
use crate::finding::Severity;
use crate::migrate::{Notes, Subject};

pub(crate) static RULE: Rule = Rule {
    id: "shared-bootstrap",
    summary: "Several programs would have to be one bootstrap.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
On `go1.x` several functions could run different binaries of one directory, archive or S3 object. On
`provided.al2023` each package has one `bootstrap`. Where the build file that makes the binaries can be edited
with certainty, each gets a directory of its own. Otherwise all of them are declined: the finding says how to
give each function a package of its own, and what speaks against the edit.",
    example: example!("shared-bootstrap/basic/template.yaml"),
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
