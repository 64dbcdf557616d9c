//! The bytes: nothing but the edits is new, and no edit takes more than it changes.

use super::Unproved;
use crate::edit::{Change, Edit, Splices};
use crate::syntax::{Document, NodeId};

/// Checks that `text` is the old text but for the edits, and each edit's range against its change.
pub(super) fn check(old: &Document, splices: &Splices, text: &str) -> Result<(), Unproved> {
    let (mut done, mut rest) = (0, text);
    for edit in splices.edits() {
        let range = edit.range();
        let reach = Unproved::Reach {
            offset: range.start,
        };
        let kept = old.text().get(done..range.start);
        rest = kept
            .and_then(|kept| rest.strip_prefix(kept))
            .and_then(|rest| rest.strip_prefix(edit.content()))
            .filter(|_| is_own(old, edit))
            .ok_or(reach)?;
        done = range.end;
    }
    match old.text().get(done..) == Some(rest) {
        true => Ok(()),
        false => Err(Unproved::Reach { offset: done }),
    }
}

/// Whether the bytes that the edit takes away belong to what it changes, and no line ending is cut in
/// two.
fn is_own(old: &Document, edit: &Edit) -> bool {
    let range = edit.range();
    let text = old.text().as_bytes();
    let before = |at: usize| at.checked_sub(1).and_then(|at| text.get(at));
    let cuts = |at: usize| before(at) == Some(&b'\r') && text.get(at) == Some(&b'\n');
    if cuts(range.start) || cuts(range.end) {
        return false;
    }
    match edit.change() {
        Change::Insert { mapping, index, .. } => {
            let has_room = *index <= old.entries(*mapping).len();
            range.is_empty() && old.is_mapping(*mapping) && has_room
        }
        Change::Append { sequence, .. } => range.is_empty() && old.is_sequence(*sequence),
        Change::Comment { text } => range.is_empty() && is_only_comment(old, edit, text),
        Change::Set { node, .. } => {
            let whole = old.node(*node);
            // A value that is not there has no place of its own.
            let is_absent = whole.range.is_empty();
            (is_absent && range.is_empty())
                || (whole.start <= range.start && range.end <= whole.range.end)
        }
        Change::Remove { sequence, index } => match old.items(*sequence).get(*index) {
            Some(&item) => removes_only(old, edit, item),
            None => false,
        },
    }
}

/// Whether the edit adds nothing but this comment: behind a line, or as a line of its own.
fn is_only_comment(old: &Document, edit: &Edit, comment: &str) -> bool {
    let (before, after) = old.text().split_at(edit.range().start);
    let is_comment = comment.starts_with('#') && !comment.contains(['\n', '\r']);
    let behind = || {
        let ends = ["\n", "\r\n"].iter().any(|end| after.starts_with(end));
        (ends || after.is_empty()) && edit.content().strip_prefix(' ') == Some(comment)
    };
    let above = || {
        let line = edit.content().trim_start_matches([' ', '\t']);
        let end = line.strip_prefix(comment);
        let begins = ["", "\u{feff}"].contains(&before) || before.ends_with('\n');
        begins && matches!(end, Some("\n" | "\r\n"))
    };
    is_comment && (behind() || above())
}

/// What goes with an item: the mark before it or the comma beside it, and the comment behind it.
fn removes_only(old: &Document, edit: &Edit, item: NodeId) -> bool {
    let range = edit.range();
    let node = old.node(item);
    let before = old.text().get(range.start..node.start);
    let after = old.text().get(node.range.end..range.end);
    let (Some(before), Some(after)) = (before.map(str::trim), after.map(str::trim)) else {
        return false;
    };
    matches!(before, "" | "-" | ",") && (matches!(after, "" | ",") || after.starts_with('#'))
}
