//! What the code of a function is called, so that it can be told who shares it.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::program::Survey;
use crate::template::{Code, EffectiveFunction, Template};

/// Names one directory or artefact; equal keys mean equal code.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum CodeKey {
    /// A place on disk, in its one canonical spelling: it is compared as bytes.
    Path(OsString),
    /// An object or an expression, and the template it is limited to.
    Artefact(String, Option<PathBuf>),
}

impl CodeKey {
    /// Every key of a function's code: one, or one more for each place that an expression can mean.
    pub(crate) fn all(
        survey: &Survey,
        template: &Template<'_>,
        function: &EffectiveFunction,
    ) -> Vec<Self> {
        let source = template.document.source().path();
        let home = template.home();
        let place = |text: &str| {
            if text.contains("://") {
                Self::Artefact(text.to_owned(), None)
            } else {
                Self::Path(survey.canonical(&home.join(text)).into())
            }
        };
        let mut keys = match &function.code {
            Code::Artefact { name, global, .. } => {
                let limit = (!global).then(|| source.to_owned());
                vec![Self::Artefact(name.clone(), limit)]
            }
            _ => Vec::new(),
        };
        let places = function.code.places(template, &function.loops);
        keys.extend(places.iter().map(|text| place(text)));
        keys
    }
}

/// The code that functions of a run name, for a first look at who else may run it.
#[derive(Debug, Default)]
pub struct Packages {
    directories: HashSet<PathBuf>,
    has_objects: bool,
}

impl Packages {
    /// Those that some keys name.
    pub(super) fn of<'k>(keys: impl Iterator<Item = &'k CodeKey>) -> Self {
        let mut packages = Self::default();
        for key in keys {
            match key {
                CodeKey::Path(path) => {
                    packages.directories.insert(path.into());
                }
                CodeKey::Artefact(_, limit) => packages.has_objects |= limit.is_none(),
            }
        }
        packages
    }

    /// Whether one of them is this directory, given in its canonical spelling.
    #[must_use]
    pub fn has(&self, directory: &Path) -> bool {
        self.directories.contains(directory)
    }

    /// Whether there are objects among them, as in S3, that any template can name.
    #[must_use]
    pub fn has_objects(&self) -> bool {
        self.has_objects
    }
}
