//! `lambdalift schema`: the JSON Schemas of what goes in and what comes out.

use std::io::Write as _;

use super::Exit;
use super::args::SchemaArg;

/// Prints a schema.
pub(super) fn run(of: SchemaArg) -> anyhow::Result<Exit> {
    let text = match of {
        SchemaArg::Config => include_str!("../../schemas/config.schema.json"),
        SchemaArg::Report => include_str!("../../schemas/report.schema.json"),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Exit::Success)
}
