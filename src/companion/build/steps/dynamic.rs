//! References that a service or a task runner replaces before a shell sees the script.

use crate::program::Traced;

/// What stands for a value that is not known; a shell takes it for one, too.
const UNKNOWN: &str = "$({{ }})";

/// The most bytes that a text may grow to.
const MAX_LENGTH: usize = 1 << 16;

/// Whether a word begins with a reference whose value is not known.
pub(super) fn is_expression(word: &str) -> bool {
    word.starts_with("${{") || word.starts_with(UNKNOWN)
}

/// Replaces each reference between `open` and `}}`. `find` gives the value of what stands between
/// them.
pub(super) fn filled(
    text: &Traced,
    open: &str,
    mut find: impl FnMut(&str) -> Option<Traced>,
) -> Traced {
    let written = text.as_str();
    let mut found = Traced::default();
    let mut done = 0;
    while let Some(from) = written.get(done..).and_then(|rest| rest.find(open)) {
        let from = done + from;
        let inner = from + open.len();
        let Some(length) = written.get(inner..).and_then(|rest| rest.find("}}")) else {
            break;
        };
        let to = inner + length + "}}".len();
        found.push(&text.slice(done..from));
        let outer = text.slice(from..to).outer();
        let value = find(written.get(inner..inner + length).unwrap_or_default());
        match value.filter(|value| found.len() + value.len() <= MAX_LENGTH) {
            Some(value) => found.push_through(&value, outer.as_ref()),
            None => found.push_str(UNKNOWN, outer.as_ref()),
        }
        done = to;
    }
    found.push(&text.slice(done..text.len()));
    found
}
