//! What conditions are defined by, one level at a time.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::super::Template;
use super::super::super::intrinsic::intrinsic;
use super::super::super::lookup::{effective_entries, lookup};
use crate::syntax::{Document, NodeId};

/// Conditions that refer to conditions, or hold one another, deeper than this are unknown.
pub(super) const TEST_DEPTH: usize = 64;

/// The Conditions section: what each name is defined by.
pub(super) type Definitions<'d> = Rc<HashMap<&'d str, NodeId>>;

pub(super) fn definitions<'d>(template: &Template<'d>) -> Definitions<'d> {
    let document = template.document;
    let section = lookup(document, template.root, "Conditions");
    let entries = section.map_or_else(Vec::new, |it| effective_entries(document, it.value));
    let named = entries.iter().filter_map(|entry| {
        let name = document.string(entry.key)?;
        Some((name, document.resolve(entry.value)))
    });
    Rc::new(
        named
            .filter(|(name, _)| !name.starts_with("Fn::"))
            .collect(),
    )
}

/// The `Condition` attribute of a resource.
pub(super) fn condition_of(document: &Document, body: NodeId) -> Option<&str> {
    document.string(lookup(document, body, "Condition")?.value)
}

/// What a condition is defined by.
pub(super) enum Test<'d> {
    Not(NodeId),
    And(&'d [NodeId]),
    Or(&'d [NodeId]),
    Equals(NodeId, NodeId),
    /// Another condition.
    Named(&'d str),
    Unknown,
}

impl<'d> Test<'d> {
    /// Aliases must have been resolved.
    pub(super) fn read(document: &'d Document, node: NodeId) -> Self {
        let Some(call) = intrinsic(document, node) else {
            return Self::Unknown;
        };
        match (call.name, document.items(call.argument)) {
            ("Condition", _) => document
                .scalar(call.argument)
                .map_or(Self::Unknown, Self::Named),
            ("Not", &[inner]) => Self::Not(inner),
            ("And", inner @ [_, ..]) => Self::And(inner),
            ("Or", inner @ [_, ..]) => Self::Or(inner),
            ("Equals", &[one, other]) => Self::Equals(one, other),
            _ => Self::Unknown,
        }
    }
}
