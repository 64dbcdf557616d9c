//! Who else would feel an edit: the logical places at which a node stands.

use std::collections::HashMap;

use super::lookup::is_merge_key;
use super::{Origin, Template};
use crate::syntax::{Document, Kind, NodeId};

/// A logical path from the root: keys, and `#` for an item of a list. Merge keys leave no trace,
/// because what is merged stands at the merging mapping's own level.
pub(crate) type Path<'d> = Vec<&'d str>;

/// A place at which a node can be read.
#[derive(Debug, Clone)]
pub(crate) struct Place<'d> {
    pub(crate) path: Path<'d>,
    /// The node itself, or the outermost alias through which it stands there.
    pub(crate) node: NodeId,
}

/// More places than this are taken as "used elsewhere".
const MOST_PLACES: usize = 10_000;

/// The function properties that lambdalift understands; a use in any other is foreign to it.
const TRACKED: &[&str] = &["Runtime", "Handler", "CodeUri", "Code", "Architectures"];

/// The sections of a template whose content CloudFormation or SAM acts upon.
const ACTIVE_SECTIONS: &[&str] = &[
    "Resources",
    "Globals",
    "Outputs",
    "Conditions",
    "Rules",
    "Hooks",
    "Transform",
    "Description",
    "AWSTemplateFormatVersion",
];

/// The aliases of a document by the node they stand for.
#[derive(Debug, Default)]
pub(crate) struct AliasIndex(HashMap<NodeId, Vec<NodeId>>);

impl AliasIndex {
    pub(super) fn of(document: &Document) -> Self {
        let mut index: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for &alias in document.aliases() {
            if let Kind::Alias { target } = document.kind(alias) {
                index.entry(target).or_default().push(alias);
            }
        }
        Self(index)
    }

    fn of_node(&self, node: NodeId) -> &[NodeId] {
        self.0.get(&node).map_or(&[], Vec::as_slice)
    }
}

impl<'d> Template<'d> {
    /// Every place at which a node stands, the place where it is written first. `None` when there
    /// are too many to look at.
    pub(crate) fn places(&self, node: NodeId) -> Option<Vec<Place<'d>>> {
        let mut places = Vec::new();
        self.collect_places(node, &Vec::new(), None, &mut places)
            .then_some(places)
    }

    /// `below` is the path from `node` down to the node that was asked for, innermost first.
    fn collect_places(
        &self,
        node: NodeId,
        below: &Path<'d>,
        outermost: Option<NodeId>,
        places: &mut Vec<Place<'d>>,
    ) -> bool {
        if places.len() >= MOST_PLACES {
            return false;
        }
        let document = self.document;
        let mut path = below.clone();
        let mut at = node;
        let mut repeats = Vec::new();
        loop {
            for &alias in self.aliases().of_node(at) {
                repeats.push((alias, path.clone()));
            }
            let Some(parent) = document.node(at).parent else {
                break;
            };
            if let Some(component) = component(document, parent, at) {
                path.push(component);
            }
            at = parent;
        }
        path.reverse();
        places.push(Place {
            path,
            node: outermost.unwrap_or(node),
        });
        repeats
            .into_iter()
            .all(|(alias, below)| self.collect_places(alias, &below, Some(alias), places))
    }

    /// The first place of a node that belongs neither to a function property lambdalift tracks nor
    /// to a part of the template that nothing reads.
    ///
    /// `origin` is how the asking property comes by the node: places in that parameter or mapping
    /// are judged by their uses, see `Uses`.
    pub(crate) fn foreign_place(&self, node: NodeId, origin: &Origin) -> Option<NodeId> {
        if self.document.aliases().is_empty() {
            // Whoever asks has come here through a property, a parameter or a mapping.
            return None;
        }
        let Some(places) = self.places(node) else {
            return Some(node);
        };
        places
            .into_iter()
            .find(|place| self.is_foreign(&place.path, origin))
            .map(|place| place.node)
    }

    fn is_foreign(&self, path: &[&str], origin: &Origin) -> bool {
        let Some((&section, rest)) = path.split_first() else {
            return true;
        };
        match section {
            "Globals" => !matches!(rest, ["Function", name, ..] if TRACKED.contains(name)),
            "Resources" => !self.is_tracked_resource_path(rest),
            "Parameters" => {
                !matches!((origin, rest), (Origin::Parameter(name), [of, ..]) if name == of)
            }
            "Mappings" => {
                !matches!((origin, rest), (Origin::Mapping(name), [of, ..]) if name == of)
            }
            other => ACTIVE_SECTIONS.contains(&other),
        }
    }

    fn is_tracked_resource_path(&self, path: &[&str]) -> bool {
        path.windows(3).any(|window| match window {
            [id, "Properties", name] => {
                let function = TRACKED.contains(name) && self.is_function(id);
                function || (*name == "CompatibleRuntimes" && self.is_layer(id))
            }
            [id, "Metadata", "BuildMethod"] => self.is_function(id),
            _ => false,
        })
    }

    fn is_function(&self, id: &str) -> bool {
        self.function_ids.contains(id)
    }

    /// Whether this is a layer that may be edited.
    fn is_layer(&self, id: &str) -> bool {
        let mut layers = self.layers.iter();
        !self.ignored_layers.contains(id) && layers.any(|layer| layer.logical_id == id)
    }
}

/// What a child contributes to the path of its parent.
fn component(document: &Document, parent: NodeId, child: NodeId) -> Option<&str> {
    match &document.kind(parent) {
        Kind::Sequence { .. } => {
            // The list behind `<<: [*a, *b]` stands for nothing of its own.
            let merged = document.node(parent).parent.is_some_and(|outer| {
                document
                    .entries(outer)
                    .iter()
                    .any(|entry| entry.value == parent && document.scalar(entry.key) == Some("<<"))
            });
            (!merged).then_some("#")
        }
        Kind::Mapping { entries, .. } => {
            // Ids are in text order: the entry of a child is the last that begins before it.
            let behind = entries.partition_point(|entry| entry.key <= child);
            let entry = entries.get(behind.checked_sub(1)?)?;
            document
                .scalar(entry.key)
                .filter(|_| !is_merge_key(document, entry.key))
        }
        _ => None,
    }
}
