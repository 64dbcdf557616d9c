//! Container images: the Dockerfile moves, the template stays.

use std::path::{Path, PathBuf};

use super::context::Context;
use crate::companion::dockerfile::{self, Plan, Request};
use crate::data::RetiredRuntime;
use crate::finding::Related;
use crate::program::{Goarch, tidy};
use crate::source::SourceFile;
use crate::template::{EffectiveFunction, Origin, Property, Template, lookup};

/// The Dockerfile of a function with `PackageType: Image`.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) dockerfile: PathBuf,
    pub(crate) text: String,
    /// What becomes of it, or why a person has to move it.
    pub(crate) plan: Result<Plan, String>,
}

impl Image {
    /// That of a function which is an image; `None` if it is not at hand.
    pub(crate) fn find(
        context: &Context<'_>,
        template: &Template<'_>,
        function: &EffectiveFunction,
        edits_build_files: bool,
    ) -> Option<Self> {
        let document = template.document;
        let metadata = function.metadata.as_ref();
        let entry = |key| lookup(document, metadata?.node, key);
        let value = |key| document.string(entry(key)?.value);
        let directory = template.home().join(value("DockerContext")?);
        let dockerfile = directory.join(value("Dockerfile").unwrap_or("Dockerfile"));
        let dockerfile = context.survey.shortest(&dockerfile);
        let text = String::from_utf8(context.survey.read(&dockerfile)?).ok()?;
        let computed = ["Dockerfile", "DockerBuildTarget"]
            .into_iter()
            .find(|key| entry(key).is_some() && value(key).is_none());
        let plan = match computed {
            _ if !edits_build_files => Err("build files are left alone".to_owned()),
            Some(key) => Err(format!("{key} is computed")),
            None => plan(
                context,
                template,
                function,
                &directory,
                &dockerfile,
                &text,
                value("DockerBuildTarget"),
            ),
        };
        Some(Self {
            dockerfile,
            text,
            plan,
        })
    }

    /// Where the Dockerfile of an image lies, if `Metadata` says so plainly.
    pub(crate) fn path(template: &Template<'_>, function: &EffectiveFunction) -> Option<PathBuf> {
        let document = template.document;
        let metadata = function.metadata.as_ref()?;
        let value = |key| document.string(lookup(document, metadata.node, key)?.value);
        let directory = template.home().join(value("DockerContext")?);
        Some(tidy(
            &directory.join(value("Dockerfile").unwrap_or("Dockerfile")),
        ))
    }

    /// A place in the Dockerfile; `at` is a byte offset.
    pub(crate) fn place(&self, at: usize, message: impl Into<String>) -> Related {
        let source = SourceFile::new(&self.dockerfile, self.text.clone());
        let position = source.position(at);
        Related::Elsewhere {
            message: message.into(),
            path: self.dockerfile.clone(),
            line: position.line,
            column: position.column,
        }
    }

    /// Whether its Dockerfile is edited.
    pub(crate) fn moves(&self) -> bool {
        self.plan.as_ref().is_ok_and(|plan| !plan.edits.is_empty())
    }
}

fn plan(
    context: &Context<'_>,
    template: &Template<'_>,
    function: &EffectiveFunction,
    directory: &Path,
    dockerfile: &Path,
    text: &str,
    target_stage: Option<&str>,
) -> Result<Plan, String> {
    let document = template.document;
    let has_arguments = function
        .metadata
        .as_ref()
        .is_some_and(|metadata| lookup(document, metadata.node, "DockerBuildArgs").is_some());
    let command_in_template = ["ImageConfig"]
        .iter()
        .any(|name| function.levels.effective(template, name).is_some());
    let architecture = function
        .own_architectures
        .as_ref()
        .or(function.inherited_architectures.as_ref());
    let literal = |property: &Property| {
        let mut leaves = property.resolution.leaves.iter();
        leaves.all(|leaf| leaf.origin == Origin::Literal)
    };
    let architecture = match architecture.map(|it| (it.text(), literal(it))) {
        None | Some((Some("x86_64"), true)) => Some(Goarch::Amd64),
        Some((Some("arm64"), true)) => Some(Goarch::Arm64),
        Some(_) => return Err("the function's architecture is computed".to_owned()),
    };
    let request = Request {
        target_stage,
        architecture,
        command_in_template,
    };
    let plan = dockerfile::plan(text, &request).map_err(|refused| refused.why)?;
    if plan.edits.is_empty() {
        return Ok(plan);
    }
    if has_arguments
        && text
            .lines()
            .any(|line| line.trim_start().starts_with("ARG"))
    {
        return Err("DockerBuildArgs may set what its ARG instructions say".to_owned());
    }
    if context.options.from.len() < RetiredRuntime::ALL.len() {
        return Err("only some of the retired runtimes are to be left".to_owned());
    }
    if context
        .users
        .has_image_of_others(context.survey, dockerfile, template)
    {
        return Err("a function of another template is built from it, too".to_owned());
    }
    programs_object(context, directory, dockerfile).map_or(Ok(plan), Err)
}

/// Which program goes into the image is not asked: what holds for one of those at hand is taken for
/// a reason.
fn programs_object(context: &Context<'_>, directory: &Path, dockerfile: &Path) -> Option<String> {
    let survey = context.survey;
    let mut places = vec![tidy(directory)];
    places.extend(dockerfile.parent().map(tidy));
    let below = places.iter().flat_map(|root| {
        let found = survey.directory(root);
        let programs = (*found).as_ref().map(|found| found.programs.clone());
        let programs = programs.unwrap_or_default();
        programs
            .into_iter()
            .map(|below| tidy(&root.join(below)))
            .collect::<Vec<PathBuf>>()
    });
    let all: Vec<PathBuf> = below.chain(places.iter().cloned()).collect();
    all.iter().find_map(|path| {
        let program = survey.program(path);
        let module = program.module.as_ref();
        if module.is_some_and(|module| module.outdated_lambda_go()) {
            return Some(
                "its aws-lambda-go is older than v1.18.0, whose programs hang on the new image; \
                 run `go get github.com/aws/aws-lambda-go@latest` first"
                    .to_owned(),
            );
        }
        let hit = program.reads_handler.as_ref()?;
        Some(format!(
            "{} reads {}, which the new image does not set as the old one does",
            hit.file.display(),
            hit.what
        ))
    })
}
