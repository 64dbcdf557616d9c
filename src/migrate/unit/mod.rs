//! The build files that move together with functions: a unit is a function and the edits that its
//! migration needs in other files.
//!
//! All requests of a template are planned together, because one command may build several
//! programs. A function that cannot be migrated after all takes its request back, and the others
//! are planned anew; since requests only ever go away, that ends.

mod answer;
mod ask;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::code_key::CodeKey;
use super::context::{ArchitectureChoice, Context};
use super::image::Image;
use super::job::Job;
use super::known::Known;
use super::outcome::BuildFileEdit;
use super::track::Track;
use super::users::label;
use crate::companion::TextEdit;
use crate::companion::build::{Answer, Plan};
use crate::finding::Related;
use crate::program::{Goarch, tidy};
use crate::syntax::NodeId;
use crate::template::{EffectiveFunction, Template};
use answer::{grant, is_made, judge, plan_file, refusals, stays};
use ask::{Asked, ask, drop_ambiguous};

/// The edits in build files that a function's migration needs, for certain.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// For this architecture.
    pub(crate) goarch: Goarch,
    /// The files that are edited.
    pub(crate) files: BTreeSet<PathBuf>,
    /// The first edit of each, for people.
    pub(crate) places: Vec<Related>,
    /// Files that have to go before the next build: a directory takes the place of a binary, and an
    /// archive would be taken for up to date, or keep what it holds.
    pub(crate) in_the_way: BTreeSet<PathBuf>,
    /// The program gets a directory of its own, where several lay in one.
    pub(crate) splits: bool,
}

/// What is granted to the functions of a template, by logical ID's node, and all edits together.
#[derive(Debug, Default)]
pub(crate) struct Units {
    grants: HashMap<NodeId, Grant>,
    refusals: HashMap<NodeId, Vec<Related>>,
    images: HashMap<NodeId, Image>,
    edits: BTreeMap<PathBuf, (String, Vec<TextEdit>)>,
}

/// Functions that go without their build files.
pub(crate) type Without = BTreeSet<NodeId>;

impl Units {
    pub(crate) fn of(&self, function: &EffectiveFunction) -> Option<&Grant> {
        self.grants.get(&function.key)
    }

    /// Why build files of the function stay as they are: the places that speak against an edit.
    pub(crate) fn refusals(&self, function: &EffectiveFunction) -> &[Related] {
        self.refusals.get(&function.key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn image(&self, function: &EffectiveFunction) -> Option<&Image> {
        self.images.get(&function.key)
    }

    /// The functions that are not migrated after all, or for another architecture.
    pub(crate) fn lost(&self, jobs: &[Job<'_>]) -> Vec<NodeId> {
        let is_lost = |job: &&Job<'_>| {
            let grant = self.grants.get(&job.function.key);
            let name = |goarch| {
                if goarch == Goarch::Arm64 {
                    "arm64"
                } else {
                    "amd64"
                }
            };
            let image = self.images.get(&job.function.key);
            // Whoever stays runs the program under its old name, which the build no longer makes.
            let stays = |other: &Job<'_>| {
                !other.is_migrating()
                    && other.track.is_leaving_go()
                    && other.package.iter().any(|key| job.package.contains(key))
            };
            let is_lost = |grant: &Grant| {
                !job.is_migrating() || name(grant.goarch) != job.goarch || jobs.iter().any(stays)
            };
            grant.is_some_and(is_lost) || image.is_some_and(|it| it.moves() && !job.is_migrating())
        };
        let lost = jobs.iter().filter(is_lost);
        lost.map(|job| job.function.key).collect()
    }

    pub(crate) fn into_edits(self) -> Vec<BuildFileEdit> {
        let files = self.edits.into_iter();
        files
            .map(|(path, (text, edits))| BuildFileEdit { path, text, edits })
            .collect()
    }

    /// Plans the build files of one template.
    pub(crate) fn plan(
        context: &Context<'_>,
        template: &Template<'_>,
        known: &[Known<'_>],
        without: &Without,
    ) -> Self {
        let is_kept = context
            .options
            .kept
            .contains(template.document.source().path());
        let mut units = Self::default();
        // With `keep` nobody says which architecture the program is for.
        let is_known = context.options.architecture != ArchitectureChoice::Keep;
        let edits_build_files = context.edits_build_files && !is_kept && is_known;
        units.plan_images(context, template, known, without, edits_build_files);
        if !edits_build_files {
            return units;
        }
        let functions = known.iter();
        let functions = functions.filter(|known| !without.contains(&known.function.key));
        let asked = template.of_each(functions.collect(), context.threads, |known| {
            ask(context, template, known)
        });
        let mut asked: Vec<Asked<'_>> = asked.into_iter().flatten().collect();
        drop_ambiguous(&mut asked);
        let mut done = BTreeSet::new();
        let mut answers: HashMap<NodeId, Vec<(PathBuf, Answer)>> = HashMap::new();
        let mut plans: Vec<(PathBuf, String, Plan)> = Vec::new();
        let stays = stays(template, &asked);
        let mut planned = Vec::new();
        for path in asked
            .iter()
            .flat_map(|it| &it.candidates)
            .collect::<BTreeSet<_>>()
        {
            let of_file: Vec<&Asked<'_>> = asked
                .iter()
                .filter(|it| it.candidates.contains(path))
                .collect();
            let (text, plan) = plan_file(context, path, &of_file, &stays);
            planned.push((path, of_file, text, plan));
        }
        // Whether a file may be edited depends on what becomes of the others.
        let moves_too = |other: &Path, (from, to): (&Path, &Path)| {
            let mut of_other = planned.iter().filter(|(path, ..)| tidy(path) == other);
            let is_same = |(old, new): &(PathBuf, PathBuf)| old == from && new == to;
            of_other.any(|(_, _, _, plan)| plan.moved.iter().any(is_same))
        };
        let judged: Vec<Plan> = planned
            .iter()
            .map(|(path, of_file, text, plan)| {
                let file = (path.as_path(), text.as_str(), &stays[..]);
                judge(context, template, file, of_file, plan.clone(), &moves_too)
            })
            .collect();
        for ((path, of_file, text, _), plan) in planned.into_iter().zip(judged) {
            for (asked, answer) in of_file.iter().zip(&plan.answers) {
                if is_made(answer) {
                    done.insert(asked.function.key);
                }
                let of_function = answers.entry(asked.function.key).or_default();
                of_function.push((path.clone(), answer.clone()));
            }
            plans.push((path.clone(), text, plan));
        }
        for asked in &asked {
            let key = asked.function.key;
            let answers = answers.remove(&key).unwrap_or_default();
            let refusals = refusals(context, &answers);
            if !refusals.is_empty() {
                units.refusals.insert(key, refusals);
            } else if let Some(grant) = grant(context, asked, &answers, &plans) {
                units.grants.insert(key, grant);
            }
        }
        // Edits were planned for those, too: the others have to do without them.
        let is_left = |asked: &&Asked<'_>| match units.grants.get(&asked.function.key) {
            Some(_) => asked.splits && !units.splits_whole(context, template, asked.function),
            None => done.contains(&asked.function.key),
        };
        let lone: Vec<NodeId> = asked
            .iter()
            .filter(is_left)
            .map(|asked| asked.function.key)
            .collect();
        if !lone.is_empty() {
            let mut without = without.clone();
            without.extend(lone);
            let mut again = Self::plan(context, template, known, &without);
            again.refusals.extend(units.refusals);
            return again;
        }
        units.collect(context, plans);
        units
    }

    /// Images that are built from one Dockerfile move together.
    fn plan_images(
        &mut self,
        context: &Context<'_>,
        template: &Template<'_>,
        known: &[Known<'_>],
        without: &Without,
        edits_build_files: bool,
    ) {
        let images = known
            .iter()
            .filter(|known| matches!(known.track, Track::Image));
        let found: Vec<(NodeId, Image)> = images
            .filter_map(|Known { function, .. }| {
                let image = Image::find(context, template, function, edits_build_files)?;
                Some((function.key, image))
            })
            .collect();
        // Those for which another plan was made do not go together, either.
        let first_plan = |path: &Path| found.iter().find(|(_, image)| image.dockerfile == path);
        let held: Vec<PathBuf> = found
            .iter()
            .filter(|(key, image)| {
                let first = first_plan(&image.dockerfile).map(|(_, first)| &first.plan);
                without.contains(key) || image.plan.is_err() || first != Some(&image.plan)
            })
            .map(|(_, image)| image.dockerfile.clone())
            .collect();
        for (key, mut image) in found {
            if held.contains(&image.dockerfile) {
                if image.moves() {
                    image.plan = Err("a function that is built from it stays as it is".to_owned());
                }
            } else if let Ok(plan) = &image.plan {
                let (path, text) = (image.dockerfile.clone(), image.text.clone());
                self.add(path, text, plan.edits.clone());
            }
            self.images.insert(key, image);
        }
    }

    fn add(&mut self, path: PathBuf, text: String, edits: Vec<TextEdit>) {
        if edits.is_empty() {
            return;
        }
        let (_, all) = self.edits.entry(path).or_insert_with(|| (text, Vec::new()));
        all.extend(edits);
        all.sort_by_key(|edit| (edit.range.start, edit.range.end));
        all.dedup();
    }

    /// Whether everybody who runs a program of the directory gets a directory of their own: otherwise a
    /// second run would find the others alone there and take the directory for theirs.
    fn splits_whole(
        &self,
        context: &Context<'_>,
        template: &Template<'_>,
        function: &EffectiveFunction,
    ) -> bool {
        let keys = CodeKey::all(context.survey, template, function);
        let mut of_template: BTreeSet<String> = BTreeSet::new();
        for other in &template.functions {
            let grant = self.grants.get(&other.key);
            if grant.is_some_and(|grant| grant.splits) {
                of_template.insert(label(template, other));
            }
        }
        let mut users = context.users.leaving_go(&keys);
        users.all(|user| of_template.contains(user))
    }

    fn collect(&mut self, context: &Context<'_>, plans: Vec<(PathBuf, String, Plan)>) {
        for (_, _, plan) in plans {
            for (path, edits) in plan.edits {
                let bytes = context.survey.read(&path);
                if let Some(text) = bytes.and_then(|it| String::from_utf8(it).ok()) {
                    self.add(path, text, edits);
                }
            }
        }
    }
}
