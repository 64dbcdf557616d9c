//! The parsed document: a tree of nodes that know where they stand in the text.

use super::tree::Tree;
use crate::source::{Range, SourceFile};

/// How a scalar is written.
pub use granit_parser::ScalarStyle;
/// How a collection is written: block or flow.
pub use granit_parser::StructureStyle;

/// The index of a [`Node`] in its [`Document`].
///
/// Invariant: a child's id is greater than its parent's, an alias's greater than its target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which language the text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML, block or flow.
    Yaml,
    /// Text that an independent JSON parser accepts as JSON.
    Json,
}

/// A node of the tree, as the document shows it.
#[derive(Debug, Clone)]
pub struct Node<'d> {
    /// What the node holds.
    pub kind: Kind<'d>,
    /// Bytes of the content: quotes and brackets included; tag, anchor and a block scalar's header
    /// not. A block collection or block scalar ends with its last line, before the line ending.
    pub range: Range,
    /// Where the node begins, its anchor and tag included.
    pub start: usize,
    /// The tag as resolved by the parser, e.g. `!Ref` or `tag:yaml.org,2002:str`.
    pub tag: Option<&'d str>,
    /// The name of the anchor on this node.
    pub anchor: Option<&'d str>,
    /// The collection that holds this node as key, value or item.
    pub parent: Option<NodeId>,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'d> {
    /// A string, number, boolean or null: CloudFormation reads them all as text.
    Scalar {
        /// How it is written.
        style: ScalarStyle,
        /// The value, where it differs from the text between the quotes.
        value: Option<&'d str>,
    },
    /// A list.
    Sequence {
        /// Block or flow.
        style: StructureStyle,
        /// The items in order.
        items: &'d [NodeId],
    },
    /// A map.
    Mapping {
        /// Block or flow.
        style: StructureStyle,
        /// The entries in order, duplicates included.
        entries: &'d [Entry],
    },
    /// `*name`: stands for another node.
    Alias {
        /// The anchored node.
        target: NodeId,
    },
}

/// A key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The key's node.
    pub key: NodeId,
    /// The value's node.
    pub value: NodeId,
}

/// A parsed file.
#[derive(Debug)]
pub struct Document {
    pub(super) source: SourceFile,
    pub(super) format: Format,
    pub(super) tree: Tree,
    pub(super) roots: Vec<NodeId>,
    pub(super) comments: Vec<Range>,
    pub(super) aliases: Vec<NodeId>,
    pub(super) may_merge: bool,
}

impl Document {
    /// The text that was parsed.
    #[must_use]
    pub fn source(&self) -> &SourceFile {
        &self.source
    }

    /// The text that was parsed, when the tree is no longer needed.
    #[must_use]
    pub fn into_source(self) -> SourceFile {
        self.source
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source.text()
    }

    /// YAML or JSON.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The root nodes, one for each document of the stream.
    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// Ranges of all comments, in text order.
    #[must_use]
    pub fn comments(&self) -> &[Range] {
        &self.comments
    }

    /// Every alias of the document, in text order.
    #[must_use]
    pub fn aliases(&self) -> &[NodeId] {
        &self.aliases
    }

    /// Whether there may be a merge key, which is never written otherwise.
    pub(crate) fn may_merge(&self) -> bool {
        self.may_merge
    }

    /// Whether any node has an anchor.
    pub(crate) fn has_anchors(&self) -> bool {
        self.tree.has_anchors()
    }

    /// Whether a scalar may hold this, or a tag be it: most texts are asked for what they do not have.
    pub(crate) fn may_say(&self, part: &str) -> bool {
        self.text().contains(part) || self.tree.may_say(part)
    }

    /// All nodes, in text order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        self.tree.ids()
    }

    /// The node with this id.
    ///
    /// # Panics
    /// When the id was made by another document.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        self.tree.node(id)
    }

    /// What the node with this id is.
    pub(crate) fn kind(&self, id: NodeId) -> Kind<'_> {
        self.tree.kind(id)
    }

    /// The node an alias stands for, or the node itself.
    #[must_use]
    pub fn resolve(&self, mut id: NodeId) -> NodeId {
        while let Kind::Alias { target } = self.tree.kind(id) {
            id = target;
        }
        id
    }

    /// The value of a scalar, without following an alias.
    #[must_use]
    pub fn scalar(&self, id: NodeId) -> Option<&str> {
        match self.tree.kind(id) {
            Kind::Scalar { style, value } => Some(match value {
                Some(value) => value,
                None => self.between_quotes(&self.tree.range(id), style),
            }),
            _ => None,
        }
    }

    /// The value of a scalar that carries no tag of CloudFormation's, after following aliases.
    #[must_use]
    pub fn string(&self, id: NodeId) -> Option<&str> {
        let id = self.resolve(id);
        match self.tag(id) {
            Some(_) => None,
            None => self.scalar(id),
        }
    }

    /// Whether [`Self::string`] is this. Most are not, and a text is sooner compared than a tag is found.
    fn is_string(&self, id: NodeId, text: &str) -> bool {
        let id = self.resolve(id);
        self.scalar(id) == Some(text) && self.tag(id).is_none()
    }

    /// A tag other than YAML's own (`!!str` and its like change nothing for CloudFormation).
    #[must_use]
    pub fn tag(&self, id: NodeId) -> Option<&str> {
        let tag = self.tree.tag(id)?;
        (!tag.starts_with("tag:yaml.org,2002:") && tag != "!").then_some(tag)
    }

    /// The entries of a mapping; empty for any other node. Aliases are not followed.
    #[must_use]
    pub fn entries(&self, id: NodeId) -> &[Entry] {
        match self.tree.kind(id) {
            Kind::Mapping { entries, .. } => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; empty for any other node. Aliases are not followed.
    #[must_use]
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.tree.kind(id) {
            Kind::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// Whether the node, without following an alias, is a mapping.
    #[must_use]
    pub fn is_mapping(&self, id: NodeId) -> bool {
        matches!(self.tree.kind(id), Kind::Mapping { .. })
    }

    /// Whether the node, without following an alias, is a sequence.
    #[must_use]
    pub fn is_sequence(&self, id: NodeId) -> bool {
        matches!(self.tree.kind(id), Kind::Sequence { .. })
    }

    /// Whether the node is an absent value or the null scalar.
    #[must_use]
    pub fn is_null(&self, id: NodeId) -> bool {
        match self.tree.kind(id) {
            Kind::Scalar {
                style: ScalarStyle::Plain,
                ..
            } => matches!(self.scalar(id), Some("" | "~" | "null" | "Null" | "NULL")),
            _ => false,
        }
    }

    /// The position and value of a key written in this very mapping (merge keys are not followed).
    #[must_use]
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<(usize, NodeId)> {
        self.entries(mapping)
            .iter()
            .enumerate()
            .find(|(_, entry)| self.is_string(entry.key, key))
            .map(|(index, entry)| (index, entry.value))
    }

    /// The line on which the node's content begins, from 1.
    #[must_use]
    pub fn line_of(&self, id: NodeId) -> usize {
        self.source.position(self.node(id).start).line
    }

    /// The chain of collections around a node, innermost first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.tree.parent(id), |&at| self.tree.parent(at))
    }

    fn between_quotes(&self, range: &Range, style: ScalarStyle) -> &str {
        let range = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                range.start + 1..range.end.saturating_sub(1)
            }
            _ => range.clone(),
        };
        self.text().get(range).unwrap_or_default()
    }
}
