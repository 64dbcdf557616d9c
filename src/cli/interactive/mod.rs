//! `--interactive`: one unit after the other is shown and asked about; what is accepted is written at the
//! end.
//!
//! A unit is what has to be decided at once: a function with all its edits, and whoever would be edited
//! otherwise, or not at all, if it were refused. That is found out by planning anew without it. A refused
//! function counts as ignored, so that the others are planned as if the template said so; and what was
//! accepted before is asked about again, should it have to change in another way now.

mod plan;
mod terminal;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

use plan::{Key, Plan, Unit};
use terminal::{Answer, Terminal};

use super::args::{MigrateArgs, ReportFormat};
use super::scope::Examined;
use super::settings::Settings;
use crate::report::{plain_text, plural};
use crate::rules::{self, Rule};

/// Plans the run without some functions.
type Examine<'a> = dyn FnMut(&BTreeSet<Key>) -> anyhow::Result<Examined> + 'a;

/// Refuses what does not go together with questions.
pub(super) fn check(args: &MigrateArgs, settings: &Settings) -> anyhow::Result<()> {
    if settings.stdin {
        anyhow::bail!("--interactive reads answers from standard input: name files or directories");
    }
    if args.output.format != ReportFormat::Text {
        anyhow::bail!("--interactive is for people: leave out --format");
    }
    Ok(())
}

/// Asks about every unit. What comes back holds the edits that were accepted and no others; `None` after
/// Ctrl-C.
pub(super) fn choose(
    examine: &mut Examine<'_>,
    color: bool,
    cancelled: &AtomicBool,
) -> anyhow::Result<Option<Examined>> {
    let mut terminal = Terminal::open(color, cancelled)?;
    let mut session = Session {
        refused: BTreeSet::new(),
        accepted: Vec::new(),
        quits: false,
    };
    let mut plan = Plan::of(examine(&session.refused)?);
    loop {
        if terminal.is_interrupted() {
            return Ok(None);
        }
        let changed = session.forget_changed(&plan);
        let undecided = session.undecided(&plan);
        let Some(first) = undecided.first() else {
            return session.finish(plan).map(Some);
        };
        if session.quits {
            session.refused.extend(undecided);
            plan = Plan::of(examine(&session.refused)?);
            continue;
        }
        for unit in changed {
            let names = unit.names();
            terminal.say(&format!(
                "{names} would have to change in another way now.\n"
            ))?;
        }
        let Some((unit, without)) = session.unit_of(first.clone(), &plan, examine)? else {
            return Ok(None);
        };
        match ask(&mut terminal, &plan, &unit, undecided.len())? {
            Answer::Yes => session.accepted.push(unit),
            Answer::No => {
                session.refused.extend(unit.keys());
                plan = without;
            }
            Answer::All => return Ok(Some(plan.examined)),
            Answer::Quit => session.quits = true,
            Answer::Interrupted => return Ok(None),
        }
    }
}

/// What has been decided.
struct Session {
    refused: BTreeSet<Key>,
    accepted: Vec<Unit>,
    /// Nothing more is asked: what is not accepted is refused.
    quits: bool,
}

impl Session {
    fn undecided(&self, plan: &Plan) -> Vec<Key> {
        let is_accepted = |key: &Key| self.accepted.iter().any(|unit| unit.has(key));
        plan.keys()
            .filter(|key| !is_accepted(key))
            .cloned()
            .collect()
    }

    /// Takes out the units that are no longer what was accepted.
    fn forget_changed(&mut self, plan: &Plan) -> Vec<Unit> {
        self.accepted
            .extract_if(.., |unit| !plan.still_has(unit))
            .collect()
    }

    /// Everything that would change or stay away if `first` were refused, and the plan without it; `None`
    /// after Ctrl-C.
    fn unit_of(
        &self,
        first: Key,
        plan: &Plan,
        examine: &mut Examine<'_>,
    ) -> anyhow::Result<Option<(Unit, Plan)>> {
        let mut keys = BTreeSet::from([first]);
        loop {
            let refused = self.refused.union(&keys).cloned().collect();
            let without = Plan::of(examine(&refused)?);
            if without.is_cut_short(plan) {
                return Ok(None);
            }
            let concerned = plan.concerned(&without, &keys);
            let undecided = self.undecided(plan);
            let more: Vec<Key> = undecided
                .into_iter()
                .filter(|key| concerned.contains(key) && !keys.contains(key))
                .collect();
            if more.is_empty() {
                return Ok(Some((plan.unit(keys, &without), without)));
            }
            keys.extend(more);
        }
    }

    /// Nothing may be written that was not shown.
    fn finish(&self, plan: Plan) -> anyhow::Result<Examined> {
        if plan.holds_only(&self.accepted) {
            return Ok(plan.examined);
        }
        anyhow::bail!(
            "the edits are not those that were accepted, and nothing is written; this is a fault in lambdalift"
        )
    }
}

/// Shows a unit until it is decided.
fn ask(
    terminal: &mut Terminal<'_>,
    plan: &Plan,
    unit: &Unit,
    undecided: usize,
) -> anyhow::Result<Answer> {
    let mut text = format!(
        "\n{} ({} to decide)\n",
        unit.names(),
        plural(undecided, "resource")
    );
    for finding in plan.steps_left(unit) {
        writeln!(text, "step left: {}", plain_text(&finding.message))?;
        if let Some(help) = &finding.help {
            writeln!(text, "           {}", plain_text(help))?;
        }
    }
    terminal.show(&unit.patch)?;
    terminal.say(&text)?;
    terminal.ask(|| explanations(&plan.rules(unit)))
}

/// What the rules of a unit are about.
fn explanations(found: &BTreeSet<&str>) -> String {
    let rules: Vec<&Rule> = found.iter().filter_map(|id| rules::find(id)).collect();
    let mut out = String::new();
    for rule in rules {
        out.push_str(&format!(
            "\n{}: {}\n\n{}\n",
            rule.id, rule.summary, rule.explanation
        ));
    }
    out.push_str("\n`lambdalift explain RULE` says more.\n");
    out
}
