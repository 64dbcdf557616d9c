//! `--add-ignore` on every case of `testdata/rules`: afterwards `--check` is content, and nothing but the
//! instructions was added.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde_json::Value;
use walkdir::WalkDir;

const REASON: &str = "the team moves these in May: wait";

/// What a run with these arguments leaves in the templates of a case.
struct Copy {
    directory: tempfile::TempDir,
    args: Vec<String>,
}

impl Copy {
    fn of(case: &Path, change: fn(String) -> String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut args = Vec::new();
        for entry in WalkDir::new(case).min_depth(1) {
            let entry = entry.unwrap();
            let path = entry.path().strip_prefix(case).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap();
            let to = directory.path().join(path);
            if entry.file_type().is_dir() {
                fs::create_dir_all(to).unwrap();
            } else if name == "args" {
                let text = fs::read_to_string(entry.path()).unwrap();
                args = text.split_whitespace().map(str::to_owned).collect();
            } else if name != "findings" && !name.contains("fixed") {
                fs::copy(entry.path(), &to).unwrap();
                if is_template(path) {
                    fs::write(&to, change(fs::read_to_string(entry.path()).unwrap())).unwrap();
                }
            }
        }
        Self { directory, args }
    }

    fn run(&self, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(&self.args)
            .args(more)
            .current_dir(self.directory.path())
            .env_clear()
            .output()
            .unwrap()
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        let entries = WalkDir::new(self.directory.path()).sort_by_file_name();
        let files = entries.into_iter().map(Result::unwrap);
        files
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let bytes = fs::read(entry.path()).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                (
                    entry
                        .path()
                        .strip_prefix(self.directory.path())
                        .unwrap()
                        .to_owned(),
                    text,
                )
            })
            .collect()
    }
}

fn is_template(path: &Path) -> bool {
    let extension = path.extension().and_then(|it| it.to_str());
    matches!(extension, Some("yaml" | "yml" | "json" | "template"))
}

/// The text without the comments that carry the reason.
fn without_comments(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once("# lambdalift: ignore[") {
            Some((before, instruction)) if instruction.contains(REASON) => {
                if !before.trim().is_empty() {
                    let ending = &line[line.trim_end().len()..];
                    out.push_str(before.strip_suffix(' ').unwrap());
                    out.push_str(ending);
                }
            }
            _ => out.push_str(line),
        }
    }
    out
}

/// The tree without the instructions that carry the reason.
fn without_metadata(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Object(metadata)) = map.get_mut("Metadata") {
                let own = metadata.get("lambdalift");
                if own.is_some_and(|own| own["reason"] == REASON) {
                    metadata.remove("lambdalift");
                }
                if metadata.is_empty() {
                    map.remove("Metadata");
                }
            }
            map.values_mut().for_each(without_metadata);
        }
        Value::Array(items) => items.iter_mut().for_each(without_metadata),
        _ => {}
    }
}

/// What went wrong in one case, and how many instructions were added.
fn check(case: &Path, change: fn(String) -> String) -> (Vec<String>, usize) {
    let mut problems = Vec::new();
    let (plain, ignoring) = (Copy::of(case, change), Copy::of(case, change));
    let unused = |copy: &Copy| {
        let output = copy.run(&["--verbose"]);
        String::from_utf8_lossy(&output.stderr)
            .matches("[unused-ignore]")
            .count()
    };
    plain.run(&["--write"]);
    let first = ignoring.run(&["--write", "--add-ignore", REASON]);
    if first.status.code() != Some(0) {
        problems.push(format!(
            "--add-ignore: {}",
            String::from_utf8_lossy(&first.stderr)
        ));
    }
    let mut added = 0;
    for ((path, expected), (_, found)) in plain.files().iter().zip(ignoring.files()) {
        added += usize::from(*expected != found);
        let same = match serde_json::from_str::<Value>(&found) {
            Ok(mut found) => {
                without_metadata(&mut found);
                Some(found) == serde_json::from_str(expected).ok()
            }
            Err(_) => *expected == without_comments(&found),
        };
        if !same {
            problems.push(format!("{} has become\n{found}", path.display()));
        }
    }
    let check = ignoring.run(&["--check"]);
    if check.status.code() != Some(0) {
        problems.push(format!(
            "--check: {}",
            String::from_utf8_lossy(&check.stderr)
        ));
    }
    if added > 0 {
        if unused(&ignoring) > unused(&plain) {
            problems.push("an instruction is of no use".to_owned());
        }
        let before = ignoring.files();
        ignoring.run(&["--write", "--add-ignore", REASON]);
        if ignoring.files() != before {
            problems.push("a second run changes something".to_owned());
        }
    }
    (problems, added)
}

/// A build without Guard refuses its rules.
fn is_for_this_build(case: &Path) -> bool {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    cfg!(feature = "guard") || !args.contains("--guard")
}

#[test]
fn what_remains_is_ignored_and_nothing_else_changes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    let only = std::env::var("LAMBDALIFT_CASE").unwrap_or_default();
    let entries = WalkDir::new(&root).min_depth(2).max_depth(2);
    let cases: Vec<PathBuf> = entries
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        // Where a run fails for other reasons, no instruction can make it content.
        .filter(|case| case.to_string_lossy().contains(&only) && !case.join("status").exists())
        .filter(|case| is_for_this_build(case))
        .collect();
    // The cases wait for the disk most of the time.
    let (next, failed, added) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Relaxed)) {
                    let (mut problems, more) = check(case, |text| text);
                    if more > 0 {
                        problems.extend(check(case, |text| text.replace('\n', "\r\n")).0);
                    }
                    added.fetch_add(more, Relaxed);
                    if !problems.is_empty() {
                        failed.fetch_add(1, Relaxed);
                        eprintln!("==== {}\n{}\n", case.display(), problems.join("\n"));
                    }
                }
            });
        }
    });
    assert_eq!(failed.into_inner(), 0, "cases failed");
    let added = added.into_inner();
    assert!(
        !only.is_empty() || added > 50,
        "only {added} files got an instruction"
    );
}

/// The same declined function under keys of every kind; `instruction` is how its line or lines come out.
#[test]
fn keys_of_every_kind_take_an_instruction() {
    let body = "    Type: AWS::Serverless::Function\n    Metadata:\n      BuildMethod: go\n    Properties:\n      \
                CodeUri: legacy/\n      Handler: legacy\n      Runtime: go1.x\n";
    let flow = "{Type: AWS::Serverless::Function, Metadata: {BuildMethod: go}, Properties: \
                {CodeUri: legacy/, Handler: legacy, Runtime: go1.x}}";
    let comment = format!("# lambdalift: ignore[other-build-method] {REASON}");
    let behind = |key: &str| {
        (
            format!("  {key}\n{body}"),
            format!("  {key} {comment}\n{body}"),
        )
    };
    let above = |text: String| (text.clone(), format!("  {comment}\n{text}"));
    for (before, after) in [
        behind("Legacy:"),
        behind("Legacy:  "),
        behind("\"Legacy\":"),
        behind("'Legacy':"),
        behind("Legacy: &legacy"),
        behind("Legacy: !!map"),
        above(format!("  Legacy: # the old one\n{body}")),
        above(format!(
            "  Legacy: # lambdalift: ignore[go-handler] an older reason\n{body}"
        )),
        above(format!("  ? Legacy\n  :\n{body}")),
        above(format!("  Legacy: {flow}\n")),
    ] {
        for newline in ["\n", "\r\n"] {
            let template = |resource: &str| {
                let text = format!(
                    "Transform: AWS::Serverless-2016-10-31\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n    \
                     Properties:\n      DisplayName: |+\n        orders\n\n{resource}"
                );
                text.replace('\n', newline)
            };
            assert_eq!(ignoring(&template(&before)), template(&after));
        }
    }
    let in_metadata =
        format!("lambdalift: {{ignore: [other-build-method], reason: \"{REASON}\"}}}}, Properties");
    let line = |flow: &str| format!("Resources: {{Legacy: {flow}}}\n");
    assert_eq!(
        ignoring(&line(flow)),
        line(&flow.replace("}, Properties", &format!(", {in_metadata}")))
    );
}

/// Lists that are there already grow.
#[test]
fn lists_in_json_take_an_instruction() {
    let template = |ignore: &str| {
        format!(
            "{{\"Resources\": {{\"Legacy\": {{\"Type\": \"AWS::Serverless::Function\", \"Metadata\": {{\"BuildMethod\": \
             \"go\", \"lambdalift\": {{\"ignore\": [{ignore}]}}}}, \"Properties\": {{\"CodeUri\": \"legacy/\", \
             \"Handler\": \"legacy\", \"Runtime\": \"go1.x\"}}}}}}}}\n"
        )
    };
    for (before, after) in [
        ("", "\"other-build-method\""),
        ("\"go-handler\"", "\"go-handler\", \"other-build-method\""),
        (
            "\r\n  \"go-handler\"\r\n",
            "\r\n  \"go-handler\",\r\n  \"other-build-method\"\r\n",
        ),
    ] {
        assert_eq!(ignoring(&template(before)), template(after));
    }
}

fn ignoring(template: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("template.yaml");
    fs::write(&path, template).unwrap();
    let run = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(args)
            .current_dir(directory.path())
            .output()
            .unwrap()
    };
    let output = run(&["--write", "--add-ignore", REASON]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(run(&["--check"]).status.success(), "{template}");
    fs::read_to_string(path).unwrap()
}
