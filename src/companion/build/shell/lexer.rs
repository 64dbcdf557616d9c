//! Splits a shell script into words and operators, each byte traced to where it stands.

use crate::program::Traced;

/// A word or an operator.
#[derive(Debug, Clone)]
pub(super) enum Token {
    Word(Word),
    /// An operator such as `&&`, or `\n`.
    Operator(&'static str),
}

/// A word as written.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    /// The text of a here-document that this word, its delimiter, introduces.
    pub(super) document: Option<Traced>,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// Characters that stand for themselves, unless they are not quoted and a pattern.
    Text { text: Traced, quoted: bool },
    /// `$NAME`, `${NAME}`, `${NAME:-default}`
    Variable {
        name: String,
        default: Option<Traced>,
        /// As written.
        text: Traced,
        quoted: bool,
    },
    /// `$(command)`, arithmetic and other expansions, as written.
    Opaque(Traced),
}

impl Word {
    /// The word if it is plain unquoted text.
    pub(super) fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [
                Part::Text {
                    text,
                    quoted: false,
                },
            ] => Some(text.as_str()),
            _ => None,
        }
    }
}

const OPERATORS: [&str; 22] = [
    "<<<", "<<-", ";;&", "&>>", "&&", "||", ";;", ";&", "<<", ">>", "<&", ">&", "&>", "<>", ">|",
    "|&", "\n", ";", "&", "|", "<", ">",
];

/// The tokens of a script. `Err` has the place of what is never closed.
pub(super) fn tokens(script: &Traced) -> Result<Vec<Token>, usize> {
    Lexer {
        script,
        text: script.as_str(),
        at: 0,
        found: Vec::new(),
        documents: Vec::new(),
    }
    .run()
}

struct Lexer<'s> {
    script: &'s Traced,
    text: &'s str,
    at: usize,
    found: Vec<Token>,
    /// The tokens that are delimiters of here-documents still to come, and whether tabs go away.
    documents: Vec<(usize, bool)>,
}

impl Lexer<'_> {
    fn run(mut self) -> Result<Vec<Token>, usize> {
        while let Some(rest) = self.text.get(self.at..).filter(|rest| !rest.is_empty()) {
            if let Some(length) = blank(rest) {
                self.at += length;
            } else if rest.starts_with('#') {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with(['(', ')']) {
                let operator = if rest.starts_with('(') { "(" } else { ")" };
                self.operator(operator);
            } else if let Some(operator) = OPERATORS.iter().find(|it| rest.starts_with(**it)) {
                self.operator(operator);
            } else {
                let word = self.word()?;
                self.word_found(word);
            }
        }
        match self.documents.is_empty() {
            true => Ok(self.found),
            false => Err(self.place(self.text.len())),
        }
    }

    fn operator(&mut self, operator: &'static str) {
        self.at += operator.len();
        self.found.push(Token::Operator(operator));
        if operator == "\n" {
            for (token, tabs) in std::mem::take(&mut self.documents) {
                self.document(token, tabs);
            }
        }
    }

    fn word_found(&mut self, word: Word) {
        let before = match self.found.last() {
            Some(Token::Operator(operator)) => *operator,
            _ => "",
        };
        if matches!(before, "<<" | "<<-") {
            self.documents.push((self.found.len(), before == "<<-"));
        }
        self.found.push(Token::Word(word));
    }

    /// Reads a here-document up to its delimiter.
    fn document(&mut self, token: usize, tabs: bool) {
        let Some(Token::Word(word)) = self.found.get_mut(token) else {
            return;
        };
        let delimiter: String = word
            .parts
            .iter()
            .map(|part| match part {
                Part::Text { text, .. } | Part::Variable { text, .. } | Part::Opaque(text) => {
                    text.as_str()
                }
            })
            .collect();
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let mut length = 0;
        for line in rest.split_inclusive('\n') {
            length += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            let line = if tabs {
                line.trim_start_matches('\t')
            } else {
                line
            };
            if line == delimiter {
                break;
            }
        }
        word.document = Some(self.script.slice(start..start + length));
        self.at += length;
    }

    fn place(&self, at: usize) -> usize {
        let places = self.script.places();
        let place = places.get(at).or(places.last()).and_then(Option::as_ref);
        place.map_or(0, |place| place.outer.start)
    }

    fn word(&mut self) -> Result<Word, usize> {
        let mut word = Word::default();
        let mut quoted = false;
        let opened = self.at;
        while let Some(next) = self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            let rest = self.text.get(self.at..).unwrap_or_default();
            match next {
                '"' => {
                    quoted = !quoted;
                    self.at += 1;
                    self.text_part(&mut word, self.at..self.at, true);
                }
                '\'' if !quoted => {
                    let body = rest.get(1..).unwrap_or_default();
                    let length = body.find('\'').ok_or_else(|| self.place(opened))?;
                    self.text_part(&mut word, self.at + 1..self.at + 1 + length, true);
                    self.at += length + 2;
                }
                '\\' if rest.starts_with("\\\n") => self.at += 2,
                '\\' if rest.starts_with("\\\r\n") => self.at += 3,
                '\\' => {
                    let escaped = rest.chars().nth(1).map_or(0, char::len_utf8);
                    let keeps = quoted
                        && !rest
                            .get(1..)
                            .is_some_and(|it| it.starts_with(['"', '\\', '$', '`']));
                    let from = if keeps { self.at } else { self.at + 1 };
                    self.text_part(&mut word, from..self.at + 1 + escaped, true);
                    self.at += 1 + escaped;
                }
                '`' => self.opaque(&mut word, closing_backquote(rest))?,
                '$' => self.dollar(&mut word, rest, quoted)?,
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' if !quoted => {
                    // `NAME=(a b)` and `name()` are put together by the parser.
                    break;
                }
                other => {
                    let end = self.at + other.len_utf8();
                    self.text_part(&mut word, self.at..end, quoted);
                    self.at = end;
                }
            }
        }
        match quoted {
            true => Err(self.place(opened)),
            false => Ok(word),
        }
    }

    fn text_part(&self, word: &mut Word, range: std::ops::Range<usize>, is_quoted: bool) {
        let piece = self.script.slice(range);
        if let Some(Part::Text { text, quoted }) = word.parts.last_mut()
            && *quoted == is_quoted
        {
            text.push(&piece);
            return;
        }
        word.parts.push(Part::Text {
            text: piece,
            quoted: is_quoted,
        });
    }

    /// Adds an expansion of this length.
    fn opaque(&mut self, word: &mut Word, length: Option<usize>) -> Result<(), usize> {
        let length = length.ok_or_else(|| self.place(self.at))?;
        let text = self.script.slice(self.at..self.at + length);
        word.parts.push(Part::Opaque(text));
        self.at += length;
        Ok(())
    }

    fn dollar(&mut self, word: &mut Word, rest: &str, quoted: bool) -> Result<(), usize> {
        let behind = rest.get(1..).unwrap_or_default();
        if behind.starts_with('(') {
            return self.opaque(word, closing(rest));
        }
        let (name, default, length) = if behind.starts_with('{') {
            let Some(length) = closing(rest) else {
                return Err(self.place(self.at));
            };
            let inner = rest.get(2..length - 1).unwrap_or_default();
            let (name, default) = match inner.split_once(":-").or_else(|| inner.split_once(":=")) {
                Some((name, default)) => (name, Some(default)),
                None => (inner, None),
            };
            let plain = default.is_none_or(|it| !it.contains(['$', '`', '"', '\'', '\\']));
            if !(is_name(name) || name == "@" || name.ends_with("[@]")) || !plain {
                return self.opaque(word, Some(length));
            }
            let default = default.map(|default| {
                let end = self.at + length - 1;
                self.script.slice(end - default.len()..end)
            });
            (name.to_owned(), default, length)
        } else {
            let is_special = |c: char| c.is_ascii_digit() || "@*#?$!-".contains(c);
            let name = match behind.chars().next() {
                Some(c) if is_special(c) => behind.get(..1).unwrap_or_default(),
                _ => {
                    let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                    behind
                        .get(..end.unwrap_or(behind.len()))
                        .unwrap_or_default()
                }
            };
            (name.to_owned(), None, 1 + name.len())
        };
        if name.is_empty() {
            self.text_part(word, self.at..self.at + 1, true);
            self.at += 1;
            return Ok(());
        }
        let text = self.script.slice(self.at..self.at + length);
        self.at += length;
        word.parts.push(Part::Variable {
            name,
            default,
            text,
            quoted,
        });
        Ok(())
    }
}

/// Whether a text is the name of a variable, or of a positional one.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The length of a blank or a continued line end at the start.
fn blank(rest: &str) -> Option<usize> {
    match rest.as_bytes() {
        [b' ' | b'\t' | b'\r', ..] => Some(1),
        [b'\\', b'\n', ..] => Some(2),
        [b'\\', b'\r', b'\n', ..] => Some(3),
        _ => None,
    }
}

fn closing_backquote(rest: &str) -> Option<usize> {
    rest.get(1..)?.find('`').map(|at| at + 2)
}

/// The length of a `$(…)` or `${…}` at the start, quotes heeded.
fn closing(rest: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate() {
        match (byte, quote) {
            _ if escaped => escaped = false,
            (b'\\', quote) if quote != Some(b'\'') => escaped = true,
            (byte, Some(open)) if byte == open => quote = None,
            (_, Some(b'\'')) => {}
            (b'\'' | b'"', None) => quote = Some(byte),
            (b'(' | b'{', _) => depth += 1,
            (b')' | b'}', _) => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
