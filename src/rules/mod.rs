//! The rules: static data and a plain function each, one file each, listed here once.
//!
//! To add a rule: write its file, add its name to the list below, and give it a folder
//! `testdata/rules/<id>/` whose case `basic` is the example that `lambdalift explain` shows.

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
    /// What it does and why, in Markdown.
    pub explanation: &'static str,
    /// The case `basic` of its test data.
    pub example: Option<Example>,
    /// How instances are found.
    pub(crate) check: Check,
}

/// A template before and after.
#[derive(Debug)]
pub struct Example {
    /// The template.
    pub before: &'static str,
    /// What it becomes; `None` if it is left as it is.
    pub after: Option<&'static str>,
}

/// Embeds a case of `testdata/rules`.
macro_rules! example {
    ($before:literal) => {
        Some($crate::rules::Example {
            before: include_str!(concat!("../../testdata/rules/", $before)),
            after: None,
        })
    };
    ($before:literal, $after:literal) => {
        Some($crate::rules::Example {
            before: include_str!(concat!("../../testdata/rules/", $before)),
            after: Some(include_str!(concat!("../../testdata/rules/", $after))),
        })
    };
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

/// The rule with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}
