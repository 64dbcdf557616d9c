//! Finds what a build file assigns to a variable.

use std::collections::BTreeSet;

use memchr::memmem;

/// The most other variables that one may get its value from.
const MAX_REFERENCES: usize = 16;

/// The offset at which `name` gets `value`: by itself, else by one other variable.
pub(super) fn pin(plain: &[u8], name: &[u8], value: &[u8]) -> Option<usize> {
    let mut found = assignments(plain, name);
    if let Some((at, _)) = found.find(|(_, assigned)| *assigned == value) {
        return Some(at);
    }
    let through: BTreeSet<&[u8]> = assignments(plain, name)
        .filter_map(|(_, assigned)| reference(assigned))
        .collect();
    let through = through.into_iter().filter(|other| *other != name);
    through
        .take(MAX_REFERENCES)
        .flat_map(|other| assignments(plain, other))
        .filter(|(_, assigned)| *assigned == value)
        .map(|(at, _)| at)
        .min()
}

/// The variable that a value consists of: `$X`, `${X}`, `$(X)`, `{{X}}`, `{{.X}}`.
fn reference(value: &[u8]) -> Option<&[u8]> {
    let inner = match value {
        [b'$', b'(', inner @ .., b')'] | [b'$', b'{', inner @ .., b'}'] => inner,
        [b'{', b'{', inner @ .., b'}', b'}'] => inner.strip_prefix(b".").unwrap_or(inner),
        [b'$', inner @ ..] => inner,
        _ => return None,
    };
    (!inner.is_empty() && inner.iter().all(|byte| is_word(*byte))).then_some(inner)
}

/// The places where `name` is assigned to, and the values without quotes.
fn assignments<'p>(plain: &'p [u8], name: &[u8]) -> impl Iterator<Item = (usize, &'p [u8])> {
    let found: Vec<_> = memmem::find_iter(plain, name).collect();
    let length = name.len();
    found.into_iter().filter_map(move |at| {
        let (before, rest) = plain.split_at_checked(at)?;
        let value = value(before, rest.get(length..)?)?;
        Some((at, value))
    })
}

/// The value that a variable gets, from what stands before and behind its name.
fn value<'p>(before: &[u8], behind: &'p [u8]) -> Option<&'p [u8]> {
    let blank = |text: &'p [u8]| {
        text.strip_prefix(b"\"")
            .or(text.strip_prefix(b"'"))
            .unwrap_or(text)
    };
    let operators: &[&[u8]] = match before {
        // `${X:-value}` gives a default; `$X` alone reads.
        [.., b'$', b'{'] => &[b":-", b":=", b"-", b"="],
        [.., b'$' | b'.'] | [.., b'$', b'('] => return None,
        [.., byte] if is_word(*byte) || *byte == b'-' => return None,
        _ => &[b"::=", b":=", b"?=", b"+=", b"=", b": "],
    };
    // The name itself may be quoted, as a YAML or JSON key.
    let behind = trim_spaces(blank(behind));
    let rest = operators
        .iter()
        .find_map(|operator| behind.strip_prefix(*operator))?;
    let rest = blank(trim_spaces(rest));
    let is_value = |byte: u8| is_word(byte) || b"$(){}.".contains(&byte);
    let length = rest.iter().take_while(|byte| is_value(**byte)).count();
    let value = rest.get(..length)?;
    // The brace that closes `${X:-value}` or a YAML map is no part of the value.
    let open = value
        .iter()
        .filter(|byte| matches!(byte, b'{' | b'('))
        .count();
    let close = value
        .iter()
        .filter(|byte| matches!(byte, b'}' | b')'))
        .count();
    value.get(..length.saturating_sub(close.saturating_sub(open)))
}

fn trim_spaces(text: &[u8]) -> &[u8] {
    let length = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    text.get(length..).unwrap_or_default()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
