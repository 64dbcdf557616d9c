//! What is wrong with a configuration file.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::report::{path_text, plain_text};
use crate::source::LineColumn;

/// One thing that is wrong with one file: nothing is examined, and nothing written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    path: PathBuf,
    place: Option<LineColumn>,
    message: String,
}

impl ConfigError {
    /// The file as a whole cannot be used.
    pub(crate) fn file(path: &Path, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            place: None,
            message: message.into(),
        }
    }

    /// A place in it is wrong.
    pub(crate) fn at(path: &Path, place: LineColumn, message: impl Into<String>) -> Self {
        Self {
            place: Some(place),
            ..Self::file(path, message)
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&path_text(&self.path))?;
        if let Some(place) = self.place {
            write!(formatter, ":{}:{}", place.line, place.column)?;
        }
        write!(formatter, ": {}", plain_text(&self.message))
    }
}

impl std::error::Error for ConfigError {}
