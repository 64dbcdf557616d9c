//! Every case of `testdata/rules/<rule>/<case>/`, run with the built binary.
//!
//! A case is a directory: templates with whatever lies beside them. `fixed.<ext>` is what
//! `template.<ext>` becomes (`<name>.fixed.<ext>` for a template of another name, `Makefile.fixed` for
//! a build file, of YAML, too), byte for byte;
//! without it the template stays as it is. `findings` is what the run prints on standard error, and
//! `args` holds further arguments, `status` an exit status other than 0. `LAMBDALIFT_BLESS=1` writes the `findings` files anew (never the
//! `fixed` files: those are written by hand).
//!
//! For each case: the golden text; the diff applies with `git apply` to the same text; a second run
//! changes nothing; an independent parser reads the result; with CRLF line endings and with a
//! byte-order mark the same edits are made.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use walkdir::WalkDir;

struct Case {
    directory: PathBuf,
    args: Vec<String>,
    /// The exit status that every run ends with.
    status: i32,
    /// Files of the case that the tool sees, by path within it.
    files: BTreeMap<PathBuf, Vec<u8>>,
    /// What the templates become.
    fixed: BTreeMap<PathBuf, Vec<u8>>,
    /// Files of YAML that are no templates: those with a `<name>.fixed`.
    build_files: BTreeSet<PathBuf>,
}

impl Case {
    fn read(directory: &Path) -> Self {
        let mut case = Self {
            directory: directory.to_owned(),
            args: Vec::new(),
            status: 0,
            files: BTreeMap::new(),
            fixed: BTreeMap::new(),
            build_files: BTreeSet::new(),
        };
        for entry in WalkDir::new(directory).sort_by_file_name() {
            let entry = entry.unwrap();
            if !entry.file_type().is_file() {
                continue;
            }
            let path = entry.path().strip_prefix(directory).unwrap().to_owned();
            let content = fs::read(entry.path()).unwrap();
            match path.to_str().unwrap() {
                "findings" => {}
                "status" => {
                    case.status = String::from_utf8(content).unwrap().trim().parse().unwrap()
                }
                "args" => {
                    let text = String::from_utf8(content).unwrap();
                    case.args = text.split_whitespace().map(str::to_owned).collect();
                }
                _ => match template_of(&path) {
                    Some(template) => {
                        if path.extension().is_some_and(|it| it == "fixed") {
                            case.build_files.insert(template.clone());
                        }
                        case.fixed.insert(template, content);
                    }
                    None => drop(case.files.insert(path, content)),
                },
            }
        }
        case
    }

    /// A fresh copy of the case; `change` may alter the templates.
    fn copy(&self, change: fn(&[u8]) -> Vec<u8>) -> tempfile::TempDir {
        let copy = tempfile::tempdir().unwrap();
        for (path, content) in &self.files {
            let to = copy.path().join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            let is_template = self.templates().any(|template| template == path);
            fs::write(
                &to,
                if is_template {
                    change(content)
                } else {
                    content.clone()
                },
            )
            .unwrap();
            let mode = fs::metadata(self.directory.join(path))
                .unwrap()
                .permissions();
            fs::set_permissions(&to, mode).unwrap();
        }
        copy
    }

    /// Whether the binary at hand can run it: a build without Guard refuses its rules.
    fn is_for_this_build(&self) -> bool {
        cfg!(feature = "guard") || !self.args.iter().any(|arg| arg.starts_with("--guard"))
    }

    fn templates(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.keys().filter(|path| {
            let extension = path.extension().and_then(|it| it.to_str());
            matches!(extension, Some("yaml" | "yml" | "json" | "template"))
                && !self.build_files.contains(*path)
        })
    }

    /// The templates with the content they are expected to end with.
    fn expected(&self) -> impl Iterator<Item = (&PathBuf, &[u8])> {
        self.templates().map(|path| {
            let content = self.fixed.get(path).unwrap_or_else(|| &self.files[path]);
            (path, content.as_slice())
        })
    }

    /// The other files with the content they are expected to end with.
    fn expected_build_files(&self) -> impl Iterator<Item = (&PathBuf, &[u8])> {
        let others = self.files.iter();
        others
            .filter(|(path, _)| !self.templates().any(|template| template == *path))
            .map(|(path, old)| (path, self.fixed.get(path).unwrap_or(old).as_slice()))
    }

    fn run(&self, directory: &Path, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(&self.args)
            .args(more)
            .current_dir(directory)
            .env_clear()
            .output()
            .unwrap()
    }
}

/// The file that a `fixed` file belongs to.
fn template_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    if let Some(extension) = name.strip_prefix("fixed.") {
        return Some(path.with_file_name(format!("template.{extension}")));
    }
    if let Some(name) = name.strip_suffix(".fixed") {
        return Some(path.with_file_name(name));
    }
    let (stem, extension) = name.split_once(".fixed.")?;
    Some(path.with_file_name(format!("{stem}.{extension}")))
}

fn same(content: &[u8]) -> Vec<u8> {
    content.to_vec()
}

fn with_crlf(content: &[u8]) -> Vec<u8> {
    String::from_utf8(content.to_vec())
        .unwrap()
        .replace('\n', "\r\n")
        .into_bytes()
}

fn with_byte_order_mark(content: &[u8]) -> Vec<u8> {
    [b"\xEF\xBB\xBF", content].concat()
}

/// What went wrong in one case, as text.
fn check(case: &Case) -> Vec<String> {
    let mut problems = Vec::new();
    check_report(case, &mut problems);
    for (name, change) in [
        ("as it is", same as fn(&[u8]) -> Vec<u8>),
        ("with CRLF", with_crlf),
        ("with a byte-order mark", with_byte_order_mark),
    ] {
        check_write(case, name, change, &mut problems);
    }
    problems
}

/// The findings, and a diff that `git apply` turns into the golden text.
fn check_report(case: &Case, problems: &mut Vec<String>) {
    let copy = case.copy(same);
    let output = case.run(copy.path(), &[]);
    if output.status.code() != Some(case.status) {
        problems.push(format!("exit status {:?}", output.status.code()));
    }
    let findings = String::from_utf8(output.stderr).unwrap();
    let golden = case.directory.join("findings");
    if std::env::var_os("LAMBDALIFT_BLESS").is_some() {
        fs::write(&golden, &findings).unwrap();
    }
    if fs::read_to_string(&golden).unwrap_or_default() != findings {
        problems.push(format!("findings differ; now they are:\n{findings}"));
    }
    if output.stdout.is_empty() {
        return;
    }
    let patch = copy.path().join("patch");
    fs::write(&patch, &output.stdout).unwrap();
    let apply = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "patch"])
        .current_dir(copy.path())
        .output();
    match apply {
        Ok(apply) if apply.status.success() => {
            compare(case, copy.path(), "git apply", same, problems)
        }
        Ok(apply) => problems.push(format!(
            "git apply: {}",
            String::from_utf8_lossy(&apply.stderr)
        )),
        Err(_) => eprintln!("skipped: there is no git to apply the diff"),
    }
}

/// `--write` gives the golden text, and a second run leaves it alone.
fn check_write(case: &Case, name: &str, change: fn(&[u8]) -> Vec<u8>, problems: &mut Vec<String>) {
    let copy = case.copy(change);
    for run in ["--write", "--write a second time"] {
        let output = case.run(copy.path(), &["--write"]);
        if output.status.code() != Some(case.status) {
            problems.push(format!(
                "{name}, {run}: exit status {:?}",
                output.status.code()
            ));
        }
        compare(
            case,
            copy.path(),
            &format!("{name}, {run}"),
            change,
            problems,
        );
    }
}

fn compare(
    case: &Case,
    directory: &Path,
    name: &str,
    change: fn(&[u8]) -> Vec<u8>,
    problems: &mut Vec<String>,
) {
    for (path, expected) in case.expected_build_files() {
        let found = fs::read(directory.join(path)).unwrap();
        if found != expected {
            problems.push(format!(
                "{name}: {} should be\n{}\nbut is\n{}",
                path.display(),
                String::from_utf8_lossy(expected),
                String::from_utf8_lossy(&found)
            ));
        }
    }
    for (path, expected) in case.expected() {
        let found = fs::read(directory.join(path)).unwrap();
        let expected = change(expected);
        if found != expected {
            problems.push(format!(
                "{name}: {} should be\n{}\nbut is\n{}",
                path.display(),
                String::from_utf8_lossy(&expected),
                String::from_utf8_lossy(&found)
            ));
        } else if case.fixed.contains_key(path) {
            problems.extend(unreadable(path, &found));
        }
    }
}

/// An independent parser must take the result (it takes duplicate keys only from this loose reading).
fn unreadable(path: &Path, content: &[u8]) -> Option<String> {
    let text = String::from_utf8(content.to_vec()).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let result = if path.extension().is_some_and(|it| it == "json") {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| error.to_string())
    } else {
        serde_yaml::from_str::<serde::de::IgnoredAny>(text).map_err(|error| error.to_string())
    };
    result
        .err()
        .map(|error| format!("{} cannot be read: {error}", path.display()))
}

#[test]
fn every_case_gives_its_golden_text() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let only = std::env::var("LAMBDALIFT_CASE").unwrap_or_default();
    let cases: Vec<PathBuf> = WalkDir::new(&root)
        .min_depth(2)
        .max_depth(2)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect();
    assert!(!cases.is_empty(), "no case matches {only}");
    // The cases wait for the disk most of the time.
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(directory) = cases.get(next.fetch_add(1, Relaxed)) {
                    let case = Case::read(directory);
                    if !case.is_for_this_build() {
                        continue;
                    }
                    let problems = check(&case);
                    if !problems.is_empty() {
                        failed.fetch_add(1, Relaxed);
                        let name = directory.strip_prefix(&root).unwrap().display();
                        eprintln!("==== {name}\n{}\n", problems.join("\n"));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner();
    assert!(failed == 0, "{failed} of {} cases failed", cases.len());
}

/// A rule is a file, a word in the list and a folder of test data with a case `basic`.
#[test]
fn every_rule_has_its_folder() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    for entry in fs::read_dir(&root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            lambdalift::rules::find(&name).is_some(),
            "testdata for no rule: {name}"
        );
    }
    // What no template can show: files that cannot be read at all, and our own faults.
    let beyond_templates = ["failed-verification", "unreadable-file"];
    for rule in lambdalift::rules::RULES {
        let has_folder = root.join(rule.id).join("basic").is_dir();
        let beyond = beyond_templates.contains(&rule.id);
        assert!(
            has_folder != beyond,
            "the folder of {} is missing or superfluous",
            rule.id
        );
        assert!(
            rule.example.is_some() != beyond,
            "{} has no example",
            rule.id
        );
    }
    let ids: Vec<&str> = lambdalift::rules::RULES
        .iter()
        .map(|rule| rule.id)
        .collect();
    assert!(ids.is_sorted(), "the list of rules is not sorted");
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        panic!("a rule is listed twice");
    }
}
