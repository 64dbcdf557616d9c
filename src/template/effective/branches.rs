//! The alternatives of a template: which way its conditions fall, which row of a mapping counts.

use std::collections::BTreeSet;

use super::super::intrinsic::intrinsic;
use super::super::{Loop, Template};
use crate::syntax::NodeId;

/// One way in which conditions can fall and mappings be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branches {
    /// The conditions that hold.
    holding: BTreeSet<String>,
    /// Of the rows that a lookup can mean, the one with this number, counted round.
    row: usize,
}

/// With up to this many conditions every combination is tried.
const ALL_COMBINATIONS: usize = 4;

impl Branches {
    /// Every alternative that matters to the functions and layers of a template: all combinations of
    /// a few conditions, of many each one alone, alone not, all and none; each with every row.
    pub(crate) fn of(template: &Template<'_>) -> Vec<Self> {
        let mut found = Alternatives::default();
        let loops: &[Loop] = &[];
        let functions = template
            .functions
            .iter()
            .map(|it| (it.body, it.loops.as_slice()));
        let layers = template.layers.iter().map(|it| (it.body, loops));
        let globals = template.globals.into_iter().map(|globals| (globals, loops));
        for (node, loops) in functions.chain(layers).chain(globals) {
            found.collect(template, node, loops);
        }
        let conditions: Vec<String> = found.conditions.into_iter().collect();
        let mut alternatives = Vec::new();
        for holding in combinations(&conditions) {
            alternatives.extend((0..found.rows.max(1)).map(|row| Self {
                holding: holding.clone(),
                row,
            }));
        }
        alternatives
    }

    pub(super) fn holds(&self, condition: &str) -> bool {
        self.holding.contains(condition)
    }

    pub(super) fn row(&self, leaves: &[NodeId]) -> Option<NodeId> {
        leaves.iter().copied().cycle().nth(self.row)
    }
}

fn combinations(conditions: &[String]) -> Vec<BTreeSet<String>> {
    let all: BTreeSet<String> = conditions.iter().cloned().collect();
    if conditions.len() <= ALL_COMBINATIONS {
        let subsets = 0..1_usize << conditions.len();
        // All conditions hold first: the branch that is written first.
        return subsets
            .rev()
            .map(|chosen| {
                let held = conditions.iter().enumerate();
                held.filter(|(bit, _)| chosen >> bit & 1 == 1)
                    .map(|(_, name)| name.clone())
                    .collect()
            })
            .collect();
    }
    let mut sets = vec![all.clone(), BTreeSet::new()];
    for name in conditions {
        sets.push(BTreeSet::from([name.clone()]));
        sets.push(all.iter().filter(|it| *it != name).cloned().collect());
    }
    sets
}

#[derive(Default)]
struct Alternatives {
    conditions: BTreeSet<String>,
    rows: usize,
    seen: BTreeSet<NodeId>,
}

impl Alternatives {
    /// Every condition and lookup below a node; each node is looked at once, whatever aliases it.
    fn collect(&mut self, template: &Template<'_>, node: NodeId, loops: &[Loop]) {
        let document = template.document;
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let node = document.resolve(node);
            if !self.seen.insert(node) {
                continue;
            }
            if let Some(call) = intrinsic(document, node) {
                match (call.name, document.items(call.argument)) {
                    ("If", &[condition, ..]) => {
                        let name = document.string(condition);
                        self.conditions.extend(name.map(str::to_owned));
                    }
                    ("FindInMap", _) => {
                        let leaves = template.mapped(call.argument, loops).unwrap_or_default();
                        self.rows = self.rows.max(leaves.len());
                        open.extend(leaves);
                    }
                    _ => {}
                }
            }
            open.extend(document.items(node));
            open.extend(document.entries(node).iter().map(|entry| entry.value));
        }
    }
}

impl Template<'_> {
    /// The values that an `Fn::FindInMap` can lead to, in text order; `None` if its map is computed,
    /// is not there, or has no such key.
    pub(super) fn mapped(&self, argument: NodeId, loops: &[Loop]) -> Option<Vec<NodeId>> {
        let &[map, first, second, ..] = self.document.items(argument) else {
            return None;
        };
        let mapping = self.mapping(self.document.string(map)?)?;
        Some(self.rows(mapping, first, second, loops)).filter(|leaves| !leaves.is_empty())
    }
}
