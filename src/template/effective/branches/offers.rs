//! Which texts of a variable make a difference: those it is compared with, and the keys of maps.

use super::super::super::lookup::effective_entries;
use super::collect::Collector;
use super::expression::{Lookup, Operand, Part};
use super::values::OPERAND_DEPTH;
use super::variables::Variable;
use crate::syntax::NodeId;

impl Collector<'_, '_> {
    /// The texts that a constant or a lookup can be.
    pub(super) fn texts(&self, node: NodeId) -> Vec<String> {
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

    pub(super) fn lookup(&mut self, lookup: &Lookup, depth: usize) {
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
    pub(super) fn offer(&mut self, node: NodeId, texts: &[String], depth: usize) {
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
