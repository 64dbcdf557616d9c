//! The words of a command that runs `go build`.

/// A `go build`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GoBuild<'w> {
    /// The directory that it changes to.
    pub(super) dir: Option<&'w str>,
    /// The file or directory that it writes.
    pub(super) output: Option<&'w str>,
}

/// Reads a command and its arguments.
pub(super) fn go_build<'w>(program: &str, arguments: &'w [String]) -> Option<GoBuild<'w>> {
    // Also a program whose name is a variable such as `$(GO)` or `$(GOCMD)`.
    let is_go = matches!(program, "go" | "go.exe") || program.starts_with("${GO");
    let (dir, rest) = match arguments {
        [option, dir, rest @ ..] if option == "-C" => (Some(dir.as_str()), rest),
        rest => (None, rest),
    };
    let [verb, rest @ ..] = rest else {
        return None;
    };
    (is_go && verb == "build").then(|| GoBuild {
        dir: dir.or_else(|| operand(rest, "C")),
        output: operand(rest, "o"),
    })
}

/// The operand of an option; the last one counts.
fn operand<'w>(arguments: &'w [String], option: &str) -> Option<&'w str> {
    let mut found = None;
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
        match name.and_then(|name| name.strip_prefix(option)) {
            Some("") => found = words.next(),
            Some(rest) => found = rest.strip_prefix('=').or(found),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_options() {
        for (line, expected) in [
            ("go build -o x .", Some((None, Some("x")))),
            ("go build -o=x --o y", Some((None, Some("y")))),
            ("go -C d build", Some((Some("d"), None))),
            ("go.exe build -C d -ox -o", Some((Some("d"), None))),
            ("${GO} build", Some((None, None))),
            ("go test -o x", None),
            ("gox build", None),
            ("go", None),
        ] {
            let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
            let found = words
                .split_first()
                .and_then(|(program, arguments)| go_build(program, arguments));
            let found = found.map(|it| (it.dir, it.output));
            assert_eq!(found, expected, "{line}");
        }
    }
}
