//! Follows the recipes that a target runs.

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{Makefile, RecipeLine};
use super::shell::{Command, commands};
use super::variables::Variables;
use super::{ARTIFACTS_DIR, Goarch};

/// The most targets that are followed.
const MAX_TARGETS: usize = 64;

/// The most prerequisites and calls of make that are looked up.
const MAX_LOOKUPS: usize = 256;

/// The most text of recipes, references replaced, in bytes.
const MAX_TEXT: usize = 8 << 20;

/// The deepest chain of targets that is followed.
const MAX_DEPTH: usize = 16;

/// Programs that may build what is not seen here.
const OPAQUE: [&str; 17] = [
    ".",
    "bash",
    "bazel",
    "docker",
    "eval",
    "goreleaser",
    "just",
    "mage",
    "ninja",
    "npm",
    "podman",
    "sh",
    "source",
    "task",
    "xargs",
    "yarn",
    "zsh",
];

/// What the recipes that are reached do.
pub(super) struct Recipes<'m> {
    makefile: &'m Makefile,
    /// The targets that were run, with the `GOARCH` they were run with.
    seen: BTreeSet<(String, String)>,
    depth: usize,
    lookups_left: usize,
    text_left: usize,
    builds: usize,
    builds_for_arm64: usize,
    amd64: bool,
    opaque: bool,
    writes: bool,
}

/// A recipe while it is run.
struct Run<'r> {
    variables: &'r Variables,
    target: &'r str,
    stem: &'r str,
    certain: bool,
    /// What the shell has been told to export.
    exports: BTreeMap<String, String>,
    /// What the shell has been told, exported or not.
    assigned: BTreeMap<String, String>,
}

impl<'m> Recipes<'m> {
    pub(super) fn new(makefile: &'m Makefile) -> Self {
        Self {
            makefile,
            seen: BTreeSet::new(),
            depth: 0,
            lookups_left: MAX_LOOKUPS,
            text_left: MAX_TEXT,
            builds: 0,
            builds_for_arm64: 0,
            amd64: false,
            opaque: false,
            writes: false,
        }
    }

    /// Whether something that is run for certain writes `$(ARTIFACTS_DIR)/bootstrap`.
    pub(super) fn writes_bootstrap(&self) -> bool {
        self.writes
    }

    /// The architecture of all the builds together.
    pub(super) fn goarch(&self) -> Goarch {
        let all_arm64 = self.builds > 0 && self.builds == self.builds_for_arm64;
        match (self.amd64, all_arm64 && !self.opaque) {
            (true, _) => Goarch::Amd64,
            (false, true) => Goarch::Arm64,
            (false, false) => Goarch::Unknown,
        }
    }

    /// Runs a target and what it needs. `variables` are those of the file or, for what another
    /// target needs, of that target.
    pub(super) fn run(&mut self, target: &str, variables: &Variables, certain: bool) {
        if !self.may_look_up() {
            return;
        }
        let Some(found) = self.makefile.rules_for(target) else {
            return;
        };
        let mut variables = variables.clone();
        variables.enter(self.makefile, target);
        let goarch = variables.in_environment("GOARCH");
        let key = (target.to_owned(), format!("{goarch:?} {certain}"));
        if self.seen.contains(&key) {
            return;
        }
        if self.seen.len() >= MAX_TARGETS || self.depth >= MAX_DEPTH {
            self.opaque = true;
            return;
        }
        self.seen.insert(key);
        self.depth += 1;
        for rule in &found.rules {
            for prerequisite in &rule.prerequisites {
                let name = variables.expand(&prerequisite.replace('%', &found.stem), target, "");
                for name in name.split_whitespace() {
                    self.run(name, &variables, certain && !rule.conditional);
                }
            }
        }
        let mut run = Run {
            variables: &variables,
            target,
            stem: &found.stem,
            certain,
            exports: BTreeMap::new(),
            assigned: BTreeMap::new(),
        };
        // The last recipe wins, but under a condition nobody knows which is the last.
        let all = found.rules.iter().any(|rule| rule.conditional);
        let superseded = if all {
            0
        } else {
            found.rules.len().saturating_sub(1)
        };
        for rule in found.rules.iter().skip(superseded) {
            self.recipe(&rule.recipe, &mut run);
        }
        self.depth -= 1;
    }

    /// Counts a lookup; when there have been too many, what is left is not known.
    fn may_look_up(&mut self) -> bool {
        let left = self.lookups_left.checked_sub(1);
        self.opaque |= left.is_none();
        self.lookups_left = left.unwrap_or_default();
        left.is_some()
    }

    fn recipe(&mut self, lines: &[RecipeLine], run: &mut Run<'_>) {
        for line in lines {
            if !self.makefile.one_shell {
                run.exports.clear();
                run.assigned.clear();
            }
            let text = run.variables.expand(&line.text, run.target, run.stem);
            let Some(left) = self.text_left.checked_sub(text.len()) else {
                self.opaque = true;
                return;
            };
            self.text_left = left;
            let text = text.trim_start_matches(['@', '+', '-', ' ', '\t']);
            for mut command in commands(text) {
                command.certain &= run.certain && !line.conditional;
                self.command(&command, run);
            }
        }
    }

    fn command(&mut self, command: &Command, run: &mut Run<'_>) {
        self.amd64 |= command
            .words
            .iter()
            .any(|word| word.contains("GOARCH=amd64"));
        let (inline, words) = assignments(&command.words);
        let Some((program, arguments)) = words.split_first() else {
            run.assign(inline);
            return;
        };
        let name = program.rsplit('/').next().unwrap_or_default();
        match name {
            "export" => run.export(arguments),
            "make" | "gmake" | "${MAKE}" => self.make(arguments, &inline, command.certain, run),
            _ if is_go(name) && subcommand(arguments) == Some("build") => {
                self.go_build(inline.get("GOARCH"), run);
                self.writes |= command.certain && output(arguments).is_some_and(is_bootstrap);
            }
            "cp" | "mv" | "install" | "ln" => {
                self.writes |= command.certain && copies_bootstrap(arguments);
            }
            _ if mentions_go_build(words) => self.builds += 1,
            _ => {
                let hidden = name.starts_with('$') || program.starts_with("./");
                self.opaque |= hidden || name.ends_with(".sh") || OPAQUE.contains(&name);
            }
        }
    }

    fn go_build(&mut self, inline: Option<&String>, run: &Run<'_>) {
        let exported = || run.exports.get("GOARCH").cloned();
        let given = || run.variables.in_environment("GOARCH").ok().flatten();
        let goarch = inline.cloned().or_else(exported).or_else(given);
        self.builds += 1;
        match goarch.as_deref() {
            Some("arm64") => self.builds_for_arm64 += 1,
            Some("amd64") => self.amd64 = true,
            Some(_) => {}
            // Meant, though it takes effect only where the environment has it already.
            None => self.amd64 |= run.variables.value("GOARCH").as_deref() == Some("amd64"),
        }
    }

    /// `make` with targets of the same file, which gets its variables by the environment and by
    /// its command line.
    fn make(
        &mut self,
        arguments: &[String],
        inline: &BTreeMap<String, String>,
        certain: bool,
        run: &Run<'_>,
    ) {
        let quiet = |word: &str| matches!(word, "-s" | "-B" | "-k" | "--no-print-directory");
        let (options, words): (Vec<_>, Vec<_>) =
            arguments.iter().partition(|word| word.starts_with('-'));
        if !options.iter().all(|word| quiet(word)) {
            self.opaque = true;
            return;
        }
        if !self.may_look_up() {
            return;
        }
        let mut environment = inline.clone();
        environment.extend(run.exports.clone());
        if let Ok(Some(goarch)) = run.variables.in_environment("GOARCH") {
            environment.entry("GOARCH".to_owned()).or_insert(goarch);
        }
        let (command_line, mut targets): (BTreeMap<_, _>, Vec<_>) = words.iter().fold(
            (BTreeMap::new(), Vec::new()),
            |(mut variables, mut targets), word| {
                match assignment(word) {
                    Some((name, value)) => drop(variables.insert(name, value)),
                    None => targets.push(word.as_str()),
                }
                (variables, targets)
            },
        );
        if targets.is_empty() {
            let names = self.makefile.rules.iter().flat_map(|rule| &rule.targets);
            let mut names = names.map(String::as_str);
            targets.extend(names.find(|name| !name.starts_with('.') && !name.contains('%')));
        }
        let variables = Variables::of_file(self.makefile, environment, command_line);
        for target in targets {
            self.run(target, &variables, certain);
        }
    }
}

impl Run<'_> {
    /// Assignments without a command: for the shell alone, unless it exports the name already.
    fn assign(&mut self, assignments: BTreeMap<String, String>) {
        for (name, value) in assignments {
            if let Some(exported) = self.exports.get_mut(&name) {
                exported.clone_from(&value);
            }
            self.assigned.insert(name, value);
        }
    }

    fn export(&mut self, words: &[String]) {
        for word in words {
            let exported = assignment(word).or_else(|| {
                let value = self.assigned.get(word)?;
                Some((word.clone(), value.clone()))
            });
            self.exports.extend(exported);
        }
    }
}

/// The assignments before a command, `env` included, and the command's words.
fn assignments(words: &[String]) -> (BTreeMap<String, String>, &[String]) {
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
fn assignment(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name.to_owned(), value.to_owned()))
}

/// Whether a program is Go's: also one whose name is a variable such as `$(GO)` or `$(GOCMD)`.
fn is_go(name: &str) -> bool {
    matches!(name, "go" | "go.exe") || name.starts_with("${GO")
}

/// What `go` is asked to do; `-C dir` may stand before it.
fn subcommand(arguments: &[String]) -> Option<&str> {
    let word = match arguments {
        [option, _, word, ..] if option == "-C" => word,
        [word, ..] => word,
        [] => return None,
    };
    Some(word)
}

/// Whether a command hands `go build` to another, such as `docker run`.
fn mentions_go_build(words: &[String]) -> bool {
    words.join(" ").contains("go build")
}

/// The operand of `-o`.
fn output(arguments: &[String]) -> Option<&str> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("-o") {
            Some("") => return words.next().map(String::as_str),
            Some(rest) if rest.starts_with('=') => return rest.get(1..),
            _ => {}
        }
    }
    None
}

/// Whether `cp` and its like leave a file `bootstrap` in the artifacts' directory.
fn copies_bootstrap(arguments: &[String]) -> bool {
    let Some((to, from)) = arguments.split_last() else {
        return false;
    };
    let from = || from.iter().filter(|word| !word.starts_with('-'));
    let named = |word: &String| word.rsplit('/').next() == Some("bootstrap");
    match in_artifacts(to).as_deref() {
        Some("bootstrap") => from().next().is_some(),
        Some("") => from().any(named),
        _ => false,
    }
}

fn is_bootstrap(path: &str) -> bool {
    in_artifacts(path).as_deref() == Some("bootstrap")
}

/// A path below the artifacts' directory, relative to it.
fn in_artifacts(path: &str) -> Option<String> {
    let rest = path.strip_prefix('$')?;
    let braced = rest.strip_prefix('{').and_then(|rest| {
        let rest = rest.strip_prefix(ARTIFACTS_DIR)?;
        rest.strip_prefix('}')
    });
    let rest = braced.or_else(|| rest.strip_prefix(ARTIFACTS_DIR))?;
    if !rest.is_empty() && !rest.starts_with('/') {
        return None;
    }
    let parts = rest.split('/').filter(|part| !matches!(*part, "" | "."));
    Some(parts.collect::<Vec<_>>().join("/"))
}
