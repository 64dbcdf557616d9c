//! Programs that go into archives.

use std::path::{Path, PathBuf};

use super::find::Finder;
use super::model::{Command, Value};
use super::names::{may_name, relative};
use super::prove::reason;
use super::zip::{Zip, zip};
use super::{Found, Reason, Request};

/// The file that Lambda runs.
const BOOTSTRAP: &str = "bootstrap";

impl Finder<'_> {
    pub(super) fn zip(
        &mut self,
        archive: &Path,
        goarch: &'static str,
        all: &[(usize, &Request)],
    ) -> Found {
        let zips = self.zips_of(archive);
        if zips.is_empty() {
            let name = relative(self.file.path, archive).unwrap_or_default();
            return self.unseen_zip(&name).map_or(Ok(None), Err);
        }
        let mut replaced = None;
        for (unit, command, zip) in zips {
            if !command.certain || zip.special {
                let why = "it is not certain what this packs".to_owned();
                return Err(reason(why, command.at));
            }
            let from = self.packed(command, &zip)?;
            let to = self.packed_as(&from.1, all);
            for built in self.builds_of(&from.1) {
                self.build(&built, goarch)?;
            }
            self.agree(&self.builds_of(&from.1))?;
            let moves = from.1 != to;
            if moves && !self.is_moved(&from.1, all) {
                self.move_file(&from.1, &to)?;
            }
            self.at_root(unit, command, &zip, from.0, &to)?;
            if moves && to.starts_with(&from.1) {
                replaced = Some(from.1);
            }
        }
        Ok(Some(replaced))
    }

    fn unseen_zip(&self, name: &str) -> Option<Reason> {
        let open = self.model.commands().find(|(_, command)| {
            let archive = zip(command).map(|it| it.archive);
            archive.is_some_and(|it| it.contains(['$', '*', '`']) && may_name(&it, name))
        });
        let open = open.map(|(_, command)| {
            let why = format!("it is not known whether this writes {name}");
            reason(why, command.at)
        });
        open.or_else(|| self.unread(Path::new(name)))
    }

    /// The word that names the program in an archive, and the file.
    fn packed(&self, command: &Command, zip: &Zip) -> Result<(usize, PathBuf), Reason> {
        let inputs = zip.inputs.iter().filter_map(|word| {
            let value = command.words.get(*word)?;
            Some((*word, value))
        });
        let mut found = Vec::new();
        for (word, value) in inputs {
            if !value.is_plain() {
                let why = "it is not certain what this packs".to_owned();
                return Err(reason(why, command.at));
            }
            let file = self.names(command, value.as_str());
            found.extend(
                file.filter(|it| !self.builds_of(it).is_empty())
                    .map(|it| (word, it)),
            );
        }
        match found.len() {
            1 => found.pop(),
            _ => None,
        }
        .ok_or_else(|| {
            let why = "this packs something else than one program that is built here".to_owned();
            reason(why, command.at)
        })
    }

    /// Whether a binary is moved by a request of its own.
    fn is_moved(&self, file: &Path, all: &[(usize, &Request)]) -> bool {
        all.iter().any(|(_, request)| match request {
            Request::Binary { from, .. } => crate::program::collapse(from) == file,
            _ => false,
        })
    }

    /// Where a program goes that an archive is to hold as `bootstrap`.
    fn packed_as(&self, from: &Path, all: &[(usize, &Request)]) -> PathBuf {
        for (_, request) in all {
            match request {
                Request::Binary { from: file, to, .. }
                    if crate::program::collapse(file) == from =>
                {
                    return crate::program::collapse(to);
                }
                _ => {}
            }
        }
        if from.file_name().is_some_and(|name| name == BOOTSTRAP) {
            return from.to_owned();
        }
        // Programs side by side would overwrite each other.
        let neighbours = self.go_builds().any(|built| {
            let key = Self::output_key(&built);
            let other = key.and_then(|key| self.place(&key));
            other.is_some_and(|other| other != from && other.parent() == from.parent())
        });
        match neighbours {
            true => from.join(BOOTSTRAP),
            false => from.with_file_name(BOOTSTRAP),
        }
    }

    /// Sees to it that an archive holds the program at its root.
    fn at_root(
        &mut self,
        unit: usize,
        command: &Command,
        zip: &Zip,
        word: usize,
        to: &Path,
    ) -> Result<(), Reason> {
        let present = command
            .words
            .get(word)
            .map(Value::as_str)
            .unwrap_or_default();
        let wished = self.wishes.words.get(&(unit, word)).map(String::as_str);
        let path = wished.unwrap_or(present);
        let bare = path.strip_prefix("./").unwrap_or(path);
        let refuse = |why: &str| Err(reason(why.to_owned(), command.at));
        if to.file_name().is_none_or(|name| name != BOOTSTRAP) {
            return refuse("what this packs is not called bootstrap");
        }
        if zip.junks_paths || bare == BOOTSTRAP {
            return Ok(());
        }
        let others = zip.inputs.iter().filter(|it| **it != word);
        let mut others = others
            .filter_map(|it| command.words.get(*it))
            .map(Value::as_str);
        let was_at_root = !present.strip_prefix("./").unwrap_or(present).contains('/');
        if others.any(|it| it.contains('/')) || zip.recurses || !was_at_root {
            return refuse("the archive would hold bootstrap in a directory");
        }
        self.wishes
            .behind
            .insert((unit, command.lead), "-j".to_owned());
        Ok(())
    }
}
