//! The parallel walk below the given directories.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::error::DiscoveryError;
use super::globs::Globs;
use super::reader::{Content, Reader};
use super::{Candidate, Discovered, Discovery, name, paths};

/// Walks the `directories`, cleaned paths all, and reads what may be a template.
pub(super) fn walk(
    discovery: &Discovery,
    directories: &[PathBuf],
    globs: &Globs,
    cancelled: &AtomicBool,
) -> Discovered {
    // Within a repository git's own rule holds: a .gitignore above it says nothing. Elsewhere there is no
    // such bound, and all of them are honoured. The choice is one for a whole walk.
    let (inside, outside): (Vec<_>, Vec<_>) = directories
        .iter()
        .partition(|directory| in_repository(directory));
    let found = Mutex::new(Discovered::default());
    for (directories, require_git) in [(inside, true), (outside, false)] {
        let Some(walker) = builder(discovery, &directories, globs, require_git) else {
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
    found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
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
    globs: &Globs,
    require_git: bool,
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
    let globs = globs.clone();
    builder
        .standard_filters(discovery.respect_ignore)
        .hidden(!discovery.hidden)
        .require_git(require_git)
        .follow_links(false)
        .threads(discovery.threads)
        // Before an entry is queued: a directory left out here is never listed, a file costs nothing more.
        .filter_entry(move |entry| is_wanted(entry, &globs));
    Some(builder)
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
            reader: Reader::new(discovery.max_file_size, discovery.thorough),
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

    /// Something that is gone since it was listed was never there.
    fn failed(&mut self, path: PathBuf, cause: std::io::Error) {
        if cause.kind() != std::io::ErrorKind::NotFound {
            let error = DiscoveryError::unreadable(path, cause);
            self.found.errors.push(error);
        }
    }
}

impl Drop for Collector<'_> {
    fn drop(&mut self) {
        let mut all = self
            .all
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        all.candidates.append(&mut self.found.candidates);
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
