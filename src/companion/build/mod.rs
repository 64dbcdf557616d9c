//! Build files that run `go build` and `zip`: makefiles, the makefiles they include, shell
//! scripts, and files that hand scripts to shells step by step.
//!
//! A build file is read into a [`model::Model`] of all that it runs, with every variable replaced
//! and every byte traced to where it stands. Requests become wishes for words of that model, and
//! wishes become edits. What the edits have done is read again: each command, each target and the
//! environment of each build must be what was wished for, and otherwise what it was.

mod archive;
mod artifacts;
mod edit;
mod find;
mod given;
mod go;
mod model;
mod moves;
mod names;
mod prove;
mod read;
mod shell;
mod steps;
#[cfg(test)]
mod tests;
mod uploads;
mod wish;
mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::registry::MAKEBUILD;
use super::{Refused, TextEdit};
use crate::program::{Files, Goarch};
use find::Finder;
pub(crate) use given::Given;
use read::Language;
pub(crate) use uploads::Key;
use wish::Wishes;

/// What a build file shall do. Paths are spelled as the build file's own path is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// The make target `build-<LogicalId>` writes `$(ARTIFACTS_DIR)/bootstrap`.
    Artifacts { logical_id: String, goarch: Goarch },
    /// The `go build` that writes `from` writes `to`.
    Binary {
        from: PathBuf,
        to: PathBuf,
        goarch: Goarch,
        /// The directory of the package that it has to be, where others build that, too.
        package: Option<PathBuf>,
    },
    /// The archive holds the program as `bootstrap`.
    Zip { archive: PathBuf, goarch: Goarch },
}

impl Request {
    /// Whether the program is wanted for this architecture.
    pub(crate) fn is_for(&self, wanted: Goarch) -> bool {
        let (Self::Artifacts { goarch, .. }
        | Self::Binary { goarch, .. }
        | Self::Zip { goarch, .. }) = self;
        *goarch == wanted
    }

    /// The name that Go has for the architecture; none when it is not known.
    fn goarch(&self) -> Option<&'static str> {
        let (Self::Artifacts { goarch, .. }
        | Self::Binary { goarch, .. }
        | Self::Zip { goarch, .. }) = self;
        match goarch {
            Goarch::Arm64 => Some("arm64"),
            Goarch::Amd64 => Some("amd64"),
            Goarch::Unknown => None,
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The file does it, once the edits are made.
    Done {
        /// The old binary, where a directory takes its place: as long as the file lies there, the
        /// build fails.
        replaces_file: Option<PathBuf>,
    },
    /// The file does not make it, but names it: by its new name, once the edits are made.
    Follows,
    /// A person has to do it.
    Refused {
        /// The file that the reason is about: the build file or one that it includes.
        file: PathBuf,
        refused: Refused,
    },
    /// This file does not make what the request is about, and if another does and moves it, stands
    /// against that.
    Hinders {
        /// The file that the reason is about.
        file: PathBuf,
        refused: Refused,
    },
    /// This file does not make what the request is about.
    NotHere,
}

impl Answer {
    /// The refusal of a file that does not make what is asked for.
    fn hinders(self) -> Self {
        match self {
            Self::Refused { file, refused } => Self::Hinders { file, refused },
            answer => answer,
        }
    }
}

/// The edits for some requests, and the answer to each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Edits by file, sorted and disjoint.
    pub(crate) edits: BTreeMap<PathBuf, Vec<TextEdit>>,
    /// One for each request.
    pub(crate) answers: Vec<Answer>,
    /// The directories of the packages that the edited commands build; `None` when that is not known
    /// of each.
    pub(crate) packages: Option<BTreeSet<PathBuf>>,
    /// The files that get other names: the old path and the new one.
    pub(crate) moved: BTreeSet<(PathBuf, PathBuf)>,
}

/// A build file.
pub(crate) struct BuildFile<'f> {
    /// The files beside it.
    pub(crate) files: &'f dyn Files,
    pub(crate) path: &'f Path,
    pub(crate) text: &'f str,
    /// The logical ids of functions that this file builds for, too, and that stay as they are.
    pub(crate) stays: &'f [String],
}

/// Whether a file hands scripts to shells step by step.
pub(crate) fn is_steps(path: &Path) -> bool {
    matches!(Language::of(path), Some(Language::Steps(_)))
}

/// Whether a file is read by a service, and run by nobody else.
pub(crate) fn is_of_service(path: &Path) -> bool {
    use steps::Language::{Buildspec, Gitlab, Workflow};
    matches!(
        Language::of(path),
        Some(Language::Steps(Buildspec | Gitlab | Workflow))
    )
}

impl BuildFile<'_> {
    /// What the file tells the builds that it starts.
    pub(crate) fn gives(&self) -> Vec<Given> {
        let Some(language) = Language::of(self.path) else {
            return Vec::new();
        };
        let read = read::read(self.files, self.path, self.text, language, &BTreeSet::new());
        given::given(&read.model)
    }

    /// Whether the file names a binary that is to lie elsewhere, or nobody knows.
    pub(crate) fn names(&self, from: &Path, to: &Path) -> bool {
        let Some(language) = Language::of(self.path) else {
            return false;
        };
        let read = read::read(self.files, self.path, self.text, language, &BTreeSet::new());
        let bases = language.bases_of(self.path, &read.model);
        bases
            .into_iter()
            .any(|base| Finder::within(self, base, &read.model).meets(from, to))
    }

    /// Plans the requests for one build file together. Those that cannot be fulfilled take
    /// nothing from the others, except where one command serves them all.
    pub(crate) fn plan(&self, requests: &[Request]) -> Plan {
        let Some(language) = Language::of(self.path) else {
            return Plan {
                answers: vec![Answer::NotHere; requests.len()],
                ..Plan::default()
            };
        };
        // What `cfn generate` writes has the new name, too, from some release on.
        let is_makebuild = self.path.file_name().is_some_and(|it| it == MAKEBUILD);
        let untouched = generated(self.text).filter(|_| !is_makebuild);
        let untouched = untouched.map(|at| (GENERATED, at));
        let carriage_return = || Some((CARRIAGE_RETURNS, self.text.find("\r\n")?));
        let untouched = untouched.or_else(|| match language {
            Language::Shell => carriage_return(),
            Language::Make | Language::Steps(_) => None,
        });
        if let Some((why, at)) = untouched {
            let why = why.to_owned();
            let answer = Answer::Refused {
                file: self.path.to_owned(),
                refused: Refused { why, at },
            };
            return Plan {
                answers: vec![answer; requests.len()],
                ..Plan::default()
            };
        }
        let mut open: BTreeSet<usize> = (0..requests.len()).collect();
        let mut answers = vec![Answer::NotHere; requests.len()];
        // Each round drops at least one request.
        loop {
            let attempt = Attempt::new(self, language, requests, &open);
            let mut dropped = Vec::new();
            for (index, found) in &attempt.found {
                match found {
                    Ok(Some(_)) => {}
                    Ok(None) => dropped.push((*index, Answer::NotHere)),
                    Err(refused) => {
                        let answer = attempt.refused(refused);
                        let hinders = attempt.hinders.contains(index);
                        dropped.push((*index, if hinders { answer.hinders() } else { answer }));
                    }
                }
            }
            if dropped.is_empty() {
                match attempt.prove() {
                    Ok(edits) => {
                        let (packages, moved) = (attempt.packages, attempt.moved);
                        for (index, found) in attempt.found {
                            let replaces_file = found.ok().flatten().unwrap_or_default();
                            if let Some(answer) = answers.get_mut(index) {
                                *answer = match attempt.follows.contains(&index) {
                                    true => Answer::Follows,
                                    false => Answer::Done { replaces_file },
                                };
                            }
                        }
                        return Plan {
                            edits,
                            answers,
                            packages,
                            moved,
                        };
                    }
                    Err(refused) => {
                        let answer = attempt.refused(&refused);
                        dropped = self.culprits(language, requests, &open, &answer);
                    }
                }
            }
            for (index, answer) in dropped {
                open.remove(&index);
                if let Some(place) = answers.get_mut(index) {
                    *place = answer;
                }
            }
            if open.is_empty() {
                return Plan {
                    answers,
                    ..Plan::default()
                };
            }
        }
    }

    /// The requests that fail by themselves; all when none does.
    fn culprits(
        &self,
        language: Language,
        requests: &[Request],
        open: &BTreeSet<usize>,
        joint: &Answer,
    ) -> Vec<(usize, Answer)> {
        let alone = open.iter().filter_map(|index| {
            let attempt = Attempt::new(self, language, requests, &BTreeSet::from([*index]));
            let refused = match attempt.found.get(index) {
                Some(Err(refused)) => Some(refused.clone()),
                _ => attempt.prove().err(),
            };
            Some((*index, attempt.refused(&refused?)))
        });
        let alone: Vec<_> = alone.collect();
        // Where one command serves them all, each alone would only be told of the others.
        match alone.is_empty() || alone.len() == open.len() && open.len() > 1 {
            true => open.iter().map(|index| (*index, joint.clone())).collect(),
            false => alone,
        }
    }
}

/// Whether a file's name says that it is a build file of a kind that is known here.
pub(crate) fn is_build_file(path: &Path) -> bool {
    Language::of(path).is_some()
}

const GENERATED: &str = "this file is generated; change what it is generated from";

/// A carriage return is a part of the last word for a POSIX shell.
const CARRIAGE_RETURNS: &str = "this script has line ends of Windows, which shells take for text";

/// Where a file says that a program has written it: <https://go.dev/s/generatedcode>.
fn generated(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n').take(20) {
        let start = at;
        at += line.len();
        let lower = line.to_ascii_lowercase();
        let says = lower.contains("generated by") || lower.contains("do not edit");
        if lower.starts_with('#') && says {
            return Some(start);
        }
    }
    None
}

/// Why a request is refused: the place is one of the model's.
pub(super) type Reason = Refused;

/// What was found for a request: the file that a directory takes the place of, if one does.
type Found = Result<Option<Option<PathBuf>>, Reason>;

/// The requests that are planned together.
struct Attempt<'a> {
    file: &'a BuildFile<'a>,
    language: Language,
    before: read::Read,
    names: prove::Names,
    wishes: Wishes,
    found: BTreeMap<usize, Found>,
    /// The requests for what is only named here.
    follows: BTreeSet<usize>,
    hinders: BTreeSet<usize>,
    artifacts: Vec<(String, Goarch)>,
    packages: Option<BTreeSet<PathBuf>>,
    moved: BTreeSet<(PathBuf, PathBuf)>,
}

impl<'a> Attempt<'a> {
    fn new(
        file: &'a BuildFile<'a>,
        language: Language,
        requests: &[Request],
        open: &BTreeSet<usize>,
    ) -> Self {
        let chosen: Vec<_> = open
            .iter()
            .filter_map(|index| Some((*index, requests.get(*index)?)))
            .collect();
        let names = prove::Names::new(file, &chosen);
        let before = read::read(file.files, file.path, file.text, language, &names.before);
        let mut finder = Finder::new(file, language, &before.model, &chosen);
        let found = finder.find(&chosen);
        let artifacts = chosen.iter().filter_map(|(_, request)| match request {
            Request::Artifacts { logical_id, goarch } => Some((logical_id.clone(), *goarch)),
            _ => None,
        });
        let packages = finder.packages();
        Self {
            packages,
            moved: finder.moved,
            wishes: finder.wishes,
            follows: finder.follows,
            hinders: finder.hinders,
            artifacts: artifacts.collect(),
            file,
            language,
            before,
            names,
            found,
        }
    }

    fn prove(&self) -> Result<BTreeMap<PathBuf, Vec<TextEdit>>, Reason> {
        prove::Proof {
            file: self.file,
            language: self.language,
            before: &self.before,
            names: &self.names,
            wishes: &self.wishes,
            artifacts: &self.artifacts,
        }
        .edits()
    }

    /// The reason, with its place in the file that it is about.
    fn refused(&self, reason: &Reason) -> Answer {
        let sources = self.before.sources.iter().rev();
        let mut sources = sources.filter(|(_, _, base)| *base <= reason.at);
        let (file, at) = match sources.next() {
            Some((file, _, base)) => (file.clone(), reason.at - base),
            None => (self.file.path.to_owned(), reason.at),
        };
        Answer::Refused {
            file,
            refused: Refused {
                why: reason.why.clone(),
                at,
            },
        }
    }
}
