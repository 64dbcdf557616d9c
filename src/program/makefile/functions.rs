//! The functions of make that look at nothing but their arguments.
//!
//! <https://www.gnu.org/software/make/manual/make.html#Functions>

/// Whether [`call`] knows a function.
pub(super) fn is_known(name: &str) -> bool {
    matches!(
        name,
        "addprefix" | "addsuffix" | "dir" | "notdir" | "patsubst" | "strip" | "subst"
    )
}

/// The value of a call whose arguments are known.
pub(super) fn call(name: &str, arguments: &str) -> Option<String> {
    let mut parts = arguments.splitn(if name.ends_with("subst") { 3 } else { 2 }, ',');
    let mut next = || parts.next();
    Some(match name {
        "dir" => each(arguments, directory_of),
        "notdir" => each(arguments, file_of),
        "strip" => each(arguments, str::to_owned),
        "addprefix" => {
            let prefix = next()?;
            each(next()?, |word| format!("{prefix}{word}"))
        }
        "addsuffix" => {
            let suffix = next()?;
            each(next()?, |word| format!("{word}{suffix}"))
        }
        "subst" => {
            let (from, to) = (next()?, next()?);
            match from {
                "" => return None,
                from => next()?.replace(from, to),
            }
        }
        "patsubst" => {
            let (pattern, to) = (next()?.trim(), next()?.trim());
            each(next()?, |word| match super::stem(pattern, word) {
                Some(stem) => to.replacen('%', stem, 1),
                None if pattern == word => to.to_owned(),
                None => word.to_owned(),
            })
        }
        _ => return None,
    })
}

/// Each word, changed.
pub(super) fn each(words: &str, change: impl Fn(&str) -> String) -> String {
    let words: Vec<_> = words.split_whitespace().map(change).collect();
    words.join(" ")
}

/// All up to the last slash, or `./`.
pub(super) fn directory_of(word: &str) -> String {
    match word.rsplit_once('/') {
        Some((directory, _)) => format!("{directory}/"),
        None => "./".to_owned(),
    }
}

/// What follows the last slash.
pub(super) fn file_of(word: &str) -> String {
    word.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls() {
        for (name, arguments, expected) in [
            ("notdir", "bin/a b", Some("a b")),
            ("dir", "bin/a b", Some("bin/ ./")),
            ("addprefix", "bin/,a  b", Some("bin/a bin/b")),
            ("addsuffix", "/x,a b", Some("a/x b/x")),
            ("patsubst", "%,bin/%,a b", Some("bin/a bin/b")),
            ("patsubst", "cmd/%,bin/%, cmd/a b", Some("bin/a b")),
            ("subst", "a,b,banana", Some("bbnbnb")),
            ("strip", " a  b ", Some("a b")),
            ("subst", ",b,c", None),
            ("addprefix", "x", None),
            ("shell", "ls", None),
        ] {
            assert_eq!(call(name, arguments).as_deref(), expected, "{name}");
        }
    }
}
