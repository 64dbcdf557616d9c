//! Templates on `provided.al2023` alone, which are most of a migrated repository: they are read only once it
//! is known which packages matter, and only where they could name one of those.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;

use crate::discover::{Neighbour, read_listed};
use crate::migrate::{Options, Packages};
use crate::session::Input;
use crate::syntax::Limits;

/// What stands in every template that names an object: `s3://bucket/key`, `S3Key`, or `Key`. The rest of the
/// name may be put together from parts.
const OBJECT_MARKS: [&[u8]; 2] = [b"://", b"Key"];

/// Those of the neighbours that may run one of the packages, read.
pub(super) fn sharing(
    neighbours: Vec<Neighbour>,
    packages: &Packages,
    limits: Limits,
) -> Vec<Input> {
    let options = Arc::new(Options {
        limits,
        ..Options::default()
    });
    let mut roots = Roots::default();
    let mut found = Vec::new();
    for neighbour in neighbours {
        let mut below = || roots.directory_of(&neighbour);
        let reaches = neighbour.climbs || below().is_none_or(|it| packages.lie_below(&it));
        if !reaches && !packages.has_objects() {
            continue;
        }
        let Neighbour { path, root, .. } = neighbour;
        // What is gone by now, or became something else, runs nothing.
        let Ok(bytes) = read_listed(&path) else {
            continue;
        };
        let mut marks = OBJECT_MARKS.iter();
        if reaches || marks.any(|mark| memmem::find(&bytes, mark).is_some()) {
            found.push(Input {
                path,
                root,
                bytes,
                has_neighbours: true,
                options: Arc::clone(&options),
            });
        }
    }
    found
}

/// Where the roots of the walk lead. Nearly all neighbours have the same.
#[derive(Default)]
struct Roots(HashMap<PathBuf, Option<PathBuf>>);

impl Roots {
    /// The canonical directory of a neighbour: the walk followed no link on its way down.
    fn directory_of(&mut self, neighbour: &Neighbour) -> Option<PathBuf> {
        let Neighbour { path, root, .. } = neighbour;
        let real = match self.0.get(root) {
            Some(real) => real,
            None => self
                .0
                .entry(root.clone())
                .or_insert(fs::canonicalize(root).ok()),
        };
        let root = if root == Path::new(".") {
            Path::new("")
        } else {
            root
        };
        let way = path.parent()?.strip_prefix(root).ok()?;
        Some(real.as_ref()?.join(way))
    }
}
