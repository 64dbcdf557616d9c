//! The files of CI services. They lie at fixed places of a repository, and run at its root.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::context::Context;
use crate::program::{BuildFile, Survey, directory_of, tidy};

/// The files that build a program under one of these names, as far as their text shows.
pub(super) fn builders(
    survey: &Survey,
    directory: &Path,
    handlers: &BTreeSet<String>,
) -> Vec<BuildFile> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = handlers.iter().map(|it| name(it)).collect();
    let files = survey.ci_files(directory);
    let files = files.iter().filter_map(|path| survey.build_file(path));
    files
        .filter(|file| {
            let mut outputs = file.go_build_outputs.iter();
            outputs.any(|(output, _)| names.contains(&name(output)))
        })
        .collect()
}

/// Files of services whose languages are not read here.
const OTHERS: [&str; 10] = [
    ".circleci/config.yml",
    ".drone.yml",
    ".goreleaser.yaml",
    ".goreleaser.yml",
    ".travis.yml",
    "Jenkinsfile",
    "amplify.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "cloudbuild.yaml",
];

/// The files of other services that may name a binary by its path.
pub(super) fn other_services(context: &Context<'_>, directory: &Path) -> Vec<PathBuf> {
    let root = context.survey.repository_root(directory);
    let paths = root
        .iter()
        .flat_map(|root| OTHERS.map(|name| root.join(name)));
    paths.filter(|path| context.survey.is_file(path)).collect()
}

/// The actions of the repository itself, which its workflows use.
pub(super) fn actions(context: &Context<'_>, directory: &Path) -> Vec<PathBuf> {
    let Some(root) = context.survey.repository_root(directory) else {
        return Vec::new();
    };
    let home = root.join(".github").join("actions");
    let names = context.survey.file_names(&home).into_iter();
    let mut places: Vec<PathBuf> = names.map(|name| home.join(name)).collect();
    places.push(root);
    let files = places
        .iter()
        .flat_map(|place| ["action.yml", "action.yaml"].map(|name| place.join(name)));
    files.filter(|path| context.survey.is_file(path)).collect()
}

/// The directory in which a build file is run, so far as its place tells.
pub(super) fn run_directory(path: &Path) -> PathBuf {
    let own = directory_of(path);
    let root = own.parent().and_then(Path::parent);
    match root.filter(|_| own.ends_with(".github/workflows")) {
        Some(root) => tidy(root),
        None => tidy(own),
    }
}
