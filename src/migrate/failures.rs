//! What is said of a file that nothing can be done with, and why.

use super::context::Context;
use super::outcome::{Outcome, Status};
use super::remains::AddedIgnores;
use super::run::{Examination, Examined, plain_finding};
use crate::rules::{self, Rule};
use crate::source::SourceFile;
use crate::syntax::{NodeId, SyntaxError, SyntaxErrorKind};
use crate::template::looks_like_template;
use crate::verify::Unproved;

/// A text that cannot be parsed: worth a word only if it looks like a template.
pub(super) fn unparsable(
    context: &Context<'_>,
    source: SourceFile,
    error: &SyntaxError,
) -> Outcome {
    let mut findings = Vec::new();
    let status = if looks_like_template(source.text()) {
        let (rule, help) = match error.kind {
            SyntaxErrorKind::Invalid(_) | SyntaxErrorKind::Recursive => (
                &rules::unparsable_template::RULE,
                "correct the text; a template for cookiecutter, Jinja or Helm has to be rendered first",
            ),
            _ => (
                &rules::limit_exceeded::RULE,
                "no template that CloudFormation takes comes near this limit; leave the file out with --exclude",
            ),
        };
        if context.options.rules.allows(rule) {
            findings.push(plain_finding(
                rule,
                format!("this template cannot be read: {}", error.kind),
                help,
                error.offset..error.offset,
            ));
        }
        Status::Unparsable
    } else {
        Status::NotATemplate
    };
    Outcome {
        source,
        status,
        findings,
        functions: Vec::new(),
        output: None,
        ignores: AddedIgnores::default(),
        build_files: Vec::new(),
    }
}

impl Examination<'_> {
    /// The migrated text is not what was intended, or cannot be checked: nothing of it is shown.
    pub(super) fn fail(mut self, root: NodeId, unproved: &Unproved) -> Examined {
        self.ignores = AddedIgnores::default();
        for finding in &mut self.findings {
            finding.fix = None;
        }
        let (rule, status, help): (&'static Rule, _, _) = match unproved {
            Unproved::Limit { .. } => (
                &rules::limit_exceeded::RULE,
                Status::Unparsable,
                "no template that CloudFormation takes comes near this limit; leave the file out with --exclude",
            ),
            Unproved::Ambiguous { .. } => (
                &rules::unparsable_template::RULE,
                Status::Unparsable,
                "correct the text, so that every parser reads the same",
            ),
            _ => (
                &rules::failed_verification::RULE,
                Status::Failed,
                "this is a fault in lambdalift; please report it with this template",
            ),
        };
        let start = match unproved {
            Unproved::Ambiguous { offset, .. } => *offset,
            _ => self.range(root).start,
        };
        let message = format!("the migrated text was not shown: {unproved}");
        self.findings
            .push(plain_finding(rule, message, help, start..start));
        self.finish(status, None)
    }

    /// A list or a scalar that names Lambda resources was meant to be something; anything else is
    /// simply no template.
    pub(super) fn judge_non_template(&mut self) -> Status {
        let document = self.document;
        let list = document
            .roots()
            .iter()
            .find(|&&root| document.is_sequence(root) && looks_like_template(document.text()));
        if let Some(&root) = list {
            let start = self.range(root).start;
            self.findings.push(plain_finding(
                &rules::malformed_template::RULE,
                "this template is a list, but CloudFormation takes a map".to_owned(),
                "write the sections of the template as keys of a map",
                start..start,
            ));
            return Status::Examined;
        }
        Status::NotATemplate
    }
}
