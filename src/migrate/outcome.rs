//! What has become of one file.

use std::path::PathBuf;

use super::remains::AddedIgnores;
use crate::companion::TextEdit;
use crate::edit::Output;
use crate::finding::{Effect, Finding};
use crate::source::{Range, SourceFile};

/// What has become of one function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Moved; nothing is left to do.
    Migrated,
    /// Moved; a person has a step left.
    MigratedWithFollowUp,
    /// Left as it is; a person has to act.
    Declined,
    /// Left as it is, because the user asked for it.
    Ignored,
    /// Left as it is: its fix is unsafe, and only safe ones were asked for.
    HeldBack,
    /// On `provided.al2023` already.
    Current,
    /// On another runtime, or a container image.
    OtherRuntime,
}

impl Verdict {
    /// Whether the function is moved.
    #[must_use]
    pub fn is_migrated(self) -> bool {
        matches!(self, Self::Migrated | Self::MigratedWithFollowUp)
    }

    /// Whether the function is left on a retired runtime.
    #[must_use]
    pub fn stays(self) -> bool {
        matches!(self, Self::Declined | Self::Ignored | Self::HeldBack)
    }

    /// The name used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Migrated => "migrated",
            Self::MigratedWithFollowUp => "migrated-with-follow-up",
            Self::Declined => "declined",
            Self::Ignored => "ignored",
            Self::HeldBack => "held-back",
            Self::Current => "current",
            Self::OtherRuntime => "other-runtime",
        }
    }
}

/// What is known of a function's program from the template and the files beside it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgramFacts {
    /// It is written in Go.
    pub go: bool,
    /// `sam build` makes it from Go source that lies there.
    pub built_from_source: bool,
    /// Its runtime is put together at deployment, and may be a retired one then.
    pub may_be_retired: bool,
}

/// A function and its verdict.
#[derive(Debug, Clone)]
pub struct FunctionReport {
    /// The logical ID.
    pub logical_id: String,
    /// Where the logical ID stands: byte offsets into the file's text.
    pub range: Range,
    /// The runtimes that it can have; empty if none is known.
    pub runtimes: Vec<String>,
    /// Where the runtime comes from, e.g. `Globals` or `parameter Runtime`.
    pub origin: Option<String>,
    /// What has become of it.
    pub verdict: Verdict,
    /// What is known of its program.
    pub program: ProgramFacts,
}

/// The edits in a build file that belong to the migration of a template.
#[derive(Debug, Clone)]
pub(crate) struct BuildFileEdit {
    pub(crate) path: PathBuf,
    /// The text as it was.
    pub(crate) text: String,
    /// Sorted and disjoint.
    pub(crate) edits: Vec<TextEdit>,
}

/// How the work on a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is no template.
    NotATemplate,
    /// It was examined.
    Examined,
    /// It is a template that could not be read.
    Unparsable,
    /// The migrated text was not what was intended: the file stays as it is.
    Failed,
    /// The user's Guard rules object to the migrated text: the file stays as it is.
    Blocked,
}

/// What has become of one file.
#[derive(Debug)]
pub struct Outcome {
    /// The text as it was.
    pub source: SourceFile,
    /// How the work ended.
    pub status: Status,
    /// What there is to say, in text order.
    pub findings: Vec<Finding>,
    /// Its functions, in text order.
    pub functions: Vec<FunctionReport>,
    /// The migrated and verified text, if it differs: see [`Outcome::new_text`].
    pub output: Option<Output>,
    /// What the output ignores from now on, because it was asked for.
    pub ignores: AddedIgnores,
    /// What has to change in build files together with it.
    pub(crate) build_files: Vec<BuildFileEdit>,
}

impl Outcome {
    /// The migrated and verified text, if it differs. A run holds the outcomes of all its templates, so it is
    /// put together when it is asked for.
    #[must_use]
    pub fn new_text(&self) -> Option<String> {
        let output = self.output.as_ref()?;
        Some(output.text(self.source.text()))
    }

    /// Whether `--check` objects: something would be edited, or a function was declined.
    #[must_use]
    pub fn needs_attention(&self) -> bool {
        let declined = |finding: &Finding| finding.effect == Effect::Decline;
        self.output.is_some() || !self.build_files.is_empty() || self.findings.iter().any(declined)
    }
}
