//! Trees that are large, or change while they are walked. `tests/scale` does the same in full size.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

#[path = "support/bounded.rs"]
mod bounded;

use bounded::{expect, fifo, function, good, run};

const MIGRATED: &str = "provided.al2023";

/// Where trees are made: in memory if there is such a place, because a disk makes each written file wait.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = memory.is_dir().then(|| tempfile::tempdir_in(memory).ok());
    made.flatten()
        .unwrap_or_else(|| tempfile::tempdir().unwrap())
}

fn is_migrated(path: &Path) -> bool {
    fs::read_to_string(path).is_ok_and(|text| text.contains(MIGRATED))
}

#[test]
fn empty_directories_are_walked_and_left() {
    let directory = scratch();
    let at = directory.path();
    for number in 0..5_000 {
        // A third in one directory, a third three levels deep, a third in a chain of 30.
        let way = match number % 3 {
            0 => format!("flat/d{number}"),
            1 => format!("tree/d{}/d{}/d{number}", number % 10, number % 100),
            _ => format!("chain{}/{}", number / 90, "d/".repeat(number / 3 % 30 + 1)),
        };
        fs::create_dir_all(at.join(way)).unwrap();
    }
    fs::write(at.join("template.yaml"), good("")).unwrap();
    expect("directories", at, &["--write"], 0, "1 file written");
    assert!(is_migrated(&at.join("template.yaml")));
    expect(
        "directories again",
        at,
        &["--check"],
        0,
        "no function to migrate",
    );
    fs::remove_file(at.join("template.yaml")).unwrap();
    expect("nothing else", at, &["--check"], 0, "0 templates");
}

#[test]
fn links_are_left_alone_however_many() {
    let directory = scratch();
    let at = directory.path();
    fs::create_dir_all(at.join("app")).unwrap();
    let outside = scratch();
    let (app, other) = (
        at.join("app/template.yaml"),
        outside.path().join("template.yaml"),
    );
    fs::write(&app, good("")).unwrap();
    fs::write(&other, good("")).unwrap();
    let outside = outside.path().to_str().unwrap();
    let targets = [
        "../app/template.yaml",
        "../app",
        "nowhere",
        "..",
        ".",
        outside,
        other.to_str().unwrap(),
    ];
    for (number, target) in targets.iter().cycle().take(2_000).enumerate() {
        // Half in one directory, half spread.
        let place = if number % 2 == 0 { 0 } else { number % 50 };
        let place = at.join(format!("links{place}"));
        fs::create_dir_all(&place).unwrap();
        symlink(target, place.join(format!("link{number}.yaml"))).unwrap();
        symlink(format!("loop{number}"), place.join(format!("loop{number}"))).unwrap();
    }
    expect("links", at, &["--write"], 0, "1 file written");
    assert!(is_migrated(&app));
    assert!(!is_migrated(&other));
    let links = fs::read_dir(at.join("links0")).unwrap();
    assert!(
        links
            .map(Result::unwrap)
            .all(|it| it.file_type().unwrap().is_symlink())
    );
}

#[test]
fn a_template_above_the_limit_is_named_and_read_once_it_is_raised() {
    let directory = scratch();
    let at = directory.path();
    let path = at.join("template.yaml");
    let text = format!("{}{}", good(""), "# a line of a comment\n".repeat(400_000));
    fs::write(&path, &text).unwrap();
    let refused = format!(
        "template.yaml has {} bytes, more than the limit of 8388608; CloudFormation takes no such template: leave \
         it out with --exclude, or raise the limit with --max-file-size",
        text.len()
    );
    for args in [&["--write"][..], &["--write", "template.yaml"]] {
        expect("by default", at, args, 0, &refused);
        expect("strict", at, &[args, &["--strict"]].concat(), 2, &refused);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    expect(
        "left out",
        at,
        &["--exclude", "template.yaml"],
        0,
        "0 templates",
    );
    expect(
        "raised",
        at,
        &["--write", "--max-file-size", "9M"],
        0,
        "1 file written",
    );
    assert!(is_migrated(&path));
}

/// Does something over and over while something else is done.
fn meanwhile(again: impl Fn(usize) + Send, work: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stopped = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // A failed assertion stops it, too.
        let _stop = Stop(&stopped);
        let goes_on = |_: &usize| !stopped.load(Ordering::Relaxed);
        scope.spawn(move || (0..).take_while(goes_on).for_each(again));
        work();
    });
}

/// A step of another program that makes, removes and replaces files and directories.
fn disturb(at: &Path, number: usize, long: &str) {
    let directory = at.join(format!("d{}", number % 20));
    let path = directory.join(format!("t{}.yaml", number % 7));
    let aside = at.join("aside");
    let whole = good("");
    // Whatever fails was made impossible by a step before.
    drop(fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)));
    match number % 11 {
        0 => drop(fs::create_dir(&path)),
        1 => drop(symlink("t0.yaml", &path)),
        2 => drop(symlink("/dev/zero", &path)),
        3 => drop(fs::write(&path, whole.get(..60).unwrap_or_default())),
        4 => drop(fs::write(&path, long)),
        5 => drop(fs::hard_link(at.join("pipe"), &path)),
        6 => {
            drop(fs::rename(&directory, &aside));
            drop(fs::write(&directory, ""));
            drop(fs::remove_file(&directory));
            drop(fs::rename(&aside, &directory));
        }
        _ => drop(fs::write(&path, &whole)),
    }
}

#[test]
fn what_vanishes_or_becomes_something_else_stops_nothing() {
    let directory = scratch();
    let at = directory.path();
    for number in 0..20 {
        fs::create_dir(at.join(format!("d{number}"))).unwrap();
    }
    fs::create_dir(at.join("still")).unwrap();
    let still = at.join("still/template.yaml");
    // Its package is its own: what runs one that others run already would stay.
    let own = good("").replace("good.zip", "own.zip");
    // A second name of a FIFO is made faster than a FIFO.
    if !fifo(&at.join("pipe")) {
        eprintln!("no FIFO takes part");
    }
    let long = good(&"# more\n".repeat(20_000));
    let again = |number| disturb(at, number, &long);
    meanwhile(again, || {
        for _ in 0..6 {
            fs::write(&still, &own).unwrap();
            let output = run(at, &["--write"]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{:?} {said}",
                output.status
            );
            assert!(is_migrated(&still), "{said}");
            assert!(!said.contains("panicked"), "{said}");
        }
    });
    // Where a directory was moved away, a temporary file may have stayed; the next run removes it.
    for number in 0..20 {
        let directory = at.join(format!("d{number}"));
        fs::create_dir_all(&directory).unwrap();
        fs::write(directory.join("last.yaml"), good("")).unwrap();
    }
    run(at, &["--write"]);
    let leftovers = Command::new("find")
        .args([".", "-name", ".lambdalift-*"])
        .current_dir(at)
        .output();
    assert_eq!(String::from_utf8(leftovers.unwrap().stdout).unwrap(), "");
}

#[test]
fn many_functions_in_a_file_that_is_cut_off_are_all_or_none() {
    let directory = scratch();
    let at = directory.path();
    let path = at.join("template.yaml");
    let code = |n| {
        function(
            &format!("F{n}"),
            &format!("Runtime: go1.x, Handler: h, CodeUri: s3://acme/{n}"),
        )
    };
    let functions: String = (0..300).map(code).collect();
    let whole = format!("Resources:\n{functions}");
    let cut = whole.get(..whole.len() / 2).unwrap_or_default();
    let again = |_| {
        [&whole, cut, ""]
            .iter()
            .for_each(|text| fs::write(&path, text).unwrap())
    };
    meanwhile(again, || {
        for _ in 0..5 {
            let output = run(at, &["--write"]);
            assert!(
                matches!(output.status.code(), Some(0 | 2)),
                "{:?}",
                output.status
            );
            let text = fs::read_to_string(&path).unwrap();
            let left = text.matches("Runtime: go1.x").count();
            let moved = text.matches(MIGRATED).count();
            assert!(left == 0 || moved == 0, "{left} stay, {moved} moved");
        }
    });
}
