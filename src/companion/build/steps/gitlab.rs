//! The pipeline of GitLab CI.
//!
//! <https://docs.gitlab.com/ci/yaml/>

use super::yaml::Tree;
use super::{Environment, Paths, Script, Step, Steps, add_variables, joined};
use crate::program::Traced;
use crate::syntax::NodeId;

/// Keywords of the whole file, which are no jobs.
const GLOBAL: [&str; 11] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

pub(super) fn steps(tree: &Tree) -> Result<Steps, usize> {
    let root = tree.root()?;
    let mut steps = Steps::default();
    let mut environment = Environment::new();
    let here = Some(Traced::unplaced("${CURDIR}"));
    environment.insert("CI_PROJECT_DIR".to_owned(), here);
    if let Some(variables) = tree.get(root, "variables") {
        given(tree, variables, &mut environment)?;
    }
    if let Some(workflow) = tree.get(root, "workflow") {
        by_rules(tree, workflow, &mut environment);
        tree.skip(workflow);
    }
    if let Some(include) = tree.get(root, "include") {
        let templates = |item: &NodeId| tree.text(*item, "template").is_some();
        let items = match tree.is_sequence(include) {
            true => tree.items(include),
            false => vec![include],
        };
        match items.iter().all(templates) {
            // Jobs of GitLab's own, which see the variables.
            true => steps.jobs.push(vec![Step::Other {
                words: Vec::new(),
                environment: environment.clone(),
                at: tree.at(include),
            }]),
            false => steps
                .unread
                .push((tree.at(include), "what this file includes")),
        }
        tree.skip(include);
    }
    for (name, job) in tree.entries(root) {
        if GLOBAL.contains(&name.as_str()) || !tree.is_mapping(job) {
            continue;
        }
        if let Some(base) = tree.get(job, "extends") {
            steps
                .unread
                .push((tree.at(base), "a job that extends another one"));
        } else if !name.starts_with('.') {
            let job = read_job(tree, root, job, environment.clone())?;
            steps.jobs.push(job);
        }
    }
    // What jobs take over by an anchor, they have been read with.
    for (name, job) in tree.entries(root) {
        if name.starts_with('.') {
            tree.skip(job);
        }
    }
    Ok(steps)
}

fn given(tree: &Tree, variables: NodeId, environment: &mut Environment) -> Result<(), usize> {
    add_variables(tree, variables, |value| !value.contains('$'), environment)?;
    // `NAME: {value: …, description: …}` may be filled in by whoever starts the pipeline.
    for (_, value) in tree.entries(variables) {
        if tree.is_mapping(value) {
            tree.skip(value);
        }
    }
    Ok(())
}

/// Forgets the variables that depend on rules.
fn by_rules(tree: &Tree, holder: NodeId, environment: &mut Environment) {
    let rules = tree.get(holder, "rules");
    for rule in rules.map(|it| tree.items(it)).unwrap_or_default() {
        if let Some(variables) = tree.get(rule, "variables") {
            let names = tree.entries(variables).into_iter();
            environment.extend(names.map(|(name, _)| (name, None)));
        }
    }
}

/// The value of a keyword for a job: its own, or the default.
fn effective(tree: &Tree, root: NodeId, job: NodeId, key: &str) -> Option<NodeId> {
    let default = tree.get(root, "default");
    tree.get(job, key)
        .or_else(|| tree.get(default?, key))
        .or_else(|| tree.get(root, key))
}

fn read_job(
    tree: &Tree,
    root: NodeId,
    job: NodeId,
    mut environment: Environment,
) -> Result<Vec<Step>, usize> {
    if let Some(variables) = tree.get(job, "variables") {
        given(tree, variables, &mut environment)?;
    }
    by_rules(tree, job, &mut environment);
    for rules in ["rules", "only", "except"] {
        tree.get(job, rules)
            .into_iter()
            .for_each(|it| tree.skip(it));
    }
    let matrix = tree
        .get(job, "parallel")
        .and_then(|it| tree.get(it, "matrix"));
    for row in matrix.map(|it| tree.items(it)).unwrap_or_default() {
        let names = tree.entries(row).into_iter();
        environment.extend(names.map(|(name, _)| (name, None)));
    }
    matrix.into_iter().for_each(|it| tree.skip(it));
    let tags = effective(tree, root, job, "tags");
    let tags = tags.map(|it| tree.items(it)).unwrap_or_default();
    let mut tags = tags.iter().filter_map(|it| tree.string(*it));
    let is_posix = !tags.any(|it| it.to_ascii_lowercase().contains("windows"));
    // Which of the variables arrive is not followed.
    let certain = tree.get(job, "inherit").is_none();
    let mut steps = Vec::new();
    if let Some(trigger) = tree.get(job, "trigger") {
        steps.push(Step::Other {
            words: Vec::new(),
            environment: environment.clone(),
            at: tree.at(trigger),
        });
    }
    let mut add = |scripts: Vec<Traced>, environment: &Environment| {
        let text = joined(&scripts);
        steps.push(match is_posix {
            true => Step::Script(Script {
                text,
                environment: environment.clone(),
                directory: Ok(None),
                certain,
            }),
            false => Step::Other {
                at: text.start().unwrap_or_default(),
                words: text.words(),
                environment: environment.clone(),
            },
        });
    };
    let lines = |key: &str| match effective(tree, root, job, key) {
        Some(node) => tree.lines(node),
        None => Ok(Vec::new()),
    };
    let script = tree.get(job, "script").map(|it| tree.lines(it));
    if let Some(script) = script.transpose()? {
        let mut all = lines("before_script")?;
        all.extend(script);
        add(all, &environment);
        add(lines("after_script")?, &environment);
    }
    if let Some(artifacts) = effective(tree, root, job, "artifacts") {
        for key in ["paths", "exclude"] {
            if let Some(paths) = tree.get(artifacts, key) {
                steps.push(Step::Paths(Paths {
                    paths: tree.lines(paths)?,
                    ..Paths::default()
                }));
            }
        }
    }
    Ok(steps)
}
