//! Makes the edits and reads the result again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::edit::{Edits, Places, edits};
use super::go::{Output, go_build, output};
use super::model::Command;
use super::names::relative;
use super::read::{Language, Read, read};
use super::wish::{Wishes, norms};
use super::{BuildFile, Reason, Request};
use crate::companion::{Refused, TextEdit};
use crate::program::{Entry, Files, Goarch, Parsed};

/// The most commands and names that are changed in one file.
const MAX_CHANGES: usize = 300;

/// The targets that pattern rules are asked for.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) before: BTreeSet<String>,
    pub(super) after: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(file: &BuildFile<'_>, requests: &[(usize, &Request)]) -> Self {
        let mut found = Self::default();
        for id in file.stays {
            found.before.insert(format!("build-{id}"));
        }
        for (_, request) in requests {
            if let Request::Artifacts { logical_id, .. } = request {
                found.before.insert(format!("build-{logical_id}"));
            }
        }
        found.after = found.before.clone();
        for (_, request) in requests {
            if let Request::Binary { from, to, .. } = request {
                found.before.extend(relative(file.path, from));
                found.after.extend(relative(file.path, to));
            }
        }
        found
    }
}

/// What is to be proved.
pub(super) struct Proof<'p> {
    pub(super) file: &'p BuildFile<'p>,
    pub(super) language: Language,
    pub(super) before: &'p Read,
    pub(super) names: &'p Names,
    pub(super) wishes: &'p Wishes,
    pub(super) artifacts: &'p [(String, Goarch)],
}

impl Proof<'_> {
    /// The edits, if they do what is wished for and nothing else.
    pub(super) fn edits(&self) -> Result<BTreeMap<PathBuf, Vec<TextEdit>>, Reason> {
        let model = &self.before.model;
        let units = self.wishes.words.keys().map(|(unit, _)| *unit);
        let units: BTreeSet<_> = units.chain(self.wishes.builds.keys().copied()).collect();
        if let (false, Some((at, what))) = (units.is_empty(), model.unread.first()) {
            return Err(reason(format!("{what} cannot be read"), *at));
        }
        if units.len() > MAX_CHANGES {
            let why = format!("more than {MAX_CHANGES} commands and names would change");
            return Err(reason(why, 0));
        }
        if let (false, Some(at)) = (units.is_empty(), self.made_anew()) {
            let why = "this runs make once more with other variables";
            return Err(reason(why.to_owned(), at));
        }
        for (_, command) in model.commands().filter(|(unit, _)| units.contains(unit)) {
            let places = command.words.iter().flat_map(|word| word.text.places());
            let sources = places.flatten().map(|place| place.source());
            let mut unsteady = sources.filter(|at| model.unsteady.iter().any(|it| it.contains(at)));
            if unsteady.next().is_some() {
                let why = "a variable of this command is assigned to more than once";
                return Err(reason(why.to_owned(), command.at));
            }
        }
        let mut last = None;
        let choices = [(true, true), (false, true), (true, false), (false, false)];
        for (exports, definitions) in choices {
            let places = Places {
                exports,
                definitions,
            };
            match self.attempt(places) {
                Ok(edits) => return Ok(edits),
                Err(refused) => last = Some(refused),
            }
        }
        Err(last.unwrap_or_else(|| reason("nothing can be changed".to_owned(), 0)))
    }

    /// The place of a command that runs make with variables of its own, which may change what any
    /// rule does.
    fn made_anew(&self) -> Option<usize> {
        let found = self.before.model.commands().find(|(_, command)| {
            let (program, arguments) = command.program();
            let assigns = arguments.iter().any(|word| word.as_str().contains('='));
            matches!(program, "make" | "gmake" | "${MAKE}")
                && (assigns
                    || command
                        .words
                        .iter()
                        .take(command.lead)
                        .any(|it| it.as_str().contains('=')))
        });
        found.map(|(_, command)| command.at)
    }

    fn attempt(&self, places: Places) -> Result<BTreeMap<PathBuf, Vec<TextEdit>>, Reason> {
        let model = &self.before.model;
        let found = edits(model, self.wishes, places).map_err(|at| {
            reason(
                "this cannot be changed without changing something else".to_owned(),
                at,
            )
        })?;
        let by_file = self.by_file(found)?;
        let edited = Edited::new(self.file.files, &self.before.sources, &by_file)?;
        let text = edited.text(self.file.path).unwrap_or(self.file.text);
        let after = read(
            &edited,
            self.file.path,
            text,
            self.language,
            &self.names.after,
        );
        let expected = norms(model, self.wishes);
        let actual = norms(&after.model, &Wishes::default());
        if expected != actual || after.model.unread.len() != model.unread.len() {
            let pairs = expected.iter().zip(&actual);
            let first = pairs.take_while(|(a, b)| a == b).count();
            let (at, builds) = match model.units.get(first) {
                Some(super::model::Unit::Command(command)) => {
                    let is_wished = self.wishes.builds.contains_key(&first);
                    (command.at, builds(command).filter(|_| !is_wished))
                }
                Some(super::model::Unit::Name { name, .. }) => {
                    (name.text.start().unwrap_or(0), None)
                }
                None => (0, None),
            };
            let target = model
                .targets
                .iter()
                .find(|(_, units)| units.contains(&first));
            let why = match (builds, target) {
                (Some(what), _) => {
                    format!("this builds {what}, too, which is no function's of those that move")
                }
                (None, Some((target, _))) => format!("what makes {target} would change, too"),
                (None, None) => "this command would change, too".to_owned(),
            };
            return Err(reason(why, at));
        }
        if let Language::Steps(language) = self.language
            && !language.keeps_form(self.file.path, self.file.text, text)
        {
            let why = "what this file says would change in more than the commands";
            return Err(reason(why.to_owned(), 0));
        }
        self.artifacts(&edited, text)?;
        Ok(by_file)
    }

    /// The targets that SAM runs, judged by the reader that judges them everywhere else.
    fn artifacts(&self, edited: &Edited<'_>, text: &str) -> Result<(), Reason> {
        let (parsed, _) = Parsed::of_text(edited, self.file.path, text.as_bytes());
        for (id, goarch) in self.artifacts {
            let target = parsed.target(id);
            let proved = target.is_some_and(|it| it.writes_bootstrap && it.goarch == *goarch);
            if !proved {
                let why = format!(
                    "it is not certain that build-{id} then writes bootstrap for that architecture"
                );
                return Err(reason(why, 0));
            }
        }
        Ok(())
    }

    /// The edits by file, with offsets into each.
    fn by_file(&self, found: Edits) -> Result<BTreeMap<PathBuf, Vec<TextEdit>>, Reason> {
        let mut by_file: BTreeMap<PathBuf, Vec<TextEdit>> = BTreeMap::new();
        let mut end = 0;
        for ((from, to), content) in found {
            let inside = |(_, text, base): &&(PathBuf, String, usize)| {
                *base <= from && to <= base + text.len()
            };
            let source = self.before.sources.iter().find(inside);
            let Some((path, text, base)) = source.filter(|_| from >= end) else {
                return Err(reason("two changes meet here".to_owned(), from));
            };
            let range = from - base..to - base;
            if text.get(range.clone()).is_none() {
                return Err(reason("this text cannot be cut here".to_owned(), from));
            }
            end = to;
            by_file
                .entry(path.clone())
                .or_default()
                .push(TextEdit { range, content });
        }
        Ok(by_file)
    }
}

/// The file that a command builds, if that is certain.
fn builds(command: &Command) -> Option<String> {
    match output(command, &go_build(command)?) {
        Output::Certain(file) if !file.contains('$') => Some(file),
        _ => None,
    }
}

pub(super) fn reason(why: String, at: usize) -> Reason {
    Refused { why, at }
}

/// The files with the edits made.
struct Edited<'f> {
    files: &'f dyn Files,
    texts: BTreeMap<PathBuf, String>,
}

impl<'f> Edited<'f> {
    fn new(
        files: &'f dyn Files,
        sources: &[(PathBuf, String, usize)],
        edits: &BTreeMap<PathBuf, Vec<TextEdit>>,
    ) -> Result<Self, Reason> {
        let mut texts = BTreeMap::new();
        for (path, edits) in edits {
            let source = sources.iter().find(|(known, ..)| known == path);
            let text = source.and_then(|(_, text, _)| apply(text, edits));
            let text = text.ok_or_else(|| reason("the edits do not fit".to_owned(), 0))?;
            texts.insert(path.clone(), text);
        }
        Ok(Self { files, texts })
    }

    fn text(&self, path: &Path) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }
}

impl Files for Edited<'_> {
    fn entries(&self, dir: &Path) -> Option<Arc<[Entry]>> {
        self.files.entries(dir)
    }

    fn read(&self, file: &Path) -> Option<Vec<u8>> {
        match self.texts.get(file) {
            Some(text) => Some(text.as_bytes().to_vec()),
            None => self.files.read(file),
        }
    }

    fn boundary(&self) -> &Path {
        self.files.boundary()
    }
}

/// The text with the edits made; `None` when they are not in order.
pub(super) fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut found = String::new();
    let mut done = 0;
    for edit in edits {
        found.push_str(text.get(done..edit.range.start)?);
        found.push_str(&edit.content);
        done = edit.range.end;
    }
    found.push_str(text.get(done..)?);
    Some(found)
}
