//! Runs that write, and what they leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A template of its own: nothing that it names stands in another one.
pub(crate) fn template(number: usize) -> String {
    format!(
        "Resources:\n  F{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
         CodeUri: s3://acme/{number}.zip\n      Handler: h{number}\n      Runtime: go1.x\n"
    )
}

/// Where trees are made: in memory if there is such a place, because a disk makes each file wait.
pub(crate) fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir())
    } else {
        tempfile::tempdir()
    }
    .unwrap()
}

pub(crate) fn lambdalift(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdalift"));
    command
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn write(directory: &Path) -> Output {
    lambdalift(directory).arg("--write").output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Every file below a directory with its content, by its path from there.
pub(crate) fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    walkdir::WalkDir::new(directory)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(directory).unwrap().to_path_buf();
            (path, fs::read(entry.path()).unwrap())
        })
        .collect()
}

pub(crate) fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with(".lambdalift-")
}
