//! What the container starts, before and after.
//!
//! `/lambda-entrypoint.sh` of the Go image starts the file of the task root that `CMD` names; that
//! of the `provided` images starts `/var/runtime/bootstrap`, whatever `CMD` says. So `CMD` becomes
//! the `ENTRYPOINT` that AWS documents: <https://docs.aws.amazon.com/lambda/latest/dg/go-image.html>.

use super::origin::{self, Origin};
use super::read::{Action, Command, Dockerfile, Instruction, Text};
use super::scene::{RUNTIME_ROOT, Scene, TASK_ROOT, collapse, join};
use super::shell;
use crate::companion::{Refused, TextEdit};

/// The program that a container starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// Its absolute path.
    pub(super) path: String,
    /// What puts it there.
    pub(super) origin: Origin,
}

/// The entry of an image.
pub(super) struct Entry<'f> {
    file: &'f Dockerfile,
    /// The stage whose image it is.
    target: usize,
    /// At the end of that stage.
    scene: Scene<'f>,
    commands: Vec<(&'f Instruction, &'f Command)>,
    entrypoints: Vec<(&'f Instruction, &'f Command)>,
    /// Whether `SHELL` changes what the shell forms mean.
    changes_shell: bool,
    at: usize,
}

/// How an image that leaves the Go base is started afterwards.
pub(super) struct Started {
    pub(super) program: Program,
    pub(super) edits: Vec<TextEdit>,
    /// Whether the text alone shows that the same program is started as before.
    pub(super) certain: bool,
}

impl<'f> Entry<'f> {
    /// The entry of the image of the stage `target`.
    pub(super) fn of(file: &'f Dockerfile, target: usize) -> Self {
        let (stages, base) = origin::chain(file, target);
        let mut entry = Self {
            file,
            target,
            scene: origin::scene(file, &base),
            commands: Vec::new(),
            entrypoints: Vec::new(),
            changes_shell: false,
            at: file.stages.get(target).map_or(0, |it| it.keyword.start),
        };
        for stage in stages.iter().filter_map(|it| file.stages.get(*it)) {
            entry.scene.enter_stage();
            for instruction in &stage.instructions {
                match &instruction.action {
                    Action::Cmd(command) => entry.commands.push((instruction, command)),
                    Action::Entrypoint(command) => entry.entrypoints.push((instruction, command)),
                    Action::Shell => entry.changes_shell = true,
                    action => entry.scene.pass(action),
                }
            }
        }
        entry
    }

    /// What an image of the Go base starts, and the edits that make it start the same when it
    /// begins from the `provided` base.
    ///
    /// # Errors
    /// When that is not certain.
    pub(super) fn leave_go(&self) -> Result<Started, Refused> {
        match (self.entrypoints.as_slice(), self.commands.as_slice()) {
            ([], []) => self.refuse(
                "neither CMD nor ENTRYPOINT says which program it starts",
                self.at,
            ),
            ([], [(instruction, command)]) => self.start_cmd(instruction, command),
            ([(instruction, command)], [] | [_]) => self.keep_entrypoint(instruction, command),
            (_, [.., (second, _)]) if self.commands.len() > 1 => {
                self.refuse("it has several CMDs", second.keyword.start)
            }
            ([.., (second, _)], _) => {
                self.refuse("it has several ENTRYPOINTs", second.keyword.start)
            }
            _ => self.refuse("its CMD is not certain", self.at),
        }
    }

    /// What an image of a `provided` base starts; `None` where that is not certain.
    pub(super) fn of_provided(&self) -> Option<Program> {
        let Some((_, command)) = self.entrypoints.last() else {
            return Some(self.program(format!("{RUNTIME_ROOT}/bootstrap")));
        };
        let word = self.first_word(command)?;
        if word == "/lambda-entrypoint.sh" {
            return Some(self.program(format!("{RUNTIME_ROOT}/bootstrap")));
        }
        self.located(&word)
    }

    fn start_cmd(&self, cmd: &Instruction, command: &Command) -> Result<Started, Refused> {
        let at = cmd.keyword.start;
        let Command::Exec(words) = command else {
            return self.refuse("CMD is not a JSON list, so the base image was started with the shell as its handler", at);
        };
        let [handler] = words.as_slice() else {
            return self.refuse("CMD does not have exactly one word", at);
        };
        let is_name = |it: char| it.is_ascii_alphanumeric() || "._-/".contains(it);
        let name = handler.value.as_str();
        if !handler.exact || name.is_empty() || !name.chars().all(is_name) || name.contains("..") {
            return self.refuse("CMD is not a plain name of a file", at);
        }
        let root = self
            .scene
            .variable("LAMBDA_TASK_ROOT")
            .map(|it| it.value.as_str());
        if root != Some(TASK_ROOT) {
            return self.refuse("LAMBDA_TASK_ROOT is changed", at);
        }
        let program = self.handler(name, at)?;
        Ok(Started {
            edits: self.to_entrypoint(cmd, handler, &program.path),
            // How the Go image takes a name that begins with a slash is documented nowhere.
            certain: matches!(program.origin, Origin::Named(_)) && !name.starts_with('/'),
            program,
        })
    }

    /// The file that the Go image starts for a handler of this name.
    fn handler(&self, name: &str, at: usize) -> Result<Program, Refused> {
        let below_root = join(TASK_ROOT, name).unwrap_or_default();
        let as_written = name.starts_with('/').then(|| collapse(name)).flatten();
        let paths = [Some(below_root.clone()), as_written];
        let found = paths.into_iter().flatten().map(|it| self.program(it));
        let mut found = found.filter(|it| it.origin != Origin::Unknown);
        match (found.next(), found.next()) {
            (Some(program), None) => Ok(program),
            (Some(_), Some(_)) => self.refuse(&format!("CMD {name} can mean two files"), at),
            (None, _) => self.refuse(
                &format!(
                    "nothing here is seen to put a file at {below_root}, which CMD {name} starts"
                ),
                at,
            ),
        }
    }

    fn to_entrypoint(&self, cmd: &Instruction, handler: &Text, path: &str) -> Vec<TextEdit> {
        let is_lower = cmd.is_lower;
        let keyword = if is_lower { "entrypoint" } else { "ENTRYPOINT" };
        let here = self.scene.directory.as_deref() == Some(TASK_ROOT);
        let inside = path
            .strip_prefix(TASK_ROOT)
            .and_then(|it| it.strip_prefix('/'));
        let wanted = match inside {
            Some(_) if here && handler.value.starts_with("./") => handler.value.clone(),
            Some(inside) if here => format!("./{inside}"),
            _ => path.to_owned(),
        };
        let mut edits = vec![TextEdit {
            range: cmd.keyword.clone(),
            content: keyword.to_owned(),
        }];
        if wanted != handler.value {
            edits.push(TextEdit {
                range: handler.at.clone(),
                content: wanted,
            });
        }
        edits
    }

    fn keep_entrypoint(
        &self,
        instruction: &Instruction,
        command: &Command,
    ) -> Result<Started, Refused> {
        let at = instruction.keyword.start;
        let Some(word) = self.first_word(command) else {
            return self.refuse("ENTRYPOINT is not a plain name of a program", at);
        };
        let last = word.rsplit('/').next().unwrap_or_default();
        let is_script = last.ends_with(".sh") || matches!(last, "sh" | "bash" | "env" | "exec");
        if is_script || last == "aws-lambda-rie" {
            return self.refuse(
                &format!("ENTRYPOINT starts {word}, and what that starts is not seen here"),
                at,
            );
        }
        match self.located(&word) {
            Some(program) if program.origin != Origin::Unknown => Ok(Started {
                certain: matches!(program.origin, Origin::Named(_)),
                program,
                edits: Vec::new(),
            }),
            _ => self.refuse(
                &format!(
                    "nothing here is seen to put the program {word} of ENTRYPOINT into the image"
                ),
                at,
            ),
        }
    }

    /// The program of a command: its first word, if it is plain.
    fn first_word(&self, command: &Command) -> Option<String> {
        let word = match command {
            Command::Exec(words) => words.first()?.value.clone(),
            Command::Shell(_) if self.changes_shell => return None,
            Command::Shell(text) => {
                let lines = shell::lines(text, self.file.escape)?;
                let [line] = lines.as_slice() else {
                    return None;
                };
                let words: Vec<_> = line.words.iter().map(shell::Word::text).collect();
                match words.as_slice() {
                    ["exec", program, ..] | [program, ..] => self.scene.expand(program)?.value,
                    [] => return None,
                }
            }
        };
        (!word.is_empty() && !word.contains('$')).then_some(word)
    }

    /// The program that a word means: a path, or a name on `PATH`.
    fn located(&self, word: &str) -> Option<Program> {
        if word.contains('/') {
            return Some(self.program(self.scene.located(word, false)?.path));
        }
        let path = self.scene.variable("PATH")?.value.clone();
        let found = path
            .split(':')
            .filter_map(|it| Some(self.program(join(it, word)?)));
        found.into_iter().find(|it| it.origin != Origin::Unknown)
    }

    fn program(&self, path: String) -> Program {
        let origin = origin::origin(self.file, self.target, &path);
        Program { path, origin }
    }

    fn refuse<T>(&self, why: &str, at: usize) -> Result<T, Refused> {
        Err(Refused {
            why: why.to_owned(),
            at,
        })
    }
}
