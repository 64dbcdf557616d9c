//! New entries of a function's own mappings: where they go, and whether an alias carries them on.

use super::{Leaves, Planner};
use crate::edit::{Edit, Tree};
use crate::finding::Effect;
use crate::migrate::job::Job;
use crate::migrate::subject::{Draft, Wish};
use crate::rules;
use crate::syntax::{CannotEdit, NodeId, Position};

impl<'a> Planner<'a> {
    /// New entries of the function's own `Properties`, each with the draft that asked for it.
    pub(super) fn own_properties(
        &self,
        jobs: &[Job<'a>],
        job: &Job<'a>,
        mut new: Vec<(usize, &'static str, Tree)>,
    ) -> Result<Vec<(usize, Edit)>, Leaves> {
        const ORDER: [&str; 5] = ["CodeUri", "Code", "Handler", "Runtime", "Architectures"];
        new.sort_by_key(|(_, key, _)| ORDER.iter().position(|it| it == key));
        let body = job.function.body;
        let Some(own) = job.function.levels.own else {
            return self.new_properties(job, body, new);
        };
        if self.template.document.get(own, "Runtime").is_some() {
            // Nothing comes between Runtime and Architectures.
            new.sort_by_key(|(_, key, _)| *key != "Architectures");
        }
        let mut edits = Vec::new();
        if new.len() > 1 && self.template.document.entries(own).is_empty() {
            let offset = self.template.document.node(own).start;
            let reason = "its Properties are empty";
            return self.built(job, Err(CannotEdit { offset, reason }));
        }
        for (draft, key, value) in new {
            self.may_insert(jobs, job, own, key)?;
            let position = self.place_for(own, key);
            let made = self.editor.insert_entry(own, position, key, &value);
            edits.push((draft, self.built(job, made)?));
        }
        Ok(edits)
    }

    /// A function that has everything from Globals gets `Properties` first.
    pub(super) fn new_properties(
        &self,
        job: &Job<'a>,
        body: NodeId,
        new: Vec<(usize, &'static str, Tree)>,
    ) -> Result<Vec<(usize, Edit)>, Leaves> {
        // The last draft: behind the one that brings Metadata.
        let Some(draft) = new.iter().map(|(draft, ..)| *draft).max() else {
            return Ok(Vec::new());
        };
        let entries = new
            .into_iter()
            .map(|(_, key, value)| (key.to_owned(), value));
        let tree = Tree::Mapping(entries.collect());
        let position = self.behind_type(body);
        let made = self
            .editor
            .insert_entry(body, position, "Properties", &tree);
        Ok(vec![(draft, self.built(job, made)?)])
    }

    /// Behind `Runtime` for `Architectures`, else behind the last of the properties that tell what
    /// runs, else at the start.
    pub(super) fn place_for(&self, own: NodeId, key: &str) -> Position {
        let document = self.template.document;
        let index = |name| document.get(own, name).map(|(index, _)| index);
        let runtime = index("Runtime").filter(|_| key == "Architectures");
        let handler = index("Handler").filter(|_| key == "CodeUri" || key == "Code");
        let last = || {
            ["Runtime", "Handler", "CodeUri", "Code"]
                .into_iter()
                .filter_map(index)
                .max()
        };
        match runtime.or(handler).or_else(last) {
            Some(index) => Position::After(index),
            None => Position::Before(0),
        }
    }

    /// A key may be added to a mapping if no alias carries it to somebody who lacks it and does
    /// not want it.
    pub(super) fn may_insert(
        &self,
        jobs: &[Job<'a>],
        job: &Job<'a>,
        mapping: NodeId,
        key: &str,
    ) -> Result<(), Leaves> {
        if self.stands_alone(mapping) {
            return Ok(());
        }
        let document = self.template.document;
        let harmless = self.template.places(mapping).is_some_and(|places| {
            places.iter().all(|place| {
                let Some(id) = function_of(&place.path) else {
                    return !matches!(place.path.first(), Some(&"Resources" | &"Globals"));
                };
                // Resources that are no function take the key as it comes.
                let mut functions = jobs.iter().filter(|job| job.function.logical_id == id);
                functions.next().is_some_and(|other| {
                    let own = if key == "Metadata" {
                        Some(other.function.body)
                    } else {
                        other.function.levels.own
                    };
                    let has = own.is_some_and(|own| document.get(own, key).is_some());
                    let wants = other.is_migrating() && wants_key(other, key);
                    has || wants
                })
            })
        });
        if harmless {
            Ok(())
        } else {
            Err(Leaves::new(shared_place(job, mapping, key)))
        }
    }

    /// Whether no alias repeats the node.
    pub(super) fn stands_alone(&self, node: NodeId) -> bool {
        self.template.document.aliases().is_empty()
            || self
                .template
                .places(node)
                .is_some_and(|places| places.len() == 1)
    }
}

/// The logical ID in a path `Resources / <id> / …` to a function's body or properties.
fn function_of<'p>(path: &[&'p str]) -> Option<&'p str> {
    match path {
        ["Resources", .., id, "Properties"] | ["Resources", .., id] => Some(id),
        _ => None,
    }
}

fn wants_key(job: &Job<'_>, key: &str) -> bool {
    job.drafts.iter().any(|draft| match &draft.wish {
        Some(Wish::Set { property, .. }) => *property == key,
        Some(Wish::Add { key: wanted, .. }) => *wanted == key,
        Some(Wish::BuildMethod) => key == "Metadata",
        Some(Wish::Architecture { present, .. }) => key == "Architectures" && present.is_none(),
        _ => false,
    })
}

pub(super) fn shared_place(job: &Job<'_>, node: NodeId, key: &str) -> Draft {
    let mut draft = Draft::new(
        &rules::shared_value::RULE,
        Effect::Decline,
        node,
        format!(
            "{key} cannot be added to {} alone: a YAML alias repeats the place",
            job.function.logical_id
        ),
    );
    draft.help("write the resource out without the alias, then run lambdalift again");
    draft
}
