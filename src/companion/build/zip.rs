//! The words of a command that runs `zip`.
//!
//! <https://infozip.sourceforge.net/FAQ.html>

use super::model::Command;

/// A `zip`, by the numbers of its words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Zip {
    /// The archive, as a word would name it.
    pub(super) archive: String,
    /// The files that it packs.
    pub(super) inputs: Vec<usize>,
    /// Whether it leaves out their directories.
    pub(super) junks_paths: bool,
    /// Whether it goes into directories.
    pub(super) recurses: bool,
    /// Whether it has options that decide what is packed or how it is named.
    pub(super) special: bool,
}

/// Reads a command; `None` when it is no `zip`.
pub(super) fn zip(command: &Command) -> Option<Zip> {
    let (name, arguments) = command.program();
    if name != "zip" {
        return None;
    }
    let first = command.lead + 1;
    let mut operands = Vec::new();
    let mut found = Zip {
        archive: String::new(),
        inputs: Vec::new(),
        junks_paths: false,
        recurses: false,
        special: false,
    };
    for (at, word) in arguments.iter().enumerate() {
        let text = word.as_str();
        match text.strip_prefix("--") {
            Some("junk-paths") => found.junks_paths = true,
            Some("recurse-paths") => found.recurses = true,
            Some("quiet" | "no-extra" | "must-match" | "symlinks") => {}
            Some(_) => found.special = true,
            None => match text.strip_prefix('-').filter(|it| !it.is_empty()) {
                Some(flags) => {
                    found.junks_paths |= flags.contains('j');
                    found.recurses |= flags.contains(['r', 'R']);
                    let plain = |c: char| c.is_ascii_digit() || "jrqvXyofuFDl".contains(c);
                    found.special |= !flags.chars().all(plain);
                }
                None => operands.push(first + at),
            },
        }
    }
    let (archive, inputs) = operands.split_first()?;
    let archive = command.words.get(*archive)?.as_str();
    let name = archive.rsplit('/').next().unwrap_or_default();
    found.archive = match name.contains('.') {
        true => archive.to_owned(),
        false => format!("{archive}.zip"),
    };
    found.inputs = inputs.to_vec();
    found.special |= inputs.is_empty();
    Some(found)
}
