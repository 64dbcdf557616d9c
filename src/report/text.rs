//! Findings for people: the message, the place, the line, a caret, the next step.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::wrap::wrapped;
use super::{Docs, path_text, plain_text, plural};
use crate::finding::{Effect, Finding, Related, Severity};
use crate::migrate::Outcome;
use crate::rules;
use crate::source::{Range, SourceFile};

/// Which findings are worth showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// What a person has to do; the diff shows the rest.
    LeftToDo,
    /// And one finding for each function that would be edited.
    Functions,
    /// All of them.
    Everything,
    /// Only those that make the run fail.
    Failures {
        /// Whether a template that cannot be read does.
        strict: bool,
    },
}

impl Detail {
    pub(super) fn shows(self, finding: &Finding) -> bool {
        match (self, finding.effect) {
            (Self::Everything, _) => true,
            (Self::Failures { strict }, _) => {
                let unread = [
                    &rules::unparsable_template::RULE,
                    &rules::limit_exceeded::RULE,
                    &rules::multiple_documents::RULE,
                ];
                finding.rule.severity == Severity::Error
                    || (strict && unread.iter().any(|rule| rule.id == finding.rule.id))
            }
            (Self::Functions, Effect::Edit) => {
                let id = finding.rule.id;
                id == rules::retired_runtime::RULE.id || id == rules::retired_layer_runtime::RULE.id
            }
            (Self::LeftToDo, Effect::Edit) => false,
            _ => finding.rule.severity != Severity::Info,
        }
    }
}

/// Lines longer than this are not shown: minified JSON is one line.
const LONGEST_LINE: usize = 400;

/// What the reader of the text can show.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) color: bool,
    /// The number of columns; text for no terminal is not wrapped.
    pub(crate) width: Option<usize>,
    /// Where rule ids lead to, if the terminal knows links.
    pub(crate) docs: Option<Docs>,
}

impl Style {
    /// Text and nothing else.
    pub(crate) fn plain() -> Self {
        Self {
            color: false,
            width: None,
            docs: None,
        }
    }

    /// A message wrapped, when `indent` columns of each line are taken.
    pub(crate) fn fit(&self, message: &str, indent: usize) -> String {
        match self.width {
            Some(width) => wrapped(message, width.saturating_sub(indent)),
            None => message.to_owned(),
        }
    }
}

/// Writes findings in a file.
pub(crate) fn findings(
    out: &mut impl Write,
    source: &SourceFile,
    findings: &[Finding],
    detail: Detail,
    style: &Style,
) -> io::Result<()> {
    let renderer = renderer(style);
    for finding in findings.iter().filter(|finding| detail.shows(finding)) {
        let path = path_text(source.path());
        let report = [group(source, &path, finding, style)];
        writeln!(out, "{}\n", renderer.render(&report))?;
    }
    Ok(())
}

/// Writes an error that has no place in a text; a tolerated one is a warning.
pub(crate) fn error(
    out: &mut impl Write,
    message: &str,
    tolerated: bool,
    style: &Style,
) -> io::Result<()> {
    let level = if tolerated {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let name = if tolerated { "warning: " } else { "error: " };
    let title = style.fit(&plain_text(message), name.len());
    let report = [Group::with_title(level.primary_title(title))];
    writeln!(out, "{}", renderer(style).render(&report))
}

/// Writes which resources are ignored from now on, and which could not be.
pub(crate) fn ignores(
    out: &mut impl Write,
    outcomes: &[Outcome],
    quiet: bool,
    style: &Style,
) -> io::Result<()> {
    for outcome in outcomes {
        let path = path_text(outcome.source.path());
        for (id, range, why) in &outcome.ignores.refused {
            let place = outcome.source.position(range.start);
            let message = format!(
                "{path}:{}:{}: no instruction to ignore {id} can be added, because {why}; write it by hand",
                place.line, place.column
            );
            error(out, &message, false, style)?;
        }
        // Of a file that a Guard rule blocks nothing is written.
        let is_written = outcome.output.is_some() && !outcome.ignores.added.is_empty();
        if is_written && !quiet {
            let ids = plain_text(&outcome.ignores.added.join(", "));
            writeln!(out, "{path}: ignored from now on: {ids}")?;
        }
    }
    Ok(())
}

/// Whether an instruction to ignore was wished for and could not be written.
pub(crate) fn lacks_ignores(outcomes: &[Outcome]) -> bool {
    outcomes
        .iter()
        .any(|outcome| !outcome.ignores.refused.is_empty())
}

/// How a run came to its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) write: bool,
    pub(crate) check: bool,
    pub(crate) interrupted: bool,
}

/// Writes what happened to the files and what to do next.
pub(crate) fn ending(
    out: &mut impl Write,
    ending: Ending,
    changed: usize,
    written: usize,
) -> io::Result<()> {
    if ending.interrupted {
        writeln!(out, "interrupted: {} written", plural(written, "file"))
    } else if ending.write {
        writeln!(out, "{} written", plural(written, "file"))
    } else if changed > 0 && ending.check {
        writeln!(out, "{} would change", plural(changed, "file"))
    } else if changed > 0 {
        let files = plural(changed, "file");
        writeln!(out, "nothing written: --write edits {files} in place")
    } else {
        Ok(())
    }
}

fn renderer(style: &Style) -> Renderer {
    let renderer = if style.color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    match style.width {
        Some(width) => renderer.term_width(width),
        None => renderer,
    }
}

fn group<'a>(
    source: &'a SourceFile,
    path: &'a str,
    finding: &'a Finding,
    style: &Style,
) -> Group<'a> {
    let level = match finding.rule.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let rule = finding.rule;
    let head = format!("{}[{}]: ", rule.severity.as_str(), rule.id);
    let message = style.fit(&finding.message, head.len());
    let mut title = level.primary_title(message).id(rule.id);
    if let Some(docs) = &style.docs {
        title = title.id_url(docs.page(rule.id));
    }
    let line = source.position(finding.range.start).line;
    let gutter = line.to_string().len() + " = note: ".len();
    let mut group = Group::with_title(title);
    group = match excerpt(source, &finding.range, path) {
        Ok(snippet) => group.element(snippet),
        Err(origin) => group.element(origin),
    };
    for related in &finding.related {
        let text = match related {
            Related::Here { message, range } => {
                let place = source.position(range.start);
                format!("{path}:{}:{}: {message}", place.line, place.column)
            }
            Related::Elsewhere {
                message,
                path,
                line,
                column,
            } => {
                format!("{}:{line}:{column}: {message}", path_text(path))
            }
        };
        let text = style.fit(&text, gutter);
        group = group.element(Level::NOTE.message(text));
    }
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(style.fit(help, gutter))),
        None => group,
    }
}

/// The line of the finding with the range underlined; for a very long line its place alone.
fn excerpt<'a>(
    source: &'a SourceFile,
    range: &Range,
    path: &'a str,
) -> Result<Snippet<'a, annotate_snippets::Annotation<'a>>, Origin<'a>> {
    let place = source.position(range.start);
    let line = source.line(place.line);
    if line.len() > LONGEST_LINE {
        return Err(Origin::path(path)
            .line(place.line)
            .char_column(place.column));
    }
    let start = line
        .char_indices()
        .nth(place.column - 1)
        .map_or(line.len(), |(at, _)| at);
    let end = start + range.len().min(line.len() - start);
    let end = (end..=line.len())
        .find(|&at| line.is_char_boundary(at))
        .unwrap_or(line.len());
    Ok(Snippet::source(line)
        .line_start(place.line)
        .path(path)
        .annotation(AnnotationKind::Primary.span(start..end)))
}
