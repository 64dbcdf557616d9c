//! Parameters whose Default changes, and the step that leaves to a person.

use super::context::Context;
use super::job::Job;
use super::run::Examination;
use super::subject::{Draft, Wish};
use super::suppress::Suppressions;
use crate::edit::Change;
use crate::finding::Effect;
use crate::rules;
use crate::syntax::NodeId;
use crate::template::{Origin, Template};

impl Examination<'_> {
    /// One follow-up for each parameter that changes, with the first function that reads it.
    pub(super) fn note_parameters(
        &self,
        template: &Template<'_>,
        jobs: &mut [Job<'_>],
        suppressions: &mut Suppressions,
    ) {
        let mut noted: Vec<String> = Vec::new();
        for job in jobs.iter_mut().filter(|job| job.is_migrating()) {
            let changed = edited_parameters(job);
            // What is overridden, or stays, leaves its parameter alone.
            job.changes_parameter = !changed.is_empty();
            for (name, leaf) in changed {
                if noted.contains(&name) {
                    continue;
                }
                let draft = parameter_override(self.context, template, &name, leaf);
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
) -> Draft {
    let mut draft = Draft::new(
        &rules::parameter_override::RULE,
        Effect::FollowUp,
        leaf,
        format!("stacks that exist keep their value of the parameter {name}"),
    );
    let carriers = {
        let old = template.document.scalar(leaf).unwrap_or_default();
        rules::parameter_override::carriers(context, template, name, old)
    };
    let help = if carriers.is_empty() {
        format!("deploy with the new value of {name} (`sam deploy --parameter-overrides`)")
    } else {
        format!("change {name} in {}, then deploy", carriers.join(", "))
    };
    draft.help(help);
    draft
}
