//! Why a file was not replaced, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// A file that was left as it was. `path` is the path as the caller spelled it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum WriteError {
    /// The path leads to no file, or to one that cannot be read.
    #[error("cannot read {}: {cause}; nothing was written, check the path and run again", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A directory, pipe, socket or device.
    #[error("{} is not a regular file and was left alone; name the file itself", path.display())]
    NotRegular {
        /// The file.
        path: PathBuf,
    },
    /// The mode grants nobody permission to write.
    #[error("{} is read-only and was left alone; make it writable and run again", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The system refuses to open the file for writing.
    #[error("no permission to write {}: {cause}; run again as a user who has it", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Another process holds a lock on the file.
    #[error("{} is locked by another process and was left alone; run again when that is done", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The file is no longer the one that was read.
    #[error("{} changed while it was being migrated and was left alone; run again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The new file could not be given mode, owner and group of the old one.
    #[error("cannot keep owner and mode of {}: {cause}; it was left alone, run again as its owner", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// No temporary file could be made beside the file.
    #[error(
        "cannot create a temporary file in {} to replace {}: {cause}; \
         allow new files in that directory and run again",
        directory.display(), path.display()
    )]
    Directory {
        /// The file.
        path: PathBuf,
        /// Its directory.
        directory: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The disk or the quota is full.
    #[error("no space left to write {}; it was left as it was, free some space and run again", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Anything else that went wrong while writing, syncing or renaming.
    #[error("cannot replace {}: {cause}; it was left as it was, run again when that is mended", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl WriteError {
    /// The file that was not replaced, as the caller spelled it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. }
            | Self::NotRegular { path }
            | Self::ReadOnly { path }
            | Self::NotWritable { path, .. }
            | Self::Busy { path }
            | Self::Changed { path }
            | Self::Owner { path, .. }
            | Self::Directory { path, .. }
            | Self::NoSpace { path, .. }
            | Self::Failed { path, .. } => path,
        }
    }

    pub(super) fn unreadable(path: &Path, cause: io::Error) -> Self {
        let path = path.into();
        Self::Unreadable { path, cause }
    }

    pub(super) fn not_writable(path: &Path, cause: io::Error) -> Self {
        if cause.kind() != io::ErrorKind::PermissionDenied {
            // A file system that is mounted read-only, too many open files, and the like.
            return Self::failed(path, cause);
        }
        let path = path.into();
        Self::NotWritable { path, cause }
    }

    pub(super) fn owner(path: &Path, cause: io::Error) -> Self {
        let path = path.into();
        Self::Owner { path, cause }
    }

    pub(super) fn directory(path: &Path, directory: &Path, cause: io::Error) -> Self {
        if cause.kind() != io::ErrorKind::PermissionDenied {
            return Self::failed(path, cause);
        }
        Self::Directory {
            path: path.into(),
            directory: directory.into(),
            cause,
        }
    }

    pub(super) fn failed(path: &Path, cause: io::Error) -> Self {
        let path = path.into();
        if is_full(&cause) {
            Self::NoSpace { path, cause }
        } else {
            Self::Failed { path, cause }
        }
    }
}

fn is_full(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
