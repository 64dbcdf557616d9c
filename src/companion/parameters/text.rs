//! A string of a file, and where in the file each of its characters is written.

use std::ops::Range;

/// How a string is written: what may stand in the file for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Nothing: a plain scalar, a block scalar, a literal string of TOML.
    None,
    /// `\` begins an escape: JSON, YAML's double quotes, a basic string of TOML.
    Backslash,
    /// `''` stands for `'`: YAML's single quotes.
    Doubled,
}

/// A string as a file holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// What it says.
    pub(super) value: String,
    /// Byte offsets into the file: what is written between the quotes.
    pub(super) content: Range<usize>,
    /// How it is written.
    pub(super) escapes: Escapes,
}

impl Text {
    /// The bytes of `file` that spell `part` (byte offsets into the value), if it is spelled there
    /// character for character, without an escape or a line break within it.
    pub(super) fn locate(&self, file: &str, part: &Range<usize>) -> Option<Range<usize>> {
        let wanted = self.value.get(part.clone()).filter(|it| !it.is_empty())?;
        let written = file.get(self.content.clone())?;
        let offsets = align(written, &self.value, self.escapes)?;
        let places = offsets.get(part.clone())?;
        let start = *places.first()?;
        let is_one_piece = places.iter().copied().eq(start..start + wanted.len());
        let is_verbatim = written.get(start..start + wanted.len()) == Some(wanted);
        let begin = self.content.start + start;
        (is_one_piece && is_verbatim).then(|| begin..begin + wanted.len())
    }
}

/// For each byte of the value, the byte of `written` that it comes from. `None` where this reader
/// cannot follow: escapes of characters by number, comments, unusual folding.
fn align(written: &str, value: &str, escapes: Escapes) -> Option<Vec<usize>> {
    let mut offsets = Vec::with_capacity(value.len());
    let mut at = 0;
    for expected in value.chars() {
        let (begin, end) = next(written, at, expected, escapes)?;
        let single = end - begin == expected.len_utf8();
        for byte in 0..expected.len_utf8() {
            offsets.push(if single { begin + byte } else { begin });
        }
        at = end;
    }
    let is_nothing = |c: char| c.is_whitespace() || (escapes == Escapes::Backslash && c == '\\');
    let rest = written.get(at..)?;
    rest.chars().all(is_nothing).then_some(offsets)
}

/// Where the next character of the value is written, from `at` on: its first byte and the one
/// behind it.
fn next(written: &str, mut at: usize, expected: char, escapes: Escapes) -> Option<(usize, usize)> {
    loop {
        let rest = written.get(at..)?;
        let Some(found) = rest.chars().next() else {
            // The range of a block scalar ends before the last line ending.
            return (expected == '\n').then_some((at, at));
        };
        if escapes == Escapes::Backslash && found == '\\' {
            let behind = written.get(at + 1..)?;
            let continued = behind.len() - behind.trim_start().len();
            if continued == 0 {
                return (unescaped(behind)? == expected).then_some((at, at + 2));
            }
            // A backslash at the end of a line takes the line ending and what indents the next.
            at += 1 + continued;
            continue;
        }
        if escapes == Escapes::Doubled && rest.starts_with("''") {
            return (expected == '\'').then_some((at, at + 2));
        }
        if found == expected {
            return Some((at, at + found.len_utf8()));
        }
        let line_end = ["\r\n", "\n"].into_iter().find(|it| rest.starts_with(it));
        match (expected, line_end) {
            // A line ending that the reader normalised, or folded.
            ('\n' | ' ', Some(ending)) => return Some((at, at + ending.len())),
            // The indentation of a block scalar, or of a folded line.
            _ if found == ' ' && begins_line(written, at) => {
                at += rest.len() - rest.trim_start_matches(' ').len();
            }
            _ => return None,
        }
    }
}

/// The character that an escape stands for; `None` for those by number and all that are rare.
fn unescaped(behind_backslash: &str) -> Option<char> {
    match behind_backslash.chars().next()? {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        itself @ ('"' | '\\' | '/') => Some(itself),
        _ => None,
    }
}

fn begins_line(written: &str, at: usize) -> bool {
    let before = written.get(..at).unwrap_or_default();
    let before = before.trim_end_matches(' ');
    before.is_empty() || before.ends_with('\n')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_spelled_out() {
        use Escapes::{Backslash, Doubled, None as Plain};
        for (written, value, escapes, wanted, expected) in [
            ("a go1.x", "a go1.x", Plain, "go1.x", Some(2)),
            (
                r#"a=\"go1.x\""#,
                r#"a="go1.x""#,
                Backslash,
                "go1.x",
                Some(4),
            ),
            (r"go1\u002ex", "go1.x", Backslash, "go1.x", None),
            (r"\/go1.x", "/go1.x", Backslash, "go1.x", Some(2)),
            (r"é\tgo1.x", "é\tgo1.x", Backslash, "go1.x", Some(4)),
            ("it''s go1.x", "it's go1.x", Doubled, "go1.x", Some(6)),
            ("a \\\n   go1.x", "a go1.x", Backslash, "go1.x", Some(7)),
            ("a\r\ngo1.x", "a\ngo1.x", Plain, "go1.x", Some(3)),
            ("  a\n  go1.x", "a\ngo1.x\n", Plain, "a", Some(2)),
            ("  a\n  go1.x\n", "a\ngo1.x\n", Plain, "go1.x", Some(6)),
            ("a\n  go1.x", "a go1.x", Plain, "go1.x", Some(4)),
            ("a \\\n  ", "a ", Backslash, "a", Some(0)),
            ("go\n1.x", "go 1.x", Plain, "go 1.x", None),
            ("b", "c", Plain, "c", None),
        ] {
            let text = Text {
                value: value.to_owned(),
                content: 0..written.len(),
                escapes,
            };
            let begin = value.find(wanted).unwrap();
            let place = text.locate(written, &(begin..begin + wanted.len()));
            assert_eq!(place.map(|it| it.start), expected, "{written:?}");
        }
    }
}
