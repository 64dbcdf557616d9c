//! The independent reading: the parser that is not ours, guided by our tree.

use std::fmt;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::expected::{Expected, Item, Shape};
use crate::syntax::Format;

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
pub(super) fn check(expected: &Expected, text: &str) -> Result<(), Unlike> {
    // It knows no byte-order mark.
    let bare = text.trim_start_matches('\u{feff}');
    let mut unlike = match expected.old.format() {
        Format::Json => read_json(expected, bare),
        Format::Yaml => read_yaml(expected, bare),
    };
    if let Err(unlike) = &mut unlike {
        unlike.offset += text.len() - bare.len();
    }
    unlike
}

fn read_json(expected: &Expected, text: &str) -> Result<(), Unlike> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Sought::root(expected)
        .ok_or_else(|| serde_json::Error::custom(NOT_ONE))
        .and_then(|root| root.deserialize(&mut reader))
        .and_then(|()| reader.end())
        .map_err(|error| Unlike {
            parser: "serde_json",
            message: error.to_string(),
            offset: line_start(text, error.line().max(1)),
        })
}

fn read_yaml(expected: &Expected, text: &str) -> Result<(), Unlike> {
    let mut documents = serde_yaml::Deserializer::from_str(text);
    let first = documents.next();
    Sought::root(expected)
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
            offset: error.location().map_or(0, |at| at.index()),
        })
}

const NOT_ONE: &str = "not exactly one document";

/// The byte offset at which a line begins; lines count from 1.
fn line_start(text: &str, line: usize) -> usize {
    let before = text.split_inclusive('\n').take(line.saturating_sub(1));
    before.map(str::len).sum()
}

/// A node that the independent reader must find next.
#[derive(Clone, Copy)]
struct Sought<'e> {
    expected: &'e Expected<'e>,
    item: Item<'e>,
}

impl<'e> Sought<'e> {
    fn root(expected: &'e Expected<'e>) -> Option<Self> {
        match expected.old.roots() {
            &[node] => Some(Self {
                expected,
                item: Item::Old(node),
            }),
            _ => None,
        }
    }

    fn at(self, item: Item<'e>) -> Self {
        Self { item, ..self }
    }

    fn shape(self) -> Shape<'e> {
        self.expected.shape(self.item)
    }
}

impl<'de> DeserializeSeed<'de> for Sought<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.shape() {
            Shape::Sequence => deserializer.deserialize_seq(self),
            Shape::Mapping => deserializer.deserialize_map(self),
            Shape::Text(text) => deserializer.deserialize_str(SoughtText(text)),
            Shape::Literal(text) => {
                let raw = Box::<RawValue>::deserialize(deserializer)?;
                match raw.get() == text {
                    true => Ok(()),
                    false => Err(D::Error::custom(format_args!(
                        "found {raw}, expected {text}"
                    ))),
                }
            }
        }
    }
}

/// A scalar that must be this text.
struct SoughtText<'t>(&'t str);

impl Visitor<'_> for SoughtText<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the text {:?}", self.0)
    }

    fn visit_str<E: serde::de::Error>(self, found: &str) -> Result<(), E> {
        match found == self.0 {
            true => Ok(()),
            false => Err(E::custom(format_args!(
                "found {found:?}, expected the text {:?}",
                self.0
            ))),
        }
    }
}

impl<'de> Visitor<'de> for Sought<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape() {
            Shape::Sequence => {
                let items = self.expected.items_of(self.item).len();
                write!(formatter, "a list of {items} items")
            }
            Shape::Mapping => {
                let entries = self.expected.entries_of(self.item).len();
                write!(formatter, "a map of {entries} keys")
            }
            Shape::Text(text) | Shape::Literal(text) => write!(formatter, "the text {text:?}"),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for item in self.expected.items_of(self.item) {
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
        for (key, value) in self.expected.entries_of(self.item) {
            if entries.next_key_seed(self.at(key))?.is_none() {
                return Err(A::Error::custom("a key is missing"));
            }
            entries.next_value_seed(self.at(value))?;
        }
        match entries.next_key::<serde::de::IgnoredAny>()? {
            Some(_) => Err(A::Error::custom("a key too many")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Sought<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expecting(formatter)
    }
}
