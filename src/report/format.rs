//! The formats that other programs read.

use std::io::{self, Write};

use super::{Run, github, gitlab, json, jsonl, junit, sarif};

/// A format for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Jsonl,
    Sarif,
    Github,
    Gitlab,
    Junit,
}

impl Format {
    pub(crate) const ALL: [Self; 6] = [
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
    ];

    /// Writes the report of a run.
    ///
    /// # Errors
    /// Those of `out`.
    pub(crate) fn write(self, out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
        match self {
            Self::Json => {
                serde_json::to_writer_pretty(&mut *out, &json::Report::new(run))?;
                out.write_all(b"\n")
            }
            Self::Jsonl => jsonl::write(out, run),
            Self::Sarif => sarif::write(out, run),
            Self::Github => github::write(out, run),
            Self::Gitlab => gitlab::write(out, run),
            Self::Junit => junit::write(out, run),
        }
    }

    /// Whether a report of this format has a place for diffs.
    pub(crate) fn holds_diffs(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl)
    }
}
