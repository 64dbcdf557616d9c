//! Follows the recipes that a target runs.

use std::collections::{BTreeMap, BTreeSet};

use super::artifacts::{Artifacts, Origin, in_artifacts, is_pattern, is_root, join, key};
use super::copies::{self, Copies};
use super::go_command::{GoBuild, go_build};
use super::parse::{Makefile, RecipeLine};
use super::run::{Run, assignment, assignments};
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

/// Programs that leave a file's architecture as it is, if they change it at all.
const HARMLESS: [&str; 24] = [
    ":",
    "[",
    "[[",
    "cat",
    "chmod",
    "chown",
    "du",
    "echo",
    "exit",
    "file",
    "ls",
    "md5sum",
    "mkdir",
    "printf",
    "readelf",
    "set",
    "sha256sum",
    "shasum",
    "stat",
    "strip",
    "test",
    "touch",
    "upx",
    "wc",
];

/// What the recipes that are reached do.
pub(super) struct Recipes<'m> {
    makefile: &'m Makefile,
    /// The targets that were run, with the `GOARCH` they were run with.
    seen: BTreeSet<(String, String)>,
    depth: usize,
    lookups_left: usize,
    text_left: usize,
    /// Whether something sets amd64.
    amd64: bool,
    /// Whether not everything was followed.
    exhausted: bool,
    files: Artifacts,
}

impl<'m> Recipes<'m> {
    pub(super) fn new(makefile: &'m Makefile) -> Self {
        Self {
            makefile,
            seen: BTreeSet::new(),
            depth: 0,
            lookups_left: MAX_LOOKUPS,
            text_left: MAX_TEXT,
            amd64: false,
            exhausted: false,
            files: Artifacts::default(),
        }
    }

    /// Whether `$(ARTIFACTS_DIR)/bootstrap` is there for certain.
    pub(super) fn writes_bootstrap(&self) -> bool {
        let found = self.files.bootstrap();
        !self.exhausted && matches!(found, Some(Origin::Built(_) | Origin::Prebuilt))
    }

    /// The architecture of `$(ARTIFACTS_DIR)/bootstrap`, or of the only file beside its place.
    pub(super) fn goarch(&self) -> Goarch {
        // A single file under another name is what is to become `bootstrap`.
        let delivered = self
            .files
            .bootstrap()
            .or_else(|| self.files.only_delivered());
        match delivered {
            Some(Origin::Built(goarch)) if !self.exhausted => goarch,
            Some(Origin::Foreign | Origin::Prebuilt) => Goarch::Unknown,
            _ if self.amd64 => Goarch::Amd64,
            _ => Goarch::Unknown,
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
        let given = ["GOARCH", "GOOS"].map(|name| variables.in_environment(name));
        let key = (target.to_owned(), format!("{given:?} {certain}"));
        if self.seen.contains(&key) {
            return;
        }
        if self.seen.len() >= MAX_TARGETS || self.depth >= MAX_DEPTH {
            self.exhausted = true;
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
        let mut run = Run::new(&variables, target, &found.stem, certain);
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
        self.exhausted |= left.is_none();
        self.lookups_left = left.unwrap_or_default();
        left.is_some()
    }

    fn recipe(&mut self, lines: &[RecipeLine], run: &mut Run<'_>) {
        if !self.makefile.one_shell {
            for line in lines {
                self.script(line.text.as_str(), line.conditional, run);
            }
            return;
        }
        let text: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        let conditional = lines.iter().any(|line| line.conditional);
        self.script(&text.join("\n"), conditional, run);
    }

    /// Runs what goes to one shell.
    fn script(&mut self, text: &str, conditional: bool, run: &mut Run<'_>) {
        run.restart();
        let text = run.variables.expand(text, run.target, run.stem);
        let Some(left) = self.text_left.checked_sub(text.len()) else {
            self.exhausted = true;
            return;
        };
        self.text_left = left;
        let text = text.trim_start_matches(['@', '+', '-', ' ', '\t']);
        for mut command in commands(text) {
            command.certain &= run.certain && !conditional;
            run.enter(&command.subshells);
            self.command(&command, run);
        }
    }

    fn command(&mut self, command: &Command, run: &mut Run<'_>) {
        let mut words = command.words.iter();
        self.amd64 |= words.any(|word| word.contains("GOARCH=amd64"));
        for output in &command.outputs {
            if let Some(key) = run.key(output) {
                self.files.put(key, Origin::Unclear, false);
            }
        }
        let (inline, words) = assignments(&command.words);
        let Some((program, arguments)) = words.split_first() else {
            run.shell().assign(inline);
            return;
        };
        let name = program.rsplit('/').next().unwrap_or_default();
        match name {
            "export" => run.shell().export(arguments),
            "unset" => run.shell().unset(arguments),
            "cd" => run.shell().enter(arguments),
            "pushd" | "popd" => run.shell().cwd = None,
            "make" | "gmake" | "${MAKE}" => self.make(arguments, &inline, command.certain, run),
            "cp" | "mv" | "install" | "ln" => self.copy(name, arguments, command.certain, run),
            "rm" | "unlink" => {
                let operands = arguments.iter().filter(|word| !word.starts_with('-'));
                for key in operands.filter_map(|word| run.key(word)) {
                    self.files.remove(&key, command.certain);
                }
            }
            _ => match go_build(name, arguments) {
                Some(build) => self.go_build(&build, &inline, command.certain, run),
                None => self.other(name, program, &command.words, run),
            },
        }
    }

    /// A program that is not known here may write whatever it is told of.
    fn other(&mut self, name: &str, program: &str, words: &[String], run: &mut Run<'_>) {
        if HARMLESS.contains(&name) && !words.iter().any(|word| word.starts_with("-o")) {
            return;
        }
        let hidden = name.starts_with('$') || program.starts_with("./") || name.ends_with(".sh");
        // Such as `docker run golang go build`.
        let hands_on = words.join(" ").contains("go build");
        if hidden || hands_on || OPAQUE.contains(&name) {
            self.files.doubt();
        }
        for word in words {
            if let Some(key) = self
                .files
                .named_in(word)
                .or_else(|| self.key_known(word, run))
            {
                self.files.put(key, Origin::Unclear, false);
            }
        }
        let inside = run.shell().cwd.as_deref().is_some_and(in_artifacts);
        if inside || words.iter().any(|word| word.contains(ARTIFACTS_DIR)) {
            self.files.put_any("${ARTIFACTS_DIR}", "*");
        }
    }

    fn key_known(&self, word: &str, run: &mut Run<'_>) -> Option<String> {
        let key = run.key(word)?;
        (self.files.origin(Some(&key)) != Origin::Prebuilt).then_some(key)
    }

    fn go_build(
        &mut self,
        build: &GoBuild<'_>,
        inline: &BTreeMap<String, String>,
        certain: bool,
        run: &mut Run<'_>,
    ) {
        let origin = self.origin(inline, run);
        let cwd = match build.dir {
            Some(dir) => run.key(dir),
            None => run.shell().cwd.clone(),
        };
        let output = build.output.unwrap_or(".");
        let Some(key) = key(output, cwd.as_deref()) else {
            return;
        };
        if is_root(&key) {
            // The name is that of the package, which may be any.
            self.files.put_any(&key, "*");
        } else if build.output.is_some() && !output.ends_with('/') {
            self.files.put(key, origin, certain);
        }
    }

    /// What a `go build` with these variables makes.
    fn origin(&mut self, inline: &BTreeMap<String, String>, run: &mut Run<'_>) -> Origin {
        let variables = run.variables;
        let shell = run.shell();
        let given = |name: &str| {
            let given = inline.get(name).or_else(|| shell.exports.get(name));
            given
                .cloned()
                .map_or_else(|| variables.in_environment(name), |given| Ok(Some(given)))
        };
        let goarch = match given("GOARCH").ok().flatten().as_deref() {
            Some("arm64") => Goarch::Arm64,
            Some("amd64") => Goarch::Amd64,
            Some(_) => Goarch::Unknown,
            // Meant, though it takes effect only where the environment has it already.
            None => match variables.value("GOARCH").as_deref() {
                Some("amd64") => Goarch::Amd64,
                _ => Goarch::Unknown,
            },
        };
        self.amd64 |= goarch == Goarch::Amd64;
        match given("GOOS").as_ref().map(Option::as_deref) {
            Ok(None | Some("linux")) => Origin::Built(goarch),
            Ok(Some(system)) if !system.is_empty() && !is_pattern(system) => Origin::Foreign,
            _ => Origin::Built(Goarch::Unknown),
        }
    }

    fn copy(&mut self, program: &str, arguments: &[String], certain: bool, run: &mut Run<'_>) {
        let Some(found) = copies::read(program, arguments) else {
            return;
        };
        let to = run.key(found.to);
        for from in &found.from {
            let key = run.key(from);
            let origin = match program {
                "ln" => Origin::Unclear,
                _ => self.files.origin(key.as_deref()),
            };
            if let Some(key) = key.filter(|_| program == "mv") {
                self.files.remove(&key, certain);
            }
            if let Some(to) = &to {
                self.arrive(&found, from, to, origin, certain && !found.spares);
            }
        }
    }

    /// Notes that the file `from` is copied to the key `to`.
    fn arrive(&mut self, copies: &Copies<'_>, from: &str, to: &str, origin: Origin, certain: bool) {
        let name = from.rsplit('/').next().unwrap_or_default();
        // `dir/.` stands for what the directory holds, and on some systems `dir/` does.
        let contents = copies.whole || matches!(name, "" | "." | "..");
        let into = copies.into || is_root(to);
        if contents || is_pattern(name) {
            self.files.put_any(to, if contents { "*" } else { name });
        }
        let inner = join(to, name);
        if copies.deep {
            self.files.put_any(&inner, "*");
        }
        // Where nobody knows whether the destination is a directory, one of the two is no path.
        let keys = [(!into).then(|| to.to_owned()), (!contents).then_some(inner)];
        for key in keys.into_iter().flatten() {
            self.files.put(key, origin, certain);
        }
    }

    /// `make` with targets of the same file, which gets its variables by the environment and by
    /// its command line.
    fn make(
        &mut self,
        arguments: &[String],
        inline: &BTreeMap<String, String>,
        certain: bool,
        run: &mut Run<'_>,
    ) {
        let quiet = |word: &str| matches!(word, "-s" | "-B" | "-k" | "--no-print-directory");
        let (options, words): (Vec<_>, Vec<_>) =
            arguments.iter().partition(|word| word.starts_with('-'));
        let elsewhere = run.shell().cwd.as_deref() != Some("");
        if elsewhere || !options.iter().all(|word| quiet(word)) {
            self.files.doubt();
            return;
        }
        if !self.may_look_up() {
            return;
        }
        let mut environment = inline.clone();
        environment.extend(run.shell().exports.clone());
        for name in ["GOARCH", "GOOS"] {
            if let Ok(Some(value)) = run.variables.in_environment(name) {
                environment.entry(name.to_owned()).or_insert(value);
            }
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
