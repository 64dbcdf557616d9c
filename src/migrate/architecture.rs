//! Which architecture a function ends on: arm64 by default, never against evidence.

use std::path::{Path, PathBuf};

use super::ci::builders;
use super::code_key::CodeKey;
use super::context::{ArchitectureChoice, Context};
use super::placement::{Build, Placement};
use super::track::Track;
use super::users::{handlers, label};
use crate::companion::registry::NAME;
use crate::data::{Data, RetiredRuntime};
use crate::finding::Related;
use crate::program::{BuildFile, Goarch, Hit, Survey};
use crate::syntax::NodeId;
use crate::template::{EffectiveFunction, Property, Template, intrinsic};

/// `arm64` as CloudFormation writes it.
pub(crate) const ARM64: &str = "arm64";
/// `x86_64` as CloudFormation writes it.
pub(crate) const X86_64: &str = "x86_64";

/// What to do about a package that functions of two architectures run.
pub(crate) const ONE_PACKAGE: &str =
    "give each function a package of its own, or move them together by hand";

/// What becomes of a function's architecture.
#[derive(Debug)]
pub(crate) enum Architecture {
    /// Nothing is asked of it.
    Untouched,
    /// It is to be stated.
    State {
        /// `arm64` or `x86_64`.
        goal: &'static str,
        /// The entry of the present list; `None` where there is no list.
        present: Option<NodeId>,
    },
    /// It has the wanted architecture.
    Right(&'static str),
    /// The present value is none that lambdalift edits.
    Form(Form),
    /// Something speaks against arm64.
    Blocked(Vec<Blocker>),
}

/// A value of `Architectures` that is reported, not mended.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) node: NodeId,
    pub(crate) message: String,
}

/// Evidence against arm64.
#[derive(Debug)]
pub(crate) struct Blocker {
    /// The place in the template; `None` stands for the function.
    pub(crate) node: Option<NodeId>,
    /// A clause: what it is.
    pub(crate) message: String,
    /// What a person can do about it.
    pub(crate) help: String,
    pub(crate) related: Vec<Related>,
}

impl Architecture {
    /// Decides for one function that leaves a retired runtime.
    pub(crate) fn decide(
        context: &Context<'_>,
        template: &Template<'_>,
        function: &EffectiveFunction,
        track: &Track,
        placement: Option<&Placement>,
        builds_are_edited: bool,
    ) -> Self {
        let Track::Leaving(leaving) = track else {
            return Self::Untouched;
        };
        let from_go = leaving.from == RetiredRuntime::Go1;
        let goal = match (context.options.architecture, from_go) {
            (ArchitectureChoice::Keep, _)
            | (ArchitectureChoice::Auto | ArchitectureChoice::X86_64, false) => {
                return Self::Untouched;
            }
            (ArchitectureChoice::X86_64, true) => X86_64,
            (ArchitectureChoice::Auto, true) | (ArchitectureChoice::Arm64, _) => ARM64,
        };
        let present = match present(template, function) {
            Ok(present) => present,
            Err(form) => return Self::Form(form),
        };
        if let Some((_, text)) = &present
            && text == goal
        {
            return Self::Right(goal);
        }
        if goal == ARM64 {
            let search = Search {
                context,
                template,
                function,
                placement,
                builds_are_edited,
            };
            let blockers = search.blockers();
            if !blockers.is_empty() {
                return Self::Blocked(blockers);
            }
        }
        Self::State {
            goal,
            present: present.map(|(node, _)| node),
        }
    }
}

impl Architecture {
    /// What the function ends on, in Go's words, unless a neighbour holds it.
    pub(crate) fn goarch(&self) -> &'static str {
        match self {
            Self::State { goal, .. } | Self::Right(goal) if *goal == ARM64 => "arm64",
            _ => "amd64",
        }
    }
}

/// The one entry of the function's list, and its text.
fn present(
    template: &Template<'_>,
    function: &EffectiveFunction,
) -> Result<Option<(NodeId, String)>, Form> {
    let (own, inherited) = (
        function.own_architectures.as_ref(),
        function.inherited_architectures.as_ref(),
    );
    let property = match (own, inherited) {
        (None, None) => return Ok(None),
        (Some(own), Some(_)) => {
            return Err(Form {
                node: own.entry.value,
                message: "Architectures stands on the function and in Globals, which SAM \
                          translators before 1.113.0 join to a list of two"
                    .to_owned(),
            });
        }
        (Some(property), None) | (None, Some(property)) => property,
    };
    single_entry(template, property).map(Some)
}

fn single_entry(template: &Template<'_>, property: &Property) -> Result<(NodeId, String), Form> {
    let document = template.document;
    let list = document.resolve(property.entry.value);
    let form = |message: String| Form {
        node: property.entry.value,
        message,
    };
    if intrinsic(document, list).is_some() {
        return Err(form("Architectures is computed".to_owned()));
    }
    if !document.is_sequence(list) {
        return Err(form("Architectures is no list".to_owned()));
    }
    match (
        document.items(list).len(),
        property.resolution.leaves.as_slice(),
    ) {
        (1, [leaf]) if property.resolution.unresolved.is_none() => {
            Ok((leaf.node, leaf.text.clone()))
        }
        (1, _) => Err(form("the entry of Architectures is computed".to_owned())),
        (count, _) => Err(form(format!(
            "Architectures has {count} entries, but Lambda takes exactly one"
        ))),
    }
}

/// Why a function ends on x86_64, as far as its own template shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Staying {
    /// For reasons of its own.
    Certainly,
    /// Only because of a build file, unless that is edited.
    UntilBuildFileMoves,
    /// Only if a step is left to do, because its template takes safe fixes alone.
    IfHeldBack,
}

/// Whether a function ends on x86_64 for reasons that its own template shows. `moves` says whether
/// it is on its way to arm64.
pub(crate) fn stays_on_x86_64(
    data: &Data,
    survey: &Survey,
    template: &Template<'_>,
    function: &EffectiveFunction,
    moves: bool,
) -> Option<Staying> {
    match present(template, function) {
        Ok(Some((_, text))) if text == ARM64 => None,
        Ok(_) if moves => {
            let home = template.home();
            let pinned = |path: &Path| {
                let files = survey.build_files(path);
                files
                    .iter()
                    .any(|file| file.pins_amd64.is_some() || file.cgo_enabled.is_some())
            };
            let mut layers = function.layers.iter();
            if layers.any(|&layer| layer_blocker(data, template, layer).is_some())
                || survey.is_present(&home.join(NAME))
            {
                Some(Staying::Certainly)
            } else {
                let of_services = || {
                    let files = builders(survey, home, &handlers(template, function));
                    files.iter().any(|file| file.pins_amd64.is_some())
                };
                (pinned(home) || of_services()).then_some(Staying::UntilBuildFileMoves)
            }
        }
        Ok(_) | Err(_) => Some(Staying::Certainly),
    }
}

struct Search<'a> {
    context: &'a Context<'a>,
    template: &'a Template<'a>,
    function: &'a EffectiveFunction,
    placement: Option<&'a Placement>,
    /// What builds the function is edited to build for arm64.
    builds_are_edited: bool,
}

impl Search<'_> {
    fn blockers(&self) -> Vec<Blocker> {
        let mut blockers = Vec::new();
        for &layer in &self.function.layers {
            blockers.extend(layer_blocker(self.context.data, self.template, layer));
        }
        blockers.extend(self.registry_type());
        if let Some(placement) = self.placement {
            blockers.extend(self.source(placement));
            if !self.builds_are_edited {
                blockers.extend(self.makefile(placement));
                if !matches!(placement.build, Build::Makefile(_)) {
                    blockers.extend(self.build_files(placement));
                }
            }
            if matches!(placement.build, Build::Prebuilt(_)) {
                blockers.extend(self.neighbour());
            }
        }
        blockers
    }

    /// CloudFormation registry types are run on x86_64.
    fn registry_type(&self) -> Option<Blocker> {
        let project = self.template.home().join(NAME);
        let is_there = self.context.survey.is_present(&project);
        is_there.then(|| Blocker {
            node: None,
            message: format!(
                "{} makes it a CloudFormation registry type",
                project.display()
            ),
            help: "the registry's build decides the architecture; keep x86_64".to_owned(),
            related: Vec::new(),
        })
    }

    /// One package has one architecture, whoever runs it.
    fn neighbour(&self) -> Option<Blocker> {
        let survey = self.context.survey;
        let keys = CodeKey::all(survey, self.template, self.function);
        let own = label(self.template, self.function);
        let other = self.context.users.staying_on_x86_64(
            &keys,
            &own,
            self.context.options,
            self.builds_are_edited,
        )?;
        Some(Blocker {
            node: None,
            message: format!("{other} runs the same package on x86_64"),
            help: ONE_PACKAGE.to_owned(),
            related: Vec::new(),
        })
    }

    fn source(&self, placement: &Placement) -> Option<Blocker> {
        let amd64_only = placement.program.amd64_only.as_ref().map(|hit| {
            self.build_blocker(
                hit,
                format!("part of the program is for amd64 only ({})", hit.what),
                "write that part for arm64, too, then set Architectures by hand",
            )
        });
        self.c_code(placement).or(amd64_only)
    }

    fn c_code(&self, placement: &Placement) -> Option<Blocker> {
        let module = placement.program.module.as_ref();
        let hit = placement
            .program
            .c_code
            .as_ref()
            .or_else(|| module?.cgo_requirement.as_ref())?;
        Some(self.build_blocker(
            hit,
            format!("the program needs cgo ({})", hit.what),
            "build it on arm64 or with a C cross compiler, then set Architectures by hand",
        ))
    }

    fn makefile(&self, placement: &Placement) -> Option<Blocker> {
        let Build::Makefile(target) = &placement.build else {
            return None;
        };
        let id = &self.function.logical_id;
        if target
            .as_ref()
            .is_some_and(|target| target.goarch == Goarch::Arm64)
        {
            return None;
        }
        let message = match target {
            Some(target) if target.goarch == Goarch::Amd64 => {
                format!("the make target build-{id} builds for amd64")
            }
            Some(_) => format!("the make target build-{id} does not say GOARCH=arm64"),
            None => format!("the make target build-{id} was not found"),
        };
        let related = target.iter().map(|target| Related::target(target, id));
        Some(Blocker {
            node: None,
            message,
            help: format!("let build-{id} set GOARCH=arm64, then set Architectures to [arm64]"),
            related: related.collect(),
        })
    }

    fn build_files(&self, placement: &Placement) -> Option<Blocker> {
        let code = placement.directory.as_deref();
        let directories = match placement.build {
            Build::Prebuilt(_) => prebuilt_directories(self.template, code, placement),
            _ => build_directories(self.template, code),
        };
        let survey = self.context.survey;
        let found = directories.iter().find_map(|directory| {
            let files = survey.build_files(directory);
            files.iter().find_map(|file| self.build_file(file))
        });
        found.or_else(|| self.service_files(placement))
    }

    /// CI services build what is made beforehand, too.
    fn service_files(&self, placement: &Placement) -> Option<Blocker> {
        if !matches!(placement.build, Build::Prebuilt(_)) {
            return None;
        }
        let handlers = handlers(self.template, self.function);
        let files = builders(self.context.survey, self.template.home(), &handlers);
        files.iter().find_map(|file| self.build_file(file))
    }

    fn build_file(&self, file: &BuildFile) -> Option<Blocker> {
        let path = file.path.display();
        if let Some(hit) = &file.pins_amd64 {
            return Some(self.build_blocker(
                hit,
                format!("{path} builds with GOARCH=amd64"),
                "let the build file say GOARCH=arm64, then set Architectures to [arm64]",
            ));
        }
        let hit = file.cgo_enabled.as_ref()?;
        Some(self.build_blocker(
            hit,
            format!("{path} builds with CGO_ENABLED=1"),
            "build without cgo or on arm64, then set Architectures by hand",
        ))
    }

    fn build_blocker(&self, hit: &Hit, message: String, help: &str) -> Blocker {
        Blocker {
            node: None,
            message,
            help: help.to_owned(),
            related: vec![Related::hit(hit, hit.what.clone())],
        }
    }
}

/// What a layer says against arm64.
fn layer_blocker(data: &Data, template: &Template<'_>, item: NodeId) -> Option<Blocker> {
    let document = template.document;
    let node = document.resolve(item);
    let blocker = |message: String, help: &str| {
        Some(Blocker {
            node: Some(item),
            message,
            help: help.to_owned(),
            related: Vec::new(),
        })
    };
    let call = intrinsic(document, node);
    if let Some(id) = call
        .filter(|call| call.name == "Ref")
        .map(|call| call.argument)
    {
        let id = document.scalar(id).unwrap_or_default();
        return match template.layers.iter().find(|layer| layer.logical_id == id) {
            Some(layer) if lists_arm64(template, layer.compatible_architectures) => None,
            Some(_) => blocker(
                format!("its layer {id} does not list arm64 in CompatibleArchitectures"),
                "build the layer for arm64 and say so in CompatibleArchitectures",
            ),
            None => blocker(
                format!("its layer comes from {id}, whose architecture is not known here"),
                "make sure that the layer is built for arm64, then set Architectures by hand",
            ),
        };
    }
    let Some(name) = template.layer_name(node) else {
        return blocker(
            "a layer's name is only known when the stack is deployed".to_owned(),
            "make sure that the layer is built for arm64, then set Architectures by hand",
        );
    };
    let known = &data.layers;
    if known.is_arm64(&name) || says_arm64(&name) {
        return None;
    }
    match known.x86_64(&name) {
        Some(twin) => blocker(
            format!("the layer {name} is for x86_64 only"),
            &format!(
                "its arm64 twin is {}; name that layer, then set Architectures to [arm64]",
                twin.arm64
            ),
        ),
        None => blocker(
            format!("the architecture of the layer {name} is not known"),
            "make sure that the layer is built for arm64, then set Architectures by hand",
        ),
    }
}

fn lists_arm64(template: &Template<'_>, list: Option<NodeId>) -> bool {
    let document = template.document;
    list.map(|list| document.resolve(list)).is_some_and(|list| {
        document
            .items(list)
            .iter()
            .any(|&item| document.string(item) == Some(ARM64))
    })
}

/// The directories whose build files may make a function's artefact.
pub(crate) fn build_directories(template: &Template<'_>, code: Option<&Path>) -> Vec<PathBuf> {
    let home = template.home().to_owned();
    let mut directories: Vec<PathBuf> = code.map(Path::to_owned).into_iter().collect();
    if !directories.contains(&home) {
        directories.push(home);
    }
    directories
}

/// The same for a program that is made beforehand: whoever does so starts from the root of the module.
pub(crate) fn prebuilt_directories(
    template: &Template<'_>,
    code: Option<&Path>,
    placement: &Placement,
) -> Vec<PathBuf> {
    let mut directories = build_directories(template, code);
    let module = placement.program.module.as_ref();
    directories.extend(module.and_then(|it| it.go_mod.parent()).map(Path::to_owned));
    directories
}

fn says_arm64(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("arm64") || name.contains("aarch64")
}

impl Template<'_> {
    /// The layer's name in `arn:aws:lambda:<region>:<account>:layer:<name>:<version>`; `None`
    /// where it is not in the text. Variables of `Fn::Sub` in other parts do no harm.
    fn layer_name(&self, node: NodeId) -> Option<String> {
        let document = self.document;
        let text = match intrinsic(document, node) {
            None => document.scalar(node)?.to_owned(),
            Some(call) if call.name == "Sub" => {
                let first = document.items(call.argument).first();
                let text = first.map_or(call.argument, |&it| document.resolve(it));
                document.scalar(text)?.to_owned()
            }
            Some(_) => self.evaluate(node, 0)?,
        };
        let (_, rest) = text.split_once(":layer:")?;
        let name = match rest.rsplit_once(':') {
            Some((name, _)) => name,
            None => rest,
        };
        (!name.is_empty() && !name.contains("${")).then(|| name.to_owned())
    }
}
