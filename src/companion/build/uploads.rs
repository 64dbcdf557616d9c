//! Archives that are uploaded: which one becomes the S3 object that a template names.

use std::path::{Path, PathBuf};

use super::BuildFile;
use super::find::Finder;
use super::model::{Command, Value};
use super::prove::Names;
use super::read::{Language, read};
use super::zip::zip;

/// An S3 object as a template names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// What is known of its key: all of it or its end.
    known: String,
    is_whole: bool,
    /// Its last part.
    name: String,
}

impl Key {
    /// Reads `s3://bucket/key`, in which parts may be expressions; `None` if the end of it is one,
    /// or a version of the object is named.
    pub(crate) fn of(artefact: &str) -> Option<Self> {
        let object = artefact.strip_prefix("s3://")?;
        let (bucket, key) = object.split_once('/')?;
        let (known, is_whole) = match object.rfind(['}', ')']) {
            // Only the bucket is an expression.
            Some(end) if end < bucket.len() => (key, true),
            Some(end) => (object.get(end + 1..)?, false),
            None => (key, true),
        };
        let known = known.trim_start_matches('/');
        let name = Path::new(known).file_name()?.to_str()?;
        let is_archive = name.ends_with(".zip") && !known.contains(['?', '$', '(', '*']);
        is_archive.then(|| Self {
            known: known.to_owned(),
            is_whole,
            name: name.to_owned(),
        })
    }

    /// Whether an upload to that place, in which parts may be unknown, can make this object.
    fn may_be(&self, target: &str, source: &Path) -> bool {
        let Some(object) = target.strip_prefix("s3://") else {
            return false;
        };
        let key = object.split_once('/').map_or("", |(_, key)| key);
        let key = match key.is_empty() || key.ends_with('/') {
            true => format!("{key}{}", source.file_name().unwrap_or_default().display()),
            false => key.to_owned(),
        };
        let (known, is_whole) = match key.rfind(['}', ')', '`']) {
            Some(end) => (key.get(end + 1..).unwrap_or_default(), false),
            None => (key.as_str(), true),
        };
        let known = known.trim_start_matches('/');
        match (self.is_whole, is_whole) {
            (true, true) => self.known == known,
            (true, false) => self.known.ends_with(known),
            (false, true) => known.ends_with(&self.known),
            (false, false) => self.known.ends_with(known) || known.ends_with(&self.known),
        }
    }
}

impl BuildFile<'_> {
    /// The archives that are packed here and can become the object: they have its name, and whatever
    /// uploads one of them does so to that key.
    pub(crate) fn archives_of(&self, key: &Key) -> Vec<PathBuf> {
        let Some(language) = Language::of(self.path) else {
            return Vec::new();
        };
        let names = Names::default();
        let read = read(self.files, self.path, self.text, language, &names.before);
        let finder = Finder::new(self, language, &read.model, &[]);
        let archive_of = |command: &Command| {
            let archive = zip(command)?.archive;
            finder.names(command, &archive)
        };
        let mut found: Vec<PathBuf> = Vec::new();
        for (_, command) in read.model.commands() {
            let Some(archive) = archive_of(command) else {
                continue;
            };
            let is_named = archive.file_name().is_some_and(|name| *name == *key.name);
            let goes_elsewhere = read.model.commands().any(|(_, upload)| {
                target(&finder, upload, &archive).is_some_and(|it| !key.may_be(it, &archive))
            });
            if is_named && !goes_elsewhere && !found.contains(&archive) {
                found.push(archive);
            }
        }
        found
    }
}

/// Where a command uploads a file to: `aws s3 cp FILE s3://…`.
fn target<'c>(finder: &Finder<'_>, command: &'c Command, file: &Path) -> Option<&'c str> {
    let (program, arguments) = command.program();
    let words: Vec<&str> = arguments.iter().map(Value::as_str).collect();
    let is_copy = program == "aws" && words.contains(&"s3");
    if !is_copy || !words.iter().any(|word| matches!(*word, "cp" | "mv")) {
        return None;
    }
    let at = words.iter().position(|word| {
        let named = finder.names(command, word);
        named.as_deref() == Some(file)
    })?;
    let mut behind = words.get(at + 1..)?.iter();
    behind.find(|word| word.starts_with("s3://")).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::MemoryFiles;

    fn archives(name: &str, text: &str, artefact: &str) -> Vec<String> {
        let files = MemoryFiles::new();
        let file = BuildFile {
            files: &files,
            path: Path::new(name),
            text,
            stays: &[],
        };
        let key = Key::of(artefact);
        let found = key.map(|key| file.archives_of(&key)).unwrap_or_default();
        found.iter().map(|it| it.display().to_string()).collect()
    }

    #[test]
    fn ties_an_object_to_the_archive_that_becomes_it() {
        const PLAIN: &str = "pack:\n\tzip -j out/main.zip bin/main\n";
        const UPLOAD: &str = "pack:\n\tzip out/main.zip main\n\taws s3 cp out/main.zip s3://$(BUCKET)/orders/main.zip\n";
        const INTO: &str =
            "pack:\n\tzip main.zip main\n\taws --region x s3 cp main.zip s3://b/orders/\n";
        for (text, artefact, expected) in [
            (PLAIN, "s3://bucket/main.zip", vec!["out/main.zip"]),
            (
                PLAIN,
                "s3://${Bucket}/orders/main.zip",
                vec!["out/main.zip"],
            ),
            (
                PLAIN,
                "s3://If(A, ${B}, c)/${Prefix}x/main.zip",
                vec!["out/main.zip"],
            ),
            (PLAIN, "s3://bucket/other.zip", vec![]),
            (PLAIN, "s3://bucket/${Name}", vec![]),
            (PLAIN, "s3://bucket/main.zip?version=7", vec![]),
            (PLAIN, "https://bucket/main.zip", vec![]),
            (UPLOAD, "s3://b/orders/main.zip", vec!["out/main.zip"]),
            (UPLOAD, "s3://b/payments/main.zip", vec![]),
            (INTO, "s3://b/orders/main.zip", vec!["main.zip"]),
            (INTO, "s3://b/main.zip", vec![]),
            (INTO, "s3://b/payments/main.zip", vec![]),
        ] {
            assert_eq!(
                archives("Makefile", text, artefact),
                expected,
                "{text}{artefact}"
            );
        }
        let script = "cd dist\nzip -q main.zip main\n";
        assert_eq!(
            archives("build.sh", script, "s3://b/main.zip"),
            ["dist/main.zip"]
        );
        assert!(archives("notes.txt", script, "s3://b/main.zip").is_empty());
    }
}
