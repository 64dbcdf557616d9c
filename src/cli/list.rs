//! `lambdalift list`: each function with its effective runtime, its origin and the verdict.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Exit;
use super::args::{Format, ListArgs};
use super::progress::Progress;
use super::scope::examine;
use super::settings::Settings;
use crate::migrate::Outcome;
use crate::report::{self, Run, failures, path_text, plain_text};

pub(super) fn run(args: &ListArgs, cancelled: &'static AtomicBool) -> anyhow::Result<Exit> {
    let mut settings = Settings::new(&args.scope, &[])?;
    settings.want_current();
    let examined = examine(&args.scope, &settings, Progress::new(false), cancelled)?;
    let mut stdout = std::io::stdout().lock();
    match args.format {
        Format::Json => {
            let run = Run {
                unread: &examined.errors,
                ..Run::of(&examined.outcomes)
            };
            report::Format::Json.write(&mut stdout, &run)?;
        }
        Format::Text => stdout.write_all(table(&examined.outcomes).as_bytes())?,
    }
    let mut stderr = std::io::stderr().lock();
    for note in &examined.notes {
        writeln!(stderr, "note: {note}")?;
    }
    for error in &examined.errors {
        writeln!(stderr, "lambdalift: {}", plain_text(&error.to_string()))?;
    }
    Ok(if cancelled.load(Ordering::Relaxed) {
        Exit::Interrupted
    } else if failures(&examined.outcomes, &examined.errors, settings.run.strict) {
        Exit::Failure
    } else {
        Exit::Success
    })
}

fn table(outcomes: &[Outcome]) -> String {
    let mut rows = Vec::new();
    for outcome in outcomes {
        for function in &outcome.functions {
            let place = outcome.source.position(function.range.start);
            let runtime = if function.runtimes.is_empty() {
                "-".to_owned()
            } else {
                function.runtimes.join(" | ")
            };
            rows.push([
                format!("{}:{}", path_text(outcome.source.path()), place.line),
                plain_text(&function.logical_id),
                plain_text(&runtime),
                plain_text(function.origin.as_deref().unwrap_or("-")),
                function.verdict.as_str().to_owned(),
            ]);
        }
    }
    align(&rows)
}

/// Columns as wide as their widest cell, two spaces between them.
fn align<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}
