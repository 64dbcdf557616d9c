//! `lambdalift rules` and `lambdalift explain RULE`.

use std::fmt::Write as _;
use std::io::Write as _;

use super::Exit;
use super::args::Format;
use super::settings::rule;
use crate::report::json;
use crate::rules::RULES;

/// Lists the rules.
pub(super) fn rules(format: Format) -> anyhow::Result<Exit> {
    let mut out = String::new();
    match format {
        Format::Json => {
            out = serde_json::to_string_pretty(&json::rules())?;
            out.push('\n');
        }
        Format::Text => {
            let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
            for rule in RULES {
                writeln!(out, "{:width$}  {}", rule.id, rule.summary)?;
            }
        }
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(Exit::Success)
}

/// Explains one rule.
pub(super) fn explain(id: &str) -> anyhow::Result<Exit> {
    let page = rule(id)?.help_markdown();
    std::io::stdout().write_all(page.as_bytes())?;
    Ok(Exit::Success)
}
