//! The ignore files that the walk opens on entering a directory, looked at before it does.
//!
//! The `ignore` crate opens whatever has the right name, waits for the writer of a FIFO, and turns each
//! byte into many times its size. A directory whose ignore file cannot be used is not entered: without it
//! the run would touch files that it must not.

use std::fs;
use std::path::Path;
#[cfg(not(target_os = "linux"))]
use std::path::PathBuf;

use super::error::DiscoveryError;
use super::paths;

/// Those of the `ignore` crate's standard filters; `.git` itself is a file in a worktree.
const NAMES: [&str; 2] = [".gitignore", ".ignore"];
const GIT: &str = ".git";
const EXCLUDE: &str = ".git/info/exclude";

/// The largest one in bytes: as large as any other file beside a template may be.
const MAX_SIZE: u64 = 1 << 20;

/// The first ignore file in `directory` that must not be opened.
pub(super) fn unusable_in(directory: &Path) -> Option<DiscoveryError> {
    let handle = Handle::open(directory)?;
    let unusable = |name: &str| is_unusable(handle.kind(name));
    let named = NAMES.into_iter().find(|name| unusable(name));
    let git = || match handle.kind(GIT) {
        Some(Kind::Directory) => unusable(EXCLUDE).then_some(EXCLUDE),
        other => is_unusable(other).then_some(GIT),
    };
    let unusable = named.or_else(git)?;
    let path = paths::clean(&directory.join(unusable));
    Some(DiscoveryError::IgnoreFile { path })
}

/// The same for the directories above a root: their ignore files count below it.
pub(super) fn unusable_above(root: &Path) -> Option<DiscoveryError> {
    let root = fs::canonicalize(root).ok()?;
    root.ancestors().skip(1).find_map(unusable_in)
}

/// What something is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It cannot be read as a file, which harms nothing, and git says nothing about it either.
    Directory,
    /// A regular file of this size in bytes.
    File(u64),
    Other,
}

// What is not there, or cannot be looked at, is not opened either.
fn is_unusable(kind: Option<Kind>) -> bool {
    match kind {
        None | Some(Kind::Directory) => false,
        Some(Kind::File(size)) => size > MAX_SIZE,
        Some(Kind::Other) => true,
    }
}

/// A directory whose names are looked up. A walk asks in each directory for names that are hardly ever there:
/// where the system can hold the directory, it does not go the whole way each time.
#[cfg(target_os = "linux")]
struct Handle(std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Handle {
    fn open(directory: &Path) -> Option<Self> {
        use rustix::fs::{CWD, Mode, OFlags, openat};
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, directory, flags, Mode::empty()).ok().map(Self)
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        use rustix::fs::{AtFlags, FileType, statat};
        let found = statat(&self.0, name, AtFlags::empty()).ok()?;
        Some(match FileType::from_raw_mode(found.st_mode) {
            FileType::Directory => Kind::Directory,
            FileType::RegularFile => Kind::File(u64::try_from(found.st_size).unwrap_or(u64::MAX)),
            _ => Kind::Other,
        })
    }
}

/// The same elsewhere.
#[cfg(not(target_os = "linux"))]
struct Handle(PathBuf);

#[cfg(not(target_os = "linux"))]
impl Handle {
    fn open(directory: &Path) -> Option<Self> {
        Some(Self(directory.to_path_buf()))
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        let found = fs::metadata(self.0.join(name)).ok()?;
        Some(match found.is_file() {
            true => Kind::File(found.len()),
            false if found.is_dir() => Kind::Directory,
            false => Kind::Other,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn large_ignore_files_are_unusable_and_directories_are_harmless() {
        for (name, size, expected) in [
            (".gitignore", Some(MAX_SIZE), true),
            (".gitignore", Some(MAX_SIZE + 1), false),
            (".ignore", Some(MAX_SIZE + 1), false),
            (".git", Some(MAX_SIZE + 1), false),
            (".git/info/exclude", Some(MAX_SIZE + 1), false),
            (".gitignore", None, true),
            ("other", Some(MAX_SIZE + 1), true),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match size {
                Some(size) => fs::File::create(&path).unwrap().set_len(size).unwrap(),
                None => fs::create_dir(&path).unwrap(),
            }
            assert_eq!(unusable_in(directory.path()).is_none(), expected, "{name}");
            let below = directory.path().join("below");
            fs::create_dir(&below).unwrap();
            assert_eq!(unusable_above(&below).is_none(), expected, "{name}");
        }
    }
}
