//! `unreadable-file`

use super::{Check, Rule, Silence};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "unreadable-file",
    summary: "A file or directory cannot be read.",
    severity: Severity::Error,
    since: "0.1.0",
    explanation: "\
The file or directory is missing, its permissions forbid reading, or the disk failed. The run goes
on with the other files and ends with status 2: nobody should take what was not read for current.",
    declined: "\
Every function of the file: it is not examined. Mend the path or the permissions, or leave it out
with `--exclude`.",
    silence: Silence::Otherwise("It cannot be ignored. `--exclude` leaves the file out of the run."),
    links: &[],
    example: None,
    check: Check::Engine,
};
