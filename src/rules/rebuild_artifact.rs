//! `rebuild-artifact`

use super::missing_build_method::BUILD_METHOD;
use super::{Check, Rule, Silence};
use crate::data::RetiredRuntime;
use crate::finding::{Related, Severity};
use crate::migrate::{
    Architecture, Build, BuildCommand, Grant, Notes, Placement, Prebuilt, Subject, Track,
    prebuilt_directories,
};
use crate::program::tidy;
use crate::syntax::NodeId;
use crate::template::Code;

pub(crate) static RULE: Rule = Rule {
    id: "rebuild-artifact",
    summary: "The function's package has to be built anew.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The function runs something that SAM does not build from the files at hand: a prebuilt directory, an
archive, an S3 object. The template is migrated; before it is deployed, the package has to hold the
program as an executable file `bootstrap` at its root, built for the architecture that the template
says. Without it the function fails with `Runtime.InvalidEntrypoint`. A zip made on Windows loses
the execute bit; `build-lambda-zip` of aws-lambda-go keeps it. An S3 object needs a new key or
version in the template: CloudFormation does not notice that an object has changed under its key,
and would put the new runtime on the old program.

Functions that leave `provided` and `provided.al2` keep their package, unless they change the
architecture. What it was linked against on Amazon Linux 1 or 2 has to exist on Amazon Linux 2023,
whose glibc is 2.34.",
    declined: "\
Never for this: the function is migrated with a step left to do, and `--safe-only` holds it back.
The finding gives the command; where a build file moves in the same run, it only has to be run.
Several programs in one package are declined as `shared-bootstrap`.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
        "https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html",
    ],
    example: example!("rebuild-artifact/basic", "fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::Leaving(leaving) = subject.track else {
        return;
    };
    if leaving.from != RetiredRuntime::Go1 {
        check_kept_package(subject, leaving.from, notes);
        return;
    }
    let name = &subject.function.logical_id;
    let Some(placement) = subject.placed() else {
        return;
    };
    if let Some(grant) = subject.grant {
        return check_edited_build(subject, placement, grant, notes);
    }
    let Build::Prebuilt(prebuilt) = &placement.build else {
        return;
    };
    let message = match prebuilt {
        Prebuilt::Missing(_) => {
            format!("{prebuilt}: what {name} runs from there has to be built as bootstrap")
        }
        Prebuilt::Undeclared => {
            format!("{name} has no CodeUri: whatever it runs has to be built as bootstrap")
        }
        _ => format!("{name} runs {prebuilt}, which has to be built anew, as bootstrap"),
    };
    let command = BuildCommand::of(subject, placement);
    let then = match prebuilt {
        Prebuilt::Directory(_) | Prebuilt::Skipped(_) | Prebuilt::Missing(_) => "",
        Prebuilt::Artefact(_) => {
            ", then package that file at the root of the archive; on Windows with build-lambda-zip, which keeps the execute bit"
        }
        Prebuilt::Undeclared => ", in the package of the function",
    };
    let related = match subject.refusals {
        [] => candidates(subject, placement),
        refusals => refusals.to_vec(),
    };
    notes
        .follow_up(&RULE, place(subject), message)
        .help(format!("{command}{then}{}", upload(prebuilt)))
        .related(related);
}

/// CloudFormation does not see that an object has changed under its key: it would put the new runtime
/// on the old code.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html>
fn upload(prebuilt: &Prebuilt) -> &'static str {
    match prebuilt {
        Prebuilt::Artefact(name) if name.starts_with("s3://") => {
            "; upload it under a new key or object version and name that in the template, because CloudFormation does not notice a changed object"
        }
        _ => "",
    }
}

/// The most commands that are named because they may be meant.
const MOST_CANDIDATES: usize = 3;

/// The commands of build files nearby that run `go build`, where nothing ties one of them to the
/// function.
fn candidates(subject: &Subject<'_>, placement: &Placement) -> Vec<Related> {
    let code = placement.directory.as_deref();
    let directories = prebuilt_directories(subject.template, code, placement);
    let survey = subject.context.survey;
    let mut found = Vec::new();
    for directory in directories {
        let files = survey.build_files(&directory);
        for (output, hit) in files.iter().flat_map(|file| &file.go_build_outputs) {
            // What SAM asks for belongs to another function.
            if output.contains("ARTIFACTS_DIR") {
                continue;
            }
            let message = format!("this builds {output} and may be meant");
            let related = Related::hit(hit, message);
            if found.len() < MOST_CANDIDATES && !found.contains(&related) {
                found.push(related);
            }
        }
    }
    found
}

/// The build file is edited, too: it has to run once before the next deployment.
fn check_edited_build(
    subject: &Subject<'_>,
    placement: &Placement,
    grant: &Grant,
    notes: &mut Notes,
) {
    let (Build::Prebuilt(prebuilt) | Build::Split { from: prebuilt, .. }) = &placement.build else {
        return;
    };
    let name = &subject.function.logical_id;
    let files: Vec<String> = grant.files.iter().map(|it| it.display().to_string()).collect();
    let mut help = format!("run the build of {} before you deploy", files.join(", "));
    let old: Vec<String> = grant.in_the_way.iter().map(|it| it.display().to_string()).collect();
    if !old.is_empty() {
        help = format!("remove {} first, which would be in the way, then {help}", old.join(" and "));
    }
    if matches!(prebuilt, Prebuilt::Artefact(_)) {
        help.push_str("; on Windows pack with build-lambda-zip, which keeps the execute bit");
        help.push_str(upload(prebuilt));
    }
    let message = format!("what {name} runs has to be built anew, as bootstrap ({prebuilt})");
    notes.follow_up(&RULE, place(subject), message).help(help);
}

/// Functions on custom runtimes keep their package, unless they change the architecture.
fn check_kept_package(subject: &Subject<'_>, from: RetiredRuntime, notes: &mut Notes) {
    if is_go_built_by_sam(subject) {
        return;
    }
    let name = &subject.function.logical_id;
    let (message, help) = match subject.architecture {
        Architecture::State { goal, .. } => (
            format!("the package of {name} has to be built anew for {goal}"),
            "build it for that architecture and for Amazon Linux 2023 before you deploy",
        ),
        _ => (
            format!("{name} keeps its package, which was made for {}", system(subject, from)),
            "test it on provided.al2023, and rebuild it there if it links or starts anything of the old system",
        ),
    };
    notes.follow_up(&RULE, place(subject), message).help(help);
}

fn place(subject: &Subject<'_>) -> NodeId {
    let code = subject.function.code.property();
    code.map_or(subject.function.key, |code| code.entry.value)
}

fn system(subject: &Subject<'_>, runtime: RetiredRuntime) -> String {
    let lifecycle = subject.context.data.runtimes.runtimes.get(runtime.id());
    lifecycle.map_or_else(|| runtime.id().to_owned(), |it| it.operating_system.clone())
}

/// With `BuildMethod: go1.x` and Go source at hand, the next `sam build` makes the package anew.
fn is_go_built_by_sam(subject: &Subject<'_>) -> bool {
    let is_go = subject.function.build_method(subject.template) == Some(BUILD_METHOD);
    let Code::Directory { path: code, .. } = &subject.function.code else {
        return false;
    };
    let at = tidy(&subject.template.home().join(code));
    is_go && {
        let found = subject.context.survey.directory(&at);
        (*found).as_ref().is_some_and(|found| found.holds_go)
    }
}
