//! The parallel walk below the given directories.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::error::DiscoveryError;
use super::globs::Globs;
use super::ignore_files::{unusable_above, unusable_in};
use super::open::is_gone;
use super::reader::{Content, Reader};
use super::{Candidate, Discovered, Discovery, Neighbour, name, paths};
use crate::parallel::locked;

/// Walks the `directories`, cleaned paths all, and reads what may be a template.
pub(super) fn walk(
    discovery: &Discovery,
    directories: &[PathBuf],
    globs: &Globs,
    cancelled: &'static AtomicBool,
) -> Discovered {
    let refused = Refused::default();
    let directories = directories.iter().filter(|directory| {
        let unusable = || unusable_in(directory).or_else(|| unusable_above(directory));
        !discovery.respect_ignore || refused.admits(unusable())
    });
    // Within a repository git's own rule holds: a .gitignore above it says nothing. Elsewhere there is no
    // such bound, and all of them are honoured. The choice is one for a whole walk.
    let (inside, outside): (Vec<_>, Vec<_>) =
        directories.partition(|directory| in_repository(directory));
    let found = Mutex::new(Discovered::default());
    for (directories, require_git) in [(inside, true), (outside, false)] {
        let Some(walker) = builder(
            discovery,
            &directories,
            require_git,
            Filter {
                globs: globs.clone(),
                respect_ignore: discovery.respect_ignore,
                refused: refused.clone(),
                cancelled,
            },
        ) else {
            continue;
        };
        walker.build_parallel().run(|| {
            let mut collector = Collector::new(discovery, &found);
            Box::new(move |result| {
                if cancelled.load(Ordering::Relaxed) {
                    return WalkState::Quit;
                }
                match result {
                    Ok(entry) => collector.take(&entry),
                    Err(error) => collector.take_error(&error),
                }
                WalkState::Continue
            })
        });
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.errors.append(&mut refused.lock());
    found
}

/// The ignore files that kept the walk out of their directories.
#[derive(Clone, Debug, Default)]
struct Refused(Arc<Mutex<Vec<DiscoveryError>>>);

impl Refused {
    /// Whether a directory may be entered, given what is wrong with its ignore files.
    fn admits(&self, unusable: Option<DiscoveryError>) -> bool {
        let admitted = unusable.is_none();
        // Hardly ever taken: threads do not wait for each other here.
        if let Some(error) = unusable {
            self.lock().push(error);
        }
        admitted
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<DiscoveryError>> {
        locked(&self.0)
    }
}

fn in_repository(directory: &Path) -> bool {
    directory.canonicalize().is_ok_and(|directory| {
        let mut above = directory.ancestors();
        above.any(|above| above.join(".git").exists() || above.join(".jj").exists())
    })
}

/// The walk with its ignore rules; `None` without directories.
fn builder(
    discovery: &Discovery,
    directories: &[&PathBuf],
    require_git: bool,
    filter: Filter,
) -> Option<WalkBuilder> {
    if directories.is_empty() {
        return None;
    }
    let mut builder = WalkBuilder::from_iter(directories.iter().map(|directory| {
        // The crate takes `-` for standard input.
        if directory.as_os_str() == "-" {
            Path::new(".").join(directory)
        } else {
            directory.to_path_buf()
        }
    }));
    builder
        .standard_filters(discovery.respect_ignore)
        .hidden(!discovery.hidden)
        .require_git(require_git)
        .follow_links(false)
        .threads(discovery.threads)
        .filter_entry(move |entry| filter.admits(entry));
    Some(builder)
}

/// Decides before an entry is queued: a directory left out here is never listed, a file costs nothing more.
struct Filter {
    globs: Globs,
    respect_ignore: bool,
    refused: Refused,
    cancelled: &'static AtomicBool,
}

impl Filter {
    fn admits(&self, entry: &DirEntry) -> bool {
        // The walk lists a directory to its end before it asks whether to go on: with a million entries,
        // what is looked up for each of them would keep Ctrl-C waiting.
        if self.cancelled.load(Ordering::Relaxed) {
            return false;
        }
        let is_directory = || entry.file_type().is_some_and(|kind| kind.is_dir());
        is_wanted(entry, &self.globs)
            && (!self.respect_ignore
                || !is_directory()
                || self.refused.admits(unusable_in(entry.path())))
    }
}

/// Whether to enter a directory, or open a file. Links, pipes, sockets and devices are left alone; the
/// roots are not asked about.
fn is_wanted(entry: &DirEntry, globs: &Globs) -> bool {
    let Some(kind) = entry.file_type() else {
        return false;
    };
    let (path, root) = (entry.path(), root_of(entry));
    if kind.is_dir() {
        !name::is_skipped(entry.file_name()) && !globs.exclude(path, root, true)
    } else {
        kind.is_file()
            && name::may_be_template(entry.file_name())
            && globs.include(path, root)
            && !globs.exclude(path, root, false)
    }
}

/// The root that the walk came from.
fn root_of(entry: &DirEntry) -> &Path {
    let path = entry.path();
    path.ancestors().nth(entry.depth()).unwrap_or(path)
}

/// What one thread finds; handed over when the thread is done, so that threads never wait for each other.
struct Collector<'a> {
    reader: Reader,
    found: Discovered,
    all: &'a Mutex<Discovered>,
}

impl<'a> Collector<'a> {
    fn new(discovery: &Discovery, all: &'a Mutex<Discovered>) -> Self {
        Self {
            reader: Reader::new(discovery.max_file_size, discovery.wanted),
            found: Discovered::default(),
            all,
        }
    }

    fn take(&mut self, entry: &DirEntry) {
        // The walk shows directories, too, and among them its roots, which may be links.
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            return;
        }
        match self.reader.walked(entry.path()) {
            Ok(Content::Unwanted) => {}
            Ok(Content::Neighbour { code }) => self.found.neighbours.push(Neighbour {
                path: paths::clean(entry.path()),
                root: paths::clean(root_of(entry)),
                code,
            }),
            Ok(Content::Wanted(bytes)) => self.found.candidates.push(Candidate {
                path: paths::clean(entry.path()),
                root: paths::clean(root_of(entry)),
                bytes,
                named: false,
            }),
            Ok(Content::TooLarge { size, limit }) => {
                let path = paths::clean(entry.path());
                let error = DiscoveryError::TooLarge { path, size, limit };
                self.found.errors.push(error);
            }
            Err(cause) => self.failed(paths::clean(entry.path()), cause),
        }
    }

    fn take_error(&mut self, error: &ignore::Error) {
        // Any other error is a pattern in an ignore file that makes no sense: git is silent about it, too.
        if let (Some(path), Some(cause)) = (path_of(error), error.io_error()) {
            let cause = match cause.raw_os_error() {
                Some(code) => std::io::Error::from_raw_os_error(code),
                None => std::io::Error::new(cause.kind(), cause.to_string()),
            };
            self.failed(paths::clean(path), cause);
        }
    }

    /// Something that is gone since it was listed, or has become something else, was never there.
    fn failed(&mut self, path: PathBuf, cause: std::io::Error) {
        if !is_gone(&cause) {
            let error = DiscoveryError::unreadable(path, cause);
            self.found.errors.push(error);
        }
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let mut all = locked(self.all);
        all.candidates.append(&mut self.found.candidates);
        all.neighbours.append(&mut self.found.neighbours);
        all.errors.append(&mut self.found.errors);
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_walk_looks_nothing_up() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("below")).unwrap();
        let ignore = std::fs::File::create(directory.path().join("below/.gitignore"));
        ignore.unwrap().set_len(2 << 20).unwrap();
        static YES: AtomicBool = AtomicBool::new(true);
        static NO: AtomicBool = AtomicBool::new(false);
        for (cancelled, refused) in [(&NO, 1), (&YES, 0)] {
            let filter = Filter {
                globs: Globs::new(&[], &[]).unwrap(),
                respect_ignore: true,
                refused: Refused::default(),
                cancelled,
            };
            let entries = ignore::WalkBuilder::new(directory.path())
                .max_depth(Some(1))
                .build();
            for entry in entries.skip(1) {
                assert!(!filter.admits(&entry.unwrap()));
            }
            assert_eq!(filter.refused.lock().len(), refused);
        }
    }
}
