//! The ignore files that the walk opens on entering a directory, looked at before it does.
//!
//! The `ignore` crate opens whatever has the right name, waits for the writer of a FIFO, and turns each
//! byte into many times its size. A directory whose ignore file cannot be used is not entered: without it
//! the run would touch files that it must not.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::DiscoveryError;
use super::paths;

/// Those of the `ignore` crate's standard filters; `.git` itself is a file in a worktree.
const NAMES: [&str; 4] = [".gitignore", ".ignore", ".git", ".git/info/exclude"];

/// The largest one in bytes: as large as any other file beside a template may be.
const MAX_SIZE: u64 = 1 << 20;

/// The first ignore file in `directory` that must not be opened.
pub(super) fn unusable_in(directory: &Path) -> Option<DiscoveryError> {
    NAMES.iter().find_map(|name| unusable(directory.join(name)))
}

/// The same for the directories above a root: their ignore files count below it.
pub(super) fn unusable_above(root: &Path) -> Option<DiscoveryError> {
    let root = fs::canonicalize(root).ok()?;
    root.ancestors().skip(1).find_map(unusable_in)
}

fn unusable(path: PathBuf) -> Option<DiscoveryError> {
    // What is not there, or cannot be looked at, is not opened either.
    let metadata = fs::metadata(&path).ok()?;
    // A directory cannot be read as a file, which harms nothing, and git says nothing about it either.
    let usable = metadata.is_dir() || metadata.is_file() && metadata.len() <= MAX_SIZE;
    let path = paths::clean(&path);
    (!usable).then_some(DiscoveryError::IgnoreFile { path })
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
