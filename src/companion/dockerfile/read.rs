//! Reads a Dockerfile into stages and instructions with exact byte ranges.
//!
//! `parse-dockerfile` does the reading. It says in its own comments where it falls short of
//! BuildKit; those forms are refused here before they can be misread.

use std::ops::Range;

use parse_dockerfile as parser;

use super::variables::{Variable, variables};
use crate::companion::Refused;

/// The most instructions and stages of a file that is looked at.
const MAX_INSTRUCTIONS: usize = 2000;
const MAX_STAGES: usize = 100;

/// The byte order mark, which BuildKit drops.
const BOM: &str = "\u{feff}";

/// A piece of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    /// Where it stands, in bytes of the file; with its continuation lines, without quotes.
    pub(super) at: Range<usize>,
    /// What it says, without continuation lines and JSON escapes.
    pub(super) value: String,
    /// Whether the bytes at `at` are exactly `value`, so that a part of it can be replaced.
    pub(super) exact: bool,
}

/// What follows `CMD`, `ENTRYPOINT` and `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// A JSON list.
    Exec(Vec<Text>),
    /// A line for the shell, as it stands in the file.
    Shell(Text),
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Copy {
    /// The stage or image that it copies from.
    pub(super) from: Option<String>,
    pub(super) sources: Vec<Text>,
    pub(super) target: Text,
    /// Whether an option changes which file ends up where: `--parents`, `--exclude`.
    pub(super) rearranges: bool,
    /// Whether archives are unpacked and addresses fetched.
    pub(super) is_add: bool,
}

/// What an instruction does, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Argument(Vec<Variable>),
    Environment(Vec<Variable>),
    Directory(Text),
    Copy(Copy),
    Run {
        command: Command,
        /// The stages that `--mount=…,from=…` names.
        mounts: Vec<String>,
    },
    Cmd(Command),
    Entrypoint(Command),
    /// `RUN` or `COPY` with a here-document.
    HereDocument,
    OnBuild,
    Shell,
    /// An instruction that changes neither files nor what is started.
    Other,
}

/// An instruction of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Instruction {
    /// Its first word.
    pub(super) keyword: Range<usize>,
    /// Whether that is written in small letters.
    pub(super) is_lower: bool,
    pub(super) action: Action,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stage {
    /// The word `FROM`.
    pub(super) keyword: Range<usize>,
    pub(super) image: Text,
    pub(super) platform: Option<Text>,
    pub(super) name: Option<String>,
    pub(super) instructions: Vec<Instruction>,
}

/// A Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dockerfile {
    /// The `ARG`s before the first `FROM`.
    pub(super) arguments: Vec<Variable>,
    /// Invariant: not empty.
    pub(super) stages: Vec<Stage>,
    /// `\`, or a backtick.
    pub(super) escape: char,
    /// Every instruction in meaning: its name and what it says, without places. For the proof.
    pub(super) outline: Vec<Outline>,
}

/// An instruction in meaning, and where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    pub(super) at: usize,
    /// Its name, in capitals.
    pub(super) name: &'static str,
    /// What it says, each part without its place.
    pub(super) parts: Vec<String>,
}

/// Reads a Dockerfile.
///
/// # Errors
/// When it is none, or has a form that cannot be read for certain.
pub(super) fn read(text: &str) -> Result<Dockerfile, Refused> {
    let plain = text.strip_prefix(BOM).unwrap_or(text);
    let shift = text.len() - plain.len();
    let parsed = parser::parse(plain).map_err(|error| Refused {
        why: format!("it cannot be read as a Dockerfile: {error}"),
        at: shift + offset(plain, error.line(), error.column()),
    })?;
    check_frontend(&parsed, shift)?;
    if parsed.instructions.len() > MAX_INSTRUCTIONS || parsed.stages().len() > MAX_STAGES {
        let why = "it has too many instructions to follow".to_owned();
        return Err(Refused { why, at: shift });
    }
    let reader = Reader {
        text: plain,
        shift,
        escape: parsed
            .parser_directives
            .escape
            .as_ref()
            .map_or('\\', |it| it.value.value),
    };
    reader.check_lines()?;
    let mut outline = Vec::new();
    let instructions = parsed.instructions.iter().map(|it| {
        outline.push(super::outline::outline(it, shift));
        reader.instruction(it)
    });
    let instructions = instructions.collect::<Result<Vec<_>, _>>()?;
    let mut file = Dockerfile {
        arguments: Vec::new(),
        stages: Vec::new(),
        escape: reader.escape,
        outline,
    };
    for (read, source) in instructions.into_iter().zip(&parsed.instructions) {
        let action = read.action.clone();
        match (source, file.stages.last_mut(), action) {
            (parser::Instruction::From(from), _, _) => file.stages.push(reader.stage(from)),
            (_, Some(stage), action) => {
                stage.instructions.push(Instruction { action, ..read });
            }
            (_, None, Action::Argument(variables)) => file.arguments.extend(variables),
            (_, None, _) => {}
        }
    }
    Ok(file)
}

/// The byte at a line and column, both counted from 1.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// Refuses a file that another frontend than Docker's reads.
/// <https://docs.docker.com/build/buildkit/frontend/>
fn check_frontend(parsed: &parser::Dockerfile<'_>, shift: usize) -> Result<(), Refused> {
    let Some(syntax) = &parsed.parser_directives.syntax else {
        return Ok(());
    };
    let name = syntax.value.value;
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    if name.starts_with("docker/dockerfile") {
        return Ok(());
    }
    let why = format!("it is written for the frontend {name}");
    Err(Refused {
        why,
        at: shift + syntax.span().start,
    })
}

struct Reader<'t> {
    text: &'t str,
    /// The bytes before the text that was parsed.
    shift: usize,
    escape: char,
}

impl Reader<'_> {
    /// Refuses lines that the parser and BuildKit end in different places, and templates.
    ///
    /// BuildKit: two escape characters at the end of a line do not continue it, and a carriage
    /// return alone ends none.
    /// <https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/parser/parser.go>
    fn check_lines(&self) -> Result<(), Refused> {
        let mut start = self.shift;
        for line in self.text.split_inclusive('\n') {
            let body = line.trim_end_matches(['\r', '\n']);
            let mut escapes = body.trim_end_matches([' ', '\t']).chars().rev();
            let doubled =
                escapes.next() == Some(self.escape) && escapes.next() == Some(self.escape);
            let is_comment = body.trim_start().starts_with('#');
            // Without quotes no shell and no instruction has use for them.
            let mut words = body.split_whitespace();
            let is_template = words.any(|it| {
                ["{{", "{%", "<%", "${{"]
                    .iter()
                    .any(|open| it.starts_with(open))
            });
            let why = match is_comment {
                true => "",
                false if doubled => "a line ends in two escape characters",
                false if body.contains('\r') => "a carriage return stands within a line",
                false if is_template => "it is a template for another tool",
                false => "",
            };
            if !why.is_empty() {
                return Err(Refused {
                    why: why.to_owned(),
                    at: start,
                });
            }
            start += line.len();
        }
        Ok(())
    }

    fn stage(&self, from: &parser::FromInstruction<'_>) -> Stage {
        let platform = from.options.iter().find(|it| it.name.value == "platform");
        Stage {
            keyword: self.range(&from.from.span),
            image: self.text(&from.image),
            platform: platform.and_then(|it| Some(self.text(it.value.as_ref()?))),
            name: from.as_.as_ref().map(|(_, name)| name.value.to_string()),
            instructions: Vec::new(),
        }
    }

    fn instruction(&self, instruction: &parser::Instruction<'_>) -> Result<Instruction, Refused> {
        use parser::Instruction as It;
        let (keyword, action) = match instruction {
            It::Arg(it) => (
                &it.arg,
                Action::Argument(variables(&self.text(&it.arguments))),
            ),
            It::Env(it) => (
                &it.env,
                Action::Environment(variables(&self.text(&it.arguments))),
            ),
            It::Workdir(it) => (&it.workdir, Action::Directory(self.text(&it.arguments))),
            It::Copy(it) => (
                &it.copy,
                self.copy(&it.options, &it.src, &it.dest, it.copy.span.start)?,
            ),
            It::Add(it) => {
                let mut action = self.copy(&it.options, &it.src, &it.dest, it.add.span.start)?;
                if let Action::Copy(copy) = &mut action {
                    copy.is_add = true;
                }
                (&it.add, action)
            }
            It::Run(it) => (&it.run, self.run(it)?),
            It::Cmd(it) => (&it.cmd, Action::Cmd(self.command(&it.arguments))),
            It::Entrypoint(it) => (
                &it.entrypoint,
                Action::Entrypoint(self.command(&it.arguments)),
            ),
            It::Onbuild(it) => (&it.onbuild, Action::OnBuild),
            It::Shell(it) => (&it.shell, Action::Shell),
            It::Expose(it) => (&it.expose, Action::Other),
            It::From(it) => (&it.from, Action::Other),
            It::Healthcheck(it) => (&it.healthcheck, Action::Other),
            It::Label(it) => (&it.label, Action::Other),
            It::Maintainer(it) => (&it.maintainer, Action::Other),
            It::Stopsignal(it) => (&it.stopsignal, Action::Other),
            It::User(it) => (&it.user, Action::Other),
            It::Volume(it) => (&it.volume, Action::Other),
            _ => {
                let why = "it has an instruction of an unknown kind".to_owned();
                return Err(Refused {
                    why,
                    at: self.shift,
                });
            }
        };
        let written = self.text.get(keyword.span.clone()).unwrap_or_default();
        Ok(Instruction {
            keyword: self.range(&keyword.span),
            is_lower: written.starts_with(|it: char| it.is_ascii_lowercase()),
            action,
        })
    }

    fn run(&self, run: &parser::RunInstruction<'_>) -> Result<Action, Refused> {
        let command = self.command(&run.arguments);
        let Command::Shell(line) = &command else {
            return Ok(self.running(run, command));
        };
        let documents = here_documents(&line.value);
        match (documents, run.here_docs.len()) {
            (0, 0) => Ok(self.running(run, command)),
            (1, 1) => Ok(Action::HereDocument),
            // The parser knows one that stands first.
            _ => Err(self.unclear_document(run.run.span.start)),
        }
    }

    fn running(&self, run: &parser::RunInstruction<'_>, command: Command) -> Action {
        let mounts = run.options.iter().filter(|it| it.name.value == "mount");
        let fields = mounts.filter_map(|it| it.value.as_ref());
        let fields = fields.flat_map(|it| it.value.split(','));
        let mounts = fields
            .filter_map(|it| it.strip_prefix("from=").map(str::to_owned))
            .collect();
        Action::Run { command, mounts }
    }

    fn copy(
        &self,
        options: &[parser::Flag<'_>],
        sources: &[parser::Source<'_>],
        target: &parser::UnescapedString<'_>,
        at: usize,
    ) -> Result<Action, Refused> {
        let mut paths = Vec::new();
        let mut documents = 0;
        for source in sources {
            match source {
                parser::Source::Path(path) => paths.push(self.text(path)),
                _ => documents += 1,
            }
        }
        match (documents, paths.len()) {
            (0, _) => {}
            (1, 0) => return Ok(Action::HereDocument),
            _ => return Err(self.unclear_document(at)),
        }
        let from = options.iter().find(|it| it.name.value == "from");
        let rearranging = |it: &parser::Flag<'_>| matches!(&*it.name.value, "parents" | "exclude");
        Ok(Action::Copy(Copy {
            from: from.and_then(|it| Some(it.value.as_ref()?.value.to_string())),
            sources: paths,
            target: self.text(target),
            rearranges: options.iter().any(rearranging),
            is_add: false,
        }))
    }

    fn unclear_document(&self, at: usize) -> Refused {
        let why = "a here-document stands where its end is not certain".to_owned();
        Refused {
            why,
            at: self.shift + at,
        }
    }

    fn command(&self, command: &parser::Command<'_>) -> Command {
        match command {
            parser::Command::Exec(list) => {
                Command::Exec(list.value.iter().map(|it| self.text(it)).collect())
            }
            parser::Command::Shell(line) => Command::Shell(Text {
                at: self.range(&line.span),
                value: line.value.to_owned(),
                exact: true,
            }),
            // `Command` is non-exhaustive: a third form has no words that could be read.
            _ => Command::Exec(Vec::new()),
        }
    }

    fn text(&self, text: &parser::UnescapedString<'_>) -> Text {
        Text {
            at: self.range(&text.span),
            value: text.value.to_string(),
            exact: matches!(text.value, std::borrow::Cow::Borrowed(_)),
        }
    }

    fn range(&self, span: &Range<usize>) -> Range<usize> {
        span.start + self.shift..span.end + self.shift
    }
}

/// How many words of a line begin a here-document: `<<EOF`, `<<-EOF`, `3<<EOF`.
fn here_documents(line: &str) -> usize {
    let begins = |word: &str| {
        let word = word.trim_start_matches(|it: char| it.is_ascii_digit());
        let name = word.strip_prefix("<<");
        name.is_some_and(|it| !it.is_empty() && !it.contains('<'))
    };
    line.split_whitespace().filter(|word| begins(word)).count()
}
