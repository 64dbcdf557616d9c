//! Parameters whose Default changes, and the step that leaves to a person.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::context::Context;
use super::job::Job;
use super::outcome::BuildFileEdit;
use super::run::Examination;
use super::subject::{Draft, Wish};
use super::suppress::Suppressions;
use crate::companion::parameters::{ParameterChange, candidates, neighbours, plan, stack};
use crate::edit::Change;
use crate::finding::Effect;
use crate::rules;
use crate::syntax::NodeId;
use crate::template::{Origin, Template};

impl Examination<'_> {
    /// One follow-up for each parameter that changes, with the first function that reads it.
    pub(super) fn note_parameters(
        &mut self,
        template: &Template<'_>,
        jobs: &mut [Job<'_>],
        suppressions: &mut Suppressions,
    ) {
        let mut noted: Vec<String> = Vec::new();
        let files = self.edit_parameter_files(template, jobs);
        for job in jobs.iter_mut().filter(|job| job.is_migrating()) {
            let changed = edited_parameters(job);
            // What is overridden, or stays, leaves its parameter alone.
            job.changes_parameter = !changed.is_empty();
            for (name, leaf) in changed {
                if noted.contains(&name) {
                    continue;
                }
                let draft = parameter_override(self.context, template, &name, leaf, &files);
                let key = Some(job.function.key);
                if !suppressions.silences(self.document, draft.rule, key, &[draft.place])
                    && self.context.options.rules.allows(draft.rule)
                {
                    job.drafts.push(draft);
                    job.edits.push(Vec::new());
                }
                noted.push(name);
            }
        }
    }
}

impl Examination<'_> {
    /// Edits the files beside the template that give an old value to a parameter whose Default
    /// changes; the paths of those that give the new one now.
    fn edit_parameter_files(&mut self, template: &Template<'_>, jobs: &[Job<'_>]) -> Vec<PathBuf> {
        let path = template.document.source().path();
        if !self.context.edits_build_files || self.context.options.kept.contains(path) {
            return Vec::new();
        }
        let changed: BTreeSet<(String, String, String)> = jobs
            .iter()
            .filter(|job| job.is_migrating())
            .flat_map(|job| new_defaults(template, job))
            .collect();
        let changes: Vec<ParameterChange<'_>> = changed
            .iter()
            .map(|(name, from, to)| ParameterChange { name, from, to })
            .collect();
        if changes.is_empty() {
            return Vec::new();
        }
        let files = self.context.survey.files();
        let Some(ours) = stack(path.to_owned(), template.document.text()) else {
            return Vec::new();
        };
        let others = neighbours(files, path);
        let mut edited = Vec::new();
        for file in candidates(files, path, &changes) {
            let bytes = self.context.survey.read(&file);
            let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else {
                continue;
            };
            if let Ok(edits) = plan(&file, &text, &changes, &ours, &others)
                && !edits.is_empty()
            {
                edited.push(file.clone());
                self.build_files.push(BuildFileEdit {
                    path: file,
                    text,
                    edits,
                });
            }
        }
        edited
    }
}

/// The parameters whose Default a job changes, with the old value and the new one.
fn new_defaults(template: &Template<'_>, job: &Job<'_>) -> Vec<(String, String, String)> {
    let new_value = |node: NodeId| {
        job.edits
            .iter()
            .flatten()
            .find_map(|edit| match edit.change() {
                Change::Set { node: set, value } if *set == node => Some(value.clone()),
                _ => None,
            })
    };
    let changed = edited_parameters(job).into_iter();
    changed
        .filter_map(|(name, leaf)| {
            let old = template.document.scalar(leaf)?.to_owned();
            Some((name, old, new_value(leaf)?))
        })
        .collect()
}

/// The parameters whose Default a job wants to change, with the scalar.
pub(super) fn changed_parameters(job: &Job<'_>) -> Vec<(String, NodeId)> {
    let mut parameters = Vec::new();
    for draft in &job.drafts {
        let wanted: &[NodeId] = match &draft.wish {
            Some(Wish::Set { leaves, .. }) => leaves,
            Some(Wish::Architecture { present, .. }) => present.as_slice(),
            _ => continue,
        };
        for property in job.function.tracked() {
            for leaf in &property.resolution.leaves {
                if let Origin::Parameter(name) = &leaf.origin
                    && wanted.binary_search(&leaf.node).is_ok()
                {
                    parameters.push((name.clone(), leaf.node));
                }
            }
        }
    }
    parameters.dedup();
    parameters
}

/// Of those, the ones that the plan really changes.
fn edited_parameters(job: &Job<'_>) -> Vec<(String, NodeId)> {
    let is_edited = |node: NodeId| {
        let mut edits = job.edits.iter().flatten();
        edits.any(|edit| matches!(edit.change(), Change::Set { node: set, .. } if *set == node))
    };
    let mut parameters = changed_parameters(job);
    parameters.retain(|(_, node)| is_edited(*node));
    parameters
}

/// The follow-up for a parameter whose Default changes.
pub(super) fn parameter_override(
    context: &Context<'_>,
    template: &Template<'_>,
    name: &str,
    leaf: NodeId,
    edited: &[PathBuf],
) -> Draft {
    let mut draft = Draft::new(
        &rules::parameter_override::RULE,
        Effect::FollowUp,
        leaf,
        format!("stacks that exist keep their value of the parameter {name}"),
    );
    let edited: Vec<String> = edited.iter().map(|it| it.display().to_string()).collect();
    let mut carriers = {
        let old = template.document.scalar(leaf).unwrap_or_default();
        rules::parameter_override::carriers(context, template, name, old)
    };
    carriers.retain(|carrier| !edited.contains(carrier));
    let help = match (carriers.as_slice(), edited.as_slice()) {
        ([], []) => {
            format!("deploy with the new value of {name} (`sam deploy --parameter-overrides`)")
        }
        ([], _) => format!("deploy with {}, edited, too", edited.join(", ")),
        (_, []) => format!("change {name} in {}, then deploy", carriers.join(", ")),
        _ => format!(
            "change {name} in {} as in {}, then deploy",
            carriers.join(", "),
            edited.join(", ")
        ),
    };
    draft.help(help);
    draft
}
