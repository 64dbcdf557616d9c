//! All there is to report of a run, whatever the format.

use std::path::{Path, PathBuf};

use super::text::Detail;
use super::{fingerprint, is_too_large, place};
use crate::companion::{BuildFileChange, Unit};
use crate::discover::DiscoveryError;
use crate::finding::{Effect, Finding, Severity};
use crate::migrate::{Outcome, Status};
use crate::write::WriteError;

/// A run that has come to its end.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) outcomes: &'a [Outcome],
    pub(crate) build_files: &'a [BuildFileChange],
    /// What could not be read.
    pub(crate) unread: &'a [DiscoveryError],
    /// What could not be written.
    pub(crate) unwritten: &'a [WriteError],
    pub(crate) written: &'a [PathBuf],
    /// What the user named.
    pub(crate) roots: &'a [PathBuf],
    /// The name that the user gave to what was looked at.
    pub(crate) label: Option<&'a str>,
    /// Which findings people want to see.
    pub(crate) detail: Detail,
    pub(crate) strict: bool,
    pub(crate) interrupted: bool,
    /// Whether the exit status says that the tool or its input failed.
    pub(crate) failed: bool,
    /// Makes the diff of a template, if diffs are wanted.
    pub(crate) diff: Option<super::json::Differ>,
}

/// An error that has no place in a template.
#[derive(Debug)]
pub(crate) struct Failure<'a> {
    pub(crate) path: Option<&'a Path>,
    pub(crate) message: String,
    /// Whether the run goes on as if nothing were wrong.
    pub(crate) tolerated: bool,
}

/// A finding, the file it is in, and what it is known by.
#[derive(Debug, Clone)]
pub(super) struct Shown<'a> {
    pub(super) outcome: &'a Outcome,
    pub(super) finding: &'a Finding,
    pub(super) fingerprint: String,
}

impl<'a> Run<'a> {
    /// A run that has only looked.
    pub(crate) fn of(outcomes: &'a [Outcome]) -> Self {
        Self {
            outcomes,
            build_files: &[],
            unread: &[],
            unwritten: &[],
            written: &[],
            roots: &[],
            label: None,
            detail: Detail::Everything,
            strict: false,
            interrupted: false,
            failed: false,
            diff: None,
        }
    }

    /// What could not be read or written.
    pub(crate) fn failures(&self) -> impl Iterator<Item = Failure<'a>> {
        let strict = self.strict;
        let unread = self.unread.iter().map(move |error| Failure {
            path: error.path(),
            message: error.to_string(),
            tolerated: !strict && is_too_large(error),
        });
        let unwritten = self.unwritten.iter().map(|error| Failure {
            path: Some(error.path()),
            message: error.to_string(),
            tolerated: false,
        });
        unread.chain(unwritten)
    }

    /// The files that are templates.
    pub(super) fn templates(&self) -> impl Iterator<Item = &'a Outcome> + use<'a> {
        let outcomes = self.outcomes.iter();
        outcomes.filter(|outcome| outcome.status != Status::NotATemplate)
    }

    /// The findings of a file, all of them.
    pub(super) fn findings(outcome: &'a Outcome) -> impl Iterator<Item = Shown<'a>> {
        let prints = fingerprint::of(outcome);
        let findings = outcome.findings.iter().zip(prints);
        findings.map(move |(finding, fingerprint)| Shown {
            outcome,
            finding,
            fingerprint,
        })
    }

    /// The findings that people want to see, of every file.
    pub(super) fn shown(&self) -> impl Iterator<Item = Shown<'a>> {
        let detail = self.detail;
        self.outcomes
            .iter()
            .flat_map(Self::findings)
            .filter(move |shown| detail.shows(shown.finding))
    }

    /// The files that change together.
    pub(super) fn units(&self) -> impl Iterator<Item = Unit<'a>> {
        Unit::all(self.outcomes, self.build_files)
    }

    /// Whether the migration of a template was written, be it in its build files alone.
    pub(super) fn has_written(&self, outcome: &Outcome) -> bool {
        let is_written = |path: &Path| self.written.iter().any(|written| written == path);
        let at = self
            .outcomes
            .iter()
            .position(|it| std::ptr::eq(it, outcome));
        let mut build_files = self.build_files.iter();
        is_written(outcome.source.path())
            || build_files.any(|file| {
                at.is_some_and(|at| file.templates.contains(&at)) && is_written(&file.path)
            })
    }
}

/// Findings of the greatest weight first.
pub(super) fn weight(finding: &Finding) -> (Severity, u8) {
    let effect = match finding.effect {
        Effect::Decline => 0,
        Effect::FollowUp => 1,
        Effect::Edit => 2,
        Effect::Note => 3,
    };
    (finding.rule.severity, effect)
}

impl Shown<'_> {
    /// What there is to say, a line each: the message, the further places, the next step.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.finding.message.clone()];
        lines.extend(self.finding.related.iter().map(|related| {
            let place = place::of_related(&self.outcome.source, related);
            format!(
                "{}:{}:{}: {}",
                place.path, place.line, place.column, place.message
            )
        }));
        lines.extend(self.finding.help.clone());
        lines
    }
}
