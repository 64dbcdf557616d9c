//! What `WORKDIR`, `ENV` and `ARG` make of the words of a stage.

use std::collections::BTreeMap;

use super::read::{Action, Dockerfile, Text};
use super::variables::{Value, Variable};

/// The task root of every base image of AWS Lambda, and its working directory.
pub(super) const TASK_ROOT: &str = "/var/task";

/// Where the base images for operating-system-only runtimes look for the program.
pub(super) const RUNTIME_ROOT: &str = "/var/runtime";

/// `PATH` of these images.
const PATH: &str = "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin";

/// The longest text that variables may make: each `ENV` can double one.
const MAX_LENGTH: usize = 4096;

/// A text without variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) value: String,
    /// Whether the default of an `ARG` went into it.
    pub(super) assumed: bool,
}

/// A place in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Absolute, without `.`, `..` and doubled slashes.
    pub(super) path: String,
    /// Whether it is written as a directory.
    pub(super) is_directory: bool,
    /// Whether the default of an `ARG` went into it.
    pub(super) assumed: bool,
}

/// The state at one instruction.
#[derive(Debug, Clone)]
pub(super) struct Scene<'f> {
    file: &'f Dockerfile,
    environment: BTreeMap<String, Option<Known>>,
    arguments: BTreeMap<String, Option<Known>>,
    /// The working directory, if it is known.
    pub(super) directory: Option<String>,
}

impl<'f> Scene<'f> {
    /// At the beginning of a stage whose base is this image.
    pub(super) fn of(file: &'f Dockerfile, image: &str) -> Self {
        let mut environment = BTreeMap::new();
        let is_lambda = image.contains("/lambda/") || image.contains("aws-lambda-");
        // https://github.com/docker-library/golang: WORKDIR $GOPATH
        let name = image.rsplit('/').next().unwrap_or_default();
        let is_golang = name == "golang" || name.starts_with("golang:");
        if is_lambda {
            for (name, value) in [
                ("LAMBDA_TASK_ROOT", TASK_ROOT),
                ("LAMBDA_RUNTIME_DIR", RUNTIME_ROOT),
                ("PATH", PATH),
            ] {
                let value = Known {
                    value: value.to_owned(),
                    assumed: false,
                };
                environment.insert(name.to_owned(), Some(value));
            }
        }
        let directory = match (is_lambda, is_golang) {
            (true, _) => Some(TASK_ROOT.to_owned()),
            (_, true) => Some("/go".to_owned()),
            _ => None,
        };
        Self {
            file,
            environment,
            arguments: BTreeMap::new(),
            directory,
        }
    }

    /// At the `FROM` of a stage that begins from another: `ARG`s end with their stage.
    pub(super) fn enter_stage(&mut self) {
        self.arguments.clear();
    }

    /// Behind an instruction.
    pub(super) fn pass(&mut self, action: &Action) {
        match action {
            Action::Environment(variables) => {
                // All of one ENV are replaced with the values from before it.
                let values: Vec<_> = variables.iter().map(|it| self.value(it)).collect();
                for (variable, value) in variables.iter().zip(values) {
                    self.environment.insert(variable.name.clone(), value);
                }
            }
            Action::Argument(variables) => {
                for variable in variables {
                    let value = match variable.value {
                        Value::Absent => self.global(&variable.name),
                        _ => self.value(variable),
                    };
                    let value = value.map(|it| Known {
                        assumed: true,
                        ..it
                    });
                    self.arguments.insert(variable.name.clone(), value);
                }
            }
            Action::Directory(text) => {
                self.directory = self.place(&text.value).map(|it| it.path);
            }
            _ => {}
        }
    }

    fn value(&self, variable: &Variable) -> Option<Known> {
        match &variable.value {
            Value::Given(Text { value, .. }) => self.expand(value),
            Value::Absent | Value::Unclear => None,
        }
    }

    /// The default of an `ARG` before the first `FROM`.
    fn global(&self, name: &str) -> Option<Known> {
        let mut named = self.file.arguments.iter().filter(|it| it.name == name);
        match (&named.next()?.value, named.next()) {
            (Value::Given(text), None) if !text.value.contains('$') => Some(Known {
                value: text.value.clone(),
                assumed: true,
            }),
            _ => None,
        }
    }

    /// The value of a variable.
    pub(super) fn variable(&self, name: &str) -> Option<&Known> {
        // ENV wins over ARG: https://docs.docker.com/reference/dockerfile/#using-arg-variables
        let found = self
            .environment
            .get(name)
            .or_else(|| self.arguments.get(name))?;
        found.as_ref()
    }

    /// The text with its variables replaced; `None` where that is not certain.
    pub(super) fn expand(&self, text: &str) -> Option<Known> {
        let mut known = Known {
            value: String::new(),
            assumed: false,
        };
        for piece in pieces(text)? {
            match piece {
                Piece::Literal(text, _) => known.value.push_str(text),
                Piece::Variable(name) => {
                    let value = self.variable(name)?;
                    known.value.push_str(&value.value);
                    known.assumed |= value.assumed;
                    if known.value.len() > MAX_LENGTH {
                        return None;
                    }
                }
            }
        }
        Some(known)
    }

    /// The place that a path of an instruction means.
    pub(super) fn place(&self, path: &str) -> Option<Place> {
        let known = self.expand(path)?;
        self.located(&known.value, known.assumed)
    }

    /// The place of a path without variables.
    pub(super) fn located(&self, path: &str, assumed: bool) -> Option<Place> {
        let whole = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("{}/{path}", self.directory.as_deref()?)
        };
        let last = path.rsplit('/').next().unwrap_or_default();
        Some(Place {
            path: collapse(&whole)?,
            is_directory: matches!(last, "" | "." | ".."),
            assumed,
        })
    }
}

/// A piece of a text.
pub(super) enum Piece<'t> {
    /// Text, and its offset.
    Literal(&'t str, usize),
    /// The name in `$NAME` or `${NAME}`.
    Variable(&'t str),
}

/// The pieces of a text; `None` when it has quotes, escapes or other expansions.
pub(super) fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    if text.contains(['\'', '"', '\\', '`']) {
        return None;
    }
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((literal, behind)) = rest.split_once('$') {
        found.push(Piece::Literal(literal, text.len() - rest.len()));
        let is_part = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let (name, behind) = match behind.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => behind.split_at(behind.find(|it| !is_part(it)).unwrap_or(behind.len())),
        };
        if name.is_empty() || !name.chars().all(is_part) {
            return None;
        }
        found.push(Piece::Variable(name));
        rest = behind;
    }
    found.push(Piece::Literal(rest, text.len() - rest.len()));
    Some(found)
}

/// An absolute path without `.`, `..` and doubled slashes; `None` when it leaves the root.
pub(super) fn collapse(path: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// Joins a name to a place.
pub(super) fn join(directory: &str, name: &str) -> Option<String> {
    collapse(&format!("{directory}/{name}"))
}
