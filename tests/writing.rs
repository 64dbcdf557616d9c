//! What becomes of files that a `--write` may not replace, and of what belongs to them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "support/written.rs"]
mod written;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;
use std::process::{Command, Output};

use written::{contents, is_leftover, scratch, stderr, template, write};

#[test]
fn modes_owners_and_links_stay() {
    let directory = scratch();
    let at = directory.path();
    let modes = [0o600, 0o640, 0o644, 0o664, 0o755, 0o2755, 0o4711, 0o1644];
    for (number, mode) in modes.into_iter().enumerate() {
        let path = at.join(format!("{mode:o}.yaml"));
        fs::write(&path, template(number)).unwrap();
        if chown(&path, Some(1_234), Some(4_321)).is_err() && number == 0 {
            eprintln!("skipped: only the superuser can give files away, so their owner stays ours");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(at.join("read-only.yaml"), template(100)).unwrap();
    fs::set_permissions(at.join("read-only.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::hard_link(at.join("644.yaml"), at.join("hard.txt")).unwrap();
    let facts = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        (metadata.mode(), metadata.uid(), metadata.gid())
    };
    let before: Vec<_> = modes
        .map(|mode| facts(&at.join(format!("{mode:o}.yaml"))))
        .into();
    let output = write(at);
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    assert!(
        said.contains("read-only.yaml is read-only") && said.contains("8 files written"),
        "{said}"
    );
    let after: Vec<_> = modes
        .map(|mode| facts(&at.join(format!("{mode:o}.yaml"))))
        .into();
    assert_eq!(before, after);
    assert_eq!(
        fs::read_to_string(at.join("hard.txt")).unwrap(),
        template(2)
    );
    assert_eq!(
        fs::read_to_string(at.join("read-only.yaml")).unwrap(),
        template(100)
    );
}

/// The threads of a run do not take each other for other programs.
#[test]
fn names_of_one_file_become_files_of_their_own() {
    let directory = scratch();
    let at = directory.path();
    fs::write(at.join("t0.yaml"), template(0)).unwrap();
    for number in 1..32 {
        fs::hard_link(at.join("t0.yaml"), at.join(format!("t{number}.yaml"))).unwrap();
    }
    let output = write(at);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("32 files written"));
    let texts: std::collections::BTreeSet<_> = contents(at).into_values().collect();
    assert_eq!(texts.len(), 1);
    assert!(!texts.contains(template(0).as_bytes()));
}

/// Runs a shell script as somebody who is not the superuser, if that can be arranged; the binary and the
/// directory are its arguments.
fn as_nobody(directory: &Path, script: &str) -> Option<Output> {
    let shell = ["sh", "-c", script, "sh", env!("CARGO_BIN_EXE_lambdalift")];
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let command = if is_root {
        // The binary may lie where nobody else may look.
        let binary = directory.join("lambdalift");
        fs::copy(shell[4], &binary).unwrap();
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .args(&shell[..4])
            .arg(binary);
        command
    } else {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]);
        command
    };
    let mut command = command;
    match command.current_dir(directory).output() {
        Ok(output) => Some(output),
        Err(error) => {
            eprintln!("skipped: the superuser may do everything, and setpriv fails: {error}");
            None
        }
    }
}

#[test]
fn what_may_not_be_written_is_named_and_stops_no_other() {
    let directory = scratch();
    let at = directory.path();
    let trees = ["closed", "file", "open"];
    for (number, name) in trees.into_iter().enumerate() {
        fs::create_dir(at.join(name)).unwrap();
        fs::write(at.join(name).join("t.yaml"), template(number)).unwrap();
        // Everything to somebody else, which only the superuser can do, and needs to.
        drop(chown(at.join(name), Some(65_534), Some(65_534)));
        drop(chown(
            at.join(name).join("t.yaml"),
            Some(65_534),
            Some(65_534),
        ));
    }
    fs::set_permissions(at, fs::Permissions::from_mode(0o755)).unwrap();
    let mode = |path: &str, mode| {
        fs::set_permissions(at.join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("closed", 0o555);
    mode("file/t.yaml", 0o464);
    let output = as_nobody(at, "exec \"$1\" --write closed file open");
    mode("closed", 0o755);
    let Some(output) = output else { return };
    assert_eq!(output.status.code(), Some(2));
    let said = stderr(&output);
    for message in [
        "cannot create a temporary file in",
        "closed to replace closed/t.yaml",
        "allow new files in that directory and run again",
        "no permission to write file/t.yaml",
        "1 file written",
    ] {
        assert!(said.contains(message), "{message}: {said}");
    }
    for (number, name) in trees.into_iter().enumerate() {
        let now = fs::read_to_string(at.join(name).join("t.yaml")).unwrap();
        assert_eq!(now == template(number), name != "open", "{name}");
        assert_eq!(fs::read_dir(at.join(name)).unwrap().count(), 1);
    }
}

#[test]
fn a_file_of_somebody_else_is_not_taken_over() {
    let directory = scratch();
    let at = directory.path();
    let path = at.join("t.yaml");
    fs::write(&path, template(0)).unwrap();
    if chown(&path, Some(12_345), Some(12_345)).is_err() {
        eprintln!("skipped: only the superuser can give a file away");
        return;
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(at, fs::Permissions::from_mode(0o777)).unwrap();
    let Some(output) = as_nobody(at, "exec \"$1\" --write t.yaml") else {
        return;
    };
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("cannot keep owner and mode of t.yaml"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), template(0));
    assert_eq!(fs::metadata(&path).unwrap().uid(), 12_345);
    assert!(!contents(at).keys().any(|path| is_leftover(path)));
}

/// Runs a script over a file system in memory of its own, which needs the superuser or user namespaces.
fn on_small_disk(options: &str, script: &str) -> Option<Output> {
    let directory = tempfile::tempdir().unwrap();
    let script =
        format!("mount -t tmpfs -o {options} none . || exit 77\ncd \"$PWD\" || exit 77\n{script}");
    let run = |flags: &[&str]| {
        let arguments = ["sh", "-c", &script, "sh", env!("CARGO_BIN_EXE_lambdalift")];
        let mut command = Command::new("unshare");
        command
            .args(flags)
            .args(arguments)
            .current_dir(directory.path());
        command
            .output()
            .ok()
            .filter(|output| !matches!(output.status.code(), Some(1 | 77)))
    };
    let output = run(&["-m"]).or_else(|| run(&["-rm"]));
    if output.is_none() {
        eprintln!("skipped: no file system can be mounted here (unshare -m, unshare -rm)");
    }
    output
}

#[test]
fn a_full_disk_leaves_files_as_they_were() {
    // Files of 20 KiB on a disk of which less is free: temporary files can be made, but not filled. Then
    // none can be made: there are as many files as there may be.
    let padding = "for n in 1 2 3; do for i in $(seq 400); do \
                   echo '# some fifty bytes of comment to make the file large'; done >> t$n.yaml; done";
    for (options, fill) in [
        (
            "size=128k",
            "dd if=/dev/zero of=fill bs=1k 2>/dev/null; truncate -s -8k fill",
        ),
        ("size=1m,nr_inodes=6", "touch a b"),
    ] {
        let templates: String = (1..4)
            .map(|number| format!("cat > t{number}.yaml <<'END'\n{}END\n", template(number)))
            .collect();
        let script = format!(
            "{templates}{padding}\n{fill}\ncat t?.yaml > /dev/null; before=$(cat t?.yaml | cksum)\n\
             \"$1\" --write; echo status $?; [ \"$before\" = \"$(cat t?.yaml | cksum)\" ] && echo same\n\
             ls -A; rm -f fill a b; \"$1\" --write; echo status $?; ls -A"
        );
        let Some(output) = on_small_disk(options, &script) else {
            return;
        };
        let (out, said) = (String::from_utf8_lossy(&output.stdout), stderr(&output));
        assert!(
            said.contains("no space left to write t1.yaml; it was left as it was"),
            "{options}: {said}"
        );
        assert!(
            said.contains("nothing written") || said.contains("0 files written"),
            "{options}: {said}"
        );
        assert!(said.contains("3 files written"), "{options}: {said}");
        let expected = ["status 2", "same", "status 0"];
        assert!(
            expected.iter().all(|line| out.contains(line)),
            "{options}: {out}"
        );
        assert!(!out.contains(".lambdalift-"), "{options}: {out}");
    }
}

#[test]
fn a_disk_that_is_mounted_read_only_is_named() {
    let script = format!(
        "cat > t.yaml <<'END'\n{}END\nmount -o remount,ro . || exit 77\n\"$1\" --write; echo status $?",
        template(1)
    );
    let Some(output) = on_small_disk("size=1m", &script) else {
        return;
    };
    let said = stderr(&output);
    assert!(
        said.contains("cannot replace t.yaml: Read-only file system"),
        "{said}"
    );
    assert!(String::from_utf8_lossy(&output.stdout).contains("status 2"));
}

/// The system ends a process that exceeds the limit, and there is nothing to be done in time: as with any
/// other death the files are whole.
#[test]
fn a_limit_on_file_sizes_leaves_files_as_they_were() {
    let directory = scratch();
    let at = directory.path();
    let long = format!("{}# {}\n", template(0), "x".repeat(4_096));
    fs::write(at.join("a.yaml"), template(1)).unwrap();
    fs::write(at.join("b.yaml"), &long).unwrap();
    let script = "ulimit -f 2; exec \"$1\" --write";
    let output = Command::new("sh")
        .args(["-c", script, "sh", env!("CARGO_BIN_EXE_lambdalift")])
        .current_dir(at)
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert_eq!(fs::read_to_string(at.join("b.yaml")).unwrap(), long);
    assert_eq!(write(at).status.code(), Some(0));
    assert!(!contents(at).keys().any(|path| is_leftover(path)));
    assert!(
        fs::read_to_string(at.join("b.yaml"))
            .unwrap()
            .contains("provided.al2023")
    );
}
