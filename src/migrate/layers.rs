//! Layer versions: what the rules say of them, and their edits.

use std::collections::HashSet;

use super::job::Job;
use super::plan::Planner;
use super::run::Examination;
use super::subject::{Draft, LayerSubject, Notes, Wish};
use super::suppress::Suppressions;
use crate::edit::Edit;
use crate::rules::{Check, RULES};
use crate::template::Template;

/// A layer version with a list to be edited.
pub(super) struct LayerPlan {
    pub(super) logical_id: String,
    pub(super) draft: Draft,
    pub(super) edits: Vec<Edit>,
}

impl Examination<'_> {
    /// What the rules say of each layer, and the layers that are to be left alone.
    pub(super) fn layer_drafts(
        &self,
        template: &Template<'_>,
        suppressions: &mut Suppressions,
    ) -> (Vec<(String, Draft)>, HashSet<String>) {
        let (mut drafts, mut ignored) = (Vec::new(), HashSet::new());
        for layer in &template.layers {
            let mut notes = Notes::default();
            let subject = LayerSubject {
                template,
                layer,
                context: self.context,
            };
            for rule in RULES {
                if let Check::Layer(check) = rule.check {
                    check(&subject, &mut notes);
                }
            }
            for draft in notes.drafts {
                let key = Some(layer.key);
                if suppressions.silences(self.document, draft.rule, key, &[draft.place])
                    || !self.context.options.rules.allows(draft.rule)
                {
                    ignored.insert(layer.logical_id.clone());
                } else {
                    drafts.push((layer.logical_id.clone(), draft));
                }
            }
        }
        (drafts, ignored)
    }
}

/// A layer with its edits, or with the reason why it has none.
pub(super) fn plan_layer(
    planner: &Planner<'_>,
    jobs: &[Job<'_>],
    logical_id: String,
    draft: Draft,
) -> LayerPlan {
    let made = match draft.wish {
        Some(Wish::RetireEntries(list)) => planner.retire_layer(jobs, &logical_id, list),
        _ => Ok(Vec::new()),
    };
    let (draft, edits) = match made {
        Ok(edits) => (draft, edits),
        Err(refusal) => (*refusal, Vec::new()),
    };
    LayerPlan {
        logical_id,
        draft,
        edits,
    }
}
