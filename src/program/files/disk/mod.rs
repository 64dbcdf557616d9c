//! The files of a repository on disk.

mod recent;

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{ByPath, Entry, EntryKind, Files, HEAD_SIZE, MAX_FILE_SIZE, collapse, directory_of};
use crate::parallel::locked;
use recent::Recent;

/// The files on disk below one directory.
///
/// Every path is canonicalised before it is opened and refused unless it lies below the root, so
/// neither `..` nor a symbolic link leads out. Where a directory leads is found out once.
#[derive(Debug)]
pub(crate) struct DiskFiles {
    /// Invariant: canonical.
    root: PathBuf,
    /// The working directory.
    here: PathBuf,
    /// Where absolute paths lead that were asked for as directories, and those that were asked for as anything
    /// and are not there. Of each path, what it leads through is known, too.
    ways: ByPath<Leads>,
    /// What stands in directories, by canonical paths.
    listings: ByPath<Option<Arc<[Entry]>>>,
    recent: Recent,
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Leads {
    /// To a directory, by this canonical path.
    ToDirectory(Arc<Path>),
    /// To something else, likewise.
    Elsewhere(Arc<Path>),
    Nowhere,
}

/// A directory with more entries is listed each time anew.
const MOST_REMEMBERED: usize = 4096;

impl DiskFiles {
    /// The files below `boundary`; the empty path is the working directory.
    ///
    /// # Errors
    /// When `boundary` does not exist or cannot be resolved.
    pub(crate) fn new(boundary: &Path) -> io::Result<Self> {
        Ok(Self {
            root: fs::canonicalize(or_working_directory(boundary))?,
            here: std::env::current_dir()?,
            ways: Mutex::default(),
            listings: Mutex::default(),
            recent: Recent::default(),
        })
    }

    /// The canonical path and its metadata, if it lies in the repository.
    fn resolve(&self, path: &Path) -> Option<(PathBuf, Metadata)> {
        let (path, metadata) = self.real(&self.here.join(path))?;
        path.starts_with(&self.root).then_some((path, metadata))
    }

    /// Where an absolute path leads, and what is there.
    fn real(&self, path: &Path) -> Option<(PathBuf, Metadata)> {
        if is_too_long(path) {
            return None;
        }
        if self.known(path) == Some(Leads::Nowhere) {
            return None;
        }
        let split = path.parent().zip(path.components().next_back());
        if let Some((directory, Component::Normal(name))) = split.filter(|_| IS_EXACT) {
            let directory = self.directory(directory)?;
            if self.lacks(&directory, name) {
                return None;
            }
            let named = directory.join(name);
            let metadata = match fs::symlink_metadata(&named) {
                Ok(metadata) => metadata,
                Err(_) => {
                    self.remember(path, Leads::Nowhere);
                    return None;
                }
            };
            if !metadata.is_symlink() {
                return Some((named, metadata));
            }
        }
        let path = fs::canonicalize(path).ok()?;
        let metadata = fs::metadata(&path).ok()?;
        Some((path, metadata))
    }

    /// Where a directory leads, wherever that is.
    pub(super) fn real_directory(&self, directory: &Path) -> Option<Arc<Path>> {
        self.directory(&self.here.join(directory))
    }

    /// Where the absolute path of a directory leads.
    fn directory(&self, path: &Path) -> Option<Arc<Path>> {
        match self.follow(path) {
            (_, Leads::ToDirectory(directory)) => Some(directory),
            _ => None,
        }
    }

    /// Where an absolute path leads if that is a directory, else the first place on the way to it that is
    /// none, and where that leads.
    fn follow<'p>(&self, path: &'p Path) -> (&'p Path, Leads) {
        if is_too_long(path) {
            return (path, Leads::Nowhere);
        }
        let mut unknown = Vec::new();
        let mut known = None;
        for place in path.ancestors() {
            known = self.known(place).map(|leads| (place, leads));
            if known.is_some() {
                break;
            }
            unknown.push(place);
        }
        // From above downwards: each asks for the one above it, and a path has more parts than the stack room.
        // Below what is not there is nothing, and it is not remembered for every part of a long path.
        while let (None | Some((_, Leads::ToDirectory(_))), Some(place)) = (&known, unknown.pop()) {
            let leads = match self.real(place) {
                Some((path, metadata)) if metadata.is_dir() => Leads::ToDirectory(path.into()),
                Some((path, _)) => Leads::Elsewhere(path.into()),
                None => Leads::Nowhere,
            };
            self.remember(place, leads.clone());
            known = Some((place, leads));
        }
        known.unwrap_or((path, Leads::Nowhere))
    }

    fn known(&self, path: &Path) -> Option<Leads> {
        locked(&self.ways).get(path.as_os_str()).cloned()
    }

    fn remember(&self, path: &Path, leads: Leads) {
        locked(&self.ways).insert(path.into(), leads);
    }

    /// Where a directory leads, if that lies in the repository.
    fn inside(&self, dir: &Path) -> Option<Arc<Path>> {
        let found = self.real_directory(dir)?;
        found.starts_with(&self.root).then_some(found)
    }

    /// The path with its longest existing part made canonical, and without `..`.
    fn resolve_existing(&self, path: &Path) -> PathBuf {
        let (place, leads) = self.follow(path);
        let existing = match leads {
            Leads::ToDirectory(directory) => return directory.to_path_buf(),
            Leads::Elsewhere(found) => Some((place, found)),
            Leads::Nowhere => place
                .parent()
                .and_then(|above| Some((above, self.directory(above)?))),
        };
        let resolved = existing.and_then(|(existing, resolved)| {
            let rest = path.strip_prefix(existing).ok()?;
            Some(collapse(&resolved.join(rest)))
        });
        resolved.unwrap_or_else(|| collapse(path))
    }

    /// Opens a regular file and nothing else: opening a FIFO would wait for its writer.
    fn open(&self, path: &Path) -> Option<(File, u64)> {
        let (path, metadata) = self.resolve(path)?;
        if !metadata.is_file() {
            return None;
        }
        let file = File::open(path).ok()?;
        Some((file, metadata.len()))
    }

    /// Whether a directory that was listed before has no such name, in whatever case. Most of what rules
    /// look for is not there, and they look for it once a function.
    fn lacks(&self, directory: &Path, name: &OsStr) -> bool {
        const FEW: usize = 64;
        let listings = locked(&self.listings);
        let Some(Some(listing)) = listings.get(directory.as_os_str()) else {
            return false;
        };
        // Listings know no names that are not UTF-8.
        let is_plain = name.to_str().is_some_and(str::is_ascii);
        let mut names = listing.iter().map(|entry| OsStr::new(&entry.name));
        is_plain && listing.len() <= FEW && !names.any(|it| it.eq_ignore_ascii_case(name))
    }

    fn list(&self, dir: &Path) -> Option<Arc<[Entry]>> {
        let entries = fs::read_dir(dir).ok()?;
        let mut entries: Vec<Entry> = entries
            .filter_map(|entry| self.entry(&entry.ok()?))
            .collect();
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Some(entries.into())
    }

    fn entry(&self, entry: &fs::DirEntry) -> Option<Entry> {
        let name = entry.file_name().into_string().ok()?;
        let found = entry.file_type().ok()?;
        // Most are directories, of which the listing says all. Only a link can lead out, so only a link is
        // resolved.
        let metadata = match (found.is_dir(), found.is_symlink()) {
            (true, _) => {
                let kind = EntryKind::Directory;
                return Some(Entry { name, kind });
            }
            (_, true) => self.resolve(&entry.path()).map(|(_, target)| target),
            _ => Some(entry.metadata().ok()?),
        };
        let kind = metadata.map_or(EntryKind::Other, |metadata| kind_of(&metadata));
        Some(Entry { name, kind })
    }
}

impl Files for DiskFiles {
    fn entries(&self, dir: &Path) -> Option<Arc<[Entry]>> {
        let dir = self.inside(dir)?;
        if let Some(known) = locked(&self.listings).get(dir.as_os_str()) {
            return known.clone();
        }
        let listing = self.list(&dir);
        let is_kept = listing
            .as_ref()
            .is_none_or(|it| it.len() <= MOST_REMEMBERED);
        if is_kept {
            locked(&self.listings).insert(dir.as_os_str().into(), listing.clone());
        }
        listing
    }

    fn is_directory(&self, dir: &Path) -> bool {
        self.inside(dir).is_some()
    }

    fn read(&self, file: &Path) -> Option<Vec<u8>> {
        let place = self.here.join(file);
        if let Some(bytes) = self.recent.get(&place) {
            return Some(bytes.to_vec());
        }
        let (file, size) = self.open(file)?;
        if size > MAX_FILE_SIZE {
            return None;
        }
        // One byte more than allowed, to notice a file that has grown since.
        let bytes = first(file, MAX_FILE_SIZE + 1)?;
        if bytes.len() as u64 > MAX_FILE_SIZE {
            return None;
        }
        self.recent.keep(place, &bytes);
        Some(bytes)
    }

    fn head(&self, file: &Path) -> Option<Vec<u8>> {
        let (file, _) = self.open(file)?;
        first(file, HEAD_SIZE as u64)
    }

    fn is_present(&self, path: &Path) -> bool {
        let directory = self.inside(directory_of(path));
        directory
            .zip(path.file_name())
            .is_some_and(|(directory, name)| {
                !self.lacks(&directory, name) && fs::symlink_metadata(directory.join(name)).is_ok()
            })
    }

    fn boundary(&self) -> &Path {
        &self.root
    }

    fn canonical(&self, path: &Path) -> PathBuf {
        let path = self.here.join(path);
        let resolved = self.resolve_existing(&path);
        // What follows a directory that does not exist may lead back by `..` to what does.
        match path.components().any(|it| it == Component::ParentDir) {
            true => self.resolve_existing(&resolved),
            false => resolved,
        }
    }
}

/// Whether each name has one spelling, so that a path may be resolved part by part. Where `A` may be another
/// spelling of `a`, only the system knows.
const IS_EXACT: bool = !cfg!(any(windows, target_vendor = "apple"));

/// Whether a path is longer than Linux takes: then nothing is there.
fn is_too_long(path: &Path) -> bool {
    const PATH_MAX: usize = 4096;
    cfg!(target_os = "linux") && path.as_os_str().len() >= PATH_MAX
}

/// The system calls know no empty path.
fn or_working_directory(path: &Path) -> &Path {
    if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    }
}

fn first(file: File, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn kind_of(metadata: &Metadata) -> EntryKind {
    if metadata.is_dir() {
        EntryKind::Directory
    } else if metadata.is_file() {
        EntryKind::File {
            executable: is_executable(metadata),
        }
    } else {
        EntryKind::Other
    }
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &Metadata) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
