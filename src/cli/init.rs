//! `lambdalift init`: a configuration file to begin with.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::Exit;
use crate::config::{COMMENTED, NAMES};

/// Writes the file to the working directory, unless there is one.
pub(super) fn run() -> anyhow::Result<Exit> {
    let [name, hidden] = NAMES;
    if std::fs::symlink_metadata(hidden).is_ok() {
        bail!("{hidden} is there already; edit it, or remove it first");
    }
    write(Path::new(name))?;
    writeln!(
        std::io::stderr(),
        "{name} written: every key with its default, commented out"
    )?;
    Ok(Exit::Success)
}

fn write(path: &Path) -> anyhow::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    match file {
        Ok(mut file) => file
            .write_all(COMMENTED.as_bytes())
            .with_context(|| format!("cannot write {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} is there already; edit it, or remove it first",
                path.display()
            )
        }
        Err(error) => Err(error).with_context(|| format!("cannot write {}", path.display())),
    }
}
