//! Globs of a configuration file, in .gitignore syntax, that count from a directory.

use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;
use serde::{Deserialize, Deserializer, Serialize};

use super::value::parsed;
use crate::discover::{check_glob, compile_globs};

/// One glob, known to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub(crate) struct Glob(String);

impl Glob {
    fn parse(text: &str) -> Result<Self, String> {
        let problem = |cause: &str| format!("invalid glob {text:?}: {cause}");
        if text.trim().is_empty() || text.starts_with('#') {
            return Err(problem("it matches nothing"));
        }
        if Path::new(text)
            .components()
            .any(|part| part.as_os_str() == "..")
        {
            return Err(problem(
                "it would lead out of the directory from which it counts",
            ));
        }
        check_glob(text)
            .map_err(|cause| problem(&format!("{cause}; see gitignore(5) for the syntax")))?;
        Ok(Self(match text.strip_prefix("./") {
            Some(rest) => format!("/{rest}"),
            None => text.to_owned(),
        }))
    }
}

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, "a glob", Self::parse)
    }
}

/// Some globs and the directory from which they count.
#[derive(Debug)]
pub(crate) struct GlobSet {
    /// Canonical.
    directory: PathBuf,
    globs: Gitignore,
}

impl GlobSet {
    /// Fails with a message for globs that are too large together.
    pub(super) fn new(directory: &Path, globs: &[Glob]) -> Result<Self, String> {
        let texts: Vec<String> = globs.iter().map(|glob| glob.0.clone()).collect();
        let globs = compile_globs(&texts).map_err(|invalid| {
            let causes = invalid.into_iter().map(|(_, cause)| cause);
            format!("invalid globs: {}", causes.collect::<Vec<_>>().join(", "))
        })?;
        Ok(Self {
            directory: directory.to_owned(),
            globs,
        })
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Whether a canonical path lies where the globs count.
    pub(super) fn is_below(&self, path: &Path) -> bool {
        path.starts_with(&self.directory)
    }

    /// Whether a file at the canonical `path`, or a directory above it, matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        path.strip_prefix(&self.directory).is_ok_and(|path| {
            let verdict = self.globs.matched_path_or_any_parents(path, false);
            verdict.is_ignore()
        })
    }
}
