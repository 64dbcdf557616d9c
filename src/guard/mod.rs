//! The policy gate: AWS CloudFormation Guard rules, on what a template means before and after.
//!
//! ```text
//!   rules files ──rules──▶ RuleSet ─┐
//!                                   ├──worker (a process of its own)──▶ Verdict per rules file
//!   Outcome ──effective──▶ JSON ────┘                                        │
//!                                             gate: passed before, fails after? ──▶ Finding
//! ```
//!
//! Guard sees nothing behind `Globals`, `Ref` or `Fn::If` and refuses YAML's aliases, so it is given
//! the effective template of every alternative. The library aborts the process on some rules (a
//! `let` that names itself) and panics on some input; therefore it runs in a child process of the
//! same executable, whose death is an ordinary error.
//!
//! <https://docs.aws.amazon.com/cfn-guard/latest/ug/what-is-guard.html>

mod child;
mod gate;
mod objection;
mod protocol;
mod rules;
mod worker;

pub(crate) use gate::{Gate, GuardError};
pub(crate) use rules::RuleSet;
pub(crate) use worker::work;
