//! A configuration file as it is written. `schemas/config.schema.json` is generated from these types.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_spanned::Spanned;

use super::error::ConfigError;
use super::glob::{Glob, GlobSet};
use super::value::{AtLeastOne, Day, RuleName, Size};
use crate::data::RetiredRuntime;
use crate::migrate::ArchitectureChoice;
use crate::report::path_text;
use crate::source::SourceFile;

/// What a repository wants of lambdalift. The file closest to a template counts, and it alone;
/// arguments of the command line come before it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(title = "lambdalift.toml"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The retired runtimes to leave; all of them by default.
    pub(crate) from: Option<AtLeastOne<RetiredRuntime>>,
    /// The architecture that functions end on.
    pub(crate) architecture: Option<ArchitectureChoice>,
    /// Apply only fixes that are proved from the files at hand, and leave nothing to do.
    pub(crate) safe_only: Option<bool>,
    /// Edit templates only: what their build files need is a step left to do.
    pub(crate) templates_only: Option<bool>,
    /// Use only these rules; a function is edited only if all the rules it needs are on.
    pub(crate) select: Option<AtLeastOne<RuleName>>,
    /// Do not use these rules; --ignore adds to them.
    #[cfg_attr(test, schemars(with = "Option<Vec<RuleName>>"))]
    pub(crate) ignore: Option<Spanned<Vec<RuleName>>>,
    /// Look only at files that match one of these globs. They are in .gitignore syntax and count from
    /// the directory of this file (with --config, from the working directory).
    pub(crate) include: Option<Vec<Glob>>,
    /// Look at no file that matches one of these globs; --exclude adds to them.
    pub(crate) exclude: Option<Vec<Glob>>,
    /// Look at hidden files and directories, too. Counts for runs in this directory and below.
    pub(crate) hidden: Option<bool>,
    /// Honour .gitignore and .ignore; true by default. Counts for runs in this directory and below.
    pub(crate) respect_ignore: Option<bool>,
    /// Parse every file that names a Lambda resource, whatever runtimes it names. Counts for runs in
    /// this directory and below.
    pub(crate) thorough: Option<bool>,
    /// Refuse files larger than this; 8M by default. Counts for runs in this directory and below.
    pub(crate) max_file_size: Option<Size>,
    /// A template that cannot be read makes the run fail with status 2. Counts for runs in this
    /// directory and below.
    pub(crate) strict: Option<bool>,
    /// AWS CloudFormation Guard rules that a migration must not break: files, directories, or
    /// `builtin`. Paths count from the directory of this file and stay inside the repository;
    /// --guard-rules adds to them. Counts for runs in this directory and below.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(crate) guard_rules: Option<Vec<Spanned<PathBuf>>>,
    /// A table of runtime dates in place of the built-in one: a path like those of guard-rules.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) runtimes: Option<Spanned<PathBuf>>,
    /// A table of extension layers in place of the built-in one: a path like those of guard-rules.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(crate) extension_layers: Option<Spanned<PathBuf>>,
    /// Single dates in place of those of the table; they shape messages only. Counts for runs in this
    /// directory and below.
    pub(crate) lifecycle: Option<BTreeMap<RetiredRuntime, Dates>>,
    /// What is different for some paths; of several that match, the last one that says something
    /// counts.
    pub(crate) overrides: Option<Vec<Override>>,
}

/// Dates of a runtime's end.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Dates {
    /// The day from which AWS no longer patches it.
    pub(crate) deprecated: Option<Day>,
    /// The day from which no function can be created on it.
    pub(crate) create_blocked: Option<Day>,
    /// The day from which no function on it can be updated.
    pub(crate) update_blocked: Option<Day>,
}

/// What is different for some paths.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Override {
    /// Globs like those of `include`.
    pub(crate) paths: AtLeastOne<Glob>,
    /// The retired runtimes to leave there.
    pub(crate) from: Option<AtLeastOne<RetiredRuntime>>,
    /// The architecture that functions end on there.
    pub(crate) architecture: Option<ArchitectureChoice>,
    /// Rules that are not used there, besides those of the file.
    pub(crate) ignore: Option<Vec<RuleName>>,
}

impl Config {
    /// How many globs there are.
    pub(super) fn globs(&self) -> usize {
        let lists = [&self.include, &self.exclude].into_iter().flatten();
        let overrides = self.overrides.iter().flatten();
        let paths = overrides.map(|it| it.paths.0.len());
        lists.map(Vec::len).chain(paths).sum()
    }

    /// The keys that count for a run as a whole and are set here.
    pub(super) fn run_keys(&self) -> Vec<&'static str> {
        let keys = [
            ("hidden", self.hidden.is_some()),
            ("respect-ignore", self.respect_ignore.is_some()),
            ("thorough", self.thorough.is_some()),
            ("max-file-size", self.max_file_size.is_some()),
            ("strict", self.strict.is_some()),
            ("guard-rules", self.guard_rules.is_some()),
            ("runtimes", self.runtimes.is_some()),
            ("extension-layers", self.extension_layers.is_some()),
            ("lifecycle", self.lifecycle.is_some()),
        ];
        let set = keys.into_iter().filter(|(_, is_set)| *is_set);
        set.map(|(key, _)| key).collect()
    }
}

/// A configuration file that has been read.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) config: Config,
    pub(super) include: GlobSet,
    pub(super) exclude: GlobSet,
    /// The paths of each override.
    pub(super) overrides: Vec<GlobSet>,
    source: SourceFile,
    /// The directory of the file, canonical.
    directory: PathBuf,
    /// What its paths must not leave, unless the user named the file.
    repository: Option<PathBuf>,
}

impl ConfigFile {
    /// `globs_from` is the directory from which globs count.
    pub(super) fn new(
        source: SourceFile,
        config: Config,
        directory: &Path,
        globs_from: &Path,
        repository: Option<&Path>,
    ) -> Result<Self, ConfigError> {
        let set = |globs: &[Glob]| {
            let set = GlobSet::new(globs_from, globs);
            set.map_err(|message| ConfigError::file(source.path(), message))
        };
        let overrides = config.overrides.iter().flatten();
        Ok(Self {
            path: source.path().to_owned(),
            include: set(config.include.as_deref().unwrap_or_default())?,
            exclude: set(config.exclude.as_deref().unwrap_or_default())?,
            overrides: overrides
                .map(|it| set(&it.paths.0))
                .collect::<Result<_, _>>()?,
            config,
            source,
            directory: directory.to_owned(),
            repository: repository.map(Path::to_owned),
        })
    }

    /// Whether the file wants a template at the canonical `path` to be looked at; what the user named
    /// needs not be included. It says nothing about what lies elsewhere.
    pub(crate) fn wants(&self, path: &Path, named: bool) -> bool {
        if !self.include.is_below(path) {
            return true;
        }
        let included = named || self.include.is_empty() || self.include.matches(path);
        included && !self.exclude.matches(path)
    }

    /// What to say if the file holds for templates, but not for the run.
    pub(crate) fn note(&self) -> Option<String> {
        let keys = self.config.run_keys();
        (!keys.is_empty()).then(|| {
            format!(
                "{}: not used in this run, for which the configuration of the working directory decides: {}",
                path_text(&self.path),
                keys.join(", ")
            )
        })
    }

    /// A path that the file names, as it is opened: a file that was found does not lead out of its
    /// repository, for whoever wrote it is not whoever runs it.
    pub(super) fn path_of(
        &self,
        key: &str,
        written: &Spanned<PathBuf>,
    ) -> Result<PathBuf, ConfigError> {
        let path = self.directory.join(written.get_ref());
        let place = self.source.position(written.span().start);
        let shown = written.get_ref().display();
        let real = std::fs::canonicalize(&path).map_err(|cause| {
            let message = format!("{key}: cannot read {shown}: {cause}; correct the path");
            ConfigError::at(&self.path, place, message)
        })?;
        if let Some(repository) = &self.repository
            && !real.starts_with(repository)
        {
            let message = format!(
                "{key}: {shown} lies outside the repository; give it as an argument, --{key}"
            );
            return Err(ConfigError::at(&self.path, place, message));
        }
        Ok(path)
    }

    /// Whether a file that a directory of `guard-rules` led to may be read.
    #[cfg(feature = "guard")]
    pub(crate) fn may_read(&self, path: &Path) -> bool {
        self.repository.as_ref().is_none_or(|repository| {
            std::fs::canonicalize(path).is_ok_and(|path| path.starts_with(repository))
        })
    }
}
