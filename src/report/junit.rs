//! JUnit XML, which every CI server shows: a suite for each template, a test for each function.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::place;
use super::run::{Run, Shown};
use crate::finding::Effect;
use crate::migrate::{FunctionReport, Outcome, Status, Verdict};
use crate::rules;

/// The name of the test that stands for the file itself.
const FILE: &str = "(template)";

/// Writes the functions as tests.
pub(crate) fn write(out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
    let mut report = Report::new("lambdalift");
    for failure in run.failures() {
        let path = failure.path.map(place::shown).unwrap_or_default();
        let mut suite = TestSuite::new(path.as_str());
        if failure.tolerated {
            let mut status = TestCaseStatus::skipped();
            status.set_message(failure.message);
            suite.add_test_case(test(FILE, &path, status));
        } else {
            suite.add_test_case(test(FILE, &path, error(&failure.message)));
        }
        report.add_test_suite(suite);
    }
    for outcome in run.templates() {
        report.add_test_suite(suite(run, outcome));
    }
    // As a whole: an error of `out` has to stay what it is.
    let text = report.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn suite(run: &Run<'_>, outcome: &Outcome) -> TestSuite {
    let path = place::shown(outcome.source.path());
    let findings: Vec<Shown<'_>> = Run::findings(outcome).collect();
    let mut suite = TestSuite::new(path.as_str());
    if let Some(status) = of_file(run, outcome, &findings) {
        suite.add_test_case(test(FILE, &path, status));
    }
    let is_written = run.has_written(outcome);
    for function in &outcome.functions {
        let status = of_function(function, &findings, is_written);
        suite.add_test_case(test(&function.logical_id, &path, status));
    }
    for shown in &findings {
        let is_layer = shown.finding.rule == &rules::retired_layer_runtime::RULE;
        if let Some(layer) = shown.finding.resource.as_deref().filter(|_| is_layer) {
            let status = if is_written {
                TestCaseStatus::success()
            } else {
                failure("layer", &[shown], &path)
            };
            suite.add_test_case(test(layer, &path, status));
        }
    }
    // What is about no function in particular.
    let functions: Vec<&str> = outcome
        .functions
        .iter()
        .map(|it| it.logical_id.as_str())
        .collect();
    let others: Vec<String> = findings
        .iter()
        .filter(|shown| run.detail.shows(shown.finding))
        .filter(|shown| {
            let resource = shown.finding.resource.as_deref();
            !resource.is_some_and(|resource| functions.contains(&resource))
        })
        .map(|shown| text(shown, &path))
        .collect();
    if !others.is_empty() {
        suite.set_system_out(others.join("\n"));
    }
    suite
}

fn test(name: &str, path: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(path);
    case
}

/// What is wrong with the file itself; `None` if nothing is.
fn of_file(run: &Run<'_>, outcome: &Outcome, findings: &[Shown<'_>]) -> Option<TestCaseStatus> {
    let message = match outcome.status {
        Status::NotATemplate | Status::Examined => return None,
        Status::Unparsable => "the template cannot be read",
        Status::Failed => "the migrated text is not what was intended",
        Status::Blocked => "Guard rules object to the migrated text",
    };
    let path = place::shown(outcome.source.path());
    let texts: Vec<String> = findings.iter().map(|shown| text(shown, &path)).collect();
    if outcome.status == Status::Unparsable && !run.strict {
        let mut status = TestCaseStatus::skipped();
        status.set_message(message);
        status.set_description(texts.join("\n"));
        return Some(status);
    }
    let mut status = error(message);
    status.set_description(texts.join("\n"));
    Some(status)
}

fn of_function(
    function: &FunctionReport,
    findings: &[Shown<'_>],
    is_written: bool,
) -> TestCaseStatus {
    let of_it = |effect: Option<Effect>| -> Vec<&Shown<'_>> {
        let own = findings.iter().filter(|shown| {
            let resource = shown.finding.resource.as_deref();
            resource == Some(&function.logical_id)
                && effect.is_none_or(|it| it == shown.finding.effect)
        });
        own.collect()
    };
    let path = findings
        .first()
        .map(|shown| place::shown(shown.outcome.source.path()))
        .unwrap_or_default();
    let verdict = function.verdict.as_str();
    match function.verdict {
        Verdict::Current | Verdict::OtherRuntime => TestCaseStatus::success(),
        Verdict::Ignored | Verdict::HeldBack => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(verdict);
            status
        }
        Verdict::Declined => failure(verdict, &of_it(Some(Effect::Decline)), &path),
        Verdict::Migrated | Verdict::MigratedWithFollowUp if is_written => {
            TestCaseStatus::success()
        }
        Verdict::Migrated | Verdict::MigratedWithFollowUp => failure(verdict, &of_it(None), &path),
    }
}

fn failure(kind: &str, findings: &[&Shown<'_>], path: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind);
    let of_runtime = |shown: &&&Shown<'_>| shown.finding.rule == &rules::retired_runtime::RULE;
    if let Some(main) = findings.iter().find(of_runtime).or(findings.first()) {
        status.set_message(main.finding.message.as_str());
    }
    let texts: Vec<String> = findings.iter().map(|shown| text(shown, path)).collect();
    status.set_description(texts.join("\n"));
    status
}

fn error(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    status
}

/// A finding for people: place and rule, then its lines.
fn text(shown: &Shown<'_>, path: &str) -> String {
    let place = shown.outcome.source.position(shown.finding.range.start);
    let rule = shown.finding.rule;
    format!(
        "{path}:{}:{}: {}[{}]: {}",
        place.line,
        place.column,
        rule.severity.as_str(),
        rule.id,
        shown.lines().join("\n  ")
    )
}
