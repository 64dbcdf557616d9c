//! What becomes of files when a `--write` is killed, interrupted, refused or not alone.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

/// A template of its own: nothing that it names stands in another one.
fn template(number: usize) -> String {
    format!(
        "Resources:\n  F{number}:\n    Type: AWS::Serverless::Function\n    Properties:\n      \
         CodeUri: s3://acme/{number}.zip\n      Handler: h{number}\n      Runtime: go1.x\n"
    )
}

/// Where trees are made: in memory if there is such a place, because a disk makes each file wait.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir())
    } else {
        tempfile::tempdir()
    }
    .unwrap()
}

fn lambdalift(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lambdalift"));
    command
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn write(directory: &Path) -> Output {
    lambdalift(directory).arg("--write").output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sends a signal by its number, with the tool that every Unix has.
fn send(signal: i32, pid: u32) {
    let arguments = [format!("-{signal}"), pid.to_string()];
    // The process may be gone: then there is nothing to send it to.
    drop(
        Command::new("kill")
            .args(arguments)
            .stderr(Stdio::null())
            .status(),
    );
}

/// Every file below a directory with its content, by its path from there.
fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
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

fn is_leftover(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with(".lambdalift-")
}

/// A tree of templates, and the two contents that each of its files may have.
struct Tree {
    directory: tempfile::TempDir,
    old: BTreeMap<PathBuf, Vec<u8>>,
    new: BTreeMap<PathBuf, Vec<u8>>,
    /// How long an undisturbed run takes.
    duration: Duration,
}

impl Tree {
    fn new(files: usize) -> Self {
        let old: BTreeMap<_, _> = (0..files)
            .map(|number| {
                let path = PathBuf::from(format!("d{}/t{number}.yaml", number % 20));
                (path, template(number).into_bytes())
            })
            .collect();
        let mut tree = Self {
            directory: scratch(),
            old,
            new: BTreeMap::new(),
            duration: Duration::ZERO,
        };
        tree.reset();
        let start = Instant::now();
        let output = write(tree.path());
        tree.duration = start.elapsed();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        tree.new = contents(tree.path());
        assert_eq!(tree.new.len(), files);
        assert!(tree.new.iter().all(|(path, text)| tree.old[path] != *text));
        tree
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Makes every file old again.
    fn reset(&self) {
        for (path, text) in &self.old {
            let path = self.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    /// How many files are new. Every file there is old or new, and none is missing; what else there is
    /// are leftovers.
    fn count_new(&self) -> usize {
        let mut now = contents(self.path());
        now.retain(|path, _| !is_leftover(path));
        assert!(now.keys().eq(self.old.keys()));
        let is_new = |(path, text): &(&PathBuf, &Vec<u8>)| {
            let new = self.new[*path] == **text;
            assert!(
                new || self.old[*path] == **text,
                "{} is broken",
                path.display()
            );
            new
        };
        now.iter().filter(is_new).count()
    }

    /// A run from any state makes every file new and leaves nothing behind.
    fn complete(&self) {
        let output = write(self.path());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert!(contents(self.path()) == self.new);
    }
}

/// Numbers that look random and are the same in every run (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// Starts a run, waits until it has made so many files new, and sends it a signal a random moment later.
/// Waiting for a file rather than for a time is what hits the middle of the writing on any machine.
fn disturb(tree: &Tree, random: &mut Random, threads: &str, signals: &[i32]) -> Output {
    let paths: Vec<_> = tree.old.keys().collect();
    let awaited = tree
        .path()
        .join(paths[random.next(paths.len() as u64 / 2) as usize]);
    let inode = fs::metadata(&awaited).unwrap().ino();
    let arguments = ["--write", "--threads", threads];
    let child = lambdalift(tree.path()).args(arguments).spawn().unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while fs::metadata(&awaited).is_ok_and(|now| now.ino() == inode) && Instant::now() < patience {
        std::thread::sleep(Duration::from_micros(100));
    }
    std::thread::sleep(Duration::from_micros(random.next(500)));
    for &signal in signals {
        send(signal, child.id());
    }
    child.wait_with_output().unwrap()
}

#[test]
fn a_killed_run_leaves_each_file_old_or_new_and_the_next_one_completes_it() {
    // `LAMBDALIFT_KILLS=200 cargo test --release --test writing` takes its time, over more files.
    let wanted = std::env::var("LAMBDALIFT_KILLS").ok();
    let (kills, files) = wanted.map_or((32, 400), |kills| (kills.parse().unwrap(), 3_000));
    let tree = Tree::new(files);
    let mut random = Random(2_023);
    let (mut middle, mut leftovers) = (0, 0);
    for kill in 0..kills {
        // Most often from the state that the last kill left, as happens to people.
        if kill % 4 == 0 {
            tree.reset();
        }
        let before = tree.count_new();
        if before == tree.old.len() {
            tree.reset();
        }
        let output = if kill % 2 == 0 {
            tree.reset();
            disturb(&tree, &mut random, "0", &[SIGKILL])
        } else {
            // Any moment at all: while it walks, reads, parses, writes or prints.
            let mut child = lambdalift(tree.path()).arg("--write").spawn().unwrap();
            let span = u64::try_from(tree.duration.as_micros()).unwrap().max(1);
            std::thread::sleep(Duration::from_micros(random.next(span)));
            child.kill().unwrap();
            child.wait_with_output().unwrap()
        };
        let new = tree.count_new();
        if output.status.signal() == Some(SIGKILL) && (1..tree.old.len()).contains(&new) {
            middle += 1;
        }
        leftovers += contents(tree.path())
            .keys()
            .filter(|path| is_leftover(path))
            .count();
        if kill % 4 == 3 {
            tree.complete();
        }
    }
    tree.complete();
    assert!(middle > 0, "no kill hit the writing");
    eprintln!(
        "{kills} kills over {files} files, {middle} between two files, {leftovers} temporary files left behind and removed"
    );
}

#[test]
fn an_interruption_ends_between_two_files_and_counts_them() {
    let tree = Tree::new(400);
    let mut random = Random(7);
    let mut middle = 0;
    // With one thread the writing takes long enough to be hit.
    for (threads, signals) in [
        ("1", &[SIGINT][..]),
        ("1", &[SIGTERM]),
        ("1", &[SIGINT, SIGINT]),
        ("0", &[SIGINT]),
    ] {
        tree.reset();
        let output = disturb(&tree, &mut random, threads, signals);
        let new = tree.count_new();
        // A signal may come too late to be noticed, or a second one before the count.
        let said = stderr(&output);
        if output.status.code() == Some(130) && said.contains("interrupted") {
            middle += usize::from(new < tree.old.len());
            assert!(
                said.contains(&format!("{new} files written")),
                "{new}: {said}"
            );
            assert!(!contents(tree.path()).keys().any(|path| is_leftover(path)));
        }
        assert!(
            matches!(output.status.code(), Some(0 | 130)),
            "{:?}",
            output.status
        );
        tree.complete();
    }
    assert!(middle > 0, "no signal hit the writing");
}

#[test]
fn two_runs_at_once_lose_nothing() {
    let tree = Tree::new(200);
    for _ in 0..8 {
        tree.reset();
        let start = || lambdalift(tree.path()).arg("--write").spawn().unwrap();
        let runs = [start(), start(), start()];
        for run in runs {
            let output = run.wait_with_output().unwrap();
            let said = stderr(&output);
            // A file that another run has in hand or has replaced is named; nothing else may go wrong.
            let errors = said.lines().filter(|line| line.starts_with("error"));
            for error in errors {
                let other = error.contains("is locked by another process")
                    || error.contains("changed while it was being migrated");
                assert!(other, "{error}");
            }
            assert!(matches!(output.status.code(), Some(0 | 2)), "{said}");
        }
        // Whoever lost a file lost it to a run that wrote the same.
        assert_eq!(tree.count_new(), tree.old.len());
        assert!(!contents(tree.path()).keys().any(|path| is_leftover(path)));
    }
}

/// Another program rewrites the files, each by a rename of its own, as editors do. What it wrote is there
/// in the end, as it wrote it or migrated: never is an older text back.
#[test]
fn what_another_program_writes_meanwhile_is_not_undone() {
    let directory = scratch();
    let paths: Vec<PathBuf> = (0..50)
        .map(|number| directory.path().join(format!("t{number}.yaml")))
        .collect();
    for (number, path) in paths.iter().enumerate() {
        fs::write(path, template(number)).unwrap();
    }
    let done = AtomicBool::new(false);
    let marks = std::thread::scope(|scope| {
        let editor = scope.spawn(|| {
            let mut mark = 0;
            while !done.load(Ordering::Relaxed) {
                mark += 1;
                for (number, path) in paths.iter().enumerate() {
                    let text = format!("{}# mark {mark}\n", template(number));
                    let beside = path.with_extension("swap");
                    fs::write(&beside, text).unwrap();
                    fs::rename(&beside, path).unwrap();
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            mark
        });
        for _ in 0..10 {
            let output = write(directory.path());
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{}",
                stderr(&output)
            );
        }
        done.store(true, Ordering::Relaxed);
        editor.join().unwrap()
    });
    // The editor came last everywhere: its last text stands, unless a run that had read just that text
    // migrated it, and then the mark is still there.
    let output = write(directory.path());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for path in &paths {
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains("provided.al2023"), "{text}");
        assert!(
            text.ends_with(&format!("# mark {marks}\n")),
            "{marks}: {text}"
        );
    }
}

#[test]
fn leftovers_of_the_dead_are_removed_where_they_lie_and_nothing_else_is() {
    let directory = scratch();
    let at = directory.path();
    fs::create_dir_all(at.join("sub/below")).unwrap();
    fs::write(at.join("here.yaml"), template(0)).unwrap();
    fs::write(at.join("sub/linked.yaml"), template(1)).unwrap();
    symlink("sub/linked.yaml", at.join("link.yaml")).unwrap();
    let leftover = |number: u32| format!(".lambdalift-{number}-abcDEF012345.tmp");
    // A process id says nothing: this one lives, and so does process 1.
    let mine = leftover(std::process::id());
    let (first, linked) = (leftover(1), format!("sub/{}", leftover(1)));
    let held = at.join(leftover(2));
    for path in [&mine, &first, &linked] {
        fs::write(at.join(path), "half").unwrap();
    }
    let living = File::create(&held).unwrap();
    living.lock().unwrap();
    let kept = [
        ".lambdalift-1.tmp",
        ".lambdalift-x-abcDEF012345.tmp",
        ".lambdalift-1-abcDEF012345.tmp.yaml",
        "sub/below/.lambdalift-1-abcDEF012345.tmp",
    ];
    for path in kept {
        fs::write(at.join(path), "not ours").unwrap();
    }
    let output = lambdalift(at)
        .args(["--write", "here.yaml", "link.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for path in [&mine, &first, &linked] {
        assert!(!at.join(path).exists(), "{path}");
    }
    assert!(held.exists());
    assert!(kept.iter().all(|path| at.join(path).exists()));
    assert!(at.join("link.yaml").is_symlink());
    // Without --write nothing is removed.
    fs::write(at.join(&first), "half").unwrap();
    assert_eq!(lambdalift(at).status().unwrap().code(), Some(0));
    assert!(at.join(&first).exists());
}

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
