//! One tree for TOML, YAML and JSON, in which every string knows where it is written.

use std::ops::Range;
use std::path::Path;

use toml_edit::{Document as Toml, Item, Table, Value as TomlValue};

use super::text::{Escapes, Text};
use crate::companion::Refused;
use crate::edit::Splices;
use crate::source::SourceFile;
use crate::syntax::{Document, Kind, Limits, NodeId, ScalarStyle, StructureStyle, parse};
use crate::verify::verify;

/// What a file may expand to through aliases; parameter files have a few dozen values.
const LIMITS: Limits = Limits {
    depth: 64,
    documents: 2,
    expanded_nodes: 100_000,
};

/// A value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A string, or anything that YAML writes without quotes.
    Text(Text),
    /// A list.
    List(Vec<Value>),
    /// A map, in the order of the file, duplicates included.
    Table(Vec<(String, Value)>),
    /// Anything else, as it is written.
    Other(String),
}

/// A piece of the tree, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf<'v> {
    /// A bracket, or what kind of scalar it is.
    pub(super) mark: char,
    pub(super) says: &'v str,
    /// The string it comes from, if it is one.
    pub(super) text: Option<&'v Text>,
}

impl Value {
    /// The value of a key; of the last one if the key stands there twice.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        let mut entries = self.entries().iter().rev();
        entries.find(|(name, _)| name == key).map(|(_, it)| it)
    }

    /// The entries of a map, none of anything else.
    pub(super) fn entries(&self) -> &[(String, Value)] {
        match self {
            Self::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The string, if it is one.
    pub(super) fn text(&self) -> Option<&Text> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole tree: keys and scalars, and the brackets around them.
    pub(super) fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.collect(&mut leaves);
        leaves
    }

    fn collect<'v>(&'v self, leaves: &mut Vec<Leaf<'v>>) {
        let leaf = |mark, says, text| Leaf { mark, says, text };
        match self {
            Self::Text(text) => leaves.push(leaf('t', &text.value, Some(text))),
            Self::Other(says) => leaves.push(leaf('o', says, None)),
            Self::List(items) => {
                leaves.push(leaf('[', "", None));
                items.iter().for_each(|item| item.collect(leaves));
                leaves.push(leaf(']', "", None));
            }
            Self::Table(entries) => {
                leaves.push(leaf('{', "", None));
                for (key, value) in entries {
                    leaves.push(leaf('k', key, None));
                    value.collect(leaves);
                }
                leaves.push(leaf('}', "", None));
            }
        }
    }

    /// A key that stands twice in one map: readers differ in which one they take.
    pub(super) fn duplicate(&self) -> Option<&str> {
        match self {
            Self::Table(entries) => {
                let mut names: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
                names.sort_unstable();
                let mut pairs = names.windows(2);
                let twice = pairs.find_map(|pair| match pair {
                    [a, b] if a == b => Some(*a),
                    _ => None,
                });
                let twice = twice.and_then(|name| entries.iter().find(|(key, _)| key == name));
                let here = twice.map(|(key, _)| key.as_str());
                here.or_else(|| entries.iter().find_map(|(_, it)| it.duplicate()))
            }
            Self::List(items) => items.iter().find_map(Self::duplicate),
            _ => None,
        }
    }
}

/// Reads a file by its extension.
pub(super) fn read(path: &Path, text: &str) -> Result<Value, Refused> {
    if is_toml(path) {
        return read_toml(text);
    }
    let document = document(path, text)?;
    let &[root] = document.roots() else {
        return Err(refuse("the file is not exactly one document", 0));
    };
    node(&document, root)
}

/// Reads a file once more, with a parser that shares nothing with ours where there is one.
pub(super) fn read_independently(path: &Path, text: &str) -> Result<(), Refused> {
    if is_toml(path) {
        return Ok(());
    }
    verify(&document(path, text)?, &Splices::default(), text, LIMITS)
        .map_err(|error| refuse(error.to_string(), 0))
}

/// The names of a template's parameters; `None` for a text that is no template.
pub(super) fn template_parameters(path: &Path, text: &str) -> Option<Vec<String>> {
    let document = document(path, text).ok()?;
    let &[root] = document.roots() else {
        return None;
    };
    let section = |name: &str| document.get(root, name).map(|(_, it)| document.resolve(it));
    if !document.is_mapping(section("Resources")?) {
        return None;
    }
    let entries = section("Parameters").map_or(&[][..], |it| document.entries(it));
    let names = entries
        .iter()
        .filter_map(|entry| document.string(entry.key));
    Some(names.map(str::to_owned).collect())
}

pub(super) fn refuse(why: impl Into<String>, at: usize) -> Refused {
    let why = why.into();
    Refused { why, at }
}

fn is_toml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

fn document(path: &Path, text: &str) -> Result<Document, Refused> {
    parse(SourceFile::new(path, text.to_owned()), LIMITS)
        .map_err(|(_, error)| refuse(format!("it cannot be read: {error}"), error.offset))
}

fn node(document: &Document, id: NodeId) -> Result<Value, Refused> {
    let id = document.resolve(id);
    let written = document.node(id);
    if document.tag(id).is_some() {
        let range = written.start..written.range.end;
        return Ok(Value::Other(slice(document.text(), &range)));
    }
    match &written.kind {
        Kind::Scalar { style, .. } => {
            let value = document.scalar(id).unwrap_or_default().to_owned();
            if document.is_null(id) {
                return Ok(Value::Other(value));
            }
            let (content, escapes) = match style {
                ScalarStyle::DoubleQuoted => (inner(&written.range, 1), Escapes::Backslash),
                ScalarStyle::SingleQuoted => (inner(&written.range, 1), Escapes::Doubled),
                _ => (written.range.clone(), Escapes::None),
            };
            Ok(Value::Text(Text {
                value,
                content,
                escapes,
            }))
        }
        Kind::Sequence { items, .. } => {
            let items = items.iter().map(|&item| node(document, item));
            items.collect::<Result<_, _>>().map(Value::List)
        }
        Kind::Mapping { entries, style } => {
            let entries = entries.iter().map(|entry| {
                let key = document.string(entry.key);
                let key = key.ok_or_else(|| refuse("a key is no string", written.start))?;
                if key == "<<" && *style == StructureStyle::Block {
                    return Err(refuse("a merge key brings in other values", written.start));
                }
                Ok((key.to_owned(), node(document, entry.value)?))
            });
            entries.collect::<Result<_, _>>().map(Value::Table)
        }
        Kind::Alias { .. } => Err(refuse("an alias leads nowhere", written.start)),
    }
}

fn read_toml(text: &str) -> Result<Value, Refused> {
    let document = Toml::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        refuse(format!("it cannot be read: {}", error.message()), at)
    })?;
    Ok(table(text, document.as_table()))
}

fn table(file: &str, table: &Table) -> Value {
    let entries = table.iter().map(|(key, item)| {
        let value = match item {
            Item::None => Value::Other(String::new()),
            Item::Value(value) => toml_value(file, value),
            Item::Table(inner) => self::table(file, inner),
            Item::ArrayOfTables(tables) => {
                Value::List(tables.iter().map(|it| self::table(file, it)).collect())
            }
        };
        (key.to_owned(), value)
    });
    Value::Table(entries.collect())
}

fn toml_value(file: &str, value: &TomlValue) -> Value {
    let range = value.span().unwrap_or_default();
    match value {
        TomlValue::String(string) => toml_string(file, string.value(), &range),
        TomlValue::Array(items) => {
            Value::List(items.iter().map(|it| toml_value(file, it)).collect())
        }
        TomlValue::InlineTable(entries) => {
            let entries = entries.iter();
            let entries = entries.map(|(key, it)| (key.to_owned(), toml_value(file, it)));
            Value::Table(entries.collect())
        }
        _ => Value::Other(slice(file, &range)),
    }
}

/// <https://toml.io/en/v1.0.0#string>
fn toml_string(file: &str, value: &str, range: &Range<usize>) -> Value {
    let written = file.get(range.clone()).unwrap_or_default();
    let is_long = ["\"\"\"", "'''"].iter().any(|it| written.starts_with(it));
    let mut content = inner(range, if is_long { 3 } else { 1 });
    if is_long {
        // A line ending directly behind the opening quotes is no part of the string.
        let body = file.get(content.clone()).unwrap_or_default();
        let first = ["\r\n", "\n"].into_iter().find(|it| body.starts_with(it));
        content.start += first.map_or(0, str::len);
    }
    let escapes = if written.starts_with('"') {
        Escapes::Backslash
    } else {
        Escapes::None
    };
    Value::Text(Text {
        value: value.to_owned(),
        content,
        escapes,
    })
}

fn inner(range: &Range<usize>, quotes: usize) -> Range<usize> {
    let end = range.end.saturating_sub(quotes);
    (range.start + quotes).min(end)..end
}

fn slice(text: &str, range: &Range<usize>) -> String {
    text.get(range.clone()).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    /// Where the only string that says `value` is written.
    fn place(path: &str, file: &str, value: &str) -> Option<String> {
        let tree = read(Path::new(path), file).unwrap();
        let leaves = tree.leaves();
        let leaf = leaves.iter().find(|leaf| leaf.says == value)?;
        let range = leaf.text?.locate(file, &(0..value.len()))?;
        Some(slice(file, &range))
    }

    #[test]
    fn knows_where_every_string_is_written() {
        for (path, file) in [
            ("a.toml", "a = \"go1.x\"\n"),
            ("a.toml", "\u{feff}a = 'go1.x'"),
            (
                "a.toml",
                "# é\r\n[a.b]\r\nc.d = { e = [\r\n 'go1.x', ] }\r\n",
            ),
            ("a.toml", "a = '''\ngo1.x'''"),
            ("a.toml", "a = \"\"\"\r\n\\\r\n   go1.x\"\"\""),
            ("a.toml", "[[a]]\nb = 1\n[[a]]\nb = 'go1.x'"),
            ("a.yaml", "a: go1.x # c\n"),
            ("a.yml", "\u{feff}a:\r\n- 'go1.x'\r\n"),
            ("a.yaml", "a: &x \"go1.x\"\nb: *x\n"),
            ("a.json", "{\"a\":[{\"b\":\"go1.x\"}]}"),
            ("a.json", "\u{feff}{\r\n\t\"a\": \"go1.x\"\r\n}"),
        ] {
            assert_eq!(
                place(path, file, "go1.x").as_deref(),
                Some("go1.x"),
                "{file:?}"
            );
        }
        assert_eq!(place("a.json", r#"{"a":"go1\u002ex"}"#, "go1.x"), None);
    }

    #[test]
    fn finds_duplicate_keys() {
        let json = r#"[{"a": {"b": 1, "c": 2, "b": 3}}]"#;
        let tree = read(Path::new("a.json"), json).unwrap();
        assert_eq!(tree.duplicate(), Some("b"));
        assert!(read(Path::new("a.toml"), "a = 1\na = 2").is_err());
    }
}
