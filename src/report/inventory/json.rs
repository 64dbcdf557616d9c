//! The inventory for programs, version 1; `schemas/report-inventory.schema.json` is generated from the types.

use std::io::{self, Write};

use serde::Serialize;

use super::Inventory;
use crate::report::json::{Tool, VERSION};

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Document<'a> {
    /// The version of this shape: 1.
    version: u32,
    /// The program that wrote it.
    tool: Tool,
    /// The runs that were put together.
    runs: Vec<Run<'a>>,
    /// Sorted by repository, path and line.
    functions: Vec<Function<'a>>,
    /// Files that could not be read, or not be migrated for a reason of their own.
    unread: Vec<Unread<'a>>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Run<'a> {
    repository: &'a str,
    /// The paths that were named.
    roots: &'a [String],
    /// Whether it came to its end.
    complete: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Function<'a> {
    /// The label of the report, else the name of its file.
    repository: &'a str,
    path: &'a str,
    line: usize,
    logical_id: &'a str,
    runtimes: &'a [String],
    origin: Option<&'a str>,
    /// declined, migrated-with-follow-up, migrated, held-back, ignored, current, other-runtime
    verdict: &'static str,
    /// Whether the file was written with the migration.
    written: bool,
    /// The rules that decline it or leave a step to do.
    rules: &'a [String],
    /// The first step that a person has to take.
    next_step: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Unread<'a> {
    repository: &'a str,
    path: &'a str,
    why: &'a str,
}

pub(super) fn write(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        tool: Tool::this(),
        runs: inventory
            .runs
            .iter()
            .map(|run| Run {
                repository: &run.repository,
                roots: &run.roots,
                complete: run.complete,
            })
            .collect(),
        functions: inventory
            .functions
            .iter()
            .map(|function| Function {
                repository: &function.repository,
                path: &function.path,
                line: function.line,
                logical_id: &function.logical_id,
                runtimes: &function.runtimes,
                origin: function.origin.as_deref(),
                verdict: function.verdict.as_str(),
                written: function.written,
                rules: &function.rules,
                next_step: function.next_step.as_deref(),
            })
            .collect(),
        unread: inventory
            .unread
            .iter()
            .map(|unread| Unread {
                repository: &unread.repository,
                path: &unread.path,
                why: &unread.why,
            })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn the_schema_is_that_of_the_types() {
        crate::report::json::tests::assert_schema::<Document<'_>>("report-inventory.schema.json");
    }
}
