//! The rules files that the user names.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::report::path_text;

/// The name under which the shipped rules are asked for.
const BUILTIN: &str = "builtin";
/// What Guard itself takes from a directory.
const EXTENSIONS: [&str; 2] = ["guard", "ruleset"];
/// Larger files are no rules.
const LARGEST: u64 = 4 << 20;

/// Rules that state what a migration leaves behind.
const SHIPPED: [(&str, &str); 5] = [
    (
        "architecture.guard",
        include_str!("../../schemas/guard/architecture.guard"),
    ),
    (
        "build-method.guard",
        include_str!("../../schemas/guard/build-method.guard"),
    ),
    (
        "handler.guard",
        include_str!("../../schemas/guard/handler.guard"),
    ),
    (
        "layers.guard",
        include_str!("../../schemas/guard/layers.guard"),
    ),
    (
        "runtime.guard",
        include_str!("../../schemas/guard/runtime.guard"),
    ),
];

/// A rules file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RulesFile {
    /// The name as shown.
    pub(crate) name: String,
    /// Where it lies; the shipped ones lie nowhere.
    pub(crate) path: Option<PathBuf>,
    pub(crate) text: String,
}

/// All rules files of a run, in the order in which they were named; those of a directory by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RuleSet {
    pub(crate) files: Vec<RulesFile>,
}

/// Why there are no rules to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    #[error("cannot read the Guard rules {}: {source}", path_text(path))]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the Guard rules {} are neither a file nor a directory", path_text(.0))]
    NotAFile(PathBuf),
    #[error("the Guard rules {} are larger than 4 MiB; name a file of rules", path_text(.0))]
    TooLarge(PathBuf),
    #[error("the Guard rules {} are not UTF-8 text", path_text(.0))]
    NotText(PathBuf),
    #[error("the directory {} holds no Guard rules: no file ends in .guard or .ruleset", path_text(.0))]
    NoRules(PathBuf),
}

impl RuleSet {
    /// Reads files, directories (their `*.guard` and `*.ruleset`, also further down) and `builtin`.
    ///
    /// # Errors
    /// [`RulesError`] for the first name that gives no rules.
    pub(crate) fn load(names: &[PathBuf]) -> Result<Self, RulesError> {
        let mut files = Vec::new();
        for name in names {
            if name == Path::new(BUILTIN) {
                files.extend(SHIPPED.map(|(name, text)| RulesFile {
                    name: format!("{BUILTIN}/{name}"),
                    path: None,
                    text: text.to_owned(),
                }));
                continue;
            }
            let kind = std::fs::metadata(name).map_err(|source| unreadable(name, source))?;
            if kind.is_dir() {
                let found = below(name)?;
                if found.is_empty() {
                    return Err(RulesError::NoRules(name.clone()));
                }
                for path in found {
                    files.push(read(path)?);
                }
            } else {
                files.push(read(name.clone())?);
            }
        }
        let mut seen = HashSet::new();
        files.retain(|file| {
            let path = file.path.as_ref();
            let place = path.and_then(|path| path.canonicalize().ok());
            seen.insert(place.ok_or_else(|| file.name.clone()))
        });
        Ok(Self { files })
    }
}

fn unreadable(path: &Path, source: std::io::Error) -> RulesError {
    RulesError::Unreadable {
        path: path.to_owned(),
        source,
    }
}

fn below(directory: &Path) -> Result<Vec<PathBuf>, RulesError> {
    // The user names the directory, so links in it are meant; a loop of links is an error.
    let walk = ignore::WalkBuilder::new(directory)
        .standard_filters(false)
        .follow_links(true)
        .sort_by_file_path(Ord::cmp)
        .build();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|error| {
            let message = error.to_string();
            let cause = error.into_io_error();
            let cause = cause.unwrap_or_else(|| std::io::Error::other(message));
            unreadable(directory, cause)
        })?;
        let extension = entry.path().extension().and_then(|it| it.to_str());
        let extension = extension.map(str::to_ascii_lowercase);
        let is_rules = extension.is_some_and(|it| EXTENSIONS.contains(&it.as_str()));
        if is_rules && !entry.path().is_dir() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn read(path: PathBuf) -> Result<RulesFile, RulesError> {
    let kind = std::fs::metadata(&path).map_err(|source| unreadable(&path, source))?;
    if !kind.is_file() {
        return Err(RulesError::NotAFile(path));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&path).map_err(|source| unreadable(&path, source))?;
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|source| unreadable(&path, source))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LARGEST) {
        return Err(RulesError::TooLarge(path));
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(RulesError::NotText(path));
    };
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    Ok(RulesFile {
        name: path_text(&path),
        path: Some(path),
        text,
    })
}
