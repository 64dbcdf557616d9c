//! Values that are checked while they are read, so that an error has its place in the file.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nearest::nearest;
use crate::rules::{RULES, Rule, find};

/// A text that has to be more than a text. It is checked inside of the visitor: only there the error
/// gets the place of the text.
pub(super) fn parsed<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    what: &'static str,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Text<T> {
        what: &'static str,
        parse: fn(&str) -> Result<T, String>,
    }
    impl<T> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(self.what)
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
            (self.parse)(value).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text { what, parse })
}

/// A rule, written as its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleName(pub(crate) &'static Rule);

impl RuleName {
    /// The rule with this id, or a message that names the nearest one.
    pub(crate) fn parse(id: &str) -> Result<Self, String> {
        find(id)
            .map(Self)
            .ok_or_else(|| match nearest(id, RULES.iter().map(|rule| rule.id)) {
                Some(near) => format!("there is no rule {id}; did you mean {near}?"),
                None => format!("there is no rule {id}; `lambdalift rules` lists them"),
            })
    }
}

impl<'de> Deserialize<'de> for RuleName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, "the id of a rule", Self::parse)
    }
}

impl Serialize for RuleName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.id)
    }
}

/// A list that names something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AtLeastOne<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for AtLeastOne<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::deserialize(deserializer)?;
        if list.is_empty() {
            return Err(D::Error::custom(
                "the list is empty; name something, or leave the key out",
            ));
        }
        Ok(Self(list))
    }
}

/// A number of bytes, written as a number or as `8M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Size;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number of bytes, or a size such as \"8M\"")
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Size, E> {
                let size = u64::try_from(value);
                let size = size.map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))?;
                parse_size(&size.to_string()).map(Size).map_err(E::custom)
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Size, E> {
                parse_size(value).map(Size).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Bytes)
    }
}

/// A number of bytes, with K, M or G for powers of 1024.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.strip_suffix(['K', 'M', 'G', 'k', 'm', 'g']) {
        Some(digits) => (
            digits,
            match text.to_ascii_uppercase().chars().next_back() {
                Some('K') => 1 << 10,
                Some('M') => 1 << 20,
                _ => 1 << 30,
            },
        ),
        None => (text, 1),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("{text:?} is no size: write e.g. 16M"))?;
    number
        .checked_mul(factor)
        .filter(|&size| size <= 1 << 32)
        .ok_or_else(|| format!("{text} is more than lambdalift can read (4G)"))
}

/// A day, written `"2027-03-03"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day(pub(crate) String);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // TOML has dates of its own, which people will try.
        struct Date;
        impl<'de> Visitor<'de> for Date {
            type Value = Day;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a day in quotes, such as \"2027-03-03\"")
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Day, E> {
                let day: toml_edit::Datetime = value
                    .parse()
                    .map_err(|_| E::invalid_value(Unexpected::Str(value), &self))?;
                match (day.date, day.time) {
                    (Some(_), None) => Ok(Day(value.to_owned())),
                    _ => Err(E::invalid_value(Unexpected::Str(value), &self)),
                }
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, _: A) -> Result<Day, A::Error> {
                Err(A::Error::custom(format!(
                    "expected {}",
                    &self as &dyn serde::de::Expected
                )))
            }
        }
        deserializer.deserialize_any(Date)
    }
}

#[cfg(test)]
mod schemas {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{AtLeastOne, Day, RULES, RuleName, Size};

    impl<T: JsonSchema> JsonSchema for AtLeastOne<T> {
        fn schema_name() -> Cow<'static, str> {
            format!("AtLeastOne{}", T::schema_name()).into()
        }

        fn inline_schema() -> bool {
            true
        }

        fn json_schema(generator: &mut SchemaGenerator) -> Schema {
            let items = generator.subschema_for::<T>();
            json_schema!({"type": "array", "items": items, "minItems": 1})
        }
    }

    impl JsonSchema for RuleName {
        fn schema_name() -> Cow<'static, str> {
            "Rule".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
            json_schema!({"description": "The id of a rule.", "type": "string", "enum": ids})
        }
    }

    impl JsonSchema for Size {
        fn schema_name() -> Cow<'static, str> {
            "Size".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A number of bytes, or a size such as \"8M\" (powers of 1024).",
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": 4_294_967_296_u64},
                    {"type": "string", "pattern": "^[0-9]+[KMGkmg]?$"},
                ],
            })
        }
    }

    impl JsonSchema for Day {
        fn schema_name() -> Cow<'static, str> {
            "Day".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({
                "description": "A day, such as \"2027-03-03\".",
                "type": "string",
                "format": "date",
            })
        }
    }
}
