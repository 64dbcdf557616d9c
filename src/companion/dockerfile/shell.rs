//! Splits the line of a `RUN` into simple commands whose words have exact places.
//!
//! Only lines without control structures are read; for the others there is no answer, and so
//! no edit.

use std::ops::Range;

use super::read::Text;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes in the file, quotes included.
    pub(super) at: Range<usize>,
    /// What it says; variables stay. `None` for one with `$(…)`.
    pub(super) value: Option<String>,
    /// The bytes at its end, but for a closing quote, that say exactly what they are.
    pub(super) tail: Range<usize>,
}

impl Word {
    /// The text of the word; empty for one with `$(…)`.
    pub(super) fn text(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }
}

/// A simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) words: Vec<Word>,
    /// Whether it runs whenever the ones before it succeed.
    pub(super) certain: bool,
}

/// Words that make a line more than a list of commands.
const CONTROL: [&str; 15] = [
    "if", "then", "else", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
    "{", "}", "!",
];

/// The simple commands of a line; `None` when it has more than these.
pub(super) fn lines(text: &Text, escape: char) -> Option<Vec<Line>> {
    let mut splitter = Splitter {
        text: &text.value,
        at: 0,
        offset: text.at.start,
        escape,
        found: Vec::new(),
        words: Vec::new(),
        certain: true,
    };
    splitter.run()?;
    let control = |line: &Line| {
        line.words
            .first()
            .is_some_and(|it| CONTROL.contains(&it.text()))
    };
    (!splitter.found.iter().any(control)).then_some(splitter.found)
}

struct Splitter<'t> {
    text: &'t str,
    /// How far the text is read.
    at: usize,
    /// Where the text begins in the file.
    offset: usize,
    escape: char,
    found: Vec<Line>,
    words: Vec<Word>,
    certain: bool,
}

impl Splitter<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn run(&mut self) -> Option<()> {
        while let Some(next) = self.rest().chars().next() {
            if self.skip_continuation() {
                continue;
            }
            match next {
                ' ' | '\t' | '\r' | '\n' => self.at += 1,
                '#' => {
                    let end = self.rest().find('\n').unwrap_or(self.rest().len());
                    self.at += end;
                }
                '&' if self.rest().starts_with("&&") => self.end(true, 2),
                '|' if self.rest().starts_with("||") => self.end(false, 2),
                ';' | '|' => self.end(true, 1),
                '&' => return None,
                '<' | '>' => self.redirect()?,
                '(' | ')' | '`' => return None,
                _ => {
                    let word = self.word()?;
                    self.words.push(word);
                }
            }
        }
        self.end(true, 0);
        Some(())
    }

    fn end(&mut self, next_is_certain: bool, length: usize) {
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.found.push(Line {
                words,
                certain: self.certain,
            });
        }
        self.certain &= next_is_certain;
        self.at += length;
    }

    /// Skips an escaped line end and the comment lines behind it.
    fn skip_continuation(&mut self) -> bool {
        let Some(length) = continuation(self.rest(), self.escape) else {
            return false;
        };
        self.at += length;
        loop {
            let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
            let body = line.trim();
            if line.is_empty()
                || !(body.is_empty() && line.ends_with('\n') || body.starts_with('#'))
            {
                return true;
            }
            self.at += line.len();
        }
    }

    /// Skips a redirection; a here-document has no place here.
    fn redirect(&mut self) -> Option<()> {
        if self.rest().starts_with("<<") {
            return None;
        }
        let operators = self.rest().len() - self.rest().trim_start_matches(['<', '>', '&']).len();
        self.at += operators;
        while self.rest().starts_with([' ', '\t']) {
            self.at += 1;
        }
        self.word().map(|_| ())
    }

    fn word(&mut self) -> Option<Word> {
        let start = self.at;
        let mut value = Some(String::new());
        let mut quote = None;
        let mut tail = start;
        let mut tail_end = None;
        while let Some(next) = self.rest().chars().next() {
            let before = self.at;
            // Docker takes these out before the shell sees a quote.
            if self.skip_continuation() {
                // A word does not go on in an indented line.
                if quote.is_none() && self.rest().starts_with([' ', '\t', '\r', '\n']) {
                    self.at = before;
                    break;
                }
                (tail, tail_end) = (self.at, None);
                continue;
            }
            match (next, quote) {
                ('\'' | '"', None) => {
                    quote = Some(next);
                    (tail, tail_end) = (before + 1, None);
                }
                (it, Some(open)) if it == open => {
                    quote = None;
                    tail_end = Some(before);
                }
                (' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '<' | '>', None) => break,
                ('(' | ')' | '`', None) | ('`', Some('"')) => return None,
                ('$', None | Some('"')) if self.rest().starts_with("$(") => {
                    self.substitution()?;
                    value = None;
                    (tail, tail_end) = (self.at, None);
                    continue;
                }
                ('\\', None | Some('"')) => {
                    self.at += 1;
                    let escaped = self.rest().chars().next()?;
                    if let Some(value) = &mut value {
                        value.push(escaped);
                    }
                    self.at += escaped.len_utf8();
                    (tail, tail_end) = (self.at, None);
                    continue;
                }
                _ => {
                    if let Some(value) = &mut value {
                        value.push(next);
                    }
                    if tail_end.take().is_some() {
                        tail = before;
                    }
                }
            }
            self.at += next.len_utf8();
        }
        if quote.is_some() || self.at == start {
            return None;
        }
        let tail_end = tail_end.unwrap_or(self.at);
        let shift = |range: Range<usize>| range.start + self.offset..range.end + self.offset;
        Some(Word {
            at: shift(start..self.at),
            value,
            tail: shift(tail..tail_end),
        })
    }

    /// Skips `$(…)`; only one without quotes, comments and further parentheses is read.
    fn substitution(&mut self) -> Option<()> {
        let inner = self.rest().get(2..)?;
        let end = inner.find(')')?;
        let inner = inner.get(..end)?;
        if inner.contains(['(', '\'', '"', '`', '#', '\\']) {
            return None;
        }
        self.at += 2 + end + 1;
        Some(())
    }
}

/// The length of an escaped line end at the start of `text`.
fn continuation(text: &str, escape: char) -> Option<usize> {
    let behind = text.strip_prefix(escape)?;
    let line = behind.split_inclusive('\n').next()?;
    (line.ends_with('\n') && line.trim().is_empty()).then_some(escape.len_utf8() + line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Option<Vec<String>> {
        let text = Text {
            at: 10..10 + line.len(),
            value: line.to_owned(),
            exact: true,
        };
        let found = lines(&text, '\\')?;
        let show = |line_: &Line| {
            let words = line_.words.iter().map(|word| {
                let tail = line
                    .get(word.tail.start - 10..word.tail.end - 10)
                    .unwrap_or("!");
                assert!(
                    word.value.as_ref().is_none_or(|it| it.ends_with(tail)),
                    "{tail}"
                );
                word.value.clone().unwrap_or_else(|| "?".to_owned())
            });
            let mark = if line_.certain { "" } else { "~" };
            mark.to_owned() + &words.collect::<Vec<_>>().join(",")
        };
        Some(found.iter().map(show).collect())
    }

    #[test]
    fn splits() {
        for (line, expected) in [
            ("go build -o /main .", Some(vec!["go,build,-o,/main,."])),
            ("a && b; c || d", Some(vec!["a", "b", "c", "~d"])),
            ("a \\\n  -x \\\n# note\n  b", Some(vec!["a,-x,b"])),
            ("a \\\r\n\r\n  b\\\nc", Some(vec!["a,bc"])),
            ("a 'b c' \"d $E\" f\\ g", Some(vec!["a,b c,d $E,f g"])),
            ("a -X=$(git describe) b", Some(vec!["a,?,b"])),
            ("a -X=\"$(git describe)\"", Some(vec!["a,?"])),
            ("a > /dev/null 2>&1 && b", Some(vec!["a,2", "b"])),
            ("a # b", Some(vec!["a"])),
            ("", Some(vec![])),
            ("if a; then b; fi", None),
            ("for x in a b; do c; done", None),
            ("(a)", None),
            ("a `b`", None),
            ("a <<EOF", None),
            ("a $(b (c))", None),
            ("a 'b", None),
            ("a & b", None),
        ] {
            let expected = expected.map(|it| it.into_iter().map(str::to_owned).collect());
            assert_eq!(split(line), expected, "{line}");
        }
    }
}
