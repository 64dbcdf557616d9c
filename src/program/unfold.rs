//! Makes the lines of a build file plain: no comments, no continued lines.

/// How a build file writes comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A makefile: a backslash at the end of a line continues a comment, too.
    Make,
    /// A shell script, YAML or justfile: a comment ends with its line.
    Other,
}

/// A copy of `text` of the same length, in which comments and the line ends of continued lines
/// are blanks. What is left is found at the offset that it has in `text`.
pub(super) fn unfold(text: &[u8], dialect: Dialect) -> Vec<u8> {
    let mut plain = text.to_vec();
    let mut at = 0;
    let mut quote = None;
    let mut before = b'\n';
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let [byte, after @ ..] = rest else { break };
        let mut length = 1;
        match byte {
            b'\\' if continuation(after).is_some() => {
                length += continuation(after).unwrap_or_default();
                blank(&mut plain, at, length);
            }
            b'\\' if quote != Some(b'\'') && !after.is_empty() => length = 2,
            b'\n' => quote = None,
            b'"' | b'\'' if quote == Some(*byte) => quote = None,
            b'"' | b'\'' if quote.is_none() && closes(after, *byte) => quote = Some(*byte),
            b'#' if quote.is_none() && starts_comment(before) => {
                length = comment(rest, dialect);
                blank(&mut plain, at, length);
            }
            _ => {}
        }
        before = *byte;
        at += length;
    }
    plain
}

/// The logical lines of a text that [`unfold`] made plain, with their byte offsets.
pub(super) fn lines(plain: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut next = 0;
    plain.split(|byte| *byte == b'\n').map(move |line| {
        let offset = next;
        next += line.len() + 1;
        (offset, line)
    })
}

/// The length of the line end behind a backslash, if one follows directly.
fn continuation(after: &[u8]) -> Option<usize> {
    match after {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// Whether a quote closes on its line: an apostrophe in prose does not.
fn closes(after: &[u8], quote: u8) -> bool {
    memchr::memchr2(quote, b'\n', after).and_then(|at| after.get(at)) == Some(&quote)
}

/// Whether `#` begins a comment behind this byte.
fn starts_comment(before: u8) -> bool {
    before.is_ascii_whitespace() || b";@&|(".contains(&before)
}

/// The length of the comment at the start of `rest`, line end excluded.
fn comment(rest: &[u8], dialect: Dialect) -> usize {
    memchr::memchr_iter(b'\n', rest)
        .find(|at| {
            let line = rest.get(..*at).unwrap_or_default();
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let backslashes = line.iter().rev().take_while(|byte| **byte == b'\\').count();
            dialect == Dialect::Other || backslashes % 2 == 0
        })
        .unwrap_or(rest.len())
}

fn blank(plain: &mut [u8], at: usize, length: usize) {
    if let Some(range) = plain.get_mut(at..at + length) {
        range.fill(b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_and_continuations() {
        for (text, make, other) in [
            ("a # b\nc", "a    \nc", "a    \nc"),
            ("a#b", "a#b", "a#b"),
            ("a \\\n b", "a    b", "a    b"),
            ("a \\\r\n b", "a     b", "a     b"),
            ("a \\\\\n b", "a \\\\\n b", "a \\\\\n b"),
            (
                "# a \\\nb\nc",
                "        \nc".get(1..).unwrap_or(""),
                "     \nb\nc",
            ),
            ("\"# a\" # b", "\"# a\"    ", "\"# a\"    "),
            ("don't # b", "don't    ", "don't    "),
            ("a \\# b", "a \\# b", "a \\# b"),
            ("\t@# a", "\t@   ", "\t@   "),
        ] {
            for (dialect, expected) in [(Dialect::Make, make), (Dialect::Other, other)] {
                let plain = unfold(text.as_bytes(), dialect);
                assert_eq!(plain.len(), text.len(), "{text}");
                assert_eq!(
                    String::from_utf8_lossy(&plain),
                    expected,
                    "{text} {dialect:?}"
                );
            }
        }
    }

    #[test]
    fn is_linear_in_hostile_text() {
        for unit in ["'\"", "\\\n", "# \\\n", "\"#"] {
            let text = unit.repeat(300_000);
            assert_eq!(unfold(text.as_bytes(), Dialect::Make).len(), text.len());
        }
    }
}
