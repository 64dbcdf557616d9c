//! File names in diff headers, written as git writes them.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

/// `path` with `/` between its parts, relative to `base` where it lies below it.
///
/// A root or drive is left out: `patch -p1` and `git apply` take no absolute names.
pub(super) fn slashed(path: &Path, base: Option<&Path>) -> Vec<u8> {
    let shown = base.map_or(Cow::Borrowed(path), |base| relative(path, base));
    let parts = shown.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.as_encoded_bytes()),
        Component::ParentDir => Some(&b".."[..]),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    parts.collect::<Vec<_>>().join(&b'/')
}

/// `path` seen from `base`, or `path` itself when it is not below. Works on the text alone, so that a
/// diff needs no file system; a `..` behind a symbolic link is taken at its word.
fn relative<'a>(path: &'a Path, base: &Path) -> Cow<'a, Path> {
    let base = resolved(base);
    resolved(&base.join(path))
        .strip_prefix(&base)
        .map_or(Cow::Borrowed(path), |below| Cow::Owned(below.to_path_buf()))
}

/// `path` without `.` and with each `..` taken back.
fn resolved(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

/// One header line. git ends a name that holds a space with a tab, because other programs would take the
/// words after the space for a date.
pub(super) fn header(marker: &[u8], side: &[u8], name: &[u8]) -> Vec<u8> {
    let name = quoted(&[side, name].concat());
    let tab: &[u8] = if name.contains(&b' ') { b"\t" } else { b"" };
    [marker, &name, tab, b"\n"].concat()
}

/// `name` as a C string literal if a header could not hold it as it is, as git does under
/// `core.quotePath=false`: <https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath>.
fn quoted(name: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(name).is_ok();
    let plain = |byte: u8| match byte {
        b'"' | b'\\' => false,
        0x80.. => text,
        _ => !byte.is_ascii_control(),
    };
    // git leaves a final space as it is, and then GNU patch does not find the file; quoted, both do.
    if name.iter().all(|byte| plain(*byte)) && !name.ends_with(b" ") {
        return name.to_vec();
    }
    let mut out = vec![b'"'];
    for byte in name {
        match byte {
            byte if plain(*byte) => out.push(*byte),
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            0x0b => out.extend(b"\\v"),
            0x0c => out.extend(b"\\f"),
            b'\r' => out.extend(b"\\r"),
            other => out.extend(format!("\\{other:03o}").bytes()),
        }
    }
    out.push(b'"');
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"t.yaml", b"--- a/t.yaml\n"),
            (b"a b.yaml", b"--- a/a b.yaml\t\n"),
            (b"a ", b"--- \"a/a \"\t\n"),
            (b"a\nb", b"--- \"a/a\\nb\"\n"),
            (b"a\"b\\c", b"--- \"a/a\\\"b\\\\c\"\n"),
            (b"\x01\x7f \x07", b"--- \"a/\\001\\177 \\a\"\t\n"),
            ("caf\u{e9}".as_bytes(), "--- a/caf\u{e9}\n".as_bytes()),
            (b"caf\xe9", b"--- \"a/caf\\351\"\n"),
        ];
        for (name, expected) in cases {
            let line = header(b"--- ", b"a/", name);
            assert_eq!(line, *expected, "{}", name.escape_ascii());
        }
    }

    #[test]
    fn paths_are_shown_from_the_base() {
        let base = Some(Path::new("/home/me/repo"));
        let cases = [
            ("a/./b.yaml", None, "a/b.yaml"),
            ("./b.yaml", None, "b.yaml"),
            ("/home/me/repo/b.yaml", None, "home/me/repo/b.yaml"),
            ("/home/me/repo/b.yaml", base, "b.yaml"),
            ("../repo/b.yaml", base, "b.yaml"),
            ("a/../b.yaml", base, "b.yaml"),
            ("../other/b.yaml", base, "../other/b.yaml"),
            ("/else/b.yaml", base, "else/b.yaml"),
        ];
        for (path, base, expected) in cases {
            let shown = slashed(Path::new(path), base);
            assert_eq!(String::from_utf8(shown).unwrap(), expected, "{path}");
        }
    }
}
