//! A YAML file of steps: its entries with anchors and merge keys followed, and its scalars with
//! the place of every byte.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::Path;
use std::rc::Rc;

use crate::program::Traced;
use crate::source::SourceFile;
use crate::syntax::{Document, Kind, Limits, NodeId, ScalarStyle, parse};

/// The deepest chain of merge keys and nested lists that is followed.
const MAX_DEPTH: usize = 16;

/// What is read of one file, in bytes of scalars, aliases followed.
const MAX_TEXT: usize = 2 << 20;

/// What each scalar and each step costs beside its bytes.
const PIECE: usize = 1 << 10;

/// The most entries of mappings that are looked at.
const MAX_ENTRIES: usize = 300_000;

/// Far more than people write into such a file.
const LIMITS: Limits = Limits {
    depth: 100,
    documents: 10,
    expanded_nodes: 300_000,
};

/// A parsed file, and what of it was read.
pub(super) struct Tree {
    document: Document,
    used: RefCell<BTreeSet<NodeId>>,
    known: RefCell<HashMap<NodeId, Rc<Entries>>>,
    /// How many entries may still be looked at: merge keys repeat them.
    entries_left: Cell<usize>,
    left: RefCell<usize>,
}

impl Tree {
    /// `Err` is the place of what cannot be parsed.
    pub(super) fn new(path: &Path, text: &str) -> Result<Self, usize> {
        let source = SourceFile::new(path, text.to_owned());
        let document = parse(source, LIMITS).map_err(|(_, error)| error.offset)?;
        Ok(Self {
            document,
            used: RefCell::default(),
            known: RefCell::default(),
            entries_left: Cell::new(MAX_ENTRIES),
            left: RefCell::new(MAX_TEXT),
        })
    }

    /// The mapping that the file consists of. `Err` is the place of what it holds instead.
    pub(super) fn root(&self) -> Result<NodeId, usize> {
        match self.document.roots() {
            [root] if self.document.is_mapping(*root) => Ok(*root),
            [_, second, ..] => Err(self.at(*second)),
            _ => Err(0),
        }
    }

    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    /// Whether this stands anywhere in the file.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.document.text().contains(text)
    }

    /// How often this stands in the file.
    pub(super) fn count(&self, text: &str) -> usize {
        self.document.text().matches(text).count()
    }

    pub(super) fn at(&self, node: NodeId) -> usize {
        self.document.node(node).start
    }

    pub(super) fn is_mapping(&self, node: NodeId) -> bool {
        self.document.is_mapping(self.document.resolve(node))
    }

    pub(super) fn is_sequence(&self, node: NodeId) -> bool {
        self.document.is_sequence(self.document.resolve(node))
    }

    pub(super) fn is_null(&self, node: NodeId) -> bool {
        self.document.is_null(self.document.resolve(node))
    }

    /// The entries of a mapping in order; what is merged into it stands behind its own.
    pub(super) fn entries(&self, mapping: NodeId) -> Vec<(String, NodeId)> {
        self.known(mapping).list.clone()
    }

    /// The value of a key, merge keys followed.
    pub(super) fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.known(mapping).index.get(key).copied()
    }

    fn known(&self, mapping: NodeId) -> Rc<Entries> {
        let mapping = self.document.resolve(mapping);
        if let Some(known) = self.known.borrow().get(&mapping) {
            return Rc::clone(known);
        }
        let mut found = Entries::default();
        self.add_entries(mapping, &mut found, 0);
        let found = Rc::new(found);
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(mapping).or_insert(found))
    }

    fn add_entries(&self, mapping: NodeId, found: &mut Entries, depth: usize) {
        let entries = self.document.entries(self.document.resolve(mapping));
        let left = self.entries_left.get().saturating_sub(entries.len());
        self.entries_left
            .set(if depth > MAX_DEPTH { 0 } else { left });
        if self.is_exhausted() {
            return;
        }
        let mut merged = Vec::new();
        for entry in entries {
            match self.document.string(entry.key) {
                Some("<<") => merged.push(entry.value),
                Some(key) if !found.index.contains_key(key) => {
                    let value = self.document.resolve(entry.value);
                    found.index.insert(key.to_owned(), value);
                    found.list.push((key.to_owned(), value));
                }
                _ => {}
            }
        }
        for value in merged {
            let value = self.document.resolve(value);
            self.add_entries(value, found, depth + 1);
            for item in self.document.items(value) {
                self.add_entries(*item, found, depth + 1);
            }
        }
    }

    /// The items of a list.
    pub(super) fn items(&self, list: NodeId) -> Vec<NodeId> {
        let items = self.document.items(self.document.resolve(list)).iter();
        items.map(|item| self.document.resolve(*item)).collect()
    }

    /// The value of a scalar.
    pub(super) fn string(&self, node: NodeId) -> Option<&str> {
        self.document.string(node)
    }

    /// Whether the file is too large to have been read as a whole.
    pub(super) fn is_exhausted(&self) -> bool {
        self.entries_left.get() == 0
    }

    /// The value of a key whose value is a scalar.
    pub(super) fn text(&self, mapping: NodeId, key: &str) -> Option<&str> {
        self.string(self.get(mapping, key)?)
    }

    /// A scalar with the place of each byte, counted as read; `Err` is the place of one that is no
    /// plain text, or whose bytes cannot be told apart.
    pub(super) fn traced(&self, node: NodeId) -> Result<Traced, usize> {
        let node = self.document.resolve(node);
        let at = self.at(node);
        let value = self.document.string(node).ok_or(at)?;
        self.charge(node, value.len())?;
        self.used.borrow_mut().insert(node);
        let found = self.document.node(node);
        let Kind::Scalar { style, .. } = found.kind else {
            return Err(at);
        };
        let quotes = usize::from(matches!(
            style,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted
        ));
        let range = found.range.start + quotes..found.range.end.saturating_sub(quotes);
        match range.start < range.end {
            true => aligned(self.document.text(), range, value, style).ok_or(at),
            false => Ok(Traced::unplaced(value)),
        }
    }

    /// Counts what is read; `Err` is the place where it is too much.
    pub(super) fn charge(&self, node: NodeId, length: usize) -> Result<(), usize> {
        let left = self.left.borrow().checked_sub(length + PIECE);
        self.left.replace(left.ok_or_else(|| self.at(node))?);
        Ok(())
    }

    /// A scalar, or a list of scalars and of lists of them.
    pub(super) fn lines(&self, node: NodeId) -> Result<Vec<Traced>, usize> {
        let mut found = Vec::new();
        self.add_lines(node, &mut found, 0)?;
        Ok(found)
    }

    fn add_lines(&self, node: NodeId, found: &mut Vec<Traced>, depth: usize) -> Result<(), usize> {
        let node = self.document.resolve(node);
        if depth > MAX_DEPTH || self.document.tag(node).is_some() {
            return Err(self.at(node));
        }
        if self.document.is_sequence(node) {
            for item in self.items(node) {
                self.add_lines(item, found, depth + 1)?;
            }
        } else if !self.is_null(node) {
            found.push(self.traced(node)?);
        }
        Ok(())
    }

    /// Takes a value for read, with all that is in it.
    pub(super) fn skip(&self, node: NodeId) {
        let node = self.document.resolve(node);
        if !self.used.borrow_mut().insert(node) {
            return;
        }
        for entry in self.document.entries(node) {
            self.skip(entry.value);
        }
        for item in self.document.items(node) {
            self.skip(*item);
        }
    }

    /// The scalars that nobody has read, each with its key.
    pub(super) fn unused(&self) -> Vec<(&str, NodeId)> {
        let mut found = Vec::new();
        for root in self.document.roots() {
            self.add_unused("", *root, &mut found);
        }
        found
    }

    fn add_unused<'t>(&'t self, key: &'t str, node: NodeId, found: &mut Vec<(&'t str, NodeId)>) {
        for entry in self.document.entries(node) {
            let key = self.document.scalar(entry.key).unwrap_or_default();
            self.add_unused(key, entry.value, found);
        }
        for item in self.document.items(node) {
            self.add_unused(key, *item, found);
        }
        if self.document.scalar(node).is_some() && !self.used.borrow().contains(&node) {
            found.push((key, node));
        }
    }
}

/// The entries of a mapping.
#[derive(Default)]
struct Entries {
    list: Vec<(String, NodeId)>,
    index: BTreeMap<String, NodeId>,
}

/// Puts the bytes of a scalar's value beside those of its text. Where lines are folded, what
/// stands between two words comes from all that stands between them in the text.
fn aligned(text: &str, range: Range<usize>, value: &str, style: ScalarStyle) -> Option<Traced> {
    let raw = text.get(range.clone())?;
    let mut found = Traced::default();
    let (mut at, mut done) = (0, 0);
    while let Some(next) = raw.get(at..)?.chars().next() {
        let rest = raw.get(at..)?;
        let left = value.get(done..)?;
        let start = range.start + at;
        if is_blank(next) {
            let length = rest.find(|c| !is_blank(c)).unwrap_or(rest.len());
            let blanks = rest.get(..length)?;
            let folds = blanks.contains('\n') || at == 0 || at + length == raw.len();
            if folds {
                let count = left.find(|c| !is_blank(c)).unwrap_or(left.len());
                found.push_str(left.get(..count)?, Some(&(start..start + length)));
                done += count;
            } else {
                left.starts_with(blanks).then_some(())?;
                found.push(&Traced::literal(blanks, start));
                done += length;
            }
            at += length;
            continue;
        }
        let (length, decoded) = match (style, next) {
            (ScalarStyle::SingleQuoted, '\'') => (2, Some("'".to_owned())),
            (ScalarStyle::DoubleQuoted, '\\') => escape(rest)?,
            _ => (next.len_utf8(), None),
        };
        match decoded {
            Some(decoded) => {
                left.starts_with(&decoded).then_some(())?;
                found.push_str(&decoded, Some(&(start..start + length)));
                done += decoded.len();
            }
            None => {
                left.starts_with(next).then_some(())?;
                found.push(&Traced::literal(rest.get(..length)?, start));
                done += length;
            }
        }
        at += length;
    }
    // The line end behind a block, which is none of its range.
    let tail = value.get(done..)?;
    tail.chars().all(is_blank).then_some(())?;
    found.push_str(tail, None);
    (found.as_str() == value).then_some(found)
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The length of an escape at the start of a text, and what it stands for.
///
/// <https://yaml.org/spec/1.2.2/#57-escaped-characters>
fn escape(rest: &str) -> Option<(usize, Option<String>)> {
    let kind = rest.chars().nth(1)?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    if digits > 0 {
        let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
        return Some((2 + digits, Some(char::from_u32(code)?.to_string())));
    }
    let decoded = match kind {
        '"' | '\\' | '/' | ' ' => kind,
        'n' => '\n',
        't' | '\t' => '\t',
        'r' => '\r',
        '\n' | '\r' => {
            // The line goes on behind the next one's indentation.
            let behind = rest.get(1..)?;
            let length = behind.find(|c| !is_blank(c)).unwrap_or(behind.len());
            return Some((1 + length, Some(String::new())));
        }
        _ => return None,
    };
    Some((2, Some(decoded.to_string())))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn value(text: &str) -> (String, Vec<Option<Range<usize>>>) {
        let tree = Tree::new(Path::new("x.yml"), text).unwrap();
        let node = tree.get(tree.root().unwrap(), "a").unwrap();
        let found = tree.traced(node).unwrap();
        let places = found.places().iter();
        let places = places.map(|place| place.as_ref().map(|it| it.outer.clone()));
        (found.as_str().to_owned(), places.collect())
    }

    #[test]
    fn traces_scalars() {
        for (text, expected) in [
            ("a: go build -o x", "go build -o x"),
            ("a: 'it''s'\n", "it's"),
            ("a: \"x \\\"y\\\" \\u0041\"\n", "x \"y\" A"),
            ("a: one\n  two\n\n  three\n", "one two\nthree"),
            ("a: \"one\\\n   two\"\n", "onetwo"),
            ("a: |\n  one\n    two\n\n  three\n", "one\n  two\n\nthree\n"),
            ("a: |-\r\n  one\r\n  two\r\n", "one\ntwo"),
            (
                "a: >\n  one\n  two\n\n  three\n    four\n",
                "one two\nthree\n  four\n",
            ),
            ("a: |2\n   one\n", " one\n"),
            ("a: |+\n  one\n\n", "one\n\n"),
            ("a: ä ö\n", "ä ö"),
            ("a: ''\n", ""),
            ("a: *x\nb: &x y\n", ""),
        ] {
            if text.contains("*x") {
                assert!(Tree::new(Path::new("x.yml"), text).is_err());
                continue;
            }
            let (found, places) = value(text);
            assert_eq!(found, expected, "{text}");
            // Every letter stands where its place says.
            for (at, place) in places.iter().enumerate() {
                let byte = found.as_bytes().get(at).unwrap();
                let place = place.clone().filter(|it| it.len() == 1);
                let there = place.and_then(|it| text.as_bytes().get(it.start));
                assert!(
                    there.is_none_or(|it| it == byte || byte.is_ascii_whitespace()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn follows_merge_keys() {
        let text = "x: &x {a: '1', b: '2'}\ny: {<<: *x, b: '3'}\n";
        let tree = Tree::new(Path::new("x.yml"), text).unwrap();
        let y = tree.get(tree.root().unwrap(), "y").unwrap();
        assert_eq!(
            (tree.text(y, "a"), tree.text(y, "b")),
            (Some("1"), Some("3"))
        );
    }
}
