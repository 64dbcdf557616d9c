//! How paths are shown.

use std::path::{Component, Path, PathBuf};

/// `path` without `.` parts, doubled and final separators; the empty path becomes `.`.
pub(crate) fn clean(path: &Path) -> PathBuf {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    or_here(parts.collect())
}

/// The directory that a cleaned `path` lies in.
pub(super) fn parent(path: &Path) -> PathBuf {
    or_here(path.parent().unwrap_or(path).to_path_buf())
}

fn or_here(path: PathBuf) -> PathBuf {
    if path.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_without_noise() {
        let cases = [
            (".", ".", "."),
            ("./", ".", "."),
            ("./a.yaml", "a.yaml", "."),
            ("././a//b/", "a/b", "a"),
            ("../a/./b", "../a/b", "../a"),
            ("a/../b", "a/../b", "a/.."),
            ("/a", "/a", "/"),
        ];
        for (given, cleaned, directory) in cases {
            let path = clean(Path::new(given));
            assert_eq!(path, Path::new(cleaned), "{given}");
            if cleaned != "." {
                assert_eq!(parent(&path), Path::new(directory), "{given}");
            }
        }
    }
}
