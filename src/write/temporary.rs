//! The temporary files of a run, and the removal of those that a killed run left behind.
//!
//! A temporary file is locked for as long as its process lives; the system drops the lock with the
//! process, however that ends, so a file whose lock can be taken belongs to nobody. Process ids would say
//! less: they are reused, and mean nothing across containers that share a directory. The id in the name is
//! for people.
//!
//! A file exists for a moment before it is locked, and a sweep may take the lock in that moment. Two rules
//! make this harmless. A sweep unlinks only while it holds the lock. A creator, once it holds the lock,
//! looks whether its file still has its name, and starts again with another if not: from then on no sweep
//! can get the lock that it would need.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::identity::Identity;

const PREFIX: &str = ".lambdalift-";
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 12;
/// A creator loses its file at most once to each sweep that runs at the same time.
const ATTEMPTS: usize = 64;

/// A new, empty, locked file in `directory` that only we can read. It is removed when dropped.
pub(super) fn create(directory: &Path) -> io::Result<NamedTempFile> {
    let prefix = format!("{PREFIX}{}-", std::process::id());
    for _ in 0..ATTEMPTS {
        let file = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .rand_bytes(RANDOM)
            .tempfile_in(directory)?;
        lock(file.as_file());
        if is_named(file.as_file(), file.path()) {
            return Ok(file);
        }
    }
    Err(io::Error::other("temporary files vanish as soon as made"))
}

/// Waits for the lock, which a sweep holds for an instant at most. Where the file system knows no locks
/// the file stays unlocked; there no sweep can take its lock either.
fn lock(file: &File) {
    while let Err(error) = file.lock() {
        if error.kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
}

/// Whether `path` is a name of `file`.
fn is_named(file: &File, path: &Path) -> bool {
    let named = fs::symlink_metadata(path).map(|metadata| Identity::of(&metadata));
    let opened = file.metadata().map(|metadata| Identity::of(&metadata));
    matches!((named, opened), (Ok(named), Ok(opened)) if named == opened)
}

/// Removes from `directory` (not from those below) the temporary files of runs that are dead, and returns
/// how many. Whatever cannot be opened, locked or removed stays and is no error.
///
/// # Errors
///
/// The system's, when the directory cannot be listed.
pub(super) fn sweep(directory: &Path) -> io::Result<usize> {
    let mut removed = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if is_temporary(&entry.file_name())
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && remove_if_dead(&entry.path())
        {
            removed += 1;
        }
    }
    Ok(removed)
}

fn remove_if_dead(path: &Path) -> bool {
    let Ok(file) = OpenOptions::new().read(true).write(true).open(path) else {
        return false;
    };
    // The name is looked at again under the lock: since it was listed the file may have been renamed into
    // place by a run that is now done.
    file.try_lock().is_ok() && is_named(&file, path) && fs::remove_file(path).is_ok()
}

/// Whether `name` is `.lambdalift-<pid>-<random>.tmp`.
fn is_temporary(name: &OsStr) -> bool {
    let parts = name
        .to_str()
        .and_then(|name| name.strip_prefix(PREFIX))
        .and_then(|name| name.strip_suffix(SUFFIX))
        .and_then(|name| name.split_once('-'));
    parts.is_some_and(|(pid, random)| {
        pid.parse::<u32>().is_ok()
            && random.len() == RANDOM
            && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_of_temporary_files_are_told_from_others() {
        let cases = [
            (".lambdalift-1-abcDEF012345.tmp", true),
            (".lambdalift-4294967295-000000000000.tmp", true),
            (".lambdalift-1-abc.tmp", false),
            (".lambdalift-x-abcDEF012345.tmp", false),
            (".lambdalift-1-abcDEF01234-.tmp", false),
            (".lambdalift-1-abcDEF012345.tmp.yaml", false),
            ("lambdalift-1-abcDEF012345.tmp", false),
            (".lambdalift.toml", false),
        ];
        for (name, expected) in cases {
            assert_eq!(is_temporary(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn a_sweep_removes_the_dead_and_keeps_the_living() {
        let directory = tempfile::tempdir().unwrap();
        let living = create(directory.path()).unwrap();
        assert!(is_temporary(living.path().file_name().unwrap()));
        let dead = directory.path().join(".lambdalift-1-abcDEF012345.tmp");
        let other = directory.path().join("notes.tmp");
        let folder = directory.path().join(".lambdalift-2-abcDEF012345.tmp");
        fs::write(&dead, "half").unwrap();
        fs::write(&other, "mine").unwrap();
        fs::create_dir(&folder).unwrap();
        assert_eq!(sweep(directory.path()).unwrap(), 1);
        assert!(!dead.exists());
        assert!(living.path().exists() && other.exists() && folder.exists());
        // What a killed run leaves: the file without the lock.
        let (file, path) = living.into_parts();
        drop(file);
        assert_eq!(sweep(directory.path()).unwrap(), 1);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_sweep_follows_no_symlink() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("template.yaml");
        fs::write(&file, "kept").unwrap();
        let link = directory.path().join(".lambdalift-1-abcDEF012345.tmp");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(sweep(directory.path()).unwrap(), 0);
        assert!(link.exists() && file.exists());
    }

    #[test]
    fn a_directory_that_is_missing_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        assert!(sweep(&directory.path().join("none")).is_err());
    }
}
