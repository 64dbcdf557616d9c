//! The parallel walk below the given directories.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::DiscoveryError;
use super::globs::Globs;
use super::ignore_rules::{Above, IgnoreRoot, IgnoreRules, Marks};
use super::list::{Kind, Lister};
use super::open::is_gone;
use super::reader::{Content, Reader};
use super::{Candidate, Discovered, Discovery, Neighbour, name};
use crate::parallel::Threads;

/// Walks the `directories`, cleaned paths all, and reads what may be a template.
pub(super) fn walk(
    discovery: &Discovery,
    directories: &[PathBuf],
    globs: &Globs,
    threads: Threads,
) -> Discovered {
    let mut found = Discovered::default();
    let mut roots = Vec::new();
    let here = std::env::current_dir().and_then(fs::canonicalize).ok();
    let mut above = discovery.respect_ignore.then(Above::new);
    for path in directories {
        if threads.cancelled.load(Ordering::Relaxed) {
            break;
        }
        match Directory::root(path, here.as_deref(), above.as_mut()) {
            Ok(root) => roots.push(Work::Directory(root)),
            Err(error) => found.errors.push(error),
        }
    }
    let walker = || Walker {
        discovery,
        globs,
        threads,
        lister: Lister::default(),
        reader: Reader::new(discovery.max_file_size, discovery.wanted),
        found: Discovered::default(),
    };
    let walkers = threads.spread(roots, walker, Walker::take);
    for mut one in walkers {
        found.candidates.append(&mut one.found.candidates);
        found.neighbours.append(&mut one.found.neighbours);
        found.errors.append(&mut one.found.errors);
    }
    found
}

/// A directory that the walk begins with.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// `None` when ignore files are not to be honoured.
    ignore: Option<IgnoreRoot>,
    /// The working directory, if it lies below.
    here: Option<PathBuf>,
}

/// What is still to be looked at. Paths are cleaned ones.
enum Work {
    Directory(Directory),
    File {
        path: PathBuf,
        root: Arc<Root>,
        marked: Arc<Path>,
    },
}

struct Directory {
    path: PathBuf,
    root: Arc<Root>,
    /// What holds above it.
    rules: Option<Arc<IgnoreRules>>,
    /// See [`Candidate::marked`].
    marked: Arc<Path>,
}

impl Directory {
    /// A directory that the walk begins with; `None` stands for no ignore rules at all.
    fn root(
        path: &Path,
        here: Option<&Path>,
        above: Option<&mut Above>,
    ) -> Result<Self, DiscoveryError> {
        let (ignore, rules) = match above {
            Some(above) => {
                let (ignore, rules) = above.root(path)?;
                (Some(ignore), rules)
            }
            None => (None, None),
        };
        let way = path.canonicalize().ok().zip(here);
        let way = way.and_then(|(real, here)| here.strip_prefix(real).ok().map(PathBuf::from));
        let is_below = |way: &PathBuf| !way.as_os_str().is_empty();
        let here = way.filter(is_below).map(|way| path.join(way));
        let marked = path.into();
        let path = path.to_path_buf();
        Ok(Self {
            path: path.clone(),
            root: Arc::new(Root { path, ignore, here }),
            rules,
            marked,
        })
    }

    fn join(&self, name: &Path) -> PathBuf {
        match self.path.as_os_str() == "." {
            true => name.to_path_buf(),
            false => self.path.join(name),
        }
    }
}

/// What holds for the entries of a directory.
struct Scope<'d> {
    directory: &'d Directory,
    rules: Option<Arc<IgnoreRules>>,
    marked: Arc<Path>,
}

/// What one thread does and finds; handed over when the thread is done, so that threads do not wait for each
/// other.
struct Walker<'a> {
    discovery: &'a Discovery<'a>,
    globs: &'a Globs,
    threads: Threads<'a>,
    lister: Lister,
    reader: Reader,
    found: Discovered,
}

impl Walker<'_> {
    fn take(&mut self, work: Work, more: &mut Vec<Work>) {
        match work {
            Work::Directory(directory) => self.enter(&directory, more),
            Work::File { path, root, marked } => self.read(path, &root, marked),
        }
    }

    /// Lists a directory, and keeps what is worth a look.
    fn enter(&mut self, directory: &Directory, more: &mut Vec<Work>) {
        // Which rules hold is known only when all is listed.
        let mut marks = Marks::default();
        let mut entries = Vec::new();
        let mut unlisted = None;
        let is_root = directory.path == directory.root.path;
        let listed = self.lister.list(&directory.path, is_root, |entry| {
            match entry {
                Ok((name, kind)) => {
                    marks.note(name);
                    if is_wanted(name, kind) {
                        entries.push((name.to_owned(), kind));
                    }
                }
                Err(cause) => {
                    unlisted.get_or_insert(cause);
                }
            }
            // With a million entries, Ctrl-C would have to wait for the last.
            !self.threads.cancelled.load(Ordering::Relaxed)
        });
        if let Some(cause) = listed.err().or(unlisted) {
            self.failed(directory.path.clone(), cause);
            marks = Marks::ANY;
        }
        let rules = match &directory.root.ignore {
            Some(ignore) => ignore.enter(&directory.path, marks, directory.rules.as_ref()),
            None => Ok(None),
        };
        // Outside of a repository configuration is looked for up to the working directory.
        let is_here = directory.root.here.as_ref() == Some(&directory.path);
        let marked = match marks.is_landmark() || is_here {
            true => directory.path.as_path().into(),
            false => Arc::clone(&directory.marked),
        };
        match rules {
            Ok(rules) => {
                let scope = Scope {
                    directory,
                    rules,
                    marked,
                };
                let entries = entries.into_iter();
                let work = entries
                    .take_while(|_| !self.threads.cancelled.load(Ordering::Relaxed))
                    .filter_map(|(name, kind)| self.work(&scope, &name, kind));
                more.extend(work);
            }
            Err(error) => self.found.errors.push(error),
        }
    }

    /// What there is to do for an entry that globs and ignore files leave in.
    fn work(&self, scope: &Scope, name: &OsStr, kind: Kind) -> Option<Work> {
        let root = &scope.directory.root;
        let path = scope.directory.join(Path::new(name));
        let is_directory = kind == Kind::Directory;
        let ignore = root.ignore.as_ref();
        let ignored =
            ignore.and_then(|it| it.leaves_out(scope.rules.as_ref(), &path, is_directory));
        if ignored.unwrap_or_else(|| !self.discovery.hidden && is_hidden(name, &path))
            || self.globs.exclude(&path, &root.path, is_directory)
        {
            return None;
        }
        let (root, marked) = (Arc::clone(root), Arc::clone(&scope.marked));
        if is_directory {
            return Some(Work::Directory(Directory {
                path,
                root,
                rules: scope.rules.clone(),
                marked,
            }));
        }
        let is_included = self.globs.include(&path, &root.path);
        is_included.then_some(Work::File { path, root, marked })
    }

    fn read(&mut self, path: PathBuf, root: &Root, marked: Arc<Path>) {
        let root = root.path.clone();
        match self.reader.walked(&path) {
            Ok(Content::Unwanted) => {}
            Ok(Content::Neighbour { code }) => {
                self.found.neighbours.push(Neighbour {
                    path,
                    root,
                    marked,
                    code,
                });
            }
            Ok(Content::Wanted(bytes)) => self.found.candidates.push(Candidate {
                path,
                root,
                marked,
                bytes,
                named: false,
            }),
            Ok(Content::TooLarge { size, limit }) => {
                let error = DiscoveryError::TooLarge { path, size, limit };
                self.found.errors.push(error);
            }
            Err(cause) => self.failed(path, cause),
        }
    }

    /// Something that is gone since it was listed, or has become something else, was never there.
    fn failed(&mut self, path: PathBuf, cause: io::Error) {
        if !is_gone(&cause) {
            let error = DiscoveryError::unreadable(path, cause);
            self.found.errors.push(error);
        }
    }
}

/// Whether to enter a directory or open a file, as far as its name tells.
fn is_wanted(name: &OsStr, kind: Kind) -> bool {
    match kind {
        Kind::Directory => !name::is_skipped(name),
        Kind::File => name::may_be_template(name),
        Kind::Other => false,
    }
}

#[cfg(not(windows))]
fn is_hidden(name: &OsStr, _path: &Path) -> bool {
    has_dot(name)
}

#[cfg(windows)]
fn is_hidden(name: &OsStr, path: &Path) -> bool {
    use std::os::windows::fs::MetadataExt as _;
    const FILE_ATTRIBUTE_HIDDEN: u32 = 2;
    let is_marked = |it: std::fs::Metadata| it.file_attributes() & FILE_ATTRIBUTE_HIDDEN != 0;
    has_dot(name) || path.symlink_metadata().is_ok_and(is_marked)
}

fn has_dot(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}
