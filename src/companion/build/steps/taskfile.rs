//! The tasks of a Taskfile.
//!
//! <https://taskfile.dev/docs/reference/schema>

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use super::dynamic::filled;
use super::yaml::Tree;
use super::{Environment, MAX_VARIABLES, Paths, Script, Step, Steps, directory};
use crate::companion::build::model::{ENVIRONMENT, key};
use crate::program::Traced;
use crate::syntax::NodeId;

/// How references begin.
const OPEN: &str = "{{";

/// The most variables that one may be made of in turn.
const MAX_DEPTH: usize = 8;

/// The most references of one text that are looked up.
const MAX_REFERENCES: usize = 1_000;

/// The variables by their names; None for a value that is not known.
type Variables = BTreeMap<String, Option<Traced>>;

pub(super) fn steps(tree: &Tree) -> Result<Steps, usize> {
    let root = tree.root()?;
    let mut steps = Steps::default();
    if !tree
        .text(root, "version")
        .is_some_and(|it| it.starts_with('3'))
    {
        steps
            .unread
            .push((0, "a Taskfile of another version than 3"));
    }
    if let Some(includes) = tree.get(root, "includes") {
        steps
            .unread
            .push((tree.at(includes), "what another Taskfile brings along"));
    }
    let mut file = File {
        tree,
        called_with: called_with(tree, root),
        variables: Variables::new(),
        environment: Environment::new(),
    };
    let here = || Some(Traced::unplaced("${CURDIR}"));
    file.variables.insert("ROOT_DIR".to_owned(), here());
    file.variables.insert("TASKFILE_DIR".to_owned(), here());
    if tree.get(root, "dotenv").is_some() {
        file.environment.insert("GOFLAGS".to_owned(), None);
    }
    if let Some(variables) = tree.get(root, "vars") {
        file.variables.extend(file.declared(variables)?);
        for name in &file.called_with {
            file.variables.insert(name.clone(), None);
        }
    }
    if let Some(env) = tree.get(root, "env") {
        let environment = file.environment_of(env, &file.variables)?;
        file.environment.extend(environment);
    }
    let tasks = tree.get(root, "tasks");
    for (_, task) in tasks.map(|it| tree.entries(it)).unwrap_or_default() {
        steps.jobs.push(file.task(task, &mut steps.unread)?);
    }
    Ok(steps)
}

/// The variables that tasks are given where others call them.
fn called_with(tree: &Tree, root: NodeId) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tasks = tree.get(root, "tasks");
    for (_, task) in tasks.map(|it| tree.entries(it)).unwrap_or_default() {
        for key in ["cmds", "deps"] {
            let calls = tree.get(task, key).map(|it| tree.items(it));
            for call in calls.unwrap_or_default() {
                let deferred = tree.get(call, "defer");
                for call in [Some(call), deferred].into_iter().flatten() {
                    let variables = tree.get(call, "vars").map(|it| tree.entries(it));
                    let names = variables.unwrap_or_default().into_iter();
                    found.extend(names.map(|(name, _)| name));
                }
            }
        }
    }
    found
}

struct File<'t> {
    tree: &'t Tree,
    called_with: BTreeSet<String>,
    variables: Variables,
    environment: Environment,
}

/// What a task's commands are run with.
struct Task {
    variables: Variables,
    environment: Environment,
    directory: Result<Option<String>, ()>,
    certain: bool,
}

impl File<'_> {
    /// The variables that a mapping declares.
    fn declared(&self, variables: NodeId) -> Result<Variables, usize> {
        let mut found = Variables::new();
        for (name, node) in self.tree.entries(variables) {
            let value = match self.tree.string(node) {
                None => None,
                Some(_) if self.is_simple(&name) => Some(self.tree.traced(node)?),
                Some(text) => {
                    self.tree.skip(node);
                    Some(Traced::unplaced(text))
                }
            };
            if let Some(script) = self.tree.get(node, "sh") {
                self.tree.skip(script);
            }
            found.insert(name, value);
        }
        match found.len() > MAX_VARIABLES {
            true => Err(self.tree.at(variables)),
            false => Ok(found),
        }
    }

    /// Whether all that refers to a variable does it by its name alone.
    fn is_simple(&self, name: &str) -> bool {
        let all = self.tree.count(&format!(".{name}"));
        let plain = [format!("{{{{.{name}}}}}"), format!("{{{{ .{name} }}}}")];
        let plain: usize = plain.iter().map(|it| self.tree.count(it)).sum();
        all == plain
    }

    fn environment_of(&self, env: NodeId, variables: &Variables) -> Result<Environment, usize> {
        let mut found = Environment::new();
        for (name, node) in self.tree.entries(env) {
            let is_text = self.tree.string(node).is_some();
            let text = is_text.then(|| self.tree.traced(node)).transpose()?;
            if let Some(script) = self.tree.get(node, "sh") {
                self.tree.skip(script);
            }
            let value = text.map(|text| fill(&text, variables));
            let value = value.filter(|it| !it.as_str().contains('$'));
            // What else sees it is not known.
            let value = value.map(|value| match ENVIRONMENT.contains(&name.as_str()) {
                true => value,
                false => Traced::unplaced(value.as_str()),
            });
            found.insert(name, value);
        }
        match found.len() > MAX_VARIABLES {
            true => Err(self.tree.at(env)),
            false => Ok(found),
        }
    }

    fn task(
        &self,
        node: NodeId,
        unread: &mut Vec<(usize, &'static str)>,
    ) -> Result<Vec<Step>, usize> {
        let tree = self.tree;
        tree.charge(node, 0)?;
        let mut task = Task {
            variables: self.variables.clone(),
            environment: self.environment.clone(),
            directory: Ok(None),
            certain: true,
        };
        let mut steps = Vec::new();
        if !tree.is_mapping(node) {
            for command in self.commands(node) {
                self.command(command, &task, &mut steps)?;
            }
            return Ok(steps);
        }
        for key in ["desc", "summary", "prompt", "label", "aliases"] {
            tree.get(node, key).into_iter().for_each(|it| tree.skip(it));
        }
        if let Some(variables) = tree.get(node, "vars") {
            task.variables.extend(self.declared(variables)?);
        }
        if let Some(env) = tree.get(node, "env") {
            let environment = self.environment_of(env, &task.variables)?;
            task.environment.extend(environment);
        }
        if tree.get(node, "dotenv").is_some() {
            task.environment.insert("GOFLAGS".to_owned(), None);
        }
        let options = ["platforms", "if"];
        task.certain = !options.iter().any(|it| tree.get(node, it).is_some());
        // It would be taken for up to date although its commands have changed:
        // <https://taskfile.dev/docs/guide#prevent-unnecessary-work>.
        let has = |key: &str| tree.get(node, key).is_some();
        task.certain &= !has("sources") || has("generates") || has("status");
        if let Some(dir) = tree.get(node, "dir") {
            let text = self.filled(dir, &task)?;
            task.directory = match text.as_str().strip_prefix("${CURDIR}") {
                Some(rest) => directory(Some(&format!(".{rest}"))),
                None => directory(Some(text.as_str())),
            };
        }
        for files in ["sources", "generates"] {
            if let Some(list) = tree.get(node, files) {
                match &task.directory {
                    Ok(directory) => steps.push(self.paths(list, directory.as_deref(), &task)?),
                    Err(()) => {
                        unread.push((tree.at(list), "files of a directory that is not known"))
                    }
                }
            }
        }
        for check in ["status", "preconditions", "cmds", "cmd"] {
            if let Some(commands) = tree.get(node, check) {
                for command in self.commands(commands) {
                    self.command(command, &task, &mut steps)?;
                }
            }
        }
        Ok(steps)
    }

    /// A command, or a list of commands.
    fn commands(&self, node: NodeId) -> Vec<NodeId> {
        match self.tree.is_sequence(node) {
            true => self.tree.items(node),
            false => vec![node],
        }
    }

    fn paths(&self, list: NodeId, directory: Option<&str>, task: &Task) -> Result<Step, usize> {
        let mut paths = Vec::new();
        for item in self.commands(list) {
            // `exclude: pattern` takes nothing along.
            if self.tree.string(item).is_some() {
                paths.push(self.filled(item, task)?);
            }
        }
        let directory = key(directory.unwrap_or_default(), Some(""));
        Ok(Step::Paths(Paths {
            paths,
            directory: directory.unwrap_or_default(),
            loses_common: false,
        }))
    }

    fn filled(&self, node: NodeId, task: &Task) -> Result<Traced, usize> {
        Ok(fill(&self.tree.traced(node)?, &task.variables))
    }

    fn command(&self, node: NodeId, task: &Task, steps: &mut Vec<Step>) -> Result<(), usize> {
        let tree = self.tree;
        if tree.string(node).is_some() {
            steps.push(self.script(node, task, task.certain)?);
            return Ok(());
        }
        let options = ["platforms", "if"];
        let certain = task.certain && !options.iter().any(|it| tree.get(node, it).is_some());
        if let Some(deferred) = tree.get(node, "defer") {
            return self.command(deferred, task, steps);
        }
        let Some(command) = tree.get(node, "cmd").or_else(|| tree.get(node, "sh")) else {
            return Ok(());
        };
        let Some(list) = tree.get(node, "for") else {
            steps.push(self.script(command, task, certain)?);
            return Ok(());
        };
        let items = tree.items(list);
        let texts: Vec<_> = items.iter().filter_map(|it| tree.string(*it)).collect();
        let known = tree.is_sequence(list) && texts.len() == items.len();
        let known = known && !texts.iter().any(|it| it.contains(OPEN));
        items.iter().for_each(|it| tree.skip(*it));
        let mut inner = Task {
            variables: task.variables.clone(),
            environment: task.environment.clone(),
            directory: task.directory.clone(),
            certain: certain && known,
        };
        let values: Vec<_> = match known {
            true => texts
                .into_iter()
                .map(|it| Some(Traced::unplaced(it)))
                .collect(),
            false => vec![None],
        };
        for value in values {
            inner.variables.insert("ITEM".to_owned(), value);
            steps.push(self.script(command, &inner, inner.certain)?);
        }
        Ok(())
    }

    fn script(&self, node: NodeId, task: &Task, certain: bool) -> Result<Step, usize> {
        Ok(Step::Script(Script {
            text: self.filled(node, task)?,
            environment: task.environment.clone(),
            directory: task.directory.clone(),
            certain,
        }))
    }
}

/// A text with the references replaced whose values are known.
fn fill(text: &Traced, variables: &Variables) -> Traced {
    let filler = Filler {
        variables,
        left: Cell::new(MAX_REFERENCES),
    };
    filler.fill(text, 0)
}

struct Filler<'v> {
    variables: &'v Variables,
    /// How many references may still be looked up.
    left: Cell<usize>,
}

impl Filler<'_> {
    fn fill(&self, text: &Traced, depth: usize) -> Traced {
        filled(text, OPEN, |inner| {
            self.left.set(self.left.get().checked_sub(1)?);
            let name = inner.trim().strip_prefix('.')?;
            let value = self.variables.get(name)?.as_ref()?;
            (depth < MAX_DEPTH).then(|| self.fill(value, depth + 1))
        })
    }
}
