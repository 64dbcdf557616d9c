//! The report for programs, version 1. Its types are copies, so that the inside can change without
//! the outside; `schemas/report.schema.json` is generated from them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::run::{self, Run};
use super::{Summary, fingerprint};
use crate::companion::BuildFileChange;
use crate::finding::{self, Effect};
use crate::migrate::{self, Status};
use crate::rules::RULES;
use crate::source::SourceFile;

/// The version of the report's shape; it grows when a reader has to change.
pub const VERSION: u32 = 1;

/// A run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub struct Report {
    /// The version of this shape: 1.
    version: u32,
    /// The program that wrote it.
    tool: Tool,
    summary: Counts,
    /// The templates, sorted by path.
    files: Vec<File>,
    /// The build files that change together with templates, sorted by path.
    build_files: Vec<BuildFile>,
    /// What could not be looked at.
    errors: Vec<Failure>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub(super) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// How many functions, files and layers, by verdict.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Counts {
    templates: usize,
    unreadable: usize,
    files_changed: usize,
    files_written: usize,
    migrated: usize,
    migrated_with_follow_up: usize,
    declined: usize,
    ignored: usize,
    held_back: usize,
    current: usize,
    other_runtime: usize,
    layers: usize,
    not_examined: usize,
}

impl Counts {
    pub(super) fn new(summary: &Summary, files_written: usize) -> Self {
        Self {
            templates: summary.templates,
            unreadable: summary.unreadable,
            files_changed: summary.changed,
            files_written,
            migrated: summary.migrated,
            migrated_with_follow_up: summary.migrated_with_follow_up,
            declined: summary.declined,
            ignored: summary.ignored,
            held_back: summary.held_back,
            current: summary.current,
            other_runtime: summary.other_runtime,
            layers: summary.layers,
            not_examined: summary.not_examined,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct File {
    #[serde(flatten)]
    pub(super) head: FileHead,
    pub(super) functions: Vec<Function>,
    pub(super) findings: Vec<Finding>,
    /// The unified diff, with --diff; bytes that are not UTF-8 are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) diff: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FileHead {
    pub(super) path: String,
    status: FileStatus,
    /// Whether the migration edits it.
    changed: bool,
    /// Whether it was written.
    written: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct BuildFile {
    path: String,
    /// The paths of those templates: all of them are written, or none.
    templates: Vec<String>,
    /// Whether it was written.
    written: bool,
    /// The new text.
    content: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum FileStatus {
    Examined,
    Unparsable,
    FailedVerification,
    /// Guard rules object to the migrated text.
    Blocked,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Function {
    logical_id: String,
    line: usize,
    /// The runtimes that it had before; empty if none is known.
    runtimes: Vec<String>,
    /// Where the runtime comes from.
    origin: Option<String>,
    /// migrated, migrated-with-follow-up, declined, ignored, held-back, current, other-runtime
    verdict: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Finding {
    /// The same in every run as long as rule, path, resource and the text of the place are.
    fingerprint: String,
    rule: &'static str,
    /// error, warning, info
    severity: &'static str,
    effect: FindingEffect,
    message: String,
    /// The next step for a person.
    help: Option<String>,
    /// The logical ID of the resource it is about.
    resource: Option<String>,
    location: Location,
    related: Vec<Related>,
    fix: Option<Fix>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum FindingEffect {
    /// Its edits are part of the migration.
    Edit,
    /// The function is not migrated.
    Decline,
    /// The function is migrated; a person has a step left.
    FollowUp,
    Note,
}

/// A part of the file's text as it was before.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Location {
    start: Position,
    end: Position,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Position {
    /// In bytes, from 0.
    offset: usize,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Related {
    message: String,
    path: String,
    line: usize,
    column: usize,
}

/// All fixes of one resource apply together or not at all.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Fix {
    title: String,
    /// safe, unsafe, display-only
    applicability: &'static str,
    edits: Vec<Edit>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Edit {
    /// What goes away; empty for an insertion.
    location: Location,
    /// What comes.
    content: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Failure {
    path: Option<String>,
    message: String,
}

impl From<run::Failure<'_>> for Failure {
    fn from(failure: run::Failure<'_>) -> Self {
        Self {
            path: failure.path.map(text),
            message: failure.message,
        }
    }
}

/// A rule, as `lambdalift rules --format json` prints it.
#[derive(Debug, Serialize)]
pub struct RuleEntry {
    id: &'static str,
    summary: &'static str,
    severity: &'static str,
    since: &'static str,
    explanation: &'static str,
    /// The whole page, in Markdown, as `lambdalift explain` prints it.
    help: String,
}

/// Every rule.
#[must_use]
pub fn rules() -> Vec<RuleEntry> {
    RULES
        .iter()
        .map(|rule| RuleEntry {
            id: rule.id,
            summary: rule.summary,
            severity: rule.severity.as_str(),
            since: rule.since,
            explanation: rule.explanation,
            help: rule.help_markdown(),
        })
        .collect()
}

/// Makes the diff of an outcome, if it has one.
pub(crate) type Differ = fn(&migrate::Outcome) -> Option<Vec<u8>>;

impl Report {
    /// The report of a run. Files that are no templates do not appear.
    pub(crate) fn new(run: &Run<'_>) -> Self {
        let files = run.outcomes.iter();
        Self {
            version: VERSION,
            tool: Tool::this(),
            files: files
                .filter_map(|outcome| File::new(outcome, run.written, run.diff))
                .collect(),
            build_files: BuildFile::all(run.build_files, run.outcomes, run.written).collect(),
            errors: run.failures().map(Into::into).collect(),
            summary: Counts::new(&Summary::of(run.outcomes), run.written.len()),
        }
    }
}

impl BuildFile {
    pub(super) fn all(
        files: &[BuildFileChange],
        outcomes: &[migrate::Outcome],
        written: &[PathBuf],
    ) -> impl Iterator<Item = Self> {
        files.iter().map(|file| Self {
            path: text(&file.path),
            templates: file
                .templates
                .iter()
                .filter_map(|&at| outcomes.get(at))
                .map(|outcome| text(outcome.source.path()))
                .collect(),
            written: written.contains(&file.path),
            content: file.after.clone(),
        })
    }
}

impl File {
    /// What there is to say of a file; nothing if it is no template.
    pub(super) fn new(
        outcome: &migrate::Outcome,
        written: &[PathBuf],
        diff: Option<Differ>,
    ) -> Option<Self> {
        let status = match outcome.status {
            Status::NotATemplate => return None,
            Status::Examined => FileStatus::Examined,
            Status::Unparsable => FileStatus::Unparsable,
            Status::Failed => FileStatus::FailedVerification,
            Status::Blocked => FileStatus::Blocked,
        };
        let source = &outcome.source;
        let patch = diff.and_then(|diff| diff(outcome));
        let functions = outcome.functions.iter().map(|function| Function {
            logical_id: function.logical_id.clone(),
            line: source.position(function.range.start).line,
            runtimes: function.runtimes.clone(),
            origin: function.origin.clone(),
            verdict: function.verdict.as_str(),
        });
        let findings = outcome.findings.iter().zip(fingerprint::of(outcome));
        Some(Self {
            head: FileHead {
                path: text(source.path()),
                status,
                changed: outcome.output.is_some(),
                written: written.iter().any(|path| path == source.path()),
            },
            functions: functions.collect(),
            findings: findings
                .map(|(finding, print)| Finding::new(source, finding, print))
                .collect(),
            diff: patch.map(|patch| String::from_utf8_lossy(&patch).into_owned()),
        })
    }
}

impl Finding {
    fn new(source: &SourceFile, finding: &finding::Finding, fingerprint: String) -> Self {
        Self {
            fingerprint,
            rule: finding.rule.id,
            severity: finding.rule.severity.as_str(),
            effect: match finding.effect {
                Effect::Edit => FindingEffect::Edit,
                Effect::Decline => FindingEffect::Decline,
                Effect::FollowUp => FindingEffect::FollowUp,
                Effect::Note => FindingEffect::Note,
            },
            message: finding.message.clone(),
            help: finding.help.clone(),
            resource: finding.resource.clone(),
            location: Location::new(source, &finding.range),
            related: finding
                .related
                .iter()
                .map(|related| Related::new(source, related))
                .collect(),
            fix: finding.fix.as_ref().map(|fix| Fix {
                title: fix.title.clone(),
                applicability: fix.applicability.as_str(),
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| Edit {
                        location: Location::new(source, &edit.range()),
                        content: edit.content().to_owned(),
                    })
                    .collect(),
            }),
        }
    }
}

impl Related {
    fn new(source: &SourceFile, related: &finding::Related) -> Self {
        match related {
            finding::Related::Here { message, range } => {
                let place = source.position(range.start);
                Self {
                    message: message.clone(),
                    path: text(source.path()),
                    line: place.line,
                    column: place.column,
                }
            }
            finding::Related::Elsewhere {
                message,
                path,
                line,
                column,
            } => Self {
                message: message.clone(),
                path: text(path),
                line: *line,
                column: *column,
            },
        }
    }
}

impl Location {
    fn new(source: &SourceFile, range: &crate::source::Range) -> Self {
        Self {
            start: Position::new(source, range.start),
            end: Position::new(source, range.end),
        }
    }
}

impl Position {
    fn new(source: &SourceFile, offset: usize) -> Self {
        let place = source.position(offset);
        Self {
            offset,
            line: place.line,
            column: place.column,
        }
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
pub(super) mod tests {
    use super::Report;

    /// Set `LAMBDALIFT_BLESS` to write the file anew.
    pub(in crate::report) fn assert_schema<T: schemars::JsonSchema>(name: &str) {
        // As a value: whether serde_json keeps the order of keys depends on what else is built.
        let schema = schemars::schema_for!(T).to_value();
        let path = format!("{}/schemas/{name}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("LAMBDALIFT_BLESS").is_some() {
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            std::fs::write(&path, text).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap();
        let written: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(written, schema);
    }

    #[test]
    fn the_schema_is_that_of_the_types() {
        assert_schema::<Report>("report.schema.json");
    }
}
