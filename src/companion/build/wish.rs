//! What is to change in a build file, said in terms of its model.

use std::collections::BTreeMap;

use super::go::{GoBuild, NO_RPC, Operand, go_build, has_no_rpc, with_no_rpc};
use super::model::{Command, ENVIRONMENT, Model, Unit, Value};

/// Words that are to change, and builds that are to change what they build for.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    /// Units and numbers of words, and their new text.
    pub(super) words: BTreeMap<(usize, usize), String>,
    /// Words that are to stand behind a word.
    pub(super) behind: BTreeMap<(usize, usize), String>,
    /// Builds, and the architecture that they are to build for.
    pub(super) builds: BTreeMap<usize, &'static str>,
}

impl Wishes {
    /// Adds a wish for a word. `Err` when there is another one for it.
    pub(super) fn word(&mut self, unit: usize, word: usize, text: String) -> Result<(), ()> {
        match self.words.insert((unit, word), text.clone()) {
            Some(other) if other != text => Err(()),
            _ => Ok(()),
        }
    }
}

/// What a variable of the environment is for a command.
#[derive(Debug, Clone)]
pub(super) enum Setting<'c> {
    Unset,
    /// By a word of the command itself.
    Word(usize, &'c Value),
    /// By what was exported before.
    Exported(&'c Value),
}

impl Setting<'_> {
    /// The value; `Err` when it is not known.
    pub(super) fn value(&self, name: &str) -> Result<Option<&str>, ()> {
        let (value, text) = match self {
            Setting::Unset => return Ok(None),
            Setting::Word(_, value) => (value, value.as_str().get(name.len() + 1..)),
            Setting::Exported(value) => (value, Some(value.as_str())),
        };
        match text {
            _ if value.unknown => Err(()),
            Some("") => Ok(None),
            text => Ok(text),
        }
    }
}

/// The variable `name` of the environment of a command.
pub(super) fn setting<'c>(command: &'c Command, name: &str) -> Setting<'c> {
    let lead = command.words.iter().enumerate().take(command.lead);
    let assigns = |value: &&Value| {
        let text = value.as_str().strip_prefix(name);
        text.is_some_and(|rest| rest.starts_with('='))
    };
    let inline = lead.rev().find(|(_, value)| assigns(value));
    match (inline, command.environment.get(name)) {
        (Some((word, value)), _) => Setting::Word(word, value),
        (None, Some(value)) => Setting::Exported(value),
        (None, None) => Setting::Unset,
    }
}

/// What is to change for a build.
#[derive(Debug, Default)]
pub(super) struct BuildChange {
    /// Variables of the environment and their new values.
    pub(super) environment: Vec<(&'static str, String)>,
    /// The tags as a whole.
    pub(super) tags: Option<String>,
}

/// What has to change for a build to make a program for this architecture.
pub(super) fn build_change(command: &Command, build: &GoBuild, goarch: &str) -> BuildChange {
    let mut change = BuildChange::default();
    for (name, wanted, always) in [
        ("CGO_ENABLED", "0", false),
        ("GOOS", "linux", false),
        ("GOARCH", goarch, true),
    ] {
        let setting = setting(command, name);
        let keeps = match setting.value(name) {
            Ok(Some(value)) => !always || value == wanted,
            Ok(None) => false,
            Err(()) => !always,
        };
        if !keeps {
            change.environment.push((name, wanted.to_owned()));
        }
    }
    let flags = setting(command, "GOFLAGS");
    let flags = flags.value("GOFLAGS").ok().flatten().unwrap_or_default();
    match (tags(command, build), flag_tags(flags)) {
        (Some(tags), _) if has_no_rpc(tags) => {}
        (Some(tags), _) => change.tags = Some(with_no_rpc(tags)),
        (None, Some(tags)) if has_no_rpc(tags) => {}
        (None, Some(tags)) => {
            let joined = format!("-tags={},{NO_RPC}", tags);
            let flags = flags.replacen(&format!("-tags={tags}"), &joined, 1);
            change.environment.push(("GOFLAGS", flags));
        }
        (None, None) => change.tags = Some(NO_RPC.to_owned()),
    }
    change
}

/// The tags that `GOFLAGS` gives.
fn flag_tags(flags: &str) -> Option<&str> {
    flags
        .split_whitespace()
        .filter_map(|flag| flag.strip_prefix("--").or_else(|| flag.strip_prefix('-')))
        .filter_map(|flag| flag.strip_prefix("tags="))
        .next_back()
}

/// The tags that a command gives.
pub(super) fn tags<'c>(command: &'c Command, build: &GoBuild) -> Option<&'c str> {
    operand(command, build.tags?)
}

fn operand(command: &Command, operand: Operand) -> Option<&str> {
    command
        .words
        .get(operand.word)?
        .as_str()
        .get(operand.from..)
}

/// Programs that do the same whatever Go's variables say.
const INDIFFERENT: [&str; 53] = [
    "",
    "${RM}",
    ":",
    "[",
    "[[",
    "aws",
    "awk",
    "basename",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "curl",
    "date",
    "dirname",
    "du",
    "echo",
    "env",
    "exit",
    "export",
    "file",
    "find",
    "git",
    "grep",
    "head",
    "install",
    "ln",
    "ls",
    "md5sum",
    "mkdir",
    "mv",
    "npm",
    "printf",
    "pwd",
    "readelf",
    "return",
    "rm",
    "sam",
    "sed",
    "set",
    "sha256sum",
    "shasum",
    "sleep",
    "stat",
    "strip",
    "tail",
    "tar",
    "test",
    "touch",
    "upx",
    "wc",
    "zip",
];

/// A unit in the form in which it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Norm {
    words: Vec<String>,
    environment: Vec<(&'static str, String)>,
    tags: Option<String>,
    place: (Option<String>, bool, String),
}

/// The units of a model as they are to be with these wishes.
pub(super) fn norms(model: &Model, wishes: &Wishes) -> Vec<Norm> {
    let units = model.units.iter().enumerate();
    units
        .map(|(index, unit)| match unit {
            Unit::Name { name, .. } => Norm {
                words: vec![text_of(wishes, index, 0, name)],
                environment: Vec::new(),
                tags: None,
                place: (None, true, String::new()),
            },
            Unit::Command(command) => norm(index, command, wishes),
        })
        .collect()
}

fn text_of(wishes: &Wishes, unit: usize, word: usize, value: &Value) -> String {
    let wished = wishes.words.get(&(unit, word));
    wished.map_or_else(|| value.as_str().to_owned(), String::clone)
}

fn norm(unit: usize, command: &Command, wishes: &Wishes) -> Norm {
    let build = go_build(command);
    let tags_words = build
        .as_ref()
        .and_then(|it| it.tags)
        .map(|it| match it.from {
            0 => it.word.saturating_sub(1)..it.word + 1,
            _ => it.word..it.word + 1,
        });
    let mut words = Vec::new();
    for (index, word) in command.words.iter().enumerate() {
        let is_setting = index < command.lead
            && (word.as_str() == "env"
                || ENVIRONMENT.iter().any(|name| {
                    let rest = word.as_str().strip_prefix(name);
                    rest.is_some_and(|rest| rest.starts_with('='))
                }));
        if is_setting || tags_words.as_ref().is_some_and(|it| it.contains(&index)) {
            continue;
        }
        words.push(text_of(wishes, unit, index, word));
        let behind = wishes.behind.get(&(unit, index));
        words.extend(
            behind
                .iter()
                .flat_map(|it| it.split(' '))
                .map(str::to_owned),
        );
    }
    let outputs = command
        .outputs
        .iter()
        .map(|it| format!("> {}", it.as_str()));
    words.extend(outputs);
    let change = match (&build, wishes.builds.get(&unit)) {
        (Some(build), Some(goarch)) => build_change(command, build, goarch),
        _ => BuildChange::default(),
    };
    let (program, _) = command.program();
    let sensitive = !INDIFFERENT.contains(&program);
    let environment = ENVIRONMENT.into_iter().filter(|_| sensitive);
    let environment = environment.filter_map(|name| {
        let wished = change.environment.iter().find(|(it, _)| *it == name);
        let value = match (wished, setting(command, name).value(name)) {
            (Some((_, value)), _) => value.clone(),
            (None, Ok(value)) => value?.to_owned(),
            (None, Err(())) => match setting(command, name) {
                Setting::Word(_, value) => format!("?{}", value.as_str()),
                Setting::Exported(value) => format!("?{}", value.as_str()),
                Setting::Unset => return None,
            },
        };
        Some((name, value))
    });
    let own = build.as_ref().and_then(|build| tags(command, build));
    Norm {
        environment: environment.collect(),
        tags: change.tags.or_else(|| own.map(str::to_owned)),
        place: (
            command.cwd.clone(),
            command.certain,
            command.further.clone(),
        ),
        words,
    }
}
