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
`provided.al2023` each package has one `bootstrap`. Nothing at hand shows how to give each function a
package of its own, so all of them are declined.",
    example: example!("shared-bootstrap/basic/template.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    // One package is all that a registry type has: that is said elsewhere.
    let registry = subject.registry;
    if registry.is_none_or(|it| it.holds(subject.function).is_none()) {
        notes.refusal(&RULE, subject);
    }
}
