//! `rebuild-artifact`

use std::path::Path;

use super::missing_build_method::BUILD_METHOD;
use crate::data::RetiredRuntime;
use crate::migrate::{Build, Notes, Prebuilt, Subject, Track};
use crate::program::tidy;
use crate::syntax::NodeId;
use crate::template::Code;

use super::{Check, Rule};
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "rebuild-artifact",
    summary: "The function's package has to be built anew.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
The function runs something that SAM does not build from the files at hand: a prebuilt directory, an
archive, an S3 object. The template is migrated; before it is deployed the package has to hold the
program as an executable file `bootstrap` at its root. The finding gives the command. A zip made on
Windows loses the execute bit; `build-lambda-zip` of aws-lambda-go keeps it.

Functions leaving `provided` and `provided.al2` keep their package; what it was linked against on Amazon
Linux 1 or 2 has to exist on Amazon Linux 2023.

See <https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html>.",
    example: example!("rebuild-artifact/basic/template.yaml", "rebuild-artifact/basic/fixed.yaml"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Track::Leaving(leaving) = subject.track else {
        return;
    };
    let function = subject.function;
    let name = &function.logical_id;
    if leaving.from != RetiredRuntime::Go1 {
        if !is_go_built_by_sam(subject) {
            let message = format!("{name} keeps its package, which was made for {}", system(subject, leaving.from));
            notes.follow_up(&RULE, place(subject), message).help(
                "test it on provided.al2023, and rebuild it there if it links or starts anything of the old system",
            );
        }
        return;
    }
    let Some(placement) = subject.placed() else {
        return;
    };
    let Build::Prebuilt(prebuilt) = &placement.build else {
        return;
    };
    let message = match prebuilt {
        Prebuilt::Missing(_) => format!("{prebuilt}: what {name} runs from there has to be built as bootstrap"),
        _ => format!("{name} runs {prebuilt}, which has to be built anew, as bootstrap"),
    };
    let command = build_command(subject);
    let help = match prebuilt {
        Prebuilt::Directory(path) | Prebuilt::Skipped(path) | Prebuilt::Missing(path) => {
            format!("`{command}`, in {}", path.display())
        }
        Prebuilt::Artefact(_) => format!("`{command}`, then package that file at the root of the archive"),
        Prebuilt::Undeclared => format!("`{command}`, in the package of the function"),
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
    let path = subject.template.document.source().path();
    let Code::Directory { path: code, .. } = &subject.function.code else {
        return false;
    };
    let at = path.parent().unwrap_or(Path::new("")).join(code);
    is_go && (*subject.context.survey.directory(&tidy(&at))).as_ref().is_some_and(|it| it.holds_go)
}

/// The command of AWS's migration guide, with the program's package if it can be told.
fn build_command(subject: &Subject<'_>) -> String {
    format!(
        "CGO_ENABLED=0 GOOS=linux GOARCH={} go build -tags lambda.norpc -o bootstrap {}",
        subject.goarch(),
        package(subject)
    )
}

/// The Go package that the Handler most likely names: the only program beside the template, or the
/// one whose directory has its name.
fn package(subject: &Subject<'_>) -> String {
    let home = subject.template.document.source().path().parent();
    let handler = subject.function.handler.as_ref().and_then(|handler| handler.text());
    let name = handler.and_then(|handler| Path::new(handler).file_name()?.to_str());
    let found = subject.context.survey.directory(home.unwrap_or(Path::new("")));
    let programs = (*found).as_ref().map_or(&[][..], |found| &found.programs);
    let by_name = programs
        .iter()
        .find(|program| name.is_some() && program.file_name().and_then(|it| it.to_str()) == name);
    match (by_name, programs) {
        (Some(program), _) => format!("./{}", program.display()),
        (None, [only]) => format!("./{}", only.display()),
        _ => format!("<the package of {}>", name.unwrap_or(&subject.function.logical_id)),
    }
}
