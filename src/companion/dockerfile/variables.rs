//! The words of `ARG` and `ENV`.

use std::ops::Range;

use super::read::Text;

/// `NAME`, or `NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: Value,
}

/// The value that an `ARG` or `ENV` gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// `ARG NAME`
    Absent,
    /// A value without its quotes; variables in it are not replaced.
    Given(Text),
    /// A value with escapes, inner quotes or a `$` in single quotes.
    Unclear,
}

/// The variables of an `ARG` or `ENV`.
pub(super) fn variables(text: &Text) -> Vec<Variable> {
    let words = words(&text.value);
    let first = words.first().and_then(|it| text.value.get(it.clone()));
    // `ENV NAME value with spaces`; an ARG of this kind is invalid.
    if let Some(name) = first.filter(|it| words.len() > 1 && !it.contains('=')) {
        return vec![Variable {
            name: name.to_owned(),
            value: Value::Unclear,
        }];
    }
    words
        .into_iter()
        .filter_map(|word| variable(text, word))
        .collect()
}

fn variable(text: &Text, word: Range<usize>) -> Option<Variable> {
    let whole = text.value.get(word.clone())?;
    let Some((name, value)) = whole.split_once('=') else {
        return Some(Variable {
            name: whole.to_owned(),
            value: Value::Absent,
        });
    };
    let start = word.start + name.len() + 1;
    let quotes = |quote: char| {
        value
            .strip_prefix(quote)
            .and_then(|it| it.strip_suffix(quote))
    };
    let (inner, start) = match (quotes('"'), quotes('\'')) {
        (Some(inner), _) => (inner, start + 1),
        (_, Some(inner)) if !inner.contains('$') => (inner, start + 1),
        _ => (value, start),
    };
    let value = if inner.contains(['"', '\'', '\\', '`']) {
        Value::Unclear
    } else {
        let start = text.at.start + start;
        Value::Given(Text {
            at: start..start + inner.len(),
            value: inner.to_owned(),
            exact: text.exact,
        })
    };
    Some(Variable {
        name: name.to_owned(),
        value,
    })
}

/// Splits at blanks outside quotes.
fn words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    let mut quote = None;
    for (index, character) in text.char_indices() {
        if quote.is_none() && character.is_whitespace() {
            found.extend(start.take().map(|start| start..index));
            continue;
        }
        start.get_or_insert(index);
        match (character, quote) {
            (it, Some(open)) if it == open => quote = None,
            ('"' | '\'', None) => quote = Some(character),
            _ => {}
        }
    }
    found.extend(start.map(|start| start..text.len()));
    found
}
