//! The inventory as Markdown tables, as GitHub and GitLab read them.

use std::io::{self, Write};

use super::{Counts, Inventory};

pub(super) fn write(out: &mut impl Write, inventory: &Inventory) -> io::Result<()> {
    writeln!(out, "# Lambda functions\n\n{}.\n", inventory.headline())?;
    if !inventory.functions.is_empty() {
        writeln!(out, "## By runtime\n")?;
        let runtimes = inventory.runtimes();
        let rows = runtimes
            .iter()
            .map(|(name, counts)| (name.as_str(), counts));
        counts(out, inventory, "Runtime", rows)?;
    }
    let repositories = inventory.repositories();
    if !repositories.is_empty() {
        writeln!(out, "## By repository\n")?;
        let rows = repositories.iter().map(|(name, counts)| (*name, counts));
        counts(out, inventory, "Repository", rows)?;
    }
    if !inventory.functions.is_empty() {
        writeln!(out, "## Functions\n")?;
        row(
            out,
            [
                "Repository",
                "Function",
                "Place",
                "Runtime",
                "Verdict",
                "Rules",
                "Next step",
            ],
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for function in &inventory.functions {
            let verdict = function.verdict.as_str();
            row(
                out,
                [
                    function.repository.as_str(),
                    &function.logical_id,
                    &format!("{}:{}", function.path, function.line),
                    &function.runtime(),
                    &if function.written {
                        format!("{verdict}, written")
                    } else {
                        verdict.to_owned()
                    },
                    &function.rules.join(", "),
                    function.next_step.as_deref().unwrap_or_default(),
                ],
            )?;
        }
        writeln!(out)?;
    }
    let problems: Vec<String> = inventory.problems().collect();
    if !problems.is_empty() {
        writeln!(out, "## Problems\n")?;
        for problem in problems {
            writeln!(out, "- {}", escaped(&problem))?;
        }
    }
    Ok(())
}

/// A table of counts, a column for each verdict that occurs.
fn counts<'a>(
    out: &mut impl Write,
    inventory: &Inventory,
    title: &str,
    rows: impl Iterator<Item = (&'a str, &'a Counts)>,
) -> io::Result<()> {
    let verdicts = inventory.verdicts();
    let names = verdicts.iter().map(|verdict| verdict.as_str());
    row(out, [title].into_iter().chain(names).chain(["all"]))?;
    writeln!(out, "|---|{}", "--:|".repeat(verdicts.len() + 1))?;
    for (name, counts) in rows {
        let numbers = verdicts
            .iter()
            .map(|&verdict| counts.of(verdict).to_string());
        let numbers = numbers.chain([counts.total().to_string()]);
        row(out, [name.to_owned()].into_iter().chain(numbers))?;
    }
    writeln!(out)
}

fn row(out: &mut impl Write, cells: impl IntoIterator<Item = impl AsRef<str>>) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {} ", escaped(cell.as_ref()))?;
    }
    writeln!(out, "|")
}

/// Text that Markdown shows as it is, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn cells_show_what_they_hold() {
        assert_eq!(escaped("a|b\n*c* <i>`d`"), "a\\|b \\*c\\* \\<i\\>\\`d\\`");
    }
}
