//! Architectures in the plan: a list moves as a whole, or not at all.

use std::collections::HashMap;

use super::Planner;
use crate::finding::{Effect, Related};
use crate::migrate::architecture::ONE_PACKAGE;
use crate::migrate::code_key::CodeKey;
use crate::migrate::job::Job;
use crate::migrate::permission::Conflict;
use crate::migrate::subject::{Draft, Wish};
use crate::rules;
use crate::syntax::NodeId;
use crate::template::{FunctionType, Leaf, Level, Origin, Property, Template};

impl<'a> Planner<'a> {
    /// A list of architectures moves as a whole: if one reader stays, all of them do.
    pub(super) fn settle_architectures(&mut self, jobs: &mut [Job<'a>]) {
        loop {
            self.permissions.forget();
            let mut stays = Vec::new();
            for (index, job) in jobs.iter().enumerate() {
                if !job.is_migrating() || job.keeps_architecture {
                    continue;
                }
                let Some((goal, property, leaf)) = architecture_leaf(job) else {
                    continue;
                };
                let conflict = self.permissions.conflict(jobs, property, leaf, goal);
                let conflict = conflict.or_else(|| self.disallowed(leaf, goal));
                if let Some(conflict) = conflict {
                    stays.push((
                        index,
                        held_by_neighbour(self.template, job, leaf.node, &conflict),
                    ));
                }
            }
            stays.extend(package_neighbours(jobs));
            if stays.is_empty() {
                return;
            }
            for (index, draft) in stays {
                if let Some(job) = jobs.get_mut(index) {
                    job.keeps_architecture = true;
                    job.goarch = "amd64";
                    job.drafts
                        .retain(|draft| !matches!(draft.wish, Some(Wish::Architecture { .. })));
                    job.drafts.push(draft);
                }
            }
        }
    }

    /// A parameter's `AllowedValues` are the author's word on what may be chosen.
    pub(super) fn disallowed(&self, leaf: &Leaf, goal: &str) -> Option<Conflict> {
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
            reader: None,
        })
    }

    /// Where `Globals.Function.Architectures` is to be added for all: the goal and the mapping.
    ///
    /// Only when the runtime comes from there, every function of the template ends on that
    /// architecture and none has a list: older translators join lists of both levels.
    pub(super) fn globals_architecture(&self, jobs: &[Job<'a>]) -> Option<(NodeId, usize)> {
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
        let place = jobs.iter().find_map(|job| {
            let runtime = job.function.runtime.as_ref()?;
            let from_globals = runtime.level == Level::Globals && runtime.entry.merges.is_empty();
            from_globals.then_some((runtime.entry.mapping, runtime.entry.index))
        });
        place.filter(|&(mapping, _)| self.stands_alone(mapping))
    }
}

/// The functions that still want another architecture than one that is held with the same package.
fn package_neighbours(jobs: &[Job<'_>]) -> Vec<(usize, Draft)> {
    let held = jobs.iter().filter(|job| job.keeps_architecture);
    let held: HashMap<&CodeKey, &Job<'_>> = held
        .flat_map(|job| job.package.iter().map(move |key| (key, job)))
        .collect();
    let wants = |job: &Job<'_>| {
        let wish = |draft: &Draft| matches!(draft.wish, Some(Wish::Architecture { .. }));
        job.is_migrating() && !job.keeps_architecture && job.drafts.iter().any(wish)
    };
    let wanting = jobs.iter().enumerate().filter(|(_, job)| wants(job));
    let neighbours = wanting.filter_map(|(index, job)| {
        let other = job.package.iter().find_map(|key| held.get(key))?;
        let message = format!(
            "{} stays on x86_64: {} runs the same package on x86_64",
            job.function.logical_id, other.function.logical_id
        );
        let rule = &rules::arm64_blocker::RULE;
        let mut draft = Draft::new(rule, Effect::Note, job.function.key, message);
        draft.help(ONE_PACKAGE);
        Some((index, draft))
    });
    neighbours.collect()
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

/// The scalar that a job wants to hold another architecture, with the list it stands in.
fn architecture_leaf<'j>(job: &Job<'j>) -> Option<(&'static str, &'j Property, &'j Leaf)> {
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
    lists.into_iter().flatten().find_map(|list| {
        let mut leaves = list.resolution.leaves.iter();
        let leaf = leaves.find(|leaf| leaf.node == node)?;
        Some((goal, list, leaf))
    })
}

fn held_by_neighbour(
    template: &Template<'_>,
    job: &Job<'_>,
    leaf: NodeId,
    conflict: &Conflict,
) -> Draft {
    let mut draft = Draft::new(
        &rules::architecture_list::RULE,
        Effect::Note,
        leaf,
        format!(
            "{} stays on its architecture: {}",
            job.function.logical_id, conflict.message
        ),
    );
    draft.help("give each function an Architectures of its own to move them one by one");
    draft.related([Related::Here {
        message: conflict.message.clone(),
        range: template.document.node(conflict.node).range.clone(),
    }]);
    draft
}
