use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::temporary::sweep;
use super::{WriteError, Writer};

fn replace(path: &Path, old: &[u8], new: &[u8]) -> Result<(), WriteError> {
    Writer::default().replace(path, old, new)
}

/// A directory that holds `template.yaml` with the text `old`.
fn fixture() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("template.yaml");
    fs::write(&path, "old").unwrap();
    (directory, path)
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_file_is_replaced_and_nothing_else_remains() {
    let (directory, path) = fixture();
    replace(&path, b"old", b"the new text").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"the new text");
    assert_eq!(names(directory.path()), ["template.yaml"]);
}

#[test]
fn a_changed_file_is_refused() {
    for now in ["new", "older", "ol", ""] {
        let (directory, path) = fixture();
        fs::write(&path, now).unwrap();
        let refused = replace(&path, b"old", b"new");
        assert!(matches!(refused, Err(WriteError::Changed { .. })), "{now}");
        assert_eq!(fs::read(&path).unwrap(), now.as_bytes());
        assert_eq!(names(directory.path()), ["template.yaml"]);
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let (directory, path) = fixture();
    let missing = replace(&directory.path().join("none"), b"", b"x");
    assert!(matches!(missing, Err(WriteError::Unreadable { .. })));
    let folder = replace(directory.path(), b"", b"x");
    assert!(matches!(folder, Err(WriteError::NotRegular { .. })));
    let message = folder.unwrap_err().to_string();
    assert!(message.contains(&directory.path().display().to_string()));
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_read_only_file_is_refused() {
    let (directory, path) = fixture();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let refused = replace(&path, b"old", b"new");
    assert!(matches!(refused, Err(WriteError::ReadOnly { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["template.yaml"]);
}

#[test]
fn a_locked_file_is_refused() {
    let (_directory, path) = fixture();
    let other = File::options().write(true).open(&path).unwrap();
    other.lock().unwrap();
    let refused = replace(&path, b"old", b"new");
    assert!(matches!(refused, Err(WriteError::Busy { .. })));
    drop(other);
    replace(&path, b"old", b"new").unwrap();
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

    use super::*;

    #[test]
    fn the_mode_is_kept() {
        for mode in [0o600, 0o644, 0o755, 0o666, 0o2775] {
            let (_directory, path) = fixture();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            replace(&path, b"old", b"new").unwrap();
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn the_owner_is_kept() {
        let (_directory, path) = fixture();
        if chown(&path, Some(12_345), Some(23_456)).is_err() {
            return; // Only the superuser can set this up.
        }
        replace(&path, b"old", b"new").unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (12_345, 23_456));
    }

    /// A list as the kernel stores it: tag, rights and id of each entry.
    #[cfg(target_os = "linux")]
    fn access_list(entries: &[(u16, u16, u32)]) -> Vec<u8> {
        let mut bytes = 2_u32.to_le_bytes().to_vec();
        for (tag, rights, id) in entries {
            bytes.extend(tag.to_le_bytes());
            bytes.extend(rights.to_le_bytes());
            bytes.extend(id.to_le_bytes());
        }
        bytes
    }

    #[cfg(target_os = "linux")]
    #[test]
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn an_access_list_is_kept_and_none_is_handed_down() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        const NOBODY: u32 = u32::MAX;
        // Owner rw, user 1000 rw, group r, mask rw, others nothing: the mode is 0660.
        let list = access_list(&[
            (1, 6, NOBODY),
            (2, 6, 1_000),
            (4, 4, NOBODY),
            (16, 6, NOBODY),
            (32, 0, NOBODY),
        ]);
        let (directory, path) = fixture();
        let set = |path: &Path, name| setxattr(path, name, &list, XattrFlags::empty());
        let get = |path: &Path| {
            let mut bytes = vec![0; 1_024];
            let length = getxattr(path, "system.posix_acl_access", bytes.as_mut_slice())?;
            bytes.truncate(length);
            rustix::io::Result::Ok(bytes)
        };
        if let Err(error) = set(&path, "system.posix_acl_access") {
            eprintln!("skipped: no access control lists here: {error}");
            return;
        }
        replace(&path, b"old", b"new").unwrap();
        assert_eq!(get(&path), Ok(list.clone()));
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o660);
        let plain = directory.path().join("plain.yaml");
        fs::write(&plain, "old").unwrap();
        fs::set_permissions(&plain, fs::Permissions::from_mode(0o640)).unwrap();
        set(directory.path(), "system.posix_acl_default").unwrap();
        replace(&plain, b"old", b"new").unwrap();
        assert_eq!(get(&plain), Err(rustix::io::Errno::NODATA));
        assert_eq!(fs::metadata(&plain).unwrap().mode() & 0o7777, 0o640);
    }

    #[test]
    fn a_symlink_stays_and_its_target_is_replaced() {
        let (directory, path) = fixture();
        let sub = directory.path().join("sub");
        fs::create_dir(&sub).unwrap();
        let (one, two) = (sub.join("one"), directory.path().join("two"));
        symlink("../template.yaml", &one).unwrap();
        symlink("sub/one", &two).unwrap();
        replace(&two, b"old", b"new").unwrap();
        assert!(one.is_symlink() && two.is_symlink() && !path.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(&sub), ["one"]);
    }

    #[test]
    fn a_hard_link_becomes_its_own_file() {
        let (directory, path) = fixture();
        let link = directory.path().join("link");
        fs::hard_link(&path, &link).unwrap();
        replace(&path, b"old", b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read(&link).unwrap(), b"old");
    }

    #[test]
    fn a_directory_that_allows_no_new_file_is_refused() {
        let (directory, path) = fixture();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let result = replace(&path, b"old", b"new");
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        // The superuser may write there.
        assert!(matches!(result, Ok(()) | Err(WriteError::Directory { .. })));
    }
}

#[test]
fn sweeps_and_writers_do_not_disturb_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sweeper = scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                sweep(directory.path()).unwrap();
            }
        });
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let path = directory.path().join(format!("{writer}.yaml"));
                scope.spawn(move || {
                    fs::write(&path, "0").unwrap();
                    for turn in 0..50 {
                        let (old, new) = (turn.to_string(), (turn + 1).to_string());
                        // A sweep may hold the lock of the file just renamed, for an instant.
                        while let Err(error) = replace(&path, old.as_bytes(), new.as_bytes()) {
                            assert!(matches!(error, WriteError::Busy { .. }), "{error}");
                        }
                    }
                    assert_eq!(fs::read(&path).unwrap(), b"50");
                })
            })
            .collect();
        let results: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        sweeper.join().unwrap();
        assert!(results.into_iter().all(|result| result.is_ok()));
    });
    assert_eq!(names(directory.path()), ["0.yaml", "1.yaml", "2.yaml"]);
}
