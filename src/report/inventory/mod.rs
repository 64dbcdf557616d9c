//! Many reports as one inventory: which functions there are, on which runtimes, and what becomes of them.

mod csv;
mod html;
mod json;
mod markdown;
mod read;

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::migrate::Verdict;

pub(crate) use read::Reader;

/// How to write an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Csv,
    Json,
    Html,
}

/// The verdicts in the order in which they are shown.
const VERDICTS: [Verdict; 7] = [
    Verdict::Declined,
    Verdict::MigratedWithFollowUp,
    Verdict::Migrated,
    Verdict::HeldBack,
    Verdict::Ignored,
    Verdict::Current,
    Verdict::OtherRuntime,
];

/// What several runs have seen.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    /// In the order of the reports.
    runs: Vec<RunEntry>,
    /// Sorted by repository, path and line.
    functions: Vec<Function>,
    /// Sorted likewise.
    unread: Vec<Unread>,
}

/// A run over a repository.
#[derive(Debug)]
struct RunEntry {
    repository: String,
    roots: Vec<String>,
    /// Whether it came to its end.
    complete: bool,
}

/// A function of any repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    repository: String,
    path: String,
    line: usize,
    logical_id: String,
    runtimes: Vec<String>,
    origin: Option<String>,
    verdict: Verdict,
    /// Whether the file was written with the migration.
    written: bool,
    /// The rules that decline it or leave a step to do.
    rules: Vec<String>,
    /// The first step that a person has to take.
    next_step: Option<String>,
}

impl Function {
    fn runtime(&self) -> String {
        super::statistics::runtime_text(&self.runtimes)
    }
}

/// A file that could not be read, or not be migrated for a reason of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Unread {
    repository: String,
    path: String,
    why: String,
}

/// How many functions have each verdict.
#[derive(Debug, Default, Clone)]
struct Counts([usize; VERDICTS.len()]);

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        let slots = VERDICTS.iter().zip(&mut self.0);
        for (_, slot) in slots.filter(|(it, _)| **it == verdict) {
            *slot += 1;
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Verdict, usize)> {
        VERDICTS.into_iter().zip(self.0)
    }

    fn total(&self) -> usize {
        self.0.iter().sum()
    }

    fn of(&self, verdict: Verdict) -> usize {
        let found = self.iter().find(|(it, _)| *it == verdict);
        found.map_or(0, |(_, count)| count)
    }
}

impl Inventory {
    /// Writes it.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Markdown => markdown::write(out, self),
            Format::Csv => csv::write(out, self),
            Format::Json => json::write(out, self),
            Format::Html => html::write(out, self),
        }
    }

    /// What could not be read or proved, and where a run was cut short: a table of functions alone does not
    /// show it.
    pub(crate) fn problems(&self) -> impl Iterator<Item = String> {
        let unread = self.unread.iter();
        let unread = unread.map(|it| format!("{}: {}: {}", it.repository, it.path, it.why));
        let cut_short = self.runs.iter().filter(|run| !run.complete);
        unread.chain(cut_short.map(|run| format!("{}: the run was interrupted", run.repository)))
    }

    /// The functions by repository; one without functions counts, too.
    fn repositories(&self) -> BTreeMap<&str, Counts> {
        let mut repositories: BTreeMap<&str, Counts> = BTreeMap::new();
        for run in &self.runs {
            repositories.entry(&run.repository).or_default();
        }
        for function in &self.functions {
            let counts = repositories.entry(&function.repository).or_default();
            counts.add(function.verdict);
        }
        repositories
    }

    /// The functions by runtime, those of the most frequent runtime first.
    fn runtimes(&self) -> Vec<(String, Counts)> {
        let mut runtimes: BTreeMap<String, Counts> = BTreeMap::new();
        for function in &self.functions {
            let counts = runtimes.entry(function.runtime()).or_default();
            counts.add(function.verdict);
        }
        let mut runtimes: Vec<(String, Counts)> = runtimes.into_iter().collect();
        runtimes.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.total()));
        runtimes
    }

    /// The verdicts that occur.
    fn verdicts(&self) -> Vec<Verdict> {
        let occurs = |verdict: &Verdict| self.functions.iter().any(|it| it.verdict == *verdict);
        VERDICTS.into_iter().filter(occurs).collect()
    }

    /// One sentence.
    fn headline(&self) -> String {
        let repositories = match self.repositories().len() {
            1 => "1 repository".to_owned(),
            count => format!("{count} repositories"),
        };
        let functions = super::plural(self.functions.len(), "function");
        format!("{functions} in {repositories}")
    }
}
