//! Which configuration file holds for a directory: the closest one, upwards to the repository's root.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::NAMES;
use super::error::ConfigError;
use super::file::ConfigFile;
use super::read::read;
use crate::program::Repositories;

/// Where configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the files that are found.
    Discovered,
    /// From this file, for everything (`--config`).
    Given(PathBuf),
    /// From nowhere (`--isolated`).
    Nowhere,
}

/// Finds files, and reads each once.
#[derive(Debug)]
pub(crate) struct Finder {
    source: Source,
    /// The working directory, canonical.
    here: PathBuf,
    /// The file that was named.
    given: Option<Arc<ConfigFile>>,
    /// The files of directories, by their canonical paths.
    of_directory: HashMap<PathBuf, Option<Arc<ConfigFile>>>,
    /// What holds, by the root and the directory that were asked for, as they were spelled.
    answers: HashMap<PathBuf, HashMap<PathBuf, Option<Arc<ConfigFile>>>>,
    repositories: Arc<Repositories>,
}

impl Finder {
    /// Reads the file that the user named, if any.
    pub(crate) fn new(source: Source) -> Result<Self, ConfigError> {
        let here = fs::canonicalize(".").unwrap_or_default();
        let given = match &source {
            Source::Given(path) => Some(Arc::new(given(path, &here)?)),
            Source::Discovered | Source::Nowhere => None,
        };
        Ok(Self {
            source,
            here,
            given,
            of_directory: HashMap::new(),
            answers: HashMap::new(),
            repositories: Arc::default(),
        })
    }

    /// What is known of the repositories that files lie in.
    pub(crate) fn repositories(&self) -> &Arc<Repositories> {
        &self.repositories
    }

    /// The file that holds for the working directory.
    pub(crate) fn of_run(&mut self) -> Result<Option<Arc<ConfigFile>>, ConfigError> {
        self.of(Path::new(""), Path::new("."))
    }

    /// The file that holds for the templates in `directory`, found below `root`, or for those further below
    /// that have nothing closer.
    pub(crate) fn of(
        &mut self,
        directory: &Path,
        root: &Path,
    ) -> Result<Option<Arc<ConfigFile>>, ConfigError> {
        if self.source != Source::Discovered {
            return Ok(self.given.clone());
        }
        let known = self.answers.get(root);
        if let Some(known) = known.and_then(|known| known.get(directory)) {
            return Ok(known.clone());
        }
        let found = self.search(directory, root)?;
        let known = self.answers.entry(root.to_owned()).or_default();
        known.insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    fn search(
        &mut self,
        directory: &Path,
        root: &Path,
    ) -> Result<Option<Arc<ConfigFile>>, ConfigError> {
        // A directory that does not exist has no files: standard input under a made-up name.
        let Some(directory) = self.repositories.real_directory(directory) else {
            return Ok(None);
        };
        let repository = self.boundary(&directory, root);
        for above in directory.ancestors() {
            if let Some(found) = self.file_in(above, &repository)? {
                return Ok(Some(found));
            }
            if above == repository {
                break;
            }
        }
        Ok(None)
    }

    /// The repository's root; without one, the working directory or what the user named. Whatever lies
    /// above these may be anybody's.
    fn boundary(&self, directory: &Path, root: &Path) -> PathBuf {
        let canonical = |path: &Path| {
            let path = if path.as_os_str().is_empty() {
                Path::new(".")
            } else {
                path
            };
            fs::canonicalize(path).ok()
        };
        let named = || {
            let root = canonical(root).filter(|root| directory.starts_with(root));
            root.unwrap_or_else(|| directory.to_owned())
        };
        match self.repositories.root_of_directory(directory) {
            Some(repository) => repository.to_path_buf(),
            None if directory.starts_with(&self.here) => self.here.clone(),
            None => named(),
        }
    }

    fn file_in(
        &mut self,
        directory: &Path,
        repository: &Path,
    ) -> Result<Option<Arc<ConfigFile>>, ConfigError> {
        if let Some(known) = self.of_directory.get(directory) {
            return Ok(known.clone());
        }
        let places = NAMES.map(|name| directory.join(name));
        let mut present = places
            .iter()
            .filter(|place| fs::symlink_metadata(place).is_ok());
        let found = match (present.next(), present.next()) {
            (None, _) => None,
            (Some(place), None) => Some(Arc::new(self.load(place, directory, repository)?)),
            (Some(place), Some(_)) => {
                let [name, hidden] = NAMES;
                let message = format!("{hidden} lies beside it; keep one of {name} and {hidden}");
                return Err(ConfigError::file(&self.shown(place), message));
            }
        };
        self.of_directory
            .insert(directory.to_owned(), found.clone());
        Ok(found)
    }

    fn load(
        &self,
        place: &Path,
        directory: &Path,
        repository: &Path,
    ) -> Result<ConfigFile, ConfigError> {
        let shown = self.shown(place);
        // The files of a repository are not followed out of it.
        if fs::canonicalize(place).is_ok_and(|real| !real.starts_with(repository)) {
            let message = "leads out of the repository; name the file with --config";
            return Err(ConfigError::file(&shown, message));
        }
        let (source, config) = read(place, &shown)?;
        let repository = Some(repository);
        ConfigFile::new(source, config, directory, directory, repository)
    }

    /// A path as it is shown: from here, if it lies here.
    fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.here).unwrap_or(path).to_owned()
    }
}

/// A file that the user named is taken wherever it lies, and so are the files that it names. Its globs
/// count from the working directory: one file may serve many repositories.
fn given(path: &Path, here: &Path) -> Result<ConfigFile, ConfigError> {
    if !path.exists() {
        let message = "no such file; check the spelling";
        return Err(ConfigError::file(path, message));
    }
    let (source, config) = read(path, path)?;
    let directory = here.join(path);
    let directory = directory.parent().unwrap_or(here);
    ConfigFile::new(source, config, directory, here, None)
}
