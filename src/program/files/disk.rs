//! The files of a repository on disk.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::{ByPath, Entry, EntryKind, Files, HEAD_SIZE, MAX_FILE_SIZE, collapse};
use crate::parallel::locked;

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
    /// Where absolute paths lead: those of directories, and of what is not there. What a path leads through is
    /// known, too.
    ways: ByPath<Leads>,
    /// What stands in directories, by canonical paths.
    listings: ByPath<Option<Arc<[Entry]>>>,
    /// What was read last, by absolute paths.
    recent: Mutex<VecDeque<(OsString, Arc<[u8]>)>>,
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

/// So many files are kept that were read last, up to this size in bytes. One question after the other is about
/// the same source file, one function after the other in the same module.
const MOST_RECENT: usize = 16;
const LARGEST_RECENT: usize = 32 * 1024;

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
            recent: Mutex::default(),
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

    fn read_recently(&self, file: &Path) -> Option<Arc<[u8]>> {
        let recent = locked(&self.recent);
        let mut latest = recent.iter().rev();
        let (_, bytes) = latest.find(|(known, _)| known == file.as_os_str())?;
        Some(Arc::clone(bytes))
    }

    fn keep_recent(&self, file: PathBuf, bytes: &[u8]) {
        if bytes.len() > LARGEST_RECENT {
            return;
        }
        let mut recent = locked(&self.recent);
        if recent.len() >= MOST_RECENT {
            recent.pop_front();
        }
        recent.push_back((file.into(), bytes.into()));
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
        if let Some(bytes) = self.read_recently(&place) {
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
        self.keep_recent(place, &bytes);
        Some(bytes)
    }

    fn head(&self, file: &Path) -> Option<Vec<u8>> {
        let (file, _) = self.open(file)?;
        first(file, HEAD_SIZE as u64)
    }

    fn is_present(&self, path: &Path) -> bool {
        let directory = self.inside(path.parent().unwrap_or(Path::new("")));
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
mod tests {
    use super::*;

    const PLAIN: EntryKind = EntryKind::File { executable: false };

    fn kinds(files: &DiskFiles, dir: &Path) -> Vec<(String, EntryKind)> {
        let entries = files.entries(dir).unwrap();
        entries.iter().map(|e| (e.name.clone(), e.kind)).collect()
    }

    #[test]
    fn reads_only_below_its_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repository");
        fs::create_dir_all(root.join("a/b")).unwrap();
        fs::write(root.join("a/main.go"), "package main").unwrap();
        fs::write(dir.path().join("secret"), "secret").unwrap();
        let files = DiskFiles::new(&root).unwrap();
        let read = files.read(&root.join("a/b/../main.go")).unwrap();
        assert_eq!(read, b"package main");
        assert_eq!(files.read(&root.join("../secret")), None);
        assert_eq!(files.read(&root.join("a")), None);
        assert_eq!(files.entries(&root.join("..")), None);
        assert_eq!(files.entries(&root.join("a/main.go")), None);
        assert_eq!(files.entries(&root.join("absent")), None);
        let expected = [
            ("b".to_owned(), EntryKind::Directory),
            ("main.go".to_owned(), PLAIN),
        ];
        assert_eq!(kinds(&files, &root.join("a")), expected);
    }

    #[test]
    #[cfg(unix)]
    fn sees_names_that_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repository");
        fs::create_dir_all(root.join("a")).unwrap();
        fs::write(dir.path().join("outside"), "").unwrap();
        for (link, target) in [("nowhere", "absent"), ("out", "../outside")] {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
        let files = DiskFiles::new(&root).unwrap();
        for (name, expected) in [
            ("a", true),
            ("nowhere", true),
            ("out", true),
            ("absent", false),
            ("../outside", false),
            ("a/../nowhere", true),
        ] {
            assert_eq!(files.is_present(&root.join(name)), expected, "{name}");
        }
    }

    #[test]
    fn bounds_the_size_but_not_for_heads() {
        let dir = tempfile::tempdir().unwrap();
        for (name, size) in [("fits", 1 << 20), ("large", (1 << 20) + 1)] {
            fs::write(dir.path().join(name), vec![b'x'; size]).unwrap();
        }
        let files = DiskFiles::new(dir.path()).unwrap();
        let fits = files.read(&dir.path().join("fits"));
        assert_eq!(fits.map(|bytes| bytes.len()), Some(1 << 20));
        assert_eq!(files.read(&dir.path().join("large")), None);
        let head = files.head(&dir.path().join("large"));
        assert_eq!(head.map(|bytes| bytes.len()), Some(HEAD_SIZE));
    }

    /// To make one path canonical costs the square of its depth: more than that, once for each question, and
    /// a deep tree takes minutes.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_deep_directory_is_resolved_part_by_part_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        let deep = root.join(["d"; 1900].join("/"));
        fs::create_dir_all(&deep).unwrap();
        let files = DiskFiles::new(&root).unwrap();
        assert!(files.is_directory(&deep));
        assert!(!files.is_directory(&deep.join("absent/below/../x")));
        let known = locked(&files.ways);
        let parts = deep.ancestors().filter(|it| it.starts_with(&root));
        assert_eq!(
            parts
                .filter(|it| known.contains_key(it.as_os_str()))
                .count(),
            1901
        );
        let absent = known.get(deep.join("absent").as_os_str());
        assert_eq!(absent, Some(&Leads::Nowhere));
        assert!(!known.contains_key(deep.join("absent/below").as_os_str()));
    }

    #[cfg(unix)]
    #[test]
    fn spells_each_place_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(root.join("real/sub")).unwrap();
        std::os::unix::fs::symlink("real/sub", root.join("link")).unwrap();
        let files = DiskFiles::new(&root).unwrap();
        for (given, expected) in [
            ("real/./sub/", "real/sub"),
            ("link", "real/sub"),
            ("link/absent/x", "real/sub/absent/x"),
            ("link/../sub", "real/sub"),
            ("absent/../link/y", "real/sub/y"),
            ("absent/../../x/..", ""),
            ("absent", "absent"),
        ] {
            let expected = match given.starts_with("absent/../..") {
                true => root.parent().unwrap().to_path_buf(),
                false => root.join(expected),
            };
            assert_eq!(files.canonical(&root.join(given)), expected, "{given}");
        }
        let here = fs::canonicalize(".").unwrap();
        for (given, expected) in [("", here.clone()), ("no/../z", here.join("z"))] {
            assert_eq!(files.canonical(Path::new(given)), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn follows_links_only_inside() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repository");
        fs::create_dir_all(root.join("real")).unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/main.go"), "package main").unwrap();
        fs::write(root.join("real/tool"), "x").unwrap();
        fs::set_permissions(root.join("real/tool"), PermissionsExt::from_mode(0o755)).unwrap();
        symlink("real/tool", root.join("inside")).unwrap();
        symlink("real", root.join("linked")).unwrap();
        symlink("../outside", root.join("escape")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let files = DiskFiles::new(&root).unwrap();
        let expected = [
            ("dangling", EntryKind::Other),
            ("escape", EntryKind::Other),
            ("inside", EntryKind::File { executable: true }),
            ("linked", EntryKind::Directory),
            ("loop", EntryKind::Other),
            ("real", EntryKind::Directory),
        ]
        .map(|(name, kind)| (name.to_owned(), kind));
        assert_eq!(kinds(&files, &root), expected);
        assert_eq!(files.entries(&root.join("escape")), None);
        assert_eq!(files.read(&root.join("escape/main.go")), None);
        assert_eq!(files.read(&root.join("linked/tool")).unwrap(), b"x");
    }

    #[cfg(unix)]
    #[test]
    fn never_opens_a_fifo_or_an_unreadable_directory() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status();
        let files = DiskFiles::new(dir.path()).unwrap();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(files.read(&fifo), None);
            assert_eq!(files.head(&fifo), None);
            let found = kinds(&files, dir.path());
            assert_eq!(found, [("fifo".to_owned(), EntryKind::Other)]);
        }
        let closed = dir.path().join("closed");
        fs::create_dir(&closed).unwrap();
        fs::set_permissions(&closed, PermissionsExt::from_mode(0o000)).unwrap();
        // What was made after its directory was listed is not there.
        let files = DiskFiles::new(dir.path()).unwrap();
        // The superuser may read it all the same: then there is nothing to see.
        let expected = fs::read_dir(&closed).is_ok().then(Arc::default);
        assert_eq!(files.entries(&closed), expected);
        fs::set_permissions(&closed, PermissionsExt::from_mode(0o755)).unwrap();
    }
}
