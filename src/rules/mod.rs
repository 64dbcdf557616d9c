//! The rules: static data and a plain function each, one file each, listed here once.
//!
//! To add a rule: write its file, add its name to the list below, and give it a folder
//! `testdata/rules/<id>/` whose case `basic` is the example that `lambdalift explain` shows.

#[cfg(feature = "cli")]
mod help;

#[cfg(feature = "cli")]
pub use help::{index, page};

use crate::finding::Severity;
use crate::migrate::{LayerSubject, Notes, Subject};

/// A named rule.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case name, unique and stable.
    pub id: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// How much an instance matters.
    pub severity: Severity,
    /// The version that introduced it.
    pub since: &'static str,
    /// What it is about and why, in Markdown.
    pub explanation: &'static str,
    /// When a function is declined, or is not, and what to do, in Markdown.
    pub declined: &'static str,
    /// How its findings can be silenced.
    pub silence: Silence,
    /// Where to read on.
    pub links: &'static [&'static str],
    /// The case `basic` of its test data.
    pub example: Option<Example>,
    /// How instances are found.
    pub(crate) check: Check,
}

/// How the findings of a rule can be silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// By an instruction in the template, and by `--ignore`.
    InTemplate,
    /// By a comment for its line, and by `--ignore`.
    AtItsLine,
    /// By `--ignore` alone.
    ByOption,
    /// In another way, or not at all: a sentence.
    Otherwise(&'static str),
}

/// The case `basic` of a rule's test data, as far as it shows what the rule is about.
#[derive(Debug)]
pub struct Example {
    /// `template.yaml`, and files beside it.
    pub files: &'static [ExampleFile],
    /// What a run prints on standard error.
    pub said: &'static str,
}

/// A file before and after.
#[derive(Debug)]
pub struct ExampleFile {
    /// The path within the case.
    pub name: &'static str,
    /// The text.
    pub before: &'static str,
    /// What it becomes; `None` if it is left as it is.
    pub after: Option<&'static str>,
}

/// Embeds a case of `testdata/rules`: the template, what it becomes, and files beside it.
macro_rules! example {
    ($case:literal $(, $fixed:literal)? $(; $($name:literal $(=> $after:literal)?),+)?) => {
        example!($case in "template.yaml" $(, $fixed)? $(; $($name $(=> $after)?),+)?)
    };
    ($case:literal in $template:literal $(, $fixed:literal)? $(; $($name:literal $(=> $after:literal)?),+)?) => {
        Some($crate::rules::Example {
            files: &[
                $crate::rules::ExampleFile {
                    name: $template,
                    before: example!(text $case, $template),
                    after: example!(optional $(example!(text $case, $fixed))?),
                },
                $($($crate::rules::ExampleFile {
                    name: $name,
                    before: example!(text $case, $name),
                    after: example!(optional $(example!(text $case, $after))?),
                },)+)?
            ],
            said: example!(text $case, "findings"),
        })
    };
    (text $case:literal, $name:literal) => {
        include_str!(concat!("../../testdata/rules/", $case, "/", $name))
    };
    (optional) => { None };
    (optional $text:expr) => { Some($text) };
}

/// What a rule looks at.
#[derive(Debug)]
pub(crate) enum Check {
    /// Every function that is to be migrated.
    Function(fn(&Subject<'_>, &mut Notes)),
    /// Every layer version.
    Layer(fn(&LayerSubject<'_>, &mut Notes)),
    /// The engine reports it where it arises.
    Engine,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

macro_rules! rules {
    ($($name:ident)*) => {
        $(pub(crate) mod $name;)*

        /// Every rule, sorted by id.
        pub static RULES: &[&Rule] = &[$(&$name::RULE),*];
    };
}

rules! {
    architecture_list
    arm64_blocker
    broad_code_uri
    build_file
    computed_runtime
    container_build
    duplicate_key
    failed_verification
    go_handler
    guard_regression
    guard_violation
    handler_read
    image_dockerfile
    lambda_detection
    limit_exceeded
    loop_handler
    makefile_target
    malformed_function
    malformed_template
    missing_build_method
    missing_program
    mixed_runtimes
    multiple_documents
    not_examined
    other_build_method
    outdated_lambda_go
    parameter_override
    rebuild_artifact
    registry_project
    retired_layer_runtime
    retired_runtime
    shared_bootstrap
    shared_value
    stale_build_file
    unparsable_template
    unreadable_file
    unused_ignore
    x86_architecture
}

/// The rule whose id is most like a word that is none, by the number of letters to be changed.
#[must_use]
#[cfg(feature = "cli")]
pub fn nearest(id: &str) -> Option<&'static Rule> {
    /// A third of the letters may differ.
    const LIKE: f64 = 0.66;
    let likeness = |rule: &Rule| strsim::normalized_damerau_levenshtein(rule.id, id);
    let rated = RULES.iter().map(|rule| (likeness(rule), *rule));
    let best = rated.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(likeness, _)| *likeness >= LIKE)
        .map(|(_, rule)| rule)
}

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
