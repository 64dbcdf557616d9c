//! Runs of the program over inputs that mean it no good: in bounded memory, and never for ever.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// What a run may take of memory: far less than what it would if an input had its way.
const KIBIBYTES: u32 = 2 << 20;

/// A run that takes as long as this will never end.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn function(id: &str, properties: &str) -> String {
    format!("  {id}:\n    Type: AWS::Serverless::Function\n    Properties: {{{properties}}}\n")
}

/// A template with one function that nothing keeps from being migrated, after some other sections.
pub(crate) fn good(sections: &str) -> String {
    let body = function(
        "Good",
        "Runtime: go1.x, Handler: h, CodeUri: s3://acme/good.zip",
    );
    format!("{sections}Resources:\n{body}")
}

/// Runs the program in a directory, in bounded memory; nobody waits for ever.
pub(crate) fn run(directory: &Path, args: &[&str]) -> Output {
    let script = format!("ulimit -v {KIBIBYTES} && exec \"$0\" \"$@\"");
    let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    let mut child = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_lambdalift")])
        .args(args)
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(err.try_clone().unwrap())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let read = |mut file: File| {
        use std::io::{Read as _, Seek as _};
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    };
    Output {
        status,
        stdout: read(out),
        stderr: read(err),
    }
}

/// Runs the program and looks at status and message. A signal has no status.
pub(crate) fn expect(
    name: &str,
    directory: &Path,
    args: &[&str],
    status: i32,
    message: &str,
) -> Output {
    let output = run(directory, args);
    let said = String::from_utf8_lossy(&output.stderr);
    let start: String = said.chars().take(2_000).collect();
    assert_eq!(
        output.status.code(),
        Some(status),
        "{name}: {:?} {start}",
        output.status
    );
    assert!(said.contains(message), "{name}: {message}: {start}");
    assert!(!said.contains("panicked"), "{name}: {start}");
    output
}

pub(crate) fn fifo(path: &Path) -> bool {
    let made = Command::new("mkfifo").arg(path).status();
    let made = made.is_ok_and(|status| status.success());
    if !made {
        eprintln!("skipped: mkfifo does not make {}", path.display());
    }
    made
}
