//! SARIF 2.1.0, for code scanning and editors.
//!
//! A fix is the whole migration of the files that change together, on the first finding that is a part of
//! it: functions share values and packages, and a program that applies some fixes and not others must not
//! be able to leave a function half migrated.

mod model;

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::path::Path;

use super::Docs;
use super::place;
use super::run::{Failure, Run, Shown};
use crate::companion::{Changed, Unit};
use crate::diff;
use crate::edit::Applicability;
use crate::finding::{Effect, Severity};
use crate::migrate::Outcome;
use crate::rules::{self, RULES};
use crate::source::{Range, SourceFile};

use model::{
    ArtifactChange, ArtifactLocation, Columns, Configuration, Driver, Finding, Fingerprints, Fix,
    Inserted, Invocation, Level, Location, Log, LogicalLocation, Notification, PhysicalLocation,
    Region, Replacement, Rule, Text, Tool,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes every finding.
pub(crate) fn write(out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
    let mut fixes = fixes(run);
    let rules = reported(run.outcomes);
    let mut results = Vec::new();
    for (at, outcome) in run.outcomes.iter().enumerate() {
        for (index, shown) in Run::findings(outcome).enumerate() {
            results.push(result(&shown, &rules, fixes.remove(&(at, index))));
        }
    }
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [model::Run {
            tool: Tool {
                driver: driver(&rules),
            },
            invocations: [Invocation {
                execution_successful: !run.failed && !run.interrupted,
                tool_execution_notifications: run.failures().map(notification).collect(),
            }],
            column_kind: "utf16CodeUnits",
            results,
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// The rules with a finding: a log is read where the others are of no use.
fn reported(outcomes: &[Outcome]) -> Vec<&'static rules::Rule> {
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let ids: BTreeSet<&str> = findings.map(|finding| finding.rule.id).collect();
    let rules = RULES.iter().copied();
    rules.filter(|rule| ids.contains(rule.id)).collect()
}

fn driver(rules: &[&'static rules::Rule]) -> Driver {
    let docs = Docs::find();
    let repository = env!("CARGO_PKG_REPOSITORY");
    let rules = rules.iter().map(|rule| Rule {
        id: rule.id,
        short_description: Text::plain(rule.summary),
        full_description: Text::plain(rule.summary),
        help_uri: docs.as_ref().map(|docs| docs.page(rule.id)),
        help: Text {
            text: rule.help_text(),
            markdown: Some(rule.help_markdown()),
        },
        default_configuration: Configuration {
            level: level(rule.severity),
        },
    });
    Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: (!repository.is_empty()).then_some(repository),
        rules: rules.collect(),
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Note,
    }
}

fn notification(failure: Failure<'_>) -> Notification {
    let path = failure.path.map(|path| location(path, None));
    Notification {
        level: if failure.tolerated {
            Level::Warning
        } else {
            Level::Error
        },
        message: Text::plain(failure.message),
        locations: path.into_iter().collect(),
    }
}

fn result(shown: &Shown<'_>, rules: &[&'static rules::Rule], fix: Option<Fix>) -> Finding {
    let (finding, source) = (shown.finding, &shown.outcome.source);
    let message = match &finding.help {
        Some(help) => format!("{}\n{help}", finding.message),
        None => finding.message.clone(),
    };
    let related = finding
        .related
        .iter()
        .map(|related| related_location(source, related));
    let mut place = location(source.path(), Some(region(source, &finding.range)));
    place.logical_locations = finding
        .resource
        .iter()
        .map(|name| LogicalLocation {
            name: name.clone(),
            kind: "resource",
        })
        .collect();
    Finding {
        rule_id: finding.rule.id,
        rule_index: rules
            .iter()
            .position(|rule| *rule == finding.rule)
            .unwrap_or_default(),
        level: level(finding.rule.severity),
        message: Text::plain(message),
        locations: [place],
        related_locations: related.collect(),
        partial_fingerprints: Fingerprints {
            ours: shown.fingerprint.clone(),
        },
        fixes: fix.into_iter().collect(),
    }
}

fn location(path: &Path, region: Option<Region>) -> Location {
    Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation {
                uri: place::uri(path),
            },
            region,
        },
        logical_locations: Vec::new(),
        message: None,
    }
}

fn related_location(source: &SourceFile, related: &crate::finding::Related) -> Location {
    use crate::finding::Related;
    let (mut place, message) = match related {
        Related::Here { message, range } => {
            let region = region(source, range);
            (location(source.path(), Some(region)), message)
        }
        // The column counts characters, and the line is not at hand: the line alone is certain.
        Related::Elsewhere {
            message,
            path,
            line,
            ..
        } => {
            let region = Region {
                start_line: (*line).max(1),
                columns: None,
            };
            (location(path, Some(region)), message)
        }
    };
    place.message = Some(Text::plain(message.as_str()));
    place
}

fn region(source: &SourceFile, range: &Range) -> Region {
    let start = place::utf16(source, range.start);
    let end = place::utf16(source, range.end.max(range.start));
    Region {
        start_line: start.line,
        columns: Some(Columns {
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }),
    }
}

/// The fixes by the outcome and the finding that carry them.
fn fixes(run: &Run<'_>) -> HashMap<(usize, usize), Fix> {
    let units = run.units().filter_map(|unit| {
        let carrier = carrier(run.outcomes, &unit)?;
        Some((carrier, fix(run.outcomes, &unit)))
    });
    units.collect()
}

/// The first finding with an edit of the template; where build files alone change, the first of those
/// that say so.
fn carrier(outcomes: &[Outcome], unit: &Unit<'_>) -> Option<(usize, usize)> {
    let templates = unit.templates.iter();
    let findings = templates.flat_map(|&at| {
        let findings = outcomes
            .get(at)
            .map_or(&[][..], |outcome| &outcome.findings);
        findings.iter().enumerate().map(move |(index, finding)| {
            let rank = (finding.fix.is_none(), finding.effect != Effect::Edit);
            (rank, (at, index))
        })
    });
    findings.min().map(|(_, carrier)| carrier)
}

fn fix(outcomes: &[Outcome], unit: &Unit<'_>) -> Fix {
    let findings = || {
        let templates = unit.templates.iter().filter_map(|&at| outcomes.get(at));
        templates.flat_map(|outcome| &outcome.findings)
    };
    let is_safe = findings()
        .filter_map(|finding| finding.fix.as_ref())
        .all(|fix| fix.applicability == Applicability::Safe);
    let what = format!("Move to {}", crate::data::TARGET);
    let description = if is_safe {
        what
    } else {
        format!("{what}; unsafe: right once the steps that the findings name are done")
    };
    Fix {
        description: Text::plain(description),
        artifact_changes: unit.files.iter().map(change).collect(),
    }
}

fn change(file: &Changed<'_>) -> ArtifactChange {
    let source = SourceFile::new(file.path, file.old.to_owned());
    let replacements = diff::replacements(file.old, &file.new, file.output).into_iter();
    ArtifactChange {
        artifact_location: ArtifactLocation {
            uri: place::uri(file.path),
        },
        replacements: replacements
            .map(|replacement| Replacement {
                deleted_region: region(&source, &replacement.range),
                inserted_content: Inserted {
                    text: replacement.content,
                },
            })
            .collect(),
    }
}
