//! The independent reading: the parser that is not ours, guided by our tree.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use crate::syntax::{Document, Format, Kind, NodeId, ScalarStyle};

/// The independent parser finds something else.
#[derive(Debug)]
pub(super) struct Unlike {
    /// `serde_yaml` or `serde_json`.
    pub(super) parser: &'static str,
    /// What it says.
    pub(super) message: String,
    /// Byte offset of the place, as far as it says one.
    pub(super) offset: usize,
}

/// Reads the text with the parser that is not ours.
pub(super) fn check(document: &Document) -> Result<(), Unlike> {
    match document.format() {
        Format::Json => read_json(document),
        Format::Yaml => read_yaml(document),
    }
}

fn read_json(document: &Document) -> Result<(), Unlike> {
    let (text, _) = without_mark(document);
    let mut reader = serde_json::Deserializer::from_str(text);
    Expected::root(document)
        .ok_or_else(|| serde_json::Error::custom(NOT_ONE))
        .and_then(|root| root.deserialize(&mut reader))
        .and_then(|()| reader.end())
        .map_err(|error| Unlike {
            parser: "serde_json",
            message: error.to_string(),
            offset: document.source().line_start(error.line().max(1)),
        })
}

fn read_yaml(document: &Document) -> Result<(), Unlike> {
    let (text, skipped) = without_mark(document);
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let first = documents.next();
    Expected::root(document)
        .zip(first)
        .ok_or_else(|| serde_yaml::Error::custom(NOT_ONE))
        .and_then(|(root, first)| root.deserialize(first))
        .and_then(|()| match documents.next() {
            None => Ok(()),
            Some(_) => Err(serde_yaml::Error::custom(NOT_ONE)),
        })
        .map_err(|error| Unlike {
            parser: "serde_yaml",
            message: error.to_string(),
            offset: error.location().map_or(0, |at| at.index() + skipped),
        })
}

const NOT_ONE: &str = "not exactly one document";

/// The text behind a byte-order mark, and the mark's length.
fn without_mark(document: &Document) -> (&str, usize) {
    let text = document.text().trim_start_matches('\u{feff}');
    (text, document.text().len() - text.len())
}

/// A node that the independent reader must find next.
#[derive(Clone, Copy)]
struct Expected<'d> {
    document: &'d Document,
    node: NodeId,
}

impl<'d> Expected<'d> {
    fn root(document: &'d Document) -> Option<Self> {
        match document.roots() {
            &[node] => Some(Self { document, node }),
            _ => None,
        }
    }

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
