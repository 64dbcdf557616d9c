//! One plan of the whole run, resource by resource.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::scope::Examined;
use crate::companion::BuildFileChange;
use crate::diff;
use crate::edit::{Edit, Output, Splices};
use crate::finding::{Effect, Finding, Related};
use crate::migrate::{Outcome, Status, Verdict};
use crate::report::{path_text, plain_text};

/// A resource: its template and its logical ID.
pub(super) type Key = (PathBuf, String);

/// What is edited for one resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Change {
    edits: Vec<Edit>,
    rules: BTreeSet<&'static str>,
    /// The build files that its findings name.
    related: BTreeSet<PathBuf>,
}

/// A plan, and what it holds for each resource.
pub(super) struct Plan {
    pub(super) examined: Examined,
    /// In the order of the files and of their text.
    order: Vec<Key>,
    changes: BTreeMap<Key, Change>,
}

/// Resources that are decided at once.
pub(super) struct Unit {
    changes: BTreeMap<Key, Change>,
    /// The build files that change with them, and what they become.
    build_files: BTreeMap<PathBuf, String>,
    /// What is shown.
    pub(super) patch: Vec<u8>,
}

impl Unit {
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> + '_ {
        self.changes.keys().cloned()
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.changes.contains_key(key)
    }

    /// Its resources, for people.
    pub(super) fn names(&self) -> String {
        let mut files: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
        for (path, id) in self.changes.keys() {
            files.entry(path).or_default().push(plain_text(id));
        }
        let files = files.into_iter();
        let files = files.map(|(path, ids)| format!("{} in {}", ids.join(", "), path_text(path)));
        files.collect::<Vec<String>>().join("; ")
    }
}

impl Plan {
    pub(super) fn of(examined: Examined) -> Self {
        let mut plan = Self {
            order: Vec::new(),
            changes: BTreeMap::new(),
            examined,
        };
        let examined = plan.examined.outcomes.iter();
        for outcome in examined.filter(|outcome| outcome.status == Status::Examined) {
            for finding in outcome
                .findings
                .iter()
                .filter(|finding| is_edit(outcome, finding))
            {
                let Some(id) = &finding.resource else {
                    continue;
                };
                let key = (outcome.source.path().to_owned(), id.clone());
                if !plan.changes.contains_key(&key) {
                    plan.order.push(key.clone());
                }
                let change = plan.changes.entry(key).or_default();
                let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
                change.edits.extend(edits.cloned());
                change.rules.insert(finding.rule.id);
                change
                    .related
                    .extend(finding.related.iter().filter_map(|related| match related {
                        Related::Elsewhere { path, .. } => Some(path.clone()),
                        Related::Here { .. } => None,
                    }));
            }
        }
        plan
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.order.iter()
    }

    /// Whether Ctrl-C ended the making of this plan.
    pub(super) fn is_cut_short(&self, whole: &Self) -> bool {
        self.examined.outcomes.len() < whole.examined.outcomes.len()
    }

    /// Whether a unit is planned as it was.
    pub(super) fn still_has(&self, unit: &Unit) -> bool {
        let same = |(key, change)| self.changes.get(key) == Some(change);
        let becomes = |(path, text): (&PathBuf, &String)| {
            self.build_file(path)
                .is_some_and(|file| file.after == *text)
        };
        unit.changes.iter().all(same) && unit.build_files.iter().all(becomes)
    }

    /// Whether the plan holds these units and nothing else.
    pub(super) fn holds_only(&self, units: &[Unit]) -> bool {
        let has_key = |key: &Key| units.iter().any(|unit| unit.has(key));
        let has_file = |file: &BuildFileChange| {
            units
                .iter()
                .any(|unit| unit.build_files.contains_key(&file.path))
        };
        units.iter().all(|unit| self.still_has(unit))
            && self.order.iter().all(has_key)
            && self.examined.build_files.iter().all(has_file)
    }

    /// The resources that are planned otherwise in a plan without some of them, and those that edit the
    /// same build files.
    pub(super) fn concerned(&self, without: &Self, refused: &BTreeSet<Key>) -> BTreeSet<Key> {
        let differs = |key: &&Key| self.changes.get(*key) != without.changes.get(*key);
        let mut concerned: BTreeSet<Key> = self.order.iter().filter(differs).cloned().collect();
        for file in self.touched(without) {
            // Somebody else edits it, too: who does is known from the findings, or else anybody may.
            if without.build_file(&file.path).is_none() {
                continue;
            }
            let of_templates = self.order.iter().filter(|(path, _)| {
                let paths = file.templates.iter().filter_map(|&at| self.path_of(at));
                paths.into_iter().any(|it| it == path)
            });
            let candidates: Vec<&Key> =
                of_templates.filter(|key| !refused.contains(*key)).collect();
            let names = |key: &&&Key| {
                let change = self.changes.get(**key);
                change.is_some_and(|change| change.related.contains(&file.path))
            };
            let named: Vec<&Key> = candidates.iter().filter(names).copied().collect();
            let more = if named.is_empty() { candidates } else { named };
            concerned.extend(more.into_iter().cloned());
        }
        concerned
    }

    /// The unit of these resources, of which `without` is free.
    pub(super) fn unit(&self, keys: BTreeSet<Key>, without: &Self) -> Unit {
        let base = std::env::current_dir().ok();
        let mut patch = Vec::new();
        for outcome in &self.examined.outcomes {
            let path = outcome.source.path();
            let own = keys.iter().filter(|(file, _)| file == path);
            let edits = own
                .filter_map(|key| self.changes.get(key))
                .flat_map(|it| &it.edits);
            // The edits of one plan never overlap.
            let splices = Splices::merge(edits).unwrap_or_default();
            if !splices.edits().is_empty() {
                let (text, output) = (outcome.source.text(), Output::of(&splices));
                patch.extend(diff::unified_output(text, &output, path, base.as_deref()));
            }
        }
        let mut build_files = BTreeMap::new();
        for file in self.touched(without) {
            let before = without
                .build_file(&file.path)
                .map_or(&file.before, |it| &it.after);
            let (before, after) = (before.as_bytes(), file.after.as_bytes());
            patch.extend(diff::unified(before, after, &file.path, base.as_deref()));
            build_files.insert(file.path.clone(), file.after.clone());
        }
        let changes = keys.into_iter().filter_map(|key| {
            let change = self.changes.get(&key)?.clone();
            Some((key, change))
        });
        Unit {
            changes: changes.collect(),
            build_files,
            patch,
        }
    }

    /// What is left to do for people once a unit is migrated.
    pub(super) fn steps_left<'p>(&'p self, unit: &'p Unit) -> impl Iterator<Item = &'p Finding> {
        self.findings(unit)
            .filter(|finding| finding.effect == Effect::FollowUp)
    }

    /// The rules that have something to say about a unit.
    pub(super) fn rules(&self, unit: &Unit) -> BTreeSet<&'static str> {
        self.findings(unit).map(|finding| finding.rule.id).collect()
    }

    fn findings<'p>(&'p self, unit: &'p Unit) -> impl Iterator<Item = &'p Finding> {
        self.examined.outcomes.iter().flat_map(move |outcome| {
            let path = outcome.source.path();
            outcome.findings.iter().filter(move |finding| {
                let mut keys = unit.changes.keys();
                keys.any(|(file, id)| file == path && finding.resource.as_ref() == Some(id))
            })
        })
    }

    /// The build files that become something else than in another plan.
    fn touched<'p>(&'p self, other: &'p Self) -> impl Iterator<Item = &'p BuildFileChange> {
        self.examined.build_files.iter().filter(|file| {
            other
                .build_file(&file.path)
                .is_none_or(|it| it.after != file.after)
        })
    }

    fn build_file(&self, path: &Path) -> Option<&BuildFileChange> {
        self.examined
            .build_files
            .iter()
            .find(|file| file.path == path)
    }

    fn path_of(&self, template: usize) -> Option<&Path> {
        self.examined
            .outcomes
            .get(template)
            .map(|outcome| outcome.source.path())
    }
}

/// Whether a finding belongs to what is edited; a function that is held back has such findings, too.
fn is_edit(outcome: &Outcome, finding: &Finding) -> bool {
    let mut functions = outcome.functions.iter();
    let function = functions.find(|it| Some(&it.logical_id) == finding.resource.as_ref());
    finding.effect == Effect::Edit
        && function.is_none_or(|it| {
            matches!(
                it.verdict,
                Verdict::Migrated | Verdict::MigratedWithFollowUp
            )
        })
}
