//! The `go.mod` and `go.work` files of a repository. Every program asks for the nearest of each, and the
//! programs of one module for the same.

use std::path::Path;
use std::sync::Arc;

use super::go_mod::GoMod;
use crate::parallel::locked;
use crate::program::files::{ByPath, Files, MAX_ANCESTORS, ancestors};
use crate::program::kept::Kept;

/// Remembers what was read, and what is nearest.
#[derive(Debug, Default)]
pub(in crate::program) struct ModFiles {
    /// By the file.
    read: Kept<Option<Arc<GoMod>>>,
    /// By the file that would be nearest of all.
    nearest: ByPath<Nearest>,
}

/// Where the nearest file lies.
#[derive(Debug, Clone)]
struct Nearest {
    dir: Option<Arc<Path>>,
    /// So many directories are looked at until it is found.
    steps: usize,
}

impl ModFiles {
    /// The file `name`, `go.mod` or `go.work`, of one directory.
    pub(super) fn read(&self, files: &dyn Files, dir: &Path, name: &str) -> Option<Arc<GoMod>> {
        self.read.get(&dir.join(name), || {
            let found = GoMod::read(files, dir, name).map(Arc::new);
            let size = found.as_ref().map_or(0, |it| it.size());
            (found, size)
        })
    }

    /// The nearest file of that name, in the directory or above it.
    pub(super) fn nearest(&self, files: &dyn Files, dir: &Path, name: &str) -> Option<Arc<GoMod>> {
        let mut nearest = Nearest {
            dir: None,
            steps: 0,
        };
        let mut passed = Vec::new();
        for dir in ancestors(files, dir) {
            let file = dir.join(name);
            if let Some(known) = locked(&self.nearest).get(file.as_os_str()) {
                nearest.clone_from(known);
                break;
            }
            passed.push(file);
            if self.read(files, &dir, name).is_some() {
                nearest.dir = Some(dir.into());
                break;
            }
        }
        // A search that was cut short says nothing of the directories that it has passed.
        let is_whole = passed.len() < MAX_ANCESTORS;
        for file in passed.into_iter().rev() {
            nearest.steps += 1;
            if nearest.steps > MAX_ANCESTORS {
                nearest.dir = None;
            }
            if is_whole {
                locked(&self.nearest).insert(file.into(), nearest.clone());
            }
        }
        self.read(files, &nearest.dir?, name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::program::files::MemoryFiles;
    use std::path::PathBuf;

    /// `1/2/3/…`, so many.
    fn deep(count: usize) -> PathBuf {
        (1..=count).map(|at| at.to_string()).collect()
    }

    /// Whoever asked before, the answer is the same.
    #[test]
    fn the_nearest_does_not_depend_on_who_asks_first() {
        let depths = [0, 1, 2, 3, 5, 62, 63, 64, 65, 66, 70, 129];
        let files = MemoryFiles::new()
            .file("go.mod", "module top\n")
            .file("1/2/go.mod", "module two\n")
            .file(deep(130).join("main.go"), "package main\n");
        let nearest = |memory: &ModFiles, depth: usize| {
            let found = memory.nearest(&files, &deep(depth), "go.mod");
            found.map(|it| it.path.clone())
        };
        let alone: Vec<_> = depths
            .iter()
            .map(|depth| nearest(&ModFiles::default(), *depth))
            .collect();
        assert_eq!(alone.first().unwrap().as_deref(), Some("top"));
        assert_eq!(alone.get(3).unwrap().as_deref(), Some("two"));
        assert_eq!(alone.last().unwrap(), &None);
        for order in [depths.to_vec(), depths.iter().rev().copied().collect()] {
            let memory = ModFiles::default();
            for depth in order {
                let at = depths.iter().position(|it| *it == depth).unwrap();
                assert_eq!(&nearest(&memory, depth), alone.get(at).unwrap(), "{depth}");
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_there() {
        let files = MemoryFiles::new().file("a/main.go", "package main\n");
        let memory = ModFiles::default();
        for _ in 0..2 {
            assert!(memory.nearest(&files, Path::new("a"), "go.mod").is_none());
            assert!(memory.read(&files, Path::new("a"), "go.work").is_none());
        }
    }
}
