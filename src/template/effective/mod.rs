//! The effective template: what CloudFormation ends up with, as one JSON document without YAML's
//! abbreviations, for tools that know nothing of SAM's Globals, of parameters or of conditions.
//!
//! * Aliases and merge keys are resolved, intrinsic functions stand in their long form, and loops
//!   (`Fn::ForEach`) are unrolled once, with their variable as written.
//! * Functions and layers further get their `Globals` merged in, parameters replaced by their
//!   Defaults, mappings by the row and conditions by the branch that a [`Branches`] names.
//! * A function carries what is known of its program as `Metadata.Lambdalift`.

mod branches;
mod scalar;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use branches::Branches;

use std::collections::HashMap;

use serde_json::Value;

use super::Template;
use crate::migrate::ProgramFacts;
use crate::source::Range;
use writer::Writer;

/// One alternative of what a template means.
#[derive(Debug)]
pub(crate) struct EffectiveTemplate {
    /// The template in JSON.
    pub(crate) json: Value,
    /// Where each value stands in the text: its path, e.g. `/Resources/Api/Properties/Runtime`, to
    /// byte offsets.
    places: HashMap<String, Range>,
}

impl EffectiveTemplate {
    /// The value at a path.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        self.json.pointer(path)
    }

    /// The place of a value, or of the nearest one around it.
    pub(crate) fn place(&self, path: &str) -> Range {
        let parents = std::iter::successors(Some(path), |path| {
            path.rsplit_once('/').map(|(parent, _)| parent)
        });
        let mut found = parents.filter_map(|path| self.places.get(path));
        found.next().cloned().unwrap_or_default()
    }
}

/// Why a template has no effective form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TooLarge {
    /// Aliases within aliases.
    #[error("it has more than {NODES} values once its aliases are followed")]
    Nodes,
    /// Lists within lists.
    #[error("it is nested more than {DEPTH} levels deep once its aliases are followed")]
    Depth,
}

/// CloudFormation takes a megabyte of text; aliases can make a small text much larger.
const NODES: usize = 1_000_000;
/// What the readers of the JSON take.
const DEPTH: usize = 100;

impl Template<'_> {
    /// The effective template of one alternative. The facts are those of its functions, in order.
    ///
    /// # Errors
    /// [`TooLarge`] if following the aliases leads to more than any template needs.
    pub(crate) fn effective(
        &self,
        branches: &Branches,
        facts: &[ProgramFacts],
    ) -> Result<EffectiveTemplate, TooLarge> {
        Writer::new(self, branches, facts).template()
    }
}
