//! What lies in the directory that `CodeUri` or `Code` names.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::files::{Entry, EntryKind, Files, tidy};
use super::golang;

/// The most entries that are looked at below one directory.
const MAX_ENTRIES: usize = 20_000;

/// The deepest directory that is looked at, counted from the first.
const MAX_DEPTH: usize = 32;

/// The most Go files that are read to find programs below one directory.
const MAX_GO_FILES: usize = 2_000;

/// The most files whose first bytes are read to tell whether they are binaries.
const MAX_HEADS: usize = 1_000;

/// Directories whose Go files belong to somebody else, or to no program.
const SKIPPED: [&str; 5] = [".aws-sam", ".git", "node_modules", "testdata", "vendor"];

/// Endings of files that are no programs though their mode may say so, as it does for every file
/// on some file systems.
const NOT_BINARY: [&str; 46] = [
    "a", "bat", "c", "cc", "cfg", "cmd", "conf", "cpp", "css", "csv", "env", "go", "h", "html",
    "ini", "jar", "java", "js", "json", "lock", "lua", "md", "mjs", "mk", "mod", "o", "php", "pl",
    "png", "ps1", "py", "rb", "rs", "sh", "so", "sql", "sum", "svg", "tf", "toml", "ts", "txt",
    "xml", "yaml", "yml", "zip",
];

/// Names of files that are no programs.
const NOT_BINARY_NAMES: [&str; 7] = [
    "Dockerfile",
    "GNUmakefile",
    "LICENSE",
    "Makefile",
    "README",
    "justfile",
    "makefile",
];

/// The Go package at the root of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootPackage {
    /// No Go file that is built for Lambda.
    None,
    /// A package that is no program.
    Library,
    /// A program: `package main`.
    Main,
}

/// What a directory holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    /// The Go package at its root.
    pub root: RootPackage,
    /// Whether any Go file, a test included, lies in it or anywhere below. The search ends after
    /// 20,000 entries or 32 levels and skips `vendor` and the like.
    pub holds_go: bool,
    /// The names of the binaries at its root, sorted.
    pub executables: Vec<String>,
    /// The directories below that hold a program, relative to it, sorted; bounded likewise.
    pub programs: Vec<PathBuf>,
}

/// Looks at a directory. `None` when it does not exist, which includes all that
/// [`Files::entries`] refuses.
pub(crate) fn inspect(files: &dyn Files, dir: &Path) -> Option<Directory> {
    let dir = tidy(dir);
    let entries = files.entries(&dir)?;
    let executables = executables(files, &dir, &entries);
    let mut go_files = MAX_GO_FILES;
    let root = package(files, &dir, &entries, &mut go_files);
    let mut walk = Walk {
        files,
        dir: &dir,
        queue: VecDeque::new(),
        entries_left: MAX_ENTRIES,
        go_files_left: go_files,
        holds_go: false,
        programs: Vec::new(),
    };
    walk.visit(Path::new(""), 0, &entries);
    walk.run();
    walk.programs.sort();
    Some(Directory {
        root,
        holds_go: walk.holds_go,
        executables,
        programs: walk.programs,
    })
}

/// Whether a directory itself holds a Go program that is built for Lambda.
pub(crate) fn is_program(files: &dyn Files, dir: &Path) -> bool {
    let dir = tidy(dir);
    let entries = files.entries(&dir).unwrap_or_default();
    package(files, &dir, &entries, &mut { MAX_GO_FILES }) == RootPackage::Main
}

/// The names of the Go files among `entries` that may be built for Lambda.
fn buildable(entries: &[Entry]) -> impl Iterator<Item = &str> {
    entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File { .. }))
        .map(|entry| entry.name.as_str())
        .filter(|name| is_go(name) && golang::belongs_to_program(name))
}

fn is_go(name: &str) -> bool {
    name.ends_with(".go")
}

/// The package of one directory: a program if any file says so, since `go build` would build it
/// or fail, but never build something else.
fn package(files: &dyn Files, dir: &Path, entries: &[Entry], left: &mut usize) -> RootPackage {
    let mut found = RootPackage::None;
    for name in buildable(entries) {
        let Some(fewer) = left.checked_sub(1) else {
            break;
        };
        *left = fewer;
        let source = files.read(&dir.join(name));
        match source.and_then(|source| golang::package_of(&source)) {
            Some(package) if package == "main" => return RootPackage::Main,
            // Ignored by `go build`: https://pkg.go.dev/go/build#Context.Import
            Some(package) if package == "documentation" => {}
            Some(_) => found = RootPackage::Library,
            None => {}
        }
    }
    found
}

/// A search through the directories below one, level by level, so that what lies near is found
/// even when there is too much.
struct Walk<'a> {
    files: &'a dyn Files,
    dir: &'a Path,
    /// Directories yet to be visited, relative to `dir`, with their depths.
    queue: VecDeque<(PathBuf, usize)>,
    entries_left: usize,
    go_files_left: usize,
    holds_go: bool,
    programs: Vec<PathBuf>,
}

impl Walk<'_> {
    fn run(&mut self) {
        while let Some((relative, depth)) = self.queue.pop_front() {
            let dir = self.dir.join(&relative);
            let Some(entries) = self.files.entries(&dir) else {
                continue;
            };
            let mut left = self.go_files_left;
            if package(self.files, &dir, &entries, &mut left) == RootPackage::Main {
                self.programs.push(relative.clone());
            }
            self.go_files_left = left;
            self.visit(&relative, depth, &entries);
        }
    }

    fn visit(&mut self, relative: &Path, depth: usize, entries: &[Entry]) {
        for entry in entries {
            let Some(left) = self.entries_left.checked_sub(1) else {
                self.queue.clear();
                return;
            };
            self.entries_left = left;
            match entry.kind {
                EntryKind::File { .. } => self.holds_go |= is_go(&entry.name),
                EntryKind::Directory => {
                    if depth < MAX_DEPTH && !SKIPPED.contains(&entry.name.as_str()) {
                        self.queue
                            .push_back((relative.join(&entry.name), depth + 1));
                    }
                }
                EntryKind::Other => {}
            }
        }
    }
}

fn executables(files: &dyn Files, dir: &Path, entries: &[Entry]) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| match entry.kind {
            EntryKind::File { executable } if may_be_binary(&entry.name) => {
                Some((entry.name.clone(), executable))
            }
            _ => None,
        })
        .take(MAX_HEADS)
        .filter(|(name, executable)| {
            let head = files.head(&dir.join(name)).unwrap_or_default();
            head.starts_with(b"\x7fELF") || (*executable && !head.starts_with(b"#!"))
        })
        .map(|(name, _)| name)
        .collect()
}

fn may_be_binary(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let ending = ending.unwrap_or_default().to_ascii_lowercase();
    // Versioned libraries are named `libc.so.6`.
    !NOT_BINARY.contains(&ending.as_str())
        && !NOT_BINARY_NAMES.contains(&name)
        && !name.contains(".so.")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::files::{DiskFiles, MemoryFiles, NoFiles};
    use super::*;

    const MAIN: &str = "package main\n\nfunc main() {}\n";

    #[test]
    fn knows_the_root_package() {
        for (name, content, expected) in [
            ("main.go", MAIN, RootPackage::Main),
            ("lib.go", "package lib\n", RootPackage::Library),
            ("doc.go", "package documentation\n", RootPackage::None),
            ("main_test.go", MAIN, RootPackage::None),
            ("main_windows.go", MAIN, RootPackage::None),
            ("_main.go", MAIN, RootPackage::None),
            (
                "gen.go",
                "//go:build ignore\n\npackage main\n",
                RootPackage::None,
            ),
            (
                "magefile.go",
                "//go:build mage\n\npackage main\n",
                RootPackage::None,
            ),
            ("broken.go", "not Go", RootPackage::None),
            ("README", "package main", RootPackage::None),
        ] {
            let files = MemoryFiles::new().file(format!("fn/{name}"), content);
            let found = inspect(&files, Path::new("./fn/")).unwrap();
            assert_eq!(found.root, expected, "{name}");
            assert_eq!(found.holds_go, is_go(name), "{name}");
            let program = is_program(&files, Path::new("fn"));
            assert_eq!(program, expected == RootPackage::Main, "{name}");
        }
    }

    #[test]
    fn absent_is_none() {
        let files = MemoryFiles::new().file("fn/main.go", MAIN);
        assert_eq!(inspect(&files, Path::new("other")), None);
        assert_eq!(inspect(&files, Path::new("fn/main.go")), None);
        assert_eq!(inspect(&files, Path::new("..")), None);
        assert_eq!(inspect(&NoFiles, Path::new("fn")), None);
        assert!(!is_program(&NoFiles, Path::new("fn")));
    }

    #[test]
    fn finds_programs_below() {
        let files = MemoryFiles::new()
            .file("app/go.mod", "module m")
            .file("app/hello/main.go", MAIN)
            .file("app/cmd/world/main.go", MAIN)
            .file("app/internal/store/store.go", "package store")
            .file("app/vendor/x/main.go", MAIN)
            .file("app/node_modules/x/main.go", MAIN);
        let found = inspect(&files, Path::new("app")).unwrap();
        assert_eq!(found.programs, ["cmd/world", "hello"].map(PathBuf::from));
        assert_eq!((found.root, found.holds_go), (RootPackage::None, true));
        let vendored = MemoryFiles::new().file("app/vendor/x/main.go", MAIN);
        assert!(!inspect(&vendored, Path::new("app")).unwrap().holds_go);
    }

    #[test]
    fn finds_binaries() {
        let mut large = b"\x7fELF".to_vec();
        large.resize(600, 0);
        let files = MemoryFiles::new()
            .file("bin/hello", large)
            .executable("bin/world", "\u{0}\u{1}")
            .executable("bin/build", "#!/bin/sh\n")
            .executable("bin/deploy.sh", "echo")
            .executable("bin/Makefile", "all:")
            .executable("bin/main.go", "package lib")
            .file("bin/libx.so", "\x7fELF")
            .file("bin/libx.so.1", "\x7fELF")
            .file("bin/notes", "text")
            .executable("bin/sub/tool", "\u{0}");
        let found = inspect(&files, Path::new("bin")).unwrap();
        assert_eq!(found.executables, ["hello", "world"]);
    }

    #[test]
    fn is_bounded_in_depth_and_entries() {
        let deep = format!("d{}/main.go", "/d".repeat(40));
        let files = MemoryFiles::new().file(deep, MAIN);
        assert!(!inspect(&files, Path::new("d")).unwrap().holds_go);
        let mut files = MemoryFiles::new().file("w/z/main.go", MAIN);
        for index in 0..MAX_ENTRIES {
            files = files.file(format!("w/a{index}"), "");
        }
        assert!(!inspect(&files, Path::new("w")).unwrap().holds_go);
    }

    #[test]
    fn sees_a_binary_too_large_to_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut large = b"\x7fELF".to_vec();
        large.resize(2 << 20, 0);
        std::fs::write(dir.path().join("hello"), large).unwrap();
        let files = DiskFiles::new(dir.path()).unwrap();
        let found = inspect(&files, dir.path()).unwrap();
        assert_eq!(found.executables, ["hello"]);
    }

    #[cfg(unix)]
    #[test]
    fn ends_in_a_cycle_of_links() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::os::unix::fs::symlink(".", dir.path().join(name)).unwrap();
        }
        let files = DiskFiles::new(dir.path()).unwrap();
        assert!(!inspect(&files, dir.path()).unwrap().holds_go);
    }
}
