//! How the nodes of a document are kept: a monorepo has thousands of templates in memory at once, so a
//! node takes 32 bytes, and collections share one list of what they hold.

use super::document::{Entry, Kind, Node, NodeId, ScalarStyle, StructureStyle};
use crate::source::Range;

/// Offsets and counts are kept in 32 bits: longer texts are refused before they are parsed.
pub(super) const LONGEST_TEXT: usize = u32::MAX as usize;

/// Stands for "none" where an index is expected.
const NONE: u32 = u32::MAX;

/// A node as it is kept. Offsets are bytes of the text.
#[derive(Debug)]
struct Packed {
    shape: Shape,
    start: u32,
    content: (u32, u32),
    /// The collection that holds it, or [`NONE`].
    parent: u32,
    /// The number of its tag, or [`NONE`].
    tag: u32,
}

/// What a node holds, by indices into the lists of the [`Tree`].
#[derive(Debug, Clone, Copy)]
enum Shape {
    Scalar {
        style: ScalarStyle,
        value: u32,
    },
    Sequence {
        style: StructureStyle,
        children: Children,
    },
    Mapping {
        style: StructureStyle,
        children: Children,
    },
    Alias {
        target: NodeId,
    },
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
        self.anchors.sort_by_key(|(id, _)| *id);
        self
    }

    pub(super) fn push(
        &mut self,
        kind: NewKind,
        start: usize,
        content: &Range,
        parent: Option<NodeId>,
        tag: Option<&str>,
    ) -> NodeId {
        let id = NodeId(packed(self.nodes.len()));
        let shape = match kind {
            NewKind::Scalar { style, value } => Shape::Scalar {
                style,
                value: value.map_or(NONE, |value| append(&mut self.values, value)),
            },
            NewKind::Sequence(style) => Shape::Sequence {
                style,
                children: Children::default(),
            },
            NewKind::Mapping(style) => Shape::Mapping {
                style,
                children: Children::default(),
            },
            NewKind::Alias(target) => Shape::Alias { target },
        };
        let tag = tag.map_or(NONE, |tag| self.tag(tag));
        self.nodes.push(Packed {
            shape,
            start: packed(start),
            content: (packed(content.start), packed(content.end)),
            parent: parent.map_or(NONE, |parent| parent.0),
            tag,
        });
        id
    }

    fn tag(&mut self, tag: &str) -> u32 {
        match self.tags.iter().position(|known| **known == *tag) {
            Some(at) => packed(at),
            None => append(&mut self.tags, tag.into()),
        }
    }

    /// Names the anchor of a node, and where it stands.
    pub(super) fn name_anchor(&mut self, id: NodeId, name: &str, start: usize) {
        if let Some(node) = self.nodes.get_mut(id.index()) {
            node.start = node.start.min(packed(start));
            self.anchors.retain(|(known, _)| *known != id);
            self.anchors.push((id, name.into()));
        }
    }

    /// Ends a collection that holds these items, or keys and values in turn.
    pub(super) fn close(&mut self, id: NodeId, held: &[NodeId], end: usize) {
        let Some(node) = self.nodes.get_mut(id.index()) else {
            return;
        };
        node.content.1 = packed(end).max(node.content.0);
        match &mut node.shape {
            Shape::Sequence { children, .. } => {
                *children = Children::append(&mut self.items, held.iter().copied());
            }
            Shape::Mapping { children, .. } => {
                let (entries, _) = held.as_chunks();
                let entries = entries.iter().map(|&[key, value]| Entry { key, value });
                *children = Children::append(&mut self.entries, entries);
            }
            Shape::Scalar { .. } | Shape::Alias { .. } => {}
        }
    }

    /// Where the content of a node ends.
    pub(super) fn end_of(&self, id: NodeId) -> Option<usize> {
        let node = self.nodes.get(id.index())?;
        Some(node.content.1 as usize)
    }

    /// Whether a node is a collection in block style.
    pub(super) fn is_block(&self, id: NodeId) -> bool {
        let shape = self.nodes.get(id.index()).map(|node| node.shape);
        matches!(
            shape,
            Some(
                Shape::Sequence {
                    style: StructureStyle::Block,
                    ..
                } | Shape::Mapping {
                    style: StructureStyle::Block,
                    ..
                }
            )
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
    pub(super) fn node(&self, id: NodeId) -> Node<'_> {
        let node = &self.nodes[id.index()];
        let kind = match node.shape {
            Shape::Scalar { style, value } => Kind::Scalar {
                style,
                value: self.values.get(value as usize).map(|it| &**it),
            },
            Shape::Sequence { style, children } => Kind::Sequence {
                style,
                items: children.of(&self.items),
            },
            Shape::Mapping { style, children } => Kind::Mapping {
                style,
                entries: children.of(&self.entries),
            },
            Shape::Alias { target } => Kind::Alias { target },
        };
        Node {
            kind,
            range: node.content.0 as usize..node.content.1 as usize,
            start: node.start as usize,
            tag: self.tags.get(node.tag as usize).map(|it| &**it),
            anchor: self.anchor(id),
            parent: (node.parent != NONE).then_some(NodeId(node.parent)),
        }
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
        assert!(size_of::<Packed>() <= 32, "{}", size_of::<Packed>());
    }
}
