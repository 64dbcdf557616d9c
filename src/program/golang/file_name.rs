//! Which files of a directory belong to a program, by their names alone.
//!
//! The rules are those of `go help packages` and of
//! <https://pkg.go.dev/cmd/go#hdr-Build_constraints>.

/// Operating systems that a file name may end in.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Architectures that a file name may end in.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// Whether `tag` names an operating system.
pub(super) fn is_system(tag: &str) -> bool {
    SYSTEMS.contains(&tag)
}

/// Whether `tag` names an architecture.
pub(super) fn is_architecture(tag: &str) -> bool {
    ARCHITECTURES.contains(&tag)
}

/// Whether a file named like this can be part of a program built for Lambda: Go source or a
/// linked object, no test, not hidden, and for no other system or architecture.
pub(crate) fn belongs_to_program(name: &str) -> bool {
    if name.starts_with(['_', '.']) || name.ends_with("_test.go") {
        return false;
    }
    let Suffixes {
        system,
        architecture,
    } = suffixes(name);
    system.is_none_or(|it| it == "linux") && architecture.is_none_or(is_lambda_architecture)
}

/// What a file's name says it is for.
pub(super) struct Suffixes<'n> {
    /// The operating system.
    pub(super) system: Option<&'n str>,
    /// The architecture.
    pub(super) architecture: Option<&'n str>,
}

/// Reads `*_GOOS`, `*_GOARCH` and `*_GOOS_GOARCH`.
pub(super) fn suffixes(name: &str) -> Suffixes<'_> {
    // As in Go, the first word is never a suffix: `linux.go` is for every system.
    let stem = name.split('.').next().unwrap_or_default();
    let words: Vec<_> = stem.split('_').skip(1).collect();
    let mut words = words.into_iter().rev().peekable();
    let architecture = words.next_if(|word| is_architecture(word));
    let system = words.next_if(|word| is_system(word));
    Suffixes {
        system,
        architecture,
    }
}

/// Whether Lambda runs programs of this architecture.
fn is_lambda_architecture(tag: &str) -> bool {
    matches!(tag, "amd64" | "arm64")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_names() {
        for (name, expected) in [
            ("main.go", true),
            ("linux.go", true),
            ("windows.go", true),
            ("main_linux.go", true),
            ("main_linux_amd64.go", true),
            ("main_linux_arm64.go", true),
            ("main_arm64.go", true),
            ("main_arm.go", false),
            ("main_386.go", false),
            ("main_windows.go", false),
            ("main_darwin_arm64.go", false),
            ("windows_helper.go", true),
            ("main_windows_helper.go", true),
            ("amd64_windows.x.go", false),
            ("main_test.go", false),
            ("main_linux_test.go", false),
            ("_main.go", false),
            (".main.go", false),
            ("", true),
        ] {
            assert_eq!(belongs_to_program(name), expected, "{name}");
        }
    }
}
