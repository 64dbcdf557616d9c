//! What the rules say before and after a migration, and what follows from the difference.

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use super::child::{NoAnswer, Worker};
use super::objection::{Objection, Objections, Place, block, partial, unevaluated};
use super::protocol::{Question, Violation};
use super::rules::RuleSet;
use crate::migrate::{Outcome, ProgramFacts, Status};
use crate::rules::{guard_regression, guard_violation};
use crate::source::SourceFile;
use crate::syntax::{Document, Limits, parse};
use crate::template::{Branches, EffectiveTemplate, Template, TooLarge};

/// Why the rules cannot be used. Nothing may be written then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GuardError {
    #[error("the Guard rules {rules} cannot be used: {cause}")]
    Rules { rules: String, cause: String },
    #[error("the Guard library died over the rules {rules}: {cause}; nothing was written")]
    Died { rules: String, cause: String },
    #[error("the process that evaluates Guard rules cannot be started: {0}; nothing was written")]
    NotStarted(String),
}

/// The rules of a run, ready to judge.
pub(crate) struct Gate<'g> {
    rules: &'g RuleSet,
    cancelled: &'g AtomicBool,
    limits: Limits,
    /// List also what fails before and after.
    lists_all: bool,
    /// Those that have no question at the moment.
    idle: Mutex<Vec<Worker>>,
}

impl<'g> Gate<'g> {
    /// Checks the rules. `None` after a cancellation.
    ///
    /// # Errors
    /// [`GuardError`] if a file holds no rules that Guard takes.
    pub(crate) fn open(
        rules: &'g RuleSet,
        lists_all: bool,
        limits: Limits,
        cancelled: &'g AtomicBool,
    ) -> Result<Option<Self>, GuardError> {
        let gate = Self {
            rules,
            cancelled,
            limits,
            lists_all,
            idle: Mutex::default(),
        };
        let (worker, checked) = match Worker::start(rules, cancelled) {
            Ok(started) => started,
            Err(NoAnswer::Cancelled) => return Ok(None),
            Err(NoAnswer::NotStarted(cause)) => return Err(GuardError::NotStarted(cause)),
            Err(NoAnswer::Died { at, cause }) => {
                let rules = gate.name(at);
                return Err(GuardError::Died { rules, cause });
            }
        };
        for (file, wrong) in rules.files.iter().zip(checked) {
            if let Some(cause) = wrong {
                let rules = file.name.clone();
                return Err(GuardError::Rules { rules, cause });
            }
        }
        gate.put_back(worker);
        Ok(Some(gate))
    }

    /// Judges a file: if a rule objects to its migration, it loses its output and says why. After a
    /// cancellation it loses its output, too.
    ///
    /// # Errors
    /// [`GuardError`] when there is no process to ask.
    pub(crate) fn judge(&self, mut outcome: Outcome) -> Result<Outcome, GuardError> {
        if outcome.status != Status::Examined || (outcome.output.is_none() && !self.lists_all) {
            return Ok(outcome);
        }
        match self.compare(&outcome) {
            Ok(objections) => self.apply(objections, &mut outcome),
            Err(Stopped::Cancelled) => outcome.output = None,
            Err(Stopped::TooLarge(error)) => {
                let message = format!("the Guard rules cannot be evaluated: {error}");
                block(&mut outcome, vec![unevaluated(message)]);
            }
            Err(Stopped::Died { at, cause }) => {
                let rules = self.name(at);
                let message = format!("the Guard library died over the rules {rules}: {cause}");
                block(&mut outcome, vec![unevaluated(message)]);
            }
            Err(Stopped::NotStarted(cause)) => return Err(GuardError::NotStarted(cause)),
        }
        Ok(outcome)
    }

    fn apply(&self, objections: Vec<Objection>, outcome: &mut Outcome) {
        let (mut regressions, mut violations) = (Vec::new(), Vec::new());
        for objection in objections {
            match objection {
                Objection::Unevaluated { file, cause } => {
                    let message =
                        format!("the Guard rules {} cannot be evaluated: {cause}", file.name);
                    regressions.push(unevaluated(message));
                }
                Objection::Partial { count } => outcome.findings.push(partial(count)),
                Objection::New(at) => regressions.push(at.finding(&guard_regression::RULE)),
                Objection::Old(at) => violations.push(at.finding(&guard_violation::RULE)),
            }
        }
        if !regressions.is_empty() {
            block(outcome, regressions);
        }
        if self.lists_all {
            outcome.findings.extend(violations);
        }
        outcome
            .findings
            .sort_by_key(|finding| (finding.range.start, finding.rule.id));
    }

    fn compare<'o>(&'o self, outcome: &Outcome) -> Result<Vec<Objection<'o>>, Stopped> {
        let functions = &outcome.functions;
        let facts: Vec<ProgramFacts> = functions.iter().map(|it| it.program).collect();
        let before = self.document(&outcome.source, outcome.source.text());
        let after = outcome.new_text();
        let after = after.map(|text| self.document(&outcome.source, &text));
        let Some(before) = before.as_ref().and_then(template) else {
            return Ok(Vec::new());
        };
        let after = after.flatten();
        let after = after.as_ref().and_then(template);
        let mut found = Objections::default();
        let mut asked = HashSet::new();
        let alternatives = Branches::of(&before);
        if !alternatives.is_complete {
            found.add(Objection::Partial {
                count: alternatives.list.len(),
            });
        }
        for branches in alternatives.list {
            let was = before.effective(&branches, &facts)?;
            let is = match &after {
                Some(after) => Some(after.effective(&branches, &facts)?),
                None => None,
            };
            let templates: Vec<String> = std::iter::once(&was).chain(&is).map(json_text).collect();
            if asked.insert(templates.clone()) {
                self.ask(templates, &was, is.as_ref(), &mut found)?;
            }
        }
        Ok(found.list)
    }

    fn document(&self, source: &SourceFile, text: &str) -> Option<Document> {
        parse(SourceFile::new(source.path(), text.to_owned()), self.limits).ok()
    }

    fn ask<'o>(
        &'o self,
        templates: Vec<String>,
        was: &EffectiveTemplate,
        is: Option<&EffectiveTemplate>,
        found: &mut Objections<'o>,
    ) -> Result<(), Stopped> {
        let mut worker = self.worker()?;
        let answers = worker.ask(&Question { templates }, self.cancelled)?;
        self.put_back(worker);
        for (file, answer) in self.rules.files.iter().zip(answers) {
            match answer {
                Err(cause) => found.add(Objection::Unevaluated { file, cause }),
                Ok(reports) => {
                    let mut reports = reports.into_iter();
                    let before = reports.next().unwrap_or_default();
                    let broken: HashSet<_> = before.iter().map(Violation::subject).collect();
                    let after = reports.next();
                    // What the migration repairs is not listed.
                    let stays = |of: &Violation| {
                        after
                            .as_ref()
                            .is_none_or(|after| after.iter().any(|it| it.subject() == of.subject()))
                    };
                    for violation in before.iter().filter(|it| stays(it)) {
                        found.add(Objection::Old(Place::of(file, violation.clone(), was, is)));
                    }
                    for violation in after.iter().flatten() {
                        if !broken.contains(&violation.subject()) {
                            found.add(Objection::New(Place::of(file, violation.clone(), was, is)));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// A worker without a question, or a new one.
    fn worker(&self) -> Result<Worker, NoAnswer> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(worker) => Ok(worker),
            None => Ok(Worker::start(self.rules, self.cancelled)?.0),
        }
    }

    fn put_back(&self, worker: Worker) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(worker);
    }

    fn name(&self, at: usize) -> String {
        let file = self.rules.files.get(at);
        file.map_or_else(String::new, |file| file.name.clone())
    }
}

/// The file as a template; it has been one already.
fn template(document: &Document) -> Option<Template<'_>> {
    let root = document.roots().first()?;
    Some(Template::read(document, *root))
}

/// JSON that also a YAML reader takes, as Guard's is: it refuses some characters in the raw.
fn json_text(template: &EffectiveTemplate) -> String {
    let text = template.json.to_string();
    let refused = |c: char| {
        matches!(
            c,
            '\u{7f}'..='\u{9f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
    };
    if !text.contains(refused) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if refused(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

enum Stopped {
    Cancelled,
    TooLarge(TooLarge),
    Died { at: usize, cause: String },
    NotStarted(String),
}

impl From<NoAnswer> for Stopped {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::Cancelled => Self::Cancelled,
            NoAnswer::Died { at, cause } => Self::Died { at, cause },
            NoAnswer::NotStarted(cause) => Self::NotStarted(cause),
        }
    }
}

impl From<TooLarge> for Stopped {
    fn from(error: TooLarge) -> Self {
        Self::TooLarge(error)
    }
}
