//! Which variables a function depends on, and which of their values make a difference.

use std::collections::{BTreeSet, HashSet};

use super::super::super::intrinsic::{intrinsic, sub_text, sub_variables};
use super::super::super::lookup::effective_entries;
use super::super::super::{Loop, Template};
use super::evaluate::{Definitions, OPERAND_DEPTH, TEST_DEPTH, default_of};
use super::expression::{Lookup, Operand, Part, Test, named, written};
use super::paths::Resource;
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
    template: &'c Template<'d>,
    definitions: &'c Definitions<'d>,
    variables: &'c mut Variables,
    loops: &'c [Loop],
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

    /// The texts that a constant or a lookup can be.
    fn texts(&self, node: NodeId) -> Vec<String> {
        match Operand::read(self.template, node, self.loops) {
            Operand::Lookup(lookup) => {
                let rows = self.rows(&lookup);
                let leaves = rows.iter().flat_map(|&row| self.entries(row));
                let default = lookup.default.into_iter();
                let leaves = leaves.map(|(_, leaf)| leaf).chain(default);
                let texts = leaves.filter_map(|leaf| self.template.document.string(leaf));
                texts.map(str::to_owned).collect()
            }
            operand => operand.constant().into_iter().collect(),
        }
    }

    /// Enters the variables of a value; gives the one that it consists of.
    fn operand(&mut self, node: NodeId, depth: usize) -> Option<usize> {
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

    fn lookup(&mut self, lookup: &Lookup, depth: usize) {
        for argument in [lookup.map, lookup.first, lookup.second] {
            self.operand(argument, depth + 1);
        }
        let names = self.template.mapping_names();
        self.offer(lookup.map, &names, depth + 1);
        let keys: Vec<String> = self
            .maps(lookup)
            .iter()
            .flat_map(|&it| self.keys(it))
            .collect();
        self.offer(lookup.first, &keys, depth + 1);
        let keys: Vec<String> = self
            .rows(lookup)
            .iter()
            .flat_map(|&it| self.keys(it))
            .collect();
        self.offer(lookup.second, &keys, depth + 1);
    }

    fn maps(&self, lookup: &Lookup) -> Vec<NodeId> {
        let template = self.template;
        match Operand::read(template, lookup.map, self.loops).constant() {
            Some(name) => template.mapping(&name).into_iter().collect(),
            None => {
                let names = template.mapping_names();
                let maps = names.iter().filter_map(|name| template.mapping(name));
                maps.collect()
            }
        }
    }

    /// The rows that the first key can mean.
    fn rows(&self, lookup: &Lookup) -> Vec<NodeId> {
        let first = Operand::read(self.template, lookup.first, self.loops).constant();
        let rows = self
            .maps(lookup)
            .into_iter()
            .flat_map(|it| self.entries(it));
        rows.filter(|(key, _)| first.as_ref().is_none_or(|first| first == key))
            .map(|(_, row)| row)
            .collect()
    }

    fn entries(&self, mapping: NodeId) -> Vec<(String, NodeId)> {
        let document = self.template.document;
        let entries = effective_entries(document, mapping);
        let keyed = entries.iter().filter_map(|entry| {
            let key = document.string(entry.key)?;
            Some((key.to_owned(), entry.value))
        });
        keyed.filter(|(key, _)| !key.starts_with("Fn::")).collect()
    }

    fn keys(&self, mapping: NodeId) -> Vec<String> {
        let entries = self.entries(mapping).into_iter();
        entries.map(|(key, _)| key).collect()
    }

    /// Offers a value's variable what would make the value one of these texts.
    fn offer(&mut self, node: NodeId, texts: &[String], depth: usize) {
        if depth > OPERAND_DEPTH {
            return;
        }
        match Operand::read(self.template, node, self.loops) {
            Operand::Text(parts) => {
                for text in texts {
                    if let Some((variable, text)) = solve(&parts, text)
                        && let Some(number) = self.variables.get(variable)
                    {
                        self.variables.offer(number, text);
                    }
                }
            }
            Operand::Unknown(variable, _) => {
                if let Some(number) = self.variables.get(&variable) {
                    for text in texts {
                        self.variables.offer(number, text.clone());
                    }
                }
            }
            Operand::If(_, yes, no) => {
                self.offer(yes, texts, depth + 1);
                self.offer(no, texts, depth + 1);
            }
            Operand::Lookup(_) => {}
        }
    }
}

/// The only variable among parts, and what it must be for them to make up a text.
fn solve<'p>(parts: &'p [Part], text: &str) -> Option<(&'p Variable, String)> {
    let at = parts.iter().position(|part| part.variable().is_some())?;
    let (before, rest) = parts.split_at_checked(at)?;
    let (part, after) = rest.split_first()?;
    let literal = |parts: &[Part]| -> Option<String> {
        let texts = parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    };
    let text = text.strip_prefix(&literal(before)?)?;
    let text = text.strip_suffix(&literal(after)?)?;
    match part {
        Part::Joined(variable, separator) if !separator.is_empty() => {
            Some((variable, text.replace(separator, ",")))
        }
        part => Some((part.variable()?, text.to_owned())),
    }
}
