//! Which file a path or a handle means.

use std::fs::Metadata;

/// Equal for two looks at one file; different once another file has taken its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity(Parts);

#[cfg(unix)]
type Parts = (u64, u64);
#[cfg(not(unix))]
type Parts = (u64, Option<std::time::SystemTime>);

impl Identity {
    /// Device and inode number.
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self((metadata.dev(), metadata.ino()))
    }

    /// Size and time of creation: the standard library knows no file number here.
    #[cfg(not(unix))]
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self((metadata.len(), metadata.created().ok()))
    }
}
