//! `stale-build-file`

use std::path::PathBuf;

use super::{Check, Rule, Silence};
use crate::finding::{Related, Severity};
use crate::migrate::{Notes, Subject, build_directories, handlers};

pub(crate) static RULE: Rule = Rule {
    id: "stale-build-file",
    summary: "A build file still makes the binary under its old name.",
    severity: Severity::Warning,
    since: "0.1.0",
    explanation: "\
SAM builds the function from source, but a build file beside the template or in `CodeUri` also runs
`go build -o <old Handler>`. Whoever packages its result deploys a package without `bootstrap`,
which fails with `Runtime.InvalidEntrypoint`.",
    declined: "\
Never for this: the function is migrated with a step left to do. Let the build file write
`bootstrap` into a directory of its own, or remove it and use `sam build` alone.",
    silence: Silence::InTemplate,
    links: &[
        "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html",
        "https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html",
    ],
    example: example!("stale-build-file/basic", "fixed.yaml"; "Makefile"),
    check: Check::Function(check),
};

fn check(subject: &Subject<'_>, notes: &mut Notes) {
    let Some(placement) = subject.placed().filter(|placement| placement.is_built_by_sam()) else {
        return;
    };
    let names = handlers(subject.template, subject.function);
    let directories = build_directories(subject.template, placement.directory.as_deref());
    let is_stale = |output: &str| {
        let name = file_name(output);
        name != "bootstrap" && names.iter().any(|handler| file_name(handler) == name)
    };
    let stale = directories.iter().find_map(|directory| {
        let files = subject.context.survey.build_files(directory);
        let is_edited = |path: &PathBuf| subject.grant.is_some_and(|grant| grant.files.contains(path));
        let files = files.iter().filter(|file| !is_edited(&file.path));
        let mut outputs = files.flat_map(|file| &file.go_build_outputs);
        outputs.find(|(output, _)| is_stale(output)).cloned()
    });
    let Some((output, hit)) = stale else { return };
    let name = &subject.function.logical_id;
    let message = format!(
        "{} still builds the program of {name} as {output}",
        hit.file.display()
    );
    notes
        .follow_up(&RULE, subject.function.key, message)
        .help("let it write bootstrap into a directory of its own, or use `sam build` alone")
        .related([Related::hit(&hit, "built under the old name here")]);
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
