//! What the programs say against being built in another way.

use std::path::{Path, PathBuf};

use super::{Case, refused};
use crate::companion::Refused;
use crate::companion::build::Plan;
use crate::migrate::ci::run_directory;
use crate::migrate::context::Context;
use crate::migrate::placement::display_directory;
use crate::program::{Goarch, Hit, Program, tidy};

/// The programs that the edited commands build may not need cgo or code for amd64, nor read their
/// own names where several Handlers told programs apart. Where it is not known which they are, that
/// goes for all programs of the module; and where none is at hand, nothing is known of the one that
/// is built.
pub(super) fn objection_of_programs(
    context: &Context<'_>,
    case: &Case<'_>,
    plan: &Plan,
) -> Option<Refused> {
    let first = plan.edits.get(case.path).and_then(|edits| edits.first());
    let at = first.map_or(0, |edit| edit.range.start);
    let survey = context.survey;
    let programs = match &plan.packages {
        // What is edited only names programs.
        Some(packages) if packages.is_empty() => return None,
        Some(packages) if packages.iter().all(|path| survey.is_program(path)) => {
            packages.iter().cloned().collect()
        }
        _ => programs_of_module(context, case.path),
    };
    if programs.is_empty() {
        let why = "no Go program is at hand that this could build";
        return Some(refused(why, at));
    }
    let mut found = programs.iter();
    let why = found.find_map(|path| objection(path, &survey.program(path), case))?;
    Some(refused(why, at))
}

fn programs_of_module(context: &Context<'_>, path: &Path) -> Vec<PathBuf> {
    let directory = run_directory(path);
    let module = context
        .survey
        .program(&directory)
        .module
        .as_ref()
        .map(|it| it.go_mod.clone());
    let root = module
        .as_deref()
        .and_then(Path::parent)
        .map_or(directory, tidy);
    let mut programs: Vec<PathBuf> = match &*context.survey.directory(&root) {
        Some(found) => found
            .programs
            .iter()
            .map(|below| tidy(&root.join(below)))
            .collect(),
        None => Vec::new(),
    };
    if context.survey.is_program(&root) {
        programs.push(root);
    }
    programs
}

/// What a program says against being built for another architecture under another name.
fn objection(path: &Path, program: &Program, case: &Case<'_>) -> Option<String> {
    let for_arm64 = case
        .requests
        .iter()
        .any(|request| request.is_for(Goarch::Arm64));
    let what = display_directory(path);
    let module = program.module.as_ref();
    let c_code = program.c_code.as_ref();
    let c_code = c_code.or_else(|| module?.cgo_requirement.as_ref());
    let says = |hit: &Hit| format!("{} in {}", hit.what, hit.file.display());
    if let Some(hit) = c_code {
        return Some(format!("the program in {what} needs cgo ({})", says(hit)));
    }
    if let Some(module) = module.filter(|module| module.outdated_lambda_go()) {
        let file = module.lambda_go_file.display();
        return Some(format!("aws-lambda-go of {file} is older than v1.18.0"));
    }
    if let Some(hit) = program.amd64_only.as_ref().filter(|_| for_arm64) {
        let why = format!(
            "part of the program in {what} is for amd64 only ({})",
            says(hit)
        );
        return Some(why);
    }
    let hit = program.reads_handler.as_ref().filter(|_| case.splits)?;
    Some(format!(
        "the program in {what} may tell by its name what to do ({})",
        says(hit)
    ))
}
