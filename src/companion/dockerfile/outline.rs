//! An instruction in meaning, without places: what the proof compares.

use parse_dockerfile::{
    Command, Flag, HealthcheckArguments, Instruction, JsonOrStringArray, Source,
};

use super::read::Outline;

/// The instruction in meaning; `shift` is added to where it begins.
pub(super) fn outline(instruction: &Instruction<'_>, shift: usize) -> Outline {
    let mut parts = Vec::new();
    let (name, keyword) = match instruction {
        Instruction::Add(it) => {
            copy(&mut parts, &it.options, &it.src, &it.dest.value);
            ("ADD", &it.add)
        }
        Instruction::Copy(it) => {
            copy(&mut parts, &it.options, &it.src, &it.dest.value);
            ("COPY", &it.copy)
        }
        Instruction::Arg(it) => ("ARG", one(&mut parts, &it.arguments.value, &it.arg)),
        Instruction::Env(it) => ("ENV", one(&mut parts, &it.arguments.value, &it.env)),
        Instruction::Label(it) => ("LABEL", one(&mut parts, &it.arguments.value, &it.label)),
        Instruction::User(it) => ("USER", one(&mut parts, &it.arguments.value, &it.user)),
        Instruction::Workdir(it) => ("WORKDIR", one(&mut parts, &it.arguments.value, &it.workdir)),
        Instruction::Maintainer(it) => (
            "MAINTAINER",
            one(&mut parts, &it.name.value, &it.maintainer),
        ),
        Instruction::Stopsignal(it) => (
            "STOPSIGNAL",
            one(&mut parts, &it.arguments.value, &it.stopsignal),
        ),
        Instruction::Cmd(it) => {
            command(&mut parts, &it.arguments);
            ("CMD", &it.cmd)
        }
        Instruction::Entrypoint(it) => {
            command(&mut parts, &it.arguments);
            ("ENTRYPOINT", &it.entrypoint)
        }
        Instruction::Run(it) => {
            flags(&mut parts, &it.options);
            command(&mut parts, &it.arguments);
            parts.extend(it.here_docs.iter().map(|it| it.value.to_string()));
            ("RUN", &it.run)
        }
        Instruction::Shell(it) => {
            parts.extend(it.arguments.iter().map(|it| it.value.to_string()));
            ("SHELL", &it.shell)
        }
        Instruction::Expose(it) => {
            parts.extend(it.arguments.iter().map(|it| it.value.to_string()));
            ("EXPOSE", &it.expose)
        }
        Instruction::Volume(it) => {
            let (JsonOrStringArray::String(list)
            | JsonOrStringArray::Json(parse_dockerfile::Spanned { value: list, .. })) =
                &it.arguments;
            parts.extend(list.iter().map(|it| it.value.to_string()));
            ("VOLUME", &it.volume)
        }
        Instruction::From(it) => {
            flags(&mut parts, &it.options);
            parts.push(it.image.value.to_string());
            parts.extend(it.as_.iter().map(|(_, name)| format!("as {}", name.value)));
            ("FROM", &it.from)
        }
        Instruction::Healthcheck(it) => {
            flags(&mut parts, &it.options);
            if let HealthcheckArguments::Cmd { arguments, .. } = &it.arguments {
                command(&mut parts, arguments);
            }
            ("HEALTHCHECK", &it.healthcheck)
        }
        Instruction::Onbuild(it) => {
            let inner = outline(&it.instruction, shift);
            parts.push(inner.name.to_owned());
            parts.extend(inner.parts);
            ("ONBUILD", &it.onbuild)
        }
        // The reader refuses a kind that it does not know.
        _ => {
            return Outline {
                at: shift,
                name: "",
                parts,
            };
        }
    };
    Outline {
        at: keyword.span.start + shift,
        name,
        parts,
    }
}

fn one<'k>(
    parts: &mut Vec<String>,
    text: &str,
    keyword: &'k parse_dockerfile::Keyword,
) -> &'k parse_dockerfile::Keyword {
    parts.push(text.to_owned());
    keyword
}

fn flags(parts: &mut Vec<String>, flags: &[Flag<'_>]) {
    for flag in flags {
        let value = flag.value.as_ref().map_or("", |it| &*it.value);
        parts.push(format!("--{}={value}", flag.name.value));
    }
}

fn copy(parts: &mut Vec<String>, options: &[Flag<'_>], sources: &[Source<'_>], target: &str) {
    flags(parts, options);
    for source in sources {
        parts.push(match source {
            Source::Path(path) => path.value.to_string(),
            Source::HereDoc(document) => format!("<<{}", document.value),
            _ => String::new(),
        });
    }
    parts.push(target.to_owned());
}

fn command(parts: &mut Vec<String>, command: &Command<'_>) {
    match command {
        Command::Exec(list) => {
            parts.push("exec".to_owned());
            parts.extend(list.value.iter().map(|it| it.value.to_string()));
        }
        Command::Shell(line) => parts.extend(["shell".to_owned(), line.value.to_owned()]),
        _ => {}
    }
}
