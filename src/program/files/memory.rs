//! Files that exist in memory only.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Entry, EntryKind, Files, HEAD_SIZE, MAX_FILE_SIZE, collapse};

/// A repository in memory. Its root is the empty path unless another boundary is given; its
/// directories are those that hold a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryFiles {
    files: BTreeMap<PathBuf, (Vec<u8>, bool)>,
    boundary: PathBuf,
}

impl MemoryFiles {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The same files in a repository that begins at `boundary`.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn bounded_by(mut self, boundary: impl AsRef<Path>) -> Self {
        self.boundary = boundary.as_ref().to_path_buf();
        self
    }

    /// Adds a file.
    #[must_use]
    pub(crate) fn file(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.with(path.as_ref(), content.as_ref(), false)
    }

    /// Adds a file that may be executed.
    #[must_use]
    pub(crate) fn executable(self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        self.with(path.as_ref(), content.as_ref(), true)
    }

    fn with(mut self, path: &Path, content: &[u8], executable: bool) -> Self {
        let entry = (content.to_vec(), executable);
        self.files
            .insert(normalized(path).unwrap_or_default(), entry);
        self
    }

    /// The path as it is stored, if it lies in the repository.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        normalized(path).filter(|path| path.starts_with(&self.boundary))
    }

    /// The files below a directory: the rest of each path, and whether it may be executed.
    fn below<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = (&'a Path, bool)> {
        // Paths are sorted part by part: what lies below a directory follows on it without a gap.
        let from = (Bound::Excluded(dir), Bound::Unbounded);
        let following = self.files.range::<Path, _>(from);
        following.map_while(move |(path, (_, executable))| {
            Some((path.strip_prefix(dir).ok()?, *executable))
        })
    }
}

impl Files for MemoryFiles {
    fn entries(&self, dir: &Path) -> Option<Arc<[Entry]>> {
        let dir = self.inside(dir)?;
        let mut names = BTreeSet::new();
        let mut entries = Vec::new();
        for (rest, executable) in self.below(&dir) {
            let mut components = rest.components();
            let Some(name) = components.next() else {
                continue;
            };
            let name = name.as_os_str().to_string_lossy().into_owned();
            let kind = match components.next() {
                Some(_) => EntryKind::Directory,
                None => EntryKind::File { executable },
            };
            if names.insert(name.clone()) {
                entries.push(Entry { name, kind });
            }
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        (!entries.is_empty() || dir == self.boundary).then(|| entries.into())
    }

    fn is_directory(&self, dir: &Path) -> bool {
        self.inside(dir)
            .is_some_and(|dir| dir == self.boundary || self.below(&dir).next().is_some())
    }

    fn read(&self, file: &Path) -> Option<Vec<u8>> {
        let (bytes, _) = self.files.get(&self.inside(file)?)?;
        (bytes.len() as u64 <= MAX_FILE_SIZE).then(|| bytes.clone())
    }

    fn head(&self, file: &Path) -> Option<Vec<u8>> {
        let (bytes, _) = self.files.get(&self.inside(file)?)?;
        Some(bytes.iter().copied().take(HEAD_SIZE).collect())
    }

    fn boundary(&self) -> &Path {
        &self.boundary
    }
}

/// The path with `.` and `..` resolved by spelling; `None` when it leaves the root.
fn normalized(path: &Path) -> Option<PathBuf> {
    let found = collapse(path);
    (!found.starts_with("..")).then_some(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_reads() {
        let files = MemoryFiles::new()
            .file("a-b/d", "d")
            .file("a/b/c", "c")
            .executable("a/x", "x")
            .file("ab/e", "e");
        let names = files.entries(Path::new("./a")).unwrap();
        let expected = [
            ("b", EntryKind::Directory),
            ("x", EntryKind::File { executable: true }),
        ]
        .map(|(name, kind)| Entry {
            name: name.to_owned(),
            kind,
        });
        assert_eq!(*names, expected);
        assert_eq!(files.read(Path::new("a/b/../x")).unwrap(), b"x");
        assert_eq!(files.entries(Path::new("")).unwrap().len(), 3);
        assert_eq!(files.entries(Path::new("..")), None);
        assert_eq!(files.entries(Path::new("a/x")), None);
        assert_eq!(
            MemoryFiles::new().entries(Path::new("")),
            Some(Arc::default())
        );
        for (path, expected) in [
            ("", true),
            ("a", true),
            ("a/b", true),
            ("a/x", false),
            ("absent", false),
            ("..", false),
        ] {
            assert_eq!(files.is_directory(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn ends_at_its_boundary() {
        let files = MemoryFiles::new()
            .file("repository/a", "a")
            .file("secret", "s")
            .bounded_by("repository");
        assert_eq!(files.read(Path::new("secret")), None);
        assert!(files.read(Path::new("repository/a")).is_some());
    }
}
