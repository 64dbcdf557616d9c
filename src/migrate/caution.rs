//! What speaks against editing a build file although its commands are understood: things that the
//! reading of one file alone cannot show. In doubt a person does it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::context::Context;
use super::placement::display_directory;
use crate::companion::build::{Plan, Request};
use crate::companion::{Refused, TextEdit};
use crate::program::{Goarch, Hit, Program, tidy};

/// A build file, and what is wanted of it.
pub(super) struct Case<'c> {
    pub(super) path: &'c Path,
    pub(super) text: &'c str,
    pub(super) requests: &'c [Request],
    /// The functions of the template that stay.
    pub(super) stays: &'c [String],
    /// Programs of one directory get directories of their own.
    pub(super) splits: bool,
    /// Functions of other templates have make targets in the same place.
    pub(super) shares: bool,
}

/// Why the edits of a build file are not to be made: the file that the reason is about, and the
/// reason.
pub(super) fn speaks_against(
    context: &Context<'_>,
    case: &Case<'_>,
    plan: &Plan,
) -> Option<(PathBuf, Refused)> {
    let &Case {
        path,
        text,
        requests,
        ..
    } = case;
    let edits = plan.edits.get(path).map_or(&[][..], Vec::as_slice);
    let edited = Lines::of(text, edits);
    let here = |refused: Refused| (path.to_owned(), refused);
    let own = included(path, plan, text)
        .or_else(|| gnu_makefile(context, path))
        .or_else(|| objection_of_programs(context, case, plan))
        .or_else(|| reaches_other_targets(case, &edited))
        .or_else(|| left_behind(context, case))
        .or_else(|| {
            let mut requests_left = requests.iter();
            requests_left.find_map(|request| collision(path, text, request, requests))
        });
    own.map(here).or_else(|| {
        let mut moved = plan.moved.iter();
        moved.find_map(|(from, to)| named_elsewhere(context, path, text, (from, to), &edited))
    })
}

fn refused(why: impl Into<String>, at: usize) -> Refused {
    Refused {
        why: why.into(),
        at,
    }
}

/// Who else includes a file is not known.
fn included(path: &Path, plan: &Plan, text: &str) -> Option<Refused> {
    let other = plan.edits.keys().find(|edited| *edited != path)?;
    let at = line_starts(text).find_map(|(at, line)| line.contains("include").then_some(at));
    Some(refused(
        format!(
            "what has to change stands in {}, which other makefiles may include",
            other.display()
        ),
        at.unwrap_or_default(),
    ))
}

/// The new name is taken, or two functions want one binary in different ways.
fn collision(path: &Path, text: &str, request: &Request, requests: &[Request]) -> Option<Refused> {
    match request {
        Request::Binary { from, to, .. } => {
            let directory = tidy(path.parent().unwrap_or(Path::new("")));
            let below = to.strip_prefix(&directory).unwrap_or(to);
            let below = below.display().to_string();
            let differs = |other: &Request| match other {
                Request::Binary {
                    from: it, to: goal, ..
                } => (it == from || goal == to) && other != request,
                _ => false,
            };
            if requests.iter().any(differs) {
                let why = "functions want different programs under one name, or one program in different ways";
                return Some(refused(why, 0));
            }
            let at = place_of_path(text, &below)?;
            Some(refused(format!("{below} is named here already"), at))
        }
        Request::Zip { .. } => {
            let at = place_of_word(text, "bootstrap")?;
            Some(refused("the name bootstrap is in use here already", at))
        }
        Request::Artifacts { .. } => None,
    }
}

/// What lies beside programs that get directories of their own: their packages held it, too.
fn left_behind(context: &Context<'_>, case: &Case<'_>) -> Option<Refused> {
    let moving: BTreeSet<&Path> = case
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::Binary { from, to, .. } if to.starts_with(from) => Some(from.as_path()),
            _ => None,
        })
        .collect();
    let directories: BTreeSet<&Path> = moving.iter().filter_map(|from| from.parent()).collect();
    directories.into_iter().find_map(|directory| {
        let names = context.survey.file_names(directory);
        let mut others = names.iter().filter(|name| {
            let is_moving = moving.contains(tidy(&directory.join(name)).as_path());
            !is_moving && !name.starts_with('.') && !name.ends_with(".zip")
        });
        let other = directory.join(others.next()?);
        let why = "lies beside the programs, and directories of their own would lack it";
        Some(refused(format!("{} {why}", other.display()), 0))
    })
}

/// An edit outside the recipes of the targets that are asked for, where other functions have targets,
/// too: what these take from there is not followed.
fn reaches_other_targets(case: &Case<'_>, edited: &Lines) -> Option<Refused> {
    let asked: Vec<String> = case
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::Artifacts { logical_id, .. } => Some(format!("build-{logical_id}")),
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return None;
    }
    if let Some(at) = case.text.find('%').filter(|_| case.shares) {
        let why = "a pattern rule may build functions of other templates, too";
        return Some(refused(why, at));
    }
    let stays = |id: &&String| {
        names_path(case.text, &format!("build-{id}")) || case.text.contains("build-%")
    };
    let other = case.stays.iter().find(stays);
    if other.is_none() && !case.shares {
        return None;
    }
    let mut is_own = false;
    for (at, line) in line_starts(case.text) {
        if !line.starts_with(['\t', ' ', '#']) && !line.trim().is_empty() {
            let targets = line.split(':').next().unwrap_or_default();
            is_own = targets
                .split_whitespace()
                .all(|it| asked.iter().any(|id| id == it));
        }
        if !is_own && edited.starts.contains(&at) {
            let whom = match other {
                Some(id) => format!("the function {id}, which stays as it is"),
                None => "functions of other templates".to_owned(),
            };
            return Some(refused(format!("this may also build {whom}"), at));
        }
    }
    None
}

/// GNU make reads that file in place of the Makefile beside it.
fn gnu_makefile(context: &Context<'_>, path: &Path) -> Option<Refused> {
    let beside = path.with_file_name("GNUmakefile");
    let is_read = beside != path && path.extension().is_none() && context.survey.is_file(&beside);
    is_read.then(|| refused("make reads the GNUmakefile beside it instead", 0))
}

/// The programs that the edited commands build may not need cgo or code for amd64, nor read their
/// own names where several Handlers told programs apart. Where it is not known which they are, that
/// goes for all programs of the module; and where none is at hand, nothing is known of the one that
/// is built.
fn objection_of_programs(context: &Context<'_>, case: &Case<'_>, plan: &Plan) -> Option<Refused> {
    let first = plan.edits.get(case.path).and_then(|edits| edits.first());
    let at = first.map_or(0, |edit| edit.range.start);
    let survey = context.survey;
    let programs = match &plan.packages {
        Some(packages) if packages.iter().all(|path| survey.is_program(path)) => {
            packages.iter().cloned().collect()
        }
        _ => programs_of_module(context, case.path),
    };
    if programs.is_empty() {
        let why = "no Go program is at hand that this could build";
        return Some(refused(why, at));
    }
    let mut found = programs.iter();
    let why = found.find_map(|path| objection(path, &survey.program(path), case))?;
    Some(refused(why, at))
}

fn programs_of_module(context: &Context<'_>, path: &Path) -> Vec<PathBuf> {
    let directory = tidy(path.parent().unwrap_or(Path::new("")));
    let module = context
        .survey
        .program(&directory)
        .module
        .as_ref()
        .map(|it| it.go_mod.clone());
    let root = module
        .as_deref()
        .and_then(Path::parent)
        .map_or(directory, tidy);
    let mut programs: Vec<PathBuf> = match &*context.survey.directory(&root) {
        Some(found) => found
            .programs
            .iter()
            .map(|below| tidy(&root.join(below)))
            .collect(),
        None => Vec::new(),
    };
    if context.survey.is_program(&root) {
        programs.push(root);
    }
    programs
}

/// What a program says against being built for another architecture under another name.
fn objection(path: &Path, program: &Program, case: &Case<'_>) -> Option<String> {
    let for_arm64 = case
        .requests
        .iter()
        .any(|request| request.is_for(Goarch::Arm64));
    let what = display_directory(path);
    let module = program.module.as_ref();
    let c_code = program.c_code.as_ref();
    let c_code = c_code.or_else(|| module?.cgo_requirement.as_ref());
    let says = |hit: &Hit| format!("{} in {}", hit.what, hit.file.display());
    if let Some(hit) = c_code {
        return Some(format!("the program in {what} needs cgo ({})", says(hit)));
    }
    if let Some(module) = module.filter(|module| module.outdated_lambda_go()) {
        let file = module.lambda_go_file.display();
        return Some(format!("aws-lambda-go of {file} is older than v1.18.0"));
    }
    if let Some(hit) = program.amd64_only.as_ref().filter(|_| for_arm64) {
        let why = format!(
            "part of the program in {what} is for amd64 only ({})",
            says(hit)
        );
        return Some(why);
    }
    let hit = program.reads_handler.as_ref().filter(|_| case.splits)?;
    Some(format!(
        "the program in {what} may tell by its name what to do ({})",
        says(hit)
    ))
}

/// Another file, or another line of this one, names the old binary, or everything in its directory.
fn named_elsewhere(
    context: &Context<'_>,
    path: &Path,
    text: &str,
    (from, to): (&Path, &Path),
    edited: &Lines,
) -> Option<(PathBuf, Refused)> {
    let directory = tidy(path.parent().unwrap_or(Path::new("")));
    // A script in a directory of its own names files from one above.
    let mut above = from.ancestors().skip(1);
    let base = above.find(|it| directory.starts_with(it))?.to_owned();
    let below = from.strip_prefix(&base).ok()?.display().to_string();
    // A directory takes the place of the binary: patterns over its neighbours meet directories.
    if to.starts_with(from) {
        let parent = Path::new(&below)
            .parent()
            .map(|it| it.display().to_string());
        let parent = parent.unwrap_or_default();
        let over_all = match parent.as_str() {
            "" => ["./*", "./$", "find ."].map(str::to_owned).to_vec(),
            _ => ["{}/*", "{}/$", "find {}", "cd {}"]
                .map(|form| form.replace("{}", &parent))
                .to_vec(),
        };
        let takes_all = |(at, line): (usize, &str)| {
            let says = over_all.iter().any(|form| line.contains(form.as_str()));
            let counts = says
                && !edited.starts.contains(&at)
                && !names_word(line, "rm")
                && !line.trim_start().starts_with('#');
            counts.then_some(at)
        };
        if let Some(at) = line_starts(text).find_map(takes_all) {
            let why = format!("this may take {below} along, where a directory will be");
            return Some((path.to_owned(), refused(why, at)));
        }
    }
    of_other_files(context, path, [&directory, &base], from, &below)
}

/// Directories where repositories keep what builds, packs and deploys them.
const SCRIPT_DIRECTORIES: [&str; 13] = [
    "",
    "build",
    "build/package",
    "docker",
    "terraform",
    "scripts",
    "script",
    "hack",
    "ci",
    "deploy",
    "tools",
    ".github/workflows",
    ".circleci",
];

/// The first other file that names a binary.
fn of_other_files(
    context: &Context<'_>,
    path: &Path,
    roots: [&PathBuf; 2],
    from: &Path,
    below: &str,
) -> Option<(PathBuf, Refused)> {
    let roots = roots.map(PathBuf::as_path).into_iter().chain(from.parent());
    let directories: BTreeSet<PathBuf> = roots
        .flat_map(|root| SCRIPT_DIRECTORIES.map(|name| tidy(&root.join(name))))
        .collect();
    directories.iter().find_map(|directory| {
        let is_workflow = directory.ends_with("workflows") || directory.ends_with(".circleci");
        let names = context.survey.file_names(directory);
        let yaml = |name: &str| name.ends_with(".yml") || name.ends_with(".yaml");
        names
            .iter()
            .filter(|name| may_name_a_binary(name) || is_workflow && yaml(name))
            .find_map(|name| {
                let other = tidy(&directory.join(name));
                let bytes = (other != path)
                    .then(|| context.survey.read(&other))
                    .flatten()?;
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let at = place_of_path(&text, below)?;
                let why = format!("this names {below}, which {} builds", path.display());
                Some((other, refused(why, at)))
            })
    })
}

/// Files that build, pack, deploy or start programs, by parts of their names.
const NAMING: [&str; 11] = [
    "dockerfile",
    "earthfile",
    "jenkinsfile",
    "justfile",
    "magefile",
    "makefile",
    "package.json",
    "procfile",
    "rakefile",
    "tiltfile",
    "vagrantfile",
];

/// The same, by how their names end.
const NAMING_ENDS: [&str; 5] = [".bash", ".hcl", ".mk", ".sh", ".tf"];

/// The same for YAML, by how their names begin.
const NAMING_YAML: [&str; 13] = [
    ".gitlab-ci",
    ".goreleaser",
    ".travis",
    "appspec",
    "azure-pipelines",
    "bitbucket-pipelines",
    "buildspec",
    "cloudbuild",
    "compose",
    "docker-compose",
    "serverless",
    "skaffold",
    "taskfile",
];

fn may_name_a_binary(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    NAMING.iter().any(|it| lower.contains(it))
        || NAMING_ENDS.iter().any(|it| lower.ends_with(it))
        || (yaml && NAMING_YAML.iter().any(|it| lower.starts_with(it)))
}

/// Whether a path stands in a text, and not as the beginning or end of another.
fn names_path(text: &str, path: &str) -> bool {
    place_of_path(text, path).is_some()
}

/// Where a path stands in a text, and not as the beginning or end of another.
fn place_of_path(text: &str, path: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let mut places = text.match_indices(path).map(|(at, _)| at);
    places.find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + path.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(|c| is_part(c) && c != '/') && !after.is_some_and(is_part)
    })
}

fn names_word(line: &str, word: &str) -> bool {
    place_of_word(line, word).is_some()
}

fn place_of_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = text.match_indices(word).map(|(at, _)| at);
    places.find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The lines of a text without their ends, and where they begin.
fn line_starts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// The lines that edits touch, by where they begin.
struct Lines {
    starts: BTreeSet<usize>,
}

impl Lines {
    fn of(text: &str, edits: &[TextEdit]) -> Self {
        let mut starts = BTreeSet::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let touches = |edit: &TextEdit| edit.range.start < end && edit.range.end >= start;
            if edits.iter().any(touches) {
                starts.insert(start);
            }
            start = end;
        }
        Self { starts }
    }
}
