//! The build files that move together with functions: a unit is a function and the edits that its
//! migration needs in other files.
//!
//! All requests of a template are planned together, because one command may build several
//! programs. A function that cannot be migrated after all takes its request back, and the others
//! are planned anew; since requests only ever go away, that ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use super::architecture::{Architecture, build_directories};
use super::caution::{Case, speaks_against};
use super::ci::ci_files;
use super::context::{ArchitectureChoice, Context};
use super::decision::Decision;
use super::image::Image;
use super::job::Job;
use super::outcome::BuildFileEdit;
use super::placement::{Build, Placement, Prebuilt};
use super::registry::{is_of_registry, is_package_of_others};
use super::track::Track;
use super::users::{CodeKey, label};
use crate::companion::build::{Answer, BuildFile, Key, Plan, Request, is_build_file};
use crate::companion::{Refused, TextEdit};
use crate::data::BOOTSTRAP;
use crate::finding::Related;
use crate::program::{Goarch, collapse, tidy};
use crate::source::SourceFile;
use crate::syntax::NodeId;
use crate::template::{Code, EffectiveFunction, Property, Template};

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

/// Directories beside a template or a module where repositories keep their scripts.
const SCRIPTS: [&str; 4] = ["scripts", "script", "hack", "ci"];

/// Functions that go without their build files.
pub(crate) type Without = BTreeSet<NodeId>;

/// A request, with the function that makes it and the files that may be meant.
struct Asked<'t> {
    function: &'t EffectiveFunction,
    request: Request,
    goarch: Goarch,
    candidates: BTreeSet<PathBuf>,
    splits: bool,
}

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
    pub(crate) fn plan(context: &Context<'_>, template: &Template<'_>, without: &Without) -> Self {
        let is_kept = context
            .options
            .kept
            .contains(template.document.source().path());
        let mut units = Self::default();
        // With `keep` nobody says which architecture the program is for.
        let is_known = context.options.architecture != ArchitectureChoice::Keep;
        let edits_build_files = context.edits_build_files && !is_kept && is_known;
        units.plan_images(context, template, without, edits_build_files);
        if !edits_build_files {
            return units;
        }
        let functions = template.functions.iter();
        let mut asked: Vec<Asked<'_>> = functions
            .filter(|function| !without.contains(&function.key))
            .filter_map(|function| ask(context, template, function))
            .collect();
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
            let mut again = Self::plan(context, template, &without);
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
        without: &Without,
        edits_build_files: bool,
    ) {
        let functions = template.functions.iter();
        let found: Vec<(NodeId, Image)> = functions
            .filter_map(|function| {
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

/// The functions of the template that a Makefile may also build for, and that do not move.
fn stays(template: &Template<'_>, asked: &[Asked<'_>]) -> Vec<String> {
    let is_asked =
        |it: &&EffectiveFunction| !asked.iter().any(|asked| asked.function.key == it.key);
    let staying = template.functions.iter().filter(is_asked);
    staying
        .map(|function| function.logical_id.clone())
        .collect()
}

fn plan_file(
    context: &Context<'_>,
    path: &Path,
    asked: &[&Asked<'_>],
    stays: &[String],
) -> (String, Plan) {
    let requests: Vec<Request> = asked.iter().map(|it| it.request.clone()).collect();
    let text = match text(context, path) {
        Ok(text) => text,
        Err(why) => {
            let refused = Refused {
                why: why.to_owned(),
                at: 0,
            };
            let answer = Answer::Refused {
                file: path.to_owned(),
                refused,
            };
            let plan = Plan {
                answers: vec![answer; requests.len()],
                ..Plan::default()
            };
            return (String::new(), plan);
        }
    };
    let file = BuildFile {
        files: context.survey.files(),
        path,
        text: &text,
        stays,
    };
    let plan = file.plan(&requests);
    (text, plan)
}

/// Takes a plan back against which something speaks.
fn judge(
    context: &Context<'_>,
    template: &Template<'_>,
    (path, text, stays): (&Path, &str, &[String]),
    asked: &[&Asked<'_>],
    mut plan: Plan,
    moves_too: &dyn Fn(&Path, (&Path, &Path)) -> bool,
) -> Plan {
    let requests: Vec<Request> = asked.iter().map(|it| it.request.clone()).collect();
    let splits = asked.iter().any(|it| it.splits);
    let shares = asked.iter().any(|it| {
        context
            .users
            .has_target_of_others(context.survey, template, it.function)
    });
    let case = Case {
        path,
        text,
        requests: &requests,
        stays,
        splits,
        shares,
        moves_too,
    };
    if let Some((file, refused)) = speaks_against(context, &case, &plan) {
        plan.edits.clear();
        for answer in &mut plan.answers {
            if is_made(answer) {
                *answer = Answer::Refused {
                    file: file.clone(),
                    refused: refused.clone(),
                };
            }
        }
    }
    plan
}

/// Whether a file is edited for a request.
fn is_made(answer: &Answer) -> bool {
    matches!(answer, Answer::Done { .. } | Answer::Follows)
}

/// The places that speak against the edits of a function.
fn refusals(context: &Context<'_>, answers: &[(PathBuf, Answer)]) -> Vec<Related> {
    let mut found: Vec<Related> = Vec::new();
    let is_made_somewhere = answers.iter().any(|(_, answer)| is_made(answer));
    for (_, answer) in answers {
        let (file, refused) = match answer {
            Answer::Refused { file, refused } => (file, refused),
            Answer::Hinders { file, refused } if is_made_somewhere => (file, refused),
            _ => continue,
        };
        let text = context.survey.read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let message = format!("not edited, because {}", refused.why);
        let related = elsewhere(file, &text, refused.at, message);
        if !found.contains(&related) {
            found.push(related);
        }
    }
    found
}

/// Whether no other function runs what lies in the directory.
fn is_alone(context: &Context<'_>, template: &Template<'_>, function: &EffectiveFunction) -> bool {
    let keys = CodeKey::all(context.survey, template, function);
    let own = label(template, function);
    let users = context.users;
    users.leaving_go(&keys).all(|user| *user == own)
        && users.on_provided(&keys).is_none()
        && users.staying(&keys, &own, context.options).is_none()
        && users
            .staying_on_x86_64(&keys, &own, context.options, true)
            .is_none()
}

/// The text of a build file, or why there is none.
fn text(context: &Context<'_>, path: &Path) -> Result<String, &'static str> {
    let bytes = context.survey.read(path);
    let bytes = bytes.ok_or("this file is larger than 1 MiB or cannot be read")?;
    String::from_utf8(bytes).map_err(|_| "this file is not UTF-8")
}

/// A request is granted if at least one file does it, and none that makes the same thing refuses.
fn grant(
    context: &Context<'_>,
    asked: &Asked<'_>,
    answers: &[(PathBuf, Answer)],
    plans: &[(PathBuf, String, Plan)],
) -> Option<Grant> {
    let mut files = BTreeSet::new();
    let mut in_the_way = BTreeSet::new();
    let mut follows = BTreeSet::new();
    if let Request::Zip { archive, .. } = &asked.request {
        in_the_way.insert(archive.clone());
    }
    for (path, answer) in answers {
        match answer {
            Answer::NotHere | Answer::Refused { .. } | Answer::Hinders { .. } => {}
            Answer::Follows => drop(follows.insert(path.clone())),
            Answer::Done { replaces_file } => {
                files.insert(path.clone());
                in_the_way.extend(replaces_file.clone());
            }
        }
    }
    in_the_way.retain(|path| context.survey.is_file(path));
    if files.is_empty() {
        return None;
    }
    let edited = plans
        .iter()
        .filter(|(path, ..)| files.contains(path) || follows.contains(path));
    let places = edited.flat_map(|(path, text, plan)| {
        let first = plan.edits.get(path).and_then(|edits| edits.first());
        first.map(|edit| elsewhere(path, text, edit.range.start, "edited, too"))
    });
    Some(Grant {
        goarch: asked.goarch,
        places: places.collect(),
        files,
        in_the_way,
        splits: asked.splits,
    })
}

/// A place in a build file; `at` is a byte offset.
fn elsewhere(path: &Path, text: &str, at: usize, message: impl Into<String>) -> Related {
    let position = SourceFile::new(path, text.to_owned()).position(at);
    Related::Elsewhere {
        message: message.into(),
        path: path.to_owned(),
        line: position.line,
        column: position.column,
    }
}

/// What a function that leaves `go1.x` needs of build files, if it needs anything.
fn ask<'t>(
    context: &Context<'_>,
    template: &Template<'_>,
    function: &'t EffectiveFunction,
) -> Option<Asked<'t>> {
    let track = Track::of(template, function);
    let Track::Leaving(leaving) = &track else {
        return None;
    };
    if !track.is_leaving_go() || !context.options.from.contains(&leaving.from) {
        return None;
    }
    let placement = match Decision::decide(context, template, function) {
        Ok(placement) => placement,
        Err(_) if is_of_registry(context, template, function) => return None,
        Err(_) => Decision::split(context, template, function)?,
    };
    let goarch =
        match Architecture::decide(context, template, function, &track, Some(&placement), true)
            .goarch()
        {
            "arm64" => Goarch::Arm64,
            _ => Goarch::Amd64,
        };
    let directory = placement.directory.as_deref();
    if directory.is_some_and(|it| is_package_of_others(context, template, it)) {
        return None;
    }
    let (request, candidates) = request(context, template, function, &placement, goarch)?;
    Some(Asked {
        function,
        request,
        goarch,
        candidates,
        splits: matches!(placement.build, Build::Split { .. }),
    })
}

/// Takes back the requests for an archive that could become several objects.
fn drop_ambiguous(asked: &mut Vec<Asked<'_>>) {
    let mut objects: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let object = |asked: &Asked<'_>| match (&asked.request, &asked.function.code) {
        (Request::Zip { archive, .. }, Code::Artefact { name, .. }) => {
            Some((archive.clone(), name.clone()))
        }
        _ => None,
    };
    for (archive, name) in asked.iter().filter_map(object) {
        objects.entry(archive).or_default().insert(name);
    }
    asked.retain(|asked| {
        let names = object(asked).and_then(|(archive, _)| objects.get(&archive));
        names.is_none_or(|names| names.len() == 1)
    });
}

/// The archive that becomes an S3 object, and the build files that pack it; `None` if several can.
fn uploaded(
    context: &Context<'_>,
    object: &str,
    candidates: &BTreeSet<PathBuf>,
) -> Option<(PathBuf, BTreeSet<PathBuf>)> {
    let key = Key::of(object)?;
    let mut found: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in candidates {
        let bytes = context.survey.read(path);
        let Some(text) = bytes.and_then(|it| String::from_utf8(it).ok()) else {
            continue;
        };
        let file = BuildFile {
            files: context.survey.files(),
            path,
            text: &text,
            stays: &[],
        };
        for archive in file.archives_of(&key) {
            found.entry(archive).or_default().insert(path.clone());
        }
    }
    match found.len() {
        1 => found.pop_first(),
        _ => None,
    }
}

fn request(
    context: &Context<'_>,
    template: &Template<'_>,
    function: &EffectiveFunction,
    placement: &Placement,
    goarch: Goarch,
) -> Option<(Request, BTreeSet<PathBuf>)> {
    let candidates = |directory: Option<&Path>| -> BTreeSet<PathBuf> {
        let mut directories = build_directories(template, directory);
        let module = placement.program.module.as_ref();
        directories.extend(module.and_then(|it| it.go_mod.parent()).map(Path::to_owned));
        let within = directories
            .iter()
            .flat_map(|directory| SCRIPTS.map(|name| tidy(&directory.join(name))));
        let within: BTreeSet<PathBuf> = within.collect();
        let files = directories
            .iter()
            .chain(&within)
            .flat_map(|directory| (*context.survey.build_files(directory)).clone());
        let home = template.document.source().path().parent();
        let of_services = ci_files(context, home.unwrap_or(Path::new("")));
        // Those that cannot be read may build the function, too.
        let survey = context.survey;
        let all = directories.iter().chain(&within).flat_map(|directory| {
            let names = survey.file_names(directory).into_iter();
            names.map(|name| tidy(&directory.join(name)))
        });
        let unread = all.filter(|path| is_build_file(path) && survey.is_file(path));
        // What lies above the place where lambdalift runs was not asked for, unless the template does.
        let ups = |path: &Path| {
            path.components()
                .filter(|it| *it == Component::ParentDir)
                .count()
        };
        let above = ups(&collapse(template.document.source().path()));
        let is_below = |path: &PathBuf| ups(path) <= above;
        let files = files.map(|file| file.path).chain(unread).chain(of_services);
        files.filter(is_below).collect()
    };
    let handler = || function.handler.as_ref().and_then(Property::text);
    match &placement.build {
        Build::Makefile(Some(target)) => {
            let request = Request::Artifacts {
                logical_id: function.logical_id.clone(),
                goarch,
            };
            Some((request, BTreeSet::from([target.file.clone()])))
        }
        // Whoever packages without `sam build` lets a build file write beside the source.
        Build::Source if is_alone(context, template, function) => {
            let path = placement.directory.as_ref()?;
            let from = tidy(&path.join(handler()?));
            let to = path.join(BOOTSTRAP);
            let package = Some(collapse(path));
            let request = Request::Binary {
                from,
                to,
                goarch,
                package,
            };
            Some((request, candidates(Some(path))))
        }
        Build::Prebuilt(Prebuilt::Directory(path) | Prebuilt::Missing(path)) => {
            let from = tidy(&path.join(handler()?));
            let to = path.join(BOOTSTRAP);
            let request = Request::Binary {
                from,
                to,
                goarch,
                package: None,
            };
            Some((request, candidates(Some(path))))
        }
        Build::Split {
            from: Prebuilt::Directory(path) | Prebuilt::Missing(path),
            ..
        } => {
            let from = tidy(&path.join(handler()?));
            let to = from.join(BOOTSTRAP);
            let request = Request::Binary {
                from,
                to,
                goarch,
                package: None,
            };
            Some((request, candidates(Some(path))))
        }
        Build::Prebuilt(Prebuilt::Artefact(name))
            if name.ends_with(".zip") && !name.contains("://") =>
        {
            let home = template.document.source().path().parent();
            let archive = context
                .survey
                .shortest(&home.unwrap_or(Path::new("")).join(name));
            let request = Request::Zip { archive, goarch };
            Some((request, candidates(None)))
        }
        Build::Prebuilt(Prebuilt::Artefact(name)) => {
            let (archive, files) = uploaded(context, name, &candidates(None))?;
            Some((Request::Zip { archive, goarch }, files))
        }
        _ => None,
    }
}
