//! `failed-verification`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "failed-verification",
    summary: "A migrated text would not have meant what was intended.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
Before a migrated text is shown or written it is read again, by lambdalift's parser and by an independent
one, and must mean the old text plus the intended changes. If it does not, the file stays as it is and
the run ends with status 2. This is a fault in lambdalift: please report it with the template.",
    example: None,
    check: Check::Engine,
};
