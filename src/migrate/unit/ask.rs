//! What functions need of build files: one request each, and the files that may be meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::companion::build::{BuildFile, Key, Request, is_build_file};
use crate::data::BOOTSTRAP;
use crate::migrate::architecture::{Architecture, prebuilt_directories};
use crate::migrate::code_key::CodeKey;
use crate::migrate::context::Context;
use crate::migrate::decision::Decision;
use crate::migrate::known::Known;
use crate::migrate::placement::{Build, Placement, Prebuilt};
use crate::migrate::registry::{is_of_registry, is_package_of_others};
use crate::migrate::users::label;
use crate::program::{Goarch, Survey, collapse, tidy};
use crate::template::{Code, EffectiveFunction, Template};

/// Directories beside a template or a module where repositories keep their scripts.
const SCRIPTS: [&str; 4] = ["scripts", "script", "hack", "ci"];

/// A request, with the function that makes it and the files that may be meant.
pub(super) struct Asked<'t> {
    pub(super) function: &'t EffectiveFunction,
    pub(super) request: Request,
    pub(super) goarch: Goarch,
    pub(super) candidates: BTreeSet<PathBuf>,
    pub(super) splits: bool,
}

/// Whether no other function runs what lies in the directory.
fn is_alone(context: &Context<'_>, template: &Template<'_>, function: &EffectiveFunction) -> bool {
    let keys = CodeKey::all(context.survey, template, function);
    let own = label(template, function);
    let users = context.users;
    users.leaving_go(&keys).all(|user| *user == own)
        && users.on_provided(&keys).is_none()
        && users.staying(&keys, &own, context.options).is_none()
        && users
            .staying_on_x86_64(&keys, &own, context.options, true)
            .is_none()
}

/// What a function that leaves `go1.x` needs of build files, if it needs anything.
pub(super) fn ask<'t>(
    context: &Context<'_>,
    template: &Template<'_>,
    known: &'t Known<'_>,
) -> Option<Asked<'t>> {
    let Known {
        function,
        track,
        placement,
    } = known;
    let split;
    let placement = match placement.as_ref()? {
        Ok(placement) => placement,
        Err(_) if is_of_registry(context, template, function) => return None,
        Err(_) => {
            split = Decision::split(context, template, function, track)?;
            &split
        }
    };
    let goarch =
        match Architecture::decide(context, template, function, track, Some(placement), true)
            .goarch()
        {
            "arm64" => Goarch::Arm64,
            _ => Goarch::Amd64,
        };
    let directory = placement.directory.as_deref();
    if directory.is_some_and(|it| is_package_of_others(context, template, it)) {
        return None;
    }
    let (request, candidates) = request(context, template, function, placement, goarch)?;
    Some(Asked {
        function,
        request,
        goarch,
        candidates,
        splits: matches!(placement.build, Build::Split { .. }),
    })
}

/// Takes back the requests for an archive that could become several objects.
pub(super) fn drop_ambiguous(asked: &mut Vec<Asked<'_>>) {
    let mut objects: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let object = |asked: &Asked<'_>| match (&asked.request, &asked.function.code) {
        (Request::Zip { archive, .. }, Code::Artefact { name, .. }) => {
            Some((archive.clone(), name.clone()))
        }
        _ => None,
    };
    for (archive, name) in asked.iter().filter_map(object) {
        objects.entry(archive).or_default().insert(name);
    }
    asked.retain(|asked| {
        let names = object(asked).and_then(|(archive, _)| objects.get(&archive));
        names.is_none_or(|names| names.len() == 1)
    });
}

/// The archive that becomes an S3 object, and the build files that pack it; `None` if several can.
fn uploaded(
    context: &Context<'_>,
    object: &str,
    candidates: &BTreeSet<PathBuf>,
) -> Option<(PathBuf, BTreeSet<PathBuf>)> {
    let key = Key::of(object)?;
    let mut found: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in candidates {
        let bytes = context.survey.read(path);
        let Some(text) = bytes.and_then(|it| String::from_utf8(it).ok()) else {
            continue;
        };
        let file = BuildFile {
            files: context.survey.files(),
            path,
            text: &text,
            stays: &[],
        };
        for archive in file.archives_of(&key) {
            found.entry(archive).or_default().insert(path.clone());
        }
    }
    match found.len() {
        1 => found.pop_first(),
        _ => None,
    }
}

/// The build files in a directory and beside it.
fn builders_near(survey: &Survey, directory: &Path) -> Arc<BTreeSet<PathBuf>> {
    survey.near(directory, || {
        let scripts = survey.directories(directory, &SCRIPTS);
        let scripts = scripts.iter().map(|directory| tidy(directory));
        let mut found = BTreeSet::new();
        for directory in std::iter::once(directory.to_owned()).chain(scripts) {
            let directory = &directory;
            let files = survey.build_files(directory);
            found.extend(files.iter().map(|file| file.path.clone()));
            // Those that cannot be read may build the function, too.
            let names = survey.file_names(directory).into_iter();
            let all = names.map(|name| tidy(&directory.join(name)));
            found.extend(all.filter(|path| is_build_file(path) && survey.is_file(path)));
        }
        found
    })
}

fn request(
    context: &Context<'_>,
    template: &Template<'_>,
    function: &EffectiveFunction,
    placement: &Placement,
    goarch: Goarch,
) -> Option<(Request, BTreeSet<PathBuf>)> {
    let candidates = |directory: Option<&Path>| -> BTreeSet<PathBuf> {
        let directories = prebuilt_directories(template, directory, placement);
        let survey = context.survey;
        let near: Vec<_> = directories
            .iter()
            .map(|it| builders_near(survey, it))
            .collect();
        let of_services = survey.ci_files(template.home());
        // What lies above the place where lambdalift runs was not asked for, unless the template does.
        let ups = |path: &Path| {
            path.components()
                .filter(|it| *it == Component::ParentDir)
                .count()
        };
        let above = ups(&collapse(template.document.source().path()));
        let is_below = |path: &Path| ups(path) <= above;
        let files = near.iter().flat_map(|it| it.iter());
        let files = files.chain(of_services.iter());
        files.filter(|path| is_below(path)).cloned().collect()
    };
    let handler = || function.handler_text();
    let binary = |path: &Path, to: PathBuf, package: Option<PathBuf>| {
        let from = tidy(&path.join(handler()?));
        let request = Request::Binary {
            from,
            to,
            goarch,
            package,
        };
        Some((request, candidates(Some(path))))
    };
    match &placement.build {
        Build::Makefile(Some(target)) => {
            let request = Request::Artifacts {
                logical_id: function.logical_id.clone(),
                goarch,
            };
            Some((request, BTreeSet::from([target.file.clone()])))
        }
        // Whoever packages without `sam build` lets a build file write beside the source.
        Build::Source if is_alone(context, template, function) => {
            let path = placement.directory.as_ref()?;
            binary(path, path.join(BOOTSTRAP), Some(collapse(path)))
        }
        Build::Prebuilt(Prebuilt::Directory(path) | Prebuilt::Missing(path)) => {
            binary(path, path.join(BOOTSTRAP), None)
        }
        Build::Split {
            from: Prebuilt::Directory(path) | Prebuilt::Missing(path),
            ..
        } => binary(path, tidy(&path.join(handler()?)).join(BOOTSTRAP), None),
        Build::Prebuilt(Prebuilt::Artefact(name))
            if name.ends_with(".zip") && !name.contains("://") =>
        {
            let archive = context.survey.shortest(&template.home().join(name));
            let request = Request::Zip { archive, goarch };
            Some((request, candidates(None)))
        }
        Build::Prebuilt(Prebuilt::Artefact(name)) => {
            let (archive, files) = uploaded(context, name, &candidates(None))?;
            Some((Request::Zip { archive, goarch }, files))
        }
        _ => None,
    }
}
