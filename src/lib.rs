//! lambdalift moves AWS Lambda functions in CloudFormation and SAM templates off the retired
//! runtimes `go1.x`, `provided` and `provided.al2`, to `provided.al2023`.
//!
//! This is the library behind the `lambdalift` command: [`migrate`] for one template, [`Project`] for
//! several and the files beside them. It prints nothing and writes nothing; without default features it
//! depends on nothing that only a command line needs. What follows is for whoever works on it.
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
//! * `syntax` keeps exact byte ranges and is the only place that builds an [`Edit`].
//! * `template` is the typed model; its heart, the effective view of a function, knows for each
//!   property its value, every place that supplies it, and who else reads that place.
//! * `program` looks at the files beside a template, through one narrow view that can be faked.
//! * `rules` are static data and a plain function each; `migrate` runs them and plans the edits
//!   of a whole template, so that a function moves whole or not at all.
//! * `companion` plans the edits of build files that belong to a function; a function and its build
//!   files are a unit, which moves whole or not at all.
//! * `verify` reads every new text again: the whole with an independent parser, what changes with ours.
//! * `guard` lets the user's CloudFormation Guard rules object to what a migration would leave.
//! * `config` is what a repository wants, file by file; `discover`, `write` and `cli` are the only parts
//!   that touch the world. All of them, with `report` and `diff`, are left out without the feature `cli`.
//! * `project` is the library's front door. Everything public but hidden is for the tests and benches alone.

#![deny(missing_docs)]

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod bench;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod companion;
#[cfg(feature = "cli")]
mod config;
#[doc(hidden)]
pub mod data;
#[cfg(feature = "cli")]
mod diff;
#[cfg(feature = "cli")]
mod discover;
#[doc(hidden)]
pub mod edit;
#[doc(hidden)]
pub mod finding;
#[cfg(feature = "guard")]
mod guard;
#[doc(hidden)]
pub mod migrate;
mod parallel;
mod program;
mod project;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod rules;
#[doc(hidden)]
pub mod session;
#[doc(hidden)]
pub mod source;
#[doc(hidden)]
pub mod syntax;
mod template;
#[doc(hidden)]
pub mod verify;
#[cfg(feature = "cli")]
mod write;

pub use companion::BuildFileChange;
pub use data::RetiredRuntime;
pub use edit::{Applicability, Edit, Fix};
pub use finding::{Effect, Finding, Related, Severity};
pub use migrate::{
    ArchitectureChoice, FunctionReport, Options, ProgramFacts, RuleSelection, Status, Verdict,
};
pub use project::{Migration, Migrations, Project, migrate};
pub use rules::{Example, RULES, Rule, find as find_rule};
pub use source::LineColumn;
pub use syntax::Limits;
