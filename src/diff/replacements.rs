//! The same difference as byte ranges: what goes away, and what comes.

use similar::{DiffOp, DiffTag};

use super::windows::windows;
use super::{lines, operations};
use crate::edit::Output;
use crate::source::Range;

/// A part of a text, and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replacement {
    /// Byte offsets into the old text; empty for an insertion.
    pub(crate) range: Range,
    pub(crate) content: String,
}

/// The replacements that make `new` of `old`: sorted, disjoint, and within lines as small as can be. Where
/// `output` has made it, only the lines that it concerns are compared.
pub(crate) fn replacements(old: &str, new: &str, output: Option<&Output>) -> Vec<Replacement> {
    let (old_lines, new_lines) = (lines(old.as_bytes()), lines(new.as_bytes()));
    let (old_starts, new_starts) = (starts(&old_lines), starts(&new_lines));
    let bytes = |starts: &[usize], range: Range| {
        let at = |index: usize| starts.get(index).copied().unwrap_or_default();
        at(range.start)..at(range.end)
    };
    let windows = windows(&old_lines, &new_lines, output);
    let changed = operations(&old_lines, &new_lines, &windows).into_iter();
    changed
        .filter(|operation: &DiffOp| operation.tag() != DiffTag::Equal)
        .map(|operation| {
            let range = bytes(&old_starts, operation.old_range());
            let content = new.get(bytes(&new_starts, operation.new_range()));
            trimmed(old, range, content.unwrap_or_default())
        })
        .collect()
}

/// The byte offset of each line, and that of the end.
pub(super) fn starts(lines: &[&[u8]]) -> Vec<usize> {
    let mut at = 0;
    let mut starts = vec![0];
    starts.extend(lines.iter().map(|line| {
        at += line.len();
        at
    }));
    starts
}

/// A replacement without what its two sides begin and end with.
fn trimmed(old: &str, range: Range, new: &str) -> Replacement {
    let gone = old.get(range.clone()).unwrap_or_default();
    let same = |(a, b): &(char, char)| a == b;
    let head: usize = gone
        .chars()
        .zip(new.chars())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let (gone_rest, new_rest) = (
        gone.get(head..).unwrap_or_default(),
        new.get(head..).unwrap_or_default(),
    );
    let tail: usize = gone_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(same)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let content = new_rest.get(..new_rest.len() - tail).unwrap_or_default();
    // A line break stays whole: half of CRLF is no place.
    let splits = |text: &str, at: usize| {
        let bytes = text.as_bytes();
        at > 0 && bytes.get(at - 1) == Some(&b'\r') && bytes.get(at) == Some(&b'\n')
    };
    let (start, end) = (range.start + head, range.end - tail);
    if splits(old, start) || splits(old, end) {
        return Replacement {
            range,
            content: new.to_owned(),
        };
    }
    Replacement {
        range: start..end,
        content: content.to_owned(),
    }
}
