//! The file's own habits, which new text follows.

use super::document::{Document, Format, Kind, NodeId, StructureStyle};

/// How a file lays out its lists and how far it indents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// Lists of plain strings are mostly written `[a, b]`.
    pub(super) flow_lists: bool,
    /// Columns between a key and the `-` of the list below it.
    pub(super) dash_offset: usize,
    /// Columns between a key and the keys of the map below it.
    pub(super) step: usize,
    /// In flow collections that span lines, lists of strings span lines, too.
    pub(super) expanded_flow_lists: bool,
}

impl Layout {
    /// Counts what the document does; the majority wins, and habit where there is none.
    pub(super) fn of(document: &Document) -> Self {
        let mut lists = Tally::default();
        let mut flow = Tally::default();
        let mut dashes = Frequency::default();
        let mut steps = Frequency::default();
        for id in document.ids() {
            match &document.kind(id) {
                Kind::Sequence { style, items } if is_plain_list(document, id, items) => {
                    let in_block = *style == StructureStyle::Block;
                    lists.add(!in_block);
                    if !in_block {
                        flow.add(spans_lines(document, id));
                    }
                }
                _ => {}
            }
            if let Some((is_list, offset)) = indentation_below_key(document, id) {
                if is_list {
                    dashes.add(offset);
                } else if offset > 0 {
                    steps.add(offset);
                }
            }
        }
        let step = steps.most_frequent().unwrap_or(2);
        Self {
            flow_lists: lists.mostly(),
            dash_offset: dashes.most_frequent().unwrap_or(step),
            step,
            expanded_flow_lists: flow.mostly()
                || (flow.is_empty() && document.format() == Format::Json),
        }
    }
}

/// A list of untagged strings that is no argument list of an intrinsic function.
fn is_plain_list(document: &Document, id: NodeId, items: &[NodeId]) -> bool {
    !items.is_empty()
        && document.tag(id).is_none()
        && items.iter().all(|&item| document.string(item).is_some())
        && !is_intrinsic_argument(document, id)
        && !is_list_in_list(document, id)
}

fn is_intrinsic_argument(document: &Document, id: NodeId) -> bool {
    let parent = document.node(id).parent;
    parent
        .and_then(|parent| document.entries(parent).first())
        .filter(|entry| entry.value == id)
        .and_then(|entry| document.scalar(entry.key))
        .is_some_and(|key| key.starts_with("Fn::"))
}

/// Such as the second argument of `Fn::Join`.
fn is_list_in_list(document: &Document, id: NodeId) -> bool {
    let parent = document.node(id).parent;
    parent.is_some_and(|parent| document.is_sequence(parent))
}

fn spans_lines(document: &Document, id: NodeId) -> bool {
    let range = document.node(id).range.clone();
    let text = document.text().get(range).unwrap_or_default();
    text.contains('\n')
}

/// For a block collection that is a value below its key: whether it is a list, and how many
/// columns further in it stands than the key.
fn indentation_below_key(document: &Document, id: NodeId) -> Option<(bool, usize)> {
    let is_list = match document.kind(id) {
        Kind::Sequence {
            style: StructureStyle::Block,
            ..
        } => true,
        Kind::Mapping {
            style: StructureStyle::Block,
            ..
        } => false,
        _ => return None,
    };
    let node = document.node(id);
    // The value follows its key directly in the arena.
    let key = NodeId(id.0.checked_sub(1)?);
    let parent = document.ancestors(key).next();
    let is_key = parent == node.parent && document.scalar(key).is_some();
    if !is_key || document.is_sequence(node.parent?) {
        return None;
    }
    let source = document.source();
    let key_place = source.position(document.node(key).start);
    let place = source.position(node.range.start);
    if place.line == key_place.line {
        return None;
    }
    let column = if is_list {
        let line = source.line(place.line);
        let dash = line.len() - line.trim_start().len();
        line.trim_start().starts_with('-').then_some(dash)?
    } else {
        place.column - 1
    };
    Some((is_list, column.checked_sub(key_place.column - 1)?))
}

#[derive(Default)]
struct Tally {
    yes: usize,
    no: usize,
}

impl Tally {
    fn add(&mut self, yes: bool) {
        if yes { self.yes += 1 } else { self.no += 1 }
    }

    fn mostly(&self) -> bool {
        self.yes > self.no
    }

    fn is_empty(&self) -> bool {
        self.yes + self.no == 0
    }
}

/// How often each small number was seen; among equals the first seen wins.
#[derive(Default)]
struct Frequency(Vec<(usize, usize)>);

impl Frequency {
    fn add(&mut self, number: usize) {
        match self.0.iter_mut().find(|(seen, _)| *seen == number) {
            Some((_, count)) => *count += 1,
            None => self.0.push((number, 1)),
        }
    }

    fn most_frequent(&self) -> Option<usize> {
        let best = self.0.iter().map(|(_, count)| *count).max()?;
        let (number, _) = self.0.iter().find(|(_, count)| *count == best)?;
        Some(*number)
    }
}
