//! One template through the library, without any neighbours.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lambdalift::data::Data;
use lambdalift::migrate::{Options, Outcome};
use lambdalift::session::{Input, Session};

/// Migrates one template that stands alone.
pub(crate) fn migrate(path: &Path, bytes: Vec<u8>) -> Outcome {
    let data = Data::load(None, None).unwrap();
    let session = Session {
        data: &data,
        threads: 1,
        cancelled: &AtomicBool::new(false),
        edits_build_files: true,
        done: None,
    };
    let input = Input {
        path: path.to_owned(),
        root: PathBuf::new(),
        bytes,
        has_neighbours: false,
        options: Arc::new(Options::default()),
    };
    session.run(vec![input]).outcomes.pop().unwrap()
}
