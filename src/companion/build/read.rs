//! Reads a build file into a [`Model`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::model::{ENVIRONMENT, Model, Role, Unit, Value};
use super::names::bases;
use super::shell::{Beside, Shell, run};
use super::steps;
use crate::program::{Files, Instance, Parsed, Traced, directory_of};

/// What is written for the shells of Windows.
const OTHER_SHELL: &str = "a recipe for a shell of Windows";

/// The language of a build file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Make,
    Shell,
    Steps(steps::Language),
}

impl Language {
    /// The directories in which a build file may be run, the likeliest first.
    pub(super) fn bases(self, path: &Path) -> Vec<PathBuf> {
        match self {
            Self::Make => bases(path, false),
            Self::Shell => bases(path, true),
            Self::Steps(language) => language.bases(path),
        }
    }

    /// Those of them in which its patterns meet what they met.
    pub(super) fn bases_of(self, path: &Path, model: &Model) -> Vec<PathBuf> {
        let mut bases = self.bases(path);
        bases.retain(|base| model.met_in.is_empty() || model.met_in.contains(base));
        bases
    }

    /// The language that a file's name says; `None` when it is no build file known here.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let is_make = matches!(name.as_str(), "makefile" | "gnumakefile" | "makebuild")
            || name.starts_with("makefile.")
            || name.ends_with(".mk");
        let is_shell = name.ends_with(".sh") || name.ends_with(".bash");
        match (is_make, is_shell) {
            (true, _) => Some(Self::Make),
            (_, true) => Some(Self::Shell),
            _ => steps::Language::of(path).map(Self::Steps),
        }
    }
}

/// A build file, the files that it includes, and what they do.
pub(super) struct Read {
    pub(super) model: Model,
    /// Path, text, and the offset of the first byte in the model's places.
    pub(super) sources: Vec<(PathBuf, String, usize)>,
}

/// Reads a build file; `names` are the targets that pattern rules are asked for.
pub(super) fn read(
    files: &dyn Files,
    path: &Path,
    text: &str,
    language: Language,
    names: &BTreeSet<String>,
) -> Read {
    let mut sources = vec![(path.to_owned(), text.to_owned(), 0)];
    let beside = Beside::new(files, path, language.bases(path));
    let model = match language {
        Language::Shell => script(text, &beside),
        Language::Steps(language) => steps::model(path, text, language, &beside),
        Language::Make => {
            let (parsed, included) = Parsed::of_text(files, path, text.as_bytes());
            sources.extend(included);
            let generated = sources
                .iter()
                .flat_map(|(_, text, base)| generated(text, *base));
            let generated: Vec<_> = generated.collect();
            let mut names = names.clone();
            names.extend(sources_of_patterns(files, path, &parsed));
            let mut model = makefile(&parsed, &names, &beside);
            model.unread.extend(generated);
            model
        }
    };
    let mut model = model;
    other_shells(&mut model);
    model.met_in = beside.met_in();
    if model.met_in.len() > 1 {
        model.unread.push((0, "a pattern of file names"));
    }
    Read { model, sources }
}

fn script(text: &str, beside: &Beside<'_>) -> Model {
    let mut model = Model::default();
    let mut found = Vec::new();
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let script = Traced::literal(text.get(start..).unwrap_or_default(), start);
    if let Err(at) = run(&script, &mut Shell::new(beside), true, &mut found) {
        model.unread.push((at, "this shell script"));
    }
    let commands = found.into_iter().map(Box::new).map(Unit::Command);
    model.units.extend(commands);
    model
}

fn makefile(parsed: &Parsed, names: &BTreeSet<String>, beside: &Beside<'_>) -> Model {
    let outline = parsed.outline(names, &ENVIRONMENT);
    let mut model = Model {
        unsteady: outline.unsteady.clone(),
        ..Model::default()
    };
    for (_, words) in &outline.special {
        let names = words.iter().map(|word| name(Role::Special, word, false));
        model.units.extend(names);
    }
    for instance in &outline.instances {
        let start = model.units.len();
        let target = name(Role::Target, &instance.target, instance.conditional);
        model.units.push(target);
        let by_pattern = instance.by_pattern.iter();
        let by_pattern = by_pattern.map(|word| name(Role::Target, word, instance.conditional));
        model.units.extend(by_pattern);
        let needed = instance.prerequisites.iter();
        let needed = needed.map(|word| name(Role::Prerequisite, word, instance.conditional));
        model.units.extend(needed);
        recipe(instance, outline.one_shell, beside, &mut model);
        let target = instance.target.as_str().to_owned();
        model.targets.push((target, start..model.units.len()));
    }
    model
}

/// The places where make makes parts of the makefile by itself, or reads it in another way.
fn generated(text: &str, base: usize) -> Vec<(usize, &'static str)> {
    const MARKS: [&str; 6] = [
        "$(eval",
        "${eval",
        "$(call",
        "${call",
        ".RECIPEPREFIX",
        "env:GO",
    ];
    let other_shell = |line: &str| {
        let names = ["cmd.exe", "powershell", "pwsh"];
        line.trim_start().starts_with("SHELL") && names.iter().any(|name| line.contains(name))
    };
    let mut found = Vec::new();
    let mut at = base;
    for line in text.split_inclusive('\n') {
        let marks = MARKS
            .iter()
            .filter_map(|mark| Some((line.find(mark)?, *mark)));
        let is_comment = line.trim_start().starts_with('#');
        found.extend(
            marks
                .filter(|_| !is_comment)
                .map(|(column, mark)| match mark {
                    ".RECIPEPREFIX" => (at + column, "a makefile with .RECIPEPREFIX"),
                    "env:GO" => (at + column, OTHER_SHELL),
                    _ => (at + column, "what $(eval) and $(call) make"),
                }),
        );
        found.extend(other_shell(line).then_some((at, OTHER_SHELL)));
        at += line.len();
    }
    found
}

/// Notes commands that no POSIX shell runs: `set GOOS=linux& go build` sets nothing there.
fn other_shells(model: &mut Model) {
    let sets = model.commands().find(|(_, command)| {
        let (program, arguments) = command.program();
        let assigns = |word: &Value| {
            let text = word.as_str();
            ENVIRONMENT.iter().any(|name| {
                text.strip_prefix(name)
                    .is_some_and(|it| it.starts_with('='))
            })
        };
        program == "set" && arguments.iter().any(assigns)
    });
    let sets = sets.map(|(_, command)| (command.at, OTHER_SHELL));
    model.unread.extend(sets);
}

/// The targets of pattern rules whose sources are there: for `bin/%: cmd/%/main.go` each `bin/x`
/// for which there is `cmd/x/main.go`.
fn sources_of_patterns(files: &dyn Files, path: &Path, parsed: &Parsed) -> Vec<String> {
    let directory = directory_of(path);
    let mut found = Vec::new();
    for (target, needed) in parsed.patterns() {
        for (before, after) in needed.iter().filter_map(|it| it.split_once('%')) {
            let (dir, prefix) = before.rsplit_once('/').unwrap_or(("", before));
            let entries = files.entries(&directory.join(dir)).unwrap_or_default();
            let stems = entries.iter().filter_map(|entry| {
                let stem = entry.name.strip_prefix(prefix)?;
                match after.strip_prefix('/') {
                    Some(rest) => {
                        let source = directory.join(dir).join(&entry.name).join(rest);
                        let is_there = files.is_directory(&source) || files.head(&source).is_some();
                        is_there.then_some(stem)
                    }
                    None => stem.strip_suffix(after),
                }
            });
            found.extend(stems.map(|stem| target.replacen('%', stem, 1)));
        }
    }
    found
}

fn name(role: Role, word: &Traced, conditional: bool) -> Unit {
    Unit::Name {
        role,
        name: Value {
            unknown: word.as_str().contains('$'),
            ..Value::of(word.clone())
        },
        conditional,
    }
}

fn recipe(instance: &Instance, one_shell: bool, beside: &Beside<'_>, model: &mut Model) {
    let mut lines: Vec<(Traced, bool)> = instance
        .lines
        .iter()
        .map(|(line, conditional)| {
            let text = line.as_str();
            let length = text.len() - text.trim_start_matches(['@', '+', '-', ' ', '\t']).len();
            (line.slice(length..line.len()), *conditional)
        })
        .collect();
    if one_shell {
        let mut all = (Traced::default(), false);
        for (line, conditional) in &lines {
            all.0.push(line);
            all.0.push_str("\n", None);
            all.1 |= conditional;
        }
        lines = vec![all];
    }
    for (line, conditional) in lines {
        let mut shell = Shell::new(beside);
        for (name, value) in &instance.environment {
            shell.give(name, value.clone());
        }
        let mut found = Vec::new();
        let certain = !conditional && !instance.conditional;
        if let Err(at) = run(&line, &mut shell, certain, &mut found) {
            model.unread.push((at, "this line of a recipe"));
        }
        let commands = found.into_iter().map(Box::new).map(Unit::Command);
        model.units.extend(commands);
    }
}
