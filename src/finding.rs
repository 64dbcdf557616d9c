//! What lambdalift says about a template: each finding is an instance of a named rule.

use std::path::PathBuf;

use crate::edit::Fix;
use crate::program::{Hit, Target};
use crate::rules::Rule;
use crate::source::Range;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The tool or its input failed.
    Error,
    /// Something is left to do.
    Warning,
    /// Good to know.
    Info,
}

impl Severity {
    /// The name used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// What a finding means for the function it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Its edits are part of the migration.
    Edit,
    /// The function is not migrated: a person has to act.
    Decline,
    /// The function is migrated, and a person has a step left.
    FollowUp,
    /// For information.
    Note,
}

/// A further place that explains a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Related {
    /// In the same file.
    Here {
        /// What is there.
        message: String,
        /// Byte offsets into the file's text.
        range: Range,
    },
    /// In a file beside the template.
    Elsewhere {
        /// What is there.
        message: String,
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
    },
}

impl Related {
    /// A place in a file beside the template.
    pub(crate) fn hit(hit: &Hit, message: impl Into<String>) -> Self {
        Self::Elsewhere {
            message: message.into(),
            path: hit.file.clone(),
            line: hit.line,
            column: hit.column,
        }
    }

    /// The make target of a function.
    pub(crate) fn target(target: &Target, logical_id: &str) -> Self {
        Self::Elsewhere {
            message: format!("the target build-{logical_id}"),
            path: target.file.clone(),
            line: target.line,
            column: 1,
        }
    }
}

/// One instance of a rule.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it means for the function.
    pub effect: Effect,
    /// One sentence, without a final stop.
    pub message: String,
    /// The next step for a person.
    pub help: Option<String>,
    /// The place: byte offsets into the file's text.
    pub range: Range,
    /// Further places.
    pub related: Vec<Related>,
    /// The logical ID of the resource it is about.
    pub resource: Option<String>,
    /// The edits of this finding. All fixes of one resource stand or fall together.
    pub fix: Option<Fix>,
}
