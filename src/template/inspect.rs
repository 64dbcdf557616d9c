//! Questions about parts of the tree that the typed model has no word for.

use std::collections::HashSet;

use super::Template;
use super::function::EffectiveFunction;
use super::intrinsic::intrinsic;
use super::resolve::names_variable;
use crate::data::RetiredRuntime;
use crate::syntax::{Document, Kind, NodeId};

/// A key that stands twice in one mapping.
#[derive(Debug, Clone, Copy)]
pub(super) struct Duplicate {
    mapping: NodeId,
    /// The second of the two.
    key: NodeId,
}

impl Duplicate {
    /// Every duplicate key of a document.
    pub(super) fn all(document: &Document) -> Vec<Self> {
        let mut duplicates = Vec::new();
        let mut seen = HashSet::new();
        for mapping in document.ids() {
            let entries = document.entries(mapping);
            if entries.len() < 2 {
                continue;
            }
            seen.clear();
            for entry in entries {
                let Some(text) = document.scalar(entry.key) else {
                    continue;
                };
                // Merge keys may repeat: each merges something else.
                if text != "<<" && !seen.insert(text) {
                    let key = entry.key;
                    duplicates.push(Self { mapping, key });
                }
            }
        }
        duplicates
    }
}

impl Template<'_> {
    /// A duplicate key inside a function, or on the path to anything that it is edited by.
    pub(crate) fn duplicate_key_of(&self, function: &EffectiveFunction) -> Option<NodeId> {
        let duplicates = self.duplicates();
        if duplicates.is_empty() {
            return None;
        }
        let mut targets = vec![function.body, function.key];
        for property in function.tracked() {
            targets.push(property.entry.value);
            targets.extend(property.resolution.leaves.iter().map(|leaf| leaf.node));
        }
        let document = self.document;
        duplicates
            .iter()
            .find(|duplicate| {
                let inside = duplicate.mapping == function.body
                    || document
                        .ancestors(duplicate.mapping)
                        .any(|it| it == function.body);
                inside
                    || targets
                        .iter()
                        .any(|&target| leads_through(document, duplicate, target))
            })
            .map(|duplicate| duplicate.key)
    }

    /// Whether a scalar below the node is the identifier of a retired runtime.
    pub(crate) fn names_retired_runtime(&self, node: NodeId) -> bool {
        self.any_below(node, &mut |document, node| {
            let text = document.scalar(node).unwrap_or_default();
            RetiredRuntime::from_id(text).is_some()
        })
    }

    fn any_below(&self, node: NodeId, holds: &mut impl FnMut(&Document, NodeId) -> bool) -> bool {
        let document = self.document;
        let node = document.resolve(node);
        if holds(document, node) {
            return true;
        }
        match &document.node(node).kind {
            Kind::Sequence { items, .. } => items.iter().any(|&item| self.any_below(item, holds)),
            Kind::Mapping { entries, .. } => entries.iter().any(|entry| {
                self.any_below(entry.key, holds) || self.any_below(entry.value, holds)
            }),
            _ => false,
        }
    }
}

/// Whether the way from the root to `target` passes the key that stands twice.
fn leads_through(document: &Document, duplicate: &Duplicate, target: NodeId) -> bool {
    let mut child = target;
    for ancestor in document.ancestors(target) {
        if ancestor == duplicate.mapping {
            let mut entries = document.entries(ancestor).iter();
            return entries.any(|entry| {
                (entry.value == child || entry.key == child)
                    && document.scalar(entry.key) == document.scalar(duplicate.key)
            });
        }
        child = ancestor;
    }
    false
}

impl EffectiveFunction {
    /// Whether a property's value contains a variable of a loop around the function.
    pub(crate) fn varies(&self, property: &str, template: &Template<'_>) -> bool {
        let found = self.tracked().find(|it| it.name == property);
        found.is_some_and(|found| {
            template.any_below(found.entry.value, &mut |document, node| {
                let text = document.scalar(node).unwrap_or_default();
                let is_reference = intrinsic(document, node).is_some_and(|call| {
                    call.name == "Ref" && self.is_loop_variable(document.scalar(call.argument))
                });
                is_reference || self.loops.iter().any(|name| names_variable(text, name))
            })
        })
    }

    fn is_loop_variable(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.loops.iter().any(|variable| variable == name))
    }
}
