//! What a fix does: byte edits, each born together with its meaning.
//!
//! An [`Edit`] says the same thing twice: as a splice of the source text and as a [`Change`] of
//! the parsed tree. [`crate::verify`] holds the two against each other, so neither can lie alone.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::source::Range;
use crate::syntax::NodeId;

/// A small tree of new content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// A string.
    Scalar(String),
    /// A list.
    Sequence(Vec<Tree>),
    /// A map, in writing order.
    Mapping(Vec<(String, Tree)>),
}

impl Tree {
    /// A string.
    pub fn scalar(text: impl Into<String>) -> Self {
        Self::Scalar(text.into())
    }

    /// A list with a single string.
    pub fn list_of(text: impl Into<String>) -> Self {
        Self::Sequence(vec![Self::scalar(text)])
    }
}

/// What an [`Edit`] means in the tree of the document it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The scalar, or the alias that stands for one, becomes this string.
    Set {
        /// The scalar or alias node.
        node: NodeId,
        /// Its new value.
        value: String,
    },
    /// A key is added to a mapping.
    Insert {
        /// The mapping.
        mapping: NodeId,
        /// How many of the mapping's present entries stay before the new one.
        index: usize,
        /// The new key.
        key: String,
        /// The new value.
        value: Tree,
    },
    /// An item is added to the end of a sequence.
    Append {
        /// The sequence.
        sequence: NodeId,
        /// The new item.
        item: Tree,
    },
    /// A comment is added, which means nothing to CloudFormation.
    Comment {
        /// From the number sign on.
        text: String,
    },
    /// An item leaves a sequence.
    Remove {
        /// The sequence.
        sequence: NodeId,
        /// The item's position, from 0.
        index: usize,
    },
}

/// A replacement of one byte range of the source text.
///
/// Only [`crate::syntax::Editor`] builds edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the original text that go away; empty for an insertion.
    pub(crate) range: Range,
    /// What stands there instead.
    pub(crate) content: String,
    /// The same edit in meaning.
    pub(crate) change: Change,
}

impl Edit {
    /// Bytes of the original text that go away; empty for an insertion.
    #[must_use]
    pub fn range(&self) -> Range {
        self.range.clone()
    }

    /// What stands there instead.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// Which of several edits at one place comes first: a value before what follows it, and where two
    /// mappings end, the entry of the inner one, whose id is greater. A comment above a line comes right
    /// before that line.
    fn turn(&self) -> Turn {
        match &self.change {
            Change::Insert { mapping, .. } => Turn::Entry(Reverse(*mapping)),
            Change::Comment { .. } => Turn::Comment,
            Change::Set { .. } | Change::Remove { .. } | Change::Append { .. } => Turn::Value,
        }
    }

    /// The same edit in meaning.
    #[must_use]
    pub fn change(&self) -> &Change {
        &self.change
    }
}

/// The order of edits at one place.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Value,
    Entry(Reverse<NodeId>),
    Comment,
}

/// How sure a fix is; the words are those of Rust's and ruff's tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Applicability {
    /// Shown, never applied.
    DisplayOnly,
    /// Right once the listed follow-up has been done.
    Unsafe,
    /// Proved from the files at hand.
    Safe,
}

impl Applicability {
    /// The name used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DisplayOnly => "display-only",
            Self::Unsafe => "unsafe",
            Self::Safe => "safe",
        }
    }
}

/// All the edits that move one function or one layer; they apply together or not at all.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What the fix does, as a sentence without a final stop.
    pub title: String,
    /// How sure it is.
    pub applicability: Applicability,
    /// Invariant: sorted by range; disjoint, except that insertions may share a place.
    pub edits: Vec<Edit>,
}

/// Two edits want to write the same bytes in different ways.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two edits overlap at byte {0}")]
pub struct Overlap(pub usize);

/// Several fixes as one sorted splice list, in which equal edits have become one.
#[derive(Debug, Default)]
pub struct Splices {
    edits: Vec<Edit>,
}

impl Splices {
    /// Merges the edits of several fixes.
    ///
    /// # Errors
    /// [`Overlap`] when two different edits touch the same bytes.
    pub fn merge<'e>(edits: impl IntoIterator<Item = &'e Edit>) -> Result<Self, Overlap> {
        let mut merged: Vec<Edit> = Vec::new();
        let mut seen: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        for edit in edits {
            let same_place = seen.entry((edit.range.start, edit.range.end)).or_default();
            let known = |&at: &usize| merged.get(at).is_some_and(|other| other == edit);
            if !same_place.iter().any(known) {
                same_place.push(merged.len());
                merged.push(edit.clone());
            }
        }
        // Stable: insertions at one place keep the order in which they were asked for.
        merged.sort_by_key(|edit| (edit.range.start, edit.range.end, edit.turn()));
        let overlap = merged
            .windows(2)
            .find_map(|pair| overlapping(pair.first()?, pair.get(1)?));
        match overlap {
            Some(at) => Err(Overlap(at)),
            None => Ok(Self { edits: merged }),
        }
    }

    /// Edits that nobody has checked, to try what the proof is worth.
    #[cfg(test)]
    pub(crate) fn unchecked(edits: Vec<Edit>) -> Self {
        Self { edits }
    }

    /// The edits in the order of the text.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// The text with all edits made.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        spliced(
            text,
            self.edits.iter().map(|it| (it.range.clone(), &*it.content)),
        )
    }
}

/// A new text, kept as what takes the place of what in the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output(Box<[(Range, Box<str>)]>);

impl Output {
    pub(crate) fn of(splices: &Splices) -> Self {
        let edits = splices.edits.iter();
        Self(
            edits
                .map(|it| (it.range.clone(), it.content.as_str().into()))
                .collect(),
        )
    }

    /// For tests: these replacements, sorted and disjoint.
    #[cfg(test)]
    pub(crate) fn made_of(replacements: Vec<(Range, String)>) -> Self {
        let boxed = |(range, content): (Range, String)| (range, content.into());
        Self(replacements.into_iter().map(boxed).collect())
    }

    /// The new text, given the old one.
    #[must_use]
    pub fn text(&self, old: &str) -> String {
        spliced(old, self.replacements())
    }

    /// What goes away, in bytes of the old text, and what stands there instead; in order.
    pub(crate) fn replacements(&self) -> impl Iterator<Item = (Range, &str)> + Clone {
        self.0.iter().map(|(range, new)| (range.clone(), &**new))
    }
}

fn spliced<'e>(text: &str, edits: impl Iterator<Item = (Range, &'e str)> + Clone) -> String {
    let grown: usize = edits.clone().map(|(_, new)| new.len()).sum();
    let mut output = String::with_capacity(text.len() + grown);
    let mut done = 0;
    for (range, new) in edits {
        output.push_str(text.get(done..range.start).unwrap_or_default());
        output.push_str(new);
        done = range.end;
    }
    output.push_str(text.get(done..).unwrap_or_default());
    output
}

fn overlapping(first: &Edit, second: &Edit) -> Option<usize> {
    let both_insert_here = first.range == second.range && first.range.is_empty();
    let overlap =
        first.range.end > second.range.start || (first.range == second.range && !both_insert_here);
    overlap.then_some(second.range.start)
}
