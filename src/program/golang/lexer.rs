//! Splits Go source into tokens, as far as they matter here.
//!
//! See <https://go.dev/ref/spec#Lexical_elements>. Operators come one byte at a time, and a
//! literal that never ends goes on to the end of its line or file.

use memchr::{memchr, memmem};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or keyword.
    Name,
    /// A number.
    Number,
    /// A string literal, interpreted or raw.
    Text,
    /// A rune literal.
    Rune,
    /// A comment, general or of one line.
    Comment,
    /// One byte of anything else.
    Operator,
}

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'s> {
    /// What it is.
    pub(super) kind: Kind,
    /// Byte offset into the source.
    pub(super) offset: usize,
    /// Its bytes, delimiters included.
    pub(super) text: &'s [u8],
}

impl<'s> Token<'s> {
    /// The text as a string.
    pub(super) fn lossy(&self) -> String {
        String::from_utf8_lossy(self.text).into_owned()
    }

    /// The text of a string literal without its quotes; escapes stay as they are.
    pub(super) fn unquoted(&self) -> &'s [u8] {
        match self.text {
            [open, inner @ .., close] if open == close => inner,
            [_, inner @ ..] => inner,
            [] => &[],
        }
    }

    /// Whether this is a string literal in backquotes.
    pub(super) fn is_raw(&self) -> bool {
        self.text.starts_with(b"`")
    }
}

/// An iterator over the tokens of a source.
pub(super) struct Lexer<'s> {
    source: &'s [u8],
    at: usize,
}

impl<'s> Lexer<'s> {
    /// Starts behind a byte order mark.
    pub(super) fn new(source: &'s [u8]) -> Self {
        let bom = b"\xef\xbb\xbf";
        let at = if source.starts_with(bom) {
            bom.len()
        } else {
            0
        };
        Self { source, at }
    }

    fn rest(&self) -> &'s [u8] {
        self.source.get(self.at..).unwrap_or_default()
    }
}

impl<'s> Iterator for Lexer<'s> {
    type Item = Token<'s>;

    fn next(&mut self) -> Option<Token<'s>> {
        self.at += run(self.rest(), |byte| byte.is_ascii_whitespace());
        let rest = self.rest();
        let (kind, length) = match rest {
            [] => return None,
            [b'/', b'/', ..] => (Kind::Comment, memchr(b'\n', rest).unwrap_or(rest.len())),
            [b'/', b'*', inner @ ..] => {
                let end = memmem::find(inner, b"*/").map(|at| at + 2);
                (Kind::Comment, 2 + end.unwrap_or(inner.len()))
            }
            [b'`', inner @ ..] => {
                let end = memchr(b'`', inner).map(|at| at + 1);
                (Kind::Text, 1 + end.unwrap_or(inner.len()))
            }
            [b'"', inner @ ..] => (Kind::Text, 1 + quoted(inner, b'"')),
            [b'\'', inner @ ..] => (Kind::Rune, 1 + quoted(inner, b'\'')),
            [b'0'..=b'9', ..] => (Kind::Number, run(rest, is_name)),
            [byte, ..] if is_name(*byte) => (Kind::Name, run(rest, is_name)),
            _ => (Kind::Operator, 1),
        };
        let offset = self.at;
        self.at += length;
        let text = rest.get(..length).unwrap_or(rest);
        Some(Token { kind, offset, text })
    }
}

/// Whether a byte may stand in an identifier; all that is not ASCII counts. Every byte of a program is asked
/// for this, so the answers are looked up.
fn is_name(byte: u8) -> bool {
    #[expect(
        clippy::indexing_slicing,
        reason = "in a constant, which the compiler refuses to make if it goes beyond"
    )]
    const ANSWERS: [bool; 256] = {
        let mut answers = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            answers[byte] =
                matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80..);
            byte += 1;
        }
        answers
    };
    ANSWERS.get(usize::from(byte)).is_some_and(|answer| *answer)
}

fn run(bytes: &[u8], accepts: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| accepts(**byte)).count()
}

/// The length of a literal behind its opening quote, closing quote included.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut escaped = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => return index,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if *byte == quote => return index + 1,
            _ => {}
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits() {
        let source = "ä1 0x1F \"a\\\"b\" `c\n\"` '\\'' // d\n/* e\n*/.\"open\n/*";
        let found: Vec<_> = Lexer::new(source.as_bytes())
            .map(|token| (token.kind, token.lossy()))
            .collect();
        let expected = [
            (Kind::Name, "ä1"),
            (Kind::Number, "0x1F"),
            (Kind::Text, "\"a\\\"b\""),
            (Kind::Text, "`c\n\"`"),
            (Kind::Rune, "'\\''"),
            (Kind::Comment, "// d"),
            (Kind::Comment, "/* e\n*/"),
            (Kind::Operator, "."),
            (Kind::Text, "\"open"),
            (Kind::Comment, "/*"),
        ]
        .map(|(kind, text)| (kind, text.to_owned()));
        assert_eq!(found, expected);
    }
}
