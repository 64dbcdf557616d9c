//! The inner steps of a run, one by one, for `benches/steps`.
//!
//! A bench calls only what is public, and these steps have no business to be. What the tests see anyway, such as
//! [`parse`](crate::syntax::parse) and [`verify`](crate::verify::verify), is not repeated here. The command calls
//! nothing of this, so that the linker leaves it out.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::data::Data;
use crate::edit::Output;
use crate::migrate::{self, Context, Options, Outcome, Users};
use crate::parallel::Threads;
use crate::program::{DiskFiles, Survey};
use crate::session::{Input, Session};
use crate::syntax::{Document, NodeId};
use crate::template::Template;
use crate::{diff, discover};

/// The byte search over a file as it was read: whether the file matters to a dry run.
pub fn byte_search() -> impl Fn(&[u8]) -> bool {
    discover::byte_search()
}

/// Reads the effective view of every function below `root`. Returns how many there are.
#[must_use]
pub fn effective_view(document: &Document, root: NodeId) -> usize {
    Template::read(document, root).functions.len()
}

/// The diff that a dry run prints: from a text to what these edits make of it.
#[must_use]
pub fn diff(old: &str, output: &Output, path: &Path) -> Vec<u8> {
    diff::unified_output(old, output, path, None)
}

/// The surroundings of templates. Most of what is asked of the disk is asked once.
pub struct Repository {
    survey: Arc<Survey>,
    options: Arc<Options>,
    data: Data,
}

impl Repository {
    /// The repository in this directory.
    ///
    /// # Errors
    /// When it is no directory that can be resolved.
    pub fn new(root: &Path) -> io::Result<Self> {
        Ok(Self {
            survey: Arc::new(Survey::new(DiskFiles::new(root)?)),
            options: Arc::default(),
            data: Data::built_in(),
        })
    }

    /// All that happens to a file between its parse and its diff.
    #[must_use]
    pub fn migrate(&self, document: Document) -> Outcome {
        let mut users = Users::default();
        migrate::register(
            &mut users,
            &document,
            &self.survey,
            &self.options,
            &self.data,
            Threads::alone(),
        );
        let context = Context {
            options: &self.options,
            data: &self.data,
            survey: &self.survey,
            users: &users.finish(),
            edits_build_files: true,
            threads: Threads::alone(),
        };
        migrate::migrate(&context, Ok(document))
    }

    /// All that happens to a file between its byte search and its diff.
    #[must_use]
    pub fn examine(&self, path: PathBuf, bytes: Vec<u8>) -> Outcome {
        let session = Session {
            data: &self.data,
            threads: 1,
            cancelled: &AtomicBool::new(false),
            edits_build_files: true,
            done: None,
        };
        let input = Input {
            path,
            root: PathBuf::new(),
            bytes,
            has_neighbours: true,
            options: Arc::clone(&self.options),
        };
        session.run_one(input, Arc::clone(&self.survey))
    }
}
