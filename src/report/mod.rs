//! What a run says, for people and for programs.

mod docs;
mod everything;
mod fingerprint;
mod format;
mod github;
mod gitlab;
pub(crate) mod inventory;
pub mod json;
pub mod jsonl;
mod junit;
mod place;
mod run;
mod sarif;
pub(crate) mod statistics;
pub(crate) mod text;
mod wrap;

pub(crate) use docs::Docs;
pub use everything::everything;
pub(crate) use format::Format;
pub(crate) use run::Run;

use std::fmt;
use std::path::Path;

use crate::discover::DiscoveryError;
use crate::migrate::{Outcome, Status, Verdict};
use crate::rules;

/// How many functions, files and layers a run has seen, by verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Files that are templates.
    pub templates: usize,
    /// Templates that could not be read.
    pub unreadable: usize,
    /// Files with an edit.
    pub changed: usize,
    /// Functions that were moved, with nothing left to do.
    pub migrated: usize,
    /// Functions that were moved; a person has a step left.
    pub migrated_with_follow_up: usize,
    /// Functions that a person has to move.
    pub declined: usize,
    /// Functions left alone because the user asked for it.
    pub ignored: usize,
    /// Functions left alone because only safe fixes were asked for.
    pub held_back: usize,
    /// Functions on `provided.al2023` already.
    pub current: usize,
    /// Functions on other runtimes, and container images.
    pub other_runtime: usize,
    /// Layer versions whose `CompatibleRuntimes` were edited.
    pub layers: usize,
    /// Places where functions may hide that were not examined.
    pub not_examined: usize,
    /// Templates that were not parsed, because they name no runtime but `provided.al2023`.
    pub passed_over: usize,
}

impl Summary {
    /// Counts.
    #[must_use]
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut summary = Self::default();
        for outcome in outcomes {
            summary.templates += usize::from(outcome.status != Status::NotATemplate);
            summary.unreadable += usize::from(outcome.status == Status::Unparsable);
            summary.changed += usize::from(outcome.output.is_some());
            for function in &outcome.functions {
                *summary.slot(function.verdict) += 1;
            }
            for finding in &outcome.findings {
                let id = finding.rule.id;
                let layer = id == rules::retired_layer_runtime::RULE.id && finding.fix.is_some();
                summary.layers += usize::from(layer);
                summary.not_examined += usize::from(id == rules::not_examined::RULE.id);
            }
        }
        summary
    }

    fn slot(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Migrated => &mut self.migrated,
            Verdict::MigratedWithFollowUp => &mut self.migrated_with_follow_up,
            Verdict::Declined => &mut self.declined,
            Verdict::Ignored => &mut self.ignored,
            Verdict::HeldBack => &mut self.held_back,
            Verdict::Current => &mut self.current,
            Verdict::OtherRuntime => &mut self.other_runtime,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = [
            (self.migrated, "migrated"),
            (
                self.migrated_with_follow_up,
                "migrated with a step left to do",
            ),
            (self.declined, "declined"),
            (self.held_back, "held back by --safe-only"),
            (self.ignored, "ignored"),
            (self.current, "already current"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let functions = if parts.is_empty() {
            "no function to migrate".to_owned()
        } else {
            format!("functions: {}", parts.join(", "))
        };
        write!(
            formatter,
            "{}, {functions}",
            plural(self.templates, "template")
        )?;
        if self.unreadable > 0 {
            write!(
                formatter,
                "; {} not read",
                plural(self.unreadable, "template")
            )?;
        }
        if self.passed_over > 0 {
            let templates = plural(self.passed_over, "template");
            write!(formatter, "; {templates} on provided.al2023 alone")?;
        }
        if self.layers > 0 {
            write!(formatter, "; {} updated", plural(self.layers, "layer"))?;
        }
        if self.not_examined > 0 {
            let places = plural(self.not_examined, "place");
            write!(formatter, "; {places} not examined (--verbose shows them)")?;
        }
        formatter.write_str("\n")
    }
}

pub(crate) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// A path as one line of text.
pub(crate) fn path_text(path: &Path) -> String {
    plain_text(&path.to_string_lossy())
}

/// Text with everything escaped that could move the cursor or turn the direction of writing.
pub(crate) fn plain_text(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut out = String::new();
    for c in text.chars() {
        if c.is_control() || turns(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A file over the size limit is left out like a template that cannot be read: `--strict` objects.
pub(crate) fn is_too_large(error: &DiscoveryError) -> bool {
    matches!(error, DiscoveryError::TooLarge { .. })
}

/// Whether the run failed, whatever it found.
pub(crate) fn failures(outcomes: &[Outcome], errors: &[DiscoveryError], strict: bool) -> bool {
    errors.iter().any(|error| strict || !is_too_large(error))
        || outcomes.iter().any(|outcome| match outcome.status {
            Status::Failed | Status::Blocked => true,
            Status::Unparsable => strict,
            Status::NotATemplate | Status::Examined => false,
        })
}
