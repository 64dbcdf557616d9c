//! Dockerfiles of functions with `PackageType: Image`.
//!
//! The base images `lambda/go` and `lambda/provided` of Amazon Linux 1 and 2 are replaced by
//! `lambda/provided:al2023`. The Go base starts the file that `CMD` names; its successor does not,
//! so `CMD` becomes `ENTRYPOINT` in the same plan. A plan is made for one image: the stage that is
//! built for the function, and the stages that this one begins from. Every plan is read again and
//! must start the same program as before; otherwise it is refused.

mod base;
mod entry;
mod go_build;
mod image;
mod origin;
mod outline;
mod packages;
mod plan;
mod proof;
mod read;
mod scene;
mod shell;
#[cfg(test)]
mod tests;
mod variables;

use super::{Refused, TextEdit};
use crate::program::Goarch;

/// What the template says of the function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'r> {
    /// The stage that is built, by name or number; the last one if there is none.
    pub(crate) target_stage: Option<&'r str>,
    /// The architecture of the function, which it keeps.
    pub(crate) architecture: Option<Goarch>,
    /// Whether `ImageConfig` sets `Command`, `EntryPoint` or `WorkingDirectory`.
    pub(crate) command_in_template: bool,
}

/// Something that a person has to do or to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Byte offset of what it is about.
    pub(crate) at: usize,
    /// One clause without a final stop.
    pub(crate) message: String,
    /// The next step; may be empty.
    pub(crate) help: String,
}

/// What becomes of a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Invariant: sorted and disjoint. Empty if the image is not built from a retired one.
    pub(crate) edits: Vec<TextEdit>,
    /// In the order of the text.
    pub(crate) notes: Vec<Note>,
    /// Whether the text alone shows that the new image starts the same program, and nothing is
    /// left to do.
    pub(crate) certain: bool,
}

/// Plans the move of one image off its retired base.
///
/// # Errors
/// [`Refused`] when the Dockerfile cannot be read for certain, or when the program that the new
/// image starts would not be the same for certain.
pub(crate) fn plan(text: &str, request: &Request<'_>) -> Result<Plan, Refused> {
    plan::plan(text, request)
}
