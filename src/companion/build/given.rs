//! What a file tells the builds that it starts: `make GOARCH=amd64`, or a variable of the
//! environment that a makefile heeds.

use super::model::{Command, ENVIRONMENT, Model, OTHER, Value};
use super::wish::setting;

/// A variable that a build is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) name: String,
    /// None when it is not known.
    pub(crate) value: Option<String>,
    /// Whether it is an argument: these go before what the build file says.
    pub(crate) is_argument: bool,
}

/// The variables that the commands of a model give to builds.
pub(super) fn given(model: &Model) -> Vec<Given> {
    let mut found = Vec::new();
    let mut starts_any = false;
    for (_, command) in model.commands().filter(|(_, command)| starts(command)) {
        starts_any = true;
        let (_, arguments) = command.program();
        let assigned = arguments.iter().filter_map(|word| assignment(word, true));
        found.extend(assigned);
        let lead = command.words.iter().take(command.lead);
        found.extend(lead.filter_map(|word| assignment(word, false)));
        for name in ENVIRONMENT {
            match setting(command, name).value(name) {
                Ok(None) => {}
                value => found.push(Given {
                    name: name.to_owned(),
                    value: value.ok().flatten().map(str::to_owned),
                    is_argument: false,
                }),
            }
        }
    }
    if starts_any {
        found.extend(model.given.iter().map(|(name, value)| Given {
            name: name.clone(),
            value: value.clone(),
            is_argument: false,
        }));
    }
    found
}

/// Whether a command runs a build file, or what may run one.
fn starts(command: &Command) -> bool {
    let word = command.words.get(command.lead);
    let word = word.map(Value::as_str).unwrap_or_default();
    let (program, _) = command.program();
    let runners = [
        ".", "bash", "gmake", "just", "mage", "make", "sam", "sh", "source", "task", "${MAKE}",
        OTHER,
    ];
    runners.contains(&program) || word.contains('/') || program.ends_with(".sh")
}

fn assignment(word: &Value, is_argument: bool) -> Option<Given> {
    let (name, value) = word.as_str().split_once('=')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let name = name.trim_end_matches([':', '?', '+']);
    (!name.is_empty() && !name.starts_with('-') && name.chars().all(is_name)).then(|| Given {
        name: name.to_owned(),
        value: (!word.unknown).then(|| value.to_owned()),
        is_argument,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::BuildFile;
    use super::*;
    use crate::program::MemoryFiles;

    #[test]
    fn tells_what_builds_are_started_with() {
        let of = |name: &str, value: Option<&str>, is_argument| Given {
            name: name.to_owned(),
            value: value.map(str::to_owned),
            is_argument,
        };
        for (path, text, expected) in [
            (
                "build.sh",
                "export GOARCH=amd64\nCGO_ENABLED=1 make build OUT=x V:=$Y\n",
                vec![
                    of("OUT", Some("x"), true),
                    of("V", None, true),
                    of("CGO_ENABLED", Some("1"), false),
                    of("GOARCH", Some("amd64"), false),
                    of("CGO_ENABLED", Some("1"), false),
                ],
            ),
            (
                "build.sh",
                "GOARCH=amd64 go build\nexport GOARCH=amd64\nls\n",
                vec![],
            ),
            (
                "buildspec.yml",
                "version: 0.2\nenv: {variables: {ARCH: amd64, GOARCH: amd64}}\nphases: {build: {commands: [./build.sh]}}\n",
                vec![
                    of("GOARCH", Some("amd64"), false),
                    of("CODEBUILD_SRC_DIR", Some("${CURDIR}"), false),
                    of("ARCH", Some("amd64"), false),
                ],
            ),
            ("readme.txt", "make GOARCH=amd64\n", vec![]),
        ] {
            let file = BuildFile {
                files: &MemoryFiles::new(),
                path: Path::new(path),
                text,
                stays: &[],
            };
            let mut found = file.gives();
            found.sort_by_key(|it| (!it.is_argument, it.name.clone()));
            let mut expected = expected;
            expected.sort_by_key(|it| (!it.is_argument, it.name.clone()));
            assert_eq!(found, expected, "{text}");
        }
    }
}
