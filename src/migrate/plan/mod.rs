//! Where the edits land. A function is migrated whole or not at all; a scalar that several
//! functions read is edited only if all of them want it.
//!
//! The plan is a fixpoint: it begins with every function that could be migrated alone and takes
//! out those that would change somebody else, until nobody has to leave. Since functions only
//! ever leave, it ends.

mod architectures;
mod edits;
mod insertions;
mod lists;

use super::context::Context;
use super::job::Job;
use super::permission::{Conflict, Permissions};
use super::subject::{Draft, Wish};
use crate::finding::{Effect, Related};
use crate::rules;
use crate::syntax::{Editor, Kind, NodeId};
use crate::template::{Leaf, Origin, Property, Template};

/// Plans one template.
pub(crate) struct Planner<'a> {
    template: &'a Template<'a>,
    editor: &'a Editor<'a>,
    context: &'a Context<'a>,
    permissions: Permissions<'a>,
}

/// How a property of a function gets its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The scalars that supply it are edited.
    InPlace,
    /// The function's own alias is replaced.
    Alias(NodeId),
    /// The function gets its own property.
    Override,
}

/// Why a function cannot be migrated after all.
struct Leaves(Box<Draft>);

impl Leaves {
    fn new(draft: Draft) -> Self {
        Self(Box::new(draft))
    }
}
impl<'a> Planner<'a> {
    pub(crate) fn new(
        template: &'a Template<'a>,
        editor: &'a Editor<'a>,
        context: &'a Context<'a>,
    ) -> Self {
        Self {
            template,
            editor,
            context,
            permissions: Permissions::new(template),
        }
    }

    /// Settles who is migrated, and fills in the edits of those who are.
    pub(crate) fn run(&mut self, jobs: &mut [Job<'a>]) {
        loop {
            self.settle(jobs);
            self.settle_architectures(jobs);
            let globals = self.globals_architecture(jobs);
            let mut left = false;
            for index in 0..jobs.len() {
                let Some(job) = jobs.get(index).filter(|job| job.is_migrating()) else {
                    continue;
                };
                let edits = self.edits(jobs, job, globals);
                let Some(job) = jobs.get_mut(index) else {
                    continue;
                };
                match edits {
                    Ok(edits) => job.edits = edits,
                    Err(Leaves(draft)) => {
                        job.decline(*draft);
                        left = true;
                    }
                }
            }
            if !left {
                return;
            }
        }
    }

    /// Takes out every function whose edits would reach somebody who does not want them.
    fn settle(&mut self, jobs: &mut [Job<'a>]) {
        loop {
            self.permissions.forget();
            let mut left = false;
            for index in 0..jobs.len() {
                let Some(job) = jobs.get(index).filter(|job| job.is_migrating()) else {
                    continue;
                };
                if let Some(draft) = self.reason_to_leave(jobs, job)
                    && let Some(job) = jobs.get_mut(index)
                {
                    job.decline(draft);
                    left = true;
                }
            }
            if !left {
                return;
            }
        }
    }

    fn reason_to_leave(&mut self, jobs: &[Job<'a>], job: &Job<'a>) -> Option<Draft> {
        job.drafts.iter().find_map(|draft| match &draft.wish {
            Some(Wish::Set {
                property,
                leaves,
                value,
            }) => {
                let property = job.property(property)?;
                self.way(jobs, property, leaves, value)
                    .err()
                    .map(|conflict| shared_value(self.template, job, property, &conflict))
            }
            _ => None,
        })
    }

    /// How the listed scalars of a property get a value.
    fn way(
        &mut self,
        jobs: &[Job<'a>],
        property: &Property,
        leaves: &[NodeId],
        value: &str,
    ) -> Result<Way, Conflict> {
        let mut way = Way::InPlace;
        for leaf in &property.resolution.leaves {
            if leaves.binary_search(&leaf.node).is_err() {
                continue;
            }
            let conflict = self.permissions.conflict(jobs, property, leaf, value);
            if let Some(conflict) = conflict {
                way = self.way_around(property, leaf, conflict)?;
            }
        }
        Ok(way)
    }

    /// A shared literal can be overridden by the function itself. What stands behind a parameter,
    /// a mapping or a condition cannot, without losing what it is there for; but a value that is
    /// only held up by another function that inherits it from the very same entry can.
    fn way_around(
        &self,
        property: &Property,
        leaf: &Leaf,
        conflict: Conflict,
    ) -> Result<Way, Conflict> {
        let written = property.entry.value;
        let literal = matches!(leaf.origin, Origin::Literal | Origin::Anchor(_));
        let inherits_alike = conflict.reader == Some(written);
        let is_alias = matches!(self.template.document.kind(written), Kind::Alias { .. });
        match (literal || inherits_alike, property.is_own()) {
            (true, false) => Ok(Way::Override),
            (true, true) if is_alias => {
                let only_reader = self.permissions.readers(written).len() <= 1;
                let foreign = self.template.foreign_place(written, &leaf.origin).is_some();
                if only_reader && !foreign {
                    Ok(Way::Alias(written))
                } else {
                    Err(conflict)
                }
            }
            _ => Err(conflict),
        }
    }
}

fn shared_value(
    template: &Template<'_>,
    job: &Job<'_>,
    property: &Property,
    conflict: &Conflict,
) -> Draft {
    let mut draft = Draft::new(
        &rules::shared_value::RULE,
        Effect::Decline,
        property.entry.value,
        format!(
            "{} is not migrated: its {} cannot be changed alone, because {}",
            job.function.logical_id, property.name, conflict.message
        ),
    );
    draft.help(format!(
        "give the function a {} of its own, or migrate the other use by hand",
        property.name
    ));
    draft.related([Related::Here {
        message: conflict.message.clone(),
        range: template.document.node(conflict.node).range.clone(),
    }]);
    draft
}
