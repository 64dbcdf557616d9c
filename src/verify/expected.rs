//! What the new text must mean: the old tree as the changes would leave it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::{slice, vec};

use crate::edit::{Change, Edit, Tree};
use crate::syntax::{Document, Entry, Format, Kind, NodeId, ScalarStyle};

/// The old tree plus the changes.
#[derive(Debug)]
pub(super) struct Expected<'d> {
    pub(super) old: &'d Document,
    /// By node, whether any change concerns it itself: nearly all are asked for, and hardly any has one.
    is_changed: Vec<bool>,
    sets: BTreeMap<NodeId, &'d str>,
    /// What changes in collections; sorted by place.
    inserts: BTreeMap<NodeId, Vec<(usize, &'d str, &'d Tree)>>,
    removes: BTreeMap<NodeId, Vec<usize>>,
    appends: BTreeMap<NodeId, Vec<&'d Tree>>,
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

/// What a collection must hold. Nearly all of them are as they were, and no list is made of what these hold.
#[derive(Debug)]
pub(super) enum Held<'d, O, N> {
    AsBefore(slice::Iter<'d, O>),
    Changed(vec::IntoIter<N>),
}

pub(super) type Items<'d> = Held<'d, NodeId, Item<'d>>;
pub(super) type Entries<'d> = Held<'d, Entry, (Item<'d>, Item<'d>)>;

impl<'d> From<&'d NodeId> for Item<'d> {
    fn from(item: &'d NodeId) -> Self {
        Self::Old(*item)
    }
}

impl<'d> From<&'d Entry> for (Item<'d>, Item<'d>) {
    fn from(entry: &'d Entry) -> Self {
        (Item::Old(entry.key), Item::Old(entry.value))
    }
}

impl<'d, O, N: From<&'d O>> Iterator for Held<'d, O, N> {
    type Item = N;

    fn next(&mut self) -> Option<N> {
        match self {
            Self::AsBefore(old) => old.next().map(N::from),
            Self::Changed(new) => new.next(),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::AsBefore(old) => old.size_hint(),
            Self::Changed(new) => new.size_hint(),
        }
    }
}

impl<'d, O, N: From<&'d O>> ExactSizeIterator for Held<'d, O, N> {}

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
            is_changed: vec![false; old.ids().count()],
            sets: BTreeMap::new(),
            inserts: BTreeMap::new(),
            removes: BTreeMap::new(),
            appends: BTreeMap::new(),
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
        let changed = expected.sets.keys().chain(expected.inserts.keys());
        let changed = changed.chain(expected.removes.keys());
        for node in changed.chain(expected.appends.keys()) {
            if let Some(is_changed) = expected.is_changed.get_mut(node.index()) {
                *is_changed = true;
            }
        }
        expected
    }

    /// The new value of a scalar of the old tree, or of the alias that stood there.
    pub(super) fn set(&self, node: NodeId) -> Option<&'d str> {
        self.sets.get(&self.changed(node)?).copied()
    }

    /// The node, if any change concerns it itself.
    fn changed(&self, node: NodeId) -> Option<NodeId> {
        let is_changed = self.is_changed.get(node.index());
        is_changed.is_some_and(|is| *is).then_some(node)
    }

    /// What an old sequence must hold.
    pub(super) fn items(&self, sequence: NodeId) -> Items<'d> {
        let old = self.old.items(sequence).iter();
        let Some(sequence) = self.changed(sequence) else {
            return Held::AsBefore(old);
        };
        let gone = self.removes.get(&sequence).map_or(&[][..], Vec::as_slice);
        let new = self.appends.get(&sequence).map_or(&[][..], Vec::as_slice);
        let kept = old.enumerate();
        let kept = kept.filter(|(index, _)| gone.binary_search(index).is_err());
        let new = new.iter().map(|&item| Item::New(item));
        let all: Vec<Item> = kept.map(|(_, item)| item.into()).chain(new).collect();
        Held::Changed(all.into_iter())
    }

    /// What these of the entries of an old mapping must have become, with what is added between and beside
    /// them.
    pub(super) fn entries(&self, mapping: NodeId, within: Range<usize>) -> Entries<'d> {
        let old = self.old.entries(mapping).get(within.clone());
        let old = old.unwrap_or_default().iter();
        let new = self.changed(mapping).and_then(|it| self.inserts.get(&it));
        let Some(new) = new else {
            return Held::AsBefore(old);
        };
        let mut new = new
            .iter()
            .skip_while(|(at, ..)| *at < within.start)
            .peekable();
        let mut found = Vec::with_capacity(within.len());
        for (index, entry) in within.clone().zip(old) {
            while let Some((_, key, value)) = new.next_if(|(at, ..)| *at <= index) {
                found.push((Item::Key(key), Item::New(value)));
            }
            found.push(entry.into());
        }
        while let Some((_, key, value)) = new.next_if(|(at, ..)| *at <= within.end) {
            found.push((Item::Key(key), Item::New(value)));
        }
        Held::Changed(found.into_iter())
    }

    /// The same of a whole mapping.
    pub(super) fn all_entries(&self, mapping: NodeId) -> Entries<'d> {
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
        match self.old.kind(node) {
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
    pub(super) fn items_of(&self, item: Item<'d>) -> Items<'d> {
        match item {
            Item::New(Tree::Sequence(items)) => {
                let items: Vec<Item> = items.iter().map(Item::New).collect();
                Held::Changed(items.into_iter())
            }
            Item::Old(node) => self.items(self.old.resolve(node)),
            _ => Held::AsBefore([].iter()),
        }
    }

    /// The entries of what has the shape of a mapping.
    pub(super) fn entries_of(&self, item: Item<'d>) -> Entries<'d> {
        match item {
            Item::New(Tree::Mapping(entries)) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, value)| (Item::Key(key), Item::New(value)));
                Held::Changed(entries.collect::<Vec<_>>().into_iter())
            }
            Item::Old(node) => self.all_entries(self.old.resolve(node)),
            _ => Held::AsBefore([].iter()),
        }
    }
}
