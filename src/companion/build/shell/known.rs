//! What commands and expansions within a word come to, where that is known.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::super::model::{SCRIPT_DIR, Value};
use super::super::names::place;
use super::evaluate::Shell;
use super::lexer::{Part, Word, is_name};
use super::parse::{Node, parse};
use crate::program::{Files, Traced, collapse, listed_by, matching};

/// The longest text of a command within a word that is followed.
const MAX_LENGTH: usize = 200;

/// The most commands that stand within one another.
const MAX_NESTED: usize = 4;

/// The files beside a script.
pub(in super::super) struct Beside<'f> {
    files: &'f dyn Files,
    build_file: &'f Path,
    /// The directories in which the script may be run.
    bases: Vec<PathBuf>,
    /// Those of them in which a pattern has met something.
    met_in: RefCell<BTreeSet<PathBuf>>,
}

impl<'f> Beside<'f> {
    pub(in super::super) fn new(
        files: &'f dyn Files,
        build_file: &'f Path,
        bases: Vec<PathBuf>,
    ) -> Self {
        Self {
            files,
            build_file,
            bases,
            met_in: RefCell::default(),
        }
    }

    /// The directories in which the script is run if its patterns meet sources.
    pub(in super::super) fn met_in(&self) -> BTreeSet<PathBuf> {
        self.met_in.borrow().clone()
    }

    /// What a pattern or the like comes to in the directory `cwd`; `None` when it may come to several
    /// things.
    fn found(&self, cwd: &str, find: impl Fn(&Path) -> Option<Vec<String>>) -> Option<Vec<String>> {
        let mut found: Vec<(PathBuf, &PathBuf, Vec<String>)> = Vec::new();
        for base in &self.bases {
            let Some(dir) = place(cwd, self.build_file, base) else {
                continue;
            };
            if found.iter().any(|(known, ..)| *known == dir) {
                continue;
            }
            if let Some(names) = find(&dir) {
                found.push((dir, base, names));
            }
        }
        let (_, base, names) = found.pop().filter(|_| found.is_empty())?;
        // What is named from the script's own place is the same wherever it is run.
        if !cwd.starts_with(SCRIPT_DIR) && !cwd.starts_with('/') {
            self.met_in.borrow_mut().insert(base.clone());
        }
        Some(names)
    }

    /// What a pattern comes to. Below the directory of the script nothing but sources is expected.
    fn sources(&self, cwd: &str, pattern: &str) -> Option<Vec<String>> {
        self.found(cwd, |dir| {
            let is_base = self.bases.iter().any(|base| collapse(base) == dir);
            match is_base || pattern.starts_with("..") {
                true => matching(self.files, dir, pattern),
                false => {
                    // The directory counts as a part of the pattern.
                    let (parent, name) = (dir.parent()?, dir.file_name()?.to_str()?);
                    let found = matching(self.files, parent, &format!("{name}/{pattern}"))?;
                    let found = found.iter().map(|it| it.get(name.len() + 1..));
                    found.map(|it| it.map(str::to_owned)).collect()
                }
            }
        })
    }
}

impl Shell<'_> {
    /// The values that a word of a list becomes: patterns that meet sources of Go are followed.
    pub(super) fn listed(&self, word: &Word) -> Vec<Value> {
        if let [Part::Opaque(text)] = word.parts.as_slice()
            && let Some(names) = self.listed_by(text.as_str())
        {
            return plain(&names);
        }
        let values = self.fields(word).into_iter();
        values
            .flat_map(|value| match self.matched(&value) {
                Some(names) => plain(&names),
                None => vec![value],
            })
            .collect()
    }

    fn matched(&self, value: &Value) -> Option<Vec<String>> {
        let cwd = self
            .cwd
            .as_deref()
            .filter(|_| value.pattern && !value.unknown)?;
        self.beside.sources(cwd, value.as_str())
    }

    fn listed_by(&self, text: &str) -> Option<Vec<String>> {
        let inner = substituted(text)?;
        let words: Vec<&str> = inner.split_whitespace().collect();
        let special = |c: char| "\"'\\;&|<>$`(){}[]!#~".contains(c);
        if inner.contains(special) {
            return None;
        }
        let (beside, cwd) = (self.beside, self.cwd.as_deref()?);
        beside.found(cwd, |dir| listed_by(beside.files, dir, &words))
    }

    /// What an expansion comes to that is no plain variable: `$(basename "$d")`, `${d##*/}`.
    pub(super) fn evaluated(&self, text: &str) -> Option<String> {
        let found = match text.strip_prefix("${").and_then(|it| it.strip_suffix('}')) {
            Some(inner) => self.stripped(inner)?,
            None => self.path_part(text)?,
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+@/".contains(c);
        (!found.is_empty() && found.chars().all(is_plain)).then_some(found)
    }

    fn value_of(&self, name: &str) -> Option<&str> {
        let value = self.known(name)?;
        value.is_plain().then(|| value.as_str())
    }

    /// `${NAME#pattern}` and its kin, for the patterns that take parts of paths away.
    fn stripped(&self, inner: &str) -> Option<String> {
        let end = inner.find(['#', '%'])?;
        let (name, rest) = inner.split_at_checked(end)?;
        let value = self.value_of(name).filter(|_| is_name(name))?;
        let (pattern, front, longest) = match rest.as_bytes() {
            [b'#', b'#', ..] => (rest.get(2..)?, true, true),
            [b'#', ..] => (rest.get(1..)?, true, false),
            [b'%', b'%', ..] => (rest.get(2..)?, false, true),
            _ => (rest.get(1..)?, false, false),
        };
        let literal = match front {
            true => pattern.strip_prefix('*'),
            false => pattern.strip_suffix('*'),
        };
        let is_plain = |text: &str| !text.contains(['*', '?', '[', '\\', '"', '\'', '$', '`']);
        let kept = match literal {
            Some(literal) if is_plain(literal) && !literal.is_empty() => match (front, longest) {
                (true, true) => value.rsplit_once(literal).map(|(_, rest)| rest),
                (true, false) => value.split_once(literal).map(|(_, rest)| rest),
                (false, true) => value.split_once(literal).map(|(rest, _)| rest),
                (false, false) => value.rsplit_once(literal).map(|(rest, _)| rest),
            },
            None if is_plain(pattern) => match front {
                true => value.strip_prefix(pattern),
                false => value.strip_suffix(pattern),
            },
            _ => return None,
        };
        Some(kept.unwrap_or(value).to_owned())
    }

    /// `$(basename path)` and `$(dirname path)`.
    fn path_part(&self, text: &str) -> Option<String> {
        let inner = substituted(text)?;
        let nested = inner.matches("$(").count() + inner.matches('`').count();
        if text.len() > MAX_LENGTH || nested > MAX_NESTED {
            return None;
        }
        let nodes = parse(&Traced::unplaced(inner)).ok()?;
        let [Node::Simple(simple)] = nodes.as_slice() else {
            return None;
        };
        if simple.array.is_some() || simple.piped || !simple.redirections.is_empty() {
            return None;
        }
        let words: Vec<Value> = simple.words.iter().flat_map(|it| self.fields(it)).collect();
        let words: Option<Vec<&str>> = words
            .iter()
            .map(|word| word.is_plain().then(|| word.as_str()))
            .collect();
        let words: Vec<&str> = words?.into_iter().filter(|word| *word != "--").collect();
        match words.as_slice() {
            ["basename", path] => Some(base_name(path).to_owned()),
            ["basename", path, suffix] => {
                let name = base_name(path);
                let short = name.strip_suffix(suffix).filter(|it| !it.is_empty());
                Some(short.unwrap_or(name).to_owned())
            }
            ["dirname", path] => {
                let path = path.trim_end_matches('/');
                let above = path.rsplit_once('/').map_or(".", |(above, _)| above);
                Some(above.trim_end_matches('/').to_owned())
            }
            _ => None,
        }
    }
}

fn plain(names: &[String]) -> Vec<Value> {
    let values = names.iter().map(|name| Value::of(Traced::unplaced(name)));
    values.collect()
}

fn base_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or_default()
}

/// The command of a substitution.
fn substituted(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("$(").and_then(|it| it.strip_suffix(')'));
    inner.or_else(|| text.strip_prefix('`')?.strip_suffix('`'))
}
