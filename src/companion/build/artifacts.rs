//! What a make target delivers to SAM.
//!
//! SAM runs `build-<LogicalId>` and packs what then lies in `$(ARTIFACTS_DIR)`:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html>.

use std::collections::BTreeSet;

use super::Reason;
use super::go::{Output, go_build, output};
use super::model::{Command, Model, Role, Unit, Value, key};
use super::names::renamed;
use super::prove::reason;

/// The directory that SAM packs, as a key.
const ROOT: &str = "${ARTIFACTS_DIR}";

/// The file that Lambda runs, as a key.
const BOOTSTRAP: &str = "${ARTIFACTS_DIR}/bootstrap";

/// The most targets that are followed.
const MAX_TARGETS: usize = 64;

/// The commands that a target runs.
pub(super) struct Search<'m> {
    /// By their units, in the order in which make runs them.
    commands: Vec<(usize, &'m Command)>,
    /// A command that runs make in a way that is not followed.
    elsewhere: Option<&'m Command>,
}

/// How the program gets where SAM takes it.
pub(super) struct Delivery {
    /// The builds that make it.
    pub(super) builds: BTreeSet<usize>,
    /// Words that are to change.
    pub(super) words: Vec<(usize, usize, String)>,
    /// Words that are to be added.
    pub(super) behind: Vec<(usize, usize, String)>,
}

impl<'m> Search<'m> {
    /// The search for what the function's target delivers; none when there is no such target.
    pub(super) fn new(model: &'m Model, logical_id: &str) -> Option<Self> {
        let target = format!("build-{logical_id}");
        model.targets.iter().find(|(name, _)| *name == target)?;
        let mut search = Self {
            commands: Vec::new(),
            elsewhere: None,
        };
        search.follow(model, &target, &mut BTreeSet::new());
        Some(search)
    }

    fn follow(&mut self, model: &'m Model, target: &str, seen: &mut BTreeSet<String>) {
        if seen.len() >= MAX_TARGETS || !seen.insert(target.to_owned()) {
            return;
        }
        let rules = model.targets.iter().filter(|(name, _)| name == target);
        let rules: Vec<_> = rules.map(|(_, units)| units.clone()).collect();
        let units = |range: &std::ops::Range<usize>| model.units.get(range.clone());
        for unit in rules.iter().filter_map(units).flatten() {
            if let Unit::Name {
                role: Role::Prerequisite,
                name,
                ..
            } = unit
            {
                self.follow(model, name.as_str(), seen);
            }
        }
        for range in rules {
            for (index, unit) in range.clone().zip(units(&range).unwrap_or_default()) {
                let Unit::Command(command) = unit else {
                    continue;
                };
                self.commands.push((index, command));
                let (program, arguments) = command.program();
                if !matches!(program, "make" | "gmake" | "${MAKE}") {
                    continue;
                }
                let plain = |word: &&Value| !word.as_str().starts_with('-');
                let simple = arguments.iter().all(|word| {
                    let text = word.as_str();
                    word.is_plain()
                        && (!text.contains('=') && !text.starts_with('-') || text == "-s")
                });
                if !simple || command.lead > 0 || command.cwd.as_deref() != Some("") {
                    self.elsewhere = Some(command);
                    continue;
                }
                for word in arguments.iter().filter(plain) {
                    self.follow(model, word.as_str(), seen);
                }
            }
        }
    }

    /// How the program gets to `$(ARTIFACTS_DIR)`, and what has to change for it to be
    /// `bootstrap` there.
    pub(super) fn delivery(&self) -> Result<Delivery, Reason> {
        if let Some(command) = self.elsewhere {
            let why = "this runs make once more, with other variables or in another place";
            return Err(reason(why.to_owned(), command.at));
        }
        let into = |file: &str| {
            file.strip_prefix(ROOT).is_some_and(|rest| {
                rest.strip_prefix('/')
                    .is_some_and(|name| !name.contains('/'))
            })
        };
        let builds: Vec<_> = self.builds().collect();
        let mut direct = builds.iter().filter(|(_, file)| into(file) || file == ROOT);
        match (direct.next(), direct.next()) {
            (Some((unit, file)), None) => self.by_build(*unit, file),
            (None, _) => self.by_copy(&builds),
            (Some(_), Some((unit, _))) => {
                let why = "several programs are built into this package";
                Err(reason(why.to_owned(), self.place(*unit)))
            }
        }
    }

    /// The builds, and the keys of what they write.
    fn builds(&self) -> impl Iterator<Item = (usize, String)> {
        self.commands.iter().filter_map(|(unit, command)| {
            let build = go_build(command)?;
            let word = match output(command, &build) {
                Output::Certain(word) | Output::Within(word) => word,
            };
            let cwd = match build.dir {
                Some(operand) => {
                    let dir = command.words.get(operand.word)?.as_str();
                    command.key(dir.get(operand.from..)?)
                }
                None => command.cwd.clone(),
            };
            Some((*unit, key(&word, cwd.as_deref())?))
        })
    }

    fn place(&self, unit: usize) -> usize {
        let command = self.commands.iter().find(|(index, _)| *index == unit);
        command.map_or(0, |(_, command)| command.at)
    }

    fn command(&self, unit: usize) -> Option<&'m Command> {
        let found = self.commands.iter().find(|(index, _)| *index == unit);
        found.map(|(_, command)| *command)
    }

    /// A build that writes to the package itself.
    fn by_build(&self, unit: usize, file: &str) -> Result<Delivery, Reason> {
        let mut delivery = Delivery {
            builds: BTreeSet::from([unit]),
            words: Vec::new(),
            behind: Vec::new(),
        };
        let Some(command) = self.command(unit) else {
            return Ok(delivery);
        };
        if file == BOOTSTRAP {
            return Ok(delivery);
        }
        let Some(build) = go_build(command) else {
            return Ok(delivery);
        };
        let several = build.packages.len() > 1
            && !build.packages.iter().all(|word| {
                let word = command.words.get(*word).map(Value::as_str);
                word.is_some_and(|word| word.ends_with(".go"))
            });
        let wild = build.packages.iter().any(|word| {
            let word = command.words.get(*word).map(Value::as_str);
            word.is_some_and(|word| word.contains("..."))
        });
        if several || wild {
            let why = "several programs are built into this package";
            return Err(reason(why.to_owned(), command.at));
        }
        let Some(operand) = build.output else {
            let text = "-o bootstrap".to_owned();
            delivery.behind.push((unit, build.verb, text));
            return Ok(delivery);
        };
        let value = command
            .words
            .get(operand.word)
            .map(Value::as_str)
            .unwrap_or_default();
        let (option, path) = value.split_at_checked(operand.from).unwrap_or(("", value));
        let to = match file == ROOT || path.ends_with('/') {
            true => format!("{}/bootstrap", path.trim_end_matches('/')),
            false => renamed(path, "bootstrap"),
        };
        delivery
            .words
            .push((unit, operand.word, format!("{option}{to}")));
        // A file within the package that was built there under the package's own name.
        let file = match file == ROOT || path.ends_with('/') {
            true => "",
            false => file,
        };
        self.rename(file, unit, &mut delivery)?;
        Ok(delivery)
    }

    /// Renames a file of the package in all commands but that which builds it.
    fn rename(&self, file: &str, builder: usize, delivery: &mut Delivery) -> Result<(), Reason> {
        let others = self.commands.iter().filter(|(unit, _)| *unit != builder);
        for (unit, command) in others {
            let (program, _) = command.program();
            for (index, word) in command.words.iter().enumerate().skip(command.lead + 1) {
                if file.is_empty() || command.key(word.as_str()).as_deref() != Some(file) {
                    continue;
                }
                match program {
                    "chmod" | "strip" | "upx" | "ls" | "file" | "du" | "stat" | "test" | "["
                    | "rm" | "${RM}" | "touch" => {
                        let text = renamed(word.as_str(), "bootstrap");
                        delivery.words.push((*unit, index, text));
                    }
                    "echo" | "printf" => {}
                    _ => {
                        let why = format!("{program} takes what is built, too");
                        return Err(reason(why, command.at));
                    }
                }
            }
        }
        Ok(())
    }

    /// A build elsewhere whose result is copied to the package.
    fn by_copy(&self, builds: &[(usize, String)]) -> Result<Delivery, Reason> {
        let mut found = Vec::new();
        for (unit, command) in &self.commands {
            let (program, _) = command.program();
            if !matches!(program, "cp" | "mv" | "install") {
                continue;
            }
            let operands = operands(command, program);
            let Some((to, from)) = operands.split_last() else {
                continue;
            };
            let text = |word: &usize| {
                command
                    .words
                    .get(*word)
                    .map(Value::as_str)
                    .unwrap_or_default()
            };
            let to_key = command.key(text(to)).unwrap_or_default();
            let inside = to_key == ROOT
                || to_key
                    .strip_prefix(ROOT)
                    .is_some_and(|rest| rest.starts_with('/'));
            let sources: Vec<_> = from
                .iter()
                .filter_map(|word| command.key(text(word)))
                .collect();
            let made = builds.iter().filter(|(_, file)| sources.contains(file));
            let made: Vec<_> = made.map(|(unit, _)| *unit).collect();
            if inside && !made.is_empty() {
                found.push((*unit, *command, *to, from.to_vec(), to_key, made));
            }
        }
        let (1, Some((unit, command, to, from, to_key, made))) = (found.len(), found.pop()) else {
            let at = self.commands.first().map_or(0, |(_, command)| command.at);
            let why = "no single program is built for this package in a way that can be followed";
            return Err(reason(why.to_owned(), at));
        };
        let mut delivery = Delivery {
            builds: made.into_iter().collect(),
            words: Vec::new(),
            behind: Vec::new(),
        };
        if from.len() != 1 {
            let why = "this copies more than the program";
            return Err(reason(why.to_owned(), command.at));
        }
        let text = command.words.get(to).map(Value::as_str).unwrap_or_default();
        let name = from.first().and_then(|word| command.words.get(*word));
        let name = name.map(|word| word.as_str().rsplit('/').next().unwrap_or_default());
        let arrives = match to_key == ROOT {
            true => format!("{ROOT}/{}", name.unwrap_or_default()),
            false => to_key.clone(),
        };
        if arrives != BOOTSTRAP {
            let into_root = to_key == ROOT;
            let wanted = match into_root {
                true => {
                    let dir = text
                        .strip_suffix("/.")
                        .unwrap_or(text)
                        .trim_end_matches('/');
                    format!("{dir}/bootstrap")
                }
                false => renamed(text, "bootstrap"),
            };
            delivery.words.push((unit, to, wanted));
            self.rename(&arrives, unit, &mut delivery)?;
        }
        Ok(delivery)
    }
}

/// The words that are no options of `cp`, `mv` or `install`.
fn operands(command: &Command, program: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut skip = false;
    for (index, word) in command.words.iter().enumerate().skip(command.lead + 1) {
        let text = word.as_str();
        if std::mem::take(&mut skip) {
            continue;
        }
        match text.strip_prefix('-') {
            Some(flags) => {
                skip = program == "install" && matches!(flags, "m" | "o" | "g" | "Dm" | "mode");
            }
            None => found.push(index),
        }
    }
    found
}
