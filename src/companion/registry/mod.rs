//! `.rpdk-config`, the project file of a CloudFormation registry type:
//! <https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/runtime-update.html>.
//!
//! CloudFormation runs what `cfn submit` uploads under `runtime` and `entrypoint` of this file;
//! `template.yml` beside it is what `cfn test` runs with the SAM CLI. So the two move together.
//!
//! What `cfn submit` packs was read in releases 0.1 to 2.2.0 of
//! <https://pypi.org/project/cloudformation-cli-go-plugin/> (`rpdk/go/codegen.py`), and run with 2.0.4 and
//! 2.2.0: the files that lie directly in `bin/` become one archive, so that there is one `bootstrap` for
//! both entry points. Before 2.2.0 that needs `bin/handler`, from then on `bin/bootstrap`; `cfn generate`
//! writes the same name into `makebuild`, which the Makefile runs.

#[cfg(test)]
mod tests;

use std::path::Path;

use super::{Refused, TextEdit};
use crate::edit::Splices;
use crate::source::SourceFile;
use crate::syntax::{Document, Editor, Limits, NodeId, parse};
use crate::verify::verify;

/// The file's name.
pub(crate) const NAME: &str = ".rpdk-config";

/// What `cfn generate` writes for the Makefile to run.
pub(crate) const MAKEBUILD: &str = "makebuild";

/// The directory beside the file that is packed.
pub(crate) const PACKAGE: &str = "bin";

/// The `cfn` command reads files of a few hundred bytes.
const LIMITS: Limits = Limits {
    depth: 64,
    documents: 2,
    expanded_nodes: 100_000,
};

/// The keys that say what runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Runtime,
    Entrypoint,
    TestEntrypoint,
}

impl Key {
    const ALL: [Self; 3] = [Self::Runtime, Self::Entrypoint, Self::TestEntrypoint];

    /// As the file writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::Entrypoint => "entrypoint",
            Self::TestEntrypoint => "testEntrypoint",
        }
    }
}

/// A project whose handlers are written in Go.
#[derive(Debug)]
pub(crate) struct Project {
    document: Document,
    root: NodeId,
}

impl Project {
    /// Reads the file. `None` for a project in another language, and for a module, which has no
    /// handlers.
    ///
    /// # Errors
    /// When the `cfn` command would not read the file, or another reader could take another value.
    pub(crate) fn read(path: &Path, text: &str) -> Result<Option<Self>, Refused> {
        // The extension says in which language it is read.
        let source = SourceFile::new(path.with_extension("json"), text.to_owned());
        let document = parse(source, LIMITS)
            .map_err(|(_, error)| refuse(format!("it cannot be read: {error}"), error.offset))?;
        let &[root] = document.roots() else {
            return Err(refuse("it holds nothing", 0));
        };
        if !document.is_mapping(root) {
            return Err(refuse("it is no JSON object", 0));
        }
        let project = Self { document, root };
        if let Some(refused) = project.duplicate() {
            return Err(refused);
        }
        let is_module = project.text("artifact_type") == Some("MODULE");
        let is_go = project.text("language") == Some("go");
        Ok((is_go && !is_module).then_some(project))
    }

    /// The value of a key, if it is a string.
    pub(crate) fn says(&self, key: Key) -> Option<&str> {
        self.text(key.name())
    }

    /// Whether the key has a value that is neither a string nor null.
    pub(crate) fn is_malformed(&self, key: Key) -> bool {
        let found = self.document.get(self.root, key.name());
        found.is_some_and(|(_, value)| !self.is_string(value) && !self.document.is_null(value))
    }

    /// The byte offset of a key's value; the file's beginning if the key is not there.
    pub(crate) fn place(&self, key: Key) -> usize {
        let found = self.document.get(self.root, key.name());
        found.map_or(0, |(_, value)| self.document.node(value).start)
    }

    /// The edits that give these values to keys that are there, proved.
    ///
    /// # Errors
    /// When the edited text would not say exactly that.
    pub(crate) fn set(&self, values: &[(Key, &str)]) -> Result<Vec<TextEdit>, Refused> {
        let editor = Editor::new(&self.document);
        let at = values.first().map_or(0, |(key, _)| self.place(*key));
        let edits = values.iter().map(|(key, to)| {
            let found = self.document.get(self.root, key.name());
            let (_, value) = found.ok_or_else(|| refuse(format!("it has no {}", key.name()), 0))?;
            let edit = editor.set_value(value, to);
            edit.map_err(|error| refuse(error.reason, error.offset))
        });
        let edits = edits.collect::<Result<Vec<_>, _>>()?;
        let splices = Splices::merge(&edits).map_err(|error| refuse(error.to_string(), at))?;
        let text = splices.apply(self.document.text());
        verify(&self.document, &splices, &text, LIMITS)
            .map_err(|error| refuse(error.to_string(), at))?;
        let edits = splices.edits().iter().map(|edit| TextEdit {
            range: edit.range(),
            content: edit.content().to_owned(),
        });
        Ok(edits.collect())
    }

    /// Which of two equal keys counts is for each reader to decide.
    fn duplicate(&self) -> Option<Refused> {
        let names = Key::ALL.map(Key::name);
        let names = names.iter().chain(&["language", "artifact_type"]);
        let entries = self.document.entries(self.root);
        names.copied().find_map(|name| {
            let mut found = entries
                .iter()
                .filter(|entry| self.document.string(entry.key) == Some(name));
            let second = found.nth(1)?;
            let at = self.document.node(second.key).start;
            Some(refuse(format!("{name} stands there twice"), at))
        })
    }

    fn text(&self, key: &str) -> Option<&str> {
        let (_, value) = self.document.get(self.root, key)?;
        self.is_string(value).then(|| self.document.scalar(value))?
    }

    /// In JSON a string is what stands in quotes; numbers and `true` are scalars, too.
    fn is_string(&self, value: NodeId) -> bool {
        let range = self.document.node(value).range.clone();
        let written = self.document.text().get(range);
        written.is_some_and(|written| written.starts_with('"'))
    }
}

fn refuse(why: impl Into<String>, at: usize) -> Refused {
    let why = why.into();
    Refused { why, at }
}
