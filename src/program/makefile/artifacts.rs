//! Keeps account of the files that recipes write, and of where they come from.

use std::collections::BTreeMap;

use super::{ARTIFACTS_DIR, Goarch};

/// The artifacts' directory in a key.
const ROOT: &str = "${ARTIFACTS_DIR}";

/// The file that Lambda runs, as a key.
const BOOTSTRAP: &str = "${ARTIFACTS_DIR}/bootstrap";

/// Where a file comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From a `go build` for Linux.
    Built(Goarch),
    /// From a `go build` for another system.
    Foreign,
    /// Nothing that is reached has made it.
    Prebuilt,
    /// From something else, or perhaps from there and perhaps not there at all.
    Unclear,
}

/// The files that have been written, by their keys: see [`key`].
#[derive(Debug, Default)]
pub(super) struct Artifacts {
    files: BTreeMap<String, Origin>,
}

impl Artifacts {
    /// What `$(ARTIFACTS_DIR)/bootstrap` is now.
    pub(super) fn bootstrap(&self) -> Option<Origin> {
        self.files.get(BOOTSTRAP).copied()
    }

    /// The only file that has been written into `$(ARTIFACTS_DIR)`.
    pub(super) fn only_delivered(&self) -> Option<Origin> {
        let in_root = |key: &&String| {
            key.strip_prefix(ROOT)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let mut delivered = self.files.iter().filter(|(key, _)| in_root(key));
        match (delivered.next(), delivered.next()) {
            (Some((_, origin)), None) => Some(*origin),
            _ => None,
        }
    }

    /// What a file is that is about to be copied.
    pub(super) fn origin(&self, key: Option<&str>) -> Origin {
        let known = key.and_then(|key| self.files.get(key));
        known.copied().unwrap_or(Origin::Prebuilt)
    }

    /// Whether a word names a file that has been written.
    pub(super) fn named_in(&self, word: &str) -> Option<String> {
        let mut keys = self.files.keys();
        keys.find(|key| word.ends_with(key.as_str())).cloned()
    }

    /// Notes that a file is written. A file that comes from nowhere, over one that has been made
    /// here, leaves open which of them is meant.
    pub(super) fn put(&mut self, key: String, origin: Origin, certain: bool) {
        let before = self.files.get(&key);
        let over = before.is_some_and(|before| *before != Origin::Prebuilt);
        let clear = certain && !(over && origin == Origin::Prebuilt);
        let origin = if clear { origin } else { Origin::Unclear };
        self.files.insert(key, origin);
    }

    /// Notes that any file below a directory may be overwritten whose path there begins with a
    /// name that `pattern` may match.
    pub(super) fn put_any(&mut self, dir: &str, pattern: &str) {
        for (key, origin) in &mut self.files {
            let name = below(key, dir).and_then(|rest| rest.split('/').next());
            if name.is_some_and(|name| may_match(pattern, name)) {
                *origin = Origin::Unclear;
            }
        }
        if dir == ROOT && may_match(pattern, "bootstrap") {
            self.files.insert(BOOTSTRAP.to_owned(), Origin::Unclear);
        }
    }

    /// Notes that a file, or all that lies below a directory, is taken away. The last part of the
    /// key may be a pattern.
    pub(super) fn remove(&mut self, key: &str, certain: bool) {
        let (dir, pattern) = key.rsplit_once('/').unwrap_or(("", key));
        let is_gone = |file: &str| {
            let rest = if dir.is_empty() {
                Some(file)
            } else {
                below(file, dir)
            };
            let name = rest.and_then(|rest| rest.split('/').next());
            file == key
                || below(file, key).is_some()
                || name.is_some_and(|name| may_match(pattern, name))
        };
        let sure = certain && !is_pattern(pattern);
        for (_, origin) in self.files.iter_mut().filter(|(file, _)| is_gone(file)) {
            *origin = Origin::Unclear;
        }
        self.files.retain(|file, _| !(sure && is_gone(file)));
    }

    /// Notes that something unseen runs, which may build once more.
    pub(super) fn doubt(&mut self) {
        for origin in self.files.values_mut() {
            if matches!(origin, Origin::Built(_)) {
                *origin = Origin::Built(Goarch::Unknown);
            }
        }
    }
}

/// One spelling for a path in a recipe that runs in the directory `cwd`, itself a key and empty
/// at first. `None` when the directory is not known, or the path leads out of the artifacts.
pub(super) fn key(path: &str, cwd: Option<&str>) -> Option<String> {
    let (base, rest) = match variable(path) {
        Some((ARTIFACTS_DIR, rest)) => (ROOT, rest),
        Some(("CURDIR", rest)) => ("", rest),
        Some(("PWD", rest)) if cwd == Some("") => ("", rest),
        _ if path.starts_with('/') => ("/", path),
        _ => (cwd?, path),
    };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in rest.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if last.starts_with('$') => return None,
            ("..", Some(last)) if *last != ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let root = if base.starts_with('/') { "/" } else { "" };
    Some(format!("{root}{}", parts.join("/")))
}

/// Whether a key is the artifacts' directory.
pub(super) fn is_root(key: &str) -> bool {
    key == ROOT
}

/// Whether a key is the artifacts' directory or lies in it.
pub(super) fn in_artifacts(key: &str) -> bool {
    is_root(key) || below(key, ROOT).is_some()
}

/// A key for `name` in the directory `dir`.
pub(super) fn join(dir: &str, name: &str) -> String {
    match dir {
        "" => name.to_owned(),
        dir => format!("{dir}/{name}"),
    }
}

/// Whether the shell or make may put something else in place of a name.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains(['*', '?', '[', '{', '$', '`'])
}

/// The variable that a path begins with, and what follows it, if that is a path of its own.
fn variable(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix('$')?;
    let (name, rest) = match rest.strip_prefix('{') {
        Some(rest) => rest.split_once('}')?,
        None => rest.split_at_checked(rest.find('/').unwrap_or(rest.len()))?,
    };
    (rest.is_empty() || rest.starts_with('/')).then_some((name, rest))
}

fn below<'k>(key: &'k str, dir: &str) -> Option<&'k str> {
    key.strip_prefix(dir)?.strip_prefix('/')
}

/// Whether a pattern may stand for a name, judged by what stands before and behind its variable
/// parts.
fn may_match(pattern: &str, name: &str) -> bool {
    if !is_pattern(pattern) {
        return pattern == name;
    }
    let before = pattern.split(['*', '?', '[', '{', '$', '`']).next();
    let behind = pattern.rsplit(['*', '?', ']', '}', ')', '`', '$']).next();
    // `$NAME` has no end of its own.
    let open = pattern.rsplit('$').next().unwrap_or_default();
    let open = pattern.contains('$') && !open.starts_with(['{', '(']);
    name.starts_with(before.unwrap_or_default())
        && (open || name.ends_with(behind.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_each_path_once() {
        for (path, cwd, expected) in [
            ("./bin//x", Some(""), Some("bin/x")),
            ("x", Some("bin"), Some("bin/x")),
            ("../x", Some("bin"), Some("x")),
            ("../x", Some(""), Some("../x")),
            ("x", None, None),
            ("/tmp/x", None, Some("/tmp/x")),
            ("$ARTIFACTS_DIR/./x", None, Some("${ARTIFACTS_DIR}/x")),
            ("${ARTIFACTS_DIR}", Some("a"), Some("${ARTIFACTS_DIR}")),
            ("${ARTIFACTS_DIR}/../x", Some(""), None),
            ("x", Some("${ARTIFACTS_DIR}"), Some("${ARTIFACTS_DIR}/x")),
            ("${CURDIR}/x", Some("bin"), Some("x")),
            ("${PWD}/x", Some(""), Some("x")),
            ("${ARTIFACTS_DIRX}/x", Some(""), Some("${ARTIFACTS_DIRX}/x")),
        ] {
            assert_eq!(key(path, cwd).as_deref(), expected, "{path} in {cwd:?}");
        }
    }

    #[test]
    fn matches_patterns() {
        for (pattern, expected) in [
            ("bootstrap", true),
            ("*", true),
            ("boot*", true),
            ("*.yml", false),
            ("$x", true),
            ("${x}", true),
            ("${x}.zip", false),
            ("x*", false),
            ("{bootstrap,x}", true),
        ] {
            assert_eq!(may_match(pattern, "bootstrap"), expected, "{pattern}");
        }
    }
}
