//! May this scalar be edited? Only if everybody who reads it wants the same.

use std::collections::{HashMap, HashSet};

use super::job::Job;
use super::subject::Wish;
use crate::data::TARGET;
use crate::syntax::NodeId;
use crate::template::{Origin, Template};

/// Why a scalar has to stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The place that speaks against the edit.
    pub(crate) node: NodeId,
    /// A sentence about it.
    pub(crate) message: String,
}

/// Who reads which scalar, and what stands against editing it whatever the functions want.
pub(crate) struct Permissions<'a> {
    template: &'a Template<'a>,
    /// Every node on the way to some property: the functions that pass it.
    readers: HashMap<NodeId, Vec<(usize, &'static str)>>,
    fixed: HashMap<NodeId, Option<Conflict>>,
    /// Answers that hold as long as no function leaves the plan.
    current: HashMap<(NodeId, String), Option<Conflict>>,
}

impl<'a> Permissions<'a> {
    pub(crate) fn new(template: &'a Template<'a>) -> Self {
        let mut readers: HashMap<NodeId, Vec<(usize, &'static str)>> = HashMap::new();
        for (index, function) in template.functions.iter().enumerate() {
            for property in function.tracked() {
                for &node in &property.resolution.trail {
                    let reader = (index, property.name);
                    let known = readers.entry(node).or_default();
                    if known.last() != Some(&reader) {
                        known.push(reader);
                    }
                }
            }
        }
        Self {
            template,
            readers,
            fixed: HashMap::new(),
            current: HashMap::new(),
        }
    }

    /// To be called when functions have left the plan.
    pub(crate) fn forget(&mut self) {
        self.current.clear();
    }

    /// The functions that pass a node on the way to a property.
    pub(crate) fn readers(&self, node: NodeId) -> &[(usize, &'static str)] {
        self.readers.get(&node).map_or(&[], Vec::as_slice)
    }

    /// What stands against giving the scalar `value`, if anything.
    pub(crate) fn conflict(
        &mut self,
        jobs: &[Job<'_>],
        leaf: NodeId,
        origin: &Origin,
        value: &str,
    ) -> Option<Conflict> {
        if !self.fixed.contains_key(&leaf) {
            let conflict = self.fixed_conflict(leaf, origin, value);
            self.fixed.insert(leaf, conflict);
        }
        if let Some(Some(conflict)) = self.fixed.get(&leaf) {
            return Some(conflict.clone());
        }
        let key = (leaf, value.to_owned());
        if let Some(known) = self.current.get(&key) {
            return known.clone();
        }
        let conflict = self.reader_conflict(jobs, leaf, value);
        self.current.insert(key, conflict.clone());
        conflict
    }

    fn reader_conflict(&self, jobs: &[Job<'_>], leaf: NodeId, value: &str) -> Option<Conflict> {
        let reader = self.readers(leaf).iter().find(|(index, _)| {
            !jobs
                .get(*index)
                .is_some_and(|job| job.is_migrating() && wants(job, leaf, value))
        });
        let (index, property) = reader?;
        let function = self.template.functions.get(*index)?;
        Some(Conflict {
            node: function.key,
            message: format!(
                "{} takes its {property} from the same place and keeps it",
                function.logical_id
            ),
        })
    }

    fn fixed_conflict(&self, leaf: NodeId, origin: &Origin, value: &str) -> Option<Conflict> {
        let elsewhere = self.template.foreign_place(leaf).map(|node| Conflict {
            node,
            message: "the same anchor supplies something else, too".to_owned(),
        });
        elsewhere.or_else(|| match origin {
            Origin::Parameter(name) => self.parameter_conflict(name, leaf, value),
            Origin::Mapping(name) => self.mapping_conflict(name, leaf),
            _ => None,
        })
    }

    fn parameter_conflict(&self, name: &str, leaf: NodeId, value: &str) -> Option<Conflict> {
        let document = self.template.document;
        let parameter = self.template.parameter(name)?;
        if let Some(kind) = parameter.kind
            && document.string(kind) != Some("String")
        {
            return Some(Conflict {
                node: kind,
                message: format!(
                    "the parameter {name} has the type {}, so its Default is not the value itself",
                    document.string(kind).unwrap_or("(computed)")
                ),
            });
        }
        let passed = self.nodes_on_the_way_to(leaf);
        let others = self.template.uses().references_to(name).iter().copied();
        others
            .filter(|node| !passed.contains(node))
            .filter(|node| value != TARGET || !self.is_layer_runtime(*node))
            .chain(
                passed
                    .iter()
                    .filter_map(|&node| self.aliased_elsewhere(node)),
            )
            .next()
            .map(|node| Conflict {
                node,
                message: format!("the parameter {name} has another use, which wants the old value"),
            })
    }

    fn mapping_conflict(&self, name: &str, leaf: NodeId) -> Option<Conflict> {
        let passed = self.nodes_on_the_way_to(leaf);
        let lookups = self.template.uses().lookups().iter().copied();
        lookups
            .filter(|call| !passed.contains(call))
            .find(|&call| self.template.lookup_reaches(call, name, leaf))
            .map(|node| Conflict {
                node,
                message: format!("this lookup in the mapping {name} wants the old value"),
            })
    }

    /// A reference that stands in an anchored node and is repeated where no function reads it.
    fn aliased_elsewhere(&self, node: NodeId) -> Option<NodeId> {
        if self.template.document.aliases().is_empty() {
            return None;
        }
        self.template.foreign_place(node)
    }

    /// Every node that some function's property passes before it reaches `leaf`.
    fn nodes_on_the_way_to(&self, leaf: NodeId) -> HashSet<NodeId> {
        let mut nodes = HashSet::new();
        for &(index, name) in self.readers(leaf) {
            let function = self.template.functions.get(index);
            let properties = function.into_iter().flat_map(|function| function.tracked());
            for property in properties.filter(|property| property.name == name) {
                if property.resolution.trail.contains(&leaf) {
                    nodes.extend(&property.resolution.trail);
                }
            }
        }
        nodes
    }

    /// Whether a node stands in the `CompatibleRuntimes` of a layer.
    fn is_layer_runtime(&self, node: NodeId) -> bool {
        let document = self.template.document;
        self.template.layers.iter().any(|layer| {
            layer.compatible_runtimes.is_some_and(|list| {
                let list = document.resolve(list);
                document.ancestors(node).any(|ancestor| ancestor == list)
            })
        })
    }
}

fn wants(job: &Job<'_>, leaf: NodeId, value: &str) -> bool {
    job.drafts.iter().any(|draft| match &draft.wish {
        Some(Wish::Set {
            leaves,
            value: wanted,
            ..
        }) => leaves.contains(&leaf) && wanted == value,
        Some(Wish::Architecture { goal, present }) => {
            *present == Some(leaf) && *goal == value && !job.keeps_architecture
        }
        _ => false,
    })
}

impl Template<'_> {
    /// Whether a call of `Fn::FindInMap` can lead to `leaf` in the mapping `name`.
    fn lookup_reaches(&self, call: NodeId, name: &str, leaf: NodeId) -> bool {
        let resolution = self.resolve_value(call, &[]);
        if resolution.trail.contains(&leaf) {
            return true;
        }
        // A computed map name can mean any map.
        let document = self.document;
        let argument = match crate::template::intrinsic(document, call) {
            Some(call) => call.argument,
            None => return true,
        };
        match document.items(argument).first() {
            Some(&map) => document
                .string(map)
                .is_none_or(|map| map == name && resolution.unresolved.is_some()),
            None => true,
        }
    }
}
