//! Diffs are handed to the real `git apply` and `patch -p1` where those are installed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use similar::DiffTag;

use super::windows::windows;
use super::{lines, operations, unified, unified_output};
use crate::edit::Output;
use crate::source::Range;

/// Applies `diff` to `old` under `name` with each program that is installed.
fn applied(old: &[u8], diff: &[u8], name: &Path) -> Vec<(String, Vec<u8>)> {
    let programs: [&[&str]; 2] = [
        &["git", "apply", "--whitespace=nowarn", "../patch"],
        &["patch", "-p1", "-s", "-i", "../patch"],
    ];
    let mut results = Vec::new();
    for program in programs {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("tree");
        let file = dir.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, old).unwrap();
        fs::write(outer.path().join("patch"), diff).unwrap();
        let run = Command::new(program[0])
            .args(&program[1..])
            .current_dir(&dir)
            .env("GIT_CONFIG_GLOBAL", outer.path().join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", outer.path())
            .stdin(Stdio::null())
            .output();
        let Ok(run) = run else { continue };
        let said = format!(
            "{program:?}: {}{}",
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr)
        );
        assert!(
            run.status.success(),
            "{said}\n{}",
            String::from_utf8_lossy(diff)
        );
        results.push((said, fs::read(&file).unwrap()));
    }
    results
}

fn check(old: &[u8], new: &[u8], name: &Path) {
    let diff = unified(old, new, name, None);
    for (said, result) in applied(old, &diff, name) {
        assert_eq!(
            result.escape_ascii().to_string(),
            new.escape_ascii().to_string(),
            "{said}\n{}",
            String::from_utf8_lossy(&diff)
        );
    }
}

#[test]
fn the_format_is_exact() {
    let cases: &[(&str, &str, &str)] = &[
        ("a\n", "a\n", ""),
        ("a\n", "b\n", "@@ -1 +1 @@\n-a\n+b\n"),
        (
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
            "1\n2\n3\n4\nX\n6\n7\n8\n9\n",
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n",
        ),
        (
            "a\nb",
            "a\nb\n",
            "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n",
        ),
        (
            "a\nb",
            "c\nb",
            "@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n",
        ),
        ("a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n"),
        (
            "a\r\nb\r\n",
            "a\r\nc\r\n",
            "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n",
        ),
        ("a\rb\n", "a\rc\n", "@@ -1 +1 @@\n-a\rb\n+a\rc\n"),
    ];
    for (old, new, hunks) in cases {
        let expected = if hunks.is_empty() {
            String::new()
        } else {
            format!("--- a/d/t\n+++ b/d/t\n{hunks}")
        };
        let diff = unified(old.as_bytes(), new.as_bytes(), Path::new("d/t"), None);
        assert_eq!(String::from_utf8_lossy(&diff), expected, "{old:?} {new:?}");
    }
}

#[test]
fn distant_changes_make_separate_hunks_that_share_context_when_near() {
    let line = |index: usize| format!("{index}\n");
    let old: String = (0..40).map(line).collect();
    let new = old
        .replace("\n5\n", "\nfive\n")
        .replace("\n12\n", "\ntwelve\n")
        .replace("\n30\n", "\n");
    let diff = unified(old.as_bytes(), new.as_bytes(), Path::new("t"), None);
    let text = String::from_utf8(diff).unwrap();
    let headers: Vec<_> = text.lines().filter(|l| l.starts_with("@@")).collect();
    assert_eq!(headers, ["@@ -3,14 +3,14 @@", "@@ -28,7 +28,6 @@"]);
    check(old.as_bytes(), new.as_bytes(), Path::new("t"));
}

#[test]
fn git_and_patch_apply_it() {
    let texts: &[(&str, &str)] = &[
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\r\nb\r\nc\r\n", "a\r\nB\r\nnew\r\nc\r\n"),
        ("\u{feff}Runtime: go1.x", "\u{feff}Runtime: provided.al2023"),
        ("a\nb", "a\nb\nc"),
        ("a\nb\n", "a\nb"),
        ("x\ry\nz\n", "x\ry\nw\rv\n"),
        ("-- a\n++ b\n", "-- c\n++ b\n"),
        ("a\n\n\n\nb\n", "a\n\n\nb\n"),
    ];
    for (old, new) in texts {
        check(old.as_bytes(), new.as_bytes(), Path::new("sub/t.yaml"));
    }
}

#[cfg(unix)]
#[test]
fn strange_names_are_found() {
    use std::os::unix::ffi::OsStrExt as _;
    let names: &[&[u8]] = &[
        b"with space.yaml",
        b" lead/trail ",
        b"tab\there",
        b"new\nline",
        b"quote\"back\\slash",
        b"caf\xc3\xa9.yaml",
        b"latin\xe9.yaml",
        b"del\x7f\x01",
        b"2020-01-01 00:00:00",
        b"{{cookiecutter.name}}/t.yaml",
    ];
    for name in names {
        let name = Path::new(std::ffi::OsStr::from_bytes(name));
        check(b"a\nb\n", b"a\nc\n", name);
    }
}

#[test]
fn several_files_in_one_diff_apply() {
    let outer = tempfile::tempdir().unwrap();
    let mut diff = Vec::new();
    let files = [
        ("a b", "x\r\ny", "x\r\nz"),
        ("c", "1\n2\n", "1\n3\n"),
        ("d", "q", "r\n"),
    ];
    for (name, old, new) in files {
        fs::write(outer.path().join(name), old).unwrap();
        diff.extend(unified(
            old.as_bytes(),
            new.as_bytes(),
            Path::new(name),
            None,
        ));
    }
    fs::write(outer.path().join("patch"), &diff).unwrap();
    for program in [
        ["patch", "-p1", "-i", "patch"],
        ["git", "apply", "-R", "patch"],
    ] {
        let run = Command::new(program[0])
            .args(&program[1..])
            .current_dir(outer.path())
            .output();
        let Ok(run) = run else { return };
        assert!(run.status.success(), "{run:?}");
        for (name, old, new) in files {
            let expected = if program[0] == "patch" { new } else { old };
            assert_eq!(
                fs::read(outer.path().join(name)).unwrap(),
                expected.as_bytes()
            );
        }
    }
}

#[test]
fn only_what_changes_is_compared() {
    let old = "    Line: a value that repeats\n".repeat(30_000);
    let line = old.len() / 30_000;
    let insert = |at: usize| (at * line..at * line, "    New: line\n".to_owned());
    let output = Output::made_of((7..30_000).step_by(40).map(insert).collect());
    let new = output.text(&old);
    let (before, after) = (lines(old.as_bytes()), lines(new.as_bytes()));
    let windows = windows(&before, &after, Some(&output));
    let (removed, added): (usize, usize) = windows
        .iter()
        .map(|window| (window.old.len(), window.new.len()))
        .fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    assert_eq!((windows.len(), removed, added), (750, 0, 750));
    let diff = unified_output(&old, &output, Path::new("t"), None);
    let diff = String::from_utf8(diff).unwrap();
    assert_eq!(diff.matches("\n@@ ").count(), 750);
}

/// Edits that touch: what one leaves of a line goes on behind the next.
#[test]
fn a_line_that_is_left_open_goes_on_behind_what_goes_away() {
    let old = "a\nb\nc\nd\n";
    let cases: [&[(Range, &str)]; 5] = [
        &[(0..2, "x"), (2..4, "")],
        &[(2..2, "\r"), (2..4, "")],
        &[(0..2, "x"), (2..4, ""), (4..6, "")],
        &[(0..2, "x"), (2..2, "y\n"), (4..6, "")],
        &[(0..1, ""), (1..2, ""), (2..4, "z")],
    ];
    for case in cases {
        let edits = case
            .iter()
            .map(|(range, new)| (range.clone(), (*new).to_owned()));
        let output = Output::made_of(edits.collect());
        let new = output.text(old);
        let diff = unified_output(old, &output, Path::new("t"), None);
        for (said, result) in applied(old.as_bytes(), &diff, Path::new("t")) {
            assert_eq!(String::from_utf8(result).unwrap(), new, "{case:?}: {said}");
        }
        assert_eq!(replaced(old, &new, Some(&output)), new, "{case:?}");
    }
}

/// A text, and what to replace in it.
fn replaced_anyhow() -> impl Strategy<Value = (String, Output)> {
    let word = prop::sample::select(vec!["a", "b", "\u{e9}", "\n", "\n", "\r\n", "\r"]);
    let text = prop::collection::vec(word, 0..12).prop_map(|words| words.concat());
    let old = prop::collection::vec(text.clone(), 0..8).prop_map(|texts| texts.concat());
    let at = any::<prop::sample::Index>;
    let edits = prop::collection::vec((at(), at(), text), 0..5);
    (old, edits).prop_map(|(old, edits)| {
        let places: Vec<usize> = (0..=old.len())
            .filter(|at| old.is_char_boundary(*at))
            .collect();
        let place = |at: prop::sample::Index| places[at.index(places.len())];
        let mut edits: Vec<(Range, String)> = edits
            .into_iter()
            .map(|(a, b, content)| {
                let (a, b) = (place(a), place(b));
                (a.min(b)..a.max(b), content)
            })
            .collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut done = 0;
        edits.retain(|(range, _)| {
            let is_free = range.start >= done;
            done = if is_free { range.end } else { done };
            is_free
        });
        (old, Output::made_of(edits))
    })
}

/// Old and new lines, built from a few words so that they repeat.
fn edited() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let word = prop::sample::select(vec![
        "a",
        "b",
        "",
        "-- x",
        "\\ y",
        "a\rb",
        "\u{e9}",
        "@@ -1 +1 @@",
    ]);
    let line = (word, prop::bool::weighted(0.3))
        .prop_map(|(word, crlf)| format!("{word}{}", if crlf { "\r\n" } else { "\n" }));
    let edits = prop::collection::vec((any::<prop::sample::Index>(), line.clone(), 0..3_u8), 0..6);
    let old = prop::collection::vec(line, 1..40);
    (old, edits, any::<bool>(), any::<bool>()).prop_map(|(old, edits, old_end, new_end)| {
        let mut new = old.clone();
        for (at, line, kind) in edits {
            let at = at.index(new.len());
            match kind {
                0 => new[at] = line,
                1 => new.insert(at, line),
                _ if new.len() > 1 => drop(new.remove(at)),
                _ => {}
            }
        }
        let text = |lines: &[String], ended: bool| {
            let text = lines.concat();
            let cut = text
                .strip_suffix('\n')
                .filter(|cut| !ended && !cut.is_empty());
            cut.unwrap_or(&text).as_bytes().to_vec()
        };
        (text(&old, old_end), text(&new, new_end))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_edits_apply((old, new) in edited()) {
        if old != new {
            let texts = (std::str::from_utf8(&old).unwrap(), std::str::from_utf8(&new).unwrap());
            prop_assert_eq!(replaced(texts.0, texts.1, None), texts.1);
            check(&old, &new, Path::new("dir/t.yaml"));
        }
    }

    #[test]
    fn edits_show_where_to_look((old, output) in replaced_anyhow()) {
        let new = output.text(&old);
        let (before, after) = (lines(old.as_bytes()), lines(new.as_bytes()));
        let windows = windows(&before, &after, Some(&output));
        let script = operations(&before, &after, &windows);
        let (mut old_at, mut new_at) = (0, 0);
        for part in &script {
            prop_assert_eq!((part.old_range().start, part.new_range().start), (old_at, new_at));
            if part.tag() == DiffTag::Equal {
                prop_assert_eq!(&before[part.old_range()], &after[part.new_range()]);
            }
            (old_at, new_at) = (part.old_range().end, part.new_range().end);
        }
        prop_assert_eq!((old_at, new_at), (before.len(), after.len()));
        prop_assert_eq!(replaced(&old, &new, Some(&output)), new.clone());
        if old != new {
            let diff = unified_output(&old, &output, Path::new("t"), None);
            for (said, result) in applied(old.as_bytes(), &diff, Path::new("t")) {
                prop_assert_eq!(String::from_utf8(result).unwrap(), new.clone(), "{}", said);
            }
        }
    }
}

/// `old` with the replacements made.
fn replaced(old: &str, new: &str, output: Option<&Output>) -> String {
    let mut out = String::new();
    let mut done = 0;
    for replacement in super::replacements(old, new, output) {
        out.push_str(&old[done..replacement.range.start]);
        out.push_str(&replacement.content);
        done = replacement.range.end;
    }
    out + &old[done..]
}

#[test]
fn replacements_are_small() {
    let (old, new) = ("a: go1.x # é\r\nb\r\n", "a: provided # é\r\nb\r\nc\r\n");
    let made: Vec<_> = super::replacements(old, new, None)
        .into_iter()
        .map(|it| (it.range, it.content))
        .collect();
    assert_eq!(
        made,
        [(3..8, "provided".to_owned()), (18..18, "c\r\n".to_owned())]
    );
    for (old, new) in [
        ("a\r\n", "a\r"),
        ("a\n", "a\r\n"),
        ("", "x"),
        ("x", ""),
        ("éa", "éb"),
    ] {
        assert_eq!(replaced(old, new, None), new);
    }
}
