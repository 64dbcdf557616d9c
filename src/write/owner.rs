//! Mode, owner and group, carried from the old file to the new one.

use std::fs::File;
use std::io;

/// Gives `new` the owner, group and mode of `model`.
///
/// # Errors
///
/// The system's, when they differ and may not be changed: a file that would change hands is not replaced.
#[cfg(unix)]
pub(super) fn copy(model: &File, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let wanted = model.metadata()?;
    let present = new.metadata()?;
    // Only what differs: the owner of a file may not even set the owner it has, on some systems.
    let uid = Some(wanted.uid()).filter(|uid| *uid != present.uid());
    let gid = Some(wanted.gid()).filter(|gid| *gid != present.gid());
    if uid.is_some() || gid.is_some() {
        fchown(new, uid, gid)?;
    }
    // Last, because a change of owner clears the set-user-id bits; and only what differs, because file
    // systems without modes, where all files show the same one, refuse any change: a drive of Windows
    // under WSL, a share over SMB.
    let mode = wanted.mode() & 0o7777;
    if new.metadata()?.mode() & 0o7777 == mode {
        return Ok(());
    }
    new.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Elsewhere a new file inherits its permissions from the directory, as the old one did.
#[cfg(not(unix))]
pub(super) fn copy(_model: &File, _new: &File) -> io::Result<()> {
    Ok(())
}
