//! A workflow of GitHub Actions.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>

use super::dynamic::filled;
use super::yaml::Tree;
use super::{Environment, Paths, Script, Step, Steps, add_variables, common_directory, directory};
use crate::companion::build::model::key;
use crate::program::Traced;
use crate::syntax::NodeId;

/// How expressions begin.
const OPEN: &str = "${{";

/// Actions that do the same whatever Go's variables say.
const INDIFFERENT: [&str; 11] = [
    "actions/cache",
    "actions/cache/restore",
    "actions/cache/save",
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-go",
    "actions/setup-node",
    "actions/setup-python",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
    "aws-actions/setup-sam",
];

pub(super) fn steps(tree: &Tree) -> Result<Steps, usize> {
    let root = tree.root()?;
    let mut steps = Steps::default();
    let mut environment = Environment::new();
    let here = Some(Traced::unplaced("${CURDIR}"));
    environment.insert("GITHUB_WORKSPACE".to_owned(), here);
    variables(tree, root, &mut environment)?;
    let on = tree.get(root, "on");
    on.into_iter().for_each(|it| tree.skip(it));
    // Who calls it may take what it makes to a place that is not known here.
    let is_called = on.is_some_and(|on| {
        tree.get(on, "workflow_call").is_some()
            || tree.string(on) == Some("workflow_call")
            || tree
                .items(on)
                .iter()
                .any(|it| tree.string(*it) == Some("workflow_call"))
    });
    for (_, job) in jobs(tree, root) {
        let defaults = Defaults {
            environment: environment.clone(),
            certain: !is_called,
        };
        steps
            .jobs
            .push(read_job(tree, root, job, defaults, &mut steps.unread)?);
    }
    Ok(steps)
}

fn jobs(tree: &Tree, root: NodeId) -> Vec<(String, NodeId)> {
    let jobs = tree.get(root, "jobs");
    jobs.map(|it| tree.entries(it)).unwrap_or_default()
}

struct Defaults {
    environment: Environment,
    certain: bool,
}

fn variables(tree: &Tree, holder: NodeId, environment: &mut Environment) -> Result<(), usize> {
    tree.charge(holder, 0)?;
    match tree.get(holder, "env") {
        Some(env) if tree.is_mapping(env) => {
            add_variables(tree, env, |value| !value.contains(OPEN), environment)
        }
        // An expression that makes a whole map.
        Some(_) => {
            environment.insert("GOFLAGS".to_owned(), None);
            Ok(())
        }
        None => Ok(()),
    }
}

/// `defaults.run` of a job, or of the workflow.
fn default<'t>(tree: &'t Tree, root: NodeId, job: NodeId, key: &str) -> Option<&'t str> {
    let of = |holder| {
        let defaults = tree.get(holder, "defaults")?;
        tree.text(tree.get(defaults, "run")?, key)
    };
    of(job).or_else(|| of(root))
}

/// Whether a job's machine has a POSIX shell by default.
fn is_posix(tree: &Tree, job: NodeId) -> bool {
    let Some(machine) = tree.get(job, "runs-on") else {
        return false;
    };
    let labels = match tree.get(machine, "labels") {
        Some(labels) => labels,
        None => machine,
    };
    let mut names: Vec<_> = tree
        .items(labels)
        .iter()
        .filter_map(|it| tree.string(*it))
        .collect();
    names.extend(tree.string(labels));
    let posix = |name: &&str| {
        let name = name.to_ascii_lowercase();
        ["ubuntu", "linux", "macos"]
            .iter()
            .any(|it| name.contains(it))
            && !name.contains(OPEN)
    };
    names.iter().any(posix)
}

fn read_job(
    tree: &Tree,
    root: NodeId,
    job: NodeId,
    defaults: Defaults,
    unread: &mut Vec<(usize, &'static str)>,
) -> Result<Vec<Step>, usize> {
    let mut found = Vec::new();
    let Defaults {
        mut environment,
        certain,
    } = defaults;
    if let Some(container) = tree.get(job, "container") {
        variables(tree, container, &mut environment)?;
    }
    variables(tree, job, &mut environment)?;
    if let Some(uses) = tree.get(job, "uses") {
        found.push(Step::Other {
            words: Vec::new(),
            environment: environment.clone(),
            at: tree.at(uses),
        });
        return Ok(found);
    }
    let is_posix = is_posix(tree, job);
    let steps = tree.get(job, "steps");
    for step in steps.map(|it| tree.items(it)).unwrap_or_default() {
        let mut environment = environment.clone();
        variables(tree, step, &mut environment)?;
        if let Some(run) = tree.get(step, "run") {
            let text = filled_in(tree, &tree.traced(run)?, &environment);
            let shell = tree.text(step, "shell");
            let shell = shell.or_else(|| default(tree, root, job, "shell"));
            let program = shell.map(|it| it.split(' ').next().unwrap_or_default());
            let runs_posix = match program {
                None => is_posix,
                Some(program) => matches!(program, "bash" | "sh") && is_posix,
            };
            let place = tree.text(step, "working-directory");
            let place = place.or_else(|| default(tree, root, job, "working-directory"));
            found.push(match runs_posix {
                true => Step::Script(Script {
                    text,
                    environment,
                    directory: directory(place),
                    certain: certain && tree.get(step, "if").is_none(),
                }),
                false => Step::Other {
                    at: tree.at(run),
                    words: text.words(),
                    environment,
                },
            });
            // A shell's directory is no file of the build.
            for holder in [Some(step), Some(job), Some(root)].into_iter().flatten() {
                skip_directory(tree, holder);
            }
        } else if let Some(uses) = tree.get(step, "uses") {
            let action = tree.string(uses).unwrap_or_default();
            tree.skip(uses);
            let with = tree.get(step, "with");
            let name = action.split('@').next().unwrap_or_default();
            match (name, with) {
                _ if action.starts_with("./") => {
                    unread.push((tree.at(uses), "an action of this repository"));
                }
                ("actions/upload-artifact", Some(with)) => {
                    upload(tree, with, &environment, &mut found)?;
                }
                // It gives back what was uploaded as it was.
                ("actions/download-artifact", Some(with)) => tree.skip(with),
                _ => {}
            }
            if !INDIFFERENT.contains(&name) {
                found.push(Step::Other {
                    words: Vec::new(),
                    environment,
                    at: tree.at(uses),
                });
            }
        }
    }
    Ok(found)
}

/// Where artifacts arrive in other jobs, as keys; None where that is not followed.
fn downloads(tree: &Tree) -> Result<Vec<Option<String>>, usize> {
    let mut found = Vec::new();
    for (_, job) in jobs(tree, tree.root()?) {
        let steps = tree.get(job, "steps").map(|it| tree.items(it));
        for step in steps.unwrap_or_default() {
            let action = tree.text(step, "uses").unwrap_or_default();
            if !action.starts_with("actions/download-artifact@") {
                continue;
            }
            let with = tree.get(step, "with").map(|it| tree.entries(it));
            let with = with.unwrap_or_default();
            let is_plain = |(name, _): &(String, NodeId)| matches!(name.as_str(), "name" | "path");
            let is_one = with.iter().any(|(name, _)| name == "name") && with.iter().all(is_plain);
            let path = with.iter().find(|(name, _)| name == "path");
            let path = path.map_or(Some(""), |(_, node)| tree.string(*node));
            let path = path.filter(|it| is_one && !it.contains('$'));
            found.push(path.and_then(|it| key(it, Some(""))));
        }
    }
    Ok(found)
}

fn skip_directory(tree: &Tree, holder: NodeId) {
    let run = tree
        .get(holder, "defaults")
        .and_then(|it| tree.get(it, "run"));
    for holder in [Some(holder), run].into_iter().flatten() {
        if let Some(node) = tree.get(holder, "working-directory") {
            tree.skip(node);
        }
    }
}

/// The paths of an uploaded artifact, a line each.
///
/// <https://github.com/actions/upload-artifact#upload-using-multiple-paths-and-exclusions>
fn upload(
    tree: &Tree,
    with: NodeId,
    environment: &Environment,
    found: &mut Vec<Step>,
) -> Result<(), usize> {
    let Some(node) = tree.get(with, "path") else {
        return Ok(());
    };
    let at = tree.at(node);
    let text = filled_in(tree, &tree.traced(node)?, environment);
    let mut paths = Vec::new();
    let mut start = 0;
    for line in text.as_str().split('\n') {
        let end = start + line.len();
        let from = start + line.len() - line.trim_start().len();
        let path = text.slice(from..from + line.trim().len());
        if !path.is_empty() {
            paths.push(path);
        }
        start = end + 1;
    }
    let common = common_directory(&paths);
    let arrives = |place: &Option<String>| place.as_deref() == Some(common.as_str());
    found.push(match downloads(tree)?.iter().all(arrives) {
        true => Step::Paths(Paths {
            paths,
            directory: String::new(),
            loses_common: true,
        }),
        // It arrives under other names.
        false => Step::Other {
            words: paths,
            environment: Environment::new(),
            at,
        },
    });
    Ok(())
}

/// A text with the expressions that are known replaced.
fn filled_in(tree: &Tree, text: &Traced, environment: &Environment) -> Traced {
    // A step may give the variables of those behind it other values.
    let is_steady = !tree.contains("GITHUB_ENV");
    filled(text, OPEN, |inner| {
        let inner = inner.trim();
        if inner == "github.workspace" {
            return Some(Traced::unplaced("${CURDIR}"));
        }
        let name = inner.strip_prefix("env.").filter(|_| is_steady)?;
        let value = environment.get(name)?.as_ref()?;
        // Who else refers to it is not known.
        Some(Traced::unplaced(value.as_str()))
    })
}
