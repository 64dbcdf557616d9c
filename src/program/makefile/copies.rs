//! The operands of `cp` and its like.

/// What one command copies.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copies<'w> {
    /// The files that are copied.
    pub(super) from: Vec<&'w str>,
    /// The file or directory that they go to.
    pub(super) to: &'w str,
    /// Whether that is a directory for certain.
    pub(super) into: bool,
    /// Whether it is never a directory to copy into: what a directory holds goes there.
    pub(super) whole: bool,
    /// Whether a file that is there already may stay.
    pub(super) spares: bool,
    /// Whether directories are copied as a whole.
    pub(super) deep: bool,
}

/// Reads the arguments of `cp`, `mv`, `install` or `ln`; `None` when nothing is copied.
pub(super) fn read<'w>(program: &str, arguments: &'w [String]) -> Option<Copies<'w>> {
    let mut from = Vec::new();
    let mut to = None;
    let (mut whole, mut spares, mut deep) = (false, false, program == "mv");
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--" {
            from.extend(words.by_ref());
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').unwrap_or((long, ""));
            match name {
                "target-directory" if value.is_empty() => to = words.next(),
                "target-directory" => to = Some(value),
                "directory" if program == "install" => return None,
                "recursive" | "archive" => deep = true,
                "no-target-directory" => whole = true,
                _ => spares |= matches!(name, "no-clobber" | "update" | "interactive"),
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|it| !it.is_empty()) {
            let install = program == "install";
            if install && short.contains('d') {
                return None;
            }
            whole |= short.contains('T');
            deep |= !install && short.contains(['r', 'R', 'a']);
            spares |= !install && short.contains(['n', 'u', 'i']);
            match short.chars().last() {
                Some('t') => to = words.next(),
                Some('S') => drop(words.next()),
                Some('m' | 'o' | 'g') if install => drop(words.next()),
                _ => {}
            }
        } else {
            from.push(word);
        }
    }
    let named = to.is_some();
    let to = to.or_else(|| from.pop())?;
    (!from.is_empty()).then_some(Copies {
        into: named || to.ends_with('/') || from.len() > 1,
        from,
        to,
        whole,
        spares,
        deep,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_operands() {
        for (line, expected) in [
            ("cp a b", Some("a > b")),
            ("cp -p a b/", Some("a > b/ into")),
            ("cp -rT a b", Some("a > b whole deep")),
            ("cp a b c", Some("a b > c into")),
            ("cp -rt c a b", Some("a b > c into deep")),
            ("mv -n a b", Some("a > b spares deep")),
            ("install -Dm 755 a b", Some("a > b")),
            ("install -m755 -o root a b", Some("a > b")),
            ("install -d a b", None),
            ("cp --target-directory=b -- -a", Some("-a > b into")),
            ("cp a", None),
            ("cp", None),
        ] {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let (program, arguments) = words
                .split_first()
                .map_or(("", &[][..]), |(a, b)| (a.as_str(), b));
            let found = read(program, arguments).map(|it| {
                let flag = |on: bool, name: &str| {
                    if on {
                        format!(" {name}")
                    } else {
                        String::new()
                    }
                };
                format!(
                    "{} > {}{}{}{}{}",
                    it.from.join(" "),
                    it.to,
                    flag(it.into, "into"),
                    flag(it.whole, "whole"),
                    flag(it.spares, "spares"),
                    flag(it.deep, "deep")
                )
            });
            assert_eq!(found.as_deref(), expected, "{line}");
        }
    }
}
