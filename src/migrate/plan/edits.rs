//! From what the rules wish to edits of the text.

use super::insertions::shared_place;
use super::{Leaves, Planner, Way, shared_value};
use crate::data::TARGET;
use crate::edit::{Edit, Tree};
use crate::finding::{Effect, Related};
use crate::migrate::job::Job;
use crate::migrate::subject::{Draft, Wish};
use crate::rules;
use crate::syntax::{CannotEdit, NodeId, Position};
use crate::template::{Leaf, Origin, intrinsic};

impl<'a> Planner<'a> {
    /// The edits of each draft of a job.
    pub(super) fn edits(
        &mut self,
        jobs: &[Job<'a>],
        job: &Job<'a>,
        globals: Option<(NodeId, usize)>,
    ) -> Result<Vec<Vec<Edit>>, Leaves> {
        let mut edits = vec![Vec::new(); job.drafts.len()];
        let mut own: Vec<(usize, &'static str, Tree)> = Vec::new();
        for (index, draft) in job.drafts.iter().enumerate() {
            let Some(wish) = &draft.wish else { continue };
            let made = match wish {
                Wish::Set {
                    property,
                    leaves,
                    value,
                } => self.set(jobs, job, property, leaves, value, &mut own, index)?,
                Wish::Add { key, value } => {
                    own.push((index, key, value.clone()));
                    Vec::new()
                }
                Wish::BuildMethod => vec![self.build_method(jobs, job)?],
                Wish::Architecture {
                    goal,
                    present: Some(leaf),
                } => {
                    vec![self.built(job, self.editor.set_value(*leaf, goal))?]
                }
                Wish::Architecture {
                    goal,
                    present: None,
                } => match globals {
                    Some((mapping, after)) => {
                        let list = Tree::list_of(*goal);
                        let position = Position::After(after);
                        let made =
                            self.editor
                                .insert_entry(mapping, position, "Architectures", &list);
                        vec![self.built(job, made)?]
                    }
                    None => {
                        own.push((index, "Architectures", Tree::list_of(*goal)));
                        Vec::new()
                    }
                },
                // A layer's wish, see `lists`.
                Wish::RetireEntries(_) => Vec::new(),
            };
            if let Some(slot) = edits.get_mut(index) {
                *slot = made;
            }
        }
        for (index, edit) in self.own_properties(jobs, job, own)? {
            if let Some(slot) = edits.get_mut(index) {
                slot.push(edit);
            }
        }
        Ok(edits)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one step of `edits`, told apart for its length"
    )]
    pub(super) fn set(
        &mut self,
        jobs: &[Job<'a>],
        job: &Job<'a>,
        name: &'static str,
        leaves: &[NodeId],
        value: &str,
        own: &mut Vec<(usize, &'static str, Tree)>,
        draft: usize,
    ) -> Result<Vec<Edit>, Leaves> {
        let Some(property) = job.property(name) else {
            return Ok(Vec::new());
        };
        let way = self.way(jobs, property, leaves, value);
        match way.map_err(|conflict| {
            Leaves::new(shared_value(self.template, job, property, &conflict))
        })? {
            Way::Override => {
                own.push((draft, name, Tree::scalar(value)));
                Ok(Vec::new())
            }
            Way::Alias(node) => Ok(vec![self.built(job, self.editor.set_value(node, value))?]),
            Way::InPlace => {
                let mut edits = Vec::new();
                for leaf in &property.resolution.leaves {
                    if leaves.binary_search(&leaf.node).is_ok() {
                        edits.push(self.built(job, self.editor.set_value(leaf.node, value))?);
                        edits.extend(self.allowed_values(job, leaf, value)?);
                    }
                }
                Ok(edits)
            }
        }
    }

    /// `AllowedValues` follow the `Default` of their parameter.
    pub(super) fn allowed_values(
        &self,
        job: &Job<'a>,
        leaf: &Leaf,
        value: &str,
    ) -> Result<Vec<Edit>, Leaves> {
        let Origin::Parameter(name) = &leaf.origin else {
            return Ok(Vec::new());
        };
        let parameter = self.template.parameter(name);
        let Some(list) = parameter.and_then(|parameter| parameter.allowed_values) else {
            return Ok(Vec::new());
        };
        let made = if value == TARGET {
            self.retire_allowed_values(list)
        } else {
            self.replace_entries(list, value, |text| text == leaf.text)
        };
        self.built(job, made)
    }

    /// `BuildMethod: go1.x` joins an existing `Metadata`, or comes with a new one behind `Type`.
    pub(super) fn build_method(&self, jobs: &[Job<'a>], job: &Job<'a>) -> Result<Edit, Leaves> {
        let document = self.template.document;
        let value = Tree::scalar(rules::missing_build_method::BUILD_METHOD);
        let body = job.function.body;
        let made = match &job.function.metadata {
            Some(metadata) if intrinsic(document, metadata.node).is_some() => {
                let mut draft = Draft::new(
                    &rules::malformed_function::RULE,
                    Effect::Decline,
                    metadata.entry.value,
                    format!("the Metadata of {} is computed", job.function.logical_id),
                );
                draft.help("write Metadata as a map of its own, then run lambdalift again");
                return Err(Leaves::new(draft));
            }
            Some(metadata) => {
                let written_here = metadata.entry.value == metadata.node
                    && metadata.entry.merges.is_empty()
                    && self.stands_alone(metadata.node);
                if !written_here {
                    return Err(Leaves::new(shared_place(
                        job,
                        metadata.entry.value,
                        "Metadata",
                    )));
                }
                let last = document.entries(metadata.node).len().saturating_sub(1);
                let after = |position| {
                    self.editor
                        .insert_entry(metadata.node, position, "BuildMethod", &value)
                };
                after(Position::After(last)).or_else(|_| after(Position::Before(last)))
            }
            None => {
                self.may_insert(jobs, job, body, "Metadata")?;
                let tree = Tree::Mapping(vec![("BuildMethod".to_owned(), value)]);
                self.editor
                    .insert_entry(body, self.behind_type(body), "Metadata", &tree)
            }
        };
        self.built(job, made)
    }

    pub(super) fn behind_type(&self, body: NodeId) -> Position {
        let document = self.template.document;
        let properties = document.get(body, "Properties");
        match (document.get(body, "Type"), properties) {
            (Some((index, _)), _) => Position::After(index),
            (None, Some((index, _))) => Position::Before(index),
            (None, None) => Position::After(0),
        }
    }

    pub(super) fn built<T>(&self, job: &Job<'a>, made: Result<T, CannotEdit>) -> Result<T, Leaves> {
        made.map_err(|error| {
            let mut draft = Draft::new(
                &rules::malformed_function::RULE,
                Effect::Decline,
                job.function.key,
                format!(
                    "{} cannot be edited with certainty: {}",
                    job.function.logical_id, error.reason
                ),
            );
            draft.help("migrate this function by hand");
            draft.related([Related::Here {
                message: "here".to_owned(),
                range: error.offset..error.offset,
            }]);
            Leaves::new(draft)
        })
    }
}
