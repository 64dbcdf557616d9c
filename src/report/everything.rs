//! All that can be shown of one file, in one go.

use std::io::{self, Write};

use super::text::{self, Detail};
use super::{Summary, json};
use crate::diff;
use crate::migrate::Outcome;

/// Writes all the findings, plain and coloured, the summary, the report for programs,
/// and the diff. No input may make any of them fail: this is where tests and fuzzers look.
///
/// # Errors
/// Those of `out`.
pub fn everything(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    for color in [false, true] {
        text::findings(out, outcome, Detail::Everything, color)?;
    }
    let outcomes = std::slice::from_ref(outcome);
    write!(out, "{}", Summary::of(outcomes))?;
    serde_json::to_writer(
        &mut *out,
        &json::Report::new(outcomes, &[], Vec::new(), &[], None),
    )?;
    if let Some(output) = &outcome.output {
        let (old, path) = (outcome.source.text(), outcome.source.path());
        let patch = diff::unified(old.as_bytes(), output.as_bytes(), path, None);
        out.write_all(&diff::colored(&patch))?;
        out.write_all(&patch)?;
    }
    Ok(())
}
