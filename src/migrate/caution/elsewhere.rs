//! Other files, or other lines of this one, that name a binary which gets another name.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::text::{Lines, line_starts, names_word, place_of_path};
use super::{Case, refused};
use crate::companion::Refused;
use crate::companion::build::{BuildFile, is_steps};
use crate::companion::registry::MAKEBUILD;
use crate::migrate::ci::{actions, other_services, run_directory};
use crate::migrate::context::Context;
use crate::program::tidy;

/// Another file, or another line of this one, names the old binary, or everything in its directory.
pub(super) fn named_elsewhere(
    context: &Context<'_>,
    case: &Case<'_>,
    (from, to): (&Path, &Path),
    edited: &Lines,
) -> Option<(PathBuf, Refused)> {
    let &Case { path, text, .. } = case;
    let directory = run_directory(path);
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
            // `**` goes into directories.
            let line = &line.replace("/**", "/");
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
    let mut others = others(context, path, [&directory, &base], (from, &below));
    others.retain(|other| other != path && !(case.moves_too)(other, (from, to)));
    others.into_iter().find_map(|other| {
        let refused = names(context, &other, (from, to), &below, path)?;
        Some((other, refused))
    })
}

/// What an unedited file says of a binary that gets another name.
fn names(
    context: &Context<'_>,
    other: &Path,
    (from, to): (&Path, &Path),
    below: &str,
    path: &Path,
) -> Option<Refused> {
    let Some(bytes) = context.survey.read(other) else {
        let is_there = context.survey.is_file(other);
        let why = format!("this is too large to be searched for {below}");
        return is_there.then(|| refused(why, 0));
    };
    let text = String::from_utf8_lossy(&bytes);
    let why = format!("this names {below}, which {} builds", path.display());
    if !is_steps(other) {
        return Some(refused(why, place_of_path(&text, below)?));
    }
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
    let at = || place_of_path(&text, below).unwrap_or_default();
    file.names(&from, &to).then(|| refused(why, at()))
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

/// The files that may name a binary; `below` is its path from the last of `roots`.
fn others(
    context: &Context<'_>,
    path: &Path,
    roots: [&PathBuf; 2],
    (from, below): (&Path, &str),
) -> BTreeSet<PathBuf> {
    let [directory, _] = roots;
    let roots = roots.map(PathBuf::as_path).into_iter().chain(from.parent());
    let directories: BTreeSet<PathBuf> = roots
        .flat_map(|root| SCRIPT_DIRECTORIES.map(|name| tidy(&root.join(name))))
        .collect();
    let beside = directories.iter().flat_map(|it| names_beside(context, it));
    let mut found: BTreeSet<PathBuf> = beside.collect();
    found.extend(above(context, directory));
    found.extend(actions(context, directory).iter().map(|it| tidy(it)));
    // A bare name may be anything there.
    if below.contains('/') {
        let services = other_services(context, directory);
        found.extend(services.iter().map(|it| tidy(it)));
    }
    found.remove(path);
    found
}

/// The files of a directory that may name a binary.
pub(super) fn names_beside(context: &Context<'_>, directory: &Path) -> Vec<PathBuf> {
    let is_workflow = directory.ends_with("workflows") || directory.ends_with(".circleci");
    let yaml = |name: &str| name.ends_with(".yml") || name.ends_with(".yaml");
    let names = context.survey.file_names(directory).into_iter();
    let names = names.filter(|name| may_name_a_binary(name) || is_workflow && yaml(name));
    names.map(|name| tidy(&directory.join(name))).collect()
}

/// A path spelled as one of a repository whose root lies above the place where lambdalift runs.
fn seen_from(context: &Context<'_>, file: &Path, path: &Path) -> PathBuf {
    let directory = run_directory(file);
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
pub(super) fn above(context: &Context<'_>, directory: &Path) -> BTreeSet<PathBuf> {
    let mut found: BTreeSet<_> = context
        .survey
        .ci_files(directory)
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

/// Files that build, pack, deploy or start programs, by parts of their names.
const NAMING: [&str; 12] = [
    "dockerfile",
    "earthfile",
    "jenkinsfile",
    "justfile",
    "magefile",
    MAKEBUILD,
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
