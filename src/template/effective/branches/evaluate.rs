//! What conditions, lookups and references come to under an assignment of the variables.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::super::super::lookup::{effective_entries, lookup};
use super::super::super::{Loop, Template};
use super::Branches;
use super::expression::{Lookup, Operand, Part, Test, written};
use super::variables::{Choice, Variable};
use crate::syntax::{Document, NodeId};

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

/// Conditions that refer to conditions, or hold one another, deeper than this are unknown.
pub(super) const TEST_DEPTH: usize = 64;
/// Lookups within lookups deeper than this are unknown. Each level has three arguments, all of which
/// aliases can make the same.
pub(super) const OPERAND_DEPTH: usize = 4;

/// Why something has no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// This variable has to be decided first.
    Needs(Variable),
    /// A lookup finds no row: nobody can deploy such a stack.
    Impossible,
}

/// A template under an assignment.
pub(in super::super) struct Evaluation<'e, 'd> {
    template: &'e Template<'d>,
    definitions: Definitions<'d>,
    branches: &'e Branches,
    /// Whether all that is not assigned has a value nevertheless.
    is_total: bool,
    /// What tests came to; `None` while they are evaluated.
    tests: RefCell<HashMap<NodeId, Option<bool>>>,
    /// How many tests are being evaluated.
    nesting: Cell<usize>,
}

impl<'e, 'd> Evaluation<'e, 'd> {
    /// What is not assigned has its Default; conditions hold.
    pub(in super::super) fn new(template: &'e Template<'d>, branches: &'e Branches) -> Self {
        let definitions = definitions(template);
        Self {
            is_total: true,
            ..Self::partial(template, &definitions, branches)
        }
    }

    /// What is not assigned is asked for.
    pub(super) fn partial(
        template: &'e Template<'d>,
        definitions: &Definitions<'d>,
        branches: &'e Branches,
    ) -> Self {
        Self {
            template,
            definitions: Rc::clone(definitions),
            branches,
            is_total: false,
            tests: RefCell::default(),
            nesting: Cell::new(0),
        }
    }

    /// Whether a condition holds.
    pub(in super::super) fn holds(&self, condition: &str) -> bool {
        self.condition(condition).unwrap_or(true)
    }

    /// Whether a resource is created at all.
    pub(in super::super) fn exists(&self, body: NodeId) -> bool {
        condition_of(self.template.document, body).is_none_or(|condition| self.holds(condition))
    }

    /// The value that an `Fn::FindInMap` leads to; `None` if its map is not known or has no such key.
    pub(in super::super) fn mapped(&self, argument: NodeId, loops: &[Loop]) -> Option<NodeId> {
        self.looked_up(argument, loops).ok().flatten()
    }

    /// The text of a parameter; `None` if only the deployment knows it.
    pub(in super::super) fn parameter(&self, name: &str) -> Option<String> {
        if self.template.is_stored(name) {
            return None;
        }
        let variable = Variable::Parameter(name.to_owned());
        match self.branches.chosen.get(&variable) {
            Some(_) => self.text_of(&variable, &[]).ok().flatten(),
            None => self.template.default_text(name).map(str::to_owned),
        }
    }

    pub(super) fn condition(&self, name: &str) -> Result<bool, Stop> {
        match self.definitions.get(name) {
            Some(&node) if self.tests.borrow().get(&node) != Some(&None) => self.test(node),
            // Not there, or defined by itself.
            _ => self.unknown(name.to_owned()),
        }
    }

    fn unknown(&self, condition: String) -> Result<bool, Stop> {
        match self.choice(&Variable::Condition(condition))? {
            Some(Choice::Holds(holds)) => Ok(*holds),
            _ => Ok(true),
        }
    }

    fn choice(&self, variable: &Variable) -> Result<Option<&'e Choice>, Stop> {
        match self.branches.chosen.get(variable) {
            None if !self.is_total => Err(Stop::Needs(variable.clone())),
            choice => Ok(choice),
        }
    }

    fn test(&self, node: NodeId) -> Result<bool, Stop> {
        let document = self.template.document;
        let node = document.resolve(node);
        if let Some(&Some(known)) = self.tests.borrow().get(&node) {
            return Ok(known);
        }
        if self.nesting.get() > TEST_DEPTH {
            return self.unknown(written(document, node));
        }
        self.tests.borrow_mut().insert(node, None);
        self.nesting.update(|nesting| nesting + 1);
        let result = self.decide(node);
        self.nesting.update(|nesting| nesting - 1);
        // Nothing is remembered of what has to be asked again.
        match result {
            Ok(holds) => self.tests.borrow_mut().insert(node, Some(holds)),
            Err(_) => self.tests.borrow_mut().remove(&node),
        };
        result
    }

    fn decide(&self, node: NodeId) -> Result<bool, Stop> {
        let document = self.template.document;
        let first = |tests: &[NodeId], wanted: bool| {
            for &inner in tests {
                if self.test(inner)? == wanted {
                    return Ok(wanted);
                }
            }
            Ok(!wanted)
        };
        match Test::read(document, node) {
            Test::Not(inner) => Ok(!self.test(inner)?),
            Test::And(tests) => first(tests, false),
            Test::Or(tests) => first(tests, true),
            Test::Named(name) => self.condition(name),
            Test::Equals(one, other) => self.equals(node, one, other),
            Test::Unknown => self.unknown(written(document, node)),
        }
    }

    fn equals(&self, node: NodeId, one: NodeId, other: NodeId) -> Result<bool, Stop> {
        let document = self.template.document;
        match (self.text(one, &[], 0)?, self.text(other, &[], 0)?) {
            (Some(one), Some(other)) => Ok(one == other),
            (None, None) if written(document, one) == written(document, other) => Ok(true),
            (None, None) => self.unknown(written(document, node)),
            _ => Ok(false),
        }
    }

    /// The text of a value; `None` if it is none that the template knows.
    fn text(&self, node: NodeId, loops: &[Loop], depth: usize) -> Result<Option<String>, Stop> {
        let document = self.template.document;
        if depth > OPERAND_DEPTH {
            let node = document.resolve(node);
            return self.text_of(&Variable::Expression(written(document, node)), &[]);
        }
        match Operand::read(self.template, node, loops) {
            Operand::Text(parts) => self.joined(&parts),
            Operand::Unknown(variable, parts) => self.text_of(&variable, &parts),
            Operand::If(condition, yes, no) => {
                let taken = if self.condition(condition)? { yes } else { no };
                self.text(taken, loops, depth + 1)
            }
            Operand::Lookup(lookup) => {
                let leaf = self.row(&lookup, loops, depth)?;
                let leaf = leaf.map(|leaf| self.text(leaf, loops, depth + 1));
                leaf.transpose().map(Option::flatten)
            }
        }
    }

    fn joined(&self, parts: &[Part]) -> Result<Option<String>, Stop> {
        let mut joined = String::new();
        for part in parts {
            let text = match part {
                Part::Text(text) => Some(text.clone()),
                Part::Variable(variable) => self.text_of(variable, &[])?,
                Part::Joined(variable, separator) => {
                    let text = self.text_of(variable, &[])?;
                    text.map(|text| text.split(',').collect::<Vec<_>>().join(separator))
                }
            };
            match text {
                Some(text) => joined.push_str(&text),
                None => return Ok(None),
            }
        }
        Ok(Some(joined))
    }

    fn text_of(&self, variable: &Variable, parts: &[Part]) -> Result<Option<String>, Stop> {
        Ok(match self.choice(variable)? {
            Some(Choice::Text(text)) if self.allows(variable, text) => Some(text.clone()),
            Some(Choice::Other | Choice::Holds(_)) => None,
            Some(Choice::Default | Choice::Text(_)) | None => {
                default_of(self.template, variable, parts)
            }
        })
    }

    /// An edit may have taken a value away; stacks then have the Default.
    fn allows(&self, variable: &Variable, text: &str) -> bool {
        let known = self.template.known_texts(variable, &[]);
        known.is_none_or(|texts| texts.iter().any(|it| it == text))
    }

    /// `None` where the map is not known.
    pub(super) fn looked_up(
        &self,
        argument: NodeId,
        loops: &[Loop],
    ) -> Result<Option<NodeId>, Stop> {
        match Lookup::read(self.template.document, argument) {
            Some(lookup) => self.row(&lookup, loops, 0),
            None => Ok(None),
        }
    }

    fn row(&self, of: &Lookup, loops: &[Loop], depth: usize) -> Result<Option<NodeId>, Stop> {
        let document = self.template.document;
        let map = self.text(of.map, loops, depth + 1)?;
        let Some(map) = map.and_then(|name| self.template.mapping(&name)) else {
            return Ok(None);
        };
        let first = self.text(of.first, loops, depth + 1)?;
        let second = self.text(of.second, loops, depth + 1)?;
        let below = |node, key: Option<String>| {
            let found = lookup(document, node, &key?)?;
            Some(document.resolve(found.value))
        };
        match below(map, first).and_then(|row| below(row, second)) {
            Some(leaf) => Ok(Some(leaf)),
            None if of.default.is_some() => Ok(of.default),
            None if is_extended(document, map) => Ok(None),
            None => Err(Stop::Impossible),
        }
    }
}

/// The `Condition` attribute of a resource.
pub(super) fn condition_of(document: &Document, body: NodeId) -> Option<&str> {
    document.string(lookup(document, body, "Condition")?.value)
}

/// Whether a macro, an included file or a loop adds to a map.
fn is_extended(document: &Document, map: NodeId) -> bool {
    let extends = |map| {
        let entries = effective_entries(document, map);
        let mut keys = entries
            .iter()
            .filter_map(|entry| document.string(entry.key));
        keys.any(|key| key.starts_with("Fn::"))
    };
    extends(map)
        || effective_entries(document, map)
            .iter()
            .any(|row| extends(row.value))
}

/// What a variable is if nobody says otherwise.
pub(super) fn default_of(
    template: &Template<'_>,
    variable: &Variable,
    parts: &[Part],
) -> Option<String> {
    if let Variable::Parameter(name) = variable {
        return template.default_text(name).map(str::to_owned);
    }
    if parts.is_empty() {
        return None;
    }
    let texts = parts.iter().map(|part| match part {
        Part::Text(text) => Some(text.clone()),
        Part::Variable(Variable::Parameter(name)) => template.default_text(name).map(str::to_owned),
        _ => None,
    });
    texts.collect()
}
