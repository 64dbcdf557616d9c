//! Opens what was a regular file when it was listed.
//!
//! Between a listing and the opening another program may put something else in its place. A FIFO would make
//! the run wait for its writer, beyond the reach of Ctrl-C; a link would lead out of the directory.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::path::Path;

/// Opens a file that was listed as a regular one.
pub(super) fn listed(path: &Path) -> io::Result<File> {
    open(path, true)
}

/// Opens a file that was named, and that links may lead to.
pub(super) fn named(path: &Path) -> io::Result<File> {
    open(path, false)
}

/// The whole content of a file that was listed as a regular one.
pub(crate) fn read_listed(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    listed(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn open(path: &Path, is_listed: bool) -> io::Result<File> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut flags = OFlags::NONBLOCK;
    flags.set(OFlags::NOFOLLOW, is_listed);
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path, _is_listed: bool) -> io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

/// Whether an error says that something is gone since it was listed, or has become something else.
pub(super) fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound, WouldBlock};
    matches!(
        error.kind(),
        NotFound | NotADirectory | IsADirectory | WouldBlock
    ) || is_link_or_socket(error)
}

#[cfg(unix)]
fn is_link_or_socket(error: &io::Error) -> bool {
    use rustix::io::Errno;
    // BSDs say EMLINK or EFTYPE of a link, and EOPNOTSUPP of a socket.
    let errors = [Errno::LOOP, Errno::NXIO, Errno::MLINK, Errno::OPNOTSUPP];
    Errno::from_io_error(error).is_some_and(|errno| errors.contains(&errno))
}

#[cfg(not(unix))]
fn is_link_or_socket(_error: &io::Error) -> bool {
    false
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Wanted;
    use super::super::reader::{Content, Reader};
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    /// Without the flags the first of them waits for ever.
    #[test]
    fn what_became_something_else_holds_nothing_up() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name| directory.path().join(name);
        let made = std::process::Command::new("mkfifo")
            .arg(at("fifo"))
            .status();
        assert!(made.unwrap().success());
        std::fs::create_dir(at("directory")).unwrap();
        std::fs::write(at("file"), "AWS::Lambda::Function go1.x").unwrap();
        symlink("file", at("link")).unwrap();
        symlink("absent", at("dangling")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        let mut reader = Reader::new(1000, Wanted::Retired);
        for name in [
            "fifo",
            "directory",
            "link",
            "dangling",
            "socket",
            "absent",
            "file/below",
        ] {
            match reader.walked(&at(name)) {
                Ok(content) => assert!(matches!(content, Content::Unwanted), "{name}"),
                Err(error) => assert!(is_gone(&error), "{name}: {error}"),
            }
        }
        assert!(reader.named(&at("fifo")).is_err());
        assert!(reader.named(&at("link")).is_ok());
        assert_eq!(read_listed(&at("fifo")).unwrap(), b"");
        assert!(read_listed(&at("link")).is_err());
        let closed = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert!(!is_gone(&closed));
    }
}
