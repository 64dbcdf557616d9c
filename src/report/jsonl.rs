//! JSON Lines: a record a line, each complete in itself, so that the reports of many repositories can be
//! put one after the other. `lambdalift report` reads them again.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{self, VERSION};
use super::run::Run;
use super::{Summary, place};

/// A line of the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Line<'a> {
    /// The version of this shape: 1.
    version: u32,
    /// What --label says, e.g. the name of the repository.
    label: Option<&'a str>,
    #[serde(flatten)]
    record: Record<'a>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Record<'a> {
    /// The run itself; its line comes first.
    Run {
        tool: json::Tool,
        /// The paths that were named.
        roots: Vec<String>,
        /// Whether it came to its end: it was not interrupted.
        complete: bool,
        summary: json::Counts,
    },
    /// A template.
    File {
        #[serde(flatten)]
        file: json::FileHead,
        /// The unified diff, with --diff; bytes that are not UTF-8 are replaced.
        #[serde(skip_serializing_if = "Option::is_none")]
        diff: Option<String>,
    },
    /// A function of a template.
    Function {
        /// The template.
        path: &'a str,
        #[serde(flatten)]
        function: json::Function,
    },
    /// A finding in a template.
    Finding {
        /// The template.
        path: &'a str,
        #[serde(flatten)]
        finding: json::Finding,
    },
    /// A build file that changes together with templates.
    BuildFile {
        #[serde(flatten)]
        file: json::BuildFile,
    },
    /// Something that could not be read or written.
    Error {
        #[serde(flatten)]
        failure: json::Failure,
    },
}

/// Writes a run.
pub(crate) fn write(out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
    let mut lines = Lines {
        out,
        label: run.label,
    };
    lines.add(Record::Run {
        tool: json::Tool::this(),
        roots: run.roots.iter().map(|root| place::shown(root)).collect(),
        complete: !run.interrupted,
        summary: json::Counts::new(&Summary::of(run.outcomes), run.written.len()),
    })?;
    for outcome in run.templates() {
        let file = json::File::new(outcome, run.written, run.diff);
        let Some(json::File {
            head,
            functions,
            findings,
            diff,
        }) = file
        else {
            continue;
        };
        let path = head.path.clone();
        lines.add(Record::File { file: head, diff })?;
        for function in functions {
            lines.add(Record::Function {
                path: &path,
                function,
            })?;
        }
        for finding in findings {
            lines.add(Record::Finding {
                path: &path,
                finding,
            })?;
        }
    }
    for file in json::BuildFile::all(run.build_files, run.outcomes, run.written) {
        lines.add(Record::BuildFile { file })?;
    }
    for failure in run.failures() {
        let failure = failure.into();
        lines.add(Record::Error { failure })?;
    }
    Ok(())
}

struct Lines<'a, W> {
    out: &'a mut W,
    label: Option<&'a str>,
}

impl<W: Write> Lines<'_, W> {
    fn add(&mut self, record: Record<'_>) -> io::Result<()> {
        let line = Line {
            version: VERSION,
            label: self.label,
            record,
        };
        serde_json::to_writer(&mut *self.out, &line)?;
        self.out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn the_schema_is_that_of_the_types() {
        crate::report::json::tests::assert_schema::<Line<'_>>("report-line.schema.json");
    }
}
