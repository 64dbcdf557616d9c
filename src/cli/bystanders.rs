//! Templates that the user did not name, and that share a repository with those that were named.
//!
//! Whether a function may move depends on who else runs its package. A run over single files, as a hook
//! makes it, does not see them all: so the others are read, too, and count as functions that stay.
//! Nothing is reported about them, and nothing in them is edited.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use memchr::memmem;

use super::args::ScopeArgs;
use super::scope::{Found, input};
use super::settings::Settings;
use crate::discover::{Discovery, discover};
use crate::migrate::Options;
use crate::session::Input;

/// What every function carries whose package or Dockerfile could be somebody else's, too.
const MARKS: [&[u8]; 2] = [b"go1.x", b"DockerContext"];

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
    let inputs = found.inputs.iter().chain(&found.others);
    let neighbours = found.neighbours.iter().map(|it| &it.path);
    let known = inputs.map(|it| &it.path).chain(neighbours);
    let known: HashSet<PathBuf> = known.filter_map(|it| place(it)).collect();
    let is_new = |path: &Path| place(path).is_some_and(|it| !known.contains(&it));
    let (mut others, mut neighbours) = (whole.candidates, whole.neighbours);
    others.retain(|it| is_new(&it.path));
    neighbours.retain(|it| is_new(&it.path));
    let options = Arc::new(Options {
        kept: others.iter().map(|it| it.path.clone()).collect(),
        ..Options::default()
    });
    let others = others.into_iter().map(|it| input(it, Arc::clone(&options)));
    found.others.extend(others);
    found.neighbours.extend(neighbours);
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
    let repositories = settings.repositories();
    let mut found: Vec<PathBuf> = Vec::new();
    for input in named {
        let is_whole = whole.entry(&input.root).or_insert_with(|| {
            let is_repository = fs::symlink_metadata(input.root.join(".git")).is_ok();
            is_repository && fs::canonicalize(&input.root).is_ok_and(|it| is_walked(&it))
        });
        if *is_whole || !asks(input) {
            continue;
        }
        let root = repositories.root(&input.path);
        let Some(root) = root.filter(|root| !is_walked(root)) else {
            continue;
        };
        let root = as_seen_from_here(root.to_path_buf());
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
