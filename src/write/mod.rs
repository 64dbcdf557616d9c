//! Files are replaced whole or not at all.
//!
//! The new text goes to a temporary file beside the old one, takes over mode and owner, reaches the disk
//! and is renamed onto it: whoever reads the path, and whatever a crash leaves behind, sees the old file
//! or the new one. A hard link becomes a file of its own by this. Other extended attributes than the access
//! control list of Linux, and the time of change, are those of a new file.

mod error;
mod identity;
mod owner;
mod temporary;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, PoisonError};

use tempfile::NamedTempFile;

pub(crate) use error::WriteError;

use identity::Identity;

use crate::parallel::{Threads, locked};

/// How many files are worth replacing at once: almost all the time goes by until the disk has confirmed
/// what it holds, and a disk confirms many together as fast as one.
pub(crate) const WRITERS: usize = 16;

/// Replaces the files of one run, from several threads.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// The directories, as [`fs::canonicalize`] spells them, in which no leftover remains.
    swept: Mutex<BTreeSet<PathBuf>>,
    /// Those in which a file was replaced.
    changed: Mutex<BTreeSet<PathBuf>>,
    /// The files in hand. Two paths can be hard links to one, and whoever is second waits.
    in_hand: Mutex<Vec<Identity>>,
    released: Condvar,
}

impl Writer {
    /// Removes what killed runs left beside the file that `path` leads to: once for each directory.
    pub(crate) fn sweep(&self, path: &Path) {
        // The temporary file of a link lay beside its target. What cannot be resolved or swept is no
        // error: a leftover does no harm.
        let directory = fs::canonicalize(path).ok().and_then(|target| {
            let directory = target.parent()?;
            Some(directory.to_path_buf())
        });
        if let Some(directory) = directory
            && locked(&self.swept).insert(directory.clone())
        {
            let _: io::Result<usize> = temporary::sweep(&directory);
        }
    }

    /// Replaces the file at `path`, which holds `old`, by one that holds `new`. A symbolic link stays and
    /// the file it leads to is replaced.
    ///
    /// # Errors
    ///
    /// Whatever the error, the file is as it was and no temporary file remains: it is no regular file, its
    /// mode gives nobody or us no permission to write, it no longer holds `old`, another program has it
    /// locked, its owner cannot be kept, or the disk refuses.
    pub(crate) fn replace(&self, path: &Path, old: &[u8], new: &[u8]) -> Result<(), WriteError> {
        let target = fs::canonicalize(path).map_err(|cause| WriteError::unreadable(path, cause))?;
        let _turn = self.turn(path, &target)?;
        let mut held = Held::open(path, &target)?;
        let directory = target.parent().unwrap_or(Path::new("."));
        // All that takes time comes before the last look at the old file: what another program writes
        // between that look and the rename is lost, so nothing else stands between them.
        let temporary = fill(path, directory, new, &held.file)?;
        held.check(path, &target, old)?;
        // Windows neither renames onto a locked file nor locks for advice only.
        #[cfg(windows)]
        drop(held);
        temporary
            .persist(&target)
            .map_err(|refused| WriteError::failed(path, refused.error))?;
        locked(&self.changed).insert(directory.to_path_buf());
        Ok(())
    }

    /// Waits until no other thread has the file in hand.
    fn turn(&self, path: &Path, target: &Path) -> Result<Turn<'_>, WriteError> {
        let metadata =
            fs::symlink_metadata(target).map_err(|cause| WriteError::unreadable(path, cause))?;
        let identity = Identity::of(&metadata);
        let in_hand = locked(&self.in_hand);
        let busy = |it: &mut Vec<Identity>| it.contains(&identity);
        let waited = self.released.wait_while(in_hand, busy);
        let mut in_hand = waited.unwrap_or_else(PoisonError::into_inner);
        in_hand.push(identity);
        Ok(Turn {
            writer: self,
            identity,
        })
    }

    /// Makes the renames last beyond a failure of power, as the data does already: without this a file
    /// may be the old one again, but whole. Once for each directory, which costs less than once for each
    /// file and says the same when the run reports its count.
    pub(crate) fn finish(self, threads: usize) {
        if cfg!(unix) {
            let changed = self.changed.into_inner();
            let changed = changed.unwrap_or_else(PoisonError::into_inner);
            // What is renamed is to last, whoever wants to stop now.
            let threads = Threads::to_the_end(threads);
            threads.share(changed.into_iter().collect(), |directory: PathBuf| {
                // Not every file system can.
                let _: io::Result<()> = File::open(directory).and_then(|open| open.sync_all());
            });
        }
    }
}

/// A file in hand.
struct Turn<'w> {
    writer: &'w Writer,
    identity: Identity,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.writer.in_hand).retain(|it| *it != self.identity);
        self.writer.released.notify_all();
    }
}

/// The file to be replaced: open, and locked where the file system has locks, so that of two runs only
/// one replaces it.
struct Held {
    file: File,
    identity: Identity,
}

impl Held {
    fn open(path: &Path, target: &Path) -> Result<Self, WriteError> {
        let metadata =
            fs::symlink_metadata(target).map_err(|cause| WriteError::unreadable(path, cause))?;
        if !metadata.is_file() {
            return Err(WriteError::NotRegular { path: path.into() });
        }
        // The mode is asked as well: to the superuser every file opens.
        if metadata.permissions().readonly() {
            return Err(WriteError::ReadOnly { path: path.into() });
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(target)
            .map_err(|cause| WriteError::not_writable(path, cause))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(WriteError::Busy { path: path.into() }),
            // A file system without locks: the comparison of the content has to do.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Self {
                file,
                identity: Identity::of(&metadata),
            }),
        }
    }

    /// Fails unless `path` still leads to this file and the file still holds `old`.
    fn check(&mut self, path: &Path, target: &Path, old: &[u8]) -> Result<(), WriteError> {
        let unreadable = |cause| WriteError::unreadable(path, cause);
        let changed = || WriteError::Changed { path: path.into() };
        let mut now = Vec::with_capacity(old.len());
        // One byte more than expected tells a longer file without reading all of it.
        (&mut self.file)
            .take(old.len() as u64 + 1)
            .read_to_end(&mut now)
            .map_err(unreadable)?;
        if now != old || !fs::canonicalize(path).is_ok_and(|leads_to| leads_to == target) {
            return Err(changed());
        }
        let opened = self.file.metadata().map_err(unreadable)?;
        let present = fs::symlink_metadata(target).map_err(unreadable)?;
        if Identity::of(&opened) != self.identity || Identity::of(&present) != self.identity {
            return Err(changed());
        }
        Ok(())
    }
}

/// A locked temporary file in `directory` that holds `new`, on the disk, with mode and owner of `model`.
fn fill(
    path: &Path,
    directory: &Path,
    new: &[u8],
    model: &File,
) -> Result<NamedTempFile, WriteError> {
    let failed = |cause| WriteError::failed(path, cause);
    let mut temporary = temporary::create(directory)
        .map_err(|cause| WriteError::directory(path, directory, cause))?;
    temporary.write_all(new).map_err(failed)?;
    owner::copy(model, temporary.as_file()).map_err(|cause| WriteError::owner(path, cause))?;
    temporary.as_file().sync_all().map_err(failed)?;
    Ok(temporary)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
