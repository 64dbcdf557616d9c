//! Where the edits land. A function is migrated whole or not at all; a scalar that several
//! functions read is edited only if all of them want it.
//!
//! The plan is a fixpoint: it begins with every function that could be migrated alone and takes
//! out those that would change somebody else, until nobody has to leave. Since functions only
//! ever leave, it ends.

use super::context::Context;
use super::job::Job;
use super::permission::{Conflict, Permissions};
use super::subject::{Draft, Wish};
use crate::data::{RetiredRuntime, TARGET};
use crate::edit::{Edit, Tree};
use crate::finding::{Effect, Related};
use crate::rules;
use crate::syntax::{CannotEdit, Editor, Kind, NodeId, Position};
use crate::template::{FunctionType, Leaf, Level, Origin, Property, Template};

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
                    .map(|conflict| shared_value(self.template, property, &conflict))
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
            if !leaves.contains(&leaf.node) {
                continue;
            }
            let conflict = self
                .permissions
                .conflict(jobs, leaf.node, &leaf.origin, value);
            if let Some(conflict) = conflict {
                way = self.way_around(property, leaf, conflict)?;
            }
        }
        Ok(way)
    }

    /// A shared literal can be overridden by the function itself; what stands behind a parameter,
    /// a mapping or a condition cannot without losing what it is there for.
    fn way_around(
        &self,
        property: &Property,
        leaf: &Leaf,
        conflict: Conflict,
    ) -> Result<Way, Conflict> {
        let written = property.entry.value;
        let literal = matches!(leaf.origin, Origin::Literal | Origin::Anchor(_));
        let is_alias = matches!(
            self.template.document.node(written).kind,
            Kind::Alias { .. }
        );
        match (literal, property.is_own()) {
            (true, false) => Ok(Way::Override),
            (true, true) if is_alias => {
                let only_reader = self.permissions.readers(written).len() <= 1;
                let foreign = self.template.foreign_place(written).is_some();
                if only_reader && !foreign {
                    Ok(Way::Alias(written))
                } else {
                    Err(conflict)
                }
            }
            _ => Err(conflict),
        }
    }

    /// A list of architectures moves as a whole: if one reader stays, all of them do.
    fn settle_architectures(&mut self, jobs: &mut [Job<'a>]) {
        loop {
            self.permissions.forget();
            let mut stays = Vec::new();
            for (index, job) in jobs.iter().enumerate() {
                if !job.is_migrating() || job.keeps_architecture {
                    continue;
                }
                let Some((goal, leaf)) = architecture_leaf(job) else {
                    continue;
                };
                let conflict = self
                    .permissions
                    .conflict(jobs, leaf.node, &leaf.origin, goal);
                let conflict = conflict.or_else(|| self.disallowed(leaf, goal));
                if let Some(conflict) = conflict {
                    stays.push((index, leaf.node, conflict));
                }
            }
            if stays.is_empty() {
                return;
            }
            for (index, leaf, conflict) in stays {
                if let Some(job) = jobs.get_mut(index) {
                    job.keeps_architecture = true;
                    job.drafts
                        .retain(|draft| !matches!(draft.wish, Some(Wish::Architecture { .. })));
                    job.drafts
                        .push(held_by_neighbour(self.template, leaf, &conflict));
                }
            }
        }
    }

    /// A parameter's `AllowedValues` are the author's word on what may be chosen.
    fn disallowed(&self, leaf: &Leaf, goal: &str) -> Option<Conflict> {
        let Origin::Parameter(name) = &leaf.origin else {
            return None;
        };
        let document = self.template.document;
        let allowed = document.resolve(self.template.parameter(name)?.allowed_values?);
        let lists_goal = document
            .items(allowed)
            .iter()
            .any(|&item| document.string(item) == Some(goal));
        (!lists_goal).then(|| Conflict {
            node: allowed,
            message: format!("the parameter {name} does not allow {goal}"),
        })
    }

    /// Where `Globals.Function.Architectures` is to be added for all: the goal and the mapping.
    ///
    /// Only when the runtime comes from there, every function of the template ends on that
    /// architecture and none has a list: older translators join lists of both levels.
    fn globals_architecture(&self, jobs: &[Job<'a>]) -> Option<(NodeId, usize)> {
        let mut goals = jobs.iter().map(|job| {
            let inherits = job.function.kind == FunctionType::Serverless
                && !job.function.levels.ignored.covers("Architectures");
            (job.is_migrating() && inherits)
                .then(|| missing_architecture(job))
                .flatten()
        });
        let goal = goals.next()??;
        if !goals.all(|other| other == Some(goal)) {
            return None;
        }
        jobs.iter().find_map(|job| {
            let runtime = job.function.runtime.as_ref()?;
            let from_globals = runtime.level == Level::Globals && runtime.entry.merges.is_empty();
            from_globals.then_some((runtime.entry.mapping, runtime.entry.index))
        })
    }

    /// The edits of each draft of a job.
    fn edits(
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
                Wish::RetireEntries(list) => self.built(job, self.retire_entries(*list))?,
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
    fn set(
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
        match way
            .map_err(|conflict| Leaves::new(shared_value(self.template, property, &conflict)))?
        {
            Way::Override => {
                own.push((draft, name, Tree::scalar(value)));
                Ok(Vec::new())
            }
            Way::Alias(node) => Ok(vec![self.built(job, self.editor.set_value(node, value))?]),
            Way::InPlace => {
                let mut edits = Vec::new();
                for leaf in &property.resolution.leaves {
                    if leaves.contains(&leaf.node) {
                        edits.push(self.built(job, self.editor.set_value(leaf.node, value))?);
                        edits.extend(self.allowed_values(job, leaf, value)?);
                    }
                }
                Ok(edits)
            }
        }
    }

    /// `AllowedValues` follow the `Default` of their parameter.
    fn allowed_values(&self, job: &Job<'a>, leaf: &Leaf, value: &str) -> Result<Vec<Edit>, Leaves> {
        let Origin::Parameter(name) = &leaf.origin else {
            return Ok(Vec::new());
        };
        let parameter = self.template.parameter(name);
        let Some(list) = parameter.and_then(|parameter| parameter.allowed_values) else {
            return Ok(Vec::new());
        };
        let made = if value == TARGET {
            self.retire_entries(list)
        } else {
            self.replace_entries(list, value, |text| text == leaf.text)
        };
        self.built(job, made)
    }

    /// `BuildMethod: go1.x` joins an existing `Metadata`, or comes with a new one behind `Type`.
    fn build_method(&self, jobs: &[Job<'a>], job: &Job<'a>) -> Result<Edit, Leaves> {
        let document = self.template.document;
        let value = Tree::scalar(rules::missing_build_method::BUILD_METHOD);
        let body = job.function.body;
        let made = match &job.function.metadata {
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

    fn behind_type(&self, body: NodeId) -> Position {
        let document = self.template.document;
        let properties = document.get(body, "Properties");
        match (document.get(body, "Type"), properties) {
            (Some((index, _)), _) => Position::After(index),
            (None, Some((index, _))) => Position::Before(index),
            (None, None) => Position::After(0),
        }
    }

    /// New entries of the function's own `Properties`, each with the draft that asked for it.
    fn own_properties(
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
        let mut edits = Vec::new();
        for (draft, key, value) in new {
            self.may_insert(jobs, job, own, key)?;
            let position = self.place_for(own, key);
            let made = self.editor.insert_entry(own, position, key, &value);
            edits.push((draft, self.built(job, made)?));
        }
        Ok(edits)
    }

    /// A function that has everything from Globals gets `Properties` first.
    fn new_properties(
        &self,
        job: &Job<'a>,
        body: NodeId,
        new: Vec<(usize, &'static str, Tree)>,
    ) -> Result<Vec<(usize, Edit)>, Leaves> {
        let Some(&(draft, ..)) = new.first() else {
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
    fn place_for(&self, own: NodeId, key: &str) -> Position {
        let document = self.template.document;
        let index = |name| document.get(own, name).map(|(index, _)| index);
        let runtime = index("Runtime").filter(|_| key == "Architectures");
        let last = || {
            ["Runtime", "Handler", "CodeUri", "Code"]
                .into_iter()
                .filter_map(index)
                .max()
        };
        match runtime.or_else(last) {
            Some(index) => Position::After(index),
            None => Position::Before(0),
        }
    }

    /// A key may be added to a mapping if no alias carries it to somebody who lacks it and does
    /// not want it.
    fn may_insert(
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
                jobs.iter()
                    .filter(|job| job.function.logical_id == id)
                    .all(|other| {
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
    fn stands_alone(&self, node: NodeId) -> bool {
        self.template.document.aliases().is_empty()
            || self
                .template
                .places(node)
                .is_some_and(|places| places.len() == 1)
    }

    /// Each retired runtime of a list becomes the current one; no duplicates result.
    pub(crate) fn retire_entries(&self, list: NodeId) -> Result<Vec<Edit>, CannotEdit> {
        let from = &self.context.options.from;
        self.replace_entries(list, TARGET, |text| {
            RetiredRuntime::from_id(text).is_some_and(|runtime| from.contains(&runtime))
        })
    }

    /// Literal entries that are `old` become `value`, of which the list then holds no second one.
    fn replace_entries(
        &self,
        list: NodeId,
        value: &str,
        old: impl Fn(&str) -> bool,
    ) -> Result<Vec<Edit>, CannotEdit> {
        let document = self.template.document;
        let list = document.resolve(list);
        let items = document.items(list);
        let text = |item: &NodeId| {
            document
                .scalar(*item)
                .filter(|_| document.tag(*item).is_none())
        };
        let mut present = items.iter().any(|item| text(item) == Some(value));
        let mut edits = Vec::new();
        for (index, item) in items.iter().enumerate() {
            if !text(item).is_some_and(&old) {
                continue;
            }
            if present {
                edits.push(self.editor.remove_item(list, index)?);
            } else {
                edits.push(self.editor.set_value(*item, value)?);
                present = true;
            }
        }
        Ok(edits)
    }

    fn built<T>(&self, job: &Job<'a>, made: Result<T, CannotEdit>) -> Result<T, Leaves> {
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

/// The goal of a job that has no list of architectures and wants one.
fn missing_architecture(job: &Job<'_>) -> Option<&'static str> {
    job.drafts.iter().find_map(|draft| match draft.wish {
        Some(Wish::Architecture {
            goal,
            present: None,
        }) => Some(goal),
        _ => None,
    })
}

/// The scalar that a job wants to hold another architecture.
fn architecture_leaf<'j>(job: &Job<'j>) -> Option<(&'static str, &'j Leaf)> {
    let (goal, node) = job.drafts.iter().find_map(|draft| match draft.wish {
        Some(Wish::Architecture {
            goal,
            present: Some(node),
        }) => Some((goal, node)),
        _ => None,
    })?;
    let lists = [
        job.function.own_architectures.as_ref(),
        job.function.inherited_architectures.as_ref(),
    ];
    let mut leaves = lists
        .into_iter()
        .flatten()
        .flat_map(|list| &list.resolution.leaves);
    Some((goal, leaves.find(|leaf| leaf.node == node)?))
}

fn shared_value(template: &Template<'_>, property: &Property, conflict: &Conflict) -> Draft {
    let mut draft = Draft::new(
        &rules::shared_value::RULE,
        Effect::Decline,
        property.entry.value,
        format!(
            "{} cannot be changed for this function alone: {}",
            property.name, conflict.message
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

fn shared_place(job: &Job<'_>, node: NodeId, key: &str) -> Draft {
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

fn held_by_neighbour(template: &Template<'_>, leaf: NodeId, conflict: &Conflict) -> Draft {
    let mut draft = Draft::new(
        &rules::architecture_list::RULE,
        Effect::Note,
        leaf,
        format!(
            "the function stays on its architecture: {}",
            conflict.message
        ),
    );
    draft.help("give each function an Architectures of its own to move them one by one");
    draft.related([Related::Here {
        message: conflict.message.clone(),
        range: template.document.node(conflict.node).range.clone(),
    }]);
    draft
}
