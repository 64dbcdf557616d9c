//! `--include` and `--exclude`.
//!
//! Matched here rather than as overrides of the `ignore` crate: there a glob that includes also brings
//! back the files that .gitignore takes out.

use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::error::DiscoveryError;

/// Both sets of globs, compiled.
#[derive(Clone, Debug)]
pub(super) struct Globs {
    include: Gitignore,
    exclude: Gitignore,
    /// The working directory, if it is known.
    here: Option<PathBuf>,
}

impl Globs {
    /// Fails with one error for each glob that is no glob.
    pub(super) fn new(include: &[String], exclude: &[String]) -> Result<Self, Vec<DiscoveryError>> {
        let mut errors = Vec::new();
        let here = std::env::current_dir().ok();
        let include = compile(&relative(include, here.as_deref()), &mut errors);
        let exclude = compile(&relative(exclude, here.as_deref()), &mut errors);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            include,
            exclude,
            here,
        })
    }

    /// Whether a file at `path`, found below `root`, is one to look at.
    pub(super) fn include(&self, path: &Path, root: &Path) -> bool {
        self.include.is_empty() || self.matches(&self.include, path, root, false)
    }

    /// Whether `path`, given or found below `root`, or a directory on the way to it, is left out.
    pub(super) fn exclude(&self, path: &Path, root: &Path, is_directory: bool) -> bool {
        self.matches(&self.exclude, path, root, is_directory)
    }

    fn matches(&self, globs: &Gitignore, path: &Path, root: &Path, is_directory: bool) -> bool {
        if globs.is_empty() {
            return false;
        }
        let here = self.here.as_deref().unwrap_or(Path::new(""));
        let from_here = path.strip_prefix(here).unwrap_or(path);
        let from_root = path.strip_prefix(root).unwrap_or(path);
        [from_here, from_root]
            .into_iter()
            // The crate panics on a path with a root. Below some root every path has a way without one.
            .filter(|path| !path.has_root())
            .map(|path| globs.matched_path_or_any_parents(path, is_directory))
            .find(|verdict| !matches!(verdict, Match::None))
            .is_some_and(|verdict| verdict.is_ignore())
    }
}

/// Globs as people type them at a prompt, `./a` and `/home/me/here/a`, count from the working directory.
fn relative(globs: &[String], here: Option<&Path>) -> Vec<String> {
    let here = here.and_then(Path::to_str).map(|here| format!("{here}/"));
    let relative = |glob: &String| {
        let below = here.as_deref().and_then(|here| glob.strip_prefix(here));
        match below.or_else(|| glob.strip_prefix("./")) {
            Some(rest) if !rest.is_empty() => format!("/{rest}"),
            _ => glob.clone(),
        }
    };
    globs.iter().map(relative).collect()
}

fn compile(globs: &[String], errors: &mut Vec<DiscoveryError>) -> Gitignore {
    compile_globs(globs).unwrap_or_else(|invalid| {
        let invalid = invalid.into_iter();
        errors.extend(invalid.map(|(glob, cause)| DiscoveryError::Glob { glob, cause }));
        Gitignore::empty()
    })
}

/// Globs to be matched against relative paths, or those that are none, each with the cause.
pub(crate) fn compile_globs(globs: &[String]) -> Result<Gitignore, Vec<(String, String)>> {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    let mut invalid = Vec::new();
    for glob in globs {
        if let Err(cause) = builder.add_line(None, glob) {
            invalid.push((glob.clone(), cause_of(&cause)));
        }
    }
    if !invalid.is_empty() {
        return Err(invalid);
    }
    builder
        .build()
        .map_err(|cause| vec![(globs.join(" "), cause_of(&cause))])
}

/// What is wrong with the syntax of one glob, if anything; cheaper than to compile it.
pub(crate) fn check_glob(glob: &str) -> Result<(), String> {
    let mut builder = GitignoreBuilder::new("");
    builder.allow_unclosed_class(false);
    let checked = builder.add_line(None, glob);
    checked.map(drop).map_err(|cause| cause_of(&cause))
}

fn cause_of(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn globs(exclude: &[&str]) -> Globs {
        let exclude: Vec<_> = exclude.iter().map(ToString::to_string).collect();
        Globs::new(&[], &exclude).unwrap()
    }

    #[test]
    fn globs_match_as_in_gitignore() {
        let here = std::env::current_dir().unwrap();
        let below = here.join("svc/a.yaml");
        let below = below.to_str().unwrap();
        let cases: &[(&[&str], &str, &str, bool)] = &[
            (&[], "a.yaml", ".", false),
            (&["*.yaml"], "svc/a.yaml", ".", true),
            (&["svc"], "svc/x/a.yaml", ".", true),
            (&["svc/"], "svc/x/a.yaml", ".", true),
            (&["svc/"], "svc", ".", false),
            (&["/a.yaml"], "svc/a.yaml", ".", false),
            (&["/a.yaml"], "svc/a.yaml", "svc", true),
            (&["svc/**"], "svc/x/a.yaml", ".", true),
            (&["svc/a.yaml"], below, "/", true),
            (&["x/*.yaml"], "/top/x/a.yaml", "/top", true),
            (&["x/*.yaml"], "../x/a.yaml", "..", true),
            (&["*.yaml", "!a.yaml"], "svc/a.yaml", ".", false),
            (&["*.json"], "/", "/", false),
        ];
        for (exclude, path, root, expected) in cases {
            let verdict = globs(exclude).exclude(Path::new(path), Path::new(root), false);
            assert_eq!(verdict, *expected, "{exclude:?} {path} {root}");
        }
    }

    #[test]
    fn what_is_no_glob_is_an_error() {
        let errors = Globs::new(&["ok".into(), "[a".into()], &["{b".into()]).unwrap_err();
        let messages: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(
            messages[0].contains("\"[a\"") && messages[1].contains("\"{b\""),
            "{messages:?}"
        );
    }
}
