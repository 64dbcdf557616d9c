//! Templates that the user did not name, and that share a repository with those that were named.
//!
//! Whether a function may move depends on who else runs its package. A run over single files, as a hook
//! makes it, does not see them all: so the others are read, too, and count as functions that stay.
//! Nothing is reported about them, and nothing in them is edited.
//!
//! Most of a repository's templates are on `provided.al2023` alone. They are read only once it is known which
//! packages matter, and only where they could name one of those.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use memchr::memmem;

use super::args::ScopeArgs;
use super::scope::{Found, input};
use super::settings::Settings;
use crate::discover::{Discovery, Neighbour, discover, read_listed};
use crate::migrate::{Options, Packages};
use crate::program::git_root;
use crate::session::Input;
use crate::syntax::Limits;

/// What every function carries whose package or Dockerfile could be somebody else's, too.
const MARKS: [&[u8]; 2] = [b"go1.x", b"DockerContext"];

/// What stands in every template that names an object: `s3://bucket/key`, `S3Key`, or `Key`. The rest of the
/// name may be put together from parts.
const OBJECT_MARKS: [&[u8]; 2] = [b"://", b"Key"];

/// Adds the further templates of the repositories that the named ones lie in, as far as they were not looked
/// at.
pub(super) fn add_bystanders(
    args: &ScopeArgs,
    settings: &Settings,
    found: &mut Found,
    cancelled: &'static AtomicBool,
) {
    let repositories = half_seen(args, settings, &found.inputs);
    if repositories.is_empty() {
        return;
    }
    let whole = discover(
        &Discovery {
            roots: &repositories,
            include: &[],
            exclude: &[],
            respect_ignore: settings.run.respect_ignore,
            hidden: settings.run.hidden,
            threads: args.threads,
            max_file_size: settings.run.max_file_size,
            wanted: settings.wanted,
        },
        cancelled,
    );
    let place = |path: &Path| fs::canonicalize(path).ok();
    let known = found.inputs.iter().chain(&found.others);
    let known: HashSet<PathBuf> = known.filter_map(|it| place(&it.path)).collect();
    let is_new = |path: &Path| place(path).is_some_and(|it| !known.contains(&it));
    let mut others = whole.candidates;
    others.retain(|candidate| is_new(&candidate.path));
    let options = Arc::new(Options {
        kept: others.iter().map(|it| it.path.clone()).collect(),
        ..Options::default()
    });
    let others = others.into_iter().map(|it| input(it, Arc::clone(&options)));
    found.others.extend(others);
    // That some are known already does no harm: nothing in them moves.
    found.neighbours.extend(whole.neighbours);
}

/// Those of the neighbours that may run one of the packages, read.
pub(super) fn sharing(
    neighbours: Vec<Neighbour>,
    packages: &Packages,
    limits: Limits,
) -> Vec<Input> {
    let options = Arc::new(Options {
        limits,
        ..Options::default()
    });
    // Nearly all of them have the same root.
    let mut roots: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut may_reach = |neighbour: &Neighbour| {
        let real = match roots.get(&neighbour.root) {
            Some(real) => real,
            None => {
                let real = fs::canonicalize(&neighbour.root).ok();
                roots.entry(neighbour.root.clone()).or_insert(real)
            }
        };
        // The walk follows no link on its way down.
        let way = neighbour
            .path
            .parent()
            .zip(real.as_ref())
            .and_then(|(directory, real)| {
                let root = &neighbour.root;
                let root = if root == Path::new(".") {
                    Path::new("")
                } else {
                    root
                };
                Some(real.join(directory.strip_prefix(root).ok()?))
            });
        way.is_none_or(|directory| packages.lie_below(&directory))
    };
    let mut found = Vec::new();
    for neighbour in neighbours {
        let reaches = neighbour.climbs || may_reach(&neighbour);
        if !reaches && !packages.has_objects() {
            continue;
        }
        let Neighbour { path, root, .. } = neighbour;
        // What is gone by now, or became something else, runs nothing.
        let Ok(bytes) = read_listed(&path) else {
            continue;
        };
        let mut marks = OBJECT_MARKS.iter();
        if reaches || marks.any(|mark| memmem::find(&bytes, mark).is_some()) {
            let options = Arc::clone(&options);
            found.push(Input {
                path,
                root,
                bytes,
                has_neighbours: true,
                options,
            });
        }
    }
    found
}

/// The repositories that `named` lie in and that were not walked as a whole.
fn half_seen(args: &ScopeArgs, settings: &Settings, named: &[Input]) -> Vec<PathBuf> {
    let roots = settings.roots.iter();
    let walked: HashSet<PathBuf> = roots.filter_map(|it| fs::canonicalize(it).ok()).collect();
    // A walk has seen everything but what the arguments leave out.
    let is_limited = !args.include.is_empty() || !args.exclude.is_empty();
    let is_walked = |root: &Path| !is_limited && root.ancestors().any(|it| walked.contains(it));
    let asks = |input: &Input| {
        let mut marks = MARKS.iter();
        input.has_neighbours && marks.any(|mark| memmem::find(&input.bytes, mark).is_some())
    };
    // Most runs begin in the root of a repository: that is asked once, not for every template.
    let mut whole: HashMap<&Path, bool> = HashMap::new();
    let mut found: Vec<PathBuf> = Vec::new();
    for input in named {
        let is_whole = whole.entry(&input.root).or_insert_with(|| {
            let is_repository = fs::symlink_metadata(input.root.join(".git")).is_ok();
            is_repository && fs::canonicalize(&input.root).is_ok_and(|it| is_walked(&it))
        });
        if *is_whole || !asks(input) {
            continue;
        }
        let Some(root) = git_root(&input.path).filter(|root| !is_walked(root)) else {
            continue;
        };
        let root = as_seen_from_here(root);
        if !found.contains(&root) {
            found.push(root);
        }
    }
    found
}

/// The short spelling of a canonical path, as messages show it.
fn as_seen_from_here(path: PathBuf) -> PathBuf {
    let Some(here) = std::env::current_dir().and_then(fs::canonicalize).ok() else {
        return path;
    };
    match (here.strip_prefix(&path), path.strip_prefix(&here)) {
        (Ok(way), _) if way.as_os_str().is_empty() => PathBuf::from("."),
        (Ok(way), _) => way.components().map(|_| Component::ParentDir).collect(),
        (_, Ok(way)) => way.to_path_buf(),
        _ => path,
    }
}
