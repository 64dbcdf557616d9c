//! How the nodes of a document are kept: a monorepo has thousands of templates in memory at once, so a
//! node takes 24 bytes, and collections share one list of what they hold.

use super::document::{Entry, Kind, Node, NodeId, ScalarStyle, StructureStyle};
use crate::source::Range;

/// Offsets and counts are kept in 32 bits: longer texts are refused before they are parsed.
pub(super) const LONGEST_TEXT: usize = u32::MAX as usize;

/// Stands for "none" where an index is expected.
const NONE: u32 = u32::MAX;

/// A node as it is kept. Offsets are bytes of the text.
#[derive(Debug, Clone, Copy)]
struct Packed {
    form: Form,
    /// Whether it has a tag or an anchor, which most have not.
    has_properties: bool,
    start: u32,
    end: u32,
    /// The collection that holds it, or [`NONE`].
    parent: u32,
    /// What it holds, by indices into the lists of the [`Tree`]. Of a scalar, `first` is its value, or [`NONE`]; of
    /// an alias, the node that it stands for.
    held: Children,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Scalar(ScalarStyle),
    Sequence(StructureStyle),
    Mapping(StructureStyle),
    Alias,
}

/// What stands before a node.
#[derive(Debug, Clone, Copy)]
struct Properties {
    node: NodeId,
    /// Where they begin.
    start: u32,
    /// The number of the tag, or [`NONE`].
    tag: u32,
}

/// A part of one of the lists.
#[derive(Debug, Clone, Copy, Default)]
struct Children {
    first: u32,
    count: u32,
}

impl Children {
    fn of<T>(self, list: &[T]) -> &[T] {
        let first = self.first as usize;
        list.get(first..first + self.count as usize)
            .unwrap_or_default()
    }

    /// Adds what a collection holds to the end of its list.
    fn append<T>(list: &mut Vec<T>, held: impl ExactSizeIterator<Item = T>) -> Self {
        let children = Self {
            first: packed(list.len()),
            count: packed(held.len()),
        };
        list.extend(held);
        children
    }
}

/// The nodes of a document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Packed>,
    items: Vec<NodeId>,
    entries: Vec<Entry>,
    /// Values that are not the text between the quotes.
    values: Vec<Box<str>>,
    /// Every tag once.
    tags: Vec<Box<str>>,
    /// Sorted by node.
    properties: Vec<Properties>,
    /// Sorted by node.
    anchors: Vec<(NodeId, Box<str>)>,
}

/// The kind of a new node. What collections hold comes when they end.
#[derive(Debug)]
pub(super) enum NewKind {
    Scalar {
        style: ScalarStyle,
        value: Option<Box<str>>,
    },
    Sequence(StructureStyle),
    Mapping(StructureStyle),
    Alias(NodeId),
}

impl Tree {
    /// Room for the nodes of a text of this many bytes.
    pub(super) fn for_text(bytes: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(bytes / 16),
            ..Self::default()
        }
    }

    /// Gives back the room that is not needed.
    pub(super) fn finish(mut self) -> Self {
        self.nodes.shrink_to_fit();
        self.items.shrink_to_fit();
        self.entries.shrink_to_fit();
        self.properties.shrink_to_fit();
        self.properties.sort_by_key(|it| it.node);
        self.anchors.sort_by_key(|(id, _)| *id);
        self
    }

    pub(super) fn push(
        &mut self,
        kind: NewKind,
        start: usize,
        content: &Range,
        parent: Option<NodeId>,
        tag: Option<(&str, &str)>,
    ) -> NodeId {
        let id = NodeId(packed(self.nodes.len()));
        let at = |first| Children { first, count: 0 };
        let (form, held) = match kind {
            NewKind::Scalar { style, value } => {
                let value = value.map_or(NONE, |value| append(&mut self.values, value));
                (Form::Scalar(style), at(value))
            }
            NewKind::Sequence(style) => (Form::Sequence(style), Children::default()),
            NewKind::Mapping(style) => (Form::Mapping(style), Children::default()),
            NewKind::Alias(target) => (Form::Alias, at(target.0)),
        };
        let has_properties = tag.is_some() || start != content.start;
        if has_properties {
            let tag = tag.map_or(NONE, |(handle, suffix)| self.number_of(handle, suffix));
            self.properties.push(Properties {
                node: id,
                start: packed(start),
                tag,
            });
        }
        self.nodes.push(Packed {
            form,
            has_properties,
            start: packed(content.start),
            end: packed(content.end),
            parent: parent.map_or(NONE, |parent| parent.0),
            held,
        });
        id
    }

    fn number_of(&mut self, handle: &str, suffix: &str) -> u32 {
        let mut tags = self.tags.iter();
        match tags.position(|tag| tag.strip_prefix(handle) == Some(suffix)) {
            Some(at) => packed(at),
            None => append(&mut self.tags, format!("{handle}{suffix}").into()),
        }
    }

    /// Names the anchor of a node, and where it stands.
    pub(super) fn name_anchor(&mut self, id: NodeId, name: &str, start: usize) {
        let Some(node) = self.nodes.get_mut(id.index()) else {
            return;
        };
        node.has_properties = true;
        let start = packed(start).min(node.start);
        // An anchor is told right after its node, so that is the last one.
        match self.properties.last_mut().filter(|it| it.node == id) {
            Some(known) => known.start = known.start.min(start),
            None => self.properties.push(Properties {
                node: id,
                start,
                tag: NONE,
            }),
        }
        self.anchors.pop_if(|(known, _)| *known == id);
        self.anchors.push((id, name.into()));
    }

    /// Ends a collection that holds these items, or keys and values in turn.
    pub(super) fn close(&mut self, id: NodeId, held: &[NodeId], end: usize) {
        let Some(node) = self.nodes.get_mut(id.index()) else {
            return;
        };
        node.end = packed(end).max(node.start);
        match node.form {
            Form::Sequence(_) => {
                node.held = Children::append(&mut self.items, held.iter().copied());
            }
            Form::Mapping(_) => {
                let (entries, _) = held.as_chunks();
                let entries = entries.iter().map(|&[key, value]| Entry { key, value });
                node.held = Children::append(&mut self.entries, entries);
            }
            Form::Scalar(_) | Form::Alias => {}
        }
    }

    /// Where the content of a node ends.
    pub(super) fn end_of(&self, id: NodeId) -> Option<usize> {
        let node = self.nodes.get(id.index())?;
        Some(node.end as usize)
    }

    /// Whether a node is a collection in block style.
    pub(super) fn is_block(&self, id: NodeId) -> bool {
        let form = self.nodes.get(id.index()).map(|node| node.form);
        matches!(
            form,
            Some(Form::Sequence(StructureStyle::Block) | Form::Mapping(StructureStyle::Block))
        )
    }

    /// All nodes, in text order.
    pub(super) fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..packed(self.nodes.len())).map(NodeId)
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "ids come from this document only; input cannot forge one"
    )]
    fn packed(&self, id: NodeId) -> &Packed {
        &self.nodes[id.index()]
    }

    pub(super) fn node(&self, id: NodeId) -> Node<'_> {
        let start = self.properties(id).map(|it| it.start as usize);
        let range = self.range(id);
        Node {
            kind: self.kind(id),
            start: start.unwrap_or(range.start),
            range,
            tag: self.tag(id),
            anchor: self.anchor(id),
            parent: self.parent(id),
        }
    }

    pub(super) fn kind(&self, id: NodeId) -> Kind<'_> {
        let Packed { form, held, .. } = *self.packed(id);
        match form {
            Form::Scalar(style) => Kind::Scalar {
                style,
                value: self.values.get(held.first as usize).map(|it| &**it),
            },
            Form::Sequence(style) => Kind::Sequence {
                style,
                items: held.of(&self.items),
            },
            Form::Mapping(style) => Kind::Mapping {
                style,
                entries: held.of(&self.entries),
            },
            Form::Alias => Kind::Alias {
                target: NodeId(held.first),
            },
        }
    }

    pub(super) fn range(&self, id: NodeId) -> Range {
        let node = self.packed(id);
        node.start as usize..node.end as usize
    }

    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.packed(id).parent;
        (parent != NONE).then_some(NodeId(parent))
    }

    pub(super) fn tag(&self, id: NodeId) -> Option<&str> {
        let number = self.properties(id)?.tag;
        self.tags.get(number as usize).map(|it| &**it)
    }

    fn properties(&self, id: NodeId) -> Option<&Properties> {
        if !self.packed(id).has_properties {
            return None;
        }
        let at = self.properties.binary_search_by_key(&id, |it| it.node);
        self.properties.get(at.ok()?)
    }

    /// Whether something holds this that is not written as it is meant.
    pub(super) fn may_say(&self, part: &str) -> bool {
        let mut apart = self.values.iter().chain(&self.tags);
        apart.any(|it| it.contains(part))
    }

    pub(super) fn has_anchors(&self) -> bool {
        !self.anchors.is_empty()
    }

    fn anchor(&self, id: NodeId) -> Option<&str> {
        let at = self.anchors.binary_search_by_key(&id, |(known, _)| *known);
        let (_, name) = self.anchors.get(at.ok()?)?;
        Some(name)
    }
}

/// Adds to a list and returns the index.
fn append<T>(list: &mut Vec<T>, item: T) -> u32 {
    list.push(item);
    packed(list.len() - 1)
}

/// An offset or a count in 32 bits; see [`LONGEST_TEXT`].
fn packed(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_small() {
        assert!(size_of::<Packed>() <= 24, "{}", size_of::<Packed>());
    }
}
