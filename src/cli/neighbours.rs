//! Templates on `provided.al2023` alone, which are most of a migrated repository: they are parsed only once it
//! is known which packages matter, and only where they could name one of those.

use std::path::Path;
use std::sync::Arc;

use crate::discover::{Neighbour, read_listed};
use crate::migrate::{Options, Packages};
use crate::parallel::Threads;
use crate::program::{DiskFiles, Files as _};
use crate::session::Input;
use crate::syntax::Limits;

/// Those of the neighbours that may run one of the packages, read.
pub(super) fn sharing(
    neighbours: Vec<Neighbour>,
    packages: &Packages,
    limits: Limits,
    threads: Threads,
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
    let read = threads.share(neighbours, |neighbour| {
        let shares = shares(&neighbour);
        let Neighbour { path, root, .. } = neighbour;
        // What is gone by now, or became something else, runs nothing.
        let bytes = shares.then(|| read_listed(&path).ok()).flatten()?;
        Some(Input {
            path,
            root,
            bytes,
            has_neighbours: true,
            options: Arc::clone(&options),
        })
    });
    read.into_iter().flatten().collect()
}
