//! What speaks against editing a build file although its commands are understood: things that the
//! reading of one file alone cannot show. In doubt a person does it.

mod elsewhere;
mod overridden;
mod programs;
mod text;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::ci::run_directory;
use super::context::Context;
use crate::companion::Refused;
use crate::companion::build::{Plan, Request};
use crate::companion::registry::MAKEBUILD;
use crate::program::tidy;
use elsewhere::named_elsewhere;
use overridden::overridden;
use programs::objection_of_programs;
use text::{Lines, line_starts, names_path, place_of_path, place_of_word};

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
    own.map(here)
        .or_else(|| overridden(context, case, &edited))
        .or_else(|| {
            let mut moved = plan.moved.iter();
            moved.find_map(|(from, to)| named_elsewhere(context, case, (from, to), &edited))
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
            let directory = run_directory(path);
            let place = |binary: &Path| {
                let below = binary.strip_prefix(&directory).unwrap_or(binary);
                let below = below.display().to_string();
                place_of_path(text, &below).map(|at| (at, below))
            };
            // What `cfn generate` writes makes one program, under its new name from some release on.
            let is_written_anew =
                path.file_name().is_some_and(|it| it == MAKEBUILD) && place(from).is_none();
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
            let (at, below) = place(to).filter(|_| !is_written_anew)?;
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
