//! Who runs from which directory or artefact, over all templates of a run.
//!
//! On `go1.x` the Handler chose the program; on `provided.*` every function of a directory runs
//! its one `bootstrap`. So before a function moves, everybody who shares its code is looked at.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use foldhash::{HashMap, HashMapExt as _};

use super::architecture::{Staying, stays_on_x86_64};
use super::code_key::{CodeKey, Packages};
use super::context::Options;
use super::image::Image;
use super::left::{chooses_x86_64, may_be_left, may_need_list};
use super::suppress::Suppressions;
use super::track::Track;
use crate::data::{Data, TARGET};
use crate::parallel::Threads;
use crate::program::Survey;
use crate::template::{EffectiveFunction, NoText, Origin, Template};

/// The functions of a run by the code they name.
#[derive(Debug, Default)]
pub(crate) struct Users {
    leaving_go: HashMap<CodeKey, Vec<User>>,
    /// Both sorted by label, each label once, when all functions have been added.
    on_provided: HashMap<CodeKey, Vec<User>>,
    /// The templates with functions that are built from a Dockerfile.
    images: HashMap<PathBuf, BTreeSet<PathBuf>>,
    /// Whether any function leaves `go1.x`.
    leaves_go: bool,
    /// What the two sides come to for each artefact, once all functions are known.
    summaries: HashMap<CodeKey, Summary>,
}

/// Who runs one artefact. Functions with a make target do not count: their artefact is their own.
#[derive(Debug, Default)]
struct Summary {
    /// Under which Handlers it is run on `go1.x`; sorted, each once.
    handlers: Vec<String>,
    /// By which functions that leave `go1.x`.
    leaving_go: Vec<Arc<str>>,
    /// By a function on a `provided.*` runtime.
    on_provided: Option<Arc<str>>,
    /// Two functions that stay on `go1.x`: one of them is not the one that asks.
    staying: Vec<Arc<str>>,
    /// Two functions that end on x86_64: one of them is not the one that asks.
    staying_on_x86_64: Vec<Arc<str>>,
    /// The same, if only a build file keeps them there.
    pinned_to_x86_64: Vec<Arc<str>>,
    /// Two functions that stay on `go1.x` if a step is left to do.
    held_back: Vec<Arc<str>>,
    /// Two functions that end on x86_64 in that case.
    held_back_on_x86_64: Vec<Arc<str>>,
    /// `handlers` and `leaving_go` for messages.
    some_handlers: String,
    some_leaving_go: String,
}

/// One function that names some code.
#[derive(Debug, Clone)]
struct User {
    /// `Id in path`.
    label: Arc<str>,
    /// Sorted, each once.
    handlers: Box<[String]>,
    /// It has a make target, so its artefact is its own; the directory's source is not.
    has_target: bool,
    /// It ends on x86_64 for reasons of its own.
    stays_on_x86_64: Option<Staying>,
    /// It stays on `go1.x`, because the user or a rule wants it so.
    stays: bool,
    /// It stays where it is if a step is left to do.
    may_be_held_back: bool,
}

impl Users {
    /// Adds the functions of a template.
    pub(crate) fn register(
        &mut self,
        template: &Template<'_>,
        survey: &Survey,
        options: &Options,
        data: &Data,
        threads: Threads<'static>,
    ) {
        let document = template.document;
        let is_kept = options.kept.contains(document.source().path());
        let may_ignore = !options.refused.is_empty() || document.text().contains("lambdalift");
        let mut suppressions = may_ignore.then(|| Suppressions::read(template, &options.refused));
        let mut ours = Vec::new();
        for function in &template.functions {
            let track = Track::of(template, function);
            let leaving_go = track.is_leaving_go();
            if let (Track::Image, Some(path)) = (&track, Image::path(template, function)) {
                let templates = self.images.entry(survey.canonical(&path)).or_default();
                templates.insert(document.source().path().to_owned());
            }
            self.leaves_go |= leaving_go;
            if !leaving_go && !runs_bootstrap(function) {
                continue;
            }
            let needs_list = may_need_list(options, &track);
            let stays = is_kept
                || may_be_left(options, &track, function)
                || suppressions
                    .as_mut()
                    .is_some_and(|it| it.keep(document, function, needs_list));
            ours.push((function, track, stays));
        }
        let user = |(function, track, stays): (&EffectiveFunction, Track, bool)| {
            let is_leaving = matches!(track, Track::Leaving(_));
            let moves = is_leaving && !stays && !chooses_x86_64(options, &track);
            let stays_for = |moves| stays_on_x86_64(data, survey, template, function, moves);
            let may_be_held_back = options.safe_only && is_leaving;
            let user = User {
                label: label(template, function).into(),
                handlers: handlers(template, function).into_iter().collect(),
                has_target: function.build_method(template) == Some("makefile"),
                stays_on_x86_64: match stays_for(moves) {
                    Some(_) if options.templates_only => Some(Staying::Certainly),
                    None if may_be_held_back && stays_for(false).is_some() => {
                        Some(Staying::IfHeldBack)
                    }
                    staying => staying,
                },
                may_be_held_back,
                stays,
            };
            let keys = CodeKey::all(survey, template, function);
            (track.is_leaving_go(), keys, user)
        };
        for (leaving_go, keys, user) in template.of_each(ours, threads, user) {
            let side = match leaving_go {
                true => &mut self.leaving_go,
                false => &mut self.on_provided,
            };
            for key in keys {
                // Nearly all code has one user.
                let users = side.entry(key).or_insert_with(|| Vec::with_capacity(1));
                users.push(user.clone());
            }
        }
    }

    /// Adds everything that another collection holds.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.leaves_go |= other.leaves_go;
        for (path, templates) in other.images {
            self.images.entry(path).or_default().extend(templates);
        }
        let sides = [
            (&mut self.leaving_go, other.leaving_go),
            (&mut self.on_provided, other.on_provided),
        ];
        for (ours, theirs) in sides {
            for (key, users) in theirs {
                match ours.entry(key) {
                    Entry::Vacant(entry) => drop(entry.insert(users)),
                    Entry::Occupied(mut entry) => entry.get_mut().extend(users),
                }
            }
        }
    }

    /// Whether any function leaves `go1.x`.
    pub(crate) fn has_leaving_go(&self) -> bool {
        self.leaves_go
    }

    /// What its functions run.
    pub(crate) fn packages(&self) -> Packages {
        Packages::of(self.leaving_go.keys().chain(self.on_provided.keys()))
    }

    /// Whether functions of other templates have make targets where this function has its own.
    pub(crate) fn has_target_of_others(
        &self,
        survey: &Survey,
        template: &Template<'_>,
        function: &EffectiveFunction,
    ) -> bool {
        let keys = CodeKey::all(survey, template, function);
        let own = template.document.source().path().display().to_string();
        let own = format!(" in {own}");
        let of_others = |users: &Vec<User>| {
            let mut users = users.iter();
            users.any(|user| user.has_target && !user.label.ends_with(&own))
        };
        let sides = [&self.leaving_go, &self.on_provided];
        sides
            .iter()
            .any(|side| keys.iter().any(|key| side.get(key).is_some_and(of_others)))
    }

    /// Whether any function is a container image whose Dockerfile is known.
    pub(crate) fn has_images(&self) -> bool {
        !self.images.is_empty()
    }

    /// Whether functions of other templates are built from a Dockerfile.
    pub(crate) fn has_image_of_others(
        &self,
        survey: &Survey,
        dockerfile: &Path,
        template: &Template<'_>,
    ) -> bool {
        let templates = self.images.get(&survey.canonical(dockerfile));
        let own = template.document.source().path();
        templates.is_some_and(|templates| templates.iter().any(|it| it != own))
    }

    /// To be called when all functions have been added.
    pub(crate) fn finish(mut self) -> Self {
        let sides = [&mut self.leaving_go, &mut self.on_provided];
        for users in sides.into_iter().flat_map(HashMap::values_mut) {
            users.sort_by(|a, b| a.label.cmp(&b.label));
            // Of a function that was added twice, what was found out last.
            users.dedup_by(|later, earlier| {
                let is_same = later.label == earlier.label;
                if is_same {
                    std::mem::swap(later, earlier);
                }
                is_same
            });
            users.shrink_to_fit();
        }
        self.summarise();
        self
    }

    /// Notes which functions stay after all, by label. Returns those that run the same package and did
    /// not know; functions with a make target of their own have theirs alone.
    pub(crate) fn note_staying(&mut self, labels: &HashSet<String>) -> HashSet<String> {
        let mut kept = HashSet::new();
        for users in self.leaving_go.values_mut() {
            let mut is_new = false;
            for user in users.iter_mut().filter(|user| !user.has_target) {
                is_new |= !user.stays && labels.contains(&*user.label);
                user.stays |= labels.contains(&*user.label);
            }
            if is_new {
                let others = users.iter().map(|user| &user.label);
                let others = others.filter(|label| !labels.contains(&***label));
                kept.extend(others.map(ToString::to_string));
            }
        }
        if !kept.is_empty() {
            self.summarise();
        }
        kept
    }

    fn summarise(&mut self) {
        let mut summaries: HashMap<CodeKey, Summary> = HashMap::new();
        for (is_leaving, side) in [(true, &self.leaving_go), (false, &self.on_provided)] {
            for (key, users) in side {
                let summary = summaries.entry(key.clone()).or_default();
                for user in users.iter().filter(|user| !user.has_target) {
                    summary.add(user, is_leaving);
                }
            }
        }
        for summary in summaries.values_mut() {
            summary.handlers.sort_unstable();
            summary.handlers.dedup();
            summary.handlers.shrink_to_fit();
            summary.leaving_go.shrink_to_fit();
            summary.some_handlers = some_of(summary.handlers.iter().map(String::as_str));
            summary.some_leaving_go = some_of(summary.leaving_go.iter().map(|label| &**label));
        }
        self.summaries = summaries;
    }

    /// Whether functions leave `go1.x` with this artefact under more than one Handler.
    pub(crate) fn has_several_handlers(&self, keys: &[CodeKey]) -> bool {
        let mut handlers = self.of(keys).flat_map(|summary| &summary.handlers);
        let first = handlers.next();
        handlers.any(|handler| Some(handler) != first)
    }

    /// Whether a function leaves `go1.x` with this artefact under that Handler.
    pub(crate) fn has_handler(&self, keys: &[CodeKey], handler: &str) -> bool {
        self.of(keys).any(|summary| has(&summary.handlers, handler))
    }

    /// Some of the Handlers, for a message.
    pub(crate) fn some_handlers(&self, keys: &[CodeKey]) -> String {
        match self.of(keys).as_slice() {
            [only] => only.some_handlers.clone(),
            several => {
                let all = several.iter().flat_map(|summary| &summary.handlers);
                let all: BTreeSet<&str> = all.map(String::as_str).collect();
                some_of(all.into_iter())
            }
        }
    }

    /// Some of the functions that leave `go1.x` with this artefact, as `Id in path`.
    pub(crate) fn some_leaving_go(&self, keys: &[CodeKey]) -> String {
        match self.of(keys).as_slice() {
            [only] => only.some_leaving_go.clone(),
            several => {
                let all = several.iter().flat_map(|summary| &summary.leaving_go);
                let all: BTreeSet<&str> = all.map(|label| &**label).collect();
                some_of(all.into_iter())
            }
        }
    }

    /// A function that runs a `bootstrap` with this artefact already.
    pub(crate) fn on_provided(&self, keys: &[CodeKey]) -> Option<&str> {
        self.of(keys)
            .find_map(|summary| summary.on_provided.as_deref())
    }

    /// Another function that runs this artefact and ends on x86_64.
    pub(crate) fn staying_on_x86_64(
        &self,
        keys: &[CodeKey],
        own: &str,
        options: &Options,
        builds_are_edited: bool,
    ) -> Option<&str> {
        let staying = self.of(keys).flat_map(|summary| {
            let pinned = summary
                .pinned_to_x86_64
                .iter()
                .filter(move |_| !builds_are_edited);
            let staying = summary.staying_on_x86_64.iter().chain(pinned);
            staying.chain(unless_held_back(options, &summary.held_back_on_x86_64))
        });
        let mut staying = staying.map(|label| &**label);
        staying.find(|label| *label != own)
    }

    /// Every function that leaves `go1.x` with this artefact, as `Id in path`.
    pub(crate) fn leaving_go(&self, keys: &[CodeKey]) -> impl Iterator<Item = &str> {
        let all = self.of(keys).flat_map(|summary| &summary.leaving_go);
        all.map(|label| &**label)
    }

    /// Another function that runs this artefact and stays on `go1.x`.
    pub(crate) fn staying(&self, keys: &[CodeKey], own: &str, options: &Options) -> Option<&str> {
        let staying = self.of(keys).flat_map(|summary| {
            let held_back = unless_held_back(options, &summary.held_back);
            summary.staying.iter().chain(held_back)
        });
        let mut staying = staying.map(|label| &**label);
        staying.find(|label| *label != own)
    }

    /// Whether a function itself leaves `go1.x` with this artefact, and shall stay there.
    pub(crate) fn stays(&self, keys: &[CodeKey], own: &str) -> bool {
        let mut users = keys.iter().filter_map(|key| self.leaving_go.get(key));
        users.any(|users| {
            let at = users.binary_search_by(|user| (*user.label).cmp(own));
            at.is_ok_and(|at| users.get(at).is_some_and(|user| user.stays))
        })
    }

    fn of<'u>(&'u self, keys: &[CodeKey]) -> std::vec::IntoIter<&'u Summary> {
        let found: Vec<&Summary> = keys
            .iter()
            .filter_map(|key| self.summaries.get(key))
            .collect();
        found.into_iter()
    }

    /// The Handlers under which the program in a directory is started, wherever `CodeUri` leads to
    /// it: directly, or from above through the Handler.
    pub(crate) fn handlers_of_program(&self, survey: &Survey, program: &Path) -> BTreeSet<&str> {
        let program = survey.canonical(program);
        let mut found = BTreeSet::new();
        for (key, users) in &self.leaving_go {
            let CodeKey::Path(directory) = key else {
                continue;
            };
            let directory = Path::new(directory);
            for handler in users.iter().flat_map(|user| &user.handlers) {
                let below = [directory.join(handler), directory.join("cmd").join(handler)];
                if directory == program || below.contains(&program) {
                    found.insert(handler.as_str());
                }
            }
        }
        found
    }
}

/// What a function is called in messages about code that it shares.
pub(crate) fn label(template: &Template<'_>, function: &EffectiveFunction) -> String {
    label_of(&function.logical_id, template.document.source().path())
}

/// The same from its parts.
pub(crate) fn label_of(logical_id: &str, template: &Path) -> String {
    format!("{logical_id} in {}", template.display())
}

impl Summary {
    fn add(&mut self, user: &User, is_leaving: bool) {
        let label = || Arc::clone(&user.label);
        if is_leaving {
            self.handlers.extend(user.handlers.iter().cloned());
            self.leaving_go.push(label());
        } else {
            self.on_provided.get_or_insert_with(label);
        }
        if user.stays && is_leaving && self.staying.len() < 2 {
            self.staying.push(label());
        }
        if user.may_be_held_back && is_leaving && self.held_back.len() < 2 {
            self.held_back.push(label());
        }
        match user.stays_on_x86_64 {
            Some(Staying::Certainly) if self.staying_on_x86_64.len() < 2 => {
                self.staying_on_x86_64.push(label());
            }
            Some(Staying::UntilBuildFileMoves) if self.pinned_to_x86_64.len() < 2 => {
                self.pinned_to_x86_64.push(label());
            }
            Some(Staying::IfHeldBack) if self.held_back_on_x86_64.len() < 2 => {
                self.held_back_on_x86_64.push(label());
            }
            _ => {}
        }
    }
}

/// Functions that are held back concern only those that are not: one package has one fate.
fn unless_held_back<'s>(options: &Options, held_back: &'s [Arc<str>]) -> &'s [Arc<str>] {
    if options.safe_only { &[] } else { held_back }
}

fn has(sorted: &[String], handler: &str) -> bool {
    let found = sorted.binary_search_by(|it| it.as_str().cmp(handler));
    found.is_ok()
}

/// The first few of a list; a monorepo can have thousands.
fn some_of<'s>(names: impl Iterator<Item = &'s str>) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<&str> = Vec::new();
    let mut more = 0;
    for name in names {
        if shown.contains(&name) {
            continue;
        }
        if shown.len() < SHOWN {
            shown.push(name);
        } else {
            more += 1;
        }
    }
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Whether the function runs on a `provided.*` runtime, where Handler chooses nothing.
fn runs_bootstrap(function: &EffectiveFunction) -> bool {
    function.runtime.as_ref().is_some_and(|runtime| {
        let texts = runtime.texts();
        !texts.is_empty() && texts.iter().all(|text| is_provided(text))
    })
}

fn is_provided(runtime: &str) -> bool {
    matches!(runtime, "provided" | "provided.al2" | TARGET)
}

/// What stands for a Handler that is not known: equal to no other.
const UNKNOWN_HANDLER: &str = "(computed)";

/// The names of the programs that a function's Handler can choose.
///
/// A parameter's `AllowedValues` count: a stack that exists may have any of them.
pub(crate) fn handlers(template: &Template<'_>, function: &EffectiveFunction) -> BTreeSet<String> {
    let Some(handler) = &function.handler else {
        return BTreeSet::new();
    };
    let leaves = handler.resolution.leaves.iter();
    let allowed = leaves.flat_map(|leaf| match &leaf.origin {
        Origin::Parameter(name) => template.allowed_values(name),
        _ => Vec::new(),
    });
    let mut names: BTreeSet<String> = handler
        .texts()
        .into_iter()
        .chain(allowed)
        .map(|text| text.strip_prefix("./").unwrap_or(text).to_owned())
        .collect();
    let unknown = handler.resolution.unresolved.as_ref();
    if unknown.is_some_and(|unresolved| unresolved.kind != NoText::Varies) {
        names.insert(format!("{UNKNOWN_HANDLER} of {}", function.logical_id));
    }
    names
}
