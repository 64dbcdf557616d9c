//! What can be known of an expression: strings, variables, and these put together.

use super::Variables;
use crate::program::Traced;

/// The most bytes that a value may have.
const MAX_LENGTH: usize = 1 << 14;

/// The value of an expression; None when it is not known.
pub(super) fn value(text: &Traced, variables: &Variables) -> Option<Traced> {
    let mut found = Traced::default();
    let mut rest = trimmed(text);
    loop {
        let (part, behind) = term(&rest, variables)?;
        found.push(&part);
        (found.len() <= MAX_LENGTH).then_some(())?;
        rest = trimmed(&behind);
        match rest.as_str().chars().next() {
            None | Some('#') => return Some(found),
            Some('+') => {}
            Some('/') => found.push_str("/", None),
            Some(_) => return None,
        }
        rest = trimmed(&rest.slice(1..rest.len()));
    }
}

fn trimmed(text: &Traced) -> Traced {
    let written = text.as_str();
    let start = written.len() - written.trim_start().len();
    text.slice(start..written.trim_end().len().max(start))
}

/// A string or a variable at the start, and what stands behind it.
fn term(text: &Traced, variables: &Variables) -> Option<(Traced, Traced)> {
    let written = text.as_str();
    let quote = written.chars().next()?;
    if matches!(quote, '"' | '\'') {
        // Three quotes begin a string of several lines.
        let inner = written
            .get(1..)
            .filter(|it| !it.starts_with(&format!("{quote}{quote}")))?;
        let length = inner.find(quote)?;
        let escapes = quote == '"' && inner.get(..length)?.contains('\\');
        let value = text.slice(1..1 + length);
        return (!escapes).then(|| (value, text.slice(length + 2..text.len())));
    }
    let end = written
        .find(|c| !super::is_name(c))
        .unwrap_or(written.len());
    let value = variables.get(written.get(..end)?)?.clone()?;
    let behind = text.slice(end..text.len());
    // What stands where it is defined is not what stands here.
    let is_call = behind.as_str().starts_with('(');
    (!is_call).then(|| (Traced::unplaced(value.as_str()), behind))
}
