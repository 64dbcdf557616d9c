//! What the files beside a template say about the program of a Lambda function.
//!
//! Rules decide with facts from here: is there a Go program where `CodeUri` points, does it look
//! at its own name, does it need C, which release of `aws-lambda-go` does it require, and what
//! does the build file write. Nothing here runs a program or decides anything; all that is known
//! of the world comes through [`files::Files`], so every question can be asked of a fake. Each
//! search is bounded, and each answer depends on nothing but the files.

mod build_files;
mod directory;
mod files;
mod golang;
mod hit;
mod kept;
mod makefile;
mod module;
mod reach;
mod sources;
mod survey;
mod trace;
mod unfold;

pub(crate) use build_files::BuildFile;
pub(crate) use directory::{Directory, RootPackage};
pub(crate) use files::{
    DiskFiles, Entry, EntryKind, Files, MemoryFiles, NoFiles, Repositories, collapse, directory_of,
    tidy,
};
pub(crate) use hit::Hit;
pub(crate) use makefile::{Goarch, Instance, Parsed, Target};
pub(crate) use reach::Program;
pub(crate) use sources::{listed_by, matching};
pub(crate) use survey::Survey;
pub(crate) use trace::Traced;
