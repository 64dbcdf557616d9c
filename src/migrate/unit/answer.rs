//! What build files answer to requests, and what that comes to for a function.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::Grant;
use super::ask::Asked;
use crate::companion::Refused;
use crate::companion::build::{Answer, BuildFile, Plan, Request};
use crate::finding::Related;
use crate::migrate::caution::{Case, speaks_against};
use crate::migrate::context::Context;
use crate::source::SourceFile;
use crate::syntax::NodeId;
use crate::template::Template;

/// The functions of the template that a Makefile may also build for, and that do not move.
pub(super) fn stays(template: &Template<'_>, asked: &[Asked<'_>]) -> Vec<String> {
    let asked: HashSet<NodeId> = asked.iter().map(|it| it.function.key).collect();
    let functions = template.functions.iter();
    let staying = functions.filter(|it| !asked.contains(&it.key));
    staying
        .map(|function| function.logical_id.clone())
        .collect()
}

pub(super) fn plan_file(
    context: &Context<'_>,
    path: &Path,
    asked: &[&Asked<'_>],
    stays: &[String],
) -> (String, Plan) {
    let requests: Vec<Request> = asked.iter().map(|it| it.request.clone()).collect();
    let text = match text(context, path) {
        Ok(text) => text,
        Err(why) => {
            let refused = Refused {
                why: why.to_owned(),
                at: 0,
            };
            let answer = Answer::Refused {
                file: path.to_owned(),
                refused,
            };
            let plan = Plan {
                answers: vec![answer; requests.len()],
                ..Plan::default()
            };
            return (String::new(), plan);
        }
    };
    let file = BuildFile {
        files: context.survey.files(),
        path,
        text: &text,
        stays,
    };
    let plan = file.plan(&requests);
    (text, plan)
}

/// Takes a plan back against which something speaks.
pub(super) fn judge(
    context: &Context<'_>,
    template: &Template<'_>,
    (path, text, stays): (&Path, &str, &[String]),
    asked: &[&Asked<'_>],
    mut plan: Plan,
    moves_too: &dyn Fn(&Path, (&Path, &Path)) -> bool,
) -> Plan {
    let requests: Vec<Request> = asked.iter().map(|it| it.request.clone()).collect();
    let splits = asked.iter().any(|it| it.splits);
    let shares = asked.iter().any(|it| {
        context
            .users
            .has_target_of_others(context.survey, template, it.function)
    });
    let case = Case {
        path,
        text,
        requests: &requests,
        stays,
        splits,
        shares,
        moves_too,
    };
    if let Some((file, refused)) = speaks_against(context, &case, &plan) {
        plan.edits.clear();
        for answer in &mut plan.answers {
            if is_made(answer) {
                *answer = Answer::Refused {
                    file: file.clone(),
                    refused: refused.clone(),
                };
            }
        }
    }
    plan
}

/// Whether a file is edited for a request.
pub(super) fn is_made(answer: &Answer) -> bool {
    matches!(answer, Answer::Done { .. } | Answer::Follows)
}

/// The places that speak against the edits of a function.
pub(super) fn refusals(context: &Context<'_>, answers: &[(PathBuf, Answer)]) -> Vec<Related> {
    let mut found: Vec<Related> = Vec::new();
    let is_made_somewhere = answers.iter().any(|(_, answer)| is_made(answer));
    for (_, answer) in answers {
        let (file, refused) = match answer {
            Answer::Refused { file, refused } => (file, refused),
            Answer::Hinders { file, refused } if is_made_somewhere => (file, refused),
            _ => continue,
        };
        let text = context.survey.read(file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let message = format!("not edited, because {}", refused.why);
        let related = elsewhere(file, &text, refused.at, message);
        if !found.contains(&related) {
            found.push(related);
        }
    }
    found
}

/// The text of a build file, or why there is none.
fn text(context: &Context<'_>, path: &Path) -> Result<String, &'static str> {
    let bytes = context.survey.read(path);
    let bytes = bytes.ok_or("this file is larger than 1 MiB or cannot be read")?;
    String::from_utf8(bytes).map_err(|_| "this file is not UTF-8")
}

/// A request is granted if at least one file does it, and none that makes the same thing refuses.
pub(super) fn grant(
    context: &Context<'_>,
    asked: &Asked<'_>,
    answers: &[(PathBuf, Answer)],
    plans: &[(PathBuf, String, Plan)],
) -> Option<Grant> {
    let mut files = BTreeSet::new();
    let mut in_the_way = BTreeSet::new();
    let mut follows = BTreeSet::new();
    if let Request::Zip { archive, .. } = &asked.request {
        in_the_way.insert(archive.clone());
    }
    for (path, answer) in answers {
        match answer {
            Answer::NotHere | Answer::Refused { .. } | Answer::Hinders { .. } => {}
            Answer::Follows => drop(follows.insert(path.clone())),
            Answer::Done { replaces_file } => {
                files.insert(path.clone());
                in_the_way.extend(replaces_file.clone());
            }
        }
    }
    in_the_way.retain(|path| context.survey.is_file(path));
    if files.is_empty() {
        return None;
    }
    let edited = plans
        .iter()
        .filter(|(path, ..)| files.contains(path) || follows.contains(path));
    let places = edited.flat_map(|(path, text, plan)| {
        let first = plan.edits.get(path).and_then(|edits| edits.first());
        first.map(|edit| elsewhere(path, text, edit.range.start, "edited, too"))
    });
    Some(Grant {
        goarch: asked.goarch,
        places: places.collect(),
        files,
        in_the_way,
        splits: asked.splits,
    })
}

/// A place in a build file; `at` is a byte offset.
fn elsewhere(path: &Path, text: &str, at: usize, message: impl Into<String>) -> Related {
    let position = SourceFile::new(path, text.to_owned()).position(at);
    Related::Elsewhere {
        message: message.into(),
        path: path.to_owned(),
        line: position.line,
        column: position.column,
    }
}
