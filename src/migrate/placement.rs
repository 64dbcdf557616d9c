//! Does the function still get its own program? Decided from the files that lie there.
//!
//! On `go1.x` the Handler named the binary. On `provided.*` the binary is `bootstrap`, and
//! `sam build` no longer tells functions of one directory apart: with two programs below one
//! `CodeUri` it reports success and gives both functions the first program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::users::{CodeKey, handlers};
use crate::data::TARGET;
use crate::finding::Related;
use crate::program::{Directory, Program, RootPackage, Survey, Target, tidy};
use crate::rules::{self, Rule};
use crate::template::{Code, EffectiveFunction, Template};

/// Where the program of a function that leaves `go1.x` comes from.
#[derive(Debug)]
pub(crate) struct Placement {
    /// Who makes the artefact.
    pub(crate) build: Build,
    /// What the Go source says; empty where there is none at hand.
    pub(crate) program: Arc<Program>,
    /// The directory that `CodeUri` or `Code` names, if it names one.
    pub(crate) directory: Option<PathBuf>,
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
    /// Looks at the directory or artefact of a function that leaves `go1.x`.
    pub(crate) fn decide(
        context: &Context<'_>,
        template: &Template<'_>,
        function: &EffectiveFunction,
    ) -> Result<Self, Refusal> {
        let path = template.document.source().path();
        let home = path.parent().unwrap_or(Path::new(""));
        let named = match &function.code {
            Code::Directory { path, .. } => Some(tidy(&home.join(path))),
            _ => None,
        };
        let at = named.clone().unwrap_or_else(|| tidy(home));
        let decision = Decision {
            context,
            function,
            survey: context.survey,
            key: CodeKey::of(path, &function.code),
        };
        if function.build_method(template) == Some("makefile") {
            let target = context.survey.make_target(&at, &function.logical_id);
            return Ok(Self {
                build: Build::Makefile(target),
                program: context.survey.program(&at),
                directory: named,
            });
        }
        let skip_build = function.metadata.as_ref().is_some_and(|it| it.skip_build);
        let (build, program_directory) = decision.build(named.as_deref(), skip_build)?;
        let program = context
            .survey
            .program(program_directory.as_ref().unwrap_or(&at));
        if matches!(build, Build::Source) {
            decision.refuse_if_handler_matters(&program)?;
        }
        let build = match build {
            Build::Narrowed { to, .. } => Build::Narrowed {
                to,
                module_above: module_outside(&program, program_directory.as_deref()),
            },
            other => other,
        };
        Ok(Self {
            build,
            program,
            directory: program_directory.or(named),
        })
    }

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
            Build::Makefile(_) => false,
        }
    }
}

/// The `go.mod`, if it lies outside `directory`.
fn module_outside(program: &Program, directory: Option<&Path>) -> Option<PathBuf> {
    let go_mod = &program.module.as_ref()?.go_mod;
    (go_mod.parent() != directory).then(|| go_mod.clone())
}

struct Decision<'a> {
    context: &'a Context<'a>,
    function: &'a EffectiveFunction,
    survey: &'a Survey,
    key: Option<CodeKey>,
}

impl Decision<'_> {
    /// Who builds, and the directory of the program if it is known.
    fn build(
        &self,
        named: Option<&Path>,
        skip_build: bool,
    ) -> Result<(Build, Option<PathBuf>), Refusal> {
        let Some(path) = named else {
            let prebuilt = match &self.function.code {
                Code::Artefact { name, .. } => Prebuilt::Artefact(name.clone()),
                _ => Prebuilt::Undeclared,
            };
            return self.prebuilt(prebuilt);
        };
        let found = self.survey.directory(path);
        let Some(found) = &*found else {
            return self.prebuilt(Prebuilt::Missing(path.to_owned()));
        };
        if skip_build {
            return self.prebuilt(Prebuilt::Skipped(path.to_owned()));
        }
        if !found.holds_go {
            return self.prebuilt(Prebuilt::Directory(path.to_owned()));
        }
        if found.root == RootPackage::Main {
            return Ok((Build::Source, Some(path.to_owned())));
        }
        self.narrow(path, found)
    }

    /// The program that `go1.x` took from a directory below: `sam build` tried `<CodeUri>` and then
    /// `<CodeUri>/<Handler>`.
    fn narrow(&self, path: &Path, found: &Directory) -> Result<(Build, Option<PathBuf>), Refusal> {
        let handler = self
            .function
            .handler
            .as_ref()
            .and_then(|handler| handler.text());
        let below = handler.and_then(|handler| {
            let handler = handler
                .strip_prefix("./")
                .unwrap_or(handler)
                .trim_end_matches('/');
            let plain = !handler.is_empty() && !handler.starts_with('/');
            let candidates = [handler.to_owned(), format!("cmd/{handler}")];
            candidates.into_iter().find(|below| {
                plain
                    && !below.split('/').any(|part| part == "..")
                    && self.survey.is_program(&path.join(below))
            })
        });
        match (below, &self.function.code) {
            (Some(below), Code::Directory { path: written, .. }) => {
                let build = Build::Narrowed {
                    to: join_written(written, &below),
                    module_above: None,
                };
                Ok((build, Some(tidy(&path.join(&below)))))
            }
            _ => Err(self.no_program(path, found)),
        }
    }

    fn no_program(&self, path: &Path, found: &Directory) -> Refusal {
        let handler = handlers(self.function);
        let wanted: Vec<&str> = handler.iter().map(String::as_str).collect();
        let help = if found.programs.is_empty() {
            format!(
                "put the program's package main into {}, or let CodeUri name the directory that holds it",
                path.display()
            )
        } else {
            let programs: Vec<String> = found
                .programs
                .iter()
                .map(|it| it.display().to_string())
                .collect();
            format!(
                "let CodeUri name the directory of the program: below {} there are {}",
                path.display(),
                programs.join(", ")
            )
        };
        Refusal {
            rule: &rules::missing_program::RULE,
            message: format!(
                "{} holds Go source, but no program at its root and none that the Handler {} names",
                display_directory(path),
                wanted.join(" or ")
            ),
            help,
            related: Vec::new(),
        }
    }

    fn prebuilt(&self, prebuilt: Prebuilt) -> Result<(Build, Option<PathBuf>), Refusal> {
        self.refuse_if_shared(&prebuilt)?;
        Ok((Build::Prebuilt(prebuilt), None))
    }

    /// Nobody may share one `bootstrap` who had a program of their own.
    fn refuse_if_shared(&self, prebuilt: &Prebuilt) -> Result<(), Refusal> {
        let Some(key) = &self.key else { return Ok(()) };
        let names = self.context.users.handlers(key);
        let mut own = handlers(self.function);
        let what = prebuilt.to_string();
        if names.len() > 1 || own.len() > 1 {
            let names: Vec<&str> = names.into_iter().collect();
            let users: Vec<&str> = self.context.users.leaving_go(key).collect();
            return Err(Refusal {
                rule: &rules::shared_bootstrap::RULE,
                message: format!(
                    "the Handlers {} choose programs of {what}, but on {TARGET} all functions of one package run its bootstrap",
                    names.join(", ")
                ),
                help: format!(
                    "give each function a package of its own, with its program built as bootstrap: {}",
                    some_of(&users)
                ),
                related: Vec::new(),
            });
        }
        own.remove("bootstrap");
        if let (Some(handler), Some(user)) =
            (own.first(), self.context.users.on_provided(key).next())
        {
            return Err(Refusal {
                rule: &rules::shared_bootstrap::RULE,
                message: format!(
                    "{user} runs the bootstrap of {what} already; this function runs {handler} from there"
                ),
                help:
                    "give this function a package of its own, with its program built as bootstrap"
                        .to_owned(),
                related: Vec::new(),
            });
        }
        Ok(())
    }

    /// One program that chooses what to do by the name it was started under.
    fn refuse_if_handler_matters(&self, program: &Program) -> Result<(), Refusal> {
        let shared = self
            .key
            .as_ref()
            .is_some_and(|key| self.context.users.handlers(key).len() > 1);
        let several = shared || handlers(self.function).len() > 1;
        let Some(hit) = program.reads_handler.as_ref().filter(|_| several) else {
            return Ok(());
        };
        Err(Refusal {
            rule: &rules::handler_read::RULE,
            message: format!(
                "several Handlers run the same program, and it reads {} to tell them apart",
                hit.what
            ),
            help: "tell the functions apart by an environment variable, then migrate them"
                .to_owned(),
            related: vec![Related::Elsewhere {
                message: format!("{} is read here", hit.what),
                path: hit.file.clone(),
                line: hit.line,
                column: hit.column,
            }],
        })
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
    if path.as_os_str().is_empty() || path == Path::new(".") {
        "the directory .".to_owned()
    } else {
        format!("the directory {}", path.display())
    }
}

/// `.` and `alpha` make `./alpha`; `src/` and `alpha` make `src/alpha/`.
fn join_written(written: &str, below: &str) -> String {
    match written.strip_suffix('/') {
        Some(bare) => format!("{bare}/{below}/"),
        None => format!("{written}/{below}"),
    }
}

/// The first few of a list of users; a monorepo can have hundreds.
fn some_of(users: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = users.iter().copied().take(SHOWN).collect();
    match users.len().checked_sub(SHOWN) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}
