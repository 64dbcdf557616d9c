//! The functions of make that look at nothing but their arguments.
//!
//! <https://www.gnu.org/software/make/manual/make.html#Functions>

use std::ops::Range;
use std::path::Path;

use crate::program::files::Files;
use crate::program::sources::{listed_by, matching};

/// Whether [`call`] knows a function.
pub(super) fn is_known(name: &str) -> bool {
    matches!(
        name,
        "addprefix" | "addsuffix" | "dir" | "notdir" | "patsubst" | "strip" | "subst"
    )
}

/// Whether [`list`] knows a function.
pub(super) fn is_listing(name: &str) -> bool {
    matches!(name, "wildcard" | "shell")
}

/// The calls in a text of functions that list files, without what stands around them.
pub(super) fn listing_calls(text: &str) -> impl Iterator<Item = &str> {
    ["(wildcard ", "{wildcard ", "(shell ls ", "(shell find "]
        .into_iter()
        .flat_map(|open| text.match_indices(open))
        .filter_map(|(at, _)| {
            let call = text.get(at..)?;
            Some(super::variables::name_of(call).0)
        })
}

/// The sources that a call lists; `None` when it lists something else.
pub(super) fn list(
    files: &dyn Files,
    dir: &Path,
    name: &str,
    arguments: &str,
) -> Option<Vec<String>> {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    if name == "shell" {
        return listed_by(files, dir, &words);
    }
    let mut found = Vec::new();
    for pattern in words {
        let names = matching(files, dir, pattern)?;
        // Some releases of make take the files along.
        let all = pattern.trim_end_matches('/');
        if all != pattern && matching(files, dir, all).map(|it| it.len()) != Some(names.len()) {
            return None;
        }
        found.extend(names);
    }
    Some(found)
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

/// The parts of `$(foreach name,list,text)`: the name of the variable, what it stands for in turn, and
/// the text that is written for each.
pub(super) fn foreach(call: &str) -> Option<(Range<usize>, Range<usize>, Range<usize>)> {
    let start = "$(foreach ".len();
    let is_one = call.starts_with("$(foreach ") || call.starts_with("${foreach ");
    let end = call.len().checked_sub(1).filter(|_| is_one)?;
    let mut depth = 0usize;
    let commas = call.get(start..end)?.bytes().enumerate();
    let mut commas = commas.filter_map(|(at, byte)| {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (byte == b',' && depth == 0).then_some(start + at)
    });
    let (first, second) = (commas.next()?, commas.next()?);
    Some((start..first, first + 1..second, second + 1..end))
}

/// The parts of `$(NAME:from=to)`, as patterns.
pub(super) fn substitution(call: &str) -> Option<(&str, String, String)> {
    let (name, rest) = call.split_once(':')?;
    let (from, to) = rest.split_once('=')?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.is_empty() || !name.chars().all(is_name) {
        return None;
    }
    Some(match from.contains('%') {
        true => (name, from.to_owned(), to.to_owned()),
        false => (name, format!("%{from}"), format!("%{to}")),
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
