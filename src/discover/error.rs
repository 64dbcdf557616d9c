//! What could not be looked at.

use std::io;
use std::path::{Path, PathBuf};

/// A path or glob that the run could not use. Paths are shown as the user spelled their root.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DiscoveryError {
    /// A named path that leads nowhere.
    #[error("{}: no such file or directory; check the spelling", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// A file or directory that the system does not let us read.
    #[error("cannot read {}: {cause}; grant access to it, or leave it out with --exclude", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A named pipe, socket or device.
    #[error("{} is neither a file nor a directory; name a regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
    },
    /// A file that may be a template, too large to be parsed.
    #[error(
        "{} has {size} bytes, more than the limit of {limit}; \
         CloudFormation takes no such template: leave it out with --exclude, or raise the limit with \
         --max-file-size",
        path.display()
    )]
    TooLarge {
        /// The path.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// An ignore file that cannot be used. Nothing in its directory was looked at.
    #[error(
        "{} {cause}, so nothing in its directory was looked at; \
         mend it, leave the directory out with --exclude, or run with --no-ignore",
        path.display()
    )]
    IgnoreFile {
        /// The ignore file.
        path: PathBuf,
        /// What is wrong with it, as the rest of a sentence.
        cause: String,
    },
    /// A glob that cannot be understood. Nothing was looked at.
    #[error("invalid glob {glob:?}: {cause}; see gitignore(5) for the syntax")]
    Glob {
        /// The glob as given.
        glob: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl DiscoveryError {
    /// The path concerned; `None` when a glob is at fault.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::NotRegular { path }
            | Self::TooLarge { path, .. }
            | Self::IgnoreFile { path, .. } => Some(path),
            Self::Glob { .. } => None,
        }
    }

    pub(super) fn unreadable(path: PathBuf, cause: io::Error) -> Self {
        if cause.kind() == io::ErrorKind::NotFound {
            Self::Missing { path }
        } else {
            Self::Unreadable { path, cause }
        }
    }

    /// By path, then by message.
    pub(super) fn order(&self) -> (Option<&[u8]>, String) {
        let path = self.path().map(|path| path.as_os_str().as_encoded_bytes());
        (path, self.to_string())
    }
}
