//! Which files a run looks at: the named ones, and below the named directories those that by name and
//! content may be templates with a function to migrate.
//!
//! Almost every file of a repository is ruled out here, in the order of cost: by the ignore rules, by its
//! name, and by a search of its bytes. What remains is read already, and sorted: neither the order in
//! which the file system lists nor the number of threads can be seen in the result.

mod code;
mod error;
mod globs;
mod ignore_rules;
mod list;
mod name;
mod open;
mod paths;
mod prefilter;
mod reader;
mod walk;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use code::NamedCode;
pub(crate) use error::DiscoveryError;
pub(crate) use globs::{check_glob, compile_globs};
pub(crate) use open::read_listed;
pub(crate) use paths::clean;

use crate::parallel::Threads;
use globs::Globs;
use prefilter::{Prefilter, Relevance};
use reader::{Content, Reader};

/// What to look at.
#[derive(Clone, Debug)]
pub(crate) struct Discovery<'a> {
    /// Files and directories, as the user spelled them.
    pub roots: &'a [PathBuf],
    /// Globs in .gitignore syntax; unless empty, a file found by the walk must match one. A pattern with a
    /// slash is tried from the working directory, then from the root.
    pub include: &'a [String],
    /// Globs in the same syntax; no file that matches, or lies in a directory that does, is looked at.
    pub exclude: &'a [String],
    /// Whether to honour .gitignore, .ignore and git's own exclude files.
    pub respect_ignore: bool,
    /// Whether to look at hidden files and into hidden directories.
    pub hidden: bool,
    /// Number of threads that walk and read; 0 takes one for each processor, 12 at most.
    pub threads: usize,
    /// Size in bytes above which no file is kept in memory.
    pub max_file_size: u64,
    /// Which templates are candidates.
    pub wanted: Wanted,
}

/// Which of the files that name a Lambda or SAM resource are candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Those that name a runtime to leave. Those that name `provided.al2023` alone are [`Neighbour`]s.
    #[default]
    Retired,
    /// Those that name `go1.x` or any `provided` runtime.
    Provided,
    /// All of them.
    Any,
}

/// A file that may hold a function to migrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// The root as the user spelled it, joined with the way from there; without `.` parts.
    pub path: PathBuf,
    /// The given directory it was found under; for a named file the directory it is in.
    pub root: PathBuf,
    /// From where on to look upwards for its configuration: the nearest directory above it that holds some, or
    /// the top of a repository, or is the working directory; else the root. What lies between is none of these,
    /// as the walk has seen.
    pub marked: Arc<Path>,
    /// The content.
    pub bytes: Vec<u8>,
    /// Whether the file itself was named as a root.
    pub named: bool,
}

/// A template that holds no function to migrate, as far as its bytes show: it only matters to those that
/// run the same code, and is not kept in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    /// As in [`Candidate`].
    pub path: PathBuf,
    /// As in [`Candidate`].
    pub root: PathBuf,
    /// As in [`Candidate`].
    pub marked: Arc<Path>,
    /// The code that it names; `None` if only a parser can tell.
    pub code: Option<NamedCode>,
}

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// Sorted by the bytes of the path; each file once, however many roots lead to it.
    pub candidates: Vec<Candidate>,
    /// Sorted likewise; each file once.
    pub neighbours: Vec<Neighbour>,
    /// Sorted like the candidates.
    pub errors: Vec<DiscoveryError>,
}

/// Reads the named files and walks the named directories.
///
/// Every file is read at most once. What cannot be read becomes an error and stops nothing else; only an
/// unusable glob stops everything, since without it the run would touch files that it must not. Once
/// `cancelled` is set the search ends soon and returns what it has.
pub(crate) fn discover(discovery: &Discovery, cancelled: &AtomicBool) -> Discovered {
    let globs = match Globs::new(discovery.include, discovery.exclude) {
        Ok(globs) => globs,
        Err(errors) => {
            return Discovered {
                errors,
                ..Discovered::default()
            };
        }
    };
    let mut found = Discovered::default();
    let mut directories = Vec::new();
    let reader = Reader::new(discovery.max_file_size, discovery.wanted);
    for given in discovery.roots {
        if cancelled.load(Ordering::Relaxed) {
            break;
        }
        let root = paths::clean(given);
        match fs::metadata(given) {
            Ok(metadata) if metadata.is_dir() => directories.push(root),
            Ok(metadata) if metadata.is_file() => read_named(&mut found, &reader, &globs, root),
            Ok(_) => found.errors.push(DiscoveryError::NotRegular { path: root }),
            Err(cause) => found.errors.push(DiscoveryError::unreadable(root, cause)),
        }
    }
    let threads = Threads {
        count: discovery.threads,
        cancelled,
    };
    let walked = walk::walk(discovery, &directories, &globs, threads);
    found.candidates.extend(walked.candidates);
    found.neighbours = walked.neighbours;
    found.errors.extend(walked.errors);
    settle(discovery, &mut found);
    found
}

/// The byte search of a dry run, which tells whether a file matters at all, for the benches.
pub(crate) fn byte_search() -> impl Fn(&[u8]) -> bool {
    let prefilter = Prefilter::new(Wanted::Retired);
    move |bytes| prefilter.relevance(bytes) != Relevance::None
}

fn read_named(found: &mut Discovered, reader: &Reader, globs: &Globs, path: PathBuf) {
    let root = paths::parent(&path);
    if globs.exclude(&path, &root, false) {
        return;
    }
    match reader.named(&path) {
        Ok(Content::Wanted(bytes)) => found.candidates.push(Candidate {
            path,
            marked: root.as_path().into(),
            root,
            bytes,
            named: true,
        }),
        Ok(Content::Neighbour { .. } | Content::Unwanted) => {}
        Ok(Content::TooLarge { size, limit }) => {
            let error = DiscoveryError::TooLarge { path, size, limit };
            found.errors.push(error);
        }
        Err(cause) => found.errors.push(DiscoveryError::unreadable(path, cause)),
    }
}

/// Puts the result in its final order. Roots may overlap: of several spellings of one file the named one
/// stays, else the first in order.
fn settle(discovery: &Discovery, found: &mut Discovered) {
    let Discovered {
        candidates,
        neighbours,
        errors,
    } = found;
    errors.sort_by(|a, b| a.order().cmp(&b.order()));
    neighbours.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
    if discovery.roots.len() > 1 {
        candidates.sort_by(|a, b| order(a, !a.named).cmp(&order(b, !b.named)));
        retain_first(candidates, |candidate| Some(&candidate.path));
        retain_first(neighbours, |neighbour| Some(&neighbour.path));
        retain_first(errors, DiscoveryError::path);
    }
    candidates.sort_by(|a, b| order(a, false).cmp(&order(b, false)));
}

fn order(candidate: &Candidate, later: bool) -> (bool, &[u8], &[u8]) {
    let path = candidate.path.as_os_str().as_encoded_bytes();
    let root = candidate.root.as_os_str().as_encoded_bytes();
    (later, path, root)
}

/// Keeps the first item for each file; those without a file all stay.
fn retain_first<T>(items: &mut Vec<T>, path: impl Fn(&T) -> Option<&Path>) {
    let mut seen = HashSet::new();
    items.retain(|item| {
        path(item).is_none_or(|path| {
            let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
            seen.insert(file)
        })
    });
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
