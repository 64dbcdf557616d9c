//! Our reading: the old tree, as the changes would leave it, against the new tree.

use std::collections::{HashMap, HashSet};

use super::Unproved;
use crate::edit::{Change, Splices, Tree};
use crate::source::Range;
use crate::syntax::{Document, Entry, Kind, NodeId, ScalarStyle};

/// Checks that the tree of `new` is the tree of `old` plus the changes, and that no comment has
/// changed but those that an edit takes away whole or adds.
pub(super) fn check(old: &Document, splices: &Splices, new: &Document) -> Result<(), Unproved> {
    Comparison::new(old, splices, new).run()?;
    compare_comments(old, splices, new)
}

fn compare_comments(old: &Document, splices: &Splices, new: &Document) -> Result<(), Unproved> {
    let mut edits = splices.edits().iter().peekable();
    let mut is_kept = |comment: &Range| {
        while edits.next_if(|it| it.range.end < comment.end).is_some() {}
        edits.peek().is_none_or(|it| comment.start < it.range.start)
    };
    let kept = old.comments().iter().filter(|it| is_kept(it));
    let mut expected: Vec<(usize, &str)> = kept.map(|it| (it.start, words(old, it))).collect();
    let added = splices.edits().iter();
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
    old: &'d Document,
    new: &'d Document,
    sets: HashMap<NodeId, &'d str>,
    inserts: HashMap<NodeId, Vec<(usize, &'d str, &'d Tree)>>,
    removes: HashSet<(NodeId, usize)>,
    appends: HashMap<NodeId, Vec<&'d Tree>>,
    /// Old anchored node to new: aliases must lead to the same place.
    anchored: HashMap<NodeId, NodeId>,
}

impl<'d> Comparison<'d> {
    fn new(old: &'d Document, splices: &'d Splices, new: &'d Document) -> Self {
        let mut comparison = Self {
            old,
            new,
            sets: HashMap::new(),
            inserts: HashMap::new(),
            removes: HashSet::new(),
            appends: HashMap::new(),
            anchored: HashMap::new(),
        };
        for edit in splices.edits() {
            match edit.change() {
                Change::Set { node, value } => {
                    comparison.sets.insert(*node, value);
                }
                Change::Insert {
                    mapping,
                    index,
                    key,
                    value,
                } => comparison
                    .inserts
                    .entry(*mapping)
                    .or_default()
                    .push((*index, key, value)),
                Change::Append { sequence, item } => {
                    comparison.appends.entry(*sequence).or_default().push(item);
                }
                // See `compare_comments`.
                Change::Comment { .. } => {}
                Change::Remove { sequence, index } => {
                    comparison.removes.insert((*sequence, *index));
                }
            }
        }
        for inserts in comparison.inserts.values_mut() {
            inserts.sort_by_key(|(index, ..)| *index);
        }
        comparison
    }

    fn run(mut self) -> Result<(), Unproved> {
        if self.old.format() != self.new.format() {
            return Err(Unproved::Different {
                line: 1,
                what: "language",
            });
        }
        let (old, new) = (self.old.roots(), self.new.roots());
        if old.len() != new.len() {
            return Err(Unproved::Different {
                line: 1,
                what: "number of documents",
            });
        }
        old.iter()
            .zip(new)
            .try_for_each(|(&old, &new)| self.node(old, new))
    }

    fn node(&mut self, old: NodeId, new: NodeId) -> Result<(), Unproved> {
        let (was, is) = (self.old.node(old), self.new.node(new));
        if let Some(&value) = self.sets.get(&old) {
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
            (
                Kind::Sequence { style: a, items },
                Kind::Sequence {
                    style: b,
                    items: found,
                },
            ) => {
                self.check(a == b, new, "style")?;
                self.items(old, items, new, found)
            }
            (
                Kind::Mapping { style: a, entries },
                Kind::Mapping {
                    style: b,
                    entries: found,
                },
            ) => {
                self.check(a == b, new, "style")?;
                self.entries(old, entries, new, found)
            }
            _ => self.check(false, new, "kind of node"),
        }
    }

    fn items(
        &mut self,
        old: NodeId,
        items: &[NodeId],
        new: NodeId,
        found: &[NodeId],
    ) -> Result<(), Unproved> {
        let kept: Vec<NodeId> = items
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.removes.contains(&(old, *index)))
            .map(|(_, &item)| item)
            .collect();
        let appended = self.appends.get(&old).cloned().unwrap_or_default();
        let expected = kept.len() + appended.len();
        self.check(expected == found.len(), new, "number of items")?;
        kept.iter()
            .zip(found)
            .try_for_each(|(&old, &new)| self.node(old, new))?;
        let new_items = found.iter().skip(kept.len());
        appended
            .into_iter()
            .zip(new_items)
            .try_for_each(|(item, &new)| self.tree(item, new))
    }

    fn entries(
        &mut self,
        old: NodeId,
        entries: &[Entry],
        new: NodeId,
        found: &[Entry],
    ) -> Result<(), Unproved> {
        let inserts = self.inserts.get(&old).cloned().unwrap_or_default();
        let expected = entries.len() + inserts.len();
        self.check(expected == found.len(), new, "number of keys")?;
        let mut found = found.iter();
        let mut inserts = inserts.into_iter().peekable();
        for index in 0..=entries.len() {
            while let Some((_, key, value)) = inserts.next_if(|(at, ..)| *at == index) {
                let Some(entry) = found.next() else { break };
                self.bare_string(key, entry.key, "new key")?;
                self.tree(value, entry.value)?;
            }
            if let (Some(entry), true) = (entries.get(index), index < entries.len()) {
                let Some(is) = found.next() else { break };
                self.node(entry.key, is.key)?;
                self.node(entry.value, is.value)?;
            }
        }
        Ok(())
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
        let is_string = match self.new.node(new).kind {
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
