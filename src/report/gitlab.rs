//! GitLab's code quality report:
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>.

use std::io::{self, Write};

use serde::Serialize;

use super::fingerprint;
use super::place;
use super::run::{Failure, Run, Shown};
use crate::finding::Severity;

#[derive(Debug, Serialize)]
struct Issue {
    description: String,
    check_name: &'static str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Debug, Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Debug, Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes the findings as issues.
pub(crate) fn write(out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
    let failures = run.failures().map(of_failure);
    let issues: Vec<Issue> = failures.chain(run.shown().map(of_finding)).collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn of_finding(shown: Shown<'_>) -> Issue {
    let description = shown.lines().join("; ");
    let Shown {
        outcome,
        finding,
        fingerprint,
    } = shown;
    let source = &outcome.source;
    let begin = source.position(finding.range.start).line;
    let end = source.position(finding.range.end).line;
    Issue {
        description,
        check_name: finding.rule.id,
        fingerprint,
        severity: match finding.rule.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        location: Location {
            path: place::shown(source.path()),
            lines: Lines {
                begin,
                end: end.max(begin),
            },
        },
    }
}

fn of_failure(failure: Failure<'_>) -> Issue {
    let path = failure.path.map(place::shown).unwrap_or_default();
    Issue {
        check_name: "lambdalift",
        fingerprint: fingerprint::of_failure(&path, &failure.message),
        severity: if failure.tolerated {
            "major"
        } else {
            "blocker"
        },
        description: failure.message,
        location: Location {
            path,
            lines: Lines { begin: 1, end: 1 },
        },
    }
}
