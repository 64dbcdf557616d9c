//! Mode, owner, group and access control list, carried from the old file to the new one.

use std::fs::File;
use std::io;

/// Gives `new` the owner, group, mode and access control list of `model`.
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
    if new.metadata()?.mode() & 0o7777 != mode {
        new.set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    access_list(model, new)
}

/// Without its list a file would give more than before: the middle digit of the mode is then the mask of the
/// list, and would become the right of the group. A list that the directory hands down goes likewise.
/// <https://man7.org/linux/man-pages/man5/acl.5.html>
#[cfg(target_os = "linux")]
fn access_list(model: &File, new: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;
    const NAME: &str = "system.posix_acl_access";
    /// `XATTR_SIZE_MAX` of the kernel.
    const MOST: usize = 64 << 10;
    let mut list = vec![0; MOST];
    let set = match fgetxattr(model, NAME, list.as_mut_slice()) {
        Ok(length) => {
            list.truncate(length);
            fsetxattr(new, NAME, &list, XattrFlags::empty())
        }
        Err(Errno::NODATA) => match fremovexattr(new, NAME) {
            Err(Errno::NODATA) => Ok(()),
            removed => removed,
        },
        // A file system without lists.
        Err(Errno::NOTSUP) => Ok(()),
        Err(error) => Err(error),
    };
    Ok(set?)
}

#[cfg(all(unix, not(target_os = "linux")))]
fn access_list(_model: &File, _new: &File) -> io::Result<()> {
    Ok(())
}

/// Elsewhere a new file inherits its permissions from the directory, as the old one did.
#[cfg(not(unix))]
pub(super) fn copy(_model: &File, _new: &File) -> io::Result<()> {
    Ok(())
}
