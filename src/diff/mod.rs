//! The unified diff that a dry run prints.
//!
//! Contract: `git apply` and `patch -p1` turn the old bytes into exactly the new ones. A line ends at
//! `\n` and nowhere else: a carriage return is content, before a line feed or alone, because that is how
//! both programs count lines.

mod color;

pub(crate) use color::colored;
mod name;
mod replacements;

pub(crate) use replacements::replacements;

use std::path::Path;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff, group_diff_ops};

/// Unchanged lines shown around a change, as in `git diff`.
const CONTEXT: usize = 3;

/// The unified diff from `old` to `new` under the headers `--- a/<path>` and `+++ b/<path>`; empty when
/// the two are equal.
///
/// `base` is the directory the diff is to be applied from, absolute: a path below it, however spelled, is
/// shown relative to it. Any other path stays as it is, without its root.
pub(crate) fn unified(old: &[u8], new: &[u8], path: &Path, base: Option<&Path>) -> Vec<u8> {
    let mut out = Vec::new();
    if old == new {
        return out;
    }
    let old = lines(old);
    let new = lines(new);
    let name = name::slashed(path, base);
    out.extend_from_slice(&name::header(b"--- ", b"a/", &name));
    out.extend_from_slice(&name::header(b"+++ ", b"b/", &name));
    for hunk in group_diff_ops(operations(&old, &new), CONTEXT) {
        write_hunk(&mut out, &hunk, &old, &new);
    }
    out
}

/// The lines of `text`, each with its line feed; only the last may lack one.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The edit script in line indices of the whole files.
///
/// A migration changes a few lines of a file, so the common beginning and end are set aside before the
/// general algorithm sees anything.
fn operations(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    /// In a file of so many lines the general algorithm takes longer than all that came before.
    const MANY: usize = 20_000;
    if old.len() > MANY {
        return piece_by_piece(old, new);
    }
    let same = |(a, b): &(&&[u8], &&[u8])| a == b;
    let head = old.iter().zip(new).take_while(same).count();
    let old_rest = old.iter().skip(head).rev();
    let tail = old_rest
        .zip(new.iter().skip(head).rev())
        .take_while(same)
        .count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let middle = capture_diff(Algorithm::Myers, old, head..old_end, new, head..new_end);
    std::iter::once(equal(0, 0, head))
        .chain(middle)
        .chain(std::iter::once(equal(old_end, new_end, tail)))
        .filter(|operation| !matches!(operation, DiffOp::Equal { len: 0, .. }))
        .collect()
}

fn equal(old_index: usize, new_index: usize, len: usize) -> DiffOp {
    DiffOp::Equal {
        old_index,
        new_index,
        len,
    }
}

/// The same, where the general algorithm sees only what lies between lines that are the same: not always the
/// shortest script.
fn piece_by_piece(old: &[&[u8]], new: &[&[u8]]) -> Vec<DiffOp> {
    let mut operations = Vec::new();
    let (mut old_at, mut new_at) = (0, 0);
    loop {
        let (old_rest, new_rest) = (rest(old, old_at), rest(new, new_at));
        let same = old_rest.iter().zip(new_rest).take_while(|(a, b)| a == b);
        let len = same.count();
        if len > 0 {
            operations.push(equal(old_at, new_at, len));
        }
        (old_at, new_at) = (old_at + len, new_at + len);
        if old_at == old.len() && new_at == new.len() {
            return operations;
        }
        let (removed, added) = until_same(rest(old, old_at), rest(new, new_at));
        let (old_end, new_end) = (old_at + removed, new_at + added);
        let differs = capture_diff(Algorithm::Myers, old, old_at..old_end, new, new_at..new_end);
        operations.extend(differs);
        (old_at, new_at) = (old_end, new_end);
    }
}

fn rest<'l, 't>(lines: &'l [&'t [u8]], from: usize) -> &'l [&'t [u8]] {
    lines.get(from..).unwrap_or_default()
}

/// How many lines of each it takes until both go on with the same: the fewest; all of them if that is not
/// close by.
fn until_same(old: &[&[u8]], new: &[&[u8]]) -> (usize, usize) {
    /// So many lines have to be the same: functions look alike.
    const ENOUGH: usize = 8;
    const CLOSE_BY: usize = 32;
    let goes_on = |(removed, added): &(usize, usize)| {
        let (old, new) = (rest(old, *removed), rest(new, *added));
        let same = old.iter().zip(new).take(ENOUGH);
        let reaches_ends = old.len() == new.len() && old.len() < ENOUGH;
        (same.len() == ENOUGH || reaches_ends) && same.into_iter().all(|(a, b)| a == b)
    };
    (1..=CLOSE_BY)
        .flat_map(|lines| (0..=lines).map(move |removed| (removed, lines - removed)))
        .filter(|(removed, added)| *removed <= old.len() && *added <= new.len())
        .find(goes_on)
        .unwrap_or((old.len(), new.len()))
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
