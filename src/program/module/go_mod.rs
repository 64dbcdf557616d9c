//! Reads `go.mod`, as far as it matters here: <https://go.dev/ref/mod#go-mod-file>.

use std::path::{Path, PathBuf};

use super::{LAMBDA_GO, Module};
use crate::program::Hit;
use crate::program::files::{Files, tidy};

/// A `go.mod` file.
#[derive(Debug)]
pub(in crate::program) struct GoMod {
    file: PathBuf,
    text: Vec<u8>,
    /// The module path.
    pub(in crate::program) path: String,
    requirements: Vec<Requirement>,
    replacements: Vec<Replacement>,
}

#[derive(Debug)]
struct Requirement {
    path: String,
    version: String,
    line: usize,
    /// Byte offset of the path.
    offset: usize,
}

#[derive(Debug)]
struct Replacement {
    old: String,
    /// The release that is replaced; all of them if there is none.
    old_version: Option<String>,
    new: String,
    /// None for a directory.
    new_version: Option<String>,
    line: usize,
}

/// A word of a line, with its byte offset into the file.
type Word = (String, usize);

impl GoMod {
    /// Reads the `go.mod` of one directory.
    pub(in crate::program) fn read(files: &dyn Files, dir: &Path) -> Option<Self> {
        let file = dir.join("go.mod");
        let text = files.read(&file)?;
        let mut found = Self {
            file,
            path: String::new(),
            requirements: Vec::new(),
            replacements: Vec::new(),
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
            ("replace", operands) => self.replacements.extend(replacement(operands, line)),
            _ => {}
        }
    }

    /// The directory of the module.
    pub(in crate::program) fn dir(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    /// The modules that are replaced by local directories: their paths and those directories.
    pub(in crate::program) fn local_replacements(&self) -> impl Iterator<Item = (&str, PathBuf)> {
        self.replacements
            .iter()
            .filter(|replacement| replacement.new_version.is_none())
            .map(|replacement| {
                let dir = tidy(&self.dir().join(&replacement.new));
                (replacement.old.as_str(), dir)
            })
    }

    /// The requirement that provides an import, as a hit.
    pub(in crate::program) fn requirement_of(&self, import: &str) -> Option<Hit> {
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

    /// What the caller needs to know of the module.
    pub(in crate::program) fn module(&self) -> Module {
        Module {
            go_mod: self.file.clone(),
            path: self.path.clone(),
            lambda_go: self.lambda_go(),
            cgo_requirement: None,
        }
    }

    fn lambda_go(&self) -> Option<(String, usize)> {
        let mut requirements = self.requirements.iter();
        let required = requirements.find(|requirement| requirement.path == LAMBDA_GO)?;
        let matching = |version: Option<&String>| {
            self.replacements
                .iter()
                .find(|it| it.old == LAMBDA_GO && it.old_version.as_ref() == version)
        };
        let Some(replacement) = matching(Some(&required.version)).or_else(|| matching(None)) else {
            return Some((required.version.clone(), required.line));
        };
        // A fork without releases of its own gets v0.0.0, which says nothing of its age.
        let version = replacement.new_version.clone()?;
        let comparable = replacement.new == LAMBDA_GO || !version.starts_with("v0.");
        comparable.then_some((version, replacement.line))
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
        GoMod::read(&files, Path::new("app")).unwrap()
    }

    fn lambda_go(lines: &str) -> Option<(String, usize)> {
        read(&format!("module m\n{lines}\n")).lambda_go()
    }

    #[test]
    fn finds_the_release_of_lambda_go() {
        for (lines, expected) in [
            ("", None),
            (
                "require github.com/aws/aws-lambda-go v1.13.3",
                Some(("v1.13.3", 2)),
            ),
            (
                "require (\n\tx v1 // github.com\n\t\"github.com/aws/aws-lambda-go\" v1.2.0 // indirect\n)",
                Some(("v1.2.0", 4)),
            ),
            (
                "require(\n`github.com/aws/aws-lambda-go` v1.2.0\r\n)",
                Some(("v1.2.0", 3)),
            ),
            ("// require github.com/aws/aws-lambda-go v1.13.3", None),
            ("exclude github.com/aws/aws-lambda-go v1.13.3", None),
            (
                "require github.com/aws/aws-lambda-go-api-proxy v0.5.0",
                None,
            ),
        ] {
            let expected = expected.map(|(version, line)| (version.to_owned(), line));
            assert_eq!(lambda_go(lines), expected, "{lines}");
        }
    }

    #[test]
    fn honours_replacements() {
        for (replace, expected) in [
            (
                "=> github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.41.0", 3)),
            ),
            (
                "v1.13.3 => github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.41.0", 3)),
            ),
            (
                "v1.0.0 => github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.13.3", 2)),
            ),
            (
                "=> github.com/fork/aws-lambda-go v1.12.0",
                Some(("v1.12.0", 3)),
            ),
            (
                "=> github.com/fork/aws-lambda-go v0.0.0-20240101000000-abcdefabcdef",
                None,
            ),
            ("=> ../aws-lambda-go", None),
            ("=>", Some(("v1.13.3", 2))),
        ] {
            let lines = format!(
                "require github.com/aws/aws-lambda-go v1.13.3\n\
                replace github.com/aws/aws-lambda-go {replace}"
            );
            let expected = expected.map(|(version, line)| (version.to_owned(), line));
            assert_eq!(lambda_go(&lines), expected, "{replace}");
        }
    }

    #[test]
    fn knows_module_and_local_replacements() {
        let found =
            read("module \"example.com/m\"\nreplace (\n\ta v1.0.0 => ../a\n\tb => c v1.0.0\n)\n");
        assert_eq!(found.path, "example.com/m");
        let local: Vec<_> = found.local_replacements().collect();
        assert_eq!(local, [("a", PathBuf::from("app/../a"))]);
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
            let _ = read(text).module();
        }
    }
}
