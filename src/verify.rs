//! Proof, not trust: the new text is parsed afresh and must mean the old text plus the changes.
//!
//! Two readers must agree. Ours sees everything a byte can change: tags, anchors, the order of
//! keys, duplicates, quoting. The independent one (`serde_yaml` or `serde_json`) shares no code
//! with ours and confirms the shape and every scalar as raw text, so that `1.10` is not `1.1`.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::edit::{Change, Splices, Tree};
use crate::source::SourceFile;
use crate::syntax::{Document, Entry, Format, Kind, Limits, NodeId, ScalarStyle, parse};

/// The new text does not mean what was intended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// Our parser cannot read the new text.
    #[error("the new text does not parse: {0}")]
    Unparsable(String),
    /// The new tree is not the old tree plus the changes.
    #[error("line {line} of the new text would not mean what was intended ({what})")]
    Different {
        /// Line in the new text, from 1.
        line: usize,
        /// Which property differs.
        what: &'static str,
    },
    /// The independent parser gives up at a limit of its own.
    #[error("{parser}, which checks every edit, reads no text like this: {message}")]
    Limit {
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
    /// The independent parser cannot read the text as it was, either.
    #[error("{parser}, which checks every edit, does not read this template: {message}")]
    Unread {
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
    /// The independent parser disagrees.
    #[error("{parser} reads the new text differently: {message}")]
    Disagreement {
        /// `serde_yaml` or `serde_json`.
        parser: &'static str,
        /// What it says.
        message: String,
    },
}

/// Checks that `text` is `old` plus the changes of `splices`.
///
/// # Errors
/// [`Unproved`] with the first difference; the caller must then leave the file alone.
pub fn verify(
    old: &Document,
    splices: &Splices,
    text: &str,
    limits: Limits,
) -> Result<(), Unproved> {
    let source = SourceFile::new(old.source().path(), text.to_owned());
    let new =
        parse(source, limits).map_err(|(_, error)| Unproved::Unparsable(error.to_string()))?;
    Comparison::new(old, splices, &new).run()?;
    read_independently(&new).map_err(|unproved| match read_independently(old) {
        Err(Unproved::Disagreement { parser, message }) => Unproved::Unread { parser, message },
        _ => unproved,
    })
}

/// Walks the old tree, as the changes would leave it, and the new tree together.
struct Comparison<'d> {
    old: &'d Document,
    new: &'d Document,
    sets: HashMap<NodeId, &'d str>,
    inserts: HashMap<NodeId, Vec<(usize, &'d str, &'d Tree)>>,
    removes: HashSet<(NodeId, usize)>,
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
            let replaces_alias = matches!(was.kind, Kind::Alias { .. });
            self.check(self.new.scalar(new) == Some(value), new, "new value")?;
            self.check(replaces_alias || was.tag == is.tag, new, "tag")?;
            self.check(was.anchor == is.anchor, new, "anchor")?;
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
        self.check(kept.len() == found.len(), new, "number of items")?;
        kept.iter()
            .zip(found)
            .try_for_each(|(&old, &new)| self.node(old, new))
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
                self.check(
                    self.new.scalar(entry.key) == Some(key),
                    entry.key,
                    "new key",
                )?;
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
        let node = self.new.node(new);
        self.check(
            node.tag.is_none() && node.anchor.is_none(),
            new,
            "new value",
        )?;
        match tree {
            Tree::Scalar(text) => self.check(self.new.scalar(new) == Some(text), new, "new value"),
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
                        let same = self.new.scalar(entry.key) == Some(key);
                        self.check(same, entry.key, "new key")?;
                        self.tree(value, entry.value)
                    })
            }
        }
    }

    fn check(&self, holds: bool, at: NodeId, what: &'static str) -> Result<(), Unproved> {
        if holds {
            return Ok(());
        }
        let line = self.new.line_of(at);
        Err(Unproved::Different { line, what })
    }
}

/// Reads the text with the parser that is not ours, guided by our tree.
fn read_independently(new: &Document) -> Result<(), Unproved> {
    let disagreement = |parser, message: String| {
        let at_limit = ["recursion limit", "repetition limit"];
        if at_limit.iter().any(|limit| message.contains(limit)) {
            Unproved::Limit { parser, message }
        } else {
            Unproved::Disagreement { parser, message }
        }
    };
    let text = new.text().trim_start_matches('\u{feff}');
    let &[root] = new.roots() else {
        return Err(disagreement(
            "serde_yaml",
            "not exactly one document".to_owned(),
        ));
    };
    let expected = Expected {
        document: new,
        node: root,
    };
    match new.format() {
        Format::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            expected
                .deserialize(&mut reader)
                .and_then(|()| reader.end())
                .map_err(|error| disagreement("serde_json", error.to_string()))
        }
        Format::Yaml => {
            let mut documents = serde_yaml::Deserializer::from_str(text);
            let first = documents.next();
            let read = first.map(|document| expected.deserialize(document));
            match (read, documents.next().is_none()) {
                (Some(Ok(())), true) => Ok(()),
                (Some(Err(error)), _) => Err(disagreement("serde_yaml", error.to_string())),
                _ => Err(disagreement(
                    "serde_yaml",
                    "not exactly one document".to_owned(),
                )),
            }
        }
    }
}

/// A node that the independent reader must find next.
#[derive(Clone, Copy)]
struct Expected<'d> {
    document: &'d Document,
    node: NodeId,
}

impl<'d> Expected<'d> {
    fn at(self, node: NodeId) -> Self {
        Self { node, ..self }
    }

    fn scalar(self) -> &'d str {
        self.document.scalar(self.node).unwrap_or_default()
    }
}

impl<'de> DeserializeSeed<'de> for Expected<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let node = self.document.node(self.node);
        match &node.kind {
            Kind::Alias { target } => self.at(*target).deserialize(deserializer),
            Kind::Sequence { .. } => deserializer.deserialize_seq(self),
            Kind::Mapping { .. } => deserializer.deserialize_map(self),
            // Numbers, booleans and null of JSON, as written.
            Kind::Scalar {
                style: ScalarStyle::Plain,
                ..
            } if self.document.format() == Format::Json => {
                let raw = Box::<RawValue>::deserialize(deserializer)?;
                if raw.get() == self.scalar() {
                    Ok(())
                } else {
                    Err(D::Error::custom(format_args!(
                        "found {raw}, expected {}",
                        self.scalar()
                    )))
                }
            }
            Kind::Scalar { .. } => deserializer.deserialize_str(self),
        }
    }
}

impl<'de> Visitor<'de> for Expected<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.document.node(self.node).kind {
            Kind::Sequence { items, .. } => write!(formatter, "a list of {} items", items.len()),
            Kind::Mapping { entries, .. } => write!(formatter, "a map of {} keys", entries.len()),
            _ => write!(formatter, "the text {:?}", self.scalar()),
        }
    }

    fn visit_str<E: serde::de::Error>(self, found: &str) -> Result<(), E> {
        if found == self.scalar() {
            Ok(())
        } else {
            Err(E::custom(format_args!(
                "found {found:?}, expected {:?}",
                self.scalar()
            )))
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for &item in self.document.items(self.node) {
            if items.next_element_seed(self.at(item))?.is_none() {
                return Err(A::Error::custom("an item is missing"));
            }
        }
        match items.next_element::<serde::de::IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("an item too many")),
            None => Ok(()),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        for entry in self.document.entries(self.node) {
            if entries.next_key_seed(self.at(entry.key))?.is_none() {
                return Err(A::Error::custom("a key is missing"));
            }
            entries.next_value_seed(self.at(entry.value))?;
        }
        match entries.next_key::<serde::de::IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("a key too many")),
            None => Ok(()),
        }
    }
}
