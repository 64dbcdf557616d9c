//! Variables that another file gives to a build.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::elsewhere::{above, names_beside};
use super::text::{Lines, names_word};
use super::{Case, refused};
use crate::companion::Refused;
use crate::companion::build::{BuildFile, Given, is_of_service, is_steps};
use crate::migrate::ci::run_directory;
use crate::migrate::context::Context;
use crate::program::Goarch;

/// Another file starts this build with variables of its own, which go before what is edited here.
pub(super) fn overridden(
    context: &Context<'_>,
    case: &Case<'_>,
    edited: &Lines,
) -> Option<(PathBuf, Refused)> {
    if edited.starts.is_empty() || is_of_service(case.path) {
        return None;
    }
    let directory = run_directory(case.path);
    let beside = names_beside(context, &directory).into_iter();
    let mut others: BTreeSet<PathBuf> = beside.chain(above(context, &directory)).collect();
    others.remove(case.path);
    others.into_iter().find_map(|other| {
        let bytes = context.survey.read(&other).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let file = BuildFile {
            files: context.survey.files(),
            path: &other,
            text: &text,
            stays: &[],
        };
        let gives = file.gives();
        let given = gives.iter().find(|given| overrides(given, case, edited))?;
        let name = &given.name;
        let why = format!("this gives {name} to the build of {}", case.path.display());
        let at = super::text::place_of_word(&text, name).unwrap_or_default();
        Some((other.clone(), refused(why, at)))
    })
}

fn overrides(given: &Given, case: &Case<'_>, edited: &Lines) -> bool {
    let name = given.name.as_str();
    let value = given.value.as_deref();
    let agrees = match (name, value) {
        ("GOARCH", Some("arm64")) => case.requests.iter().all(|it| it.is_for(Goarch::Arm64)),
        ("GOARCH", Some("amd64")) => case.requests.iter().all(|it| it.is_for(Goarch::Amd64)),
        ("GOOS", Some("linux")) | ("CGO_ENABLED", Some("0")) => true,
        ("GOFLAGS", Some(flags)) => !flags.contains("tags"),
        _ => false,
    };
    let is_go = matches!(name, "GOARCH" | "GOOS" | "CGO_ENABLED" | "GOFLAGS");
    if agrees {
        return false;
    }
    if given.is_argument {
        return is_go || edited.of_text(case.text).any(|line| names_word(line, name));
    }
    // In a Taskfile the environment goes before `env`.
    name == "GOFLAGS" || is_go && is_steps(case.path) || heeds(case.text, name)
}

/// Whether a build file takes a variable from its environment where that has one.
fn heeds(text: &str, name: &str) -> bool {
    let forms = [
        format!("${{{name}:-"),
        format!("${{{name}-"),
        format!("${{{name}:="),
    ];
    let mut lines = text.lines();
    forms.iter().any(|form| text.contains(form.as_str()))
        || lines.any(|line| {
            line.split_once("?=")
                .is_some_and(|(head, _)| names_word(head, name))
                || (line.contains("env") && line.contains(&format!("{name}\"")))
        })
}
