//! Which of Lambda's architectures a file of a package is built for.
//!
//! See <https://pkg.go.dev/cmd/go#hdr-Build_constraints>.

use super::constraint::{self, Constraint};
use super::file_name::{belongs_to_program, suffixes};
use super::lexer::{Kind, Lexer};

/// What a file is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltFor {
    /// Neither, or both alike.
    Any,
    /// amd64 alone; the offset of the constraint that says so, 0 if the name does.
    Amd64(usize),
    /// arm64, be it alone or by name: it stands in for files for amd64.
    Arm64,
}

/// Judges a file that Go does not build by its name: only those for Linux on amd64 count, and any
/// for arm64.
pub(crate) fn by_name(name: &str) -> BuiltFor {
    let found = suffixes(name);
    match (found.system, found.architecture) {
        _ if !belongs_to_program(name) || !name.contains('.') => BuiltFor::Any,
        (Some(_), Some("amd64")) => BuiltFor::Amd64(0),
        (_, Some("arm64")) => BuiltFor::Arm64,
        _ => BuiltFor::Any,
    }
}

/// Judges a file of Go or assembly by its name and its constraints.
pub(crate) fn by_source(name: &str, source: &[u8]) -> BuiltFor {
    let named = suffixes(name).architecture;
    let found = header(source);
    let amd64 = found.amd64 && named != Some("arm64");
    let arm64 = found.arm64 && named != Some("amd64");
    match (amd64, arm64) {
        _ if !belongs_to_program(name) => BuiltFor::Any,
        (false, false) => BuiltFor::Any,
        (true, false) if named.is_some() => BuiltFor::Amd64(0),
        (true, false) => BuiltFor::Amd64(found.offset.unwrap_or_default()),
        (false, true) => BuiltFor::Arm64,
        (true, true) if found.prefers_arm64 => BuiltFor::Arm64,
        (true, true) => BuiltFor::Any,
    }
}

/// The constraints before the first token that is no comment.
fn header(source: &[u8]) -> Constraint {
    let mut comments = Vec::new();
    for token in Lexer::new(source) {
        if token.kind != Kind::Comment {
            return constraint::read(source, &comments, token.offset);
        }
        comments.push(token);
    }
    constraint::read(source, &comments, source.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_names() {
        for (name, expected) in [
            ("lib_linux_amd64.syso", BuiltFor::Amd64(0)),
            ("lib_amd64.bin", BuiltFor::Any),
            ("lib_windows_amd64.syso", BuiltFor::Any),
            ("lib_linux_arm64.syso", BuiltFor::Arm64),
            ("tool_linux_amd64", BuiltFor::Any),
            ("_x_linux_amd64.go", BuiltFor::Any),
        ] {
            assert_eq!(by_name(name), expected, "{name}");
        }
    }

    #[test]
    fn judges_sources() {
        for (name, source, expected) in [
            ("a_amd64.go", "package a", BuiltFor::Amd64(0)),
            ("a_linux_amd64.s", "TEXT", BuiltFor::Amd64(0)),
            ("amd64.go", "package a", BuiltFor::Any),
            ("a_amd64_test.go", "package a", BuiltFor::Any),
            ("a_darwin_amd64.go", "package a", BuiltFor::Any),
            (
                "a_amd64.go",
                "//go:build ignore\n\npackage a",
                BuiltFor::Any,
            ),
            ("a_arm64.s", "", BuiltFor::Arm64),
            (
                "a.s",
                "// x\n//go:build amd64\n#include <x>",
                BuiltFor::Amd64(5),
            ),
            (
                "a.go",
                "// +build amd64,!purego\n\npackage a",
                BuiltFor::Amd64(0),
            ),
            ("a.go", "//go:build !amd64\npackage a", BuiltFor::Arm64),
            (
                "a.go",
                "//go:build !amd64 || purego\npackage a",
                BuiltFor::Arm64,
            ),
            (
                "a.go",
                "//go:build amd64 || arm64\npackage a",
                BuiltFor::Arm64,
            ),
            ("a.go", "//go:build !arm64\npackage a", BuiltFor::Amd64(0)),
            (
                "a.go",
                "//go:build !amd64 && !arm64\npackage a",
                BuiltFor::Any,
            ),
            ("a.go", "//go:build linux\npackage a", BuiltFor::Any),
        ] {
            assert_eq!(by_source(name, source.as_bytes()), expected, "{source}");
        }
    }
}
