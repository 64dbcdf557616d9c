//! One template: what is found, what is edited, and the proof that nothing else changed.
//!
//! ```text
//! Template ─▶ per function: Track ─▶ Placement ─▶ Architecture ─▶ rules ─▶ Drafts with Wishes
//!          ─▶ Suppressions ─▶ Planner (a fixpoint over all functions) ─▶ Edits ─▶ verify
//! ```

mod architecture;
mod build_command;
mod caution;
mod ci;
mod code_key;
mod context;
mod decision;
mod failures;
mod findings;
mod image;
mod job;
mod known;
mod layers;
mod left;
mod outcome;
mod parameters;
mod permission;
mod placement;
mod plan;
mod registry;
mod remains;
mod run;
mod silence;
mod subject;
mod suppress;
mod track;
mod unit;
mod users;

pub(crate) use architecture::{Architecture, build_directories, prebuilt_directories};
pub(crate) use build_command::BuildCommand;
pub use code_key::Packages;
pub(crate) use context::Context;
pub use context::{ArchitectureChoice, Options, RuleSelection};
pub(crate) use outcome::BuildFileEdit;
pub use outcome::{FunctionReport, Outcome, ProgramFacts, Status, Verdict};
pub(crate) use placement::{Build, Placement, Prebuilt};
pub(crate) use registry::Course;
pub use remains::{AddedIgnores, Reason, UnfitReason};
pub(crate) use run::{migrate, register};
pub(crate) use subject::{LayerSubject, Notes, Subject, Wish};
pub(crate) use track::Track;
pub(crate) use unit::Grant;
pub(crate) use users::{Users, handlers, label_of};
