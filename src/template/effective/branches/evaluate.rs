//! What conditions, lookups and references come to under an assignment of the variables.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::super::super::{Loop, Template};
use super::Branches;
use super::conditions::{Definitions, TEST_DEPTH, Test, condition_of, definitions};
use super::expression::written;
use super::variables::{Choice, Variable};
use crate::syntax::NodeId;

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
    pub(super) template: &'e Template<'d>,
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
        Self::total(template, &definitions(template), branches)
    }

    pub(super) fn total(
        template: &'e Template<'d>,
        definitions: &Definitions<'d>,
        branches: &'e Branches,
    ) -> Self {
        Self {
            is_total: true,
            ..Self::partial(template, definitions, branches)
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

    pub(super) fn choice(&self, variable: &Variable) -> Result<Option<&'e Choice>, Stop> {
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
}
