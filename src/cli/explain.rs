//! `lambdalift rules` and `lambdalift explain RULE`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use super::Exit;
use super::args::Format;
use super::settings::rule;
use crate::diff;
use crate::report::json;
use crate::rules::{Example, RULES};

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
    let rule = rule(id)?;
    let mut out = format!(
        "# {}\n\n{}\n\nSeverity: {}. Since {}.\n\n{}\n",
        rule.id,
        rule.summary,
        rule.severity.as_str(),
        rule.since,
        rule.explanation
    );
    if let Some(example) = &rule.example {
        write!(out, "\n## Example\n\n{}", show(example))?;
    }
    write!(
        out,
        "\n## To leave it\n\n```yaml\n# lambdalift: ignore[{}] the reason\n```\n",
        rule.id
    )?;
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(Exit::Success)
}

/// The example as a diff, or the text that is left as it is.
fn show(example: &Example) -> String {
    match example.after {
        Some(after) => {
            let path = Path::new("template");
            let patch = diff::unified(example.before.as_bytes(), after.as_bytes(), path, None);
            format!("```diff\n{}```\n", String::from_utf8_lossy(&patch))
        }
        None => format!(
            "This template is left as it is:\n\n```\n{}\n```\n",
            example.before.trim_end()
        ),
    }
}
