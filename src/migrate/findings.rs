//! From what has become of the functions to what there is to say.

use super::job::{Job, State};
use super::layers::LayerPlan;
use super::outcome::{FunctionReport, Verdict};
use super::run::{Examination, plain_finding};
use super::subject::{Draft, GOARCH};
use super::suppress::Suppressions;
use super::track::Track;
use crate::edit::{Applicability, Edit, Fix};
use crate::finding::{Effect, Finding};
use crate::rules;
use crate::template::{EffectiveFunction, Level, Origin, Template};

impl Examination<'_> {
    pub(super) fn report_unexamined(
        &mut self,
        template: &Template<'_>,
        suppressions: &mut Suppressions,
    ) {
        for part in &template.unexamined {
            let rule = &rules::not_examined::RULE;
            if suppressions.silences_place(self.document, rule, part.node) {
                continue;
            }
            let range = self.range(part.node);
            self.findings.push(plain_finding(
                &rules::not_examined::RULE,
                format!("not examined: {}", part.what),
                "look for retired runtimes there, too",
                range,
            ));
        }
        for part in &template.malformed {
            let range = self.range(part.node);
            self.findings.push(plain_finding(
                &rules::malformed_template::RULE,
                part.message.clone(),
                "see the anatomy of a template in the CloudFormation documentation",
                range,
            ));
        }
    }

    /// What there is to say of the functions.
    pub(super) fn reported(&self, template: &Template<'_>, jobs: Vec<Job<'_>>) -> Vec<Reported> {
        let jobs = jobs.into_iter();
        jobs.map(|job| self.reported_of(template, job)).collect()
    }

    fn reported_of(&self, template: &Template<'_>, mut job: Job<'_>) -> Reported {
        let (verdict, migrates) = (verdict(&job), job.is_migrating());
        let applicability = if job.has_follow_up() {
            Applicability::Unsafe
        } else {
            Applicability::Safe
        };
        let mut edits = std::mem::take(&mut job.edits).into_iter();
        let mut findings = Vec::new();
        for draft in std::mem::take(&mut job.drafts) {
            let edits = edits.next().unwrap_or_default();
            if is_reported(&job, &draft) {
                let mut finding =
                    self.finding(draft, &job.function.logical_id, applicability, edits);
                finding.help = finding.help.map(|help| help.replace(GOARCH, job.goarch));
                findings.push(finding);
            }
        }
        Reported {
            function: FunctionReport {
                logical_id: job.function.logical_id.clone(),
                range: self.range(job.function.key),
                runtimes: runtimes(job.function),
                origin: origin(template, job.function),
                verdict,
                program: job.program,
            },
            findings,
            migrates,
        }
    }

    /// Says it, now that it is known whether the edits are what they are meant to be.
    pub(super) fn report(&mut self, reported: Vec<Reported>, failed: bool) {
        for mut one in reported {
            // Where nothing is shown of the edits, nothing is left to do after them.
            if failed && one.migrates {
                one.function.verdict = Verdict::Declined;
                one.findings.clear();
            }
            self.functions.push(one.function);
            self.findings.append(&mut one.findings);
        }
    }

    pub(super) fn report_layers(&mut self, layers: Vec<LayerPlan>) {
        for layer in layers {
            let finding = self.finding(
                layer.draft,
                &layer.logical_id,
                Applicability::Safe,
                layer.edits,
            );
            self.findings.push(finding);
        }
    }

    pub(super) fn finding(
        &self,
        draft: Draft,
        resource: &str,
        applicability: Applicability,
        mut edits: Vec<Edit>,
    ) -> Finding {
        edits.sort_by_key(|edit| edit.range().start);
        // A run keeps the findings of all its templates.
        edits.shrink_to_fit();
        Finding {
            rule: draft.rule,
            effect: draft.effect,
            message: draft.message,
            help: draft.help,
            range: self.range(draft.place),
            related: draft.related,
            resource: Some(resource.to_owned()),
            fix: (!edits.is_empty()).then(|| Fix {
                title: draft.rule.summary.trim_end_matches('.').to_owned(),
                applicability,
                edits,
            }),
        }
    }

    pub(super) fn report_unused(&mut self, suppressions: &Suppressions) {
        for unused in suppressions.unused() {
            self.findings.push(plain_finding(
                &rules::unused_ignore::RULE,
                unused.message,
                unused.help,
                unused.range,
            ));
        }
    }
}

/// What there is to say of one function, should the edits be what they are meant to be.
pub(super) struct Reported {
    function: FunctionReport,
    findings: Vec<Finding>,
    migrates: bool,
}

/// Whether a draft is part of what there is to say, now that the verdict stands.
fn is_reported(job: &Job<'_>, draft: &Draft) -> bool {
    match job.state {
        State::Migrating => draft.effect != Effect::Decline,
        State::Declined => draft.effect == Effect::Decline,
        State::Idle => true,
        State::Ignored => false,
        State::HeldBack => matches!(draft.effect, Effect::Edit | Effect::FollowUp),
    }
}

fn verdict(job: &Job<'_>) -> Verdict {
    match job.state {
        State::Migrating if job.has_follow_up() => Verdict::MigratedWithFollowUp,
        State::Migrating => Verdict::Migrated,
        State::Declined => Verdict::Declined,
        State::Ignored => Verdict::Ignored,
        State::HeldBack => Verdict::HeldBack,
        State::Idle => match job.track {
            // Not among the runtimes that `--from` names.
            Track::Leaving(_) => Verdict::Ignored,
            Track::Current => Verdict::Current,
            _ => Verdict::OtherRuntime,
        },
    }
}

fn runtimes(function: &EffectiveFunction) -> Vec<String> {
    let runtime = function.runtime.as_ref();
    let texts = runtime.map(|runtime| runtime.texts()).unwrap_or_default();
    texts.into_iter().map(str::to_owned).collect()
}

fn origin(template: &Template<'_>, function: &EffectiveFunction) -> Option<String> {
    let runtime = function.runtime.as_ref()?;
    let level = match (runtime.level, runtime.entry.merges.first()) {
        (Level::Globals, _) => "Globals".to_owned(),
        (Level::Own, Some(&merge)) => {
            let target = template.document.resolve(merge);
            let anchor = template.document.node(target).anchor;
            format!("anchor {}", anchor.unwrap_or("(merged)"))
        }
        (Level::Own, None) => "own".to_owned(),
    };
    let mut parts = vec![level];
    for leaf in &runtime.resolution.leaves {
        let part = match &leaf.origin {
            Origin::Literal => continue,
            Origin::Anchor(name) => format!("anchor {name}"),
            Origin::Parameter(name) => format!("parameter {name}"),
            Origin::Mapping(name) => format!("mapping {name}"),
            Origin::Branch | Origin::NoValue => "Fn::If".to_owned(),
        };
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    if parts.len() > 1 && parts.first().is_some_and(|part| part == "own") {
        parts.remove(0);
    }
    Some(parts.join(", "))
}
