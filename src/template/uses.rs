//! Who refers to a parameter or looks into a mapping, anywhere in the template.

use std::collections::HashMap;

use super::intrinsic::{intrinsic, sub_text, sub_variables};
use super::lookup::lookup;
use crate::syntax::{Document, NodeId};

/// Every reference of a template, collected in one pass over its nodes.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    references: HashMap<String, Vec<NodeId>>,
    /// References whose name an `Fn::ForEach` variable completes: what stands before and behind it.
    patterns: Vec<(String, String, NodeId)>,
    lookups: Vec<NodeId>,
}

impl Uses {
    pub(super) fn collect(document: &Document) -> Self {
        let mut uses = Self::default();
        for id in document.ids() {
            let Some(call) = intrinsic(document, id) else {
                continue;
            };
            match call.name {
                "Ref" => {
                    if let Some(name) = document.scalar(call.argument) {
                        uses.refer(name, call.argument);
                    }
                }
                "Sub" => {
                    if let Some((node, text)) = sub_text(document, call.argument) {
                        // Names that the call defines itself are no references.
                        let own = document.items(call.argument).get(1).copied();
                        let defined = |name: &str| {
                            own.is_some_and(|own| lookup(document, own, name).is_some())
                        };
                        for name in sub_variables(text).filter(|name| !defined(name)) {
                            uses.refer(name, node);
                        }
                    }
                }
                "FindInMap" => uses.lookups.push(id),
                _ => {}
            }
        }
        uses
    }

    fn refer(&mut self, name: &str, node: NodeId) {
        if let Some((before, after)) = name_pattern(name) {
            self.patterns
                .push((before.to_owned(), after.to_owned(), node));
            return;
        }
        let places = self.references.entry(name.to_owned()).or_default();
        if places.last() != Some(&node) {
            places.push(node);
        }
    }

    /// The scalars that name a parameter (or resource) in `Ref` or `Fn::Sub`, in text order.
    pub(crate) fn references_to(&self, name: &str) -> &[NodeId] {
        self.references.get(name).map_or(&[], Vec::as_slice)
    }

    /// The scalars that name it for some value of an `Fn::ForEach` variable.
    pub(crate) fn possible_references_to(&self, name: &str) -> impl Iterator<Item = NodeId> {
        let patterns = self.patterns.iter().filter(move |(before, after, _)| {
            name.len() >= before.len() + after.len()
                && name.starts_with(before.as_str())
                && name.ends_with(after.as_str())
        });
        patterns.map(|(.., node)| *node)
    }

    /// Every call of `Fn::FindInMap`, in text order.
    pub(crate) fn lookups(&self) -> &[NodeId] {
        &self.lookups
    }
}

/// What stands before the first and behind the last `Fn::ForEach` variable in a name.
pub(crate) fn name_pattern(name: &str) -> Option<(&str, &str)> {
    let start = name.find("${").or_else(|| name.find("&{"))?;
    let end = name.rfind('}')?;
    Some((name.get(..start)?, name.get(end + 1..)?))
}
