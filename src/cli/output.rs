//! `--output FILE`: a report that is written whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use tempfile::{Builder, NamedTempFile};

/// A file for the report.
#[derive(Debug)]
pub(super) struct ReportFile {
    /// As the user spelled it.
    path: PathBuf,
    /// Where it leads to.
    target: PathBuf,
    /// A pipe or device takes the report as it is; nothing can be renamed onto it.
    is_stream: bool,
}

impl ReportFile {
    /// Makes sure that the report can be written, before anything else is.
    pub(super) fn check(path: &Path) -> anyhow::Result<Self> {
        let file = Self::find(path).with_context(|| cannot_write(path))?;
        if !file.is_stream {
            let probe = file.temporary().with_context(|| cannot_write(path))?;
            drop(probe);
        }
        Ok(file)
    }

    fn find(path: &Path) -> anyhow::Result<Self> {
        let (target, is_stream) = match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => bail!("it is a directory; name a file in it"),
            Ok(metadata) if metadata.is_file() => {
                // The mode is asked as well: to the superuser every file opens.
                if metadata.permissions().readonly() {
                    bail!("it is read-only; make it writable, or name another file");
                }
                // A symbolic link stays.
                (fs::canonicalize(path)?, false)
            }
            Ok(_) => (path.to_owned(), true),
            Err(error) => {
                let directory = path.parent().filter(|it| !it.as_os_str().is_empty());
                if let Some(directory) = directory.filter(|it| !it.is_dir()) {
                    bail!(
                        "there is no directory {}; create it first",
                        directory.display()
                    );
                }
                if error.kind() != io::ErrorKind::NotFound {
                    return Err(error.into());
                }
                (path.to_owned(), false)
            }
        };
        Ok(Self {
            path: path.to_owned(),
            target,
            is_stream,
        })
    }

    /// Refuses to write over a file that is a part of the run.
    pub(super) fn is_none_of<'p>(
        &self,
        paths: impl Iterator<Item = &'p Path>,
    ) -> anyhow::Result<()> {
        let Ok(target) = fs::canonicalize(&self.target) else {
            return Ok(());
        };
        for path in paths {
            if fs::canonicalize(path).is_ok_and(|path| path == target) {
                bail!(
                    "--output {} is a file that is being looked at; name another file, nothing was written",
                    self.path.display()
                );
            }
        }
        Ok(())
    }

    /// Writes the report.
    pub(super) fn write(&self, report: &[u8]) -> anyhow::Result<()> {
        let written = if self.is_stream {
            OpenOptions::new()
                .write(true)
                .open(&self.target)
                .and_then(|mut stream| stream.write_all(report))
        } else {
            self.replace(report)
        };
        written.with_context(|| cannot_write(&self.path))
    }

    fn replace(&self, report: &[u8]) -> io::Result<()> {
        let mut temporary = self.temporary()?;
        temporary.write_all(report)?;
        if let Ok(old) = fs::metadata(&self.target) {
            temporary.as_file().set_permissions(old.permissions())?;
        }
        temporary.as_file().sync_all()?;
        temporary.persist(&self.target)?;
        Ok(())
    }

    fn temporary(&self) -> io::Result<NamedTempFile> {
        let directory = match self.target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let mut builder = Builder::new();
        builder.prefix(".lambdalift-report-");
        // As any new file: the mode that the umask leaves.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        // The name that we make up says nothing to anybody.
        builder.tempfile_in(directory).map_err(|error| {
            let cause = error.get_ref().and_then(|error| error.source());
            let cause = cause.map(ToString::to_string);
            cause.map_or(error, io::Error::other)
        })
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write the report to {}", path.display())
}
