//! The assignments that lead to different outcomes of one function or layer.

use std::collections::{BTreeMap, HashSet};

use super::super::super::function::{EffectiveFunction, FunctionType};
use super::super::super::intrinsic::intrinsic;
use super::super::super::lookup::effective_entries;
use super::super::super::{Loop, Template};
use super::collect::Dependencies;
use super::conditions::{Definitions, condition_of};
use super::covering::cover;
use super::evaluate::{Evaluation, Stop};
use super::variables::{Domain, Variables};
use super::{Branches, MOST_ALTERNATIVES};
use crate::syntax::NodeId;

/// Up to this many assignments of one resource are all tried.
const ALL_COMBINATIONS: usize = 64;

/// With ways that prove impossible in the end, too.
const MOST_STEPS: usize = 1024;

/// The choices of some variables, by the numbers of both.
pub(super) type Assignment = BTreeMap<usize, usize>;

/// The assignments of one resource, that of the Defaults first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Paths {
    pub(super) list: Vec<Assignment>,
    /// Whether these are all.
    pub(super) is_complete: bool,
}

/// A function or a layer.
pub(super) struct Resource<'r> {
    /// Without this condition it is not there.
    pub(super) condition: Option<&'r str>,
    /// Its body, and what it inherits.
    pub(super) roots: Vec<NodeId>,
    pub(super) loops: &'r [Loop],
}

impl<'r> Resource<'r> {
    pub(super) fn all(template: &'r Template<'_>) -> Vec<Self> {
        let document = template.document;
        let functions = template.functions.iter().map(|function| Self {
            condition: condition_of(document, function.body),
            roots: [vec![function.body], inherited(template, function)].concat(),
            loops: &function.loops,
        });
        let layers = template.layers.iter().map(|layer| Self {
            condition: condition_of(document, layer.body),
            roots: vec![layer.body],
            loops: &[],
        });
        functions.chain(layers).collect()
    }

    /// Follows a resource through the branches and rows that an assignment chooses.
    fn follow(&self, template: &Template<'_>, under: &Evaluation<'_, '_>) -> Result<(), Stop> {
        let document = template.document;
        if let Some(condition) = self.condition
            && !under.condition(condition)?
        {
            return Ok(());
        }
        let mut seen = HashSet::new();
        let mut open = self.roots.clone();
        open.reverse();
        while let Some(node) = open.pop() {
            let node = document.resolve(node);
            if !seen.insert(node) {
                continue;
            }
            let call = intrinsic(document, node);
            let items = call.map_or(&[][..], |call| document.items(call.argument));
            match (call.map(|call| call.name), items) {
                (Some("If"), &[condition, yes, no]) if document.string(condition).is_some() => {
                    let name = document.string(condition).unwrap_or_default();
                    open.push(if under.condition(name)? { yes } else { no });
                }
                (Some("FindInMap"), &[_, _, _, ..]) => {
                    let argument = call.map_or(node, |call| call.argument);
                    open.extend(under.looked_up(argument, self.loops)?);
                }
                _ => {
                    let values = effective_entries(document, node);
                    let from = open.len();
                    open.extend(document.items(node));
                    open.extend(values.iter().map(|entry| entry.value));
                    open.get_mut(from..).unwrap_or_default().reverse();
                }
            }
        }
        Ok(())
    }
}

/// The values in Globals that a function inherits.
fn inherited(template: &Template<'_>, function: &EffectiveFunction) -> Vec<NodeId> {
    let levels = &function.levels;
    let globals = levels.globals;
    let globals = globals.filter(|_| function.kind == FunctionType::Serverless);
    let entries = globals.map_or_else(Vec::new, |it| effective_entries(template.document, it));
    let counts = |key| !levels.ignored.covers(key);
    let counting = entries
        .iter()
        .filter(|entry| template.document.string(entry.key).is_none_or(counts));
    counting.map(|entry| entry.value).collect()
}

/// Finds the assignments of resources.
pub(super) struct Explorer<'x, 'd> {
    pub(super) template: &'x Template<'d>,
    pub(super) definitions: &'x Definitions<'d>,
    pub(super) variables: Variables,
}

impl Explorer<'_, '_> {
    pub(super) fn paths(&mut self, resource: &Resource<'_>, on: &Dependencies) -> Paths {
        let all = self.every_path(resource);
        let is_complete = all.is_some();
        let mut list = all.unwrap_or_else(|| self.sample(resource, on));
        if list.is_empty() {
            // Nobody can deploy it; the rules see it nevertheless.
            list.push(Assignment::new());
        }
        Paths { list, is_complete }
    }

    /// Decides a variable only where the way depends on it, so that what cannot be is never tried;
    /// `None` if there are too many ways.
    fn every_path(&mut self, resource: &Resource<'_>) -> Option<Vec<Assignment>> {
        let mut found = Vec::new();
        let mut open = vec![Assignment::new()];
        let mut steps = 0;
        while let Some(assignment) = open.pop() {
            let branches = self.branches(&assignment);
            let under = Evaluation::partial(self.template, self.definitions, &branches);
            match resource.follow(self.template, &under) {
                Ok(()) => found.push(assignment),
                Err(Stop::Impossible) => {}
                Err(Stop::Needs(variable)) => {
                    let number = self.variables.number(&variable, Domain::default);
                    for choice in (0..self.variables.size(number)).rev() {
                        let mut assignment = assignment.clone();
                        assignment.insert(number, choice);
                        open.push(assignment);
                    }
                }
            }
            steps += 1;
            if found.len() > ALL_COMBINATIONS || steps + open.len() > MOST_STEPS {
                return None;
            }
        }
        Some(found)
    }

    /// Every pair of choices, as far as both are possible together.
    fn sample(&self, resource: &Resource<'_>, on: &Dependencies) -> Vec<Assignment> {
        let deciding: Vec<usize> = on.deciding.iter().copied().collect();
        let sizes = deciding.iter().map(|&it| self.variables.size(it));
        let assignment = |row: &[usize]| -> Assignment {
            deciding.iter().copied().zip(row.iter().copied()).collect()
        };
        let rows = cover(&sizes.collect::<Vec<_>>(), MOST_ALTERNATIVES, |row| {
            let branches = self.branches(&assignment(row));
            let under = Evaluation::total(self.template, self.definitions, &branches);
            resource.follow(self.template, &under).is_ok()
        });
        rows.iter().map(|row| assignment(row)).collect()
    }

    /// What numbers mean.
    pub(super) fn branches(&self, assignment: &Assignment) -> Branches {
        let chosen = assignment.iter();
        let chosen = chosen.filter_map(|(&number, &at)| self.variables.chosen(number, at));
        Branches {
            chosen: chosen.collect(),
        }
    }
}
