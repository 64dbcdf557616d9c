//! May this scalar be edited? Only if everybody who reads it wants the same.

use foldhash::{HashMap, HashMapExt as _};

use super::job::Job;
use super::subject::Wish;
use crate::data::TARGET;
use crate::syntax::{Kind, NodeId};
use crate::template::{Leaf, Origin, Parameter, Property, Template, intrinsic, name_pattern};

/// Why a scalar has to stay as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Conflict {
    /// The place that speaks against the edit.
    pub(crate) node: NodeId,
    /// A sentence about it.
    pub(crate) message: String,
    /// The value of the other property that reads the scalar, if it is that of a function.
    pub(crate) reader: Option<NodeId>,
}

/// Who reads which scalar, and what stands against editing it whatever the functions want.
pub(crate) struct Permissions<'a> {
    template: &'a Template<'a>,
    /// Every node on the way to some property: the functions that pass it.
    readers: HashMap<NodeId, Vec<(usize, &'static str)>>,
    fixed: HashMap<Question, Option<Conflict>>,
    /// Answers that hold as long as no function leaves the plan.
    current: HashMap<Question, Option<Conflict>>,
    foreign_lookups: Option<ForeignLookups>,
}

/// May this scalar get that value?
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    leaf: NodeId,
    /// How the asking property comes by it.
    origin: Origin,
    value: String,
    /// Whether the asking function could do without the scalar.
    has_way_around: bool,
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
            foreign_lookups: None,
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

    /// What stands against giving the scalar that supplies `property` a value, if anything.
    pub(crate) fn conflict(
        &mut self,
        jobs: &[Job<'_>],
        property: &Property,
        leaf: &Leaf,
        value: &str,
    ) -> Option<Conflict> {
        let question = Question {
            leaf: leaf.node,
            origin: leaf.origin.clone(),
            value: value.to_owned(),
            has_way_around: has_way_around(self.template, property),
        };
        if !self.fixed.contains_key(&question) {
            let conflict = self.fixed_conflict(leaf.node, &leaf.origin, value);
            self.fixed.insert(question.clone(), conflict);
        }
        if let Some(Some(conflict)) = self.fixed.get(&question) {
            return Some(conflict.clone());
        }
        if let Some(known) = self.current.get(&question) {
            return known.clone();
        }
        let conflict = self.reader_conflict(jobs, &question);
        self.current.insert(question, conflict.clone());
        conflict
    }

    /// A reader that does not want the same value.
    fn reader_conflict(&self, jobs: &[Job<'_>], question: &Question) -> Option<Conflict> {
        let reader = self.readers(question.leaf).iter().find(|(index, name)| {
            let job = jobs.get(*index).filter(|job| job.is_migrating());
            !job.is_some_and(|job| {
                wants(job, name, question.leaf, &question.value)
                    // The other will get a value of its own, which this one cannot.
                    || (!question.has_way_around && gets_its_own(self.template, job, name))
            })
        });
        let (index, name) = reader?;
        let function = self.template.functions.get(*index)?;
        let property = function.tracked().find(|property| property.name == *name)?;
        Some(Conflict {
            node: function.key,
            message: format!(
                "{} takes its {name} from the same place and keeps it",
                function.logical_id
            ),
            reader: Some(property.entry.value),
        })
    }

    /// What stands against giving an entry of a layer's list a value, if anything.
    pub(crate) fn layer_conflict(&self, jobs: &[Job<'_>], item: NodeId) -> Option<Conflict> {
        let foreign = self.template.foreign_place(item, &Origin::Literal);
        let elsewhere = foreign.map(|node| Conflict {
            node,
            message: "the same anchor supplies something else, too".to_owned(),
            reader: None,
        });
        elsewhere.or_else(|| {
            let question = Question {
                leaf: item,
                origin: Origin::Literal,
                value: TARGET.to_owned(),
                has_way_around: false,
            };
            self.reader_conflict(jobs, &question)
        })
    }

    fn fixed_conflict(&mut self, leaf: NodeId, origin: &Origin, value: &str) -> Option<Conflict> {
        let foreign = self.template.foreign_place(leaf, origin);
        let elsewhere = foreign.map(|node| Conflict {
            node,
            message: "the same anchor supplies something else, too".to_owned(),
            reader: None,
        });
        elsewhere.or_else(|| match origin {
            Origin::Parameter(name) => self.parameter_conflict(name, value),
            Origin::Mapping(name) => self.mapping_conflict(name, leaf),
            _ => None,
        })
    }

    fn parameter_conflict(&self, name: &str, value: &str) -> Option<Conflict> {
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
                reader: None,
            });
        }
        if let Some(node) = self.constraint_against(parameter, value) {
            return Some(Conflict {
                node,
                message: format!("the parameter {name} may not allow {value}"),
                reader: None,
            });
        }
        // A reference that some function's property passes is judged as a reader of the leaf.
        let references = self.template.uses().references_to(name).iter().copied();
        let (passed, others): (Vec<NodeId>, Vec<NodeId>) =
            references.partition(|node| self.readers.contains_key(node));
        // What a loop variable completes is never resolved, so it is nobody's reading.
        let possible = self.template.uses().possible_references_to(name);
        others
            .into_iter()
            .chain(possible)
            .filter(|node| value != TARGET || !self.is_layer_runtime(*node))
            .chain(
                passed
                    .into_iter()
                    .filter_map(|node| self.aliased_elsewhere(node)),
            )
            .next()
            .map(|node| Conflict {
                node,
                message: format!("the parameter {name} has another use, which wants the old value"),
                reader: None,
            })
    }

    fn mapping_conflict(&mut self, name: &str, leaf: NodeId) -> Option<Conflict> {
        let template = self.template;
        let readers = &self.readers;
        let foreign = self.foreign_lookups.get_or_insert_with(|| {
            // A lookup that some function's property passes is judged as a reader of the leaf.
            let lookups = template.uses().lookups().iter().copied();
            let others = lookups.filter(|call| !readers.contains_key(call));
            ForeignLookups::collect(template, others)
        });
        foreign.of(leaf).map(|node| Conflict {
            node,
            message: format!("this lookup in the mapping {name} wants the old value"),
            reader: None,
        })
    }

    /// A reference that stands in an anchored node and is repeated where no function reads it.
    fn aliased_elsewhere(&self, node: NodeId) -> Option<NodeId> {
        if self.template.document.aliases().is_empty() {
            return None;
        }
        self.template.foreign_place(node, &Origin::Literal)
    }

    /// A pattern, which is not evaluated, or a length that the value exceeds.
    fn constraint_against(&self, parameter: Parameter, value: &str) -> Option<NodeId> {
        let document = self.template.document;
        let too_long = parameter.max_length.filter(|&node| {
            let length = document
                .string(node)
                .and_then(|text| text.parse::<usize>().ok());
            length.is_none_or(|length| length < value.len())
        });
        parameter.allowed_pattern.or(too_long)
    }

    /// Whether a node stands in the `CompatibleRuntimes` of a layer.
    fn is_layer_runtime(&self, node: NodeId) -> bool {
        let document = self.template.document;
        self.template.layers.iter().any(|layer| {
            let ignored = self.template.ignored_layers.contains(&layer.logical_id);
            let list = layer.compatible_runtimes.filter(|_| !ignored);
            list.is_some_and(|list| {
                let list = document.resolve(list);
                document.ancestors(node).any(|ancestor| ancestor == list)
            })
        })
    }
}

/// Whether a function's property can do without the scalar that supplies it.
fn has_way_around(template: &Template<'_>, property: &Property) -> bool {
    let value = template.document.node(property.entry.value);
    !property.is_own() || matches!(value.kind, Kind::Alias { .. })
}

/// Whether a migrating function gives a property a value of its own.
fn gets_its_own(template: &Template<'_>, job: &Job<'_>, name: &str) -> bool {
    let wished = job
        .drafts
        .iter()
        .any(|draft| matches!(&draft.wish, Some(Wish::Set { property, .. }) if *property == name));
    let property = job.property(name);
    wished && property.is_some_and(|property| has_way_around(template, property))
}

/// Whether a migrating function wants its property's scalar to get a value.
fn wants(job: &Job<'_>, name: &str, leaf: NodeId, value: &str) -> bool {
    job.drafts.iter().any(|draft| match &draft.wish {
        Some(Wish::Set {
            property,
            leaves,
            value: wanted,
        }) => *property == name && leaves.binary_search(&leaf).is_ok() && wanted == value,
        Some(Wish::Architecture { goal, present }) => {
            name == "Architectures"
                && *present == Some(leaf)
                && *goal == value
                && !job.keeps_architecture
        }
        _ => false,
    })
}

/// What the lookups of others can reach.
#[derive(Debug, Default)]
struct ForeignLookups {
    reached: HashMap<NodeId, NodeId>,
    /// A lookup in a map whose name is computed: it can mean any.
    anywhere: Option<NodeId>,
}

impl ForeignLookups {
    fn collect(template: &Template<'_>, calls: impl Iterator<Item = NodeId>) -> Self {
        let document = template.document;
        let mut found = Self::default();
        for call in calls {
            let argument = intrinsic(document, call).map(|call| call.argument);
            let map = argument.and_then(|argument| document.items(argument).first());
            let is_literal = |text: &str| name_pattern(text).is_none();
            if !map.is_some_and(|&map| document.string(map).is_some_and(is_literal)) {
                found.anywhere = found.anywhere.or(Some(call));
            }
            for node in template.resolve_value(call, &[]).trail {
                found.reached.entry(node).or_insert(call);
            }
        }
        found
    }

    /// A lookup that can reach the leaf.
    fn of(&self, leaf: NodeId) -> Option<NodeId> {
        self.reached.get(&leaf).copied().or(self.anywhere)
    }
}
