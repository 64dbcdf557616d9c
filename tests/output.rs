//! `--output FILE`: a report is written whole, or nothing is; and what a reader of the other streams sees.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const TEMPLATE: &str = "\
Resources:
  Intake:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://acme-artifacts/intake.zip
      Handler: intake
      Runtime: go1.x
";

const FORMATS: [&str; 7] = [
    "text", "json", "jsonl", "sarif", "github", "gitlab", "junit",
];

fn run(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn project() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("template.yaml"), TEMPLATE).unwrap();
    directory
}

/// Diff, findings and status do not depend on a report beside them, and the file holds what standard output
/// would have held.
#[test]
fn the_other_streams_stay_as_they_are() {
    for mode in [&[] as &[&str], &["--check"], &["--quiet"], &["--verbose"]] {
        let directory = project();
        let plain = run(directory.path(), mode);
        for format in FORMATS {
            let args = [mode, &["--format", format, "--output", "report"]].concat();
            let beside = run(directory.path(), &args);
            assert_eq!(beside, plain, "{args:?}");
            let report = fs::read(directory.path().join("report")).unwrap();
            let printed = run(directory.path(), &[mode, &["--format", format]].concat());
            assert_eq!(printed.status, plain.status);
            let shows_more = ["github", "gitlab"].contains(&format) && mode.is_empty();
            if format == "text" {
                assert!(plain.stderr.starts_with(&report), "{args:?}");
            } else if !shows_more {
                assert_eq!(report, printed.stdout, "{args:?}");
            }
            if format != "text" {
                assert!(printed.stderr.is_empty(), "findings are not said twice");
            }
        }
        let left: Vec<_> = fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

/// What cannot be written is found out before anything is.
#[test]
fn an_unwritable_report_stops_everything() {
    let directory = project();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("directory")).unwrap();
    fs::write(at("read-only"), "old").unwrap();
    let mut permissions = fs::metadata(at("read-only")).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(at("read-only"), permissions).unwrap();
    for (path, said) in [
        ("directory", "it is a directory"),
        ("missing/report", "there is no directory missing"),
        (
            "template.yaml/report",
            "there is no directory template.yaml",
        ),
        ("read-only", "it is read-only"),
        ("template.yaml", "is a file that is being looked at"),
        (
            "./directory/../template.yaml",
            "is a file that is being looked at",
        ),
    ] {
        for mode in ["--write", "--check"] {
            let output = run(
                directory.path(),
                &[mode, "--format", "json", "--output", path],
            );
            let message = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{path}");
            assert!(
                message.contains(said) && message.lines().count() == 1,
                "{message}"
            );
            assert!(output.stdout.is_empty());
            assert_eq!(fs::read_to_string(at("template.yaml")).unwrap(), TEMPLATE);
        }
    }
    assert_eq!(fs::read_to_string(at("read-only")).unwrap(), "old");
}

#[cfg(unix)]
#[test]
fn a_report_is_a_file_like_any_other() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let directory = project();
    let at = |name: &str| directory.path().join(name);
    let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
    fs::write(at("new-by-us"), "").unwrap();
    fs::write(at("old"), "old").unwrap();
    fs::set_permissions(at("old"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("old", at("link")).unwrap();
    for name in ["new", "link"] {
        let output = run(
            directory.path(),
            &["--write", "--format", "gitlab", "--output", name],
        );
        assert_eq!(output.status.code(), Some(0));
        assert!(fs::read_to_string(at(name)).unwrap().starts_with('['));
        fs::write(at("template.yaml"), TEMPLATE).unwrap();
    }
    assert_eq!(mode("new"), mode("new-by-us"));
    assert_eq!(mode("old"), 0o640);
    assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
    // A pipe takes the report, too.
    let output = run(
        directory.path(),
        &["--check", "--format", "gitlab", "--output", "/dev/stdout"],
    );
    assert!(output.stdout.starts_with(b"["));
}

/// A reader that has gone away changes nothing about the exit status, in any format.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let directory = project();
    let many: String = (0..400)
        .map(|n| {
            TEMPLATE
                .replace("Resources:\n", "")
                .replace("Intake", &format!("F{n}"))
        })
        .collect();
    fs::write(
        directory.path().join("template.yaml"),
        format!("Resources:\n{many}"),
    )
    .unwrap();
    let gone = |args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(args)
            .current_dir(directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        (output.status.code(), output.stderr)
    };
    for format in &FORMATS[1..] {
        assert_eq!(
            gone(&["--format", format, "--check"]),
            (Some(1), Vec::new()),
            "{format}"
        );
    }
    run(
        directory.path(),
        &["--format", "jsonl", "--output", "all.jsonl"],
    );
    for format in ["markdown", "csv", "json", "html"] {
        assert_eq!(
            gone(&["report", "all.jsonl", "--format", format]),
            (Some(0), Vec::new()),
            "{format}"
        );
    }
}
