//! `--show-files` and `--show-settings`: what a run would look at, and what it would want.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::Exit;
use super::args::MigrateArgs;
use super::scope::Found;
use super::settings::Settings;
use crate::migrate::ArchitectureChoice;
use crate::report::{failures, path_text, plain_text};

/// Prints the files that would be looked at, a line each.
pub(super) fn files(args: &MigrateArgs, found: &Found) -> anyhow::Result<Exit> {
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
    Ok(if failures(&[], &found.errors, args.scope.strict) {
        Exit::Failure
    } else {
        Exit::Success
    })
}

/// Prints the settings, a line each.
pub(super) fn settings(args: &MigrateArgs, settings: &Settings) -> anyhow::Result<Exit> {
    let mut out = String::new();
    for (name, value) in Shown::of(args, settings).0 {
        // A string, number, truth or list of JSON is one of TOML, too.
        out.push_str(&format!("{name} = {value}\n"));
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(Exit::Success)
}

/// The settings under the names of their options, after everything that decides them.
struct Shown(Vec<(&'static str, Value)>);

impl Shown {
    fn of(args: &MigrateArgs, settings: &Settings) -> Self {
        let (scope, options) = (&args.scope, &settings.options);
        let rules = |rules: &[&'static crate::rules::Rule]| {
            rules.iter().map(|rule| rule.id).collect::<Vec<_>>()
        };
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let paths: Vec<String> = scope.paths.iter().map(|it| path(it)).collect();
        let architecture = match options.architecture {
            ArchitectureChoice::Auto => "auto",
            ArchitectureChoice::Arm64 => "arm64",
            ArchitectureChoice::X86_64 => "x86_64",
            ArchitectureChoice::Keep => "keep",
        };
        let from: Vec<&str> = options.from.iter().map(|runtime| runtime.id()).collect();
        let guard_rules: Vec<String> = args.guard_rules.iter().map(|it| path(it)).collect();
        let mut shown = vec![
            ("paths", json!(paths)),
            ("include", json!(scope.include)),
            ("exclude", json!(scope.exclude)),
            ("no-ignore", json!(scope.no_ignore)),
            ("hidden", json!(scope.hidden)),
            ("thorough", json!(scope.thorough)),
            ("max-file-size", json!(scope.max_file_size)),
            ("strict", json!(scope.strict)),
            ("threads", json!(scope.threads)),
            ("from", json!(from)),
            ("architecture", json!(architecture)),
            ("safe-only", json!(options.safe_only)),
            ("select", json!(rules(&options.rules.select))),
            ("ignore", json!(rules(&options.rules.ignore))),
            ("build-files", json!(settings.edits_build_files)),
            ("guard-rules", json!(guard_rules)),
        ];
        let files = [
            ("runtimes", &scope.runtimes),
            ("extension-layers", &scope.extension_layers),
        ];
        let named = files
            .into_iter()
            .filter_map(|(name, file)| Some((name, json!(path(file.as_deref()?)))));
        shown.extend(named);
        Self(shown)
    }
}
