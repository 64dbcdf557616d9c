//! `--interactive` in a pseudo-terminal.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A run that waits for answers.
struct Session {
    child: Child,
    terminal: File,
    /// All that has been shown.
    shown: String,
}

const PROMPT: &str = "Apply? [y,n,a,q,e,?] ";

impl Session {
    fn start(directory: &Path, args: &[&str]) -> Self {
        let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&main).unwrap();
        unlockpt(&main).unwrap();
        let name = ptsname(&main, Vec::new()).unwrap();
        // Without NOCTTY it would become the terminal of the tests.
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let open = || Stdio::from(rustix::fs::open(&name, flags, Mode::empty()).unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .arg("--interactive")
            .args(args)
            .current_dir(directory)
            .env("NO_COLOR", "1")
            .stdin(open())
            .stdout(open())
            .stderr(open())
            .spawn()
            .unwrap();
        Self {
            child,
            terminal: File::from(main),
            shown: String::new(),
        }
    }

    /// Waits for a question, and returns what was shown with it.
    fn question(&mut self) -> String {
        let from = self.shown.len();
        while !self.shown.get(from..).unwrap().ends_with(PROMPT) {
            assert!(self.read(), "no question, but {}", self.shown);
        }
        self.shown.get(from..).unwrap().to_owned()
    }

    fn answer(&mut self, line: &str) {
        self.terminal.write_all(line.as_bytes()).unwrap();
        self.terminal.write_all(b"\n").unwrap();
    }

    /// Waits for the end, and returns what was shown since the last question.
    fn end(mut self) -> (ExitStatus, String) {
        let from = self.shown.len();
        while self.read() {}
        let status = self.child.wait().unwrap();
        (status, self.shown.get(from..).unwrap().to_owned())
    }

    /// Whether there was more; the last one to close the terminal ends the reading with an error.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.terminal.read(&mut buffer) {
            Ok(0) | Err(_) => false,
            Ok(length) => {
                let text = String::from_utf8_lossy(buffer.get(..length).unwrap());
                self.shown.push_str(&text.replace('\r', ""));
                true
            }
        }
    }
}

const TWO: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Intake:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: intake.zip
      Handler: intake
      Runtime: go1.x
  Refund:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: refund.zip
      Handler: refund
      Runtime: go1.x
";

const INHERITED: &str = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: go1.x
Resources:
  Intake:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: intake.zip
      Handler: intake
  Refund:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: refund.zip
      Handler: refund
";

/// A directory of its own with these files.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn text(directory: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(directory.path().join(name)).unwrap()
}

/// The only file of a run in which every question gets one answer.
fn answered(template: &str, answers: &[&str]) -> (String, Option<i32>, String) {
    let directory = directory(&[("template.yaml", template)]);
    let mut session = Session::start(directory.path(), &[]);
    for answer in answers {
        session.question();
        session.answer(answer);
    }
    let (status, shown) = session.end();
    (text(&directory, "template.yaml"), status.code(), shown)
}

/// What the template becomes without questions.
fn migrated(template: &str) -> String {
    let directory = directory(&[("template.yaml", template)]);
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .arg("--write")
        .current_dir(directory.path())
        .output()
        .unwrap();
    assert!(output.status.success());
    text(&directory, "template.yaml")
}

/// Only the second function, as it is after a migration of both.
fn second_migrated() -> String {
    let after = migrated(TWO);
    let (_, second) = after.split_once("  Refund:").unwrap();
    let (first, _) = TWO.split_once("  Refund:").unwrap();
    format!("{first}  Refund:{second}")
}

#[test]
fn what_is_accepted_is_written_and_nothing_else() {
    let (found, status, shown) = answered(TWO, &["n", "y"]);
    assert_eq!(found, second_migrated());
    assert_eq!(status, Some(0));
    assert!(shown.contains("1 file written"), "{shown}");
    let (found, ..) = answered(TWO, &["y", "y"]);
    assert_eq!(found, migrated(TWO));
    let (found, ..) = answered(TWO, &["n", "n"]);
    assert_eq!(found, TWO);
}

#[test]
fn all_the_rest_and_no_more() {
    let (found, ..) = answered(TWO, &["a"]);
    assert_eq!(found, migrated(TWO));
    let (found, ..) = answered(TWO, &["n", "a"]);
    assert_eq!(found, second_migrated());
    let (found, status, _) = answered(TWO, &["y", "q"]);
    assert!(found.contains("Runtime: go1.x") && found.contains("Runtime: provided.al2023"));
    assert_eq!(status, Some(0));
    let (found, ..) = answered(TWO, &["q"]);
    assert_eq!(found, TWO);
    // Ctrl-D is the end of the answers.
    let (found, ..) = answered(TWO, &["y", "\u{4}"]);
    assert!(found.contains("Runtime: go1.x") && found.contains("Runtime: provided.al2023"));
}

#[test]
fn questions_about_questions() {
    let directory = directory(&[("template.yaml", TWO)]);
    let mut session = Session::start(directory.path(), &[]);
    let question = session.question();
    assert!(
        question.contains("+      Runtime: provided.al2023"),
        "{question}"
    );
    assert!(
        question.contains("Intake in template.yaml (2 resources to decide)"),
        "{question}"
    );
    assert!(
        !question.contains("refund"),
        "only the function that is asked about: {question}"
    );
    assert!(
        question.contains("step left: Intake runs the artefact"),
        "{question}"
    );
    session.answer("?");
    assert!(session.question().contains("y  migrate this"));
    session.answer("perhaps");
    assert!(session.question().contains("y  migrate this"));
    session.answer("e");
    let explanation = session.question();
    for rule in ["retired-runtime: ", "go-handler: ", "rebuild-artifact: "] {
        assert!(explanation.contains(rule), "{explanation}");
    }
    session.answer("q");
    assert_eq!(session.end().0.code(), Some(0));
}

/// Functions that share an edit are one unit.
#[test]
fn functions_that_inherit_a_runtime_go_together() {
    let directory = directory(&[("template.yaml", INHERITED)]);
    let mut session = Session::start(directory.path(), &[]);
    assert!(
        session
            .question()
            .contains("Intake, Refund in template.yaml")
    );
    session.answer("n");
    session.end();
    assert_eq!(text(&directory, "template.yaml"), INHERITED);
}

/// So are functions of one package, in whatever template, and those that share a build file.
#[test]
fn functions_of_one_package_go_together() {
    let one = TWO
        .replace("refund.zip", "intake.zip")
        .replace("Handler: refund", "Handler: intake");
    let other = TWO.replace("intake", "refund").replace("Intake", "Other");
    let directory = directory(&[("a.yaml", &one), ("b.yaml", &other)]);
    let mut session = Session::start(directory.path(), &[]);
    let question = session.question();
    assert!(
        question.contains("Intake, Refund in a.yaml (4 resources"),
        "{question}"
    );
    session.answer("n");
    let question = session.question();
    assert!(
        question.contains("Other, Refund in b.yaml (2 resources"),
        "{question}"
    );
    session.answer("y");
    session.end();
    assert_eq!(text(&directory, "a.yaml"), one);
    assert!(!text(&directory, "b.yaml").contains("go1.x"));
}

/// Ctrl-C writes nothing, not even what was accepted.
#[test]
fn an_interrupted_run_writes_nothing() {
    let directory = directory(&[("template.yaml", TWO)]);
    let mut session = Session::start(directory.path(), &[]);
    session.question();
    session.answer("y");
    session.question();
    let pid = rustix::process::Pid::from_child(&session.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let (status, shown) = session.end();
    assert_eq!(status.code(), Some(130));
    assert!(shown.contains("interrupted: nothing written"), "{shown}");
    assert_eq!(text(&directory, "template.yaml"), TWO);
}

#[test]
fn without_a_terminal_there_is_nobody_to_ask() {
    let directory = directory(&[("template.yaml", TWO)]);
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .arg("--interactive")
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("needs a terminal"), "{message}");
    assert_eq!(text(&directory, "template.yaml"), TWO);
}
