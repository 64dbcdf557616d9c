//! The inventory as one page that needs no other file, and no script to be read.

use std::fmt;
use std::io::{self, Write};

use super::{Counts, Function, Inventory};
use crate::migrate::Verdict;
use crate::report::{Docs, statistics};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn write(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    writeln!(
        out,
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="generator" content="lambdalift {}">
<title>Lambda functions</title>
<style>
{STYLE}</style>
</head>
<body>
<main>
<h1>Lambda functions</h1>
<p>{}. The verdict is what lambdalift has done, or would do where nothing was written yet.</p>"#,
        env!("CARGO_PKG_VERSION"),
        Escaped(&inventory.headline())
    )?;
    problems(out, inventory)?;
    if !inventory.functions.is_empty() {
        chart(out, inventory)?;
    }
    repositories(out, inventory)?;
    if !inventory.functions.is_empty() {
        functions(out, inventory)?;
    }
    writeln!(
        out,
        "</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>"
    )
}

/// Text as HTML shows it, in attributes, too.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\'' => formatter.write_str("&#39;")?,
                // What HTML forbids, and what turns the direction of the text around it.
                c if c.is_control()
                    || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
                {
                    formatter.write_str("\u{fffd}")?;
                }
                c => write!(formatter, "{c}")?,
            }
        }
        Ok(())
    }
}

/// Text in which a long path can go on in the next line.
fn breakable(text: &str) -> String {
    Escaped(text).to_string().replace('/', "/<wbr>")
}

/// What was not read comes first: the numbers below do not have it.
fn problems(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    let problems: Vec<String> = inventory.problems().collect();
    if problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>Problems</h2>\n<ul>")?;
    for problem in problems {
        writeln!(out, "<li>{}</li>", Escaped(&problem))?;
    }
    writeln!(out, "</ul>")
}

/// The measures of the chart, in units of its view box.
mod measure {
    pub(super) const WIDTH: usize = 860;
    pub(super) const NAMES: usize = 190;
    pub(super) const NUMBERS: usize = 70;
    pub(super) const ROW: usize = 30;
    pub(super) const BAR: usize = 20;
    /// A longer name would run into the bars.
    pub(super) const LONGEST_NAME: usize = 24;
}

fn chart(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    let runtimes = inventory.runtimes();
    let most = runtimes.iter().map(|(_, counts)| counts.total()).max();
    let most = most.unwrap_or(1).max(1);
    let height = runtimes.len() * measure::ROW + 4;
    let room = measure::WIDTH - measure::NAMES - measure::NUMBERS;
    writeln!(
        out,
        r#"<h2 id="chart">Functions by runtime and verdict</h2>
<figure>
<svg viewBox="0 0 {} {height}" role="img" aria-labelledby="chart">"#,
        measure::WIDTH
    )?;
    for (at, (name, counts)) in runtimes.iter().enumerate() {
        let top = at * measure::ROW + 4;
        let middle = top + measure::BAR - 5;
        writeln!(
            out,
            r#"<text x="{}" y="{middle}" text-anchor="end">{}<title>{}</title></text>"#,
            measure::NAMES - 10,
            Escaped(&shortened(name)),
            Escaped(name)
        )?;
        let mut before = 0;
        for (verdict, count) in counts.iter().filter(|(_, count)| *count > 0) {
            let start = before * room / most;
            before += count;
            let end = (before * room / most).max(start + 1);
            writeln!(
                out,
                r#"<rect class="{verdict}" x="{}" y="{top}" width="{}" height="{}"><title>{}, {verdict}: {count}</title></rect>"#,
                measure::NAMES + start,
                end - start,
                measure::BAR,
                Escaped(name),
                verdict = verdict.as_str(),
            )?;
        }
        writeln!(
            out,
            r#"<text class="count" x="{}" y="{middle}">{}</text>"#,
            measure::NAMES + counts.total() * room / most + 8,
            counts.total()
        )?;
    }
    writeln!(out, "</svg>\n<ul class=\"legend\">")?;
    for verdict in inventory.verdicts() {
        writeln!(out, r#"<li>{}{}</li>"#, Swatch(verdict), verdict.as_str())?;
    }
    writeln!(out, "</ul>\n</figure>")?;
    // The same numbers for those who do not see the chart.
    let rows = runtimes
        .iter()
        .map(|(name, counts)| (name.as_str(), counts));
    counts(out, inventory, "Runtime", rows)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= measure::LONGEST_NAME {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(measure::LONGEST_NAME - 1).collect();
    short.push('\u{2026}');
    short
}

/// The colour of a verdict; its name stands beside it.
struct Swatch(Verdict);

impl fmt::Display for Swatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = self.0.as_str();
        write!(
            formatter,
            r#"<span class="swatch {verdict}" aria-hidden="true"></span>"#
        )
    }
}

fn repositories(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    let repositories = inventory.repositories();
    if repositories.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h2>By repository</h2>")?;
    let rows = repositories.iter().map(|(name, counts)| (*name, counts));
    counts(out, inventory, "Repository", rows)
}

/// A table of counts, a column for each verdict that occurs.
fn counts<'a>(
    out: &mut impl Write,
    inventory: &Inventory,
    title: &str,
    rows: impl Iterator<Item = (&'a str, &'a Counts)>,
) -> io::Result<()> {
    let verdicts = inventory.verdicts();
    writeln!(
        out,
        r#"<div class="scroll" tabindex="0" role="region" aria-label="Functions by {}">
<table>
<thead><tr><th scope="col">{title}</th>"#,
        title.to_lowercase()
    )?;
    for verdict in &verdicts {
        writeln!(
            out,
            r#"<th scope="col" class="number">{}</th>"#,
            verdict.as_str()
        )?;
    }
    writeln!(
        out,
        r#"<th scope="col" class="number">all</th></tr></thead>
<tbody>"#
    )?;
    for (name, counts) in rows {
        write!(out, r#"<tr><th scope="row">{}</th>"#, Escaped(name))?;
        for &verdict in &verdicts {
            let count = counts.of(verdict);
            let quiet = if count == 0 { " quiet" } else { "" };
            write!(out, r#"<td class="number{quiet}">{count}</td>"#)?;
        }
        writeln!(out, r#"<td class="number">{}</td></tr>"#, counts.total())?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn functions(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    writeln!(
        out,
        r#"<h2>Functions</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Functions">
<table class="functions">
<thead><tr>"#
    )?;
    for title in [
        "Repository",
        "Function",
        "Place",
        "Runtime",
        "Verdict",
        "Rules",
        "Next step",
    ] {
        writeln!(out, r#"<th scope="col">{title}</th>"#)?;
    }
    writeln!(out, "</tr></thead>\n<tbody>")?;
    let docs = Docs::find();
    for function in &inventory.functions {
        row(out, function, docs.as_ref())?;
    }
    writeln!(out, "</tbody>\n</table>\n</div>")
}

fn row(out: &mut impl Write, function: &Function, docs: Option<&Docs>) -> io::Result<()> {
    let place = format!("{}:{}", function.path, function.line);
    write!(
        out,
        r#"<tr><td>{}</td><td>{}</td><td class="place">{}</td><td>{}</td><td class="verdict">{}{}{}</td><td>"#,
        Escaped(&function.repository),
        Escaped(&function.logical_id),
        breakable(&place),
        Escaped(&statistics::runtime_text(&function.runtimes)),
        Swatch(function.verdict),
        function.verdict.as_str(),
        if function.written { ", written" } else { "" }
    )?;
    for (at, rule) in function.rules.iter().enumerate() {
        let separator = if at == 0 { "" } else { ", " };
        match docs {
            Some(docs) => {
                let page = docs.page(rule);
                write!(
                    out,
                    r#"{separator}<a href="{}">{}</a>"#,
                    Escaped(&page),
                    Escaped(rule)
                )?;
            }
            None => write!(out, "{separator}{}", Escaped(rule))?,
        }
    }
    let step = function.next_step.as_deref().unwrap_or_default();
    writeln!(
        out,
        r#"</td><td class="step">{}</td></tr>"#,
        breakable(step)
    )
}
