//! Does the function still get its own program? Decided from the files that lie there.
//!
//! On `go1.x` the Handler named the binary. On `provided.*` the binary is `bootstrap`, and
//! `sam build` no longer tells functions of one directory apart: with two programs below one
//! `CodeUri` it reports success and gives both functions the first program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::Related;
use crate::program::{Program, Target, collapse};
use crate::rules::Rule;

/// Where the program of a function that leaves `go1.x` comes from.
#[derive(Debug)]
pub(crate) struct Placement {
    /// Who makes the artefact.
    pub(crate) build: Build,
    /// What the Go source says; empty where there is none at hand.
    pub(crate) program: Arc<Program>,
    /// The directory of the code: what `CodeUri` or `Code` names, or is narrowed to.
    pub(crate) directory: Option<PathBuf>,
    /// The package of a prebuilt program, where its name tells it.
    pub(crate) source: Option<PathBuf>,
}

/// Who makes a function's artefact.
#[derive(Debug)]
pub(crate) enum Build {
    /// SAM, from the Go program at the root of the directory.
    Source,
    /// SAM, from a program further down: `CodeUri` has to name that directory.
    Narrowed {
        /// The new text of `CodeUri`.
        to: String,
        /// The `go.mod`, where it does not lie in the new directory.
        module_above: Option<PathBuf>,
    },
    /// The target `build-<LogicalId>` of a Makefile.
    Makefile(Option<Target>),
    /// Somebody, beforehand.
    Prebuilt(Prebuilt),
    /// Somebody, beforehand, into a directory that is the function's own from now on: the build
    /// file that makes it is edited, too.
    Split {
        /// The new text of `CodeUri`.
        to: String,
        /// Where it lay together with others.
        from: Prebuilt,
    },
}

/// What a function runs that SAM does not build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Prebuilt {
    /// A directory without Go source.
    Directory(PathBuf),
    /// A directory with Go source that `SkipBuild` keeps SAM from building.
    Skipped(PathBuf),
    /// A directory that is not there, or not to be seen from here.
    Missing(PathBuf),
    /// An archive, an S3 object or an expression.
    Artefact(String),
    /// Nothing is said.
    Undeclared,
}

/// Why a function cannot be given a program of its own.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) rule: &'static Rule,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) related: Vec<Related>,
}

impl Placement {
    /// Whether SAM builds the program, now that `BuildMethod` says how.
    pub(crate) fn is_built_by_sam(&self) -> bool {
        matches!(self.build, Build::Source | Build::Narrowed { .. })
    }

    /// Whether the resource needs `BuildMethod: go1.x`: its code is a local directory, and that
    /// directory is not known to hold no Go source.
    pub(crate) fn wants_build_method(&self) -> bool {
        match &self.build {
            Build::Source | Build::Narrowed { .. } => true,
            Build::Prebuilt(prebuilt) => {
                matches!(prebuilt, Prebuilt::Missing(_) | Prebuilt::Undeclared)
            }
            Build::Makefile(_) | Build::Split { .. } => false,
        }
    }
}

impl std::fmt::Display for Prebuilt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Directory(path) | Self::Skipped(path) => {
                formatter.write_str(&display_directory(path))
            }
            Self::Missing(path) => {
                write!(formatter, "{} (not found)", display_directory(path))
            }
            Self::Artefact(name) => write!(formatter, "the artefact {name}"),
            Self::Undeclared => {
                formatter.write_str("the template's directory (there is no CodeUri)")
            }
        }
    }
}

/// A path as people write it; the directory lambdalift runs in has a name, too.
pub(crate) fn display_directory(path: &Path) -> String {
    let path = collapse(path);
    if path.as_os_str().is_empty() || path == Path::new(".") {
        "the directory .".to_owned()
    } else {
        format!("the directory {}", path.display())
    }
}
