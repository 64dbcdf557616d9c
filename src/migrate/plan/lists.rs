//! Lists of runtimes: `AllowedValues` of a parameter, `CompatibleRuntimes` of a layer.

use std::collections::HashSet;

use super::Planner;
use crate::data::{RetiredRuntime, TARGET};
use crate::edit::{Change, Edit};
use crate::finding::{Effect, Related};
use crate::migrate::job::Job;
use crate::migrate::subject::Draft;
use crate::rules;
use crate::syntax::{CannotEdit, NodeId};

/// What becomes of one entry.
enum Entry {
    Stays,
    Becomes(NodeId),
    Goes,
}

impl<'a> Planner<'a> {
    /// Each retired entry of `AllowedValues` becomes the current runtime.
    pub(super) fn retire_allowed_values(&self, list: NodeId) -> Result<Vec<Edit>, CannotEdit> {
        self.replace_entries(list, TARGET, |text| self.is_left(text))
    }

    /// Literal entries that are `old` become `value`, of which the list then holds no second one.
    pub(super) fn replace_entries(
        &self,
        list: NodeId,
        value: &str,
        old: impl Fn(&str) -> bool,
    ) -> Result<Vec<Edit>, CannotEdit> {
        let document = self.template.document;
        let list = document.resolve(list);
        let items = document.items(list);
        let repeated = |node: &NodeId| !self.stands_alone(*node);
        if std::iter::once(&list).chain(items).any(repeated) {
            return Err(CannotEdit {
                offset: document.node(list).start,
                reason: "a YAML alias repeats the list or an entry of it",
            });
        }
        let mut present = items
            .iter()
            .any(|&item| document.string(item) == Some(value));
        let entries = items.iter().map(|&item| match document.string(item) {
            Some(text) if old(text) && present => Entry::Goes,
            Some(text) if old(text) => {
                present = true;
                Entry::Becomes(item)
            }
            _ => Entry::Stays,
        });
        let entries: Vec<Entry> = entries.collect();
        self.entry_edits(list, value, &entries)
    }

    /// Each retired entry of a layer's list becomes the current runtime. `jobs` have been settled:
    /// an entry that functions read, too, changes only if they all want it.
    pub(crate) fn retire_layer(
        &self,
        jobs: &[Job<'_>],
        logical_id: &str,
        list: NodeId,
    ) -> Result<Vec<Edit>, Box<Draft>> {
        let document = self.template.document;
        let written = list;
        let list = document.resolve(list);
        let items = document.items(list);
        let changed = changed_scalars(jobs);
        let ends_current = |item: NodeId| {
            let target = document.resolve(item);
            document.string(target) == Some(TARGET) || (item != target && changed.contains(&target))
        };
        let mut present = items.iter().any(|&item| ends_current(item));
        let mut entries = Vec::new();
        for &item in items {
            let text = document.string(item).unwrap_or_default();
            if !self.is_left(text) || ends_current(item) {
                entries.push(Entry::Stays);
            } else if present {
                entries.push(Entry::Goes);
            } else {
                present = true;
                entries.push(Entry::Becomes(item));
            }
        }
        let conflict = entries.iter().find_map(|entry| match entry {
            Entry::Becomes(item) => Some((*item, self.permissions.layer_conflict(jobs, *item)?)),
            Entry::Stays | Entry::Goes => None,
        });
        let refused = |place: NodeId, why: &str, range| {
            let message = format!("the layer {logical_id} is not updated: {why}");
            let mut draft = Draft::new(&rules::shared_value::RULE, Effect::Decline, place, message);
            draft.help(
                "write its CompatibleRuntimes out without the alias, then run lambdalift again",
            );
            draft.related([Related::Here {
                message: why.to_owned(),
                range,
            }]);
            Box::new(draft)
        };
        if let Some((item, conflict)) = conflict {
            let range = document.node(conflict.node).range.clone();
            return Err(refused(item, &conflict.message, range));
        }
        if let Some(place) = self.foreign_list(list) {
            let range = document.node(place).range.clone();
            return Err(refused(
                written,
                "the same anchor supplies something else, too",
                range,
            ));
        }
        self.entry_edits(list, TARGET, &entries)
            .map_err(|error| refused(written, error.reason, error.offset..error.offset))
    }

    /// A place where an alias repeats a list for something that is no layer.
    fn foreign_list(&self, list: NodeId) -> Option<NodeId> {
        if self.stands_alone(list) {
            return None;
        }
        self.template
            .foreign_place(list, &crate::template::Origin::Literal)
    }

    fn entry_edits(
        &self,
        list: NodeId,
        value: &str,
        entries: &[Entry],
    ) -> Result<Vec<Edit>, CannotEdit> {
        let mut edits = Vec::new();
        let mut removed = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Stays => {}
                Entry::Becomes(item) => edits.push(self.editor.set_value(*item, value)?),
                Entry::Goes => removed.push(index),
            }
        }
        edits.extend(self.editor.remove_items(list, &removed)?);
        Ok(edits)
    }

    /// Whether a text names a retired runtime that is to be left.
    fn is_left(&self, text: &str) -> bool {
        RetiredRuntime::from_id(text)
            .is_some_and(|runtime| self.context.options.from.contains(&runtime))
    }
}

/// The scalars that the migrating functions change.
fn changed_scalars(jobs: &[Job<'_>]) -> HashSet<NodeId> {
    let migrating = jobs.iter().filter(|job| job.is_migrating());
    let edits = migrating.flat_map(|job| job.edits.iter().flatten());
    edits
        .filter_map(|edit| match edit.change() {
            Change::Set { node, .. } => Some(*node),
            _ => None,
        })
        .collect()
}
