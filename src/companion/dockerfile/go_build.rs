//! The `go build` that makes the program: its tags and its architecture.

use super::shell::{Line, Word};
use crate::companion::TextEdit;
use crate::program::Goarch;

/// Leaves out the server that only the retired go1.x runtime calls.
/// <https://docs.aws.amazon.com/lambda/latest/dg/golang-package.html>
const TAG: &str = "lambda.norpc";

/// A `go build` with exact places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GoBuild {
    /// The operand of `-o`.
    pub(super) output: Option<String>,
    /// The stage that it runs in, and the file that it writes there.
    pub(super) made: (usize, String),
    /// `GOARCH` of the environment.
    pub(super) environment: Option<String>,
    /// Where it begins.
    pub(super) at: usize,
    /// The end of the word `build`.
    behind: usize,
    /// The operand of `-tags`.
    tags: Option<Operand>,
    /// The value of `GOARCH` that stands before the command.
    goarch: Option<Operand>,
    /// Whether a variable or `$(…)` may hold further options.
    may_hold_more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Operand {
    value: String,
    /// Its bytes, without quotes; `None` if its parts have no places.
    at: Option<std::ops::Range<usize>>,
}

/// Reads a command: assignments, perhaps `env`, `go build` and its arguments.
pub(super) fn read(line: &Line) -> Option<GoBuild> {
    let go = line.words.iter().position(|it| !is_prefix(it))?;
    let prefixes = line.words.get(..go)?;
    let [program, verb, arguments @ ..] = line.words.get(go..)? else {
        return None;
    };
    let is_go = program.text().rsplit('/').next() == Some("go");
    if !is_go || verb.text() != "build" {
        return None;
    }
    let goarch = prefixes.iter().rev().find_map(|it| operand(it, "GOARCH="));
    let mut build = GoBuild {
        output: None,
        made: (0, String::new()),
        environment: None,
        at: program.at.start,
        behind: verb.at.end,
        tags: None,
        goarch,
        may_hold_more: false,
    };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.text();
        build.may_hold_more |= word.value.is_none() || text.starts_with('$');
        let option = text.strip_prefix("--").or_else(|| text.strip_prefix('-'));
        match option {
            Some("o") => build.output = words.next().and_then(|it| it.value.clone()),
            Some("tags") => build.tags = words.next().and_then(|it| operand(it, "")),
            // Options of two words whose second could look like an option.
            Some("ldflags" | "gcflags" | "asmflags" | "mod" | "p") => {
                words.next();
            }
            Some(option) => {
                if let Some(output) = option.strip_prefix("o=") {
                    build.output = Some(output.to_owned());
                }
                if option.starts_with("tags=") {
                    let dashes = text.len() - option.len();
                    let prefix = text.get(..dashes + "tags=".len()).unwrap_or_default();
                    build.tags = operand(word, prefix);
                }
            }
            None => {}
        }
    }
    Some(build)
}

/// Whether a word stands before a command and changes only its environment.
fn is_prefix(word: &Word) -> bool {
    let name = word.text().split_once('=').map(|(name, _)| name);
    let is_assignment = name.is_some_and(|it| {
        !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    });
    is_assignment || word.text() == "env"
}

/// The text of a word behind a prefix.
fn operand(word: &Word, prefix: &str) -> Option<Operand> {
    let value = word.value.as_deref()?.strip_prefix(prefix)?;
    let tail = &word.tail;
    let at = (value.len() <= tail.len()).then(|| tail.end - value.len()..tail.end);
    Some(Operand {
        value: value.to_owned(),
        at,
    })
}

impl GoBuild {
    /// The edit that adds the tag; `None` if it is there, or where it could undo other options.
    pub(super) fn with_tag(&self) -> Option<TextEdit> {
        let Some(tags) = &self.tags else {
            let at = self.behind..self.behind;
            return (!self.may_hold_more).then(|| TextEdit {
                range: at,
                content: format!(" -tags {TAG}"),
            });
        };
        let is_there = tags.value.split([',', ' ']).any(|it| it == TAG);
        if is_there || tags.value.is_empty() || tags.value.contains('$') {
            return None;
        }
        let separator = if tags.value.contains(' ') { ' ' } else { ',' };
        let end = tags.at.clone()?.end;
        Some(TextEdit {
            range: end..end,
            content: format!("{separator}{TAG}"),
        })
    }

    /// The architecture that it builds for, if that contradicts `wanted`.
    pub(super) fn contradicts(&self, wanted: Goarch) -> Option<&str> {
        let own = self.goarch.as_ref().map(|it| it.value.as_str());
        let found = own.or(self.environment.as_deref())?;
        let is_other = matches!(
            (wanted, found),
            (Goarch::Arm64, "amd64") | (Goarch::Amd64, "arm64")
        );
        is_other.then_some(found)
    }

    /// The edit that makes it build for `wanted`; `None` unless the command itself says another.
    pub(super) fn with_architecture(&self, wanted: Goarch) -> Option<TextEdit> {
        let goarch = self.goarch.as_ref()?;
        let wanted = match (self.contradicts(wanted)?, wanted) {
            (_, Goarch::Arm64) => "arm64",
            _ => "amd64",
        };
        Some(TextEdit {
            range: goarch.at.clone()?,
            content: wanted.to_owned(),
        })
    }

    /// Whether `after` is this command with nothing but the tag and the architecture changed.
    pub(super) fn is_moved_to(&self, after: &Self, wanted: Option<Goarch>) -> bool {
        let tags = |build: &Self| -> Vec<String> {
            let all = build.tags.as_ref().map_or("", |it| &it.value);
            let all = all
                .split([',', ' '])
                .filter(|it| !it.is_empty() && *it != TAG);
            all.map(str::to_owned).collect()
        };
        let goarch = |build: &Self| build.goarch.as_ref().map(|it| it.value.clone());
        let right = wanted.is_none_or(|it| after.with_architecture(it).is_none());
        self.made == after.made
            && self.output == after.output
            && tags(self) == tags(after)
            && (goarch(self) == goarch(after) || wanted.is_some() && right)
    }
}
