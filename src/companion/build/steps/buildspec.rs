//! The build specification of CodeBuild.
//!
//! <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>

use super::yaml::Tree;
use super::{Environment, Paths, Script, Step, Steps, add_variables, joined};
use crate::program::Traced;
use crate::syntax::NodeId;

/// The phases in the order in which they run.
const PHASES: [&str; 4] = ["install", "pre_build", "build", "post_build"];

pub(super) fn steps(tree: &Tree) -> Result<Steps, usize> {
    let root = tree.root()?;
    let mut steps = Steps::default();
    let mut environment = Environment::new();
    let here = Some(Traced::unplaced("${CURDIR}"));
    environment.insert("CODEBUILD_SRC_DIR".to_owned(), here);
    let mut is_posix = true;
    if let Some(env) = tree.get(root, "env") {
        if let Some(variables) = tree.get(env, "variables") {
            add_variables(tree, variables, |_| true, &mut environment)?;
        }
        for other in ["parameter-store", "secrets-manager"] {
            if let Some(secrets) = tree.get(env, other) {
                let names = tree.entries(secrets).into_iter();
                environment.extend(names.map(|(name, _)| (name, None)));
                tree.skip(secrets);
            }
        }
        is_posix = matches!(
            tree.text(env, "shell"),
            None | Some("bash" | "sh" | "/bin/sh")
        );
    }
    for entry in ["batch", "build-list", "build-matrix"] {
        if let Some(batch) = tree.get(root, entry) {
            let what = "a batch, whose builds have variables of their own,";
            steps.unread.push((tree.at(batch), what));
        }
    }
    let scripts = scripts(tree, root)?;
    let mut job = Vec::new();
    // One instance of the shell runs all commands from version 0.2 on.
    let scripts = match tree.text(root, "version") {
        Some("0.1") => scripts,
        _ => vec![joined(&scripts)],
    };
    for text in scripts {
        job.push(match is_posix {
            true => Step::Script(Script {
                text,
                environment: environment.clone(),
                directory: Ok(None),
                certain: true,
            }),
            false => Step::Other {
                at: text.start().unwrap_or_default(),
                words: text.words(),
                environment: environment.clone(),
            },
        });
    }
    if let Some(artifacts) = tree.get(root, "artifacts") {
        add_artifacts(tree, artifacts, &mut job, &mut steps)?;
        if let Some(more) = tree.get(artifacts, "secondary-artifacts") {
            for (_, artifacts) in tree.entries(more) {
                add_artifacts(tree, artifacts, &mut job, &mut steps)?;
            }
        }
    }
    steps.jobs.push(job);
    Ok(steps)
}

fn scripts(tree: &Tree, root: NodeId) -> Result<Vec<Traced>, usize> {
    let mut found = Vec::new();
    let Some(phases) = tree.get(root, "phases") else {
        return Ok(found);
    };
    for phase in PHASES {
        let Some(phase) = tree.get(phases, phase) else {
            continue;
        };
        for key in ["commands", "finally"] {
            if let Some(commands) = tree.get(phase, key) {
                found.extend(tree.lines(commands)?);
            }
        }
    }
    Ok(found)
}

fn add_artifacts(
    tree: &Tree,
    artifacts: NodeId,
    job: &mut Vec<Step>,
    steps: &mut Steps,
) -> Result<(), usize> {
    let Some(files) = tree.get(artifacts, "files") else {
        return Ok(());
    };
    let directory = tree.get(artifacts, "base-directory");
    let text = directory.map(|node| tree.string(node).unwrap_or("*"));
    let text = text.unwrap_or_default();
    if text.contains(['*', '?', '[', '$']) {
        steps
            .unread
            .push((tree.at(artifacts), "a base-directory that is a pattern"));
        return Ok(());
    }
    let flattens = tree
        .text(artifacts, "discard-paths")
        .is_some_and(|it| it != "no");
    if flattens {
        // Every program would arrive as `bootstrap`.
        let prefix = match text {
            "" => String::new(),
            text => format!("{}/", text.trim_end_matches('/')),
        };
        for path in tree.lines(files)? {
            job.push(Step::Other {
                words: vec![Traced::unplaced(format!("{prefix}{path}"))],
                environment: Environment::new(),
                at: tree.at(files),
            });
        }
    } else {
        job.push(Step::Paths(Paths {
            paths: tree.lines(files)?,
            directory: text.to_owned(),
            loses_common: false,
        }));
    }
    directory.into_iter().for_each(|node| tree.skip(node));
    Ok(())
}
