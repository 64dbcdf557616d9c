//! The build files that belong to a function, moved in the same unit as the template.
//!
//! Each part is pure: the text of a file and what is wanted of it go in, byte edits or a refusal
//! come out. Whatever an edit has made is read again and must be exactly what was wanted.

pub(crate) mod build;
pub(crate) mod dockerfile;
mod join;
pub(crate) mod parameters;
pub(crate) mod registry;
#[cfg(feature = "cli")]
mod unit;

pub use join::BuildFileChange;
pub(crate) use join::{Joined, join};
#[cfg(feature = "cli")]
pub(crate) use unit::{Changed, Unit};

use crate::source::Range;

/// A replacement of one byte range of a build file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextEdit {
    /// Byte offsets into the file.
    pub(crate) range: Range,
    /// What stands there instead.
    pub(crate) content: String,
}

/// Why a build file is left to a person: one clause without a final stop, and the place (byte
/// offset) it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) why: String,
    pub(crate) at: usize,
}
