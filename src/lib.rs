//! lambdalift moves AWS Lambda functions in CloudFormation and SAM templates off the retired
//! runtimes `go1.x`, `provided` and `provided.al2`, to `provided.al2023`.
//!
//! # The way through
//!
//! ```text
//!   paths ──discover──▶ bytes ──session──▶ SourceFile ──syntax──▶ Document
//!                                                                   │ template
//!                                                                   ▼
//!            files beside it ──program──▶ facts ─┐      EffectiveFunction
//!                                                ▼              │
//!                                   track ▶ placement ▶ architecture     (migrate)
//!                                                │
//!                                             rules ──▶ findings with wishes
//!                                                │
//!                                              plan ──▶ Fix { Edit { bytes, meaning } }
//!                                                │
//!                                             verify ──▶ Outcome ──▶ guard ──▶ report | diff | write
//! ```
//!
//! * [`syntax`] keeps exact byte ranges and is the only place that builds an [`edit::Edit`].
//! * `template` is the typed model; its heart, the effective view of a function, knows for each
//!   property its value, every place that supplies it, and who else reads that place.
//! * `program` looks at the files beside a template, through one narrow view that can be faked.
//! * [`rules`] are static data and a plain function each; [`migrate`] runs them and plans the edits
//!   of a whole template, so that a function moves whole or not at all.
//! * `companion` plans the edits of build files that belong to a function; a function and its build
//!   files are a unit, which moves whole or not at all.
//! * [`verify`] reads every new text again, with our parser and with an independent one.
//! * `guard` lets the user's CloudFormation Guard rules object to what a migration would leave.
//! * `discover`, `write` and [`cli`] are the only parts that touch the world.

pub mod cli;
mod companion;
mod config;
pub mod data;
mod diff;
mod discover;
pub mod edit;
pub mod finding;
#[cfg(feature = "guard")]
mod guard;
pub mod migrate;
mod parallel;
mod program;
pub mod report;
pub mod rules;
pub mod session;
pub mod source;
pub mod syntax;
mod template;
pub mod verify;
mod write;
