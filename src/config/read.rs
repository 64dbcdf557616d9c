//! From the bytes of a configuration file to what they say, or to what is wrong with them and where.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::error::ConfigError;
use super::file::Config;
use super::nearest::nearest;
use crate::source::SourceFile;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The most globs that a file can have: to compile them takes time.
const MOST_GLOBS: usize = 1_000;

/// Reads and understands the file at `place`, which is called `path` in messages.
pub(super) fn read(place: &Path, path: &Path) -> Result<(SourceFile, Config), ConfigError> {
    let unreadable = |cause: io::Error| {
        let message = format!("cannot be read: {cause}; mend it, or run with --isolated");
        ConfigError::file(path, message)
    };
    let kind = fs::metadata(place).map_err(unreadable)?;
    // Opening a FIFO would wait for its writer.
    if !kind.is_file() {
        let what = if kind.is_dir() {
            "is a directory"
        } else {
            "is no regular file"
        };
        let message = format!(
            "{what}, where a configuration file is expected; move it away, or run with --isolated"
        );
        return Err(ConfigError::file(path, message));
    }
    let mut bytes = Vec::new();
    let file = File::open(place).map_err(unreadable)?;
    let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
    if read.map_err(unreadable)? > 1 << 20 {
        let message = "is larger than 1 MiB; no configuration needs that";
        return Err(ConfigError::file(path, message));
    }
    let source = SourceFile::new(path, decode(path, bytes)?);
    let config = understand(&source)?;
    Ok((source, config))
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        let message = "is encoded in UTF-16; save it as UTF-8";
        return Err(ConfigError::file(path, message));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let place = SourceFile::new(path, text).position(offset);
        ConfigError::at(
            path,
            place,
            "this is not valid UTF-8; save the file as UTF-8",
        )
    })?;
    // Editors do not count a byte-order mark as a column.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

fn understand(source: &SourceFile) -> Result<Config, ConfigError> {
    let at =
        |offset, message: String| ConfigError::at(source.path(), source.position(offset), message);
    let config: Config = toml_edit::de::from_str(source.text()).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        at(start, in_our_words(error.message()))
    })?;
    if let (Some(select), Some(ignore)) = (&config.select, &config.ignore)
        && let Some(both) = ignore.get_ref().iter().find(|rule| select.0.contains(rule))
    {
        let message = format!("{} is selected and ignored; take it out of one", both.0.id);
        return Err(at(ignore.span().start, message));
    }
    let globs = config.globs();
    if globs > MOST_GLOBS {
        let message = format!(
            "has {globs} globs, more than the {MOST_GLOBS} that are taken; name directories instead of files"
        );
        return Err(ConfigError::file(source.path(), message));
    }
    Ok(config)
}

/// What serde and the TOML parser say, in the words of TOML, with a suggestion.
fn in_our_words(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (given, known) = match quoted.split_first() {
        Some((given, known)) => (*given, known),
        None => ("", &[] as &[&str]),
    };
    let near = nearest(given, known.iter().copied());
    let suggestion = near.map_or_else(
        || format!("; known here: {}", known.join(", ")),
        |near| format!("; did you mean {near}?"),
    );
    if message.starts_with("unknown field") {
        format!("unknown key {}{suggestion}", short(given))
    } else if message.starts_with("unknown variant") {
        format!("unknown value {}{suggestion}", short(given))
    } else {
        let message = message.replace("a sequence", "a list");
        let message = message.replace("missing field", "missing key");
        short(&message.lines().collect::<Vec<_>>().join("; "))
    }
}

/// Text of a file, as long as fits into a message.
fn short(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
