//! Templates on `provided.al2023` alone, which are most of a migrated repository: they are parsed only once it
//! is known which packages matter, and only where they could name one of those.

use std::path::Path;
use std::sync::Arc;

use crate::discover::{Neighbour, read_listed};
use crate::migrate::{Options, Packages};
use crate::parallel::Threads;
use crate::program::{Repositories, directory_of};
use crate::session::Input;
use crate::syntax::Limits;

/// Those of the neighbours that may run one of the packages, read.
pub(super) fn sharing(
    neighbours: Vec<Neighbour>,
    packages: &Packages,
    limits: Limits,
    repositories: &Repositories,
    threads: Threads,
) -> Vec<Input> {
    let options = Arc::new(Options {
        limits,
        ..Options::default()
    });
    // Where it is not known to which place a path leads, it may be any.
    let may_be = |place: &Path| {
        let place = repositories.canonical(place);
        place.is_none_or(|place| packages.has(&place))
    };
    let shares = |neighbour: &Neighbour| {
        neighbour.code.as_ref().is_none_or(|code| {
            let home = directory_of(&neighbour.path);
            let mut places = code.places.iter().map(|place| home.join(&**place));
            // A function without `CodeUri` runs what lies beside its template.
            may_be(home)
                || (code.objects && packages.has_objects())
                || places.any(|place| may_be(&place))
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
