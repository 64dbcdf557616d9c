//! What stands in a directory.
//!
//! Most of a walk over a large repository goes by in here. Where the system gives names and kinds by the block,
//! they are taken from there, one buffer for all directories: the standard library asks for one of its own,
//! and for the kind of every directory that it opens.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// What a name leads to, without following a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    /// A link, pipe, socket or device.
    Other,
}

/// Lists directories, one after the other.
#[derive(Debug, Default)]
pub(super) struct Lister {
    #[cfg(target_os = "linux")]
    block: Vec<u8>,
}

impl Lister {
    /// Shows every name in a directory, or what has kept it from being read, until `show` says to stop. A
    /// link that has taken the directory's place is followed only if that `follows` from a user's wish.
    ///
    /// # Errors
    /// When the directory cannot be listed at all.
    pub(super) fn list(
        &mut self,
        directory: &Path,
        follows: bool,
        show: impl FnMut(io::Result<(&OsStr, Kind)>) -> bool,
    ) -> io::Result<()> {
        self.each(directory, follows, show)
    }
}

#[cfg(target_os = "linux")]
impl Lister {
    fn each(
        &mut self,
        directory: &Path,
        follows: bool,
        mut show: impl FnMut(io::Result<(&OsStr, Kind)>) -> bool,
    ) -> io::Result<()> {
        use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, openat, statat};
        use std::os::unix::ffi::OsStrExt as _;
        const BLOCK: usize = 32 * 1024;
        let mut flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        flags.set(OFlags::NOFOLLOW, !follows);
        let opened = openat(CWD, directory, flags, Mode::empty())?;
        self.block.reserve(BLOCK);
        let mut entries = RawDir::new(&opened, self.block.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let goes_on = match entry {
                Ok(entry) if matches!(entry.file_name().to_bytes(), b"." | b"..") => true,
                Ok(entry) => {
                    // Some file systems do not say.
                    let kind = match entry.file_type() {
                        FileType::Unknown => {
                            statat(&opened, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)
                                .map(|found| FileType::from_raw_mode(found.st_mode))
                        }
                        kind => Ok(kind),
                    };
                    let kind = kind.map(|kind| match kind {
                        FileType::Directory => Kind::Directory,
                        FileType::RegularFile => Kind::File,
                        _ => Kind::Other,
                    });
                    let name = OsStr::from_bytes(entry.file_name().to_bytes());
                    show(kind.map(|kind| (name, kind)).map_err(io::Error::from))
                }
                // It would say the same for ever.
                Err(error) => {
                    show(Err(error.into()));
                    false
                }
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
impl Lister {
    fn each(
        &mut self,
        directory: &Path,
        _follows: bool,
        mut show: impl FnMut(io::Result<(&OsStr, Kind)>) -> bool,
    ) -> io::Result<()> {
        for entry in std::fs::read_dir(directory)? {
            let kind = entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)));
            let goes_on = match kind {
                Ok((name, kind)) => {
                    let kind = match (kind.is_dir(), kind.is_file()) {
                        (true, _) => Kind::Directory,
                        (_, true) => Kind::File,
                        _ => Kind::Other,
                    };
                    show(Ok((&name, kind)))
                }
                Err(error) => show(Err(error)),
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }
}
