//! What the new text must mean: the old tree as the changes would leave it.

use std::collections::HashMap;
use std::ops::Range;

use crate::edit::{Change, Edit, Tree};
use crate::syntax::{Document, Format, Kind, NodeId, ScalarStyle};

/// The old tree plus the changes.
#[derive(Debug)]
pub(super) struct Expected<'d> {
    pub(super) old: &'d Document,
    sets: HashMap<NodeId, &'d str>,
    /// What changes in collections; sorted by place.
    inserts: HashMap<NodeId, Vec<(usize, &'d str, &'d Tree)>>,
    removes: HashMap<NodeId, Vec<usize>>,
    appends: HashMap<NodeId, Vec<&'d Tree>>,
}

/// A node that must be there.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item<'d> {
    /// A node of the old tree. What it holds may have changed.
    Old(NodeId),
    /// A new key.
    Key(&'d str),
    /// New content.
    New(&'d Tree),
}

/// What an independent reader must find at a node.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'d> {
    /// A string, or in YAML anything that is written as this text.
    Text(&'d str),
    /// A number, boolean or null of JSON, as written.
    Literal(&'d str),
    Sequence,
    Mapping,
}

impl<'d> Expected<'d> {
    pub(super) fn new(old: &'d Document, edits: impl IntoIterator<Item = &'d Edit>) -> Self {
        let mut expected = Self {
            old,
            sets: HashMap::new(),
            inserts: HashMap::new(),
            removes: HashMap::new(),
            appends: HashMap::new(),
        };
        for edit in edits {
            match edit.change() {
                Change::Set { node, value } => {
                    expected.sets.insert(*node, value);
                }
                Change::Insert {
                    mapping,
                    index,
                    key,
                    value,
                } => {
                    let inserts = expected.inserts.entry(*mapping).or_default();
                    inserts.push((*index, key, value));
                }
                Change::Append { sequence, item } => {
                    expected.appends.entry(*sequence).or_default().push(item);
                }
                Change::Remove { sequence, index } => {
                    expected.removes.entry(*sequence).or_default().push(*index);
                }
                // Means nothing to CloudFormation.
                Change::Comment { .. } => {}
            }
        }
        for inserts in expected.inserts.values_mut() {
            inserts.sort_by_key(|(index, ..)| *index);
        }
        let removes = expected.removes.values_mut();
        removes.for_each(|it| it.sort_unstable());
        expected
    }

    /// The new value of a scalar of the old tree, or of the alias that stood there.
    pub(super) fn set(&self, node: NodeId) -> Option<&'d str> {
        self.sets.get(&node).copied()
    }

    /// What an old sequence must hold.
    pub(super) fn items(&self, sequence: NodeId) -> Vec<Item<'d>> {
        let gone = self.removes.get(&sequence).map_or(&[][..], Vec::as_slice);
        let new = self.appends.get(&sequence).map_or(&[][..], Vec::as_slice);
        let kept = self.old.items(sequence).iter().enumerate();
        kept.filter(|(index, _)| gone.binary_search(index).is_err())
            .map(|(_, &item)| Item::Old(item))
            .chain(new.iter().map(|&item| Item::New(item)))
            .collect()
    }

    /// What these of the entries of an old mapping must have become, with what is added between and beside
    /// them.
    pub(super) fn entries(
        &self,
        mapping: NodeId,
        within: Range<usize>,
    ) -> Vec<(Item<'d>, Item<'d>)> {
        let new = self.inserts.get(&mapping).map_or(&[][..], Vec::as_slice);
        let mut new = new
            .iter()
            .skip_while(|(at, ..)| *at < within.start)
            .peekable();
        let old = self.old.entries(mapping).get(within.clone());
        let mut found = Vec::with_capacity(within.len());
        for (index, entry) in within.clone().zip(old.unwrap_or_default()) {
            while let Some((_, key, value)) = new.next_if(|(at, ..)| *at <= index) {
                found.push((Item::Key(key), Item::New(value)));
            }
            found.push((Item::Old(entry.key), Item::Old(entry.value)));
        }
        while let Some((_, key, value)) = new.next_if(|(at, ..)| *at <= within.end) {
            found.push((Item::Key(key), Item::New(value)));
        }
        found
    }

    /// The same of a whole mapping.
    pub(super) fn all_entries(&self, mapping: NodeId) -> Vec<(Item<'d>, Item<'d>)> {
        self.entries(mapping, 0..self.old.entries(mapping).len())
    }

    /// What an independent reader, which follows aliases, must find.
    pub(super) fn shape(&self, item: Item<'d>) -> Shape<'d> {
        let node = match item {
            Item::Key(text) => return Shape::Text(text),
            Item::New(Tree::Scalar(text)) => return Shape::Text(text),
            Item::New(Tree::Sequence(_)) => return Shape::Sequence,
            Item::New(Tree::Mapping(_)) => return Shape::Mapping,
            Item::Old(node) => node,
        };
        if let Some(value) = self.set(node) {
            return Shape::Text(value);
        }
        match self.old.node(node).kind {
            Kind::Alias { target } => self.shape(Item::Old(target)),
            Kind::Sequence { .. } => Shape::Sequence,
            Kind::Mapping { .. } => Shape::Mapping,
            Kind::Scalar { style, .. } => {
                let text = self.old.scalar(node).unwrap_or_default();
                match style == ScalarStyle::Plain && self.old.format() == Format::Json {
                    true => Shape::Literal(text),
                    false => Shape::Text(text),
                }
            }
        }
    }

    /// The items of what has the shape of a sequence.
    pub(super) fn items_of(&self, item: Item<'d>) -> Vec<Item<'d>> {
        match item {
            Item::New(Tree::Sequence(items)) => items.iter().map(Item::New).collect(),
            Item::Old(node) => self.items(self.old.resolve(node)),
            _ => Vec::new(),
        }
    }

    /// The entries of what has the shape of a mapping.
    pub(super) fn entries_of(&self, item: Item<'d>) -> Vec<(Item<'d>, Item<'d>)> {
        match item {
            Item::New(Tree::Mapping(entries)) => {
                let entries = entries.iter();
                entries
                    .map(|(key, value)| (Item::Key(key), Item::New(value)))
                    .collect()
            }
            Item::Old(node) => self.all_entries(self.old.resolve(node)),
            _ => Vec::new(),
        }
    }
}
