//! Which variables a function depends on, and which of their values make a difference.

use std::collections::{BTreeSet, HashSet};

use super::super::super::intrinsic::{intrinsic, sub_text, sub_variables};
use super::super::super::{Loop, Template};
use super::conditions::{Definitions, TEST_DEPTH, Test};
use super::expression::{Lookup, Operand, Part, written};
use super::parameters::{default_of, named};
use super::paths::Resource;
use super::values::OPERAND_DEPTH;
use super::variables::{Domain, Variable, Variables};
use crate::syntax::NodeId;

/// What a resource depends on.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// The variables of its conditions and lookups.
    pub(super) deciding: BTreeSet<usize>,
    /// What else it refers to.
    pub(super) mentioned: BTreeSet<Variable>,
}

/// Collects the variables of one resource; looks at each node once, whatever aliases it.
pub(super) struct Collector<'c, 'd> {
    pub(super) template: &'c Template<'d>,
    definitions: &'c Definitions<'d>,
    pub(super) variables: &'c mut Variables,
    pub(super) loops: &'c [Loop],
    seen: HashSet<NodeId>,
    tests: HashSet<NodeId>,
    /// How many tests are being looked at.
    nesting: usize,
    found: Dependencies,
}

impl<'c, 'd> Collector<'c, 'd> {
    pub(super) fn collect(
        template: &'c Template<'d>,
        definitions: &'c Definitions<'d>,
        variables: &'c mut Variables,
        resource: &'c Resource<'_>,
    ) -> Dependencies {
        let mut collector = Self {
            template,
            definitions,
            variables,
            loops: resource.loops,
            seen: HashSet::new(),
            tests: HashSet::new(),
            nesting: 0,
            found: Dependencies::default(),
        };
        if let Some(condition) = resource.condition {
            collector.condition(condition);
        }
        collector.walk(&resource.roots);
        collector.found
    }

    fn walk(&mut self, roots: &[NodeId]) {
        let document = self.template.document;
        let mut open = roots.to_vec();
        open.reverse();
        while let Some(node) = open.pop() {
            let node = document.resolve(node);
            if !self.seen.insert(node) {
                continue;
            }
            if let Some(call) = intrinsic(document, node) {
                self.call(call.name, call.argument);
            }
            let values = document.entries(node).iter().map(|entry| entry.value);
            let children = document.items(node).iter().copied().chain(values);
            let from = open.len();
            open.extend(children);
            open.get_mut(from..).unwrap_or_default().reverse();
        }
    }

    fn call(&mut self, name: &str, argument: NodeId) {
        let document = self.template.document;
        match (name, document.items(argument)) {
            ("If", &[condition, ..]) => {
                if let Some(name) = document.string(condition) {
                    self.condition(name);
                }
            }
            ("FindInMap", _) => {
                if let Some(lookup) = Lookup::read(document, argument) {
                    self.lookup(&lookup, 0);
                }
            }
            ("Ref", _) => self.mention(document.scalar(argument)),
            ("Sub", _) => {
                let text = sub_text(document, argument).map(|(_, text)| text);
                for name in text.into_iter().flat_map(sub_variables) {
                    self.mention(Some(name));
                }
            }
            _ => {}
        }
    }

    fn mention(&mut self, name: Option<&str>) {
        let variable = name.and_then(|name| named(self.template, name, &[]));
        self.found.mentioned.extend(variable);
    }

    fn condition(&mut self, name: &str) {
        match self.definitions.get(name) {
            Some(&node) => self.test(node),
            None => self.unknown(name.to_owned()),
        }
    }

    fn unknown(&mut self, condition: String) {
        self.variable(&Variable::Condition(condition), &[]);
    }

    fn test(&mut self, node: NodeId) {
        let document = self.template.document;
        let node = document.resolve(node);
        if !self.tests.insert(node) {
            return;
        }
        if self.nesting > TEST_DEPTH {
            return self.unknown(written(document, node));
        }
        self.nesting += 1;
        match Test::read(document, node) {
            Test::Not(inner) => self.test(inner),
            Test::And(tests) | Test::Or(tests) => {
                for &inner in tests {
                    self.test(inner);
                }
            }
            Test::Named(name) => self.condition(name),
            Test::Equals(one, other) => self.equals(node, one, other),
            Test::Unknown => self.unknown(written(document, node)),
        }
        self.nesting -= 1;
    }

    /// The Conditions section knows no loops.
    fn equals(&mut self, node: NodeId, one: NodeId, other: NodeId) {
        let loops = std::mem::take(&mut self.loops);
        let (of_one, of_other) = (self.operand(one, 0), self.operand(other, 0));
        let (texts, other_texts) = (self.texts(one), self.texts(other));
        self.offer(one, &other_texts, 0);
        self.offer(other, &texts, 0);
        if let (Some(of_one), Some(of_other)) = (of_one, of_other) {
            self.variables.relate(of_one, of_other);
            self.unknown(written(self.template.document, node));
        }
        self.loops = loops;
    }

    /// Enters the variables of a value; gives the one that it consists of.
    pub(super) fn operand(&mut self, node: NodeId, depth: usize) -> Option<usize> {
        let document = self.template.document;
        if depth > OPERAND_DEPTH {
            let text = written(document, document.resolve(node));
            return Some(self.variable(&Variable::Expression(text), &[]));
        }
        match Operand::read(self.template, node, self.loops) {
            Operand::Text(parts) => {
                let variables = parts.iter().filter_map(Part::variable);
                let numbers: Vec<usize> = variables.map(|it| self.variable(it, &[])).collect();
                numbers.first().copied()
            }
            Operand::Unknown(variable, parts) => Some(self.variable(&variable, &parts)),
            Operand::If(condition, yes, no) => {
                self.condition(condition);
                self.operand(yes, depth + 1);
                self.operand(no, depth + 1);
                None
            }
            Operand::Lookup(lookup) => {
                self.lookup(&lookup, depth);
                None
            }
        }
    }

    fn variable(&mut self, variable: &Variable, parts: &[Part]) -> usize {
        let (template, loops) = (self.template, self.loops);
        let number = self.variables.number(variable, || {
            let default = default_of(template, variable, parts);
            match template.known_texts(variable, loops) {
                Some(texts) => Domain::closed(default, texts),
                None => Domain::open(default),
            }
        });
        self.found.deciding.insert(number);
        number
    }
}
