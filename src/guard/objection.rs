//! What rules have against a template, as findings.

use std::collections::HashSet;

use super::protocol::Violation;
use super::rules::RulesFile;
use crate::finding::{Effect, Finding, Related};
use crate::migrate::{Outcome, Status, Verdict};
use crate::rules::{Rule, guard_regression, not_examined};
use crate::source::Range;
use crate::template::EffectiveTemplate;

/// What there is to say of a rules file and a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Objection<'g> {
    /// Fails after, did not before.
    New(Place<'g>),
    /// Fails before, and after if there is a migration.
    Old(Place<'g>),
    /// Not every alternative of the template was tried.
    Partial {
        count: usize,
    },
    Unevaluated {
        file: &'g RulesFile,
        cause: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place<'g> {
    file: &'g RulesFile,
    violation: Violation,
    range: Range,
}

/// Objections without repetition: alternatives of a template mostly meet the same ones.
#[derive(Default)]
pub(super) struct Objections<'g> {
    pub(super) list: Vec<Objection<'g>>,
    seen: HashSet<Objection<'g>>,
}

impl<'g> Objections<'g> {
    pub(super) fn add(&mut self, objection: Objection<'g>) {
        if self.seen.insert(objection.clone()) {
            self.list.push(objection);
        }
    }
}

impl<'g> Place<'g> {
    pub(super) fn of(
        file: &'g RulesFile,
        violation: Violation,
        before: &EffectiveTemplate,
        after: Option<&EffectiveTemplate>,
    ) -> Self {
        let changes =
            |path: &&String| after.is_some_and(|after| before.value(path) != after.value(path));
        // Of several values that could each have kept the rule, one that the migration changes.
        let path = violation.paths.iter().find(changes);
        let path = path.or_else(|| violation.paths.first()).cloned();
        Self {
            range: before.place(&path.unwrap_or_default()),
            file,
            violation,
        }
    }

    pub(super) fn finding(&self, rule: &'static Rule) -> Finding {
        let Violation {
            rule: name,
            message,
            ..
        } = &self.violation;
        let is_new = rule == &guard_regression::RULE;
        let message = if message.is_empty() {
            "it does not say why"
        } else {
            message
        };
        let resource = self.violation.resource();
        let subject = resource.unwrap_or("the template");
        let file = &self.file.name;
        let definition = self.file.path.as_ref().map(|path| {
            let line = self.file.text.lines().position(|line| defines(line, name));
            Related::Elsewhere {
                message: format!("the rule {name}"),
                path: path.clone(),
                line: line.map_or(1, |line| line + 1),
                column: 1,
            }
        });
        Finding {
            rule,
            effect: Effect::Note,
            message: if is_new {
                format!(
                    "{subject} would break the Guard rule {name} of {file} after the migration: {message}"
                )
            } else {
                format!("{subject} breaks the Guard rule {name} of {file}: {message}")
            },
            help: is_new.then(|| {
                "nothing of this file is migrated; change the rule, or the template so that both \
                 hold, or leave the function out with `# lambdalift: ignore`"
                    .to_owned()
            }),
            range: self.range.clone(),
            related: definition.into_iter().collect(),
            resource: resource.map(str::to_owned),
            fix: None,
        }
    }
}

/// Whether a line of rules begins the rule with this name.
fn defines(line: &str, name: &str) -> bool {
    let mut words = line.split(|c: char| c.is_whitespace() || c == '(' || c == '{');
    words.next() == Some("rule") && words.find(|word| !word.is_empty()) == Some(name)
}

pub(super) fn partial(count: usize) -> Finding {
    Finding {
        rule: &not_examined::RULE,
        effect: Effect::Note,
        message: format!(
            "not examined: the Guard rules were tried on {count} alternatives of this template, which has more"
        ),
        help: Some("conditions and mappings that many functions read multiply".to_owned()),
        range: 0..0,
        related: Vec::new(),
        resource: None,
        fix: None,
    }
}

pub(super) fn unevaluated(message: String) -> Finding {
    Finding {
        rule: &guard_regression::RULE,
        effect: Effect::Note,
        message,
        help: Some("nothing of this file is migrated; leave it out with --exclude".to_owned()),
        range: 0..0,
        related: Vec::new(),
        resource: None,
        fix: None,
    }
}

/// Nothing of the file is migrated: what would have been said of its migration no longer holds.
pub(super) fn block(outcome: &mut Outcome, reasons: Vec<Finding>) {
    outcome.status = Status::Blocked;
    outcome.output = None;
    let moved = [Verdict::Migrated, Verdict::MigratedWithFollowUp];
    let mut stays = HashSet::new();
    for function in &mut outcome.functions {
        if moved.contains(&function.verdict) {
            function.verdict = Verdict::Declined;
            stays.insert(function.logical_id.clone());
        }
    }
    outcome.findings.retain(|finding| {
        let of_moved = finding
            .resource
            .as_ref()
            .is_some_and(|it| stays.contains(it));
        finding.fix.is_none() && !of_moved
    });
    outcome.findings.extend(reasons);
}
