//! From the paths on the command line to examined files.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::args::ScopeArgs;
use super::progress::Progress;
use super::settings::{Settings, read_stdin};
use crate::companion::BuildFileChange;
use crate::discover::{Discovery, DiscoveryError, discover};
use crate::migrate::Outcome;
use crate::session::{Input, Session};

/// Everything that was found and examined.
pub(super) struct Examined {
    pub(super) outcomes: Vec<Outcome>,
    /// The build files that change together with them.
    pub(super) build_files: Vec<BuildFileChange>,
    pub(super) errors: Vec<DiscoveryError>,
    /// Standard input as it came: text that cannot be read goes out as it came in.
    pub(super) stdin: Vec<u8>,
}

/// The name of standard input when none is given.
const STDIN: &str = "stdin";

/// The files that a run looks at, read already.
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    pub(super) errors: Vec<DiscoveryError>,
}

/// Finds the files.
pub(super) fn find(
    args: &ScopeArgs,
    settings: &Settings,
    progress: Progress,
    cancelled: &AtomicBool,
) -> anyhow::Result<Found> {
    if settings.stdin {
        return Ok(Found {
            inputs: vec![stdin(args, cancelled)?],
            errors: Vec::new(),
        });
    }
    let discovery = Discovery {
        roots: &settings.roots,
        include: &args.include,
        exclude: &args.exclude,
        respect_ignore: !args.no_ignore,
        hidden: args.hidden,
        threads: args.threads,
        max_file_size: args.max_file_size,
        thorough: args.thorough,
    };
    let found = progress.during("looking for templates", None, |_| {
        discover(&discovery, cancelled)
    });
    let inputs = found.candidates.into_iter().map(|candidate| Input {
        path: candidate.path,
        root: candidate.root,
        bytes: candidate.bytes,
        has_neighbours: true,
    });
    Ok(Found {
        inputs: inputs.collect(),
        errors: found.errors,
    })
}

/// Finds and examines the files.
pub(super) fn examine(
    args: &ScopeArgs,
    settings: &Settings,
    progress: Progress,
    cancelled: &AtomicBool,
) -> anyhow::Result<Examined> {
    let Found { inputs, errors } = find(args, settings, progress, cancelled)?;
    let read = match inputs.first() {
        Some(input) if settings.stdin => input.bytes.clone(),
        _ => Vec::new(),
    };
    let run = progress.during("examining files", Some(2 * inputs.len()), |done| {
        let session = Session {
            options: &settings.options,
            data: &settings.data,
            threads: args.threads,
            cancelled,
            edits_build_files: settings.edits_build_files && !settings.stdin,
            done: Some(done),
        };
        session.run(inputs)
    });
    Ok(Examined {
        outcomes: run.outcomes,
        build_files: run.build_files,
        errors,
        stdin: read,
    })
}

fn stdin(args: &ScopeArgs, cancelled: &AtomicBool) -> anyhow::Result<Input> {
    let bytes = read_stdin(args.max_file_size, cancelled)?;
    let name = args.stdin_filename.clone();
    let path = name.clone().unwrap_or_else(|| PathBuf::from(STDIN));
    let root = path.parent().map_or_else(PathBuf::new, PathBuf::from);
    Ok(Input {
        has_neighbours: name.is_some_and(|name| name.exists()),
        path,
        root,
        bytes,
    })
}
