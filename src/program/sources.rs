//! The sources of Go that a pattern of file names stands for.
//!
//! What a build makes is there at one time and not at another; sources are what a repository
//! holds. So a pattern is followed only where it meets these.

use std::path::Path;

use super::files::{EntryKind, Files};

/// The most names that one pattern may stand for.
const MAX_NAMES: usize = 500;

/// The most parts of a path.
const MAX_PARTS: usize = 16;

/// What a pattern like `cmd/*`, `cmd/*/` or `cmd/*/main.go` comes to in a directory, spelled as a shell
/// does. `None` when it meets no source of Go, or that is not certain.
pub(crate) fn matching(files: &dyn Files, dir: &Path, pattern: &str) -> Option<Vec<String>> {
    let (path, only_directories) = match pattern.trim_end_matches('/') {
        path if path.len() < pattern.len() => (path, true),
        path => (path, false),
    };
    let parts: Vec<&str> = path.split('/').collect();
    let understood = !pattern.starts_with('/')
        && !path.contains(['[', '{', '\\', '$', '`', '~'])
        && !path.contains("**")
        && parts.len() <= MAX_PARTS;
    let wild = parts.iter().position(|part| is_wild(part))?;
    let last = parts.last().copied().unwrap_or_default();
    // Outputs may come to lie beside what the first part meets.
    if !understood || wild == 0 && !last.ends_with(".go") {
        return None;
    }
    let mut found = vec![String::new()];
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let mut next = Vec::new();
        for before in &found {
            let names = match is_wild(part) {
                true => names(files, &dir.join(before), part, !is_last || only_directories)?,
                false => vec![(*part).to_owned()],
            };
            next.extend(names.into_iter().map(|name| match index {
                0 => name,
                _ => format!("{before}/{name}"),
            }));
            if next.len() > MAX_NAMES {
                return None;
            }
        }
        found = next;
    }
    found.retain(|path| is_wild(last) || files.is_present(&dir.join(path)));
    let is_source = |path: &String| is_source(files, &dir.join(path));
    found.iter().any(is_source).then(|| {
        let slash = if only_directories { "/" } else { "" };
        let spelled = found.iter().map(|path| format!("{path}{slash}"));
        spelled.collect()
    })
}

/// The sources that a command lists: `ls cmd`, `ls -d cmd/*`, `find cmd -mindepth 1 -maxdepth 1 -type d`.
pub(crate) fn listed_by(files: &dyn Files, dir: &Path, words: &[&str]) -> Option<Vec<String>> {
    match words {
        ["ls", path] | ["ls", "-1", path] if !is_wild(path) => listed(files, dir, path),
        ["ls", "-d", patterns @ ..] | ["ls", "-1d" | "-d1", patterns @ ..] => {
            let found = patterns.iter().map(|it| matching(files, dir, it));
            let found: Option<Vec<_>> = found.collect();
            Some(found?.concat()).filter(|it| !it.is_empty())
        }
        ["find", path, options @ ..] => {
            let mut pairs = options.chunks(2).collect::<Vec<_>>();
            pairs.sort();
            let all = [
                &["-maxdepth", "1"][..],
                &["-mindepth", "1"],
                &["-type", "d"],
            ];
            let path = path.trim_end_matches('/');
            let found = matching(files, dir, &format!("{path}/*/")).filter(|_| pairs == all)?;
            // `find` goes into those that are hidden, too.
            let hidden = matching(files, dir, &format!("{path}/.*/"));
            let found = found.iter().map(|it| it.trim_end_matches('/').to_owned());
            hidden.is_none().then(|| found.collect())
        }
        _ => None,
    }
}

/// What `ls` says of a directory that holds sources of Go.
fn listed(files: &dyn Files, dir: &Path, path: &str) -> Option<Vec<String>> {
    let path = path.trim_end_matches('/');
    let found = matching(files, dir, &format!("{path}/*"))?;
    let names = found.iter().map(|it| it.get(path.len() + 1..));
    names.map(|name| name.map(str::to_owned)).collect()
}

fn is_wild(part: &str) -> bool {
    part.contains(['*', '?'])
}

/// The names in a directory that a pattern meets; `None` when nobody knows what one of them is.
fn names(
    files: &dyn Files,
    dir: &Path,
    pattern: &str,
    only_directories: bool,
) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for entry in files.entries(dir).unwrap_or_default().iter() {
        let hidden = entry.name.starts_with('.') && !pattern.starts_with('.');
        if hidden || !meets(pattern.as_bytes(), entry.name.as_bytes()) {
            continue;
        }
        match entry.kind {
            EntryKind::Directory => found.push(entry.name.clone()),
            EntryKind::File { .. } if only_directories => {}
            EntryKind::File { .. } => found.push(entry.name.clone()),
            EntryKind::Other => return None,
        }
    }
    Some(found)
}

fn is_source(files: &dyn Files, path: &Path) -> bool {
    let is_go = |name: &str| name.ends_with(".go");
    match files.entries(path) {
        Some(entries) => entries.iter().any(|entry| is_go(&entry.name)),
        None => path.to_str().is_some_and(is_go),
    }
}

/// Whether a name has the form of a pattern with `*` and `?`; each `*` takes as little as it can, and more
/// only where what follows needs it.
fn meets(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(byte) if *byte == b'?' || Some(byte) == name.get(n) => {
                p += 1;
                n += 1;
            }
            _ => {
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern
        .get(p..)
        .is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::super::files::MemoryFiles;
    use super::*;

    fn files() -> MemoryFiles {
        MemoryFiles::new()
            .file("svc/cmd/a/main.go", "")
            .file("svc/cmd/b/main.go", "")
            .file("svc/cmd/.hidden/main.go", "")
            .file("svc/cmd/README.md", "")
            .file("svc/bin/a", "")
            .file("svc/hello/main.go", "")
    }

    #[test]
    fn finds_sources() {
        for (pattern, expected) in [
            ("cmd/*", Some(vec!["cmd/README.md", "cmd/a", "cmd/b"])),
            (
                "./cmd/*",
                Some(vec!["./cmd/README.md", "./cmd/a", "./cmd/b"]),
            ),
            ("cmd/*/", Some(vec!["cmd/a/", "cmd/b/"])),
            (
                "cmd/*/main.go",
                Some(vec!["cmd/a/main.go", "cmd/b/main.go"]),
            ),
            ("cmd/?", Some(vec!["cmd/a", "cmd/b"])),
            ("*/main.go", Some(vec!["hello/main.go"])),
            ("*", None),
            ("*/", None),
            ("bin/*", None),
            ("cmd/[ab]", None),
            ("cmd/{a,b}", None),
            ("cmd/a", None),
            ("none/*", None),
            ("/cmd/*", None),
        ] {
            let found = matching(&files(), Path::new("svc"), pattern);
            let expected = expected.map(|it| it.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{pattern}");
        }
        for (command, expected) in [
            ("ls ./cmd/", Some("README.md a b")),
            ("ls -1 cmd", Some("README.md a b")),
            ("ls -d cmd/*/", Some("cmd/a/ cmd/b/")),
            ("ls -l cmd", None),
            ("ls bin", None),
            ("find cmd -type d", None),
            ("find cmd -mindepth 1 -maxdepth 1 -type d", None),
            ("ls", None),
        ] {
            let words: Vec<&str> = command.split(' ').collect();
            let found = listed_by(&files(), Path::new("svc"), &words);
            assert_eq!(
                found.map(|it| it.join(" ")).as_deref(),
                expected,
                "{command}"
            );
        }
        let tidy = MemoryFiles::new()
            .file("cmd/a/main.go", "")
            .file("cmd/x.md", "");
        let words = [
            "find",
            "cmd",
            "-maxdepth",
            "1",
            "-mindepth",
            "1",
            "-type",
            "d",
        ];
        let found = listed_by(&tidy, Path::new(""), &words);
        assert_eq!(found.unwrap_or_default(), ["cmd/a"]);
    }

    #[test]
    fn compares_names() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("a*c", "abcc", true),
            ("a*c", "abcd", false),
            ("a?", "a", false),
            ("**b", "aab", true),
            ("", "a", false),
        ] {
            let found = meets(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, expected, "{pattern} {name}");
        }
    }
}
