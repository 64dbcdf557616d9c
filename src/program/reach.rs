//! The whole program of a function: its own package and all of its module that it imports.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::Hit;
use super::files::{Entry, EntryKind, Files, tidy};
use super::golang::{self, BuiltFor, CgoImport, GoFile, Sign};
use super::module::{self, ModFiles, Module, Workspace};

/// The most Go files of one program that are read.
const MAX_FILES: usize = 2_000;

/// The most bytes of Go source of one program that are read.
const MAX_BYTES: usize = 64 << 20;

/// The most hits of one kind that are kept.
const MAX_HITS: usize = 100;

/// What the source of a Go program says about moving it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Program {
    /// Where it reads the name of its handler or its own.
    pub reads_handler: Option<Hit>,
    /// Where it imports or links C code; also an import that needs cgo, if no file that could be
    /// named in [`Module::cgo_requirement`] requires it.
    pub c_code: Option<Hit>,
    /// Where it tests whether it runs in Lambda by something that only go1.x sets; at most 100.
    pub detects_lambda: Vec<Hit>,
    /// A file of a package it reaches that is built for amd64 alone, in a package with nothing that
    /// stands in for it on arm64. Test files do not count.
    pub amd64_only: Option<Hit>,
    /// The module it belongs to.
    pub module: Option<Module>,
}

/// Reads the program in `dir`, following its imports through the packages of the same module and
/// of modules that `go.mod` replaces by local directories or that `go.work` uses; without a `go.mod`, `dir` alone. At
/// most 2,000 files and 64 MiB are read. All hits of one kind come in the order of that search: packages
/// nearest to the program first, files by name.
pub(super) fn inspect(files: &dyn Files, mod_files: &ModFiles, dir: &Path) -> Program {
    let dir = tidy(dir);
    let workspace = Workspace::find(files, mod_files, &dir);
    let mut search = Search {
        files,
        roots: workspace.roots(),
        reached: BTreeSet::new(),
        queue: VecDeque::from([dir.clone()]),
        seen: BTreeSet::from([dir.clone()]),
        files_left: MAX_FILES,
        bytes_left: MAX_BYTES,
        imports_lambda_go: false,
        needs_cgo: None,
        program: Program::default(),
    };
    while let Some(dir) = search.queue.pop_front() {
        search.package(&dir);
    }
    let Search {
        reached,
        imports_lambda_go,
        needs_cgo,
        mut program,
        ..
    } = search;
    program.module = workspace
        .module(files, mod_files, &reached, imports_lambda_go)
        .or_else(|| module::find_legacy(files, &dir));
    if let Some((import, here)) = needs_cgo {
        let required = workspace.requirement_of(&import);
        match (required, &mut program.module) {
            (Some(hit), Some(module)) => module.cgo_requirement = Some(hit),
            _ => drop(program.c_code.get_or_insert(here)),
        }
    }
    program
}

struct Search<'a> {
    files: &'a dyn Files,
    roots: Vec<(String, PathBuf)>,
    /// The directories of the modules that are imported, the program's own included.
    reached: BTreeSet<PathBuf>,
    queue: VecDeque<PathBuf>,
    seen: BTreeSet<PathBuf>,
    files_left: usize,
    bytes_left: usize,
    imports_lambda_go: bool,
    /// The first import of another module that needs cgo, and its place.
    needs_cgo: Option<(String, Hit)>,
    program: Program,
}

impl Search<'_> {
    fn package(&mut self, dir: &Path) {
        let entries = self.files.entries(dir).unwrap_or_default();
        let mut amd64 = Vec::new();
        let mut arm64 = false;
        for name in file_names(&entries).filter(|name| golang::belongs_to_program(name)) {
            let path = dir.join(name);
            let is_go = name.ends_with(".go");
            let mut source = Vec::new();
            let built_for = if is_go || name.ends_with(".s") {
                match self.read(&path) {
                    Ok(Some(text)) => source = text,
                    Ok(None) => continue,
                    Err(Exhausted) => return,
                }
                golang::by_source(name, &source)
            } else {
                golang::by_name(name)
            };
            match built_for {
                BuiltFor::Any => {}
                BuiltFor::Arm64 => arm64 = true,
                BuiltFor::Amd64(offset) => amd64.push(Hit::at(&path, &source, offset, name)),
            }
            if let Some(file) = golang::scan(&source).filter(|_| is_go) {
                self.file(&path, &source, &file);
            }
        }
        if !arm64 && self.program.amd64_only.is_none() {
            self.program.amd64_only = amd64.into_iter().next();
        }
        if self.program.c_code.is_none() {
            self.program.c_code = linked_object(dir, &entries);
        }
    }

    /// The bytes of a source file, if it can be read.
    fn read(&mut self, path: &Path) -> Result<Option<Vec<u8>>, Exhausted> {
        self.files_left = self.files_left.checked_sub(1).ok_or(Exhausted)?;
        let Some(source) = self.files.read(path) else {
            return Ok(None);
        };
        let left = self.bytes_left.checked_sub(source.len());
        self.bytes_left = left.ok_or(Exhausted)?;
        Ok(Some(source))
    }

    fn file(&mut self, path: &Path, source: &[u8], file: &GoFile) {
        for mention in &file.mentions {
            let hit = || Hit::at(path, source, mention.offset, mention.what);
            match mention.sign {
                Sign::ReadsHandler => {
                    self.program.reads_handler.get_or_insert_with(hit);
                }
                Sign::DetectsLambda => {
                    if self.program.detects_lambda.len() < MAX_HITS {
                        self.program.detects_lambda.push(hit());
                    }
                }
            }
        }
        if let Some(c_import) = &file.c_import {
            let hit = || Hit::at(path, source, c_import.offset, describe(c_import));
            self.program.c_code.get_or_insert_with(hit);
        }
        for import in &file.imports {
            match self.resolve(&import.path) {
                Some(dir) => {
                    if self.seen.insert(dir.clone()) {
                        self.queue.push_back(dir);
                    }
                }
                None => self.foreign(&import.path, || {
                    let what = format!("{}, which needs cgo", import.path);
                    Hit::at(path, source, import.offset, what)
                }),
            }
        }
    }

    /// The directory of an import, if its source is at hand.
    fn resolve(&mut self, import: &str) -> Option<PathBuf> {
        let (root, dir) = self.roots.iter().find_map(|(prefix, root)| {
            let rest = import.strip_prefix(prefix.as_str())?;
            match rest.strip_prefix('/') {
                Some(rest) => Some((root, root.join(rest.trim_start_matches('/')))),
                None => rest.is_empty().then(|| (root, root.clone())),
            }
        })?;
        self.reached.insert(root.clone());
        Some(dir)
    }

    /// Notes an import of a module whose source is not at hand.
    fn foreign(&mut self, import: &str, here: impl FnOnce() -> Hit) {
        self.imports_lambda_go |= module::is_lambda_go(import);
        if self.needs_cgo.is_none() && module::needs_cgo(import) {
            self.needs_cgo = Some((import.to_owned(), here()));
        }
    }
}

/// Nothing more is read.
struct Exhausted;

fn file_names(entries: &[Entry]) -> impl Iterator<Item = &str> {
    let files = entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File { .. }));
    files.map(|entry| entry.name.as_str())
}

/// How a person would name an import of C.
fn describe(c_import: &CgoImport) -> String {
    match c_import.directives.first() {
        Some(directive) => format!("import \"C\" with {directive}"),
        None => "import \"C\"".to_owned(),
    }
}

/// An object file that `go build` links into the package without being asked:
/// <https://pkg.go.dev/cmd/go#hdr-File_types>.
fn linked_object(dir: &Path, entries: &[Entry]) -> Option<Hit> {
    let name = file_names(entries)
        .find(|name| name.ends_with(".syso") && golang::belongs_to_program(name))?;
    Some(Hit::at(&dir.join(name), b"", 0, name))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::files::{MemoryFiles, NoFiles};
    use super::*;

    fn inspect(files: &dyn Files, dir: &Path) -> Program {
        super::inspect(files, &ModFiles::default(), dir)
    }

    const READS: &str = "import \"os\"\nvar h = os.Getenv(\"_HANDLER\")\n";

    fn place(hit: Option<&Hit>) -> Option<(String, usize, usize)> {
        hit.map(|hit| (hit.file.display().to_string(), hit.line, hit.column))
    }

    #[test]
    fn follows_imports_of_the_module() {
        let files = MemoryFiles::new()
            .file(
                "go.mod",
                "module example.com/m\nreplace example.com/shared => ./shared\n",
            )
            .file(
                "cmd/hello/main.go",
                "package main\nimport \"example.com/m/internal/app\"\n",
            )
            .file(
                "internal/app/app.go",
                "package app\nimport \"example.com/shared/env\"\n",
            )
            .file("internal/app/app_test.go", format!("package app\n{READS}"))
            .file("shared/env/env.go", format!("package env\n{READS}"))
            .file("other/other.go", "package other\nimport \"C\"\n");
        let program = inspect(&files, Path::new("./cmd/hello/"));
        let expected = ("shared/env/env.go".to_owned(), 3, 19);
        assert_eq!(place(program.reads_handler.as_ref()), Some(expected));
        assert_eq!(program.c_code, None);
        let module = program.module.unwrap();
        assert_eq!(module.path, "example.com/m");
        assert_eq!(module.go_mod, Path::new("go.mod"));
    }

    #[test]
    fn follows_imports_of_the_workspace() {
        let lambda = "import \"github.com/aws/aws-lambda-go/lambda\"\n";
        for (work, expected) in [
            ("use (\n\t./app\n\t./lib\n)\n", true),
            ("use ./app\nreplace example.com/lib => ./lib\n", true),
            ("use ./app\n", false),
        ] {
            let files = MemoryFiles::new()
                .file("go.work", work)
                .file("app/go.mod", "module app\n")
                .file(
                    "app/main.go",
                    "package main\nimport \"example.com/lib/env\"\n",
                )
                .file(
                    "lib/go.mod",
                    "module example.com/lib\nrequire github.com/aws/aws-lambda-go v1.13.3\n",
                )
                .file("lib/env/env.go", format!("package env\n{lambda}{READS}"));
            let program = inspect(&files, Path::new("app"));
            let reads = expected.then(|| ("lib/env/env.go".to_owned(), 4, 19));
            assert_eq!(place(program.reads_handler.as_ref()), reads, "{work}");
            let module = program.module.unwrap();
            assert_eq!(module.outdated_lambda_go(), expected, "{work}");
            let file = if expected { "lib/go.mod" } else { "app/go.mod" };
            assert_eq!(module.lambda_go_file, Path::new(file));
        }
    }

    #[test]
    fn survives_cycles_and_imports_that_lead_out() {
        let files = MemoryFiles::new()
            .file("app/go.mod", "module m\n")
            .file(
                "app/main.go",
                "package main\nimport (\"m/a\"; \"m\"; \"m/../../x\"; \"m//a\")\n",
            )
            .file("app/a/a.go", "package a\nimport \"m\"\n");
        let program = inspect(&files, Path::new("app"));
        assert_eq!(program.reads_handler, None);
    }

    #[test]
    fn without_a_module_reads_the_directory_alone() {
        let files = MemoryFiles::new()
            .file("fn/main.go", "package main\nimport \"m/a\"\n")
            .file(
                "fn/env.go",
                "package main\nimport \"os\"\nvar e = os.Getenv(\"AWS_EXECUTION_ENV\")\n",
            )
            .file("a/a.go", "package a\nimport \"C\"\n")
            .file(
                "Gopkg.lock",
                "[[projects]]\nname = \"github.com/aws/aws-lambda-go\"\nversion = \"v1.2.0\"\n",
            );
        let program = inspect(&files, Path::new("fn"));
        assert_eq!(program.c_code, None);
        let places: Vec<_> = program
            .detects_lambda
            .iter()
            .map(|hit| place(Some(hit)))
            .collect();
        assert_eq!(places, [Some(("fn/env.go".to_owned(), 3, 19))]);
        let module = program.module.unwrap();
        assert_eq!(module.go_mod, Path::new("Gopkg.lock"));
        assert!(module.outdated_lambda_go());
    }

    #[test]
    fn stops_at_the_repository() {
        let files = MemoryFiles::new()
            .file("go.mod", "module m\n")
            .file("repository/fn/main.go", "package main\n")
            .bounded_by("repository");
        assert_eq!(inspect(&files, Path::new("repository/fn")).module, None);
        assert_eq!(inspect(&NoFiles, Path::new("fn")), Program::default());
    }

    #[test]
    fn finds_c_code() {
        for (name, content, expected) in [
            (
                "c.go",
                "package main\n// #cgo LDFLAGS: -lx\nimport \"C\"\n",
                Some("import \"C\" with #cgo LDFLAGS: -lx"),
            ),
            ("c.go", "package main\nimport \"C\"\n", Some("import \"C\"")),
            ("rsrc.syso", "", Some("rsrc.syso")),
            ("rsrc_windows_amd64.syso", "", None),
            ("code.c", "int x;", None),
            ("c_windows.go", "package main\nimport \"C\"\n", None),
            (
                "c.go",
                "package main\nimport \"github.com/mattn/go-sqlite3\"\n",
                Some("github.com/mattn/go-sqlite3, which needs cgo"),
            ),
        ] {
            let files = MemoryFiles::new()
                .file("fn/main.go", "package main\n")
                .file(format!("fn/{name}"), content);
            let found = inspect(&files, Path::new("fn")).c_code;
            assert_eq!(found.map(|hit| hit.what).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn finds_packages_for_amd64_alone() {
        let hit = |file: &str, line| Some((format!("lib/{file}"), line, 1));
        for (names, expected) in [
            (vec![("x_amd64.go", "package lib")], hit("x_amd64.go", 1)),
            (vec![("x_amd64.s", "TEXT")], hit("x_amd64.s", 1)),
            (
                vec![("x_linux_amd64.syso", "")],
                hit("x_linux_amd64.syso", 1),
            ),
            (
                vec![("x.go", "// x\n//go:build amd64\n\npackage lib")],
                hit("x.go", 2),
            ),
            (
                vec![("x_amd64.go", "package lib"), ("x_arm64.go", "package lib")],
                None,
            ),
            (
                vec![
                    ("x_amd64.s", "TEXT"),
                    ("y.go", "//go:build !amd64\n\npackage lib"),
                ],
                None,
            ),
            (
                vec![
                    ("x_amd64.s", "TEXT"),
                    ("y_arm64_test.go", "package lib"),
                    ("z_windows_arm64.go", "package lib"),
                ],
                hit("x_amd64.s", 1),
            ),
            (vec![("x_amd64_test.go", "package lib")], None),
            (vec![("x_darwin_amd64.go", "package lib")], None),
            (vec![("x_linux.go", "package lib")], None),
        ] {
            let mut files = MemoryFiles::new()
                .file("go.mod", "module m\n")
                .file("main.go", "package main\nimport _ \"m/lib\"\n")
                .file("other/x_amd64.s", "TEXT")
                .file("lib/lib.go", "package lib\n");
            for (name, source) in &names {
                files = files.file(format!("lib/{name}"), source);
            }
            let found = inspect(&files, Path::new("")).amd64_only;
            assert_eq!(place(found.as_ref()), expected, "{names:?}");
        }
    }

    #[test]
    fn a_requirement_counts_only_when_it_is_reached() {
        let go_mod =
            "module m\nrequire (\n\tgithub.com/confluentinc/confluent-kafka-go/v2 v2.3.0\n)\n";
        let import = "import \"github.com/confluentinc/confluent-kafka-go/v2/kafka\"";
        for (body, expected) in [("", None), (import, Some(("go.mod".to_owned(), 3, 2)))] {
            let files = MemoryFiles::new()
                .file("go.mod", go_mod)
                .file("main.go", format!("package main\n{body}\n"));
            let program = inspect(&files, Path::new(""));
            let requirement = program.module.unwrap().cgo_requirement;
            assert_eq!(place(requirement.as_ref()), expected);
            assert_eq!(program.c_code, None);
        }
    }

    #[test]
    fn is_bounded() {
        let mut files = MemoryFiles::new();
        for index in 0..MAX_FILES {
            files = files.file(format!("a{index:05}.go"), "package main\n");
        }
        files = files.file("z.go", format!("package main\n{READS}"));
        assert_eq!(inspect(&files, Path::new("")).reads_handler, None);
    }
}
