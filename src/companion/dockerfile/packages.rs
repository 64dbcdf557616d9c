//! Commands of a moved stage that Amazon Linux 2023 does not have.

use super::Note;
use super::read::{Command, Text};

/// A command, and what to do about it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>
const GONE: [(&str, &str); 2] = [
    (
        "yum",
        "use dnf, and packages of Amazon Linux 2023: `dnf install -y ...`",
    ),
    (
        "amazon-linux-extras",
        "Amazon Linux 2023 has no extras: `dnf install -y ...` the package, if it has it",
    ),
];

/// The notes on one `RUN`.
pub(super) fn notes(command: &Command) -> Vec<Note> {
    let texts: Vec<&Text> = match command {
        Command::Exec(words) => words.iter().collect(),
        Command::Shell(line) => vec![line],
    };
    let found = GONE.iter().filter_map(|(name, help)| {
        let at = texts
            .iter()
            .find_map(|it| Some(it.at.start + mention(&it.value, name)?))?;
        Some(Note {
            at,
            message: format!("Amazon Linux 2023 has no {name}"),
            help: (*help).to_owned(),
        })
    });
    found.collect()
}

/// The offset of the first word that runs `name`, comment lines left out.
fn mention(text: &str, name: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with('#');
        let ends = |it: char| it.is_whitespace() || ";&|()\"'`".contains(it);
        let mut found = line.match_indices(name).filter(|(at, _)| {
            let before = line.get(..*at).unwrap_or_default();
            let behind = line.get(at + name.len()..).unwrap_or_default();
            let begins = before.is_empty() || before.ends_with(ends) || before.ends_with("bin/");
            begins && (behind.is_empty() || behind.starts_with(ends))
        });
        if let (false, Some((at, _))) = (is_comment, found.next()) {
            return Some(start + at);
        }
        start += line.len();
    }
    None
}
