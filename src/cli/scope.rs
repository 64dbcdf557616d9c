//! From the paths on the command line to examined files.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::ScopeArgs;
use super::settings::{Settings, read_stdin};
use crate::companion::BuildFileChange;
use crate::discover::{Discovery, DiscoveryError, discover};
use crate::migrate::{Options, Outcome};
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

/// Finds and examines the files.
pub(super) fn examine(
    args: &ScopeArgs,
    settings: &Settings,
    cancelled: &AtomicBool,
) -> anyhow::Result<Examined> {
    let mut read = Vec::new();
    let options = Arc::new(settings.options.clone());
    let (inputs, errors) = if settings.stdin {
        let input = stdin(args, options, cancelled)?;
        read.clone_from(&input.bytes);
        (vec![input], Vec::new())
    } else {
        let found = discover(
            &Discovery {
                roots: &settings.roots,
                include: &args.include,
                exclude: &args.exclude,
                respect_ignore: !args.no_ignore,
                hidden: args.hidden,
                threads: args.threads,
                max_file_size: args.max_file_size,
                thorough: args.thorough,
            },
            cancelled,
        );
        let inputs = found.candidates.into_iter().map(|candidate| Input {
            path: candidate.path,
            root: candidate.root,
            bytes: candidate.bytes,
            has_neighbours: true,
            options: Arc::clone(&options),
        });
        (inputs.collect(), found.errors)
    };
    let session = Session {
        data: &settings.data,
        threads: args.threads,
        cancelled,
        edits_build_files: settings.edits_build_files && !settings.stdin,
    };
    let run = session.run(inputs);
    Ok(Examined {
        outcomes: run.outcomes,
        build_files: run.build_files,
        errors,
        stdin: read,
    })
}

fn stdin(args: &ScopeArgs, options: Arc<Options>, cancelled: &AtomicBool) -> anyhow::Result<Input> {
    let bytes = read_stdin(args.max_file_size, cancelled)?;
    let name = args.stdin_filename.clone();
    let path = name.clone().unwrap_or_else(|| PathBuf::from(STDIN));
    let root = path.parent().map_or_else(PathBuf::new, PathBuf::from);
    Ok(Input {
        has_neighbours: name.is_some_and(|name| name.exists()),
        path,
        root,
        bytes,
        options,
    })
}
