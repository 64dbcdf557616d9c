//! What a migration may know besides the template: the options, the tables, the neighbours.

use std::collections::{BTreeSet, HashSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::remains::Reason;
use super::users::Users;
use crate::data::{Data, RetiredRuntime};
use crate::parallel::Threads;
use crate::program::Survey;
use crate::rules::Rule;
use crate::syntax::Limits;

/// `--architecture`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ArchitectureChoice {
    /// Functions leaving `go1.x` go to arm64 where nothing speaks against it.
    #[default]
    Auto,
    /// As `auto`, and functions leaving `provided` and `provided.al2` go to arm64, too.
    Arm64,
    /// Functions leaving `go1.x` state x86_64.
    #[serde(rename = "x86_64")]
    X86_64,
    /// `Architectures` is never touched.
    Keep,
}

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The retired runtimes to leave.
    pub from: Vec<RetiredRuntime>,
    /// The architecture to end on.
    pub architecture: ArchitectureChoice,
    /// Apply safe fixes only.
    pub safe_only: bool,
    /// The rules that are on.
    pub rules: RuleSelection,
    /// Leave build files alone: what they need is a step left to do.
    pub templates_only: bool,
    /// How much a file may hold.
    pub limits: Limits,
    #[doc(hidden)]
    /// Look for the programs of functions that are not migrated, too: Guard rules ask for them.
    pub surveys_all: bool,
    #[doc(hidden)]
    /// Templates in which nothing is edited: those who share a package with them stay, too.
    pub kept: HashSet<PathBuf>,
    /// Resources that count as ignored, by template and logical ID.
    pub refused: BTreeSet<(PathBuf, String)>,
    /// Write instructions into the templates that ignore what remains, for this reason.
    pub add_ignore: Option<Reason>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            from: RetiredRuntime::ALL.to_vec(),
            architecture: ArchitectureChoice::Auto,
            safe_only: false,
            rules: RuleSelection::default(),
            templates_only: false,
            limits: Limits::default(),
            surveys_all: false,
            kept: HashSet::new(),
            refused: BTreeSet::new(),
            add_ignore: None,
        }
    }
}

impl Options {
    /// Whether no function and no rule is left out: only then an instruction can be called unused.
    #[must_use]
    pub fn looks_at_everything(&self) -> bool {
        let all = RetiredRuntime::ALL
            .iter()
            .all(|runtime| self.from.contains(runtime));
        all && self.rules.select.is_empty() && self.rules.ignore.is_empty()
    }
}

/// `--select` and `--ignore`.
#[derive(Debug, Clone, Default)]
pub struct RuleSelection {
    /// If not empty, only these.
    pub select: Vec<&'static Rule>,
    /// Never these.
    pub ignore: Vec<&'static Rule>,
}

impl RuleSelection {
    /// Whether a rule is on.
    #[must_use]
    pub fn allows(&self, rule: &Rule) -> bool {
        let selected = self.select.is_empty() || self.select.iter().any(|it| it.id == rule.id);
        selected && !self.ignore.iter().any(|it| it.id == rule.id)
    }
}

/// Everything a migration may look at besides the template's text.
pub(crate) struct Context<'a> {
    /// What the user asked for.
    pub(crate) options: &'a Options,
    /// Dates and names.
    pub(crate) data: &'a Data,
    /// The files beside the template.
    pub(crate) survey: &'a Survey,
    /// The functions of the whole run.
    pub(crate) users: &'a Users,
    /// Whether build files of this template may be edited.
    pub(crate) edits_build_files: bool,
    /// For the functions of the template, if it has many.
    pub(crate) threads: Threads<'static>,
}
