//! The alternatives of a template: which way its conditions fall, which row of a mapping counts.
//!
//! ```text
//! conditions, lookups  ──collect──▶ variables and what they can be
//! each function, layer ──paths────▶ its assignments of the variables (too many: a covering sample)
//! all of them          ──packing──▶ assignments for the whole template: Branches
//! Branches             ──evaluate─▶ what a condition, a lookup, a reference comes to
//! ```
//!
//! Where something is not understood, both ways are tried: rather one alternative that cannot be
//! than one that is missed. The `Rules` section and `AllowedPattern` rule nothing out.

mod collect;
mod conditions;
mod covering;
mod evaluate;
mod expression;
mod offers;
mod packing;
mod parameters;
mod paths;
#[cfg(test)]
mod tests;
mod values;
mod variables;

pub(super) use evaluate::Evaluation;

use std::collections::{BTreeMap, BTreeSet};

use super::super::Template;
use collect::{Collector, Dependencies};
use conditions::definitions;
use packing::{Whole, pack, rule_out};
use paths::{Assignment, Explorer, Paths, Resource};
use variables::{Choice, Variable, Variables};

/// No more alternatives than this are tried.
const MOST_ALTERNATIVES: usize = 512;

/// One way in which conditions can fall and mappings be read: what the variables are on which they
/// depend. It means something also to the template after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branches {
    chosen: BTreeMap<Variable, Choice>,
}

/// The ways that matter to the functions and layers of a template.
#[derive(Debug)]
pub(crate) struct Alternatives {
    /// At least one; the first is that of the Defaults.
    pub(crate) list: Vec<Branches>,
    /// Whether each function and layer is there in every form that it can have. Otherwise every
    /// value of every variable is there, and every pair, as far as there is room.
    pub(crate) is_complete: bool,
}

impl Branches {
    /// The alternatives of a template. They are about as many as the resource with most needs, for
    /// what differs in one resource and what differs in another are tried together.
    pub(crate) fn of(template: &Template<'_>) -> Alternatives {
        let definitions = definitions(template);
        let mut variables = Variables::default();
        let resources = Resource::all(template);
        let dependencies: Vec<Dependencies> = resources
            .iter()
            .map(|it| Collector::collect(template, &definitions, &mut variables, it))
            .collect();
        variables.exchange();
        let mut explorer = Explorer {
            template,
            definitions: &definitions,
            variables,
        };
        let pairs = || resources.iter().zip(&dependencies);
        let mut paths: Vec<Paths> = pairs().map(|(it, on)| explorer.paths(it, on)).collect();
        let possible = rule_out(&mut paths);
        for (paths, on) in paths.iter_mut().zip(&dependencies) {
            explorer.mention(paths, on, &possible);
        }
        let (packed, has_all) = pack(&paths, explorer.variables.len(), MOST_ALTERNATIVES);
        let mut list: Vec<Branches> = packed.iter().map(|it| explorer.filled(it)).collect();
        if list.is_empty() {
            list.push(explorer.filled(&Whole::new()));
        }
        Alternatives {
            list,
            is_complete: has_all && paths.iter().all(|it| it.is_complete),
        }
    }
}

impl Explorer<'_, '_> {
    /// Lets a resource have every value of the variables that it only refers to, in one combination
    /// or another: a value that is passed on decides nothing.
    fn mention(
        &self,
        paths: &mut Paths,
        on: &Dependencies,
        possible: &BTreeMap<usize, BTreeSet<usize>>,
    ) {
        let numbers = on.mentioned.iter().filter_map(|it| self.variables.get(it));
        let mentioned: Vec<(usize, Vec<usize>)> = numbers
            .filter(|number| !on.deciding.contains(number))
            .map(|number| match possible.get(&number) {
                Some(choices) => (number, choices.iter().copied().collect()),
                None => (number, (0..self.variables.size(number)).collect()),
            })
            .collect();
        let Some(most) = mentioned.iter().map(|(_, choices)| choices.len()).max() else {
            return;
        };
        let rows = paths.list.len().max(most);
        let mut list: Vec<Assignment> = paths.list.iter().cycle().take(rows).cloned().collect();
        for (number, choices) in mentioned {
            for (way, &choice) in list.iter_mut().zip(choices.iter().cycle()) {
                way.insert(number, choice);
            }
        }
        paths.list = list;
    }

    /// With the first choice for what nothing depends on.
    fn filled(&self, whole: &Whole) -> Branches {
        let chosen = |number| whole.get(number).copied().flatten().unwrap_or(0);
        let numbers = 0..self.variables.len();
        let assignment: Assignment = numbers.map(|number| (number, chosen(number))).collect();
        self.branches(&assignment)
    }
}
