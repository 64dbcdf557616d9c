//! Reads `go.mod` and `go.work`, as far as they matter here:
//! <https://go.dev/ref/mod#go-mod-file>, <https://go.dev/ref/mod#go-work-file>.

use std::path::{Path, PathBuf};

use crate::program::Hit;
use crate::program::files::{Files, collapse, directory_of};

/// A `go.mod` file, or a `go.work` file, whose grammar is the same.
#[derive(Debug)]
pub(super) struct GoMod {
    /// The file.
    pub(super) file: PathBuf,
    text: Vec<u8>,
    /// The module path; empty in a `go.work`.
    pub(super) path: String,
    /// The modules that it requires.
    pub(super) requirements: Vec<Requirement>,
    /// What takes the place of modules.
    pub(super) replacements: Vec<Replacement>,
    uses: Vec<String>,
}

/// A requirement.
#[derive(Debug)]
pub(super) struct Requirement {
    /// The path of the module.
    pub(super) path: String,
    /// The least release, as written.
    pub(super) version: String,
    /// The line, counted from 1.
    pub(super) line: usize,
    /// Byte offset of the path.
    offset: usize,
}

/// What takes the place of a module.
#[derive(Debug)]
pub(super) struct Replacement {
    /// The path of the module.
    pub(super) old: String,
    /// The release that is replaced; all of them if there is none.
    pub(super) old_version: Option<String>,
    /// The path of another module, or of a directory.
    pub(super) new: String,
    /// None for a directory.
    pub(super) new_version: Option<String>,
    /// The line, counted from 1.
    pub(super) line: usize,
}

/// A word of a line, with its byte offset into the file.
type Word = (String, usize);

impl GoMod {
    /// Reads the file `name`, `go.mod` or `go.work`, of one directory.
    pub(super) fn read(files: &dyn Files, dir: &Path, name: &str) -> Option<Self> {
        let file = dir.join(name);
        let text = files.read(&file)?;
        let mut found = Self {
            file,
            path: String::new(),
            requirements: Vec::new(),
            replacements: Vec::new(),
            uses: Vec::new(),
            text: Vec::new(),
        };
        let mut block = None;
        for (line, words) in lines(&text) {
            match words.as_slice() {
                [(word, _), ..] if word == ")" => block = None,
                [(verb, _), (open, _)] if open == "(" => block = Some(verb.clone()),
                [(verb, _), operands @ ..] if block.is_none() => found.add(verb, operands, line),
                operands => found.add(block.as_deref().unwrap_or_default(), operands, line),
            }
        }
        found.text = text;
        Some(found)
    }

    fn add(&mut self, verb: &str, operands: &[Word], line: usize) {
        match (verb, operands) {
            ("module", [(path, _), ..]) => self.path.clone_from(path),
            ("require", [(path, offset), (version, _), ..]) => {
                self.requirements.push(Requirement {
                    path: path.clone(),
                    version: version.clone(),
                    line,
                    offset: *offset,
                });
            }
            ("use", [(dir, _), ..]) => self.uses.push(dir.clone()),
            ("replace", operands) => self.replacements.extend(replacement(operands, line)),
            _ => {}
        }
    }

    /// How many bytes the file holds.
    pub(super) fn size(&self) -> usize {
        self.text.len()
    }

    /// The directory of the file.
    pub(super) fn dir(&self) -> &Path {
        directory_of(&self.file)
    }

    /// The directories of the modules that a `go.work` uses.
    pub(super) fn used(&self) -> impl Iterator<Item = PathBuf> {
        self.uses.iter().map(|dir| collapse(&self.dir().join(dir)))
    }

    /// The local directory of a replacement in this file, if it is one.
    pub(super) fn target(&self, replacement: &Replacement) -> Option<PathBuf> {
        let local = replacement.new_version.is_none();
        local.then(|| collapse(&self.dir().join(&replacement.new)))
    }

    /// The requirement of the module with this path.
    pub(super) fn requirement(&self, path: &str) -> Option<&Requirement> {
        self.requirements.iter().find(|it| it.path == path)
    }

    /// The requirement that provides an import, as a hit.
    pub(super) fn requirement_of(&self, import: &str) -> Option<Hit> {
        let provides = |requirement: &&Requirement| {
            let rest = import.strip_prefix(requirement.path.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let requirements = self.requirements.iter().filter(provides);
        let found = requirements.max_by_key(|requirement| requirement.path.len())?;
        Some(Hit::at(
            &self.file,
            &self.text,
            found.offset,
            found.path.as_str(),
        ))
    }
}

/// `old [version] => new [version]`; without a version the new one is a directory.
fn replacement(operands: &[Word], line: usize) -> Option<Replacement> {
    let arrow = operands.iter().position(|(word, _)| word == "=>")?;
    let (old, new) = operands.split_at_checked(arrow)?;
    let word = |words: &[Word], index: usize| words.get(index).map(|(word, _)| word.clone());
    Some(Replacement {
        old: word(old, 0)?,
        old_version: word(old, 1),
        new: word(new, 1)?,
        new_version: word(new, 2),
        line,
    })
}

/// The lines that say something: their numbers, counted from 1, and their words.
fn lines(text: &[u8]) -> impl Iterator<Item = (usize, Vec<Word>)> {
    let mut offset = 0;
    text.split(|byte| *byte == b'\n')
        .map(move |line| {
            let start = offset;
            offset += line.len() + 1;
            words(line, start)
        })
        .enumerate()
        .map(|(index, words)| (index + 1, words))
        .filter(|(_, words)| !words.is_empty())
}

/// The words of a line up to its comment, without quotes; parentheses are words.
fn words(line: &[u8], start: usize) -> Vec<Word> {
    let mut found = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_ascii_start();
        let offset = start + line.len() - rest.len();
        let (length, margin) = match rest {
            [] | [b'/', b'/', ..] => return found,
            [b'(' | b')', ..] => (1, 0),
            [quote @ (b'"' | b'`'), inner @ ..] => {
                let end = memchr::memchr(*quote, inner).unwrap_or(inner.len());
                (end + 1, 1)
            }
            _ => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'(' | b')');
                (rest.iter().position(ends).unwrap_or(rest.len()), 0)
            }
        };
        let (word, behind) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let word = word.get(margin..).unwrap_or_default();
        found.push((String::from_utf8_lossy(word).into_owned(), offset + margin));
        rest = behind.get(margin..).unwrap_or_default();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::program::files::MemoryFiles;

    fn read(text: &str) -> GoMod {
        let files = MemoryFiles::new().file("app/go.mod", text);
        GoMod::read(&files, Path::new("app"), "go.mod").unwrap()
    }

    #[test]
    fn knows_module_and_local_replacements() {
        let found =
            read("module \"example.com/m\"\nreplace (\n\ta v1.0.0 => ../a\n\tb => c v1.0.0\n)\n");
        assert_eq!(found.path, "example.com/m");
        let local: Vec<_> = found
            .replacements
            .iter()
            .map(|it| (it.old.as_str(), found.target(it)))
            .collect();
        assert_eq!(local, [("a", Some(PathBuf::from("a"))), ("b", None)]);
    }

    #[test]
    fn finds_the_nearest_requirement() {
        let found = read("module m\nrequire (\n\tx/y v1.0.0\n\tx/y/z v1.0.0\n)\n");
        let hit = found.requirement_of("x/y/z/w").unwrap();
        assert_eq!((hit.line, hit.column, hit.what.as_str()), (4, 2, "x/y/z"));
        assert_eq!(found.requirement_of("x/yz"), None);
    }

    #[test]
    fn survives_nonsense() {
        for text in [
            "",
            ")",
            "(",
            "module",
            "require (",
            "replace => =>",
            "\"",
            "require \"\n`",
        ] {
            let _ = read(text).requirement_of("x");
        }
    }
}
