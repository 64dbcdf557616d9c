//! Which repository a file lies in.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[cfg(feature = "cli")]
use super::Files as _;
use super::{ByPath, DiskFiles, directory_of};
use crate::parallel::locked;

/// The git repositories that files lie in, and where these really are. A run asks for every template, and
/// about the same directories above them again and again: each is looked at once.
#[derive(Debug)]
pub(crate) struct Repositories {
    /// By canonical directories.
    roots: ByPath<Option<Arc<Path>>>,
    /// `None` without a working directory, where only absolute paths lead anywhere.
    disk: Option<DiskFiles>,
}

impl Default for Repositories {
    fn default() -> Self {
        Self {
            roots: Mutex::default(),
            disk: DiskFiles::new(Path::new("")).ok(),
        }
    }
}

impl Repositories {
    /// The canonical path of a directory; the empty path is the working directory.
    pub(crate) fn real_directory(&self, directory: &Path) -> Option<Arc<Path>> {
        match &self.disk {
            Some(disk) => disk.real_directory(directory),
            None => fs::canonicalize(directory).ok().map(Arc::from),
        }
    }

    /// One spelling for a place, however it was spelled: see [`Files::canonical`].
    #[cfg(feature = "cli")]
    pub(crate) fn canonical(&self, path: &Path) -> Option<PathBuf> {
        Some(self.disk.as_ref()?.canonical(path))
    }

    /// The repository that holds a template: the nearest directory above it with a `.git` (a directory, or a
    /// file in worktrees and submodules), made canonical, else `given_root`.
    pub(crate) fn of(&self, template: &Path, given_root: &Path) -> PathBuf {
        let found = self.root(template);
        found.map_or_else(|| given_root.to_path_buf(), |root| root.to_path_buf())
    }

    /// The root of the git repository that holds a file, made canonical.
    pub(crate) fn root(&self, file: &Path) -> Option<Arc<Path>> {
        let directory = self.real_directory(directory_of(file))?;
        self.root_of_directory(&directory)
    }

    /// The same for a canonical directory.
    pub(crate) fn root_of_directory(&self, directory: &Path) -> Option<Arc<Path>> {
        let mut below = Vec::new();
        let mut found = None;
        for at in directory.ancestors() {
            if let Some(known) = locked(&self.roots).get(at.as_os_str()) {
                found.clone_from(known);
                break;
            }
            below.push(at.as_os_str().to_owned());
            if fs::symlink_metadata(at.join(".git")).is_ok() {
                found = Some(at.into());
                break;
            }
        }
        let known = below.into_iter().map(|at| (at, found.clone()));
        locked(&self.roots).extend(known);
        found
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(root.join("app/infra/deep")).unwrap();
        let template = root.join("app/infra/template.yaml");
        let given = Path::new("given");
        let absent = root.join("absent/template.yaml");
        let of = |template: &Path| Repositories::default().of(template, given);
        assert_eq!(of(&absent), given);
        fs::create_dir(root.join(".git")).unwrap();
        assert_eq!(of(&template), root);
        fs::write(root.join("app/.git"), "gitdir: elsewhere").unwrap();
        assert_eq!(of(&template), root.join("app"));
    }

    #[test]
    fn what_is_known_of_a_directory_holds_below_and_not_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(dir.path()).unwrap();
        fs::create_dir_all(root.join("a/.git")).unwrap();
        fs::create_dir_all(root.join("a/b/c")).unwrap();
        fs::create_dir_all(root.join("d")).unwrap();
        let repositories = Repositories::default();
        let of = |at: &str| repositories.root_of_directory(&root.join(at));
        for _ in 0..2 {
            assert_eq!(of("d"), of(""));
            assert_eq!(of("a/b/c").as_deref(), Some(&*root.join("a")));
            assert_eq!(of("a/b").as_deref(), Some(&*root.join("a")));
        }
    }
}
