//! `--show-files` and `--show-settings`: what a run would look at, and what it would want.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::Exit;
use super::args::MigrateArgs;
use super::scope::Found;
use super::settings::Settings;
use crate::config::ResolvedSettings;
use crate::report::{failures, path_text, plain_text};

/// Prints the files that would be looked at, a line each.
pub(super) fn files(settings: &Settings, found: &Found) -> anyhow::Result<Exit> {
    let mut out = String::new();
    for input in &found.inputs {
        out.push_str(&path_text(&input.path));
        out.push('\n');
    }
    for error in &found.errors {
        let message = plain_text(&error.to_string());
        writeln!(std::io::stderr(), "lambdalift: {message}")?;
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(if failures(&[], &found.errors, settings.run.strict) {
        Exit::Failure
    } else {
        Exit::Success
    })
}

/// Prints the settings, a line each: those of the run, and those of templates in the first of the given
/// places.
pub(super) fn settings(args: &MigrateArgs, settings: &Settings) -> anyhow::Result<Exit> {
    let mut out = String::new();
    for (name, value) in shown(args, settings)? {
        // A string, number, truth or list of JSON is one of TOML, too.
        out.push_str(&format!("{name} = {value}\n"));
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(Exit::Success)
}

/// The settings under the names of their options, after everything that decides them.
fn shown(args: &MigrateArgs, settings: &Settings) -> anyhow::Result<Vec<(String, Value)>> {
    let scope = &args.scope;
    let root = settings.roots.first().map_or(Path::new("."), |it| &**it);
    // A directory stands for the templates in it.
    let place = match root.is_dir() {
        true => root.join("template.yaml"),
        false => root.to_owned(),
    };
    let ResolvedSettings { template, run, .. } = settings.resolved(&place, root)?;
    let paths: Vec<_> = scope.paths.iter().map(|it| it.to_string_lossy()).collect();
    let mut shown = vec![
        ("paths".to_owned(), json!(paths)),
        ("include".to_owned(), json!(scope.include)),
        ("exclude".to_owned(), json!(scope.exclude)),
        ("threads".to_owned(), json!(scope.threads)),
    ];
    for part in [serde_json::to_value(template)?, serde_json::to_value(run)?] {
        let Value::Object(part) = part else { continue };
        // Whether a map keeps its order depends on what else is built in.
        let mut part: Vec<(String, Value)> = part.into_iter().collect();
        part.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, value) in part {
            let is_known = shown.iter().any(|(known, _)| *known == name);
            if !is_known && !value.is_null() {
                shown.push((name, value));
            }
        }
    }
    Ok(shown)
}
