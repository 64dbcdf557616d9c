//! The words of a command that runs `go build`.
//!
//! <https://pkg.go.dev/cmd/go#hdr-Compile_packages_and_dependencies>

use super::model::{Command, Value};

/// The tag that leaves out the server for the go1.x runtime:
/// <https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html>.
pub(super) const NO_RPC: &str = "lambda.norpc";

/// Options of `go build` that take an operand.
const WITH_OPERAND: [&str; 20] = [
    "C",
    "asmflags",
    "buildmode",
    "buildvcs",
    "compiler",
    "covermode",
    "coverpkg",
    "gccgoflags",
    "gcflags",
    "installsuffix",
    "ldflags",
    "mod",
    "modfile",
    "o",
    "overlay",
    "p",
    "pgo",
    "pkgdir",
    "tags",
    "toolexec",
];

/// An operand: the word it stands in, and where in that word it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operand {
    pub(super) word: usize,
    pub(super) from: usize,
}

/// A `go build`, by the numbers of its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GoBuild {
    /// The program.
    pub(super) program: usize,
    /// The word `build`.
    pub(super) verb: usize,
    /// The directory that it changes to.
    pub(super) dir: Option<Operand>,
    /// What it writes.
    pub(super) output: Option<Operand>,
    /// Its tags.
    pub(super) tags: Option<Operand>,
    /// The packages or files that it builds.
    pub(super) packages: Vec<usize>,
    /// Whether it needs C, or makes something else than a program.
    pub(super) special: Option<usize>,
}

/// Whether a word is Go's program, or a variable that by custom stands for it.
pub(super) fn is_go(program: &str) -> bool {
    matches!(
        program,
        "go" | "go.exe" | "${GO}" | "${GOCMD}" | "${GO_CMD}" | "${GOBIN}" | "${GO_BIN}"
    )
}

/// Reads a command; `None` when it is no `go build`.
pub(super) fn go_build(command: &Command) -> Option<GoBuild> {
    let program = command.lead;
    let (name, _) = command.program();
    let words = &command.words;
    let text = |word: usize| words.get(word).map(Value::as_str);
    if !is_go(name) {
        return None;
    }
    let mut found = GoBuild {
        program,
        verb: program + 1,
        dir: None,
        output: None,
        tags: None,
        packages: Vec::new(),
        special: None,
    };
    if text(found.verb) == Some("-C") {
        found.dir = Some(Operand {
            word: program + 2,
            from: 0,
        });
        found.verb = program + 3;
    }
    if text(found.verb) != Some("build") {
        return None;
    }
    let mut at = found.verb + 1;
    while let Some(word) = text(at) {
        let Some((name, value)) = option(word) else {
            found.packages.push(at);
            at += 1;
            continue;
        };
        let operand = match value {
            Some(from) => Some(Operand { word: at, from }),
            None if WITH_OPERAND.contains(&name) && name != "buildvcs" => {
                at += 1;
                Some(Operand { word: at, from: 0 })
            }
            None => None,
        };
        let operand_text = |it: Operand| text(it.word).and_then(|text| text.get(it.from..));
        match name {
            "C" => found.dir = operand,
            "o" => found.output = operand,
            "tags" => found.tags = operand,
            "race" | "msan" | "asan" => found.special = Some(at),
            "buildmode"
                if !matches!(
                    operand.and_then(operand_text),
                    Some("exe" | "pie" | "default")
                ) =>
            {
                found.special = Some(at);
            }
            _ => {}
        }
        at += 1;
    }
    Some(found)
}

/// The name of an option, and where its operand begins if it stands in the same word.
fn option(word: &str) -> Option<(&str, Option<usize>)> {
    let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    if name.is_empty() {
        return None;
    }
    Some(match name.split_once('=') {
        Some((name, value)) => (name, Some(word.len() - value.len())),
        None => (name, None),
    })
}

/// The tags with [`NO_RPC`] among them.
pub(super) fn with_no_rpc(tags: &str) -> String {
    match tags {
        "" => NO_RPC.to_owned(),
        tags if has_no_rpc(tags) => tags.to_owned(),
        // Go takes a list separated by spaces, too, but none that mixes both.
        tags if tags.trim().contains(' ') => format!("{tags} {NO_RPC}"),
        tags => format!("{tags},{NO_RPC}"),
    }
}

pub(super) fn has_no_rpc(tags: &str) -> bool {
    tags.split([',', ' ']).any(|tag| tag == NO_RPC)
}

/// The file that a build writes, as a word, when that is certain without asking the module: the
/// operand of `-o`, or a name after the package.
pub(super) fn output(command: &Command, build: &GoBuild) -> Output {
    let given = build.output.and_then(|it| {
        let value = command.words.get(it.word)?;
        value.as_str().get(it.from..)
    });
    match given {
        Some(dir) if dir.ends_with('/') => match package_name(command, build) {
            Some(name) => Output::Certain(format!("{dir}{name}")),
            None => Output::Within(dir.to_owned()),
        },
        Some(file) => Output::Certain(file.to_owned()),
        None => match package_name(command, build) {
            Some(name) => Output::Certain(name),
            None => Output::Within(".".to_owned()),
        },
    }
}

/// What a build writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// This file.
    Certain(String),
    /// Files in this directory, or none.
    Within(String),
}

/// The name of the program when it follows from a single package's path, or from a file.
fn package_name(command: &Command, build: &GoBuild) -> Option<String> {
    let texts: Vec<_> = build
        .packages
        .iter()
        .filter_map(|word| command.words.get(*word))
        .collect();
    let first = texts.first().filter(|word| word.is_plain())?.as_str();
    if let Some(file) = first.strip_suffix(".go") {
        return file.rsplit('/').next().map(str::to_owned);
    }
    let [_] = texts.as_slice() else {
        return None;
    };
    let name = first.trim_end_matches('/').rsplit('/').next()?;
    // `./x/v2` is named after `x`.
    let is_version = name
        .strip_prefix('v')
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    (first.contains('/') && !matches!(name, "" | "." | ".." | "...") && !is_version)
        .then(|| name.to_owned())
}
