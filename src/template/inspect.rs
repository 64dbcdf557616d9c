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
        /// Nearly every mapping is so small that to look at all of it is quicker than to hash a key.
        const FEW: usize = 16;
        let mut duplicates = Vec::new();
        let mut few = Vec::with_capacity(FEW);
        let mut many = HashSet::new();
        for mapping in document.ids() {
            let entries = document.entries(mapping);
            if entries.len() < 2 {
                continue;
            }
            few.clear();
            many.clear();
            for entry in entries {
                let Some(text) = document.scalar(entry.key) else {
                    continue;
                };
                let is_new = if entries.len() > FEW {
                    many.insert(text)
                } else {
                    let is_new = !few.contains(&text);
                    few.push(text);
                    is_new
                };
                // Two merge keys count, too: readers disagree on which of them wins.
                if !is_new {
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

    /// A duplicate key in a mapping or anywhere below it.
    pub(crate) fn duplicate_key_below(&self, mapping: NodeId) -> Option<NodeId> {
        let document = self.document;
        let mut duplicates = self.duplicates().iter();
        let found = duplicates.find(|duplicate| {
            duplicate.mapping == mapping
                || document
                    .ancestors(duplicate.mapping)
                    .any(|it| it == mapping)
        });
        found.map(|duplicate| duplicate.key)
    }

    /// Whether a scalar below the node is the identifier of a retired runtime.
    pub(crate) fn names_retired_runtime(&self, node: NodeId) -> bool {
        self.retired_runtime_below(node).is_some()
    }

    /// The first scalar below the node that is the identifier of a retired runtime.
    pub(super) fn retired_runtime_below(&self, node: NodeId) -> Option<String> {
        let mut found = None;
        self.any_below(node, &mut |document, node| {
            let text = document.scalar(node).unwrap_or_default();
            found = RetiredRuntime::from_id(text).map(|runtime| runtime.id().to_owned());
            found.is_some()
        });
        found
    }

    /// A retired runtime that stands anywhere in the template's mappings.
    pub(super) fn retired_runtime_in_mappings(&self) -> Option<String> {
        let mappings = self.section("Mappings")?;
        self.retired_runtime_below(mappings)
    }

    fn any_below(&self, node: NodeId, holds: &mut impl FnMut(&Document, NodeId) -> bool) -> bool {
        let document = self.document;
        let node = document.resolve(node);
        if holds(document, node) {
            return true;
        }
        match &document.kind(node) {
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
    /// The variables of the loops around the function that a property's value contains.
    pub(crate) fn loop_variables(&self, property: &str, template: &Template<'_>) -> Vec<&str> {
        let Some(found) = self.tracked().find(|it| it.name == property) else {
            return Vec::new();
        };
        let contained = |variable: &str| {
            template.any_below(found.entry.value, &mut |document, node| {
                let text = document.scalar(node).unwrap_or_default();
                let is_reference = intrinsic(document, node).is_some_and(|call| {
                    call.name == "Ref" && document.scalar(call.argument) == Some(variable)
                });
                is_reference || names_variable(text, variable)
            })
        };
        let variables = self.loops.iter().map(|it| it.variable.as_str());
        variables.filter(|variable| contained(variable)).collect()
    }
}
