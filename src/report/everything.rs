//! All that can be shown of one file, in one go.

use std::io::{self, Write};

use super::text::{self, Detail, Style};
use super::{Format, Run, Summary};
use crate::diff;
use crate::migrate::Outcome;

/// Writes all the findings, plain and coloured, the summary, the reports for programs,
/// and the diff. No input may make any of them fail: this is where tests and fuzzers look.
///
/// # Errors
/// Those of `out`.
pub fn everything(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let narrow = Style {
        color: true,
        width: Some(40),
        docs: None,
    };
    for style in [Style::plain(), narrow] {
        let (source, findings) = (&outcome.source, &outcome.findings);
        text::findings(out, source, findings, Detail::Everything, &style)?;
    }
    let outcomes = std::slice::from_ref(outcome);
    write!(out, "{}", Summary::of(outcomes))?;
    let run = Run::of(outcomes);
    for format in Format::ALL {
        format.write(out, &run)?;
    }
    if let Some(output) = &outcome.output {
        let (old, path) = (outcome.source.text(), outcome.source.path());
        let patch = diff::unified_output(old, output, path, None);
        out.write_all(&diff::colored(&patch))?;
        out.write_all(&patch)?;
    }
    Ok(())
}
