//! `failed-verification`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "failed-verification",
    summary: "A migrated text would not have meant what was intended.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
Before a migrated text is shown or written it is read again, by lambdalift's own parser and by an
independent one. It has to mean the old text plus the intended changes, and every byte outside the
edits has to be as it was. If not, the file stays as it is, nothing of its diff is shown, and the
run ends with status 2.",
    declined: "\
All functions of the file that would have been edited. This is a fault in lambdalift, never in your
template: please report it, with the template if you can. Other files of the run are not concerned.",
    silence: Silence::Otherwise("It cannot be ignored. `--exclude` leaves the file out of the run."),
    links: &[],
    example: None,
    check: Check::Engine,
};
