//! The facts of one repository, each found once however many functions ask.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build_files::{self, BuildFile};
use super::directory::{self, Directory};
use super::files::{ByPath, Entry, Files, collapse, tidy};
use super::kept::Kept;
use super::makefile::{Parsed, Target};
use super::module::ModFiles;
use super::reach::{self, Program};
use crate::parallel::locked;

/// Answers questions about the files of a repository, and remembers the answers.
pub(crate) struct Survey {
    files: Box<dyn Files + Send>,
    directories: Memory<Option<Directory>>,
    programs: Memory<Program>,
    build_files: Memory<Vec<BuildFile>>,
    places: Memory<PathBuf>,
    makefiles: Kept<Option<Arc<Parsed>>>,
    is_program: Memory<bool>,
    is_present: Memory<bool>,
    roots: Memory<Option<PathBuf>>,
    ci_files: Memory<Vec<PathBuf>>,
    near: Memory<BTreeSet<PathBuf>>,
    program_places: Memory<Vec<PathBuf>>,
    mod_files: ModFiles,
}

type Memory<V> = ByPath<Arc<V>>;

impl Survey {
    pub(crate) fn new(files: impl Files + Send + 'static) -> Self {
        Self {
            files: Box::new(files),
            directories: Memory::default(),
            programs: Memory::default(),
            build_files: Memory::default(),
            places: Memory::default(),
            makefiles: Kept::default(),
            is_program: Memory::default(),
            is_present: Memory::default(),
            roots: Memory::default(),
            ci_files: Memory::default(),
            near: Memory::default(),
            program_places: Memory::default(),
            mod_files: ModFiles::default(),
        }
    }

    /// What lies in a directory; `None` when it does not exist.
    pub(crate) fn directory(&self, path: &Path) -> Arc<Option<Directory>> {
        remember(&self.directories, path, || {
            directory::inspect(&*self.files, path)
        })
    }

    /// The Go program in a directory. Where the directory does not exist, the module of the nearest
    /// directory above it that does.
    pub(crate) fn program(&self, path: &Path) -> Arc<Program> {
        let known = locked(&self.programs).get(path.as_os_str()).cloned();
        if let Some(program) = known {
            return program;
        }
        let exists = |at: &&Path| self.files.is_directory(at);
        let at = path.ancestors().find(exists).unwrap_or(path);
        let program = remember(&self.programs, at, || {
            reach::inspect(&*self.files, &self.mod_files, at)
        });
        if at != path {
            let path = path.as_os_str().to_owned();
            locked(&self.programs).insert(path, Arc::clone(&program));
        }
        program
    }

    /// Whether a directory itself holds a Go program.
    pub(crate) fn is_program(&self, path: &Path) -> bool {
        *remember(&self.is_program, path, || {
            directory::is_program(&*self.files, path)
        })
    }

    /// The target `build-<LogicalId>` of the Makefile in a directory.
    pub(crate) fn make_target(&self, path: &Path, logical_id: &str) -> Option<Target> {
        let makefile = self.makefiles.get(path, || {
            let found = Parsed::read(&*self.files, path).map(Arc::new);
            let size = found.as_ref().map_or(0, |it| it.size());
            (found, size)
        });
        makefile?.target(logical_id)
    }

    /// The build files in a directory.
    pub(crate) fn build_files(&self, path: &Path) -> Arc<Vec<BuildFile>> {
        remember(&self.build_files, path, || {
            build_files::scan(&*self.files, &[path.to_owned()])
        })
    }

    /// The build files near a directory, as `find` has found them the first time.
    pub(crate) fn near(
        &self,
        path: &Path,
        find: impl FnOnce() -> BTreeSet<PathBuf>,
    ) -> Arc<BTreeSet<PathBuf>> {
        remember(&self.near, path, find)
    }

    /// The directories in and below a directory where repositories keep their programs, as far as they exist.
    pub(crate) fn program_places(&self, path: &Path) -> Arc<Vec<PathBuf>> {
        const NAMES: [&str; 7] = [
            "",
            "cmd",
            "src",
            "functions",
            "lambda",
            "lambdas",
            "services",
        ];
        remember(&self.program_places, path, || {
            self.directories(path, &NAMES)
        })
    }

    /// The directories of these names in a directory, which the empty name stands for.
    pub(crate) fn directories(&self, path: &Path, names: &[&str]) -> Vec<PathBuf> {
        // Most are not there, as its listing tells at once. Whether names that differ in case alone are the same is
        // the system's to say.
        let entries = self.files.entries(path);
        let may_be_there = |name: &&&str| {
            let is_same = |entry: &Entry| entry.name.eq_ignore_ascii_case(name);
            let lists = |entries: &[Entry]| name.is_empty() || entries.iter().any(is_same);
            entries.as_deref().is_none_or(lists)
        };
        let places = names.iter().filter(may_be_there);
        let places = places.map(|name| path.join(name));
        places.filter(|it| self.files.is_directory(it)).collect()
    }

    /// A build file that its name does not show to be one.
    pub(crate) fn build_file(&self, path: &Path) -> Option<BuildFile> {
        let found = remember(&self.build_files, path, || {
            build_files::scan_file(&*self.files, path)
                .into_iter()
                .collect()
        });
        found.first().cloned()
    }

    /// The root of the repository, spelled as `dir` is; none when `dir` does not lead there.
    pub(crate) fn repository_root(&self, dir: &Path) -> Option<PathBuf> {
        let found = remember(&self.roots, dir, || {
            let root = self.canonical(self.files.boundary());
            let mut above = super::files::ancestors(&*self.files, dir);
            above.find(|dir| self.canonical(dir) == root)
        });
        Option::clone(&found)
    }

    /// The files of CI services for the repository that holds a directory.
    pub(crate) fn ci_files(&self, dir: &Path) -> Arc<Vec<PathBuf>> {
        let Some(root) = self.repository_root(dir) else {
            return Arc::default();
        };
        remember(&self.ci_files, &root, || {
            let workflows = root.join(".github").join("workflows");
            let names = self.file_names(&workflows);
            let is_yaml = |name: &&String| name.ends_with(".yml") || name.ends_with(".yaml");
            let names = names.iter().filter(is_yaml);
            let mut found: Vec<PathBuf> = names.map(|it| workflows.join(it)).collect();
            let pipelines = [".gitlab-ci.yml", ".gitlab-ci.yaml"].map(|name| root.join(name));
            found.extend(pipelines.into_iter().filter(|path| self.is_file(path)));
            found
        })
    }

    /// The view of the files.
    pub(crate) fn files(&self) -> &dyn Files {
        &*self.files
    }

    /// The bytes of a file beside a template, if it is there and of reasonable size.
    pub(crate) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.files.read(path)
    }

    /// One spelling for a place, however it was spelled: see [`Files::canonical`].
    pub(crate) fn canonical(&self, path: &Path) -> PathBuf {
        let known = remember(&self.places, path, || self.files.canonical(path));
        PathBuf::clone(&known)
    }

    /// The shortest spelling of a path that leads where the path leads, links on the way or not.
    pub(crate) fn shortest(&self, path: &Path) -> PathBuf {
        let short = collapse(path);
        if self.canonical(&short) == self.canonical(path) {
            return short;
        }
        tidy(path)
    }

    /// Whether a path leads to a readable regular file of any size inside the repository.
    pub(crate) fn is_file(&self, path: &Path) -> bool {
        self.files.head(path).is_some()
    }

    /// Whether a name stands in its directory, readable or not.
    pub(crate) fn is_present(&self, path: &Path) -> bool {
        *remember(&self.is_present, path, || self.files.is_present(path))
    }

    /// The names of the files in a directory.
    pub(crate) fn file_names(&self, path: &Path) -> Vec<String> {
        let entries = self.files.entries(path).unwrap_or_default();
        entries.iter().map(|entry| entry.name.clone()).collect()
    }
}

fn remember<V>(memory: &Memory<V>, path: &Path, find: impl FnOnce() -> V) -> Arc<V> {
    let path = path.as_os_str();
    let known = locked(memory).get(path).cloned();
    if let Some(found) = known {
        return found;
    }
    let found = Arc::new(find());
    Arc::clone(locked(memory).entry(path.to_owned()).or_insert(found))
}

#[cfg(test)]
mod tests {
    use super::super::files::MemoryFiles;
    use super::*;

    #[test]
    fn knows_files_and_places() {
        let large = vec![b'x'; 2 << 20];
        let survey = Survey::new(MemoryFiles::new().file("a/large.zip", large));
        for (path, expected) in [
            ("a/large.zip", true),
            ("./a/../a/large.zip", true),
            ("a", false),
            ("absent", false),
            ("../a/large.zip", false),
        ] {
            assert_eq!(survey.is_file(Path::new(path)), expected, "{path}");
        }
        assert_eq!(survey.canonical(Path::new("./a/../b")), Path::new("b"));
    }
}
