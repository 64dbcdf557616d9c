//! Ways to write something else than what was meant.
//!
//! A corruption changes the bytes that are written; what was meant, the [`Change`](crate::edit::Change), stays.

mod edits;
mod texts;

use super::Case;
use crate::edit::Edit;
pub(super) use texts::everywhere;

/// A text that should not have been written.
pub(super) struct Mutant {
    /// The edits that wrote it; `None` if it was spoilt later.
    pub(super) edits: Option<Vec<Edit>>,
    pub(super) text: String,
}

/// A way to go wrong, and all the ways to go wrong like that in one case.
pub(super) type Corruption = (&'static str, fn(&Case) -> Vec<Mutant>);

/// What an edit can get wrong.
pub(super) const EDITS: &[Corruption] = &[
    ("an edit's range moved by one or two bytes", edits::ranges),
    (
        "a character of an edit lost, doubled or swapped",
        edits::characters,
    ),
    ("an edit indented otherwise", edits::edit_indentation),
    ("an edit with quotes lost or added", edits::edit_quotes),
    ("an edit with an extra key", edits::extra_keys),
    ("an edit with its content twice", edits::edits_twice),
    ("two edits swapped", edits::edits_swapped),
    (
        "an edit at another place with the same text",
        edits::edits_elsewhere,
    ),
    (
        "a neighbour's value instead of the new one",
        edits::neighbours,
    ),
];

/// What can happen to the text besides.
pub(super) const TEXTS: &[Corruption] = &[
    ("an edit left out", edits::edits_dropped),
    ("another scalar's value changed, too", texts::changed_too),
    ("a line lost", texts::lines_dropped),
    ("a line twice", texts::lines_twice),
    ("two lines swapped", texts::lines_swapped),
    ("a line indented otherwise", texts::line_indentation),
    ("a key twice with another value", texts::keys_twice),
    ("a comment turned into content", texts::comments_opened),
    ("content turned into a comment", texts::content_commented),
    ("an anchor or a tag lost", texts::properties_dropped),
    ("an alias of another anchor", texts::aliases_retargeted),
    ("an item of a list lost", texts::items_dropped),
    ("a scalar quoted otherwise", texts::requoted),
    ("a number or a word spelt otherwise", texts::respelt),
    ("something behind the end", texts::trailing),
];

/// Corruptions that no parser sees: the bytes alone can tell.
pub(super) const UNSEEN: &[Corruption] = &[
    ("a byte-order mark lost or added", texts::marks),
    (
        "a line ending lost, changed or doubled",
        texts::line_endings,
    ),
    ("white space at a line's end", texts::blanks),
    ("a comment lost or reworded", texts::comments_reworded),
];

/// The text that `edits` make, if they can be made at all.
pub(super) fn write(text: &str, edits: &[Edit]) -> Option<String> {
    let (mut output, mut done) = (String::new(), 0);
    for edit in edits {
        output.push_str(text.get(done..edit.range.start)?);
        text.get(edit.range.clone())?;
        output.push_str(&edit.content);
        done = edit.range.end;
    }
    output.push_str(text.get(done..)?);
    Some(output)
}

/// The lines of a text, one of them or all changed.
fn each_line(text: &str, change: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut texts = Vec::new();
    for at in 0..lines.len() {
        if let Some(line) = change(lines[at]) {
            texts.push(
                [&lines[..at].concat(), &line, &lines[at + 1..].concat()]
                    .map(String::as_str)
                    .concat(),
            );
        }
    }
    texts
}

const INDENTATIONS: [fn(&str) -> Option<String>; 5] = [
    |line| Some(format!(" {line}")),
    |line| Some(format!("  {line}")),
    |line| Some(format!("\t{line}")),
    |line| Some(line.strip_prefix(' ')?.to_owned()),
    |line| Some(line.strip_prefix("  ")?.to_owned()),
];
