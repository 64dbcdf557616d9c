//! `unreadable-file`

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unreadable-file",
    summary: "A file or directory cannot be read.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
The file is missing, its permissions forbid reading, or the disk failed. The run goes on with the other
files and ends with status 2.",
    example: None,
    check: Check::Engine,
};
