//! Files that hand scripts to shells step by step: those of CI services, Taskfiles and justfiles.
//!
//! Each language is read into one form: a list of jobs, each a list of steps, most of them scripts
//! with their environment, their directory and whether they are run for certain. A script is text
//! whose bytes are traced to the file, so that what is wished for a command becomes an edit of the
//! scalar that holds it.

mod buildspec;
mod dynamic;
mod form;
mod gitlab;
mod justfile;
mod taskfile;
#[cfg(test)]
mod tests;
mod workflow;
mod yaml;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::go::go_build;
use super::model::{Command, ENVIRONMENT, Model, OTHER, PATHS, Role, Unit, Value, key};
use super::shell::{Beside, Shell, run};
use crate::program::{Traced, directory_of};
use crate::syntax::NodeId;
use yaml::Tree;

/// The most variables that a step is given.
const MAX_VARIABLES: usize = 200;

/// A language of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>
    Buildspec,
    /// <https://docs.gitlab.com/ci/yaml/>
    Gitlab,
    /// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>
    Workflow,
    /// <https://taskfile.dev/docs/reference/schema>
    Taskfile,
    /// <https://just.systems/man/en/>
    Justfile,
}

impl Language {
    /// The language that a file's name and place say.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        if matches!(name.as_str(), "justfile" | ".justfile") {
            return Some(Self::Justfile);
        }
        let stem = name
            .strip_suffix(".yml")
            .or_else(|| name.strip_suffix(".yaml"))?;
        let is_workflow = path
            .parent()
            .is_some_and(|dir| dir.ends_with(".github/workflows"));
        match stem {
            _ if is_workflow => Some(Self::Workflow),
            ".gitlab-ci" => Some(Self::Gitlab),
            "taskfile" | "taskfile.dist" => Some(Self::Taskfile),
            stem if stem.starts_with("buildspec") => Some(Self::Buildspec),
            _ => None,
        }
    }

    /// The directories in which the file is run, the likeliest first.
    pub(super) fn bases(self, path: &Path) -> Vec<PathBuf> {
        let own = directory_of(path);
        match self {
            Self::Buildspec => own.ancestors().map(Path::to_owned).collect(),
            Self::Workflow => own
                .ancestors()
                .skip(2)
                .take(1)
                .map(Path::to_owned)
                .collect(),
            Self::Gitlab | Self::Taskfile | Self::Justfile => vec![own.to_owned()],
        }
    }

    /// Whether an edited file is still the same but for the text of its scalars.
    pub(super) fn keeps_form(self, path: &Path, before: &str, after: &str) -> bool {
        self == Self::Justfile || form::same_but_strings(path, before, after)
    }
}

/// The variables that a shell is given; None for one whose value is not known.
type Environment = BTreeMap<String, Option<Traced>>;

/// What a file does.
#[derive(Debug, Default)]
struct Steps {
    /// Steps by the machine or the directory that they share.
    jobs: Vec<Vec<Step>>,
    unread: Vec<(usize, &'static str)>,
}

/// A step of a job.
#[derive(Debug)]
enum Step {
    Script(Script),
    /// Files that the service keeps.
    Paths(Paths),
    /// What is no script of a POSIX shell, but sees the environment and may name files.
    Other {
        words: Vec<Traced>,
        environment: Environment,
        at: usize,
    },
}

/// What one shell runs.
#[derive(Debug)]
struct Script {
    text: Traced,
    environment: Environment,
    /// The directory that it starts in; `Err` when that is not known.
    directory: Result<Option<String>, ()>,
    certain: bool,
}

/// A list of paths.
#[derive(Debug, Default)]
struct Paths {
    paths: Vec<Traced>,
    /// The directory that they start from, as a key.
    directory: String,
    /// What they have in common is left out of their names where they are kept.
    loses_common: bool,
}

/// Reads a file.
pub(super) fn model(path: &Path, text: &str, language: Language, beside: &Beside<'_>) -> Model {
    let steps = match language {
        Language::Justfile => justfile::steps(text),
        Language::Buildspec => of_tree(path, text, buildspec::steps),
        Language::Gitlab => of_tree(path, text, gitlab::steps),
        Language::Workflow => of_tree(path, text, workflow::steps),
        Language::Taskfile => of_tree(path, text, taskfile::steps),
    };
    let mut model = Model {
        unread: steps.unread,
        ..Model::default()
    };
    for job in steps.jobs {
        let mut doubts = Doubts::default();
        for step in job {
            doubts.step(step, beside, &mut model);
        }
    }
    model
}

fn of_tree(path: &Path, text: &str, read: fn(&Tree) -> Result<Steps, usize>) -> Steps {
    let tree = Tree::new(path, text);
    let steps = tree.and_then(|tree| {
        let mut steps = read(&tree)?;
        steps.jobs.push(unread_values(&tree));
        match tree.is_exhausted() {
            true => Err(0),
            false => Ok(steps),
        }
    });
    steps.unwrap_or_else(|at| Steps {
        unread: vec![(at, "this YAML")],
        ..Steps::default()
    })
}

/// The values that mean something to the service alone. Those that look like paths may be files
/// of the build.
fn unread_values(tree: &Tree) -> Vec<Step> {
    let names_files = |key: &str| {
        let key = key.to_ascii_lowercase();
        let parts = [
            "path",
            "file",
            "dir",
            "zip",
            "bin",
            "artifact",
            "package",
            "source",
            "src",
            "args",
            "command",
            "entrypoint",
            "target",
            "output",
            "exec",
        ];
        parts.iter().any(|part| key.contains(part))
    };
    let values = tree.unused().into_iter().filter_map(|(key, node)| {
        let value = tree.string(node)?;
        let is_path = names_files(key) || value.contains(['/', '*']) || value.contains("go build");
        is_path.then(|| Step::Other {
            words: Traced::unplaced(value).words(),
            environment: Environment::new(),
            at: tree.at(node),
        })
    });
    values.collect()
}

/// What a job's steps have done to the environment of the steps behind them.
#[derive(Default)]
struct Doubts {
    names: Vec<String>,
    all: bool,
}

impl Doubts {
    fn step(&mut self, step: Step, beside: &Beside<'_>, model: &mut Model) {
        match step {
            Step::Script(script) => self.script(script, beside, model),
            Step::Paths(paths) => add_paths(&paths, model),
            Step::Other {
                words,
                mut environment,
                at,
            } => {
                self.doubt(&mut environment);
                let mut all = vec![Value::of(Traced::unplaced(OTHER))];
                all.extend(words.into_iter().map(word));
                let mut command = command(all, at);
                command.environment = ENVIRONMENT
                    .into_iter()
                    .filter_map(|name| Some((name, value(environment.get(name)?))))
                    .collect();
                model.units.push(Unit::Command(Box::new(command)));
            }
        }
    }

    fn doubt(&self, environment: &mut Environment) {
        for name in &self.names {
            environment.insert(name.clone(), None);
        }
        if self.all {
            for name in ENVIRONMENT {
                environment.insert(name.to_owned(), None);
            }
            for value in environment.values_mut() {
                *value = None;
            }
        }
    }

    fn script(&mut self, script: Script, beside: &Beside<'_>, model: &mut Model) {
        let mut environment = script.environment;
        self.doubt(&mut environment);
        let mut shell = Shell::new(beside);
        let others = environment
            .iter()
            .filter(|(name, _)| !ENVIRONMENT.contains(&name.as_str()));
        for (name, value) in others {
            let value = value.as_ref().map(|it| it.as_str().to_owned());
            if !model
                .given
                .iter()
                .any(|(known, it)| known == name && *it == value)
            {
                model.given.push((name.clone(), value));
            }
        }
        // Who does not know what Go is told cannot say what it makes.
        let mut certain = script.certain;
        for (name, value) in environment {
            certain &= value.is_some() || !ENVIRONMENT.contains(&name.as_str());
            shell.give(&name, value);
        }
        let mut text = match script.directory {
            Ok(Some(directory)) => Traced::unplaced(format!("cd '{directory}'\n")),
            Ok(None) => Traced::default(),
            Err(()) => Traced::unplaced("cd \"${directory}\"\n"),
        };
        text.push(&script.text);
        let mut found = Vec::new();
        if run(&text, &mut shell, certain, &mut found).is_err() {
            let at = script.text.places().iter().flatten().next();
            let at = at.map_or(0, |place| place.outer.start);
            model.unread.push((at, "this script"));
        }
        for command in &mut found {
            // An expression may bring options along.
            let open = command
                .words
                .iter()
                .any(|it| dynamic::is_expression(it.as_str()));
            command.certain &= !(open && go_build(command).is_some());
            self.heed(command);
        }
        let sets_go = |command: &Command| {
            let (program, arguments) = command.program();
            let mut words = arguments.iter().map(Value::as_str);
            program == "go" && words.next() == Some("env") && words.any(|it| it == "-w")
        };
        if let Some(command) = found.iter().find(|it| sets_go(it)) {
            model.unread.push((command.at, "what `go env -w` sets"));
        }
        for command in found {
            // What they run beneath may build something, too.
            let runs = matches!(command.program().0, "npm" | "sam");
            let seen = runs.then(|| Command {
                words: vec![Value::of(Traced::unplaced(OTHER))],
                lead: 0,
                ..command.clone()
            });
            let commands = std::iter::once(command).chain(seen).map(Box::new);
            model.units.extend(commands.map(Unit::Command));
        }
    }

    /// Notes what a step of GitHub's writes for the steps behind it.
    fn heed(&mut self, command: &Command) {
        let writes = |value: &Value| value.as_str().contains("GITHUB_ENV");
        if !command.outputs.iter().chain(&command.words).any(writes) {
            return;
        }
        let (program, arguments) = command.program();
        let name = match (program, arguments) {
            ("echo", [word]) => word.as_str().split_once('=').map(|(name, _)| name),
            _ => None,
        };
        match name.filter(|it| !it.contains(['$', '`', '\n'])) {
            Some(name) => self.names.push(name.to_owned()),
            None => self.all = true,
        }
    }
}

fn value(text: &Option<Traced>) -> Value {
    match text {
        Some(text) => Value::of(text.clone()),
        None => Value {
            unknown: true,
            ..Value::default()
        },
    }
}

/// A word of something that is no shell.
fn word(text: Traced) -> Value {
    let written = text.as_str();
    let unknown = written.contains('$') || written.contains("{{") || written.starts_with('!');
    // `**` goes into directories.
    let pattern = written.contains(['*', '?', '[']) && !written.contains("**");
    let text = match unknown {
        true => Traced::unplaced(braced(written)),
        false => text,
    };
    Value {
        text,
        unknown,
        pattern,
    }
}

/// A text with `${NAME}` in place of `$NAME`: where a reference ends can then be told.
fn braced(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, reference) = rest.split_at(at);
        let name = reference.get(1..).unwrap_or_default();
        let length = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let (name, behind) = name.split_at(length.unwrap_or(name.len()));
        found.push_str(before);
        match name {
            "" => found.push('$'),
            name => found.push_str(&format!("${{{name}}}")),
        }
        rest = behind;
    }
    found.push_str(rest);
    found
}

fn command(words: Vec<Value>, at: usize) -> Command {
    Command {
        words,
        lead: 0,
        environment: BTreeMap::new(),
        cwd: Some(String::new()),
        certain: true,
        outputs: Vec::new(),
        further: String::new(),
        at,
    }
}

fn add_paths(list: &Paths, model: &mut Model) {
    let mut words = vec![Value::of(Traced::unplaced(PATHS))];
    words.extend(list.paths.iter().cloned().map(word));
    let at = list
        .paths
        .iter()
        .find_map(Traced::start)
        .unwrap_or_default();
    let mut command = command(words, at);
    command.cwd = key(&list.directory, Some(""));
    model.units.push(Unit::Command(Box::new(command)));
    if list.loses_common {
        // No file has this name; if it changes, so do the names of what is kept.
        let common = format!("common: {}", common_directory(&list.paths));
        model.units.push(Unit::Name {
            role: Role::Prerequisite,
            name: Value::of(Traced::unplaced(common)),
            conditional: false,
        });
    }
}

/// The directory that all paths lie in, so far as they say.
fn common_directory(paths: &[Traced]) -> String {
    let parts = |path: &Traced| -> Vec<String> {
        let key = key(path.as_str().trim_start_matches('!'), Some("")).unwrap_or_default();
        let mut parts: Vec<_> = key.split('/').map(str::to_owned).collect();
        let wild = parts.iter().position(|it| it.contains(['*', '?', '[']));
        match wild {
            Some(at) => parts.truncate(at),
            None if paths.len() == 1 => drop(parts.pop()),
            None => {}
        }
        parts
    };
    let mut lists = paths.iter().map(parts);
    let mut common = lists.next().unwrap_or_default();
    for list in lists {
        let same = common.iter().zip(&list).take_while(|(a, b)| a == b);
        let same = same.count();
        common.truncate(same);
    }
    common.join("/")
}

/// Several scripts as one, a line each.
fn joined(scripts: &[Traced]) -> Traced {
    let mut all = Traced::default();
    for script in scripts {
        all.push(script);
        all.push_str("\n", None);
    }
    all
}

/// The entries of a mapping of variables. What others see beside Go is not edited where it is
/// set: not all of them are known.
fn add_variables(
    tree: &Tree,
    mapping: NodeId,
    is_known: fn(&str) -> bool,
    environment: &mut Environment,
) -> Result<(), usize> {
    for (name, node) in tree.entries(mapping) {
        let value = match tree.string(node) {
            Some(text) if is_known(text) && tree.is_null(node) => Some(Traced::default()),
            Some(text) if is_known(text) => match ENVIRONMENT.contains(&name.as_str()) {
                true => Some(tree.traced(node)?),
                false => {
                    tree.skip(node);
                    Some(Traced::unplaced(text))
                }
            },
            _ => None,
        };
        environment.insert(name, value);
    }
    match environment.len() > MAX_VARIABLES {
        true => Err(tree.at(mapping)),
        false => Ok(()),
    }
}

/// The directory that a value names, quoted for a shell.
fn directory(text: Option<&str>) -> Result<Option<String>, ()> {
    match text {
        None => Ok(None),
        Some(text) if text.contains(['\'', '$', '\n']) || text.contains("{{") => Err(()),
        Some(text) => Ok(Some(text.to_owned())),
    }
}
