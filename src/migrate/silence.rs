//! What the user wants to be left alone leaves the jobs.

use super::job::{Job, State};
use super::layers::LayerPlan;
use super::run::Examination;
use super::subject::Wish;
use super::suppress::Suppressions;
use crate::finding::Effect;
use crate::syntax::{Document, NodeId};
use crate::template::{Property, Template};

impl Examination<'_> {
    /// Takes out what instructions silence; without one of its edits the function stays whole.
    pub(super) fn silence(&self, job: &mut Job<'_>, suppressions: &mut Suppressions) {
        let mut edit_ignored = false;
        let function = job.function;
        let document = self.document;
        let rules = &self.context.options.rules;
        job.drafts.retain(|draft| {
            let mut places = vec![draft.place];
            if let Some(Wish::Set {
                property, leaves, ..
            }) = &draft.wish
            {
                places.extend(leaves);
                let named = function.tracked().find(|it| it.name == *property);
                places.extend(named.into_iter().flat_map(|it| entry_places(document, it)));
            }
            if let Some(Wish::Architecture { .. }) = &draft.wish {
                let lists = [
                    &function.own_architectures,
                    &function.inherited_architectures,
                ];
                let lists = lists.into_iter().flatten();
                places.extend(lists.flat_map(|it| entry_places(document, it)));
            }
            let resource = Some(function.key);
            let silenced = suppressions.silences(document, draft.rule, resource, &places)
                || !rules.allows(draft.rule);
            edit_ignored |= silenced && draft.effect == Effect::Edit;
            !silenced
        });
        let declined = job
            .drafts
            .iter()
            .any(|draft| draft.effect == Effect::Decline);
        let refusal_ignored = job.state == State::Declined && !declined;
        if (edit_ignored && job.is_migrating()) || refusal_ignored {
            job.state = State::Ignored;
        }
    }

    /// What the planner found can be silenced, too; it changes no verdict.
    pub(super) fn silence_plan(&self, jobs: &mut [Job<'_>], suppressions: &mut Suppressions) {
        for job in jobs.iter_mut().filter(|job| job.state == State::Declined) {
            let key = job.function.key;
            job.drafts.retain(|draft| {
                draft.effect != Effect::Decline
                    || !suppressions.silences(self.document, draft.rule, Some(key), &[draft.place])
            });
            if job
                .drafts
                .iter()
                .all(|draft| draft.effect != Effect::Decline)
            {
                job.state = State::Ignored;
            }
        }
    }

    /// The same for layers.
    pub(super) fn silence_layers(
        &self,
        template: &Template<'_>,
        layers: &mut Vec<LayerPlan>,
        suppressions: &mut Suppressions,
    ) {
        layers.retain(|plan| {
            let mut named = template.layers.iter();
            let key = named
                .find(|it| it.logical_id == plan.logical_id)
                .map(|it| it.key);
            plan.draft.effect != Effect::Decline
                || !suppressions.silences(self.document, plan.draft.rule, key, &[plan.draft.place])
        });
    }
}

/// The key and the value of a property: an instruction on either line counts.
fn entry_places(document: &Document, property: &Property) -> Vec<NodeId> {
    let entries = document.entries(property.entry.mapping);
    let key = entries.get(property.entry.index).map(|entry| entry.key);
    key.into_iter().chain([property.entry.value]).collect()
}
