//! The parts of a text that have to be read again by our parser: the entries of block mappings, and the maps
//! and lists of JSON, that edits change.
//!
//! Where such an entry begins, YAML knows of nothing but how deep it is: in a block mapping of this column a
//! key comes next. Its lines, read on their own, are therefore read as in their place, and so is the rest,
//! which is as it was. What that does not hold for is not taken apart: anchors and aliases, directives, flow
//! collections, several documents, keys that do not stand before their value on a line that they begin.
//!
//! What stands between brackets in JSON means the same anywhere.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::edit::{Change, Edit, Splices};
use crate::source::Range;
use crate::syntax::{Document, Format, Kind, NodeId, ScalarStyle, StructureStyle};

/// A part of the old text.
#[derive(Debug)]
pub(super) struct Region<'d> {
    pub(super) part: Part,
    /// Bytes of the old text.
    pub(super) range: Range,
    /// All edits inside, each with its number in the order of the text.
    edits: Vec<(usize, &'d Edit)>,
}

/// What a region holds.
#[derive(Debug)]
pub(super) enum Part {
    /// Some of the entries of a block mapping, one after the other, in whole lines.
    Entries {
        mapping: NodeId,
        /// Which entries, of those that the mapping had.
        entries: std::ops::Range<usize>,
        /// The column of the keys, from 0.
        column: usize,
    },
    /// A map or list of JSON.
    Collection(NodeId),
}

impl Part {
    /// The collection that all of it belongs to.
    pub(super) fn collection(&self) -> NodeId {
        match *self {
            Self::Entries { mapping, .. } => mapping,
            Self::Collection(node) => node,
        }
    }
}

impl<'d> Region<'d> {
    /// All edits inside, in the order of the text.
    pub(super) fn edits(&self) -> impl Iterator<Item = &'d Edit> + Clone {
        self.edits.iter().map(|(_, edit)| *edit)
    }

    /// What becomes of it; `None` if it might not be read alone as it is in its place. So it is with lines that
    /// do not begin in the same column any more, and might go on with the value before them, or do not end a
    /// line, so that what follows might go on with theirs, or hold something that concerns the whole text.
    fn new_text(&self, old: &str) -> Option<String> {
        let mut text = String::new();
        let mut done = self.range.start;
        for edit in self.edits() {
            text.push_str(old.get(done..edit.range.start)?);
            text.push_str(&edit.content);
            done = edit.range.end;
        }
        text.push_str(old.get(done..self.range.end)?);
        let is_alone = match self.part {
            Part::Entries { column, .. } => {
                let key = text.trim_start_matches(' ');
                let begins = !key.starts_with(['\r', '\n', '\t']);
                let ends = self.range.end == old.len() || text.ends_with('\n');
                begins && text.len() - key.len() == column && ends && !concerns_the_whole(&text)
            }
            // It would be passed over at the beginning of a text.
            Part::Collection(_) => !text.contains(MARK),
        };
        is_alone.then_some(text)
    }
}

/// The regions that the edits lie in, each with its new text, in order; `None` if `text` is not the old one
/// with nothing but these renewed.
pub(super) fn regions<'d>(
    old: &'d Document,
    splices: &'d Splices,
    text: &str,
) -> Option<Vec<(Region<'d>, String)>> {
    if !can_be_taken_apart(old) {
        return None;
    }
    let mut lines = Lines {
        document: old,
        known: HashMap::new(),
    };
    let edits = splices.edits().iter().enumerate();
    let each = edits.map(|(number, edit)| region_of(&mut lines, number, edit));
    let regions = merged(each.collect::<Option<_>>()?)?;
    let mut found = Vec::with_capacity(regions.len());
    let (mut done, mut rest) = (0, text);
    for region in regions {
        let new = region.new_text(old.text())?;
        rest = rest.strip_prefix(old.text().get(done..region.range.start)?)?;
        rest = rest.strip_prefix(new.as_str())?;
        done = region.range.end;
        found.push((region, new));
    }
    (old.text().get(done..)? == rest).then_some(found)
}

/// Makes one of regions that lie in each other or follow each other in a mapping; `None` if any overlap
/// otherwise.
fn merged(mut regions: Vec<Region>) -> Option<Vec<Region>> {
    regions.sort_by_key(|it| (it.range.start, Reverse(it.range.end)));
    let mut merged: Vec<Region> = Vec::with_capacity(regions.len());
    for mut region in regions {
        match merged.last_mut() {
            Some(last) if region.range.start < last.range.end => {
                if region.range.end > last.range.end {
                    return None;
                }
                last.edits.append(&mut region.edits);
            }
            Some(last) => match joined(&last.part, &region.part) {
                Some(part) => {
                    last.part = part;
                    last.range.end = region.range.end;
                    last.edits.append(&mut region.edits);
                }
                None => merged.push(region),
            },
            None => merged.push(region),
        }
    }
    for region in &mut merged {
        region.edits.sort_by_key(|(number, _)| *number);
    }
    Some(merged)
}

/// Entries of one mapping with those that follow on them.
fn joined(part: &Part, next: &Part) -> Option<Part> {
    let Part::Entries {
        mapping,
        entries,
        column,
    } = part
    else {
        return None;
    };
    match next {
        Part::Entries {
            mapping: same,
            entries: more,
            ..
        } if same == mapping && more.start == entries.end => Some(Part::Entries {
            mapping: *mapping,
            entries: entries.start..more.end,
            column: *column,
        }),
        _ => None,
    }
}

fn can_be_taken_apart(old: &Document) -> bool {
    if old.format() == Format::Json {
        return old.roots().len() == 1;
    }
    let text = old.text();
    let begins_a_line = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        before.is_empty() || before.ends_with(['\n', '\r', MARK])
    };
    old.roots().len() == 1
        && old.aliases().is_empty()
        && !old.has_anchors()
        && !memchr::memchr_iter(b'%', text.as_bytes()).any(begins_a_line)
}

/// A byte-order mark: the beginning of a text, and nothing else.
const MARK: char = '\u{feff}';

/// Whether there is a byte-order mark, a directive, or the beginning or end of a document.
fn concerns_the_whole(lines: &str) -> bool {
    let begins = |line: &str| ["%", "---", "..."].iter().any(|it| line.starts_with(it));
    lines.contains(MARK) || lines.split(['\n', '\r']).any(begins)
}

/// The smallest region around an edit.
fn region_of<'d>(lines: &mut Lines<'d>, number: usize, edit: &'d Edit) -> Option<Region<'d>> {
    let old = lines.document;
    if old.format() == Format::Json {
        return collection_of(old, number, edit);
    }
    let (mut mapping, mut entry) = match *edit.change() {
        Change::Set { node, .. } => entry_around(old, node)?,
        Change::Append { sequence, .. } | Change::Remove { sequence, .. } => {
            entry_around(old, sequence)?
        }
        Change::Insert { mapping, index, .. } => (mapping, index.saturating_sub(1)),
        // Its place in the text is all that it has.
        Change::Comment { .. } => return None,
    };
    loop {
        let region = lines
            .of(mapping, entry)
            .filter(|(_, range)| range.start <= edit.range.start && edit.range.end <= range.end);
        if let Some((column, range)) = region {
            return Some(Region {
                part: Part::Entries {
                    mapping,
                    entries: entry..entry + 1,
                    column,
                },
                range,
                edits: vec![(number, edit)],
            });
        }
        (mapping, entry) = entry_around(old, mapping)?;
    }
}

/// The map or list of JSON that an edit changes, with its brackets.
fn collection_of<'d>(old: &'d Document, number: usize, edit: &'d Edit) -> Option<Region<'d>> {
    let node = match *edit.change() {
        Change::Set { node, .. } => old.ancestors(node).next()?,
        Change::Append { sequence, .. } | Change::Remove { sequence, .. } => sequence,
        Change::Insert { mapping, .. } => mapping,
        // JSON has none.
        Change::Comment { .. } => return None,
    };
    let range = old.node(node).range;
    let is_inside = range.start < edit.range.start && edit.range.end < range.end;
    is_inside.then(|| Region {
        part: Part::Collection(node),
        range,
        edits: vec![(number, edit)],
    })
}

/// The entry that a node is the key or value of, or lies in, and its mapping.
fn entry_around(old: &Document, node: NodeId) -> Option<(NodeId, usize)> {
    let mut inner = node;
    for outer in old.ancestors(node) {
        let entries = old.entries(outer);
        // Ids follow the order of the text.
        let after = entries.partition_point(|entry| entry.key <= inner);
        if !entries.is_empty() {
            return Some((outer, after.checked_sub(1)?));
        }
        inner = outer;
    }
    None
}

/// The lines of entries, each looked for once.
struct Lines<'d> {
    document: &'d Document,
    known: HashMap<(NodeId, usize), Option<(usize, Range)>>,
}

impl Lines<'_> {
    /// The column of an entry's key and the lines of the entry, up to where the next one begins, in this
    /// mapping or around it.
    fn of(&mut self, mapping: NodeId, entry: usize) -> Option<(usize, Range)> {
        let document = self.document;
        let found = self.known.entry((mapping, entry));
        found
            .or_insert_with(|| lines_of(document, mapping, entry))
            .clone()
    }
}

fn lines_of(old: &Document, mapping: NodeId, entry: usize) -> Option<(usize, Range)> {
    let is_block = matches!(
        old.kind(mapping),
        Kind::Mapping {
            style: StructureStyle::Block,
            ..
        }
    );
    let key = old.entries(mapping).get(entry).filter(|_| is_block)?.key;
    let (start, column) = key_line(old, key)?;
    let end = match next_after(old, mapping, entry) {
        Some(Next::Key(key)) => key_line(old, key)?.0,
        Some(Next::Item(item)) => item_line(old, item)?,
        None => old.text().len(),
    };
    Some((column, start..end))
}

/// What begins after an entry.
enum Next {
    Key(NodeId),
    Item(NodeId),
}

/// What begins after an entry, in its mapping or a collection around that.
fn next_after(old: &Document, mapping: NodeId, entry: usize) -> Option<Next> {
    if let Some(next) = old.entries(mapping).get(entry + 1) {
        return Some(Next::Key(next.key));
    }
    let mut inner = mapping;
    for outer in old.ancestors(mapping) {
        let next = match old.kind(outer) {
            Kind::Mapping { entries, .. } => {
                let next = entries.partition_point(|entry| entry.key <= inner);
                entries.get(next).map(|entry| Next::Key(entry.key))
            }
            Kind::Sequence { items, .. } => {
                let next = items.partition_point(|item| *item <= inner);
                items.get(next).copied().map(Next::Item)
            }
            _ => None,
        };
        if next.is_some() {
            return next;
        }
        inner = outer;
    }
    None
}

/// The column that a node begins in, if it is the first thing on its line.
pub(super) fn column_of(document: &Document, node: NodeId) -> Option<usize> {
    line_before(document, node, &[' ']).map(|(_, column)| column)
}

/// Where the line of a key begins, and in which column the key does: the key is the first thing on it, and
/// its colon stands there, too.
fn key_line(old: &Document, key: NodeId) -> Option<(usize, usize)> {
    let node = old.node(key);
    let is_inline = match node.kind {
        Kind::Scalar { style, .. } => {
            !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) && !node.range.is_empty()
        }
        _ => false,
    };
    let after = old.text().get(node.range.end..)?;
    let is_key = is_inline && after.trim_start_matches(' ').starts_with(':');
    line_before(old, key, &[' ']).filter(|_| is_key)
}

/// Where the line of an item begins, on which its dash stands and nothing before that.
fn item_line(old: &Document, item: NodeId) -> Option<usize> {
    let (start, _) = line_before(old, item, &[' ', '-'])?;
    let before = old.text().get(start..old.node(item).start)?;
    before.contains('-').then_some(start)
}

/// Where the line begins that a node is the first thing on but for these characters, and in which column it
/// does.
fn line_before(old: &Document, node: NodeId, others: &[char]) -> Option<(usize, usize)> {
    let at = old.node(node).start;
    let before = old.text().get(..at)?;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let is_first = before.get(start..)?.trim_matches(others).is_empty();
    is_first.then_some((start, at - start))
}
