//! Configuration: what a repository wants of lambdalift, in `lambdalift.toml` or `.lambdalift.toml`.
//!
//! The file closest to a template counts, and it alone: files are not merged. What it says about
//! templates (`architecture`, `ignore` and so on) counts for those below its directory. What it says
//! about a run as a whole (the search, policy, tables) counts if it holds for the working directory.

mod error;
mod file;
mod find;
mod glob;
mod nearest;
mod read;
mod resolve;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use error::ConfigError;
pub(crate) use file::ConfigFile;
pub(crate) use find::{Finder, Source};
pub(crate) use nearest::nearest;
pub(crate) use resolve::{Arguments, ResolvedSettings, RunSettings, TemplateSettings};
pub(crate) use value::{RuleName, parse_size};

/// The names that a configuration file can have.
pub(crate) const NAMES: [&str; 2] = ["lambdalift.toml", ".lambdalift.toml"];

/// What `lambdalift init` writes: every key with its default, commented out.
pub(crate) const COMMENTED: &str = include_str!("commented.toml");
