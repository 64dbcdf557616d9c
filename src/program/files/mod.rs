//! The one window on the files beside a template.

mod disk;
mod memory;
mod repository;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(crate) use disk::DiskFiles;
pub(crate) use memory::MemoryFiles;
pub(crate) use repository::Repositories;

/// What was found out, by path. Paths are hashed and compared as bytes: part by part, as paths are by
/// themselves, costs more than many an answer.
pub(super) type ByPath<V> = Mutex<HashMap<OsString, V, foldhash::fast::RandomState>>;

/// The largest file that is ever read, in bytes.
pub(crate) const MAX_FILE_SIZE: u64 = 1 << 20;

/// How many bytes [`Files::head`] returns at most.
pub(crate) const HEAD_SIZE: usize = 512;

/// The most directories that an upward search visits.
pub(super) const MAX_ANCESTORS: usize = 64;

/// One entry of a directory. Entries whose name is not UTF-8 do not appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name within its directory.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What a directory entry is. A symbolic link counts as what it resolves to, provided that this
/// lies inside the repository, and as [`EntryKind::Other`] if not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File {
        /// Whether anyone may execute it; always false where files have no such mode.
        executable: bool,
    },
    /// Anything else: a device, a FIFO, a link that leads out of the repository.
    Other,
}

/// A read-only view of the files of one repository.
///
/// Paths are taken as the caller spells them, relative to the process's working directory or
/// absolute; the empty path is the working directory. What lies outside the repository, however
/// it is reached, does not exist.
pub(crate) trait Files: Sync {
    /// The entries of a directory, sorted by name. `None` when it is no directory, cannot be
    /// read, or lies outside the repository.
    fn entries(&self, dir: &Path) -> Option<Arc<[Entry]>>;

    /// Whether a path leads to a directory inside the repository.
    fn is_directory(&self, dir: &Path) -> bool {
        self.entries(dir).is_some()
    }

    /// The bytes of a file. `None` when it is no regular file, cannot be read, lies outside the
    /// repository, or is larger than [`MAX_FILE_SIZE`].
    fn read(&self, file: &Path) -> Option<Vec<u8>>;

    /// The first [`HEAD_SIZE`] bytes of a file of any size: enough to tell what it is, which
    /// matters because nearly all binaries are too large for [`Files::read`].
    fn head(&self, file: &Path) -> Option<Vec<u8>> {
        let mut bytes = self.read(file)?;
        bytes.truncate(HEAD_SIZE);
        Some(bytes)
    }

    /// Whether a name stands in its directory, even if it cannot be read or leads nowhere.
    fn is_present(&self, path: &Path) -> bool {
        self.read(path).is_some() || self.is_directory(path)
    }

    /// The directory that bounds searches through parent directories: the repository root.
    fn boundary(&self) -> &Path;

    /// One spelling for each place, so that paths can be compared; by spelling alone unless the
    /// files know better. The place need neither exist nor lie in the repository.
    fn canonical(&self, path: &Path) -> PathBuf {
        collapse(path)
    }
}

/// The view for a template that has no place, such as standard input: nothing exists.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NoFiles;

impl Files for NoFiles {
    fn entries(&self, _dir: &Path) -> Option<Arc<[Entry]>> {
        None
    }

    fn read(&self, _file: &Path) -> Option<Vec<u8>> {
        None
    }

    fn boundary(&self) -> &Path {
        Path::new("")
    }
}

/// `dir` and the directories above it, nearest first, up to the repository root.
///
/// A relative path goes on beyond the working directory (`..`, `../..`): the repository may begin
/// above it. The search ends where the view ends, because the boundary may be spelled otherwise;
/// so the last directory may lie outside, where nothing can be read.
pub(super) fn ancestors<'a>(
    files: &'a dyn Files,
    dir: &Path,
) -> impl Iterator<Item = PathBuf> + use<'a> {
    let boundary = tidy(files.boundary());
    let goes_on = move |dir: &PathBuf| *dir != boundary && files.is_directory(dir);
    std::iter::successors(Some(tidy(dir)), move |dir| {
        goes_on(dir).then(|| parent(dir)).flatten()
    })
    .take(MAX_ANCESTORS)
}

/// The directory that a file lies in; the empty path is the working directory.
pub(crate) fn directory_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// The directory above, by spelling alone; `None` above the root of the file system.
fn parent(dir: &Path) -> Option<PathBuf> {
    match dir.components().next_back() {
        Some(Component::Normal(_)) => Some(directory_of(dir).to_path_buf()),
        Some(Component::RootDir | Component::Prefix(_)) => None,
        Some(Component::ParentDir | Component::CurDir) | None => Some(dir.join("..")),
    }
}

/// The same path without `.` components and trailing separators, so that it reads well.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    if is_plain(path) {
        return path.to_owned();
    }
    let mut tidy = PathBuf::with_capacity(path.as_os_str().len());
    tidy.extend(path.components().filter(|it| *it != Component::CurDir));
    tidy
}

/// The same path with `.` and `..` resolved by spelling alone; a `..` at the start stays.
pub(crate) fn collapse(path: &Path) -> PathBuf {
    if is_plain(path) {
        return path.to_owned();
    }
    let mut found = PathBuf::new();
    for component in path.components() {
        match (component, found.components().next_back()) {
            (Component::CurDir, _)
            | (Component::ParentDir, Some(Component::RootDir | Component::Prefix(_))) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                found.pop();
            }
            _ => found.push(component),
        }
    }
    found
}

/// Whether no part of a path begins with a dot or is empty, as in nearly all: then it is tidy already.
fn is_plain(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut separators = memchr::memchr_iter(b'/', bytes);
    cfg!(unix)
        && !bytes.starts_with(b".")
        && separators.all(|at| !matches!(bytes.get(at + 1), None | Some(b'.' | b'/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_files_is_empty() {
        assert_eq!(NoFiles.entries(Path::new("")), None);
        assert_eq!(NoFiles.read(Path::new("go.mod")), None);
        assert_eq!(NoFiles.head(Path::new("go.mod")), None);
    }

    #[test]
    fn tidies_spelling() {
        for (given, expected) in [
            ("./a/./b/", "a/b"),
            (".", ""),
            ("../a", "../a"),
            ("/a/.", "/a"),
        ] {
            assert_eq!(tidy(Path::new(given)).as_os_str(), expected, "{given}");
        }
    }

    #[test]
    fn collapses_by_spelling() {
        for (given, expected) in [
            ("a/../b", "b"),
            ("./a/./b/", "a/b"),
            ("a/..", ""),
            ("", ""),
            ("../a/../../b", "../../b"),
            ("/../a", "/a"),
        ] {
            let given = Path::new(given);
            assert_eq!(collapse(given).as_os_str(), expected, "{given:?}");
            assert_eq!(NoFiles.canonical(given), Path::new(expected), "{given:?}");
        }
    }

    #[test]
    fn goes_up_to_the_boundary() {
        let files = MemoryFiles::new().file("services/hello/main.go", "");
        let found: Vec<_> = ancestors(&files, Path::new("./services/hello")).collect();
        let expected = ["services/hello", "services", ""].map(PathBuf::from);
        assert_eq!(found, expected);
        let found: Vec<_> = ancestors(&files, Path::new("absent")).collect();
        assert_eq!(found, [PathBuf::from("absent")]);
    }

    #[test]
    fn goes_beyond_the_working_directory() {
        assert_eq!(parent(Path::new("")), Some(PathBuf::from("..")));
        assert_eq!(parent(Path::new("..")), Some(PathBuf::from("../..")));
        assert_eq!(parent(Path::new("/")), None);
    }
}
