//! The shells that run a recipe: where they are and what they have been told.

use std::collections::BTreeMap;

use super::ARTIFACTS_DIR;
use super::artifacts::{is_pattern, key};
use super::variables::Variables;

/// A recipe while it is run.
pub(super) struct Run<'r> {
    /// The variables of its target.
    pub(super) variables: &'r Variables,
    /// The target.
    pub(super) target: &'r str,
    /// What `%` stands for.
    pub(super) stem: &'r str,
    /// Whether it is run for certain.
    pub(super) certain: bool,
    /// The shell of the present line.
    pub(super) shell: Shell,
    /// The subshells that are open, by their numbers.
    subshells: Vec<(usize, Shell)>,
}

/// The state of a shell.
#[derive(Clone)]
pub(super) struct Shell {
    /// The directory it is in, as a key; `None` when that is not known.
    pub(super) cwd: Option<String>,
    /// What it has been told to export.
    pub(super) exports: BTreeMap<String, String>,
    /// What it has been told, exported or not.
    pub(super) assigned: BTreeMap<String, String>,
}

impl<'r> Run<'r> {
    /// A recipe that begins.
    pub(super) fn new(
        variables: &'r Variables,
        target: &'r str,
        stem: &'r str,
        certain: bool,
    ) -> Self {
        Self {
            variables,
            target,
            stem,
            certain,
            shell: Shell::new(),
            subshells: Vec::new(),
        }
    }

    /// Begins a new shell.
    pub(super) fn restart(&mut self) {
        self.shell = Shell::new();
        self.subshells.clear();
    }

    /// The shell that runs the present command.
    pub(super) fn shell(&mut self) -> &mut Shell {
        match self.subshells.last_mut() {
            Some((_, shell)) => shell,
            None => &mut self.shell,
        }
    }

    /// Goes to the subshell with these numbers, the outermost first.
    pub(super) fn enter(&mut self, numbers: &[usize]) {
        let open = self.subshells.iter().zip(numbers);
        let common = open.take_while(|((open, _), number)| open == *number);
        let common = common.count();
        self.subshells.truncate(common);
        for number in numbers.iter().skip(common) {
            let shell = self.shell().clone();
            self.subshells.push((*number, shell));
        }
    }

    /// The key of a path. A name that the shell has given to something may change its meaning.
    pub(super) fn key(&mut self, path: &str) -> Option<String> {
        let shell = self.shell();
        let assigned = |name: &String| {
            path.contains(&format!("${name}")) || path.contains(&format!("${{{name}"))
        };
        if shell
            .assigned
            .keys()
            .chain(shell.exports.keys())
            .any(assigned)
        {
            return None;
        }
        key(path, shell.cwd.as_deref())
    }
}

impl Shell {
    fn new() -> Self {
        Self {
            cwd: Some(String::new()),
            exports: BTreeMap::new(),
            assigned: BTreeMap::new(),
        }
    }

    /// Assignments without a command: for the shell alone, unless it exports the name already.
    pub(super) fn assign(&mut self, assignments: BTreeMap<String, String>) {
        for (name, value) in assignments {
            if let Some(exported) = self.exports.get_mut(&name) {
                exported.clone_from(&value);
            }
            self.assigned.insert(name, value);
        }
    }

    /// `export`
    pub(super) fn export(&mut self, words: &[String]) {
        for word in words {
            let exported = assignment(word).or_else(|| {
                let value = self.assigned.get(word)?;
                Some((word.clone(), value.clone()))
            });
            self.exports.extend(exported);
        }
    }

    /// What is unset is nothing that is known here.
    pub(super) fn unset(&mut self, words: &[String]) {
        let emptied = words.iter().map(|word| (word.clone(), String::new()));
        self.exports.extend(emptied);
    }

    /// `cd`
    pub(super) fn enter(&mut self, words: &[String]) {
        self.cwd = match words {
            [dir] if !dir.starts_with(['-', '~']) && !is_pattern(dir.trim_start_matches('$')) => {
                key(dir, self.cwd.as_deref())
            }
            [dir] if dir.contains(ARTIFACTS_DIR) => key(dir, self.cwd.as_deref()),
            _ => None,
        };
    }
}

/// The assignments before a command, `env` included, and the command's words.
pub(super) fn assignments(words: &[String]) -> (BTreeMap<String, String>, &[String]) {
    let mut found = BTreeMap::new();
    let mut rest = words;
    while let [word, after @ ..] = rest {
        match assignment(word) {
            Some((name, value)) => drop(found.insert(name, value)),
            None if word == "env" => {}
            None => break,
        }
        rest = after;
    }
    (found, rest)
}

/// `NAME=value`
pub(super) fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name.to_owned(), value.to_owned()))
}
