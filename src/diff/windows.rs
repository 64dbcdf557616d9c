//! Where two texts differ, as far as that is known.

use super::replacements::starts;
use crate::edit::Output;
use crate::source::Range;

/// Lines of the old text, and what has become of them, by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) old: Range,
    pub(super) new: Range,
}

impl Window {
    pub(super) fn lines<'l, 't>(
        &self,
        old: &'l [&'t [u8]],
        new: &'l [&'t [u8]],
    ) -> (&'l [&'t [u8]], &'l [&'t [u8]]) {
        let of = |lines: &'l [&'t [u8]], range: &Range| lines.get(range.clone());
        (
            of(old, &self.old).unwrap_or_default(),
            of(new, &self.new).unwrap_or_default(),
        )
    }
}

/// The parts outside of which the lines are the same: sorted, disjoint. Where nothing is known, that is all.
pub(super) fn windows(old: &[&[u8]], new: &[&[u8]], output: Option<&Output>) -> Vec<Window> {
    let Some(output) = output else {
        return vec![Window {
            old: 0..old.len(),
            new: 0..new.len(),
        }];
    };
    let (old_starts, new_starts) = (starts(old), starts(new));
    let index = |starts: &[usize], range: Range| {
        let of = |at: usize| starts.partition_point(|start| *start < at);
        of(range.start)..of(range.end)
    };
    // How many bytes have come and gone before.
    let (mut come, mut gone) = (0, 0);
    let parts = parts(&old_starts, is_unfinished(old), output).into_iter();
    parts
        .map(|part| {
            let start = part.range.start + come - gone;
            come += part.come;
            gone += part.gone;
            Window {
                new: index(&new_starts, start..part.range.end + come - gone),
                old: index(&old_starts, part.range),
            }
        })
        .collect()
}

/// Whole lines of the old text that change.
struct Part {
    range: Range,
    /// How many bytes come, and how many go.
    come: usize,
    gone: usize,
    /// Whether all that comes ends a line; else what stands behind it on its line changes with it.
    is_whole: bool,
}

/// The lines of all replacements; those that touch are one. `starts` are the lines' and the end.
fn parts(starts: &[usize], is_unfinished: bool, output: &Output) -> Vec<Part> {
    let length = starts.last().copied().unwrap_or_default();
    // No line begins at the end of an unfinished one.
    let begins = match starts.split_last() {
        Some((_, begins)) if is_unfinished => begins,
        _ => starts,
    };
    let mut parts: Vec<Part> = Vec::new();
    let after = |at: usize| begins.partition_point(|begin| *begin <= at);
    let end_of_line = |at: usize| begins.get(after(at)).copied().unwrap_or(length);
    for (range, content) in output.replacements() {
        let line = after(range.start).checked_sub(1);
        let start = line.and_then(|line| begins.get(line).copied());
        let start = start.unwrap_or_default();
        let is_whole = start == range.start
            && (range.end == length || begins.binary_search(&range.end).is_ok())
            && (content.is_empty() || content.ends_with('\n'));
        let end = match is_whole {
            true => range.end,
            false => end_of_line(range.end),
        };
        let (come, gone) = (content.len(), range.len());
        match parts.last_mut() {
            Some(last) if start <= last.range.end => {
                // A line that was left open goes on with what stands behind this.
                let end = match last.is_whole {
                    true => end,
                    false => end_of_line(range.end),
                };
                last.range.end = end.max(last.range.end);
                last.is_whole &= is_whole;
                last.come += come;
                last.gone += gone;
            }
            _ => parts.push(Part {
                range: start..end,
                come,
                gone,
                is_whole,
            }),
        }
    }
    parts
}

/// Whether the last line has no end.
fn is_unfinished(lines: &[&[u8]]) -> bool {
    lines.last().is_some_and(|line| !line.ends_with(b"\n"))
}
