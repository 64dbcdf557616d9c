//! The string form of parameter overrides, read the way the SAM CLI reads it.

use std::ops::Range;

/// One parameter of an override string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Override {
    /// The parameter's name.
    pub(super) key: String,
    /// Byte offsets into the string: the value without its quotes.
    pub(super) value: Range<usize>,
    /// The value with its escapes resolved.
    pub(super) says: String,
    /// Whether white space or the end follows: if not, a person meant something else than the CLI
    /// reads.
    pub(super) stands_alone: bool,
}

/// The parameters that the SAM CLI finds in `text`.
///
/// Where `ParameterKey=…,ParameterValue=…` occurs at all, only that form counts; else every
/// `Key=Value` behind a space. Values end at a space, so a line break is a part of them.
/// See `CfnParameterOverridesType` in
/// <https://github.com/aws/aws-sam-cli/blob/develop/samcli/cli/types.py>.
pub(super) fn sam(text: &str) -> Vec<Override> {
    let begin = text.len() - text.trim_start().len();
    let end = begin + text.trim().len();
    let trimmed = text.get(..end).unwrap_or_default();
    let long = scan(trimmed, begin, long_form);
    if long.is_empty() {
        scan(trimmed, begin, short_form)
    } else {
        long
    }
}

/// The parameter of `Key=Value` as `aws cloudformation deploy` splits it: at the first `=`.
/// See `--parameter-overrides` in
/// <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/>.
pub(super) fn aws(text: &str) -> Option<Override> {
    let (key, value) = text.split_once('=')?;
    Some(Override {
        key: key.to_owned(),
        value: key.len() + 1..text.len(),
        says: value.to_owned(),
        stands_alone: true,
    })
}

/// A parameter that begins at an offset, with the offset behind it.
type Form = fn(&str, usize, usize) -> Option<(Override, usize)>;

fn scan(text: &str, begin: usize, form: Form) -> Vec<Override> {
    let mut found = Vec::new();
    let mut at = begin;
    while at < text.len() {
        match form(text, begin, at) {
            Some((parameter, end)) => {
                found.push(parameter);
                at = end.max(at + 1);
            }
            None => at += 1,
        }
    }
    found
}

fn long_form(text: &str, _: usize, at: usize) -> Option<(Override, usize)> {
    let key = at + prefix(text, at, "ParameterKey=")?;
    let key_end = key_end(text, key)?;
    let value = key_end + prefix(text, key_end, ",ParameterValue=")?;
    parameter(text, key..key_end, value)
}

/// The CLI puts a space before the string, so that its begin counts as one.
fn short_form(text: &str, begin: usize, at: usize) -> Option<(Override, usize)> {
    let key = match prefix(text, at, " ") {
        Some(space) => at + space,
        None if at == begin => at,
        None => return None,
    };
    let key_end = key_end(text, key)?;
    let value = key_end + prefix(text, key_end, "=")?;
    parameter(text, key..key_end, value)
}

fn prefix(text: &str, at: usize, prefix: &str) -> Option<usize> {
    text.get(at..)?.starts_with(prefix).then_some(prefix.len())
}

fn key_end(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\'');
    let length = rest.find(|c| !is_key(c)).unwrap_or(rest.len());
    (length > 0).then_some(at + length)
}

fn parameter(text: &str, key: Range<usize>, value: usize) -> Option<(Override, usize)> {
    let end = quoted(text, value).or_else(|| unquoted(text, value))?;
    let unwrapped = unwrap(text, &(value..end));
    let rest = text.get(end..)?;
    let parameter = Override {
        key: unescape(text.get(unwrap(text, &key))?),
        says: unescape(text.get(unwrapped.clone())?),
        value: unwrapped,
        stands_alone: rest.is_empty() || rest.starts_with(char::is_whitespace),
    };
    Some((parameter, end))
}

/// Behind a value in quotes, in which a backslash protects the next character of its line.
fn quoted(text: &str, at: usize) -> Option<usize> {
    let mut rest = text.get(at..)?.char_indices();
    let (_, quote) = rest.next().filter(|(_, c)| matches!(c, '"' | '\''))?;
    while let Some((offset, c)) = rest.next() {
        if c == quote {
            return Some(at + offset + 1);
        }
        if c == '\\' {
            rest.next().filter(|(_, c)| *c != '\n')?;
        }
    }
    None
}

/// Behind a value without quotes: it ends at a space, a double quote or a lone backslash.
fn unquoted(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut characters = rest.char_indices().peekable();
    let mut end = rest.len();
    while let Some((offset, c)) = characters.next() {
        let protects = c == '\\' && characters.next_if(|(_, c)| *c != '\n').is_some();
        if !protects && matches!(c, ' ' | '"' | '\\') {
            end = offset;
            break;
        }
    }
    (end > 0).then_some(at + end)
}

/// The range without a pair of equal quotes around it; a quote alone is a pair to the CLI.
fn unwrap(text: &str, range: &Range<usize>) -> Range<usize> {
    let written = text.get(range.clone()).unwrap_or_default();
    let is_wrapped = |quote: char| written.starts_with(quote) && written.ends_with(quote);
    if is_wrapped('"') || is_wrapped('\'') {
        let begin = range.start + 1;
        begin..(range.end - 1).max(begin)
    } else {
        range.clone()
    }
}

fn unescape(text: &str) -> String {
    text.replace("\\ ", " ")
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, &str, bool)> {
        let found = sam(text).into_iter();
        let found = found.map(|it| (it.key, text.get(it.value).unwrap_or("?"), it.stands_alone));
        found.collect()
    }

    #[test]
    fn reads_what_sam_reads() {
        let all: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("A", &[]),
            ("A=1", &[("A", "1")]),
            ("  A=1   B=2\n", &[("A", "1"), ("B", "2")]),
            ("A=\"1\" B='2 3'", &[("A", "1"), ("B", "2 3")]),
            ("\"A\"=1", &[("A", "1")]),
            ("A=1,2 B=x=y", &[("A", "1,2"), ("B", "x=y")]),
            // A line break does not end a value.
            ("A=1\nB=2", &[("A", "1\nB=2")]),
            ("A=1 \n B=2", &[("A", "1"), ("B", "2")]),
            ("My-A=1 X.B=2", &[]),
            ("A= B=2", &[("B", "2")]),
            (r"A=\ 1 B=2", &[("A", r"\ 1"), ("B", "2")]),
            (
                "ParameterKey=A,ParameterValue=1 ParameterKey=B,ParameterValue=\"2\"",
                &[("A", "1"), ("B", "2")],
            ),
            ("ParameterKey=A,ParameterValue=1 B=2", &[("A", "1")]),
            ("é=1 A=2", &[("A", "2")]),
            ("A=\"1", &[]),
            ("A='1", &[("A", "'1")]),
            ("A='", &[("A", "")]),
        ];
        for (text, expected) in all {
            let found = read(text);
            let found: Vec<(&str, &str)> = found.iter().map(|(k, v, _)| (k.as_str(), *v)).collect();
            assert_eq!(found, *expected, "{text:?}");
        }
        assert_eq!(read("A=1\"2"), [("A".to_owned(), "1", false)]);
    }
}
