//! From the paths on the command line to examined files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::args::ScopeArgs;
use super::bystanders::add_bystanders;
use super::neighbours::sharing;
use super::progress::Progress;
use super::settings::{Settings, read_stdin};
use crate::companion::BuildFileChange;
use crate::config::{ConfigError, TemplateSettings};
use crate::discover::{Candidate, Discovered, Discovery, DiscoveryError, Neighbour, discover};
use crate::migrate::{Options, Outcome};
use crate::parallel::Threads;
use crate::program::directory_of;
use crate::report::path_text;
use crate::session::{Input, Remains, Session};

/// Everything that was found and examined.
pub(super) struct Examined {
    pub(super) outcomes: Vec<Outcome>,
    /// The build files that change together with them.
    pub(super) build_files: Vec<BuildFileChange>,
    /// How many templates had no need to be examined.
    pub(super) passed_over: usize,
    pub(super) errors: Vec<DiscoveryError>,
    /// What there is to say about configuration files.
    pub(super) notes: Vec<String>,
    /// Standard input as it came: text that cannot be read goes out as it came in.
    pub(super) stdin: Vec<u8>,
    /// See [`crate::session::Run::remains`].
    _remains: Remains,
}

/// The name of standard input when none is given.
const STDIN: &str = "stdin";

/// The files that a run looks at, read already.
pub(super) struct Found {
    /// What to examine.
    pub(super) inputs: Vec<Input>,
    /// What is left out. It is read, too, because whoever runs a package there stays: nothing in it is
    /// edited, and nothing said about it.
    pub(super) others: Vec<Input>,
    /// Templates that are read only if they may run the same packages as one of the inputs.
    pub(super) neighbours: Vec<Neighbour>,
    /// How many of them would have been examined.
    passed_over: usize,
    pub(super) errors: Vec<DiscoveryError>,
    /// What there is to say about the configuration.
    notes: Vec<String>,
}

/// Finds the files, and what is wanted of them.
pub(super) fn find(
    args: &ScopeArgs,
    settings: &Settings,
    progress: Progress,
    cancelled: &'static AtomicBool,
) -> anyhow::Result<Found> {
    let mut wishes = Wishes::new(settings);
    if settings.stdin {
        let inputs = vec![stdin(args, &mut wishes, cancelled)?];
        return Ok(Found {
            inputs,
            others: Vec::new(),
            neighbours: Vec::new(),
            passed_over: 0,
            errors: Vec::new(),
            notes: wishes.notes.into_values().collect(),
        });
    }
    let run = &settings.run;
    let discovery = Discovery {
        roots: &settings.roots,
        include: &args.include,
        exclude: &args.exclude,
        respect_ignore: run.respect_ignore,
        hidden: run.hidden,
        threads: args.threads,
        max_file_size: run.max_file_size,
        wanted: settings.wanted,
    };
    let found = progress.during("looking for templates", None, |_| {
        discover(&discovery, cancelled)
    });
    Ok(wanted(found, wishes)?)
}

/// Sorts what was found as the configuration wants it.
fn wanted(found: Discovered, mut wishes: Wishes<'_>) -> Result<Found, ConfigError> {
    let (mut inputs, mut others) = (Vec::new(), Vec::new());
    for candidate in found.candidates {
        let Candidate {
            path, root, marked, ..
        } = &candidate;
        match wishes.of(path, marked, root, candidate.named)? {
            Some(options) => inputs.push(input(candidate, options)),
            None => others.push(candidate),
        }
    }
    let kept = Arc::new(Options {
        kept: others.iter().map(|it| it.path.clone()).collect(),
        limits: wishes.settings.options.limits,
        ..Options::default()
    });
    let others = others.into_iter().map(|it| input(it, Arc::clone(&kept)));
    let others = others.collect();
    let mut passed_over = 0;
    for neighbour in &found.neighbours {
        let Neighbour {
            path, root, marked, ..
        } = neighbour;
        passed_over += usize::from(wishes.of(path, marked, root, false)?.is_some());
    }
    let mut errors = Vec::new();
    for error in found.errors {
        let is_wanted = match error.path() {
            Some(path) => {
                let root = wishes.settings.root_of(path);
                wishes.of(path, directory_of(path), &root, true)?.is_some()
            }
            None => true,
        };
        if is_wanted {
            errors.push(error);
        }
    }
    Ok(Found {
        inputs,
        others,
        neighbours: found.neighbours,
        passed_over,
        errors,
        notes: wishes.notes.into_values().collect(),
    })
}

/// Finds and examines the files.
pub(super) fn examine(
    args: &ScopeArgs,
    settings: &Settings,
    progress: Progress,
    cancelled: &'static AtomicBool,
) -> anyhow::Result<Examined> {
    let mut found = find(args, settings, progress, cancelled)?;
    add_bystanders(args, settings, &mut found, cancelled);
    let Found {
        inputs,
        others,
        neighbours,
        passed_over,
        errors,
        mut notes,
    } = found;
    let read = match inputs.first() {
        Some(input) if settings.stdin => input.bytes.clone(),
        _ => Vec::new(),
    };
    let steps = 2 * inputs.len() + others.len();
    let run = progress.during("examining files", Some(steps), |done| {
        let session = Session {
            data: &settings.data,
            threads: args.threads,
            cancelled,
            edits_build_files: !settings.stdin,
            done: Some(done),
        };
        session.run_beside(inputs, others, |packages| {
            let threads = Threads {
                count: args.threads,
                cancelled,
            };
            let repositories = settings.repositories();
            let limits = settings.options.limits;
            sharing(neighbours, packages, limits, &repositories, threads)
        })
    });
    notes.extend(run.unread.iter().map(|path| {
        let path = path_text(path);
        format!(
            "{path} may run a package that moves, and cannot be read: `lambdalift {path}` says why"
        )
    }));
    Ok(Examined {
        outcomes: run.outcomes,
        build_files: run.build_files,
        passed_over,
        errors,
        notes,
        stdin: read,
        _remains: run.remains,
    })
}

pub(super) fn input(candidate: Candidate, options: Arc<Options>) -> Input {
    Input {
        path: candidate.path,
        root: candidate.root,
        bytes: candidate.bytes,
        has_neighbours: true,
        options,
    }
}

/// What is wanted of each template; templates of which the same is wanted share it.
struct Wishes<'s> {
    settings: &'s Settings,
    known: Vec<(TemplateSettings, Arc<Options>)>,
    notes: BTreeMap<PathBuf, String>,
}

impl<'s> Wishes<'s> {
    fn new(settings: &'s Settings) -> Self {
        Self {
            settings,
            known: Vec::new(),
            notes: BTreeMap::new(),
        }
    }

    /// `None` if the template is not to be looked at.
    fn of(
        &mut self,
        path: &Path,
        marked: &Path,
        root: &Path,
        named: bool,
    ) -> Result<Option<Arc<Options>>, ConfigError> {
        let settings = self.settings;
        let settled = settings.of(path, marked, root)?;
        if !settled.is_wanted(settings.file.as_deref(), named) {
            return Ok(None);
        }
        if let Some(file) = &settled.file
            && settings.file.as_ref().is_none_or(|it| it.path != file.path)
            && let Some(note) = file.note()
        {
            self.notes.insert(file.path.clone(), note);
        }
        let mut known = self.known.iter();
        if let Some((_, options)) = known.find(|(known, _)| *known == settled.template) {
            return Ok(Some(Arc::clone(options)));
        }
        let options = Arc::new(Options {
            limits: settings.options.limits,
            surveys_all: settings.options.surveys_all,
            kept: settings.options.kept.clone(),
            refused: settings.options.refused.clone(),
            add_ignore: settings.options.add_ignore.clone(),
            ..settled.template.options()
        });
        self.known.push((settled.template, Arc::clone(&options)));
        Ok(Some(options))
    }
}

fn stdin(
    args: &ScopeArgs,
    wishes: &mut Wishes<'_>,
    cancelled: &AtomicBool,
) -> anyhow::Result<Input> {
    let bytes = read_stdin(wishes.settings.run.max_file_size, cancelled)?;
    let name = args.stdin_filename.clone();
    let path = name.clone().unwrap_or_else(|| PathBuf::from(STDIN));
    let root = path.parent().map_or_else(PathBuf::new, PathBuf::from);
    // Whoever hands over a text wants it to be looked at, whatever name it goes by.
    let options = wishes.of(&path, &root, &root, true)?;
    Ok(Input {
        has_neighbours: name.is_some_and(|name| name.exists()),
        path,
        root,
        bytes,
        options: options.unwrap_or_default(),
    })
}
