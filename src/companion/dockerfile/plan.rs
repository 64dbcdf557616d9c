//! Plans the move of one image.

use std::collections::BTreeSet;

use super::base::{self, Base, Moved};
use super::entry::{Entry, Program, Started};
use super::go_build::GoBuild;
use super::image::{self, Family, Kind};
use super::origin::{self, Origin};
use super::read::{self, Action, Dockerfile, Stage};
use super::scene::collapse;
use super::variables::Value;
use super::{Note, Plan, Request, packages, proof};
use crate::companion::{Refused, TextEdit};
use crate::program::Goarch;

pub(super) fn plan(text: &str, request: &Request<'_>) -> Result<Plan, Refused> {
    if !image::may_matter(text) {
        return Ok(Plan {
            edits: Vec::new(),
            notes: Vec::new(),
            certain: true,
        });
    }
    let file = read::read(text)?;
    let target = target(&file, request.target_stage)?;
    let (chain, base) = origin::chain(&file, target);
    let mut planner = Planner {
        file: &file,
        request,
        target,
        chain,
        parts: BTreeSet::new(),
        edits: Vec::new(),
        notes: Vec::new(),
        certain: true,
    };
    let root = planner.chain.first().and_then(|it| file.stages.get(*it));
    let Some(root) = root else {
        return Ok(planner.finish());
    };
    let Some(name) = planner.image(root, &base)? else {
        return Ok(planner.finish());
    };
    let Some(moved) = base::moved(name, root.keyword.start)? else {
        return Ok(planner.finish());
    };
    let program = planner.replace(root, name, &moved)?;
    planner.packages();
    if let Some(program) = &program {
        planner.go_build(text, program, moved.replacement.family);
    }
    let plan = planner.finish();
    let expected = proof::Expected {
        target,
        image: &moved.result,
        program: program.as_ref(),
    };
    proof::prove(text, &file, &plan.edits, request, &expected)?;
    Ok(plan)
}

/// The stage that is built.
fn target(file: &Dockerfile, name: Option<&str>) -> Result<usize, Refused> {
    let last = file.stages.len().saturating_sub(1);
    let Some(name) = name else {
        return Ok(last);
    };
    origin::stage_of(file, file.stages.len(), name).ok_or_else(|| Refused {
        why: format!("it has no stage {name}"),
        at: file.stages.get(last).map_or(0, |it| it.keyword.start),
    })
}

struct Planner<'p> {
    file: &'p Dockerfile,
    request: &'p Request<'p>,
    target: usize,
    /// The stages of the image, the first one first.
    chain: Vec<usize>,
    /// The same, and the stages that they copy from.
    parts: BTreeSet<usize>,
    edits: Vec<TextEdit>,
    notes: Vec<Note>,
    certain: bool,
}

impl<'p> Planner<'p> {
    /// The base image, if it is to be replaced; else notes on what is left as it is.
    fn image<'b>(
        &mut self,
        root: &Stage,
        base: &'b Base,
    ) -> Result<Option<&'b base::Name>, Refused> {
        self.builders();
        let at = root.image.at.start;
        let Base::Image(name) = base else {
            return match unclear(self.file, root) {
                (why, true) => Err(Refused { why, at }),
                (why, false) => {
                    self.note(
                        at,
                        why,
                        "see that it is none of the retired base images of AWS Lambda",
                    );
                    Ok(None)
                }
            };
        };
        if let Kind::Unmoved(why) = image::kind(&name.value) {
            self.note(
                at,
                format!("the base image {} is not replaced: {why}", name.value),
                "build from public.ecr.aws/lambda/provided:al2023, with the binary as ENTRYPOINT",
            );
        }
        let is_retired = matches!(image::kind(&name.value), Kind::Retired(_));
        Ok(is_retired.then_some(name))
    }

    /// Notes on the stages that the image copies from: they stay, because what they build runs on
    /// the newer release, too.
    fn builders(&mut self) {
        let mut pending = self.chain.clone();
        self.parts = pending.iter().copied().collect();
        while let Some(index) = pending.pop() {
            let stage = self.file.stages.get(index);
            let instructions = stage
                .map(|it| it.instructions.as_slice())
                .unwrap_or_default();
            for instruction in instructions {
                let names: Vec<&str> = match &instruction.action {
                    Action::Copy(copy) => copy.from.as_deref().into_iter().collect(),
                    Action::Run { mounts, .. } => mounts.iter().map(String::as_str).collect(),
                    _ => Vec::new(),
                };
                let named = names
                    .into_iter()
                    .filter_map(|it| origin::stage_of(self.file, index, it));
                for builder in named.flat_map(|it| origin::chain(self.file, it).0) {
                    if self.parts.insert(builder) {
                        pending.push(builder);
                        self.builder(builder);
                    }
                }
            }
        }
    }

    fn builder(&mut self, index: usize) {
        let (Base::Image(name), Some(stage)) =
            (base::of(self.file, index), self.file.stages.get(index))
        else {
            return;
        };
        if let Kind::Retired(_) = image::kind(&name.value) {
            self.note(
                stage.image.at.start,
                format!("a stage that only builds begins from the retired image {}, and stays", name.value),
                "build with the golang image, or with public.ecr.aws/lambda/provided:al2023 and dnf",
            );
        }
    }

    fn replace(
        &mut self,
        root: &Stage,
        name: &base::Name,
        moved: &Moved,
    ) -> Result<Option<Program>, Refused> {
        let at = root.keyword.start;
        self.check_readable()?;
        self.check_siblings()?;
        self.check_architecture(root, moved)?;
        let first = self.chain.first().copied().unwrap_or_default();
        for argument in &moved.arguments {
            base::check_argument(self.file, argument, first)?;
            self.note(
                at,
                format!("ARG {argument} is only a default"),
                "a --build-arg or DockerBuildArgs of this name keeps its old value: change it there, too",
            );
        }
        self.edits.extend(moved.edits.iter().cloned());
        if moved.replacement.drops_digest {
            self.note(
                root.image.at.start,
                format!(
                    "the digest of {} does not fit the new image and is left out",
                    name.value
                ),
                "pin the digest of public.ecr.aws/lambda/provided:al2023 anew",
            );
        }
        match moved.replacement.family {
            Family::Go => self.leave_go(at).map(Some),
            Family::Provided => Ok(self.leave_provided(at)),
        }
    }

    fn leave_go(&mut self, at: usize) -> Result<Program, Refused> {
        if self.request.command_in_template {
            let why = "ImageConfig of the template changes what the container starts, and the new base image takes it otherwise";
            return Err(Refused {
                why: why.to_owned(),
                at,
            });
        }
        let Started {
            program,
            edits,
            certain,
        } = Entry::of(self.file, self.target).leave_go()?;
        self.edits.extend(edits);
        self.certain &= certain;
        Ok(program)
    }

    /// Both bases start the same, so nothing but the system changes.
    fn leave_provided(&mut self, at: usize) -> Option<Program> {
        let program = Entry::of(self.file, self.target).of_provided();
        let origin = program.as_ref().map(|it| &it.origin);
        match origin {
            Some(Origin::Named(Some(_))) => {}
            Some(Origin::Named(None) | Origin::Possible) => self.note(
                at,
                "the program is not seen to be built from Go here".to_owned(),
                "check that it, and each native library with it, runs on Amazon Linux 2023",
            ),
            Some(Origin::Unknown) | None => {
                let path = program.as_ref().map_or("a program", |it| &it.path);
                self.note(
                    at,
                    format!("nothing here is seen to put {path} into the image, which is what the container starts"),
                    "check that it runs on Amazon Linux 2023, whose entry point is the same",
                );
            }
        }
        program
    }

    /// Refuses instructions whose effect on the moved stages is not seen.
    fn check_readable(&self) -> Result<(), Refused> {
        for stage in self.stages() {
            for instruction in &stage.instructions {
                let why = match instruction.action {
                    Action::HereDocument => "a stage that would move has a here-document",
                    Action::OnBuild => "a stage that would move has ONBUILD",
                    _ => continue,
                };
                return Err(Refused {
                    why: why.to_owned(),
                    at: instruction.keyword.start,
                });
            }
        }
        Ok(())
    }

    /// Refuses to move a stage that other images begin from.
    fn check_siblings(&self) -> Result<(), Refused> {
        for (index, stage) in self.file.stages.iter().enumerate() {
            let (others, _) = origin::chain(self.file, index);
            let shared = others.iter().any(|it| self.chain.contains(it));
            if shared && !self.chain.contains(&index) {
                let name = stage.name.clone().unwrap_or_else(|| index.to_string());
                let why = format!("stage {name} begins from the same stage, which would move");
                return Err(Refused {
                    why,
                    at: stage.keyword.start,
                });
            }
        }
        Ok(())
    }

    fn check_architecture(&self, root: &Stage, moved: &Moved) -> Result<(), Refused> {
        let platform = root
            .platform
            .as_ref()
            .and_then(|it| image::platform(&it.value));
        let named = [platform, moved.replacement.architecture]
            .into_iter()
            .flatten();
        for named in named {
            if self
                .request
                .architecture
                .is_some_and(|it| is_other(it, named))
            {
                let why = "FROM names another architecture than the template".to_owned();
                return Err(Refused {
                    why,
                    at: root.keyword.start,
                });
            }
        }
        Ok(())
    }

    fn packages(&mut self) {
        let mut found = Vec::new();
        for stage in self.stages() {
            for instruction in &stage.instructions {
                if let Action::Run { command, .. } = &instruction.action {
                    found.extend(packages::notes(command));
                }
            }
        }
        self.certain &= found.is_empty();
        self.notes.extend(found);
    }

    /// Edits the command that builds the program.
    fn go_build(&mut self, text: &str, program: &Program, family: Family) {
        let Origin::Named(Some(build)) = &program.origin else {
            return;
        };
        let shared = self.is_shared(build);
        if let Some(wanted) = self.request.architecture {
            let edit = build.with_architecture(wanted).filter(|_| !shared);
            if let (None, Some(found)) = (&edit, build.contradicts(wanted)) {
                self.note(
                    build.at,
                    format!("the program is built for {found}, and the template says otherwise"),
                    "set GOARCH to the architecture of the function, or leave it out",
                );
            }
            self.edits.extend(edit);
        }
        // A program without the server of go1.x serves no image that stays there.
        if shared {
            return;
        }
        // An option on the command line takes the place of the same one in GOFLAGS.
        if family == Family::Go && !text.contains("GOFLAGS") {
            self.edits.extend(build.with_tag());
        }
    }

    /// Whether a stage that is no part of this image may hold the same program.
    fn is_shared(&self, build: &GoBuild) -> bool {
        let (stage, path) = &build.made;
        let holds = |source: &str, from: &str, index: usize| {
            let from = origin::stage_of(self.file, index, from);
            let is_from = from.is_some_and(|it| origin::chain(self.file, it).0.contains(stage));
            // A source with variables or patterns may name anything.
            let source = collapse(source).unwrap_or_default();
            let below = path.strip_prefix(source.trim_end_matches('/'));
            let is_open = source.contains(['$', '*', '?', '[']);
            is_from && (is_open || below.is_some_and(|it| it.is_empty() || it.starts_with('/')))
        };
        let others = self.file.stages.iter().enumerate();
        others
            .filter(|(index, _)| !self.parts.contains(index))
            .any(|(index, other)| {
                origin::chain(self.file, index).0.contains(stage)
                    || other.instructions.iter().any(|it| match &it.action {
                        Action::Copy(copy) => copy.from.as_deref().is_some_and(|from| {
                            copy.sources.iter().any(|it| holds(&it.value, from, index))
                        }),
                        _ => false,
                    })
            })
    }

    fn stages(&self) -> impl Iterator<Item = &'p Stage> {
        let file = self.file;
        self.chain
            .clone()
            .into_iter()
            .filter_map(|it| file.stages.get(it))
    }

    fn note(&mut self, at: usize, message: String, help: &str) {
        self.certain = false;
        self.notes.push(Note {
            at,
            message,
            help: help.to_owned(),
        });
    }

    fn finish(self) -> Plan {
        let Self {
            mut edits,
            mut notes,
            certain,
            ..
        } = self;
        edits.sort_by_key(|it| (it.range.start, it.range.end));
        edits.dedup();
        notes.sort_by_key(|it| it.at);
        Plan {
            edits,
            notes,
            certain,
        }
    }
}

/// Why the base image of a stage is not known, and whether a part of it names a retired one.
fn unclear(file: &Dockerfile, stage: &Stage) -> (String, bool) {
    let parts = [&stage.image]
        .into_iter()
        .chain(file.arguments.iter().filter_map(|it| match &it.value {
            Value::Given(text) => Some(text),
            _ => None,
        }));
    let names = [
        "lambda/go",
        "aws-lambda-go",
        "lambda/provided",
        "aws-lambda-provided",
    ];
    let is_named = parts
        .into_iter()
        .any(|it| names.iter().any(|name| it.value.contains(name)));
    let image = &stage.image.value;
    let why = format!("the base image {image} depends on values that are not seen here");
    (why, is_named)
}

fn is_other(wanted: Goarch, found: Goarch) -> bool {
    matches!(
        (wanted, found),
        (Goarch::Arm64, Goarch::Amd64) | (Goarch::Amd64, Goarch::Arm64)
    )
}
