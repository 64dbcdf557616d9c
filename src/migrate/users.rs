//! Who runs from which directory or artefact, over all templates of a run.
//!
//! On `go1.x` the Handler chose the program; on `provided.*` every function of a directory runs
//! its one `bootstrap`. So before a function moves, everybody who shares its code is looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use super::track::Track;
use crate::data::TARGET;
use crate::template::{Code, EffectiveFunction, NoText, Template};

/// Names one directory or artefact; equal keys mean equal code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum CodeKey {
    /// A path on disk: a directory or an archive.
    Path(PathBuf),
    /// An object or an expression, and the template it is limited to.
    Artefact(String, Option<PathBuf>),
    /// No code is named: SAM takes the template's directory.
    Absent(PathBuf),
}

impl CodeKey {
    /// The key of a function's code; `None` for inline code and images.
    pub(crate) fn of(template: &Path, code: &Code) -> Option<Self> {
        let beside = |path: &str| {
            let directory = template.parent().unwrap_or(Path::new(""));
            collapse(&directory.join(path))
        };
        match code {
            Code::Absent => Some(Self::Absent(template.to_owned())),
            Code::Inline | Code::Image => None,
            Code::Directory { path, .. } => Some(Self::Path(beside(path))),
            Code::Artefact {
                name, global: true, ..
            } => Some(Self::Artefact(name.clone(), None)),
            Code::Artefact { name, property, .. } if property.text() == Some(name) => {
                Some(Self::Path(beside(name)))
            }
            Code::Artefact { name, .. } => {
                Some(Self::Artefact(name.clone(), Some(template.to_owned())))
            }
        }
    }
}

/// The same path without `.` and `..`, by spelling alone: two templates name one directory.
fn collapse(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some() => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The functions of a run by the code they name.
#[derive(Debug, Default)]
pub(crate) struct Users {
    leaving_go: HashMap<CodeKey, BTreeMap<String, BTreeSet<String>>>,
    on_provided: HashMap<CodeKey, BTreeSet<String>>,
    /// Also set for functions whose code is nobody else's, such as those with a make target.
    leaves_go: bool,
}

impl Users {
    /// Adds the functions of a template.
    pub(crate) fn register(&mut self, path: &Path, template: &Template<'_>) {
        for function in &template.functions {
            let leaving_go = Track::of(template, function).is_leaving_go();
            self.leaves_go |= leaving_go;
            if function.build_method(template) == Some("makefile") {
                continue;
            }
            let Some(key) = CodeKey::of(path, &function.code) else {
                continue;
            };
            let label = format!("{} in {}", function.logical_id, path.display());
            if leaving_go {
                let users = self.leaving_go.entry(key).or_default();
                users.insert(label, handlers(function));
            } else if runs_bootstrap(function) {
                self.on_provided.entry(key).or_default().insert(label);
            }
        }
    }

    /// Adds everything that another collection holds.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.leaves_go |= other.leaves_go;
        for (key, users) in other.leaving_go {
            self.leaving_go.entry(key).or_default().extend(users);
        }
        for (key, users) in other.on_provided {
            self.on_provided.entry(key).or_default().extend(users);
        }
    }

    /// Whether any function leaves `go1.x`.
    pub(crate) fn has_leaving_go(&self) -> bool {
        self.leaves_go
    }

    /// The Handlers of the functions that leave `go1.x` with this code.
    pub(crate) fn handlers(&self, key: &CodeKey) -> BTreeSet<&str> {
        let users = self.leaving_go.get(key).into_iter().flatten();
        users
            .flat_map(|(_, names)| names)
            .map(String::as_str)
            .collect()
    }

    /// The functions that leave `go1.x` with this code, as `Id in path`.
    pub(crate) fn leaving_go(&self, key: &CodeKey) -> impl Iterator<Item = &str> {
        let users = self.leaving_go.get(key).into_iter().flatten();
        users.map(|(label, _)| label.as_str())
    }

    /// The functions that run a `bootstrap` with this code already.
    pub(crate) fn on_provided(&self, key: &CodeKey) -> impl Iterator<Item = &str> {
        let users = self.on_provided.get(key).into_iter().flatten();
        users.map(String::as_str)
    }
}

/// Whether the function runs on a `provided.*` runtime, where Handler chooses nothing.
fn runs_bootstrap(function: &EffectiveFunction) -> bool {
    function.runtime.as_ref().is_some_and(|runtime| {
        let texts = runtime.texts();
        !texts.is_empty() && texts.iter().all(|text| is_provided(text))
    })
}

fn is_provided(runtime: &str) -> bool {
    matches!(runtime, "provided" | "provided.al2" | TARGET)
}

/// What stands for a Handler that is not known: equal to no other.
const UNKNOWN_HANDLER: &str = "(computed)";

/// The names of the programs that a function's Handler can choose.
pub(crate) fn handlers(function: &EffectiveFunction) -> BTreeSet<String> {
    let Some(handler) = &function.handler else {
        return BTreeSet::new();
    };
    let mut names: BTreeSet<String> = handler
        .texts()
        .into_iter()
        .map(|text| text.strip_prefix("./").unwrap_or(text).to_owned())
        .collect();
    let unknown = handler.resolution.unresolved.as_ref();
    if unknown.is_some_and(|unresolved| unresolved.kind != NoText::Varies) {
        names.insert(format!("{UNKNOWN_HANDLER} of {}", function.logical_id));
    }
    names
}
