//! What a build file does: names in rules, and commands with all that is known replaced.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::program::Traced;

/// The variables of the environment that decide what `go build` makes.
pub(super) const ENVIRONMENT: [&str; 4] = ["GOARCH", "GOOS", "CGO_ENABLED", "GOFLAGS"];

/// The directory of the script itself, in a key.
pub(super) const SCRIPT_DIR: &str = "${0%/*}";

/// The program of a command that stands for a list of files which a service keeps.
pub(super) const PATHS: &str = "a list of files";

/// The program of a command that stands for what is no command of a shell.
pub(super) const OTHER: &str = "this step";

/// A word after all replacements.
#[derive(Debug, Clone, Default)]
pub(super) struct Value {
    pub(super) text: Traced,
    /// Whether something in it is not known; that stands there as written.
    pub(super) unknown: bool,
    /// Whether the shell takes it for a pattern of file names.
    pub(super) pattern: bool,
}

impl Value {
    pub(super) fn of(text: Traced) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    pub(super) fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// Whether its text is all there is to it.
    pub(super) fn is_plain(&self) -> bool {
        !self.unknown && !self.pattern
    }
}

/// A simple command.
#[derive(Debug, Clone)]
pub(super) struct Command {
    /// All its words, assignments included.
    pub(super) words: Vec<Value>,
    /// How many of them stand before the program: assignments, `env`, `time` and the like.
    pub(super) lead: usize,
    /// The exported values of [`ENVIRONMENT`], without those of this command.
    pub(super) environment: BTreeMap<&'static str, Value>,
    /// The directory it runs in, as a key; None when that is not known.
    pub(super) cwd: Option<String>,
    /// Whether it runs for certain, provided that those before it succeed.
    pub(super) certain: bool,
    /// The files that its output goes to.
    pub(super) outputs: Vec<Value>,
    /// Further text that it is given: here-documents, and commands that make up its words.
    pub(super) further: String,
    /// Where it begins.
    pub(super) at: usize,
}

impl Command {
    /// The program's name without its directory, and its arguments.
    pub(super) fn program(&self) -> (&str, &[Value]) {
        match self.words.get(self.lead..) {
            Some([program, arguments @ ..]) => {
                let name = program.as_str().rsplit('/').next();
                (name.unwrap_or_default(), arguments)
            }
            _ => ("", &[]),
        }
    }

    /// The key of a word that names a file.
    pub(super) fn key(&self, word: &str) -> Option<String> {
        key(word, self.cwd.as_deref())
    }
}

/// The role of a name in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Target,
    Prerequisite,
    /// In `.PHONY` and the like.
    Special,
}

/// A part of a build file.
#[derive(Debug, Clone)]
pub(super) enum Unit {
    Name {
        role: Role,
        name: Value,
        conditional: bool,
    },
    /// A command and the number of the rule that it belongs to.
    Command(Box<Command>),
}

/// The units of a build file in order, and the target that each belongs to.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) units: Vec<Unit>,
    /// The targets: their names, and the units that belong to them.
    pub(super) targets: Vec<(String, std::ops::Range<usize>)>,
    /// What was not understood: the place, and what it is.
    pub(super) unread: Vec<(usize, &'static str)>,
    /// Variables that are given to all that runs, beside those of [`ENVIRONMENT`].
    pub(super) given: Vec<(String, Option<String>)>,
    /// Where values stand that mean something else in another place.
    pub(super) unsteady: Vec<std::ops::Range<usize>>,
    /// The directories in which the file is run if its patterns are to meet the sources that they met;
    /// none when that does not matter.
    pub(super) met_in: BTreeSet<PathBuf>,
}

impl Model {
    pub(super) fn commands(&self) -> impl Iterator<Item = (usize, &Command)> {
        let units = self.units.iter().enumerate();
        units.filter_map(|(index, unit)| match unit {
            Unit::Command(command) => Some((index, &**command)),
            Unit::Name { .. } => None,
        })
    }

    /// A word of a unit.
    pub(super) fn word(&self, unit: usize, word: usize) -> Option<&Value> {
        match self.units.get(unit)? {
            Unit::Name { name, .. } => (word == 0).then_some(name),
            Unit::Command(command) => command.words.get(word),
        }
    }
}

/// One spelling for the file that a word names in the directory `cwd`, itself a key. Keys are
/// relative to the directory where the build file is run, or begin with a variable or a slash.
pub(super) fn key(word: &str, cwd: Option<&str>) -> Option<String> {
    let rooted = |root: &str| {
        let rest = word.strip_prefix(root)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
    };
    let (base, rest) = if let Some(rest) = rooted("${CURDIR}") {
        ("", rest.trim_start_matches('/').to_owned())
    } else if let Some(rest) = rooted("${PWD}") {
        (cwd?, rest.trim_start_matches('/').to_owned())
    } else if word.starts_with("${") || word.starts_with("$(") || word.starts_with('/') {
        return Some(collapsed("", word));
    } else {
        (cwd?, word.to_owned())
    };
    Some(collapsed(base, &rest))
}

fn collapsed(base: &str, rest: &str) -> String {
    let absolute = base.starts_with('/') || base.is_empty() && rest.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in split_path(base).into_iter().chain(split_path(rest)) {
        match (part, parts.last()) {
            ("" | ".", _) => {}
            ("..", Some(last)) if *last != ".." && !last.contains('$') => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let root = if absolute { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// The parts between the slashes that stand in no `${…}` or `$(…)`.
fn split_path(path: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'{' | b'(' => depth += 1,
            b'}' | b')' => depth = depth.saturating_sub(1),
            b'/' if depth == 0 => {
                found.extend(path.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.extend(path.get(start..));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_keys() {
        for (word, cwd, expected) in [
            ("./bin//x", Some(""), Some("bin/x")),
            ("../x", Some("bin"), Some("x")),
            ("../x", Some(""), Some("../x")),
            ("x", None, None),
            ("/tmp/x", None, Some("/tmp/x")),
            ("${CURDIR}/x", Some("bin"), Some("x")),
            ("${PWD}/x", Some("bin"), Some("bin/x")),
            ("${0%/*}/../x", None, Some("${0%/*}/../x")),
            ("x", Some("${0%/*}/.."), Some("${0%/*}/../x")),
            ("${ARTIFACTS_DIR}/./x", None, Some("${ARTIFACTS_DIR}/x")),
        ] {
            assert_eq!(key(word, cwd).as_deref(), expected, "{word} in {cwd:?}");
        }
    }
}
