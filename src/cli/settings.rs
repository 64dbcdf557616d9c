//! Arguments as typed to settings as meant.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, bail};

use super::args::{ArchitectureArg, ScopeArgs};
use crate::data::{Data, RetiredRuntime};
use crate::migrate::{ArchitectureChoice, Options, RuleSelection};
use crate::rules::{Rule, find, nearest};

/// What a run looks at and wants.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) options: Options,
    pub(super) data: Data,
    pub(super) roots: Vec<PathBuf>,
    /// Standard input is among the paths.
    pub(super) stdin: bool,
    /// Build files may be edited, too.
    pub(super) edits_build_files: bool,
}

impl Settings {
    pub(super) fn new(args: &ScopeArgs) -> anyhow::Result<Self> {
        let stdin = args.paths.iter().any(|path| path == Path::new("-"));
        if stdin && args.paths.len() > 1 {
            bail!("`-` stands alone: name files, or read standard input");
        }
        if args.stdin_filename.is_some() && !stdin {
            bail!("--stdin-filename is for standard input: give `-` as the path");
        }
        let roots = args.paths.iter().filter(|path| *path != Path::new("-"));
        Ok(Self {
            options: Options {
                from: runtimes(&args.from)?,
                architecture: match args.architecture {
                    ArchitectureArg::Auto => ArchitectureChoice::Auto,
                    ArchitectureArg::Arm64 => ArchitectureChoice::Arm64,
                    ArchitectureArg::X86_64 => ArchitectureChoice::X86_64,
                    ArchitectureArg::Keep => ArchitectureChoice::Keep,
                },
                safe_only: args.safe_only,
                rules: RuleSelection {
                    select: rules(&args.select)?,
                    ignore: rules(&args.ignore)?,
                },
                ..Options::default()
            },
            data: data(args.runtimes.as_deref(), args.extension_layers.as_deref())?,
            roots: roots.cloned().collect(),
            stdin,
            edits_build_files: args.build_files,
        })
    }
}

fn runtimes(ids: &[String]) -> anyhow::Result<Vec<RetiredRuntime>> {
    ids.iter()
        .map(|id| {
            RetiredRuntime::from_id(id).with_context(|| {
                let known = RetiredRuntime::ALL.map(RetiredRuntime::id).join(", ");
                format!("--from: {id} is no runtime that lambdalift leaves; it leaves {known}")
            })
        })
        .collect()
}

fn rules(ids: &[String]) -> anyhow::Result<Vec<&'static Rule>> {
    ids.iter().map(|id| rule(id)).collect()
}

/// The rule with this id, or an error that names the nearest one.
pub(super) fn rule(id: &str) -> anyhow::Result<&'static Rule> {
    find(id).with_context(|| match nearest(id) {
        Some(near) => format!("there is no rule {id}; did you mean {}?", near.id),
        None => format!("there is no rule {id}; `lambdalift rules` lists them"),
    })
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
