//! What speaks against editing a build file although its commands are understood: things that the
//! reading of one file alone cannot show. In doubt a person does it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::ci::{actions, ci_files, directory_of, other_services};
use super::context::Context;
use crate::companion::TextEdit;
use crate::companion::build::{BuildFile, Given, Plan, Request, is_of_service, is_steps};
use crate::companion::registry::MAKEBUILD;
use crate::program::{Goarch, Program, tidy};

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
    /// Whether another file moves a binary, too.
    pub(super) moves_too: &'c dyn Fn(&Path, (&Path, &Path)) -> bool,
}

/// Whether the edits of a build file are not to be made.
pub(super) fn speaks_against(context: &Context<'_>, case: &Case<'_>, plan: &Plan) -> bool {
    let &Case {
        path,
        text,
        requests,
        splits,
        ..
    } = case;
    let edits = plan.edits.get(path).map_or(&[][..], Vec::as_slice);
    let edited = Lines::of(text, edits);
    // Who else includes that file is not known here.
    plan.edits.keys().any(|edited| edited != path)
        || is_overridden(context, case, &edited)
        || has_gnu_makefile(context, path)
        || programs_object(context, path, requests, splits)
        || packs_for_others(&edited, requests)
        || names_computed(text, &edited)
        || reaches_other_targets(case, &edited)
        || requests
            .iter()
            .any(|request| collides(path, text, request, requests))
        || plan
            .moved
            .iter()
            .any(|(from, to)| is_named_elsewhere(context, case, (from, to), &edited))
}

/// Another file starts this build with variables of its own, which go before what is edited here.
fn is_overridden(context: &Context<'_>, case: &Case<'_>, edited: &Lines<'_>) -> bool {
    if edited.lines.is_empty() || is_of_service(case.path) {
        return false;
    }
    let directory = directory_of(case.path);
    let beside = names_beside(context, &directory).into_iter();
    let mut others: BTreeSet<PathBuf> = beside.chain(above(context, &directory)).collect();
    others.remove(case.path);
    others.iter().any(|other| {
        let bytes = context.survey.read(other).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let file = BuildFile {
            files: context.survey.files(),
            path: other,
            text: &text,
            stays: &[],
        };
        file.gives()
            .iter()
            .any(|given| overrides(given, case, edited))
    })
}

fn overrides(given: &Given, case: &Case<'_>, edited: &Lines<'_>) -> bool {
    let name = given.name.as_str();
    let value = given.value.as_deref();
    let agrees = match (name, value) {
        ("GOARCH", Some("arm64")) => case.requests.iter().all(|it| it.is_for(Goarch::Arm64)),
        ("GOARCH", Some("amd64")) => case.requests.iter().all(|it| it.is_for(Goarch::Amd64)),
        ("GOOS", Some("linux")) | ("CGO_ENABLED", Some("0")) => true,
        ("GOFLAGS", Some(flags)) => !flags.contains("tags"),
        _ => false,
    };
    let is_go = matches!(name, "GOARCH" | "GOOS" | "CGO_ENABLED" | "GOFLAGS");
    if agrees {
        return false;
    }
    if given.is_argument {
        return is_go || edited.lines.iter().any(|line| names_word(line, name));
    }
    // In a Taskfile the environment goes before `env`.
    name == "GOFLAGS" || is_go && is_steps(case.path) || heeds(case.text, name)
}

/// Whether a build file takes a variable from its environment where that has one.
fn heeds(text: &str, name: &str) -> bool {
    let forms = [
        format!("${{{name}:-"),
        format!("${{{name}-"),
        format!("${{{name}:="),
    ];
    let mut lines = text.lines();
    forms.iter().any(|form| text.contains(form.as_str()))
        || lines.any(|line| {
            line.split_once("?=")
                .is_some_and(|(head, _)| names_word(head, name))
                || (line.contains("env") && line.contains(&format!("{name}\"")))
        })
}

/// The new name is taken, or two functions want one binary in different ways.
fn collides(path: &Path, text: &str, request: &Request, requests: &[Request]) -> bool {
    match request {
        Request::Binary { from, to, .. } => {
            let directory = directory_of(path);
            let names = |binary: &Path| {
                let below = binary.strip_prefix(&directory).unwrap_or(binary);
                names_path(text, &below.display().to_string())
            };
            // What `cfn generate` writes makes one program, under its new name from some release on.
            let is_written_anew =
                path.file_name().is_some_and(|it| it == MAKEBUILD) && !names(from);
            let differs = |other: &Request| match other {
                Request::Binary { from: it, .. } => it == from && other != request,
                _ => false,
            };
            (names(to) && !is_written_anew) || requests.iter().any(differs)
        }
        Request::Zip { .. } => names_word(text, "bootstrap"),
        Request::Artifacts { .. } => false,
    }
}

/// An edit outside the recipes of the targets that are asked for, where other functions have targets,
/// too: what these take from there is not followed.
fn reaches_other_targets(case: &Case<'_>, edited: &Lines<'_>) -> bool {
    let asked: Vec<String> = case
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::Artifacts { logical_id, .. } => Some(format!("build-{logical_id}")),
            _ => None,
        })
        .collect();
    if asked.is_empty() {
        return false;
    }
    if case.shares && case.text.contains('%') {
        return true;
    }
    let has_others = case
        .stays
        .iter()
        .any(|id| names_path(case.text, &format!("build-{id}")) || case.text.contains("build-%"));
    let mut is_own = false;
    let mut outside = false;
    for line in case.text.lines() {
        if !line.starts_with(['\t', ' ', '#']) && !line.trim().is_empty() {
            let targets = line.split(':').next().unwrap_or_default();
            is_own = targets
                .split_whitespace()
                .all(|it| asked.iter().any(|id| id == it));
        }
        outside |= !is_own && edited.lines.contains(&line);
    }
    (has_others || case.shares) && outside
}

/// GNU make reads that file in place of the Makefile beside it.
fn has_gnu_makefile(context: &Context<'_>, path: &Path) -> bool {
    let beside = path.with_file_name("GNUmakefile");
    beside != path && path.extension().is_none() && context.survey.is_file(&beside)
}

/// Which of the module's programs a command builds is not asked: none of them may need cgo or code
/// for amd64, nor read its own name where several Handlers told programs apart. Where no program is
/// at hand, nothing is known of the one that is built.
fn programs_object(context: &Context<'_>, path: &Path, requests: &[Request], splits: bool) -> bool {
    let directory = directory_of(path);
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
    let for_arm64 = requests.iter().any(|request| request.is_for(Goarch::Arm64));
    let objects = |program: &Program| {
        let module = program.module.as_ref();
        program.c_code.is_some()
            || module.is_some_and(|module| module.cgo_requirement.is_some())
            || module.is_some_and(|module| module.outdated_lambda_go())
            || (program.amd64_only.is_some() && for_arm64)
            || (program.reads_handler.is_some() && splits)
    };
    programs.is_empty()
        || programs
            .iter()
            .any(|path| objects(&context.survey.program(path)))
}

/// The archive of a function that stays must keep what it holds.
fn packs_for_others(edited: &Lines<'_>, requests: &[Request]) -> bool {
    let archives = requests
        .iter()
        .filter(|it| matches!(it, Request::Zip { .. }))
        .count();
    let packing = edited.lines.iter().filter(|line| names_word(line, "zip"));
    packing.count() > archives
}

/// A rule that is renamed, where names of rules are computed: whoever asks for it may do so under a
/// name that is not written here.
fn names_computed(text: &str, edited: &Lines<'_>) -> bool {
    let is_rule = |line: &&str| {
        !line.starts_with(['\t', ' ', '#'])
            && line
                .split_once(':')
                .is_some_and(|(_, rest)| !rest.starts_with(['=', ':']))
    };
    let computed = [
        ":%",
        "$(foreach",
        "$(wildcard",
        "$(addprefix",
        "$(patsubst",
        "$(MAKE)",
        "${MAKE}",
    ];
    edited.lines.iter().any(is_rule) && computed.iter().any(|form| text.contains(form))
}

/// Another file, or another line of this one, names the old binary, or everything in its directory.
fn is_named_elsewhere(
    context: &Context<'_>,
    case: &Case<'_>,
    (from, to): (&Path, &Path),
    edited: &Lines<'_>,
) -> bool {
    let &Case { path, text, .. } = case;
    let directory = directory_of(path);
    let Ok(below) = from.strip_prefix(&directory) else {
        return true;
    };
    let below = below.display().to_string();
    // A directory takes the place of the binary: patterns over its neighbours meet directories.
    if to.starts_with(from) {
        let parent = Path::new(&below)
            .parent()
            .map(|it| it.display().to_string());
        let parent = parent.unwrap_or_default();
        let over_all = [
            format!("{parent}/*"),
            format!("{parent}/$"),
            format!("find {parent}"),
            format!("cd {parent}"),
        ];
        let others = text
            .lines()
            .filter(|line| !edited.lines.contains(line) && !names_word(line, "rm"));
        let mut lines = others.filter(|line| !line.trim_start().starts_with('#'));
        // `**` goes into directories.
        let meets = |line: &str| {
            let line = line.replace("/**", "/");
            over_all.iter().any(|form| line.contains(form.as_str()))
        };
        if lines.any(meets) {
            return true;
        }
    }
    let mut directories = BTreeSet::from([directory.clone()]);
    directories.extend(from.parent().map(Path::to_owned));
    let beside = directories.iter().flat_map(|it| names_beside(context, it));
    let mut others: BTreeSet<PathBuf> = beside.collect();
    others.extend(above(context, &directory));
    others.extend(actions(context, &directory).iter().map(|it| tidy(it)));
    // A bare name may be anything there.
    if below.contains('/') {
        others.extend(
            other_services(context, &directory)
                .iter()
                .map(|it| tidy(it)),
        );
    }
    others.remove(path);
    let mut others = others
        .iter()
        .filter(|other| !(case.moves_too)(other, (from, to)));
    others.any(|other| {
        let Some(bytes) = context.survey.read(other) else {
            // Nobody reads a file of that size.
            return context.survey.is_file(other);
        };
        let text = String::from_utf8_lossy(&bytes);
        match is_steps(other) {
            false => names_path(&text, &below),
            true => {
                let file = BuildFile {
                    files: context.survey.files(),
                    path: other,
                    text: &text,
                    stays: &[],
                };
                let (from, to) = (
                    seen_from(context, other, from),
                    seen_from(context, other, to),
                );
                file.names(&from, &to)
            }
        }
    })
}

/// The files of a directory that may name a binary.
fn names_beside(context: &Context<'_>, directory: &Path) -> Vec<PathBuf> {
    let names = context.survey.file_names(directory).into_iter();
    let names = names.filter(|name| may_name_a_binary(name));
    names.map(|name| tidy(&directory.join(name))).collect()
}

/// A path spelled as one of a repository whose root lies above the place where lambdalift runs.
fn seen_from(context: &Context<'_>, file: &Path, path: &Path) -> PathBuf {
    let directory = directory_of(file);
    let up = directory.components();
    let up: PathBuf = up.take_while(|it| *it == Component::ParentDir).collect();
    if up.as_os_str().is_empty() {
        return path.to_owned();
    }
    let (top, place) = (
        context.survey.canonical(&up),
        context.survey.canonical(path),
    );
    let below = place.strip_prefix(&top).ok();
    below.map_or_else(|| path.to_owned(), |below| up.join(below))
}

/// The files of CI services, and those at the root of the repository that run steps.
fn above(context: &Context<'_>, directory: &Path) -> BTreeSet<PathBuf> {
    let mut found: BTreeSet<_> = ci_files(context, directory)
        .iter()
        .map(|it| tidy(it))
        .collect();
    if let Some(root) = context.survey.repository_root(directory) {
        let names = context.survey.file_names(&root).into_iter();
        let paths = names.map(|name| tidy(&root.join(name)));
        found.extend(paths.filter(|path| is_steps(path)));
    }
    found
}

fn may_name_a_binary(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    lower.contains("makefile")
        || lower == MAKEBUILD
        || lower.contains("dockerfile")
        || lower.contains("justfile")
        || lower == "package.json"
        || lower.ends_with(".mk")
        || lower.ends_with(".sh")
        || (yaml
            && [
                "buildspec",
                "taskfile",
                "docker-compose",
                "compose",
                ".gitlab-ci",
            ]
            .iter()
            .any(|it| lower.starts_with(it)))
}

/// Whether a path stands in a text, and not as the beginning or end of another.
fn names_path(text: &str, path: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let after = text.get(at + path.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(|c| is_part(c) && c != '/') && !after.is_some_and(is_part)
    })
}

fn names_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|it| it == word)
}

/// The lines that edits touch.
struct Lines<'t> {
    lines: Vec<&'t str>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, edits: &[TextEdit]) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let touches = |edit: &TextEdit| edit.range.start < end && edit.range.end >= start;
            if edits.iter().any(touches) {
                lines.push(line.trim_end_matches(['\n', '\r']));
            }
            start = end;
        }
        Self { lines }
    }
}
