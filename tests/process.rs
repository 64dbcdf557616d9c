//! What a process can do wrong that text files cannot show: bytes, pipes, limits, other files.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Write;
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

fn lambdalift(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdalift"));
    command.current_dir(directory);
    command
}

fn run(directory: &Path, args: &[&str]) -> Output {
    lambdalift(directory).args(args).output().unwrap()
}

fn with_stdin(args: &[&str], input: &[u8]) -> Output {
    let mut child = lambdalift(Path::new("."))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

/// A directory with these files.
fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    directory
}

#[test]
fn standard_input_that_cannot_be_read_goes_out_as_it_came() {
    let latin1 = [TEMPLATE.as_bytes(), b"# caf\xe9\n"].concat();
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(TEMPLATE.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for input in [
        latin1,
        utf16,
        b"\0\x01AWS::Lambda::go1.x".to_vec(),
        Vec::new(),
    ] {
        let output = with_stdin(&["-", "--write"], &input);
        assert_eq!(output.stdout, input);
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn one_bad_file_stops_no_other() {
    let deep = format!(
        "# AWS::Serverless::Function go1.x
Deep: {}",
        "[".repeat(100_000)
    );
    let laughs: String = (1..12).fold("a0: &a0 [go1.x, AWS::Lambda::]\n".to_owned(), |text, n| {
        let last = format!("*a{},", n - 1).repeat(9);
        format!("{text}a{n}: &a{n} [{last}]\n")
    });
    let files: [(&str, &[u8]); 7] = [
        ("good.yaml", TEMPLATE.as_bytes()),
        ("deep.yaml", deep.as_bytes()),
        ("laughs.yaml", laughs.as_bytes()),
        ("latin1.yaml", b"# \xe9\nAWS::Serverless::Function go1.x"),
        ("nul.yaml", b"AWS::Serverless::Function\0 go1.x"),
        (
            "broken.json",
            b"{\"Resources\": {\"AWS::Lambda::Function\": go1.x}}",
        ),
        ("empty.yaml", b""),
    ];
    let directory = tree(&files);
    let output = run(directory.path(), &["--write"]);
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    for (name, message) in [
        ("deep.yaml:2:", "255 levels"),
        ("laughs.yaml:", "10000000 nodes"),
        ("latin1.yaml:1:3", "UTF-8"),
        ("nul.yaml:1:26", "NUL"),
        ("broken.json:1:", "expected"),
    ] {
        assert!(
            stderr.contains(name) && stderr.contains(message),
            "{name}: {stderr}"
        );
    }
    for (name, content) in files {
        let now = fs::read(directory.path().join(name)).unwrap();
        assert_eq!(now == content, name != "good.yaml", "{name}");
    }
    assert_eq!(run(directory.path(), &["--strict"]).status.code(), Some(2));
}

#[test]
fn quiet_says_why_the_run_failed() {
    let directory = tree(&[("broken.json", b"{\"AWS::Lambda::Function\": go1.x}")]);
    let output = run(directory.path(), &["--quiet", "--strict"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("broken.json:1:")
    );
}

#[test]
fn globs_are_read_as_people_type_them() {
    let template = TEMPLATE.as_bytes();
    let directory = tree(&[("a/t.yaml", template), ("b/t.yaml", template)]);
    let absolute = format!(
        "{}/b",
        fs::canonicalize(directory.path()).unwrap().display()
    );
    for exclude in ["b", "./b", "b/**", absolute.as_str()] {
        let output = run(directory.path(), &["--exclude", exclude]);
        let diff = String::from_utf8(output.stdout).unwrap();
        assert!(
            diff.contains("a/a/t.yaml") && !diff.contains("a/b/t.yaml"),
            "{exclude}"
        );
    }
}

#[test]
fn ignored_and_generated_files_are_left_alone() {
    let template = TEMPLATE.as_bytes();
    let directory = tree(&[
        (".gitignore", b"out/\n"),
        ("nested/.gitignore", b"/t.yaml\n"),
        ("nested/t.yaml", template),
        ("out/t.yaml", template),
        ("node_modules/x/t.yaml", template),
        (".aws-sam/build/t.yaml", template),
        ("cdk.out/t.json", template),
        ("kept/T.YAML", template),
    ]);
    let output = run(directory.path(), &[]);
    let diff = String::from_utf8(output.stdout).unwrap();
    let named: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with("--- "))
        .collect();
    assert_eq!(named, ["--- a/kept/T.YAML"]);
    let output = run(directory.path(), &["out/t.yaml"]);
    assert!(
        !output.stdout.is_empty(),
        "a named file is always looked at"
    );
}

/// `lambdalift | head` changes nothing about the exit status.
#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_failure() {
    let many: Vec<(String, &[u8])> = (0..400)
        .map(|n| (format!("t{n}.yaml"), TEMPLATE.as_bytes()))
        .collect();
    let many: Vec<(&str, &[u8])> = many
        .iter()
        .map(|(name, text)| (name.as_str(), *text))
        .collect();
    let directory = tree(&many);
    for (args, status) in [(["--diff", "-q"], 0), (["--diff", "--check"], 1)] {
        let mut child = lambdalift(directory.path())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(status), "{args:?}");
    }
}

/// Who shares a package is known although only one template is named.
#[test]
fn the_rest_of_the_repository_is_looked_at_and_left_alone() {
    let template = |id: &str, handler: &str| {
        let text = TEMPLATE
            .replace("Intake", id)
            .replace("intake\n", &format!("{handler}\n"));
        text.replace("s3://acme-artifacts/intake.zip", "../bin")
    };
    let (open, close) = (template("Open", "open"), template("Close", "close"));
    let files: [(&str, &[u8]); 3] = [
        (".git/HEAD", b"ref: refs/heads/main\n"),
        ("a/template.yaml", open.as_bytes()),
        ("b/template.yaml", close.as_bytes()),
    ];
    let repository = tree(&files);
    for (from, args) in [
        ("", ["--write", "a/template.yaml"]),
        ("", ["--write", "a"]),
        ("a", ["--write", "template.yaml"]),
        ("a", ["--write", "."]),
    ] {
        let output = run(&repository.path().join(from), &args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(
            errors.contains("the Handlers close, open"),
            "{args:?}: {errors}"
        );
        assert!(
            errors.contains("1 template, functions: 1 declined"),
            "{errors}"
        );
        assert_eq!(output.status.code(), Some(0));
    }
    for (path, content) in &files {
        assert_eq!(fs::read(repository.path().join(path)).unwrap(), *content);
    }
    // Alone in its repository the function moves.
    fs::remove_dir_all(repository.path().join("b")).unwrap();
    run(repository.path(), &["--write", "a/template.yaml"]);
    let migrated = fs::read_to_string(repository.path().join("a/template.yaml")).unwrap();
    assert!(migrated.contains("provided.al2023"), "{migrated}");
}
