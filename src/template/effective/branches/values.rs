//! What texts and lookups come to under an assignment of the variables.

use super::super::super::Loop;
use super::super::super::lookup::{effective_entries, lookup};
use super::evaluate::{Evaluation, Stop};
use super::expression::{Lookup, Operand, Part, written};
use super::parameters::default_of;
use super::variables::{Choice, Variable};
use crate::syntax::{Document, NodeId};

/// Lookups within lookups deeper than this are unknown. Each level has three arguments, all of which
/// aliases can make the same.
pub(super) const OPERAND_DEPTH: usize = 4;

impl Evaluation<'_, '_> {
    /// The text of a value; `None` if it is none that the template knows.
    pub(super) fn text(
        &self,
        node: NodeId,
        loops: &[Loop],
        depth: usize,
    ) -> Result<Option<String>, Stop> {
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

    pub(super) fn text_of(
        &self,
        variable: &Variable,
        parts: &[Part],
    ) -> Result<Option<String>, Stop> {
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
