//! How often each rule, runtime and verdict occurs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::plain_text;
use crate::migrate::Outcome;

/// The runtimes of a function as one word.
pub(crate) fn runtime_text(runtimes: &[String]) -> String {
    if runtimes.is_empty() {
        "unknown".to_owned()
    } else {
        runtimes.join(" | ")
    }
}

/// Writes the counts, the most frequent first.
pub(crate) fn write(out: &mut impl Write, outcomes: &[Outcome]) -> io::Result<()> {
    let functions = || outcomes.iter().flat_map(|outcome| &outcome.functions);
    let findings = outcomes.iter().flat_map(|outcome| &outcome.findings);
    let tables = [
        (
            "findings by rule",
            count(findings.map(|finding| finding.rule.id.to_owned())),
        ),
        (
            "functions by runtime",
            count(functions().map(|function| runtime_text(&function.runtimes))),
        ),
        (
            "functions by verdict",
            count(functions().map(|function| function.verdict.as_str().to_owned())),
        ),
    ];
    for (title, counts) in tables {
        writeln!(out, "{title}")?;
        for (name, count) in counts {
            writeln!(out, "{count:>7}  {}", plain_text(&name))?;
        }
    }
    Ok(())
}

fn count(names: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
    // Stable: equally frequent names stay in their order.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}
