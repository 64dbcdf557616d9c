//! Build constraints: `//go:build` and the older `// +build`.
//!
//! See <https://pkg.go.dev/cmd/go#hdr-Build_constraints>. Nobody knows which tags a build sets,
//! so the answer has three values, and only a file that is out for certain is left out.

use super::file_name::{is_architecture, is_lambda_architecture, is_system};
use super::lexer::Token;

/// The deepest nesting of an expression that is looked at.
const MAX_DEPTH: usize = 64;

/// Tags that by convention keep a file out of every program, or that hold for no build here.
const NEVER: [&str; 9] = [
    "ignore",
    "ignored",
    "tool",
    "tools",
    "mage",
    "generate",
    "gccgo",
    "appengine",
    "none",
];

/// Whether a tag or an expression holds; ordered, so that `and` is the lesser and `or` the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Truth {
    No,
    Maybe,
    Yes,
}

impl Truth {
    fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// Whether the constraints among `comments`, which stand before the package clause at byte
/// `package` of `source`, may let the file into a program for Lambda.
pub(super) fn allows(source: &[u8], comments: &[Token<'_>], package: usize) -> bool {
    let lines = || {
        let line_comments = comments.iter().filter(|c| c.text.starts_with(b"//"));
        line_comments.map(|comment| (comment.offset, comment.lossy()))
    };
    let expression = lines().find_map(|(_, line)| {
        let expression = line.strip_prefix("//go:build")?;
        let separate = expression.starts_with([' ', '\t']);
        separate.then(|| evaluate(expression))
    });
    if let Some(truth) = expression {
        return truth != Truth::No;
    }
    // The older form needs a blank line behind it, or it is part of the package's documentation.
    let detached = last_blank_line(source.get(..package).unwrap_or(source));
    lines()
        .filter(|(offset, _)| *offset < detached)
        .filter_map(|(_, line)| plus_build(&line))
        .min()
        .unwrap_or(Truth::Yes)
        != Truth::No
}

/// The offset of the last blank line of `header`, or 0.
fn last_blank_line(header: &[u8]) -> usize {
    let (mut blank, mut offset) = (0, 0);
    let mut lines = header.split(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        // The last piece is the start of the line of the package clause.
        if lines.peek().is_some() && line.trim_ascii().is_empty() {
            blank = offset;
        }
        offset += line.len() + 1;
    }
    blank
}

/// `// +build a,b !c`: spaces mean or, commas mean and.
fn plus_build(line: &str) -> Option<Truth> {
    let options = line.strip_prefix("//")?.trim().strip_prefix("+build")?;
    if !options.starts_with([' ', '\t']) {
        return None;
    }
    let option = |option: &str| option.split(',').map(term).min();
    options.split_whitespace().filter_map(option).max()
}

fn term(term: &str) -> Truth {
    match term.strip_prefix('!') {
        Some(tag) => truth_of(tag).negated(),
        None => truth_of(term),
    }
}

/// What is known of one tag.
fn truth_of(tag: &str) -> Truth {
    match tag {
        "linux" | "unix" | "gc" => Truth::Yes,
        _ if is_lambda_architecture(tag) => Truth::Maybe,
        _ if is_system(tag) || is_architecture(tag) || NEVER.contains(&tag) => Truth::No,
        _ if tag.starts_with("go1.") => Truth::Yes,
        _ => Truth::Maybe,
    }
}

/// Evaluates the expression of a `//go:build` line; what is no expression may hold.
fn evaluate(expression: &str) -> Truth {
    let expression = expression.split("//").next().unwrap_or_default();
    let mut parser = Parser { rest: expression };
    match parser.alternatives(0) {
        Some(truth) if parser.rest.trim().is_empty() => truth,
        _ => Truth::Maybe,
    }
}

struct Parser<'e> {
    rest: &'e str,
}

impl Parser<'_> {
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn alternatives(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.conjunction(depth)?;
        while self.takes("||") {
            truth = truth.max(self.conjunction(depth)?);
        }
        Some(truth)
    }

    fn conjunction(&mut self, depth: usize) -> Option<Truth> {
        let mut truth = self.operand(depth)?;
        while self.takes("&&") {
            truth = truth.min(self.operand(depth)?);
        }
        Some(truth)
    }

    fn operand(&mut self, depth: usize) -> Option<Truth> {
        if depth > MAX_DEPTH {
            return None;
        }
        if self.takes("!") {
            return self.operand(depth + 1).map(Truth::negated);
        }
        if self.takes("(") {
            let truth = self.alternatives(depth + 1)?;
            return self.takes(")").then_some(truth);
        }
        let rest = self.rest.trim_start();
        let is_tag = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let end = rest.find(|c| !is_tag(c)).unwrap_or(rest.len());
        let (tag, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        (!tag.is_empty()).then(|| truth_of(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_expressions() {
        let deep = format!("{}ignore{}", "(".repeat(10_000), ")".repeat(10_000));
        for (expression, expected) in [
            (" ignore", Truth::No),
            (" !ignore", Truth::Yes),
            (" linux", Truth::Yes),
            (" windows || darwin", Truth::No),
            (" unix && !cgo", Truth::Maybe),
            (" (linux && amd64) || windows", Truth::Maybe),
            (" !(linux || mytag)", Truth::No),
            (" mage", Truth::No),
            (" go1.18 // comment", Truth::Yes),
            (" lambda.norpc", Truth::Maybe),
            (" ignore &&", Truth::Maybe),
            (" ignore )", Truth::Maybe),
            ("", Truth::Maybe),
            (deep.as_str(), Truth::Maybe),
        ] {
            assert_eq!(evaluate(expression), expected, "{expression:.60}");
        }
    }

    #[test]
    fn evaluates_the_older_form() {
        for (line, expected) in [
            ("// +build ignore", Some(Truth::No)),
            ("//+build !ignore", Some(Truth::Yes)),
            ("// +build darwin linux,amd64", Some(Truth::Maybe)),
            ("// +build linux,!linux", Some(Truth::No)),
            ("// +builder", None),
            ("// build", None),
        ] {
            assert_eq!(plus_build(line), expected, "{line}");
        }
    }
}
