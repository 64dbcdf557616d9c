//! The functions as comma-separated values, for a spreadsheet.

use std::io::{self, Write};

use super::Inventory;

pub(super) fn write(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    let mut row = |cells: [&str; 10]| {
        let cells = cells.map(harmless);
        table.write_record(cells).map_err(io::Error::from)
    };
    row([
        "repository",
        "path",
        "line",
        "function",
        "runtimes",
        "origin",
        "verdict",
        "written",
        "rules",
        "next step",
    ])?;
    for function in &inventory.functions {
        row([
            &function.repository,
            &function.path,
            &function.line.to_string(),
            &function.logical_id,
            &function.runtime(),
            function.origin.as_deref().unwrap_or_default(),
            function.verdict.as_str(),
            if function.written { "yes" } else { "no" },
            &function.rules.join(" "),
            function.next_step.as_deref().unwrap_or_default(),
        ])?;
    }
    table.flush()
}

/// A cell that no spreadsheet takes for a formula: <https://owasp.org/www-community/attacks/CSV_Injection>.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}
