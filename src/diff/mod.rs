//! The unified diff that a dry run prints.
//!
//! Contract: `git apply` and `patch -p1` turn the old bytes into exactly the new ones. A line ends at
//! `\n` and nowhere else: a carriage return is content, before a line feed or alone, because that is how
//! both programs count lines.

mod color;
mod name;
mod replacements;
mod windows;

pub(crate) use color::colored;
pub(crate) use replacements::replacements;

use std::path::Path;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff, group_diff_ops};

use crate::edit::Output;
use windows::Window;

/// Unchanged lines shown around a change, as in `git diff`.
const CONTEXT: usize = 3;

/// The unified diff from `old` to `new` under the headers `--- a/<path>` and `+++ b/<path>`; empty when
/// the two are equal.
///
/// `base` is the directory the diff is to be applied from, absolute: a path below it, however spelled, is
/// shown relative to it. Any other path stays as it is, without its root.
pub(crate) fn unified(old: &[u8], new: &[u8], path: &Path, base: Option<&Path>) -> Vec<u8> {
    between(old, new, None, path, base)
}

/// The same from `old` to what `output` makes of it: only the lines that it concerns are compared.
pub(crate) fn unified_output(
    old: &str,
    output: &Output,
    path: &Path,
    base: Option<&Path>,
) -> Vec<u8> {
    let new = output.text(old);
    between(old.as_bytes(), new.as_bytes(), Some(output), path, base)
}

fn between(
    old: &[u8],
    new: &[u8],
    output: Option<&Output>,
    path: &Path,
    base: Option<&Path>,
) -> Vec<u8> {
    let mut out = Vec::new();
    if old == new {
        return out;
    }
    let (old, new) = (lines(old), lines(new));
    let name = name::slashed(path, base);
    out.extend_from_slice(&name::header(b"--- ", b"a/", &name));
    out.extend_from_slice(&name::header(b"+++ ", b"b/", &name));
    let windows = windows::windows(&old, &new, output);
    for hunk in group_diff_ops(operations(&old, &new, &windows), CONTEXT) {
        write_hunk(&mut out, &hunk, &old, &new);
    }
    out
}

/// The lines of `text`, each with its line feed; only the last may lack one.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut start = 0;
    let feeds = memchr::memchr_iter(b'\n', text);
    let mut lines = Vec::with_capacity(feeds.clone().count() + 1);
    let ends = feeds.map(|at| at + 1);
    let ends = ends.chain((!text.is_empty() && !text.ends_with(b"\n")).then_some(text.len()));
    lines.extend(ends.filter_map(|end| text.get(std::mem::replace(&mut start, end)..end)));
    lines
}

/// The edit script in line indices of the whole files, which differ in these windows alone.
fn operations(old: &[&[u8]], new: &[&[u8]], windows: &[Window]) -> Vec<DiffOp> {
    let mut operations = Operations::default();
    let (mut old_at, mut new_at) = (0, 0);
    for window in windows {
        operations.equal(old_at, new_at, window.old.start - old_at);
        // A migration changes a few lines of a file, so the common beginning and end are set aside before the
        // general algorithm sees anything.
        let (old_lines, new_lines) = window.lines(old, new);
        let same = |(a, b): &(&&[u8], &&[u8])| a == b;
        let head = old_lines.iter().zip(new_lines).take_while(same).count();
        let (old_rest, new_rest) = (old_lines.iter().skip(head), new_lines.iter().skip(head));
        let tail = old_rest.rev().zip(new_rest.rev()).take_while(same).count();
        let (old_start, new_start) = (window.old.start + head, window.new.start + head);
        let (old_end, new_end) = (window.old.end - tail, window.new.end - tail);
        operations.equal(window.old.start, window.new.start, head);
        operations.extend(capture_diff(
            Algorithm::Myers,
            old,
            old_start..old_end,
            new,
            new_start..new_end,
        ));
        operations.equal(old_end, new_end, tail);
        (old_at, new_at) = (window.old.end, window.new.end);
    }
    operations.equal(old_at, new_at, old.len() - old_at);
    operations.0
}

/// An edit script without empty parts, and without two equal ones after each other: to group it takes that for
/// granted.
#[derive(Default)]
struct Operations(Vec<DiffOp>);

impl Operations {
    fn equal(&mut self, old_index: usize, new_index: usize, more: usize) {
        match self.0.last_mut() {
            Some(DiffOp::Equal { len, .. }) => *len += more,
            _ if more > 0 => self.0.push(DiffOp::Equal {
                old_index,
                new_index,
                len: more,
            }),
            _ => {}
        }
    }

    fn extend(&mut self, operations: Vec<DiffOp>) {
        for operation in operations {
            match operation {
                DiffOp::Equal {
                    old_index,
                    new_index,
                    len,
                } => self.equal(old_index, new_index, len),
                differs => self.0.push(differs),
            }
        }
    }
}

fn write_hunk(out: &mut Vec<u8>, hunk: &[DiffOp], old: &[&[u8]], new: &[&[u8]]) {
    let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else {
        return;
    };
    let old_range = position(first.old_range().start, last.old_range().end);
    let new_range = position(first.new_range().start, last.new_range().end);
    out.extend_from_slice(format!("@@ -{old_range} +{new_range} @@\n").as_bytes());
    for operation in hunk {
        let (tag, old_range, new_range) = operation.as_tag_tuple();
        let removed = old.get(old_range).unwrap_or_default();
        let added = new.get(new_range).unwrap_or_default();
        if tag == DiffTag::Equal {
            write_lines(out, b' ', removed);
        } else {
            write_lines(out, b'-', removed);
            write_lines(out, b'+', added);
        }
    }
}

/// A hunk's range in the unified format: the first line counted from 1, and the number of lines unless it
/// is one; an empty range names the line before it.
fn position(start: usize, end: usize) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    }
}

fn write_lines(out: &mut Vec<u8>, marker: u8, lines: &[&[u8]]) {
    for line in lines {
        out.push(marker);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
