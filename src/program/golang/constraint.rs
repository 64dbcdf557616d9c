//! Build constraints: `//go:build` and the older `// +build`.
//!
//! See <https://pkg.go.dev/cmd/go#hdr-Build_constraints>. Nobody knows which tags a build sets,
//! so the answer has three values, and only a file that is out for certain is left out.

use super::file_name::{is_architecture, is_system};
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

/// What the constraints of one file say about the architectures of Lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Constraint {
    /// Byte offset of the first constraint.
    pub(super) offset: Option<usize>,
    /// Whether it may let the file into a program for amd64.
    pub(super) amd64: bool,
    /// Whether it may let the file into a program for arm64.
    pub(super) arm64: bool,
    /// Whether it speaks for arm64: by name, or by what it keeps out of amd64.
    pub(super) prefers_arm64: bool,
}

/// The constraints among `comments`, which stand before the package clause, or the first other
/// token, at byte `end` of `source`.
pub(super) fn read(source: &[u8], comments: &[Token<'_>], end: usize) -> Constraint {
    let lines = applying(source, comments, end);
    let holds = |architecture| {
        let truths = lines.iter().map(|(_, line)| line.holds(architecture));
        truths.min().unwrap_or(Truth::Yes)
    };
    let (amd64, arm64) = (holds("amd64"), holds("arm64"));
    let named = lines.iter().any(|(_, line)| line.names("arm64"));
    Constraint {
        offset: lines.first().map(|(offset, _)| *offset),
        amd64: amd64 != Truth::No,
        arm64: arm64 != Truth::No,
        prefers_arm64: arm64 > amd64 || arm64 != Truth::No && named,
    }
}

/// One line with a constraint.
enum Line {
    /// What follows `//go:build`.
    Expression(String),
    /// What follows `// +build`.
    Options(String),
}

impl Line {
    fn holds(&self, architecture: &str) -> Truth {
        match self {
            Self::Expression(text) => evaluate(text, architecture),
            Self::Options(text) => plus_build(text, architecture),
        }
    }

    fn names(&self, tag: &str) -> bool {
        let (Self::Expression(text) | Self::Options(text)) = self;
        let is_tag = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        text.split(|c| !is_tag(c)).any(|word| word == tag)
    }
}

/// The lines that hold, with their offsets: `//go:build` alone where there is one.
fn applying(source: &[u8], comments: &[Token<'_>], end: usize) -> Vec<(usize, Line)> {
    let lines = || {
        let line_comments = comments.iter().filter(|c| c.text.starts_with(b"//"));
        line_comments.map(|comment| (comment.offset, comment.lossy()))
    };
    let behind = |line: &str, start: &str| {
        let rest = line.strip_prefix(start)?;
        rest.starts_with([' ', '\t']).then(|| rest.to_owned())
    };
    let expression = lines().find_map(|(offset, line)| {
        let text = behind(&line, "//go:build")?;
        Some((offset, Line::Expression(text)))
    });
    if let Some(found) = expression {
        return vec![found];
    }
    // The older form needs a blank line behind it, or it is part of the package's documentation.
    let detached = last_blank_line(source.get(..end).unwrap_or(source));
    lines()
        .filter(|(offset, _)| *offset < detached)
        .filter_map(|(offset, line)| {
            let text = behind(line.strip_prefix("//")?.trim_start(), "+build")?;
            Some((offset, Line::Options(text)))
        })
        .collect()
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

/// Evaluates the options of `// +build a,b !c`: spaces mean or, commas mean and.
fn plus_build(options: &str, architecture: &str) -> Truth {
    let term = |term: &str| match term.strip_prefix('!') {
        Some(tag) => truth_of(tag, architecture).negated(),
        None => truth_of(term, architecture),
    };
    let option = |option: &str| option.split(',').map(term).min();
    let options = options.split_whitespace().filter_map(option);
    options.max().unwrap_or(Truth::Yes)
}

/// What is known of one tag in a build for this architecture.
fn truth_of(tag: &str, architecture: &str) -> Truth {
    match tag {
        "linux" | "unix" | "gc" => Truth::Yes,
        _ if tag == architecture => Truth::Yes,
        _ if is_system(tag) || is_architecture(tag) || NEVER.contains(&tag) => Truth::No,
        _ if tag.starts_with("go1.") => Truth::Yes,
        _ => Truth::Maybe,
    }
}

/// Evaluates the expression of a `//go:build` line; what is no expression may hold.
fn evaluate(expression: &str, architecture: &str) -> Truth {
    let rest = expression.split("//").next().unwrap_or_default();
    let mut parser = Parser { rest, architecture };
    match parser.alternatives(0) {
        Some(truth) if parser.rest.trim().is_empty() => truth,
        _ => Truth::Maybe,
    }
}

struct Parser<'e> {
    rest: &'e str,
    architecture: &'e str,
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
        (!tag.is_empty()).then(|| truth_of(tag, self.architecture))
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
            (" (linux && amd64) || windows", Truth::Yes),
            (" amd64 && !arm64 && x", Truth::Maybe),
            (" arm64 || !amd64", Truth::No),
            (" !(linux || mytag)", Truth::No),
            (" mage", Truth::No),
            (" go1.18 // comment", Truth::Yes),
            (" lambda.norpc", Truth::Maybe),
            (" ignore &&", Truth::Maybe),
            (" ignore )", Truth::Maybe),
            ("", Truth::Maybe),
            (deep.as_str(), Truth::Maybe),
        ] {
            assert_eq!(evaluate(expression, "amd64"), expected, "{expression:.60}");
        }
    }

    #[test]
    fn evaluates_the_older_form() {
        for (options, expected) in [
            (" ignore", Truth::No),
            ("\t!ignore", Truth::Yes),
            (" darwin linux,amd64", Truth::Yes),
            (" darwin linux,arm64", Truth::No),
            (" linux,!linux", Truth::No),
            (" mytag", Truth::Maybe),
            (" ", Truth::Yes),
        ] {
            assert_eq!(plus_build(options, "amd64"), expected, "{options}");
        }
    }
}
