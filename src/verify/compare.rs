//! Our reading: the old tree, as the changes would leave it, against the new tree.

use std::collections::HashMap;

use super::Unproved;
use super::expected::{Entries, Expected, Item};
use super::regions::{Part, Region, column_of};
use crate::edit::{Change, Edit, Splices, Tree};
use crate::source::Range;
use crate::syntax::{Document, Entry, Kind, NodeId, ScalarStyle};

/// Checks that the tree of `new` is what is `expected`, and that no comment has changed but those that an
/// edit takes away whole or adds.
pub(super) fn check(
    expected: &Expected,
    splices: &Splices,
    new: &Document,
) -> Result<(), Unproved> {
    Comparison::new(expected, new).whole()?;
    let edits = splices.edits().iter();
    compare_comments(expected.old, 0..usize::MAX, edits, new)
}

/// The same for a part of the text that was read on its own.
pub(super) fn check_region(
    expected: &Expected,
    region: &Region,
    new: &Document,
) -> Result<(), Unproved> {
    Comparison::new(expected, new).region(region)?;
    compare_comments(expected.old, region.range.clone(), region.edits(), new)
}

fn compare_comments<'e>(
    old: &Document,
    within: Range,
    edits: impl Iterator<Item = &'e Edit> + Clone,
    new: &Document,
) -> Result<(), Unproved> {
    let added = edits.clone();
    let mut edits = edits.peekable();
    let mut is_kept = |comment: &Range| {
        while edits.next_if(|it| it.range.end < comment.end).is_some() {}
        edits.peek().is_none_or(|it| comment.start < it.range.start)
    };
    let old_ones = old.comments();
    let first = old_ones.partition_point(|it| it.start < within.start);
    let old_ones = old_ones.get(first..).unwrap_or_default().iter();
    let kept = old_ones
        .take_while(|it| it.start < within.end)
        .filter(|it| is_kept(it));
    let mut expected: Vec<(usize, &str)> = kept.map(|it| (it.start, words(old, it))).collect();
    expected.extend(added.filter_map(|edit| match edit.change() {
        Change::Comment { text } => Some((edit.range().start, text.trim_end())),
        _ => None,
    }));
    expected.sort_by_key(|(at, _)| *at);
    let mut found = new.comments().iter();
    for (_, comment) in expected {
        let is = found.next();
        if is.map(|is| words(new, is)) != Some(comment) {
            let line = is.map_or(1, |is| new.source().position(is.start).line);
            let what = "comment";
            return Err(Unproved::Different { line, what });
        }
    }
    match found.next() {
        None => Ok(()),
        Some(comment) => Err(Unproved::Different {
            line: new.source().position(comment.start).line,
            what: "comment",
        }),
    }
}

/// A comment without the white space at its end.
fn words<'d>(document: &'d Document, comment: &Range) -> &'d str {
    let text = document.text().get(comment.clone());
    text.unwrap_or_default().trim_end()
}

/// Walks the old tree, as the changes would leave it, and the new tree together.
struct Comparison<'d> {
    expected: &'d Expected<'d>,
    old: &'d Document,
    new: &'d Document,
    /// Old anchored node to new: aliases must lead to the same place.
    anchored: HashMap<NodeId, NodeId>,
}

impl<'d> Comparison<'d> {
    fn new(expected: &'d Expected<'d>, new: &'d Document) -> Self {
        Self {
            expected,
            old: expected.old,
            new,
            anchored: HashMap::new(),
        }
    }

    fn whole(mut self) -> Result<(), Unproved> {
        let different = |what| Err(Unproved::Different { line: 1, what });
        if self.old.format() != self.new.format() {
            return different("language");
        }
        let (old, new) = (self.old.roots(), self.new.roots());
        if old.len() != new.len() {
            return different("number of documents");
        }
        old.iter()
            .zip(new)
            .try_for_each(|(&old, &new)| self.node(old, new))
    }

    fn region(mut self, region: &Region) -> Result<(), Unproved> {
        let different = |what| Err(Unproved::Different { line: 1, what });
        if self.old.format() != self.new.format() {
            return different("language");
        }
        let &[root] = self.new.roots() else {
            return different("number of documents");
        };
        let (mapping, entries, column) = match &region.part {
            Part::Collection(node) => return self.node(*node, root),
            Part::Entries {
                mapping,
                entries,
                column,
            } => (*mapping, entries.clone(), *column),
        };
        let style = |document: &Document, node| match document.kind(node) {
            Kind::Mapping { style, .. } => Some(style),
            _ => None,
        };
        let same = style(self.old, mapping) == style(self.new, root);
        self.check(same, root, "kind of node")?;
        self.bare(root, "map")?;
        let begins = column_of(self.new, root);
        self.check(begins == Some(column), root, "column")?;
        let expected = self.expected.entries(mapping, entries);
        self.entries(expected, root)
    }

    fn item(&mut self, item: Item<'d>, new: NodeId) -> Result<(), Unproved> {
        match item {
            Item::Old(old) => self.node(old, new),
            Item::Key(text) => self.bare_string(text, new, "new key"),
            Item::New(tree) => self.tree(tree, new),
        }
    }

    fn node(&mut self, old: NodeId, new: NodeId) -> Result<(), Unproved> {
        let (was, is) = (self.old.node(old), self.new.node(new));
        if let Some(value) = self.expected.set(old) {
            // An alias has neither tag nor anchor, and so has what replaces it.
            self.check(was.tag == is.tag, new, "tag")?;
            self.check(was.anchor == is.anchor, new, "anchor")?;
            self.string(value, new, "new value")?;
            self.anchored.insert(old, new);
            return Ok(());
        }
        self.check(was.tag == is.tag, new, "tag")?;
        self.check(was.anchor == is.anchor, new, "anchor")?;
        if was.anchor.is_some() {
            self.anchored.insert(old, new);
        }
        match (&was.kind, &is.kind) {
            (Kind::Scalar { style: a, .. }, Kind::Scalar { style: b, .. }) => {
                let same = self.old.scalar(old) == self.new.scalar(new);
                self.check(same, new, "value")?;
                self.check(a == b, new, "quoting")
            }
            (Kind::Alias { target: a }, Kind::Alias { target: b }) => {
                self.check(self.anchored.get(a) == Some(b), new, "alias")
            }
            (Kind::Sequence { style: a, .. }, Kind::Sequence { style: b, items }) => {
                self.check(a == b, new, "style")?;
                let expected = self.expected.items(old);
                self.check(expected.len() == items.len(), new, "number of items")?;
                let mut pairs = expected.zip(*items);
                pairs.try_for_each(|(item, &new)| self.item(item, new))
            }
            (Kind::Mapping { style: a, .. }, Kind::Mapping { style: b, .. }) => {
                self.check(a == b, new, "style")?;
                self.entries(self.expected.all_entries(old), new)
            }
            _ => self.check(false, new, "kind of node"),
        }
    }

    fn entries(&mut self, expected: Entries<'d>, new: NodeId) -> Result<(), Unproved> {
        let found: &[Entry] = self.new.entries(new);
        self.check(expected.len() == found.len(), new, "number of keys")?;
        let mut pairs = expected.zip(found);
        pairs.try_for_each(|((key, value), found)| {
            self.item(key, found.key)?;
            self.item(value, found.value)
        })
    }

    /// Inserted content must be read as exactly the tree it was written from.
    fn tree(&self, tree: &Tree, new: NodeId) -> Result<(), Unproved> {
        self.bare(new, "new value")?;
        match tree {
            Tree::Scalar(text) => self.string(text, new, "new value"),
            Tree::Sequence(items) => {
                let found = self.new.items(new);
                self.check(items.len() == found.len(), new, "new list")?;
                items
                    .iter()
                    .zip(found)
                    .try_for_each(|(item, &new)| self.tree(item, new))
            }
            Tree::Mapping(entries) => {
                let found = self.new.entries(new);
                self.check(entries.len() == found.len(), new, "new map")?;
                entries
                    .iter()
                    .zip(found)
                    .try_for_each(|((key, value), entry)| {
                        self.bare_string(key, entry.key, "new key")?;
                        self.tree(value, entry.value)
                    })
            }
        }
    }

    /// A new scalar is this text, and no YAML reader takes it for a number, a date or the like.
    fn string(&self, text: &str, new: NodeId, what: &'static str) -> Result<(), Unproved> {
        let is_string = match self.new.kind(new) {
            Kind::Scalar {
                style: ScalarStyle::Plain,
                ..
            } => is_string(text),
            _ => true,
        };
        self.check(is_string && self.new.scalar(new) == Some(text), new, what)
    }

    fn bare(&self, new: NodeId, what: &'static str) -> Result<(), Unproved> {
        let node = self.new.node(new);
        self.check(node.tag.is_none() && node.anchor.is_none(), new, what)
    }

    fn bare_string(&self, text: &str, new: NodeId, what: &'static str) -> Result<(), Unproved> {
        self.bare(new, what)?;
        self.string(text, new, what)
    }

    fn check(&self, holds: bool, at: NodeId, what: &'static str) -> Result<(), Unproved> {
        if holds {
            return Ok(());
        }
        let line = self.new.line_of(at);
        Err(Unproved::Different { line, what })
    }
}

/// Whether plain text is a string to readers of YAML 1.1, as SAM's, and of 1.2: numbers in any base,
/// dates and times begin with a digit, a sign or a point (`./bin` and `../bin` are no numbers).
fn is_string(text: &str) -> bool {
    let words = [
        "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<",
    ];
    let is_word = words.iter().any(|word| text.eq_ignore_ascii_case(word));
    let number = text.trim_start_matches(['+', '-', '.']);
    let is_number = number.starts_with(|first: char| first.is_ascii_digit())
        || (number.len() < text.len()
            && ["inf", "nan"]
                .iter()
                .any(|word| number.eq_ignore_ascii_case(word)));
    !is_word && !is_number
}
