//! Arguments as typed to settings as meant.

use std::cell::RefCell;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};

use super::args::{ArchitectureArg, ScopeArgs};
use crate::config::{
    Arguments, ConfigError, ConfigFile, Finder, ResolvedSettings, RuleName, RunSettings, Source,
    TemplateSettings, nearest,
};
use crate::data::{Data, RetiredRuntime};
use crate::discover::{Wanted, clean};
use crate::migrate::{ArchitectureChoice, Options};
use crate::program::{Repositories, directory_of};
use crate::rules::Rule;

/// What a run looks at and wants.
#[derive(Debug)]
pub(super) struct Settings {
    /// What is the same for all templates; what is wanted of each comes from [`Settings::of`].
    pub(super) options: Options,
    pub(super) run: RunSettings,
    /// Which templates are worth a look.
    pub(super) wanted: Wanted,
    /// The configuration file that holds for the run.
    pub(super) file: Option<Arc<ConfigFile>>,
    pub(super) data: Data,
    pub(super) roots: Vec<PathBuf>,
    /// Standard input is among the paths.
    pub(super) stdin: bool,
    arguments: Arguments,
    finder: RefCell<Finder>,
}

impl Settings {
    /// `guard_rules` are those of the command line.
    pub(super) fn new(args: &ScopeArgs, guard_rules: &[PathBuf]) -> anyhow::Result<Self> {
        let stdin = args.paths.iter().any(|path| path == Path::new("-"));
        if stdin && args.paths.len() > 1 {
            bail!("`-` stands alone: name files, or read standard input");
        }
        if args.stdin_filename.is_some() && !stdin {
            bail!("--stdin-filename is for standard input: give `-` as the path");
        }
        let arguments = arguments(args, guard_rules)?;
        let mut finder = Finder::new(match &args.config {
            Some(path) => Source::Given(path.clone()),
            None if args.isolated => Source::Nowhere,
            None => Source::Discovered,
        })?;
        let file = finder.of_run()?;
        let run = RunSettings::new(&arguments, file.as_deref())?;
        let mut data = data(run.runtimes.as_deref(), run.extension_layers.as_deref())?;
        if let Some(file) = &file {
            file.config.correct(&mut data);
        }
        let roots = args.paths.iter().filter(|path| *path != Path::new("-"));
        Ok(Self {
            options: Options::default(),
            wanted: if run.thorough {
                Wanted::Any
            } else {
                Wanted::Retired
            },
            run,
            file,
            data,
            roots: roots.cloned().collect(),
            stdin,
            arguments,
            finder: RefCell::new(finder),
        })
    }

    /// Has templates examined that name no retired runtime, too: there is something to say about them.
    pub(super) fn want_current(&mut self) {
        if self.wanted == Wanted::Retired {
            self.wanted = Wanted::Provided;
        }
    }

    /// What is known of the repositories that files lie in.
    pub(super) fn repositories(&self) -> Arc<Repositories> {
        Arc::clone(self.finder.borrow().repositories())
    }

    /// What holds for one template, found below `root`: its configuration is looked for from `marked` upwards.
    pub(super) fn of(
        &self,
        template: &Path,
        marked: &Path,
        root: &Path,
    ) -> Result<Settled, ConfigError> {
        let file = self.finder.borrow_mut().of(marked, root)?;
        let place = match (&file, &self.file) {
            (None, None) => PathBuf::new(),
            _ => self.canonical(template),
        };
        Ok(Settled {
            template: TemplateSettings::new(&self.arguments, file.as_deref(), &place),
            file,
            place,
        })
    }

    /// The directory is resolved, the file itself is not: it counts where it was found.
    fn canonical(&self, path: &Path) -> PathBuf {
        let directory = self.repositories().real_directory(directory_of(path));
        let directory = directory.as_deref().unwrap_or(Path::new(""));
        path.file_name()
            .map_or_else(|| directory.to_owned(), |name| directory.join(name))
    }

    /// The root that a path was found below.
    pub(super) fn root_of(&self, path: &Path) -> PathBuf {
        let roots = self.roots.iter().map(|root| clean(root));
        let roots = roots.filter(|root| path.starts_with(root));
        let closest = roots.max_by_key(|root| root.components().count());
        closest.unwrap_or_else(|| PathBuf::from("."))
    }

    /// The same for people.
    pub(super) fn resolved(
        &self,
        path: &Path,
        root: &Path,
    ) -> Result<ResolvedSettings, ConfigError> {
        Ok(ResolvedSettings {
            path: path.to_owned(),
            template: self.of(path, directory_of(path), root)?.template,
            run: self.run.clone(),
        })
    }
}

/// What holds for one template.
pub(super) struct Settled {
    pub(super) template: TemplateSettings,
    /// The configuration file that says so.
    pub(super) file: Option<Arc<ConfigFile>>,
    /// The template's canonical path, if there is any file.
    place: PathBuf,
}

impl Settled {
    /// Whether the configuration of the run and the template's own want it to be looked at. What was
    /// named needs not be included.
    pub(super) fn is_wanted(&self, run: Option<&ConfigFile>, named: bool) -> bool {
        let own = self.file.as_deref();
        let mut files = own.into_iter().chain(run);
        files.all(|file| file.wants(&self.place, named))
    }
}

fn arguments(args: &ScopeArgs, guard_rules: &[PathBuf]) -> anyhow::Result<Arguments> {
    let select = args.select.as_deref().map(rules).transpose()?;
    let ignore = rules(&args.ignore)?;
    if let Some(both) = select.iter().flatten().find(|rule| ignore.contains(rule)) {
        let id = both.0.id;
        bail!("{id} is selected and ignored; take it out of --select or --ignore");
    }
    Ok(Arguments {
        from: args.from.as_deref().map(runtimes).transpose()?,
        architecture: args.architecture.map(Into::into),
        safe_only: args.safe_only,
        templates_only: args.templates_only,
        select,
        ignore,
        hidden: args.hidden,
        respect_ignore: args.no_ignore.map(|no_ignore| !no_ignore),
        thorough: args.thorough,
        max_file_size: args.max_file_size,
        strict: args.strict,
        guard_rules: guard_rules.to_vec(),
        runtimes: args.runtimes.clone(),
        extension_layers: args.extension_layers.clone(),
    })
}

impl From<ArchitectureArg> for ArchitectureChoice {
    fn from(argument: ArchitectureArg) -> Self {
        match argument {
            ArchitectureArg::Auto => Self::Auto,
            ArchitectureArg::Arm64 => Self::Arm64,
            ArchitectureArg::X86_64 => Self::X86_64,
            ArchitectureArg::Keep => Self::Keep,
        }
    }
}

fn runtimes(ids: &[String]) -> anyhow::Result<Vec<RetiredRuntime>> {
    ids.iter()
        .map(|id| {
            RetiredRuntime::from_id(id).with_context(|| {
                let known = RetiredRuntime::ALL.map(RetiredRuntime::id);
                let suggestion = match nearest(id, known) {
                    Some(near) => format!("; did you mean {near}?"),
                    None => format!("; it leaves {}", known.join(", ")),
                };
                format!("--from: {id} is no runtime that lambdalift leaves{suggestion}")
            })
        })
        .collect()
}

fn rules(ids: &[String]) -> anyhow::Result<Vec<RuleName>> {
    ids.iter()
        .map(|id| RuleName::parse(id).map_err(|message| anyhow!(message)))
        .collect()
}

/// The rule with this id, or an error that names the nearest one.
pub(super) fn rule(id: &str) -> anyhow::Result<&'static Rule> {
    match RuleName::parse(id) {
        Ok(rule) => Ok(rule.0),
        Err(message) => bail!(message),
    }
}

fn data(runtimes: Option<&Path>, layers: Option<&Path>) -> anyhow::Result<Data> {
    let read = |path: Option<&Path>| -> anyhow::Result<Option<String>> {
        let Some(path) = path else { return Ok(None) };
        let text = read_table(path)
            .with_context(|| format!("cannot read the table {}", path.display()))?;
        Ok(Some(text))
    };
    let (runtimes_text, layers_text) = (read(runtimes)?, read(layers)?);
    let named = [runtimes, layers]
        .into_iter()
        .flatten()
        .map(|path| path.display().to_string());
    Data::load(runtimes_text.as_deref(), layers_text.as_deref()).with_context(|| {
        format!(
            "not a table of this kind: {}",
            named.collect::<Vec<_>>().join(", ")
        )
    })
}

/// A regular file of a size that a table can have.
fn read_table(path: &Path) -> std::io::Result<String> {
    const LARGEST: u64 = 1 << 20;
    let unfit = |what| std::io::Error::new(std::io::ErrorKind::InvalidInput, what);
    let kind = std::fs::metadata(path)?;
    if !kind.is_file() {
        return Err(unfit("it is no regular file"));
    }
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    if file.take(LARGEST + 1).read_to_string(&mut text)? > 1 << 20 {
        return Err(unfit("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// Reads standard input, up to a size. A thread does the reading, because only this one sees Ctrl-C.
pub(super) fn read_stdin(limit: u64, cancelled: &AtomicBool) -> anyhow::Result<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut input = std::io::stdin().lock().take(limit.saturating_add(1));
        let result = input.read_to_end(&mut bytes).map(|_| bytes);
        // Nobody waits any more after an interruption.
        drop(sender.send(result));
    });
    let bytes = loop {
        match receiver.recv_timeout(Duration::from_millis(20)) {
            Ok(result) => break result.context("cannot read standard input")?,
            Err(RecvTimeoutError::Timeout) if cancelled.load(Ordering::Relaxed) => {
                return Ok(Vec::new());
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => bail!("cannot read standard input"),
        }
    };
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limit {
        bail!("standard input is larger than {limit} bytes; --max-file-size raises the limit");
    }
    Ok(bytes)
}
