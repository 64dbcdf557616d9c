//! Templates on `provided.al2023` alone, which are most of a migrated repository: they are parsed only once it
//! is known which packages matter, and only where they could name one of those.

use std::path::Path;
use std::sync::Arc;

use crate::discover::{Neighbour, read_listed};
use crate::migrate::{Options, Packages};
use crate::program::{DiskFiles, Files as _};
use crate::session::Input;
use crate::syntax::Limits;

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
    // Without a working directory nothing is known of where a path leads.
    let disk = DiskFiles::new(Path::new("")).ok();
    let shares = |neighbour: &Neighbour| {
        let known = neighbour.code.as_ref().zip(disk.as_ref());
        known.is_none_or(|(code, disk)| {
            let home = neighbour.path.parent().unwrap_or(Path::new(""));
            // A function without `CodeUri` runs what lies beside its template.
            let own = packages.has(&disk.canonical(home));
            let mut places = code.places.iter().map(|place| home.join(&**place));
            own || (code.objects && packages.has_objects())
                || places.any(|place| packages.has(&disk.canonical(&place)))
        })
    };
    let sharing = neighbours.into_iter().filter(shares);
    let read = sharing.filter_map(|Neighbour { path, root, .. }| {
        Some(Input {
            // What is gone by now, or became something else, runs nothing.
            bytes: read_listed(&path).ok()?,
            path,
            root,
            has_neighbours: true,
            options: Arc::clone(&options),
        })
    });
    read.collect()
}
