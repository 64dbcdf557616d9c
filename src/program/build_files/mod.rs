//! What the build files of a directory pin and write.
//!
//! They are searched line by line, because they come in a handful of languages that all hand
//! their commands to a shell.

mod go_build;
mod pins;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Hit;
use super::files::{EntryKind, Files, tidy};
use super::makefile::Parsed;
use super::unfold::{Dialect, lines, unfold};
use go_build::{go_builds, output};
use pins::pin;

/// The most build files that are read in one directory.
const MAX_FILES: usize = 200;

/// The most commands of one file that are looked at.
const MAX_COMMANDS: usize = 200;

/// What one build file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildFile {
    /// The file.
    pub path: PathBuf,
    /// Where it sets `GOARCH` to `amd64`, be it by default or by another variable.
    pub pins_amd64: Option<Hit>,
    /// Where it sets `CGO_ENABLED` to 1.
    pub cgo_enabled: Option<Hit>,
    /// The operands of `-o` in the commands that run `go build`: as written, without the quotes
    /// around the whole of it, and the place of the first character.
    pub go_build_outputs: Vec<(String, Hit)>,
}

/// Reads the build files that lie directly in the given directories, in the order of these, then
/// by name. A directory given twice counts once.
pub(crate) fn scan(files: &dyn Files, dirs: &[PathBuf]) -> Vec<BuildFile> {
    let mut seen = BTreeSet::new();
    let dirs = dirs.iter().map(|dir| tidy(dir));
    dirs.filter(|dir| seen.insert(dir.clone()))
        .flat_map(|dir| {
            let entries = files.entries(&dir).unwrap_or_default();
            let is_file = |kind| matches!(kind, EntryKind::File { .. });
            let names = entries.iter().filter(move |entry| is_file(entry.kind));
            let known = names.filter_map(|entry| Some((dialect_of(&entry.name)?, &entry.name)));
            known
                .take(MAX_FILES)
                .filter_map(|(dialect, name)| {
                    let path = dir.join(name);
                    let text = files.read(&path)?;
                    let mut found = examine(path, &text, dialect);
                    if dialect == Dialect::Make {
                        found.take_included(files, &text);
                    }
                    Some(found)
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Reads one build file, whatever its name.
pub(crate) fn scan_file(files: &dyn Files, path: &Path) -> Option<BuildFile> {
    Some(examine(path.to_owned(), &files.read(path)?, Dialect::Other))
}

impl BuildFile {
    /// What included makefiles say counts for the one that includes them.
    fn take_included(&mut self, files: &dyn Files, text: &[u8]) {
        if memchr::memmem::find(text, b"include").is_none() {
            return;
        }
        let (_, included) = Parsed::of_text(files, &self.path, text);
        for (path, text, _) in included {
            let other = examine(path, text.as_bytes(), Dialect::Make);
            self.pins_amd64 = self.pins_amd64.take().or(other.pins_amd64);
            self.cgo_enabled = self.cgo_enabled.take().or(other.cgo_enabled);
            self.go_build_outputs.extend(other.go_build_outputs);
        }
    }
}

/// How a build file writes comments; `None` if this is none by its name. `makebuild` is what the
/// Makefile of a CloudFormation registry type hands its build to:
/// <https://github.com/aws-cloudformation/cloudformation-cli-go-plugin/blob/master/python/rpdk/go/templates/Makefile>.
fn dialect_of(name: &str) -> Option<Dialect> {
    let name = name.to_ascii_lowercase();
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let is_make = matches!(name.as_str(), "makefile" | "gnumakefile" | "makebuild")
        || name.starts_with("makefile.")
        || name.ends_with(".mk");
    let is_other = yaml && (name.starts_with("taskfile.") || name.starts_with("buildspec"))
        || matches!(name.as_str(), "justfile" | ".justfile" | "dockerfile")
        || name.starts_with("dockerfile.")
        || name.ends_with(".dockerfile")
        || name.ends_with(".sh");
    match (is_make, is_other) {
        (true, _) => Some(Dialect::Make),
        (false, true) => Some(Dialect::Other),
        (false, false) => None,
    }
}

fn examine(path: PathBuf, text: &[u8], dialect: Dialect) -> BuildFile {
    let plain = unfold(text, dialect);
    let hit = |at: usize, what: &str| Hit::at(&path, text, at, what);
    let pins_amd64 = pin(&plain, b"GOARCH", b"amd64").map(|at| hit(at, "GOARCH=amd64"));
    let cgo_enabled = pin(&plain, b"CGO_ENABLED", b"1").map(|at| hit(at, "CGO_ENABLED=1"));
    let go_build_outputs = lines(&plain)
        .flat_map(|(offset, line)| {
            go_builds(line)
                .into_iter()
                .map(move |end| (offset, line, end))
        })
        .take(MAX_COMMANDS)
        .filter_map(|(offset, line, end)| {
            let (output, at) = output(line, end)?;
            let hit = hit(offset + at, &output);
            Some((output, hit))
        })
        .collect();
    BuildFile {
        pins_amd64,
        cgo_enabled,
        go_build_outputs,
        path,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::super::files::MemoryFiles;
    use super::*;

    fn examined(name: &str, text: &str) -> BuildFile {
        let files = MemoryFiles::new().file(name, text);
        let mut found = scan(&files, &[PathBuf::from("")]);
        assert_eq!(found.len(), 1, "{name}");
        found.pop().unwrap()
    }

    #[test]
    fn takes_build_files_by_name() {
        let names = [
            "Dockerfile.build",
            "GNUmakefile",
            "Makefile",
            "Taskfile.yml",
            "build.sh",
            "buildspec-dev.yaml",
            "buildspec.yml",
            "common.mk",
            "justfile",
            "makebuild",
        ];
        let mut files = MemoryFiles::new()
            .file("a/template.yaml", "")
            .file("a/sub/x.sh", "");
        for name in names.into_iter().chain(["magefile.go", "Makefile2"]) {
            files = files.file(format!("a/{name}"), "");
        }
        let dirs = ["./a", "b", "a/"].map(PathBuf::from);
        let found: Vec<_> = scan(&files, &dirs).into_iter().map(|it| it.path).collect();
        assert_eq!(found, names.map(|name| Path::new("a").join(name)));
    }

    #[test]
    fn finds_pinned_architectures() {
        for (name, text, expected) in [
            (
                "Makefile",
                "a:\n\tGOOS=linux GOARCH=amd64 go build\n",
                Some((2, 13)),
            ),
            ("Makefile", "GOARCH ?= amd64\n", Some((1, 1))),
            ("Makefile", "export GOARCH := amd64\n", Some((1, 8))),
            (
                "Makefile",
                "ARCH=amd64\na:\n\tGOARCH=$(ARCH) go build\n",
                Some((1, 1)),
            ),
            (
                "Makefile",
                "# GOARCH=amd64\na: # GOARCH=amd64 \\\nGOARCH=amd64\n",
                None,
            ),
            ("Makefile", "GOARCH=arm64\nARCH=amd64\n", None),
            ("Makefile", "GOARCH=amd64p32\nMY_GOARCH=amd64\n", None),
            ("Makefile", "ifeq ($(GOARCH),amd64)\nendif\n", None),
            ("build.sh", "env GOARCH=\"amd64\" go build", Some((1, 5))),
            ("build.sh", "GOARCH=${GOARCH:-amd64}", Some((1, 10))),
            (
                "build.sh",
                "export ARCH=amd64\nGOARCH=$ARCH go build",
                Some((1, 8)),
            ),
            (
                "build.sh",
                "[ $GOARCH = amd64 ]; [ \"${GOARCH}\" = amd64 ]",
                None,
            ),
            ("Taskfile.yml", "env:\n  GOARCH: 'amd64'\n", Some((2, 3))),
            (
                "Taskfile.yml",
                "env: {GOOS: linux, GOARCH: amd64}\n",
                Some((1, 20)),
            ),
            (
                "Taskfile.yml",
                "vars: {A: amd64}\nenv: {GOARCH: '{{.A}}'}\n",
                Some((1, 8)),
            ),
            ("buildspec.yml", "- 'GOARCH=amd64 go build'\n", Some((1, 4))),
            ("buildspec.yml", "\"GOARCH\": \"amd64\"\n", Some((1, 2))),
            ("justfile", "export GOARCH := \"amd64\"\n", Some((1, 8))),
            (
                "Dockerfile",
                "FROM golang\nENV GOARCH=amd64\n",
                Some((2, 5)),
            ),
            ("build.Dockerfile", "FROM golang\nENV GOARCH arm64\n", None),
        ] {
            let found = examined(name, text).pins_amd64;
            assert_eq!(found.map(|hit| (hit.line, hit.column)), expected, "{text}");
        }
    }

    #[test]
    fn finds_enabled_cgo() {
        for (text, expected) in [
            ("CGO_ENABLED=1 go build", true),
            ("CGO_ENABLED: 1", true),
            ("CGO_ENABLED: \"1\"", true),
            ("CGO_ENABLED=0", false),
            ("CGO_ENABLED=10", false),
            ("# CGO_ENABLED=1", false),
        ] {
            let found = examined("buildspec.yml", text).cgo_enabled;
            assert_eq!(found.is_some(), expected, "{text}");
        }
    }

    #[test]
    fn finds_outputs() {
        for (text, expected) in [
            ("go build -o bin/hello ./cmd/hello", vec!["bin/hello"]),
            (
                "\tgo build \\\n\t  -ldflags \"-s -w -o x\" \\\n\t  -o=bin/a .",
                vec!["bin/a"],
            ),
            (
                "@$(GO) build -X=$(shell git tag -l) -o $(BIN)/$@ .",
                vec!["$(BIN)/$@"],
            ),
            ("$(GOBUILD) -o \"$(BIN) x\" -v", vec!["$(BIN) x"]),
            (
                "cd x && /usr/bin/go build -o a; go build -o b",
                vec!["a", "b"],
            ),
            (
                "- GOOS=linux go build -o bin/ünder main.go",
                vec!["bin/ünder"],
            ),
            ("- \"go build -o main\"", vec!["main"]),
            ("sh -c 'go build -o main'", vec!["main"]),
            ("(go build -o main)", vec!["main"]),
            ("docker run golang go build -o /out/x", vec!["/out/x"]),
            ("{{GO}} build -o y", vec!["y"]),
            ("go build && gcc -o x", vec![]),
            ("go build . -o", vec![]),
            ("go build -o \"\"", vec![]),
            ("cargo build -o x; mygo build -o y; go builder -o z", vec![]),
            ("# go build -o x", vec![]),
            ("go test -o x", vec![]),
        ] {
            let name = if text.starts_with('-') {
                "buildspec.yml"
            } else {
                "Makefile"
            };
            let found = examined(name, text).go_build_outputs;
            for (output, hit) in &found {
                let line = text.lines().nth(hit.line - 1).unwrap();
                let rest: String = line.chars().skip(hit.column - 1).collect();
                assert!(rest.starts_with(output.as_str()), "{text}: {rest}");
            }
            let found: Vec<_> = found.into_iter().map(|(output, _)| output).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn survives_nonsense() {
        for text in [
            "GOARCH",
            "GOARCH=",
            "GOARCH:",
            "${GOARCH:-",
            "go build -o '",
            "build",
            "\\",
        ] {
            let _ = examined("build.sh", text);
        }
        let hostile = "go build -x ".repeat(5_000);
        assert!(examined("build.sh", &hostile).go_build_outputs.is_empty());
    }
}
