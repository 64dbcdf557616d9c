//! Where the files lie that a build file names.

use std::path::{Component, Path, PathBuf};

use super::model::SCRIPT_DIR;
use crate::program::{collapse, directory_of};

/// The directories in which a build file may be run, the likeliest first: make runs in that of
/// the makefile, a script in its own or in one above.
pub(super) fn bases(build_file: &Path, is_script: bool) -> Vec<PathBuf> {
    let own = directory_of(build_file);
    match is_script {
        true => own.ancestors().map(Path::to_owned).collect(),
        false => vec![own.to_owned()],
    }
}

/// The file that a key stands for when the build file is run in `base`; none when that depends on
/// a variable.
pub(super) fn place(key: &str, build_file: &Path, base: &Path) -> Option<PathBuf> {
    let path = match key.strip_prefix(SCRIPT_DIR) {
        Some(rest) => directory_of(build_file).join(rest.trim_start_matches('/')),
        None if key.starts_with('$') => return None,
        None => base.join(key),
    };
    let rest = key.get(1..).unwrap_or_default();
    (!rest.contains('$') || key.starts_with(SCRIPT_DIR)).then(|| collapse(&path))
}

/// How a makefile names a file, from its own directory.
pub(super) fn relative(build_file: &Path, file: &Path) -> Option<String> {
    let dir = collapse(directory_of(build_file));
    let file = collapse(file);
    let mut up = String::new();
    for base in dir.ancestors() {
        if let Ok(rest) = file.strip_prefix(base) {
            return Some(format!("{up}{}", rest.to_str()?));
        }
        up.push_str("../");
    }
    None
}

/// The path from one file's directory to another file, provided that it leads down.
pub(super) fn descent(from: &Path, to: &Path) -> Option<String> {
    let parent = from.parent()?;
    let rest = to.strip_prefix(parent).ok()?;
    let down = rest
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let text = rest.to_str()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-+/@".contains(c);
    (down && !text.is_empty() && text.chars().all(is_plain)).then(|| text.to_owned())
}

/// A word that names a file, with another path from that file's directory in place of its name.
pub(super) fn renamed(word: &str, descent: &str) -> String {
    let dir = word.rfind('/').map_or(0, |at| at + 1);
    format!("{}{descent}", word.get(..dir).unwrap_or_default())
}

/// Whether a word with parts that are not known may name a file: judged by what stands before and
/// behind them.
pub(super) fn may_name(word: &str, name: &str) -> bool {
    let word = word.strip_prefix("./").unwrap_or(word);
    let marks = ['*', '?', '[', '{', '$', '`'];
    let Some(first) = word.find(marks) else {
        return word == name;
    };
    let behind = word
        .rfind(['*', '?', ']', '}', ')', '`'])
        .map_or(first, |at| at + 1);
    let (head, tail) = (word.get(..first), word.get(behind..));
    name.starts_with(head.unwrap_or_default()) && name.ends_with(tail.unwrap_or_default())
}

/// Whether a text names a file somewhere, as a path of its own.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = text.get(..at).and_then(|it| it.chars().next_back());
            let after = text.get(at + name.len()..).and_then(|it| it.chars().next());
            !before.is_some_and(is_part) && !after.is_some_and(|c| is_part(c) || c == '/')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_places() {
        let file = Path::new("svc/scripts/build.sh");
        for (key, base, expected) in [
            ("bin/x", "svc", Some("svc/bin/x")),
            ("../x", "svc", Some("x")),
            ("${0%/*}/../bin/x", "", Some("svc/bin/x")),
            ("${OUT}/x", "", None),
            ("bin/${X}", "", None),
        ] {
            let found = place(key, file, Path::new(base));
            assert_eq!(found.as_deref(), expected.map(Path::new), "{key}");
        }
    }

    #[test]
    fn spells_names() {
        for (file, path, expected) in [
            ("Makefile", "bin/x", Some("bin/x")),
            ("svc/Makefile", "svc/bin/x", Some("bin/x")),
            ("svc/Makefile", "bin/x", Some("../bin/x")),
        ] {
            let found = relative(Path::new(file), Path::new(path));
            assert_eq!(found.as_deref(), expected, "{file} {path}");
        }
        for (from, to, expected) in [
            ("bin/x", "bin/bootstrap", Some("bootstrap")),
            ("bin/x", "bin/x/bootstrap", Some("x/bootstrap")),
            ("x", "bootstrap", Some("bootstrap")),
            ("bin/x", "out/bootstrap", None),
            ("bin/x", "bin/a b", None),
        ] {
            let found = descent(Path::new(from), Path::new(to));
            assert_eq!(found.as_deref(), expected, "{from} {to}");
        }
        assert_eq!(renamed("./bin/x", "x/bootstrap"), "./bin/x/bootstrap");
        assert_eq!(renamed("x", "bootstrap"), "bootstrap");
    }

    #[test]
    fn guesses_names() {
        for (word, name, expected) in [
            ("bin/${f}", "bin/x", true),
            ("bin/${f}.exe", "bin/x", false),
            ("out/${f}", "bin/x", false),
            ("${dir}/x", "bin/x", true),
            ("bin/*", "bin/x", true),
            ("bin/x", "bin/x", true),
        ] {
            assert_eq!(may_name(word, name), expected, "{word}");
        }
        for (text, expected) in [
            ("docker cp bin/x y", true),
            ("a=./bin/x", true),
            ("bin/x.zip", false),
            ("cabin/x", false),
            ("bin/x/y", false),
        ] {
            assert_eq!(mentions(text, "bin/x"), expected, "{text}");
        }
    }
}
