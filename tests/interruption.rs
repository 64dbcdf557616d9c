//! What becomes of files when a `--write` is killed, interrupted or not alone.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "support/written.rs"]
mod written;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use written::{contents, is_leftover, lambdalift, scratch, stderr, template, write};

const SIGINT: i32 = 2;
const SIGKILL: i32 = 9;
const SIGTERM: i32 = 15;

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
    // `LAMBDALIFT_KILLS=200 cargo test --release --test interruption` takes its time, over more files.
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
