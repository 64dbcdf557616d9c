//! The questions behind a [`Placement`], asked of the directory that `CodeUri` names and of everybody
//! who shares it.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::code_key::CodeKey;
use super::context::Context;
use super::left::is_left;
use super::placement::{Build, Placement, Prebuilt, Refusal, display_directory};
use super::track::Track;
use super::users::{handlers, label};
use crate::data::{BOOTSTRAP, TARGET};
use crate::finding::Related;
use crate::program::{Directory, Program, RootPackage, Survey, tidy};
use crate::rules;
use crate::rules::missing_build_method::BUILD_METHOD;
use crate::template::{Code, EffectiveFunction, Template, lookup};

/// Stands for a place that is only known when the stack is deployed; no file system has it.
const UNKNOWN_PLACE: &str = "(known at deployment)";

/// Decides where the program of one function comes from.
pub(super) struct Decision<'a> {
    context: &'a Context<'a>,
    template: &'a Template<'a>,
    function: &'a EffectiveFunction,
    track: &'a Track,
    survey: &'a Survey,
    /// The template's directory.
    home: PathBuf,
    /// The directory that `CodeUri` or `Code` names, if it names one.
    named: Option<PathBuf>,
    /// All directories that it can name: values of a loop variable, branches of a condition.
    places: Vec<PathBuf>,
    /// The directory that a build starts from.
    at: PathBuf,
    keys: Vec<CodeKey>,
}

impl<'a> Decision<'a> {
    /// Looks at the directory or artefact of a function that leaves `go1.x`.
    pub(super) fn decide(
        context: &'a Context<'a>,
        template: &'a Template<'a>,
        function: &'a EffectiveFunction,
        track: &'a Track,
    ) -> Result<Placement, Refusal> {
        let decision = Self::new(context, template, function, track);
        if function.build_method(template) == Some("makefile") {
            let placement = decision.makefile();
            decision.refuse_if_handler_matters(&decision.at, &placement.program)?;
            return Ok(placement);
        }
        decision.run()
    }

    /// Who makes the artefact of a function that leaves `provided` or `provided.al2`. Such a function
    /// keeps its artefact, so nothing is refused.
    pub(super) fn survey(
        context: &'a Context<'a>,
        template: &'a Template<'a>,
        function: &'a EffectiveFunction,
        track: &'a Track,
    ) -> Placement {
        let decision = Self::new(context, template, function, track);
        match (function.build_method(template), &decision.named) {
            (Some("makefile"), _) => decision.makefile(),
            (Some(BUILD_METHOD), Some(path)) if context.survey.is_program(path) => Placement {
                build: Build::Source,
                program: context.survey.program(path),
                directory: decision.named,
                source: None,
            },
            _ => decision.prebuilt(Prebuilt::Undeclared),
        }
    }

    /// One program of several that are made beforehand in one directory: how it would get a directory
    /// of its own, `<CodeUri>/<Handler>`, if whatever makes it is edited, too. `None` if that is not
    /// all that holds the function back.
    pub(super) fn split(
        context: &'a Context<'a>,
        template: &'a Template<'a>,
        function: &'a EffectiveFunction,
        track: &'a Track,
    ) -> Option<Placement> {
        let decision = Self::new(context, template, function, track);
        let (Some(path), Code::Directory { path: written, .. }) =
            (decision.named.clone(), &function.code)
        else {
            return None;
        };
        let handler = function.handler_text()?;
        let parts = Path::new(handler).components();
        let is_plain = handler != BOOTSTRAP
            && parts
                .clone()
                .all(|part| matches!(part, Component::Normal(_)));
        let found = decision.survey.directory(&path);
        let from = match &*found {
            None if !decision.survey.is_file(&path) => Prebuilt::Missing(path),
            Some(found) if !found.holds_go || decision.has_binaries_of_handlers(found) => {
                Prebuilt::Directory(path)
            }
            _ => return None,
        };
        let only_obstacle = decision.places.len() == 1
            && context.users.has_several_handlers(&decision.keys)
            && decision.staying().is_none();
        if !is_plain || !only_obstacle {
            return None;
        }
        let to = join_written(written, handler);
        let mut placement = decision.prebuilt(Prebuilt::Undeclared);
        placement.build = Build::Split { to, from };
        Some(placement)
    }

    /// Whether `sam build` would make the artefact from a Go program at the root of the directory.
    pub(super) fn is_source(
        context: &'a Context<'a>,
        template: &'a Template<'a>,
        function: &'a EffectiveFunction,
        track: &'a Track,
    ) -> bool {
        let skips_build = function.metadata.as_ref().is_some_and(|it| it.skip_build);
        let method = function.build_method(template);
        let decision = Self::new(context, template, function, track);
        let named = decision.named.as_ref();
        !skips_build
            && matches!(method, None | Some(BUILD_METHOD))
            && named.is_some_and(|path| context.survey.is_program(path))
    }

    fn new(
        context: &'a Context<'a>,
        template: &'a Template<'a>,
        function: &'a EffectiveFunction,
        track: &'a Track,
    ) -> Self {
        let home = tidy(template.home());
        let survey = context.survey;
        let places = function.code.places(template, &function.loops);
        let mut places: Vec<PathBuf> = places
            .iter()
            .map(|text| survey.shortest(&home.join(text)))
            .collect();
        let is_directory = matches!(function.code, Code::Directory { .. });
        // An expression, or nothing, names a directory only where there is something to build. All
        // alternatives stay in sight: an archive beside a directory would not be built anew.
        if !is_directory && !places.iter().any(|path| holds_go(survey, path)) {
            places.clear();
        } else if function.code.has_unknown_alternative() {
            places.push(home.join(UNKNOWN_PLACE));
        }
        let named = places.first().cloned();
        Self {
            context,
            template,
            function,
            track,
            survey,
            at: named.clone().unwrap_or_else(|| home.clone()),
            home,
            named,
            places,
            keys: CodeKey::all(survey, template, function),
        }
    }

    fn run(self) -> Result<Placement, Refusal> {
        if self.places.len() > 1 && self.places.iter().any(|path| holds_go(self.survey, path)) {
            return self.several();
        }
        let Some(path) = self.named.clone() else {
            let prebuilt = match &self.function.code {
                Code::Artefact { name, .. } => Prebuilt::Artefact(name.clone()),
                _ => Prebuilt::Undeclared,
            };
            return self.checked(prebuilt);
        };
        let found = self.survey.directory(&path);
        let Some(found) = &*found else {
            let prebuilt = if self.survey.is_file(&path) {
                Prebuilt::Artefact(path.display().to_string())
            } else {
                Prebuilt::Missing(path)
            };
            return self.checked(prebuilt);
        };
        let skips_build = self
            .function
            .metadata
            .as_ref()
            .is_some_and(|it| it.skip_build);
        if skips_build {
            return self.checked(Prebuilt::Skipped(path));
        }
        if !found.holds_go || self.has_binaries_of_handlers(found) {
            return self.checked(Prebuilt::Directory(path));
        }
        if found.root == RootPackage::Main {
            let program = self.survey.program(&path);
            self.refuse_if_handler_matters(&path, &program)?;
            return Ok(Placement {
                build: Build::Source,
                program,
                directory: Some(path),
                source: None,
            });
        }
        self.narrow(&path, found)
    }

    /// Several directories, at least one of them with Go source: each has to be a program, and what
    /// holds one of them back holds all of them back.
    fn several(self) -> Result<Placement, Refusal> {
        let programs: Vec<(&PathBuf, Arc<Program>)> = self
            .places
            .iter()
            .map(|path| (path, self.survey.program(path)))
            .collect();
        for (path, program) in &programs {
            if !self.survey.is_program(path) {
                return Err(Refusal {
                    rule: &rules::missing_program::RULE,
                    message: "CodeUri can name several places, and not each of them is a \
                              directory with a program at its root"
                        .to_owned(),
                    help:
                        "let CodeUri name one directory, or one for each condition that holds its \
                           program, then run lambdalift again"
                            .to_owned(),
                    related: Vec::new(),
                });
            }
            self.refuse_if_handler_matters(path, program)?;
        }
        let hinders = |program: &Program| {
            let module = program.module.as_ref();
            module.is_some_and(|module| module.outdated_lambda_go())
                || program.c_code.is_some()
                || program.amd64_only.is_some()
        };
        let hindered = programs.iter().find(|(_, program)| hinders(program));
        let chosen = hindered.or_else(|| programs.first());
        Ok(Placement {
            build: Build::Source,
            program: chosen.map_or_else(Arc::default, |(_, program)| Arc::clone(program)),
            directory: chosen.map(|(path, _)| (*path).clone()),
            source: None,
        })
    }

    /// With several Handlers, binaries of their names at the root are what is deployed: a program in
    /// the same place is only one of them.
    fn has_binaries_of_handlers(&self, found: &Directory) -> bool {
        let users = self.context.users;
        let binaries = found.executables.iter();
        let mut of_handlers = binaries.filter(|name| users.has_handler(&self.keys, name));
        let mut own = handlers(self.template, self.function).into_iter();
        users.has_several_handlers(&self.keys)
            && (of_handlers.nth(1).is_some()
                || own.any(|name| name.contains('/') && self.survey.is_file(&self.at.join(name))))
    }

    /// The program that `go1.x` took from a directory below: `sam build` tried `<CodeUri>` and then
    /// `<CodeUri>/<Handler>`.
    fn narrow(&self, path: &Path, found: &Directory) -> Result<Placement, Refusal> {
        let handler = self.function.handler_text();
        let below = handler.and_then(|handler| self.program_below(path, handler));
        let written = match &self.function.code {
            Code::Directory { path, .. } => Some(path.as_str()),
            Code::Absent => Some("."),
            _ => None,
        };
        let (Some(below), Some(written)) = (below, written) else {
            return Err(self.no_program(path, found));
        };
        let directory = tidy(&path.join(&below));
        let program = self.survey.program(&directory);
        self.refuse_if_handler_matters(&directory, &program)?;
        Ok(Placement {
            build: Build::Narrowed {
                to: join_written(written, &below),
                module_above: module_outside(&program, &directory),
            },
            program,
            directory: Some(directory),
            source: None,
        })
    }

    fn program_below(&self, path: &Path, handler: &str) -> Option<String> {
        let handler = handler
            .strip_prefix("./")
            .unwrap_or(handler)
            .trim_end_matches('/');
        let plain = !handler.is_empty()
            && !handler.starts_with('/')
            && !handler.split('/').any(|part| part == "..");
        // `bin/alpha` is where a Makefile puts what it builds from `cmd/alpha`.
        let last = handler.rsplit('/').next().unwrap_or(handler);
        let candidates = [
            handler.to_owned(),
            format!("cmd/{handler}"),
            format!("cmd/{last}"),
        ];
        candidates
            .into_iter()
            .find(|below| plain && self.survey.is_program(&path.join(below)))
    }

    fn no_program(&self, path: &Path, found: &Directory) -> Refusal {
        let handler = handlers(self.template, self.function);
        let wanted: Vec<&str> = handler.iter().map(String::as_str).collect();
        let help = if found.programs.is_empty() {
            format!(
                "put the program's package main into {}, or let CodeUri name the directory that holds it",
                display_directory(path)
            )
        } else {
            let programs: Vec<String> = found
                .programs
                .iter()
                .map(|it| it.display().to_string())
                .collect();
            format!(
                "let CodeUri name the directory of the program; {} holds {}",
                display_directory(path),
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

    /// `ContextPath` says where the Makefile lies, relative to the template.
    fn makefile(&self) -> Placement {
        let document = self.template.document;
        let metadata = self.function.metadata.as_ref();
        let context = metadata.and_then(|it| lookup(document, it.node, "ContextPath"));
        let directory = match &context {
            None => Some(self.at.clone()),
            Some(found) => document
                .string(found.value)
                .map(|path| self.survey.shortest(&self.home.join(path))),
        };
        let target = directory.and_then(|directory| {
            self.survey
                .make_target(&directory, &self.function.logical_id)
        });
        Placement {
            build: Build::Makefile(target),
            program: self.survey.program(&self.at),
            directory: self.named.clone(),
            source: self.source_of_binary(),
        }
    }

    fn checked(self, prebuilt: Prebuilt) -> Result<Placement, Refusal> {
        self.refuse_if_shared(&prebuilt)?;
        Ok(self.prebuilt(prebuilt))
    }

    /// What SAM does not build.
    fn prebuilt(self, prebuilt: Prebuilt) -> Placement {
        let source = self.source_of_binary();
        let program = source
            .as_ref()
            .or(self.named.as_ref())
            .unwrap_or(&self.home);
        Placement {
            program: self.survey.program(program),
            build: Build::Prebuilt(prebuilt),
            directory: self.named,
            source,
        }
    }

    /// The package that has the name of the binary, in one of the places where Go projects keep
    /// their programs, if there is exactly one.
    fn source_of_binary(&self) -> Option<PathBuf> {
        let handler = self.function.handler_text()?;
        let name = Path::new(handler).file_name()?;
        let module = self
            .survey
            .program(&self.home)
            .module
            .as_ref()
            .map(|it| it.go_mod.clone());
        let root = module.as_deref().and_then(Path::parent).map(Path::to_owned);
        let mut found: Vec<PathBuf> = Vec::new();
        for base in [Some(self.home.clone()), root].into_iter().flatten() {
            for place in self.survey.program_places(&base).iter() {
                let candidate = tidy(&place.join(name));
                if !found.contains(&candidate) && self.survey.is_program(&candidate) {
                    found.push(candidate);
                }
            }
        }
        match found.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// Another function that runs the same package and stays on `go1.x`. Whoever stays, too, may.
    fn staying(&self) -> Option<&str> {
        let options = self.context.options;
        if is_left(options, self.track, self.function) {
            return None;
        }
        let label = label(self.template, self.function);
        self.context.users.staying(&self.keys, &label, options)
    }

    /// Nobody may share one `bootstrap` who had a program of their own.
    fn refuse_if_shared(&self, prebuilt: &Prebuilt) -> Result<(), Refusal> {
        let users = self.context.users;
        let mut own = handlers(self.template, self.function);
        let what = prebuilt.to_string();
        if users.has_several_handlers(&self.keys) || own.len() > 1 {
            return Err(Refusal {
                rule: &rules::shared_bootstrap::RULE,
                message: format!(
                    "the Handlers {} choose programs of {what}, but on {TARGET} all functions of one package run its bootstrap",
                    users.some_handlers(&self.keys)
                ),
                help: self.own_package(),
                related: Vec::new(),
            });
        }
        if let Some(other) = self.staying() {
            return Err(Refusal {
                rule: &rules::shared_bootstrap::RULE,
                message: format!(
                    "{other} runs {what}, too, and is left as it is: made anew as bootstrap, it would no longer start there"
                ),
                help: "let both be migrated, or give each a package of its own".to_owned(),
                related: Vec::new(),
            });
        }
        own.remove(BOOTSTRAP);
        if let (Some(handler), Some(user)) = (own.first(), users.on_provided(&self.keys)) {
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

    /// How a person gives each function a package of its own.
    fn own_package(&self) -> String {
        let all = self.context.users.some_leaving_go(&self.keys);
        let handler = self.function.handler_text();
        match (&self.function.code, handler) {
            (Code::Directory { path, .. }, Some(handler)) if handler != BOOTSTRAP => {
                let own = join_written(path, handler);
                let own = own.trim_end_matches('/');
                format!(
                    "build the program of each into a directory of its own, this one e.g. as {own}/{BOOTSTRAP} with {own} as its code: {all}"
                )
            }
            _ => format!(
                "give each function a package of its own, with its program built as {BOOTSTRAP}: {all}"
            ),
        }
    }

    /// One program that chooses what to do by the name it was started under.
    fn refuse_if_handler_matters(
        &self,
        directory: &Path,
        program: &Program,
    ) -> Result<(), Refusal> {
        let Some(hit) = &program.reads_handler else {
            return Ok(());
        };
        let own = handlers(self.template, self.function);
        let all = self
            .context
            .users
            .handlers_of_program(self.survey, directory);
        let others = all
            .iter()
            .filter(|handler| !own.contains(**handler))
            .count();
        if own.len() + others < 2 {
            return Ok(());
        }
        Err(Refusal {
            rule: &rules::handler_read::RULE,
            message: format!(
                "several Handlers run the same program, and it reads {} to tell them apart",
                hit.what
            ),
            help: "tell the functions apart by an environment variable, then migrate them"
                .to_owned(),
            related: vec![Related::hit(hit, format!("{} is read here", hit.what))],
        })
    }
}

/// The `go.mod`, if it lies outside `directory`.
fn module_outside(program: &Program, directory: &Path) -> Option<PathBuf> {
    let go_mod = &program.module.as_ref()?.go_mod;
    (go_mod.parent() != Some(directory)).then(|| go_mod.clone())
}

fn holds_go(survey: &Survey, path: &Path) -> bool {
    (*survey.directory(path))
        .as_ref()
        .is_some_and(|found| found.holds_go)
}

/// `.` and `alpha` make `./alpha`; `src/` and `alpha` make `src/alpha/`.
fn join_written(written: &str, below: &str) -> String {
    match written.strip_suffix('/') {
        Some(bare) => format!("{bare}/{below}/"),
        None => format!("{written}/{below}"),
    }
}
