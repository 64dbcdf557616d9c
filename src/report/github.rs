//! Workflow commands, which GitHub Actions shows at the lines of a pull request:
//! <https://docs.github.com/actions/reference/workflow-commands-for-github-actions>.

use std::io::{self, Write};

use super::place;
use super::plain_text;
use super::run::{Failure, Run, Shown, weight};
use crate::finding::Severity;

/// GitHub shows so many annotations of each kind for a step, and drops the others without a word:
/// <https://docs.github.com/rest/checks/runs> speaks of 50 for a run; the runner takes 10 of a kind.
const OF_A_KIND: usize = 10;

/// One annotation.
struct Annotation {
    kind: Kind,
    path: Option<String>,
    /// Line and column of the start, and of the end.
    span: Option<[usize; 4]>,
    title: String,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
    Notice,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Notice];

    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Writes the most severe findings as annotations, and the others as lines of the log.
pub(crate) fn write(out: &mut impl Write, run: &Run<'_>) -> io::Result<()> {
    let mut shown: Vec<Shown<'_>> = run.shown().collect();
    // Stable: within a weight the order of the files and of their texts stays.
    shown.sort_by_key(|shown| weight(shown.finding));
    let annotations: Vec<Annotation> = run
        .failures()
        .map(Annotation::of_failure)
        .chain(shown.iter().map(Annotation::of_finding))
        .collect();
    let mut rest = Vec::new();
    let mut counts = Vec::new();
    for kind in Kind::ALL {
        let of_kind: Vec<&Annotation> = annotations.iter().filter(|it| it.kind == kind).collect();
        let (first, others) = of_kind.split_at(of_kind.len().min(OF_A_KIND));
        for annotation in first {
            annotation.command(out)?;
        }
        if !others.is_empty() {
            counts.push(format!(
                "{} of {} {}s",
                others.len(),
                of_kind.len(),
                kind.as_str()
            ));
        }
        rest.extend_from_slice(others);
    }
    for annotation in &rest {
        annotation.line(out)?;
    }
    if !counts.is_empty() {
        writeln!(
            out,
            "not shown as annotations, of which GitHub takes {OF_A_KIND} of a kind in a step: {}",
            counts.join(", ")
        )?;
    }
    Ok(())
}

impl Annotation {
    fn of_failure(failure: Failure<'_>) -> Self {
        Self {
            kind: if failure.tolerated {
                Kind::Warning
            } else {
                Kind::Error
            },
            path: failure.path.map(place::shown),
            span: None,
            title: "lambdalift".to_owned(),
            message: failure.message,
        }
    }

    fn of_finding(shown: &Shown<'_>) -> Self {
        let (finding, source) = (shown.finding, &shown.outcome.source);
        let start = source.position(finding.range.start);
        let end = source.position(finding.range.end.max(finding.range.start));
        Self {
            kind: match finding.rule.severity {
                Severity::Error => Kind::Error,
                Severity::Warning => Kind::Warning,
                Severity::Info => Kind::Notice,
            },
            path: Some(place::shown(source.path())),
            span: Some([start.line, start.column, end.line, end.column]),
            title: format!("lambdalift: {}", finding.rule.id),
            message: shown.lines().join("\n"),
        }
    }

    fn command(&self, out: &mut impl Write) -> io::Result<()> {
        let mut properties = Vec::new();
        if let Some(path) = &self.path {
            properties.push(format!("file={}", property(path)));
        }
        if let Some([line, column, end_line, end_column]) = self.span {
            properties.push(format!("line={line},endLine={end_line}"));
            // GitHub refuses columns of a place that spans lines.
            if line == end_line {
                properties.push(format!("col={column},endColumn={end_column}"));
            }
        }
        properties.push(format!("title={}", property(&self.title)));
        let kind = self.kind.as_str();
        writeln!(
            out,
            "::{kind} {}::{}",
            properties.join(","),
            data(&self.message)
        )
    }

    /// The same for a reader of the log. It begins with a word of ours, so that it can be no command.
    fn line(&self, out: &mut impl Write) -> io::Result<()> {
        let path = self.path.as_deref().unwrap_or_default();
        let place = match self.span {
            Some([line, column, ..]) => format!("{path}:{line}:{column}: "),
            None => String::new(),
        };
        let message = self.message.lines().next().unwrap_or_default();
        let text = plain_text(&format!("{place}{} ({})", message, self.title));
        // The older form of a command counts anywhere in a line.
        writeln!(
            out,
            "{}: {}",
            self.kind.as_str(),
            text.replace("##[", "## [")
        )
    }
}

/// Escapes the data of a command, as GitHub's own toolkit does:
/// <https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped() {
        let annotation = Annotation {
            kind: Kind::Warning,
            path: Some("a,b:c/100%.yaml".to_owned()),
            span: Some([3, 5, 3, 9]),
            title: "lambdalift: x".to_owned(),
            message: "50%,\r\n::error::no".to_owned(),
        };
        let mut out = Vec::new();
        assert!(annotation.command(&mut out).is_ok());
        assert_eq!(
            String::from_utf8_lossy(&out),
            "::warning file=a%2Cb%3Ac/100%25.yaml,line=3,endLine=3,col=5,endColumn=9,\
             title=lambdalift%3A x::50%25,%0D%0A::error::no\n"
        );
        out.clear();
        let annotation = Annotation {
            message: "##[add-mask]a\u{1b}[2J".to_owned(),
            ..annotation
        };
        assert!(annotation.line(&mut out).is_ok());
        assert_eq!(
            String::from_utf8_lossy(&out),
            "warning: a,b:c/100%.yaml:3:5: ## [add-mask]a\\u{1b}[2J (lambdalift: x)\n"
        );
    }
}
