//! Gives a binary another name wherever a build file names it.

use std::collections::BTreeSet;
use std::path::Path;

use super::Reason;
use super::find::{Built, Finder};
use super::go::{GoBuild, Output, go_build, output};
use super::model::{Command, OTHER, PATHS, Role, SCRIPT_DIR, Unit, Value};
use super::names::{descent, may_name, mentions, place, renamed};
use super::prove::reason;
use super::zip::zip;

/// Programs whose operands are files that may be called otherwise.
const FILE_PROGRAMS: [&str; 18] = [
    "${RM}",
    "[",
    "[[",
    "chmod",
    "chown",
    "du",
    "file",
    "ls",
    "md5sum",
    "readelf",
    "rm",
    "sha256sum",
    "shasum",
    "stat",
    "strip",
    "test",
    "touch",
    "upx",
];

/// Programs whose operands name no file of the build, or for a person to read.
const NO_FILE_PROGRAMS: [&str; 16] = [
    ":", "cd", "echo", "exit", "export", "git", "go", "make", "mkdir", "printf", "return", "sam",
    "set", "sleep", "${GO}", "${MAKE}",
];

impl<'a> Finder<'a> {
    /// Wishes that all that names a file name another one. Only archives that are asked for may take
    /// the file along.
    pub(super) fn move_file(&mut self, from: &Path, to: &Path) -> Result<(), Reason> {
        let Some(down) = descent(from, to) else {
            let why = format!("{} lies elsewhere", to.display());
            return Err(reason(why, 0));
        };
        let from_name = from.strip_prefix(&self.base).ok().and_then(Path::to_str);
        let from_name = from_name.unwrap_or_default().to_owned();
        self.moved.insert((from.to_owned(), to.to_owned()));
        let phony: BTreeSet<_> = self.phony();
        for (unit, it) in self.model.units.iter().enumerate() {
            match it {
                Unit::Name {
                    role,
                    name,
                    conditional,
                } => {
                    let text = name.as_str();
                    let is_label = !text.contains('/') && phony.contains(text);
                    let key = super::model::key(text, Some(""));
                    let same = key.and_then(|key| self.place(&key)).as_deref() == Some(from);
                    if !same && Self::is_computed(text) && may_name(text, &from_name) {
                        let why = format!("the names that this makes may include {from_name}");
                        return Err(reason(why, name.text.start().unwrap_or_default()));
                    }
                    if !same || is_label || *role == Role::Special && !text.contains('/') {
                        continue;
                    }
                    if *conditional {
                        let why = "this rule depends on a condition".to_owned();
                        return Err(reason(why, name.text.start().unwrap_or_default()));
                    }
                    self.wish(unit, 0, renamed(text, &down), name)?;
                }
                Unit::Command(command) => {
                    self.move_in(unit, command, from, &down, &from_name)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a name comes from a function of make that is not followed. What looks for sources names
    /// no program.
    fn is_computed(text: &str) -> bool {
        let finds_sources = [".go", "go.mod", "git ls-files"];
        text.contains("$(") && !finds_sources.iter().any(|it| text.contains(it))
    }

    fn phony(&self) -> BTreeSet<&'a str> {
        let names = self.model.units.iter().filter_map(|unit| match unit {
            Unit::Name {
                role: Role::Special,
                name,
                ..
            } => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    pub(super) fn wish(
        &mut self,
        unit: usize,
        word: usize,
        text: String,
        value: &Value,
    ) -> Result<(), Reason> {
        self.wishes.word(unit, word, text).map_err(|()| {
            let at = value.text.start().unwrap_or_default();
            reason(
                "two functions want this to be different things".to_owned(),
                at,
            )
        })
    }

    /// Wishes that a command name the file by its new name.
    fn move_in(
        &mut self,
        unit: usize,
        command: &Command,
        from: &Path,
        down: &str,
        from_name: &str,
    ) -> Result<(), Reason> {
        let refuse = |why: String| Err(reason(why, command.at));
        let (program, _) = command.program();
        let base = self.base.clone();
        let build_file = self.file.path;
        let names = |word: &str| place(&command.key(word)?, build_file, &base);
        let named = |word: &Value| names(word.as_str()).as_deref() == Some(from);
        let mut outputs = command.outputs.iter();
        if outputs.any(named) {
            return refuse(format!("this command writes {from_name}, too"));
        }
        if let Some(build) = go_build(command) {
            return self.move_output(unit, command, &build, from, down);
        }
        let known = FILE_PROGRAMS.contains(&program) || matches!(program, "zip" | PATHS);
        if let Some(why) = self.adrift(command, from_name)
            && !NO_FILE_PROGRAMS.contains(&program)
        {
            return refuse(why);
        }
        if !known {
            return match self.mentioned(command, program, from, from_name, down) {
                Some(why) => refuse(why),
                None => Ok(()),
            };
        }
        let packs = zip(command);
        for (index, word) in command.words.iter().enumerate().skip(command.lead + 1) {
            if named(word) && !word.pattern {
                if let Some(zip) = &packs {
                    let archive = names(&zip.archive);
                    if !archive.is_some_and(|it| self.archives.contains(&it)) {
                        let why = "which is no function's of those that move";
                        return refuse(format!("{} packs {from_name}, {why}", zip.archive));
                    }
                }
                self.wish(unit, index, renamed(word.as_str(), down), word)?;
            } else if word.pattern || word.unknown {
                let key = command.key(word.as_str()).unwrap_or_default();
                let open = may_name(&key, from_name);
                let into_directory = down.contains('/');
                if program == PATHS && (open || mentions(word.as_str(), from_name)) {
                    let new_name = renamed(from_name, down);
                    if into_directory || !may_name(&key, &new_name) {
                        return refuse(format!("this pattern takes {from_name} along"));
                    }
                }
                let removes =
                    matches!(program, "rm" | "${RM}") && into_directory && !recursive(command);
                if open && (removes || program == "zip" && !key.starts_with('$')) {
                    return refuse(format!("this pattern takes {from_name} along"));
                }
            } else if program == "zip" && names(word.as_str()).is_some_and(|it| above(&it, from)) {
                return refuse(format!("this packs the directory of {from_name}"));
            }
        }
        Ok(())
    }

    /// Steps may run in a directory that is not known: what they name may be the file.
    fn adrift(&self, command: &Command, from_name: &str) -> Option<String> {
        let is_adrift = match command.cwd.as_deref() {
            None => true,
            Some(cwd) => cwd.starts_with('$') && !cwd.starts_with(SCRIPT_DIR),
        };
        if !is_adrift || !super::is_steps(self.file.path) {
            return None;
        }
        let mut words = command.words.iter().skip(command.lead + 1);
        let may_be = |word: &Value| {
            let word = word
                .as_str()
                .trim_start_matches("./")
                .trim_start_matches("../");
            let above = from_name.strip_suffix(word);
            !word.is_empty() && above.is_some_and(|it| it.is_empty() || it.ends_with('/'))
        };
        let found = words.any(may_be);
        found.then(|| format!("it is not known whether this is about {from_name}"))
    }

    /// Refuses to give a program a directory of its own where a command puts something else beside it,
    /// apart from programs that are built there: its package would lack that.
    pub(super) fn nothing_beside(&self, from: &Path) -> Result<(), Reason> {
        let Some(dir) = from.parent().filter(|dir| *dir != self.base) else {
            return Ok(());
        };
        for (_, command) in self.model.commands() {
            let (program, arguments) = command.program();
            let harmless = FILE_PROGRAMS.contains(&program)
                || NO_FILE_PROGRAMS.contains(&program)
                || matches!(program, "zip" | "aws" | PATHS);
            let reads = match program {
                "cp" | "install" | "ln" | "mv" => arguments.len().saturating_sub(1),
                _ if harmless => arguments.len(),
                _ => 0,
            };
            let beside = |word: &&Value| {
                let place = self.names(command, word.as_str());
                place.is_some_and(|it| {
                    above(dir, &it) && !it.starts_with(from) && self.builds_of(&it).is_empty()
                })
            };
            let words = arguments.iter().skip(reads).filter(|word| !word.pattern);
            let mut words = words.chain(&command.outputs);
            if let Some(word) = words.find(beside) {
                let name = from.file_name().unwrap_or_default().display();
                let why = format!(
                    "this may put {} beside {name}, which a directory of its own would lack",
                    word.as_str()
                );
                return Err(reason(why, command.at));
            }
        }
        Ok(())
    }

    /// Why a command that is not known here stands against moving a file.
    fn mentioned(
        &self,
        command: &Command,
        program: &str,
        from: &Path,
        from_name: &str,
        down: &str,
    ) -> Option<String> {
        let words = command.words.iter().skip(command.lead);
        let mut words = words.enumerate();
        let named = |word: &Value| self.names(command, word.as_str()).as_deref() == Some(from);
        let is_copy = matches!(program, "cp" | "mv" | "install" | "ln" | OTHER);
        let names_it = || {
            let mut arguments = command.words.iter().skip(command.lead + 1);
            arguments.any(|word| named(word) && word.as_str().contains('/'))
        };
        if matches!(program, "make" | "gmake" | "${MAKE}") && names_it() {
            return Some(format!("make is asked for {from_name} by that name"));
        }
        if NO_FILE_PROGRAMS.contains(&program) && !command.further.contains("go build") {
            return None;
        }
        // Much that AWS's own program is given is the name of a function.
        if program == "aws" && !command.words.iter().any(|word| word.as_str() == "s3") {
            return None;
        }
        let text: Vec<_> = command.words.iter().map(Value::as_str).collect();
        let text = format!("{} {}", text.join(" "), command.further);
        let dir = from.parent().filter(|dir| !dir.as_os_str().is_empty());
        words
            .find_map(|(index, word)| {
                let key = command.key(word.as_str()).unwrap_or_default();
                let open = (word.pattern || word.unknown) && is_copy && may_name(&key, from_name);
                let place = self.names(command, word.as_str());
                let takes_below = is_copy || matches!(program, "aws" | "rsync" | "tar");
                // What is put into the program's own directory finds it there afterwards.
                let is_goal = index + 1 == command.words.len() - command.lead;
                let whole = index > 0
                    && !(is_goal && is_copy && program != "ln" && !down.contains('/'))
                    && place.is_some_and(|it| match takes_below {
                        true => above(&it, from),
                        false => Some(it.as_path()) == dir,
                    });
                match named(word) {
                    true if index == 0 => Some(format!("{from_name} is also run here")),
                    true => Some(format!("{program} takes {from_name} somewhere else")),
                    false if open && !key.starts_with('$') => {
                        Some(format!("{program} may take {from_name} somewhere else"))
                    }
                    false if whole && !matches!(program, "find" | "tree") => {
                        Some(format!("{program} takes the directory of {from_name}"))
                    }
                    false => None,
                }
            })
            .or_else(|| mentions(&text, from_name).then(|| format!("{program} names {from_name}")))
    }

    /// Wishes that a build write its file under its new name.
    fn move_output(
        &mut self,
        unit: usize,
        command: &Command,
        build: &GoBuild,
        from: &Path,
        down: &str,
    ) -> Result<(), Reason> {
        let built = Built {
            unit,
            command,
            build: build.clone(),
        };
        let key = Self::output_key(&built);
        if key.and_then(|key| self.place(&key)).as_deref() != Some(from) {
            return Ok(());
        }
        let Output::Certain(text) = output(command, build) else {
            return Ok(());
        };
        self.write_to(unit, command, build, &renamed(&text, down))
    }

    /// Wishes that a build write this file.
    pub(super) fn write_to(
        &mut self,
        unit: usize,
        command: &Command,
        build: &GoBuild,
        text: &str,
    ) -> Result<(), Reason> {
        match build.output {
            Some(operand) => {
                let Some(value) = command.words.get(operand.word) else {
                    return Ok(());
                };
                let option = value.as_str().get(..operand.from).unwrap_or_default();
                self.wish(unit, operand.word, format!("{option}{text}"), value)
            }
            None => {
                let text = format!("-o {text}");
                self.wishes.behind.insert((unit, build.verb), text);
                Ok(())
            }
        }
    }
}

/// Whether a file lies in a directory or below it.
fn above(directory: &Path, file: &Path) -> bool {
    file != directory && file.starts_with(directory)
}

/// Whether `rm` goes into directories.
fn recursive(command: &Command) -> bool {
    let (_, arguments) = command.program();
    let flags = arguments
        .iter()
        .filter_map(|word| word.as_str().strip_prefix('-'));
    let mut flags = flags.filter(|flag| !flag.starts_with('-') || *flag == "-recursive");
    flags.any(|flag| flag.contains(['r', 'R']))
}
