//! What always holds, whatever the input: asserted by the ordinary tests and by the fuzzers.
//!
//! The checks know nothing of how a migration is made. They look at the texts before and after,
//! and at a second reading of both that shares no code with the library (see [`reading`]).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lambdalift::data::Data;
use lambdalift::edit::Edit;
use lambdalift::finding::Finding;
use lambdalift::migrate::{Options, Outcome, Status, Verdict};
use lambdalift::report::everything;
use lambdalift::session::{Input, Session};

use crate::reading::Reading;

/// A template of a run.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    pub(crate) fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            bytes: bytes.into(),
        }
    }

    fn with(&self, bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(self.path.clone(), bytes)
    }
}

/// How much a check has had to look at: a check of nothing proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Files.
    pub(crate) files: usize,
    /// Files that are templates and could be read.
    pub(crate) examined: usize,
    /// Files with an edit.
    pub(crate) changed: usize,
    /// Files with an edit that the second reading could compare.
    pub(crate) compared: usize,
    /// Functions that moved.
    pub(crate) moved: usize,
    /// Functions that stayed in a file with an edit.
    pub(crate) stayed: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.files += other.files;
        self.examined += other.examined;
        self.changed += other.changed;
        self.compared += other.compared;
        self.moved += other.moved;
        self.stayed += other.stayed;
    }
}

/// Runs `files` together, and again in other ways, and checks everything that section 10 of the
/// specification promises of texts.
///
/// # Errors
/// The first promise that does not hold, with the texts.
pub(crate) fn check(files: &[File], options: &Options) -> Result<Counts, String> {
    let outcomes = run(files.to_vec(), options, 1);
    let mut backwards = run(files.iter().rev().cloned().collect(), options, 2);
    backwards.reverse();
    for (one, two) in outcomes.iter().zip(&backwards) {
        if fingerprint(one) != fingerprint(two) {
            return broken(one, "order or threads change the outcome");
        }
    }
    let mut counts = Counts::default();
    for (file, outcome) in files.iter().zip(&outcomes) {
        everything(&mut std::io::sink(), outcome).map_err(|error| error.to_string())?;
        counts.add(check_one(file, outcome)?);
    }
    check_second_run(files, &outcomes, options)?;
    check_line_endings(files, &outcomes, options)?;
    Ok(counts)
}

fn run(files: Vec<File>, options: &Options, threads: usize) -> Vec<Outcome> {
    let data = Data::load(None, None).unwrap();
    let options = Arc::new(options.clone());
    let session = Session {
        data: &data,
        threads,
        cancelled: &AtomicBool::new(false),
        edits_build_files: true,
        done: None,
    };
    let inputs = files.into_iter().map(|File { path, bytes }| Input {
        path,
        root: PathBuf::new(),
        bytes,
        has_neighbours: false,
        options: Arc::clone(&options),
    });
    session.run(inputs.collect()).outcomes
}

/// Everything of an outcome that anybody can see.
fn fingerprint(outcome: &Outcome) -> impl PartialEq + use<> {
    let findings: Vec<_> = outcome
        .findings
        .iter()
        .map(|it| {
            let edits = it
                .fix
                .as_ref()
                .map(|fix| (fix.applicability, fix.edits.clone()));
            let words = (it.message.clone(), it.help.clone(), it.resource.clone());
            (
                it.rule.id,
                words,
                it.range.clone(),
                it.related.clone(),
                edits,
            )
        })
        .collect();
    let functions = format!("{:?}", outcome.functions);
    (outcome.status, outcome.new_text(), functions, findings)
}

fn check_one(file: &File, outcome: &Outcome) -> Result<Counts, String> {
    let mut counts = Counts {
        files: 1,
        examined: usize::from(outcome.status == Status::Examined),
        ..Counts::default()
    };
    if outcome.status == Status::Failed {
        return broken(outcome, "the migration could not be proved");
    }
    let moved = outcome.functions.iter().filter(|it| is_moved(it.verdict));
    let Some(output) = &outcome.new_text() else {
        return match moved.count() {
            0 => Ok(counts),
            _ => broken(
                outcome,
                "a function is called migrated in a file without an edit",
            ),
        };
    };
    if outcome.status != Status::Examined || outcome.source.text().as_bytes() != file.bytes {
        return broken(outcome, "a text was edited that was not examined");
    }
    if !is_edited(outcome, output) {
        return broken(
            outcome,
            "the output is not the input with the reported edits",
        );
    }
    counts.changed = 1;
    let (before, after) = (Reading::of(&file.bytes), Reading::of(output.as_bytes()));
    let (before, after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (Some(_), None) => return broken(outcome, "the output cannot be read any more"),
        (None, _) => return Ok(counts),
    };
    counts.compared = 1;
    match before.compare(&after, &outcome.functions) {
        Ok((moved, stayed)) => {
            counts.moved = moved;
            counts.stayed = stayed;
            Ok(counts)
        }
        Err(what) => broken(outcome, &what),
    }
}

fn is_moved(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Migrated | Verdict::MigratedWithFollowUp)
}

/// Whether the output is the old text with the edits of the findings, each made once, and every
/// other byte as it was. Insertions at one place may stand in any order.
fn is_edited(outcome: &Outcome, output: &str) -> bool {
    let fixes = outcome.findings.iter().filter_map(|it| it.fix.as_ref());
    let mut edits: Vec<&Edit> = Vec::new();
    for edit in fixes.flat_map(|fix| &fix.edits) {
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    // At one place the longest that fits comes first: it may begin like a shorter one.
    edits.sort_by_key(|edit| {
        (
            edit.range().start,
            edit.range().end,
            usize::MAX - edit.content().len(),
        )
    });
    let (mut old, mut new, mut done) = (outcome.source.text(), output, 0);
    while let Some(first) = edits.first() {
        let start = first.range().start;
        let Some((kept, rest)) = old.split_at_checked(start.wrapping_sub(done)) else {
            return false;
        };
        let Some(after) = new.strip_prefix(kept) else {
            return false;
        };
        let here = edits.iter().take_while(|edit| edit.range().start == start);
        let mut here = here.enumerate();
        let Some((index, edit)) = here.find(|(_, edit)| after.starts_with(edit.content())) else {
            return false;
        };
        let Some(rest) = rest.get(edit.range().len()..) else {
            return false;
        };
        (old, new, done) = (rest, &after[edit.content().len()..], edit.range().end);
        edits.remove(index);
    }
    old == new
}

/// A second run over what the first has made finds nothing to edit.
fn check_second_run(files: &[File], outcomes: &[Outcome], options: &Options) -> Result<(), String> {
    if outcomes.iter().all(|outcome| outcome.output.is_none()) {
        return Ok(());
    }
    let migrated = files.iter().zip(outcomes).map(|(file, outcome)| {
        let output = outcome.new_text();
        output
            .as_ref()
            .map_or_else(|| file.clone(), |text| file.with(text.as_bytes()))
    });
    for again in run(migrated.collect(), options, 1) {
        let edits = |it: &Finding| it.fix.as_ref().is_some_and(|fix| !fix.edits.is_empty());
        if again.output.is_some() || again.findings.iter().any(edits) {
            return broken(&again, "a second run finds something to edit");
        }
    }
    Ok(())
}

/// With CRLF line endings the same edits are made, and nothing else happens.
fn check_line_endings(
    files: &[File],
    outcomes: &[Outcome],
    options: &Options,
) -> Result<(), String> {
    if files.iter().any(|file| file.bytes.contains(&b'\r')) {
        return Ok(());
    }
    let with_crlf = |text: &[u8]| {
        let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
        lines.join(b"\r\n".as_slice())
    };
    let variants = files.iter().map(|file| file.with(with_crlf(&file.bytes)));
    let found = run(variants.collect(), options, 1);
    for (outcome, found) in outcomes.iter().zip(&found) {
        let expected = outcome.new_text().map(|it| with_crlf(it.as_bytes()));
        if found.new_text().map(String::into_bytes) != expected {
            return broken(found, "with CRLF line endings other edits are made");
        }
    }
    Ok(())
}

fn broken<T>(outcome: &Outcome, what: &str) -> Result<T, String> {
    let messages = outcome.findings.iter().map(|it| (it.rule.id, &it.message));
    Err(format!(
        "{}: {what}\n--- before\n{}\n--- after\n{}\n--- findings\n{:#?}",
        display(outcome.source.path()),
        outcome.source.text(),
        outcome
            .new_text()
            .as_deref()
            .unwrap_or("(nothing is edited)"),
        messages.collect::<Vec<_>>(),
    ))
}

fn display(path: &Path) -> std::path::Display<'_> {
    path.display()
}
