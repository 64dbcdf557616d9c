//! Events of the YAML parser to an arena of nodes, within limits.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Marker, Parser, Span, options};

use super::document::{Document, Format, NodeId, ScalarStyle};
use super::tree::{LONGEST_TEXT, NewKind, Tree};
use crate::source::{LineColumn, Range, SourceFile};

/// How much a file may hold before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Collections inside one another.
    pub depth: usize,
    /// Documents in one stream.
    pub documents: usize,
    /// Nodes after every alias has been replaced by what it stands for.
    pub expanded_nodes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 255,
            documents: 1_000,
            expanded_nodes: 10_000_000,
        }
    }
}

/// Why a text could not be parsed, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// Byte offset of the place.
    pub offset: usize,
    /// What is wrong.
    pub kind: SyntaxErrorKind,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// The text is neither YAML nor JSON.
    #[error("{0}")]
    Invalid(String),
    /// The text is longer than 4 GiB.
    #[error("the file is longer than 4 GiB")]
    Length,
    /// Collections are nested too deeply.
    #[error("collections are nested more than {0} levels deep")]
    Depth(usize),
    /// Too many documents.
    #[error("the file holds more than {0} YAML documents")]
    Documents(usize),
    /// Aliases would blow the document up.
    #[error("aliases expand to more than {0} nodes")]
    Aliases(u64),
    /// An anchor's content contains its own alias.
    #[error("the alias stands inside the node that it stands for")]
    Recursive,
}

/// Parses YAML or JSON.
///
/// # Errors
/// [`SyntaxError`] with the byte offset of the first place that cannot be read or breaks a limit.
/// The text comes back with it, so that the place can be shown.
pub fn parse(source: SourceFile, limits: Limits) -> Result<Document, (SourceFile, SyntaxError)> {
    if source.text().len() > LONGEST_TEXT {
        let kind = SyntaxErrorKind::Length;
        return Err((source, SyntaxError { offset: 0, kind }));
    }
    let format = match detect_format(&source) {
        Ok(format) => format,
        Err(error) => return Err((source, error)),
    };
    let mut builder = Builder::new(source.text(), limits);
    let options = options! {
        emit_anchor_events: true,
        // libyaml, and with it the SAM CLI, adds no newline at the end of the input.
        block_scalar_eof_without_line_feed: true,
        flow_nesting_limit: limits.depth,
        block_nesting_limit: limits.depth,
        // JSON knows no limit for the length of a key.
        simple_key_max_lookahead: if format == Format::Json { usize::MAX } else { 1024 },
        max_buffered_comment_events: usize::MAX,
    };
    let mut failure = None;
    for event in Parser::new_from_str_with_options(source.text(), options) {
        let step = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => Err(syntax_error(&source, &error, limits)),
        };
        if let Err(error) = step {
            failure = Some(error);
            break;
        }
    }
    let Builder {
        tree,
        roots,
        comments,
        aliases,
        ..
    } = builder;
    match failure {
        Some(error) => Err((source, error)),
        None => Ok(Document {
            may_merge: memchr::memmem::find(source.text().as_bytes(), b"<<").is_some(),
            source,
            format,
            tree: tree.finish(),
            roots,
            comments,
            aliases,
        }),
    }
}

/// JSON is what a JSON parser accepts; a `.json` file must be.
fn detect_format(source: &SourceFile) -> Result<Format, SyntaxError> {
    let text = source.text().trim_start_matches('\u{feff}');
    let skipped = source.text().len() - text.len();
    let named_json = source
        .path()
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if !named_json && !text.trim_start().starts_with('{') {
        return Ok(Format::Yaml);
    }
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(Format::Json),
        Err(error) if named_json && !error.to_string().contains("recursion limit") => {
            let line = error.line().max(1);
            let offset = source.line_start(line) + error.column().saturating_sub(1);
            Err(SyntaxError {
                offset: offset + if line == 1 { skipped } else { 0 },
                kind: SyntaxErrorKind::Invalid(strip_position(&error.to_string())),
            })
        }
        Err(_) => Ok(Format::Yaml),
    }
}

/// serde_json ends its messages with the position, which we report ourselves.
fn strip_position(message: &str) -> String {
    match message.rfind(" at line ") {
        Some(at) => message.get(..at).unwrap_or(message).to_owned(),
        None => message.to_owned(),
    }
}

fn syntax_error(
    source: &SourceFile,
    error: &granit_parser::ScanError,
    limits: Limits,
) -> SyntaxError {
    let kind = match error.kind() {
        ErrorKind::RecursionLimitExceeded => SyntaxErrorKind::Depth(limits.depth),
        other => SyntaxErrorKind::Invalid(other.to_string()),
    };
    let place = LineColumn {
        line: error.marker().line(),
        column: error.marker().col(),
    };
    let offset = error
        .marker()
        .byte_offset()
        .unwrap_or_else(|| source.line_start(place.line) + place.column);
    SyntaxError { offset, kind }
}

/// An open collection.
struct Open {
    id: NodeId,
    /// Where what it holds begins among what all open collections hold.
    first: usize,
    /// Nodes inside, aliases expanded.
    expanded: u64,
    is_anchored: bool,
}

struct Builder<'t> {
    text: &'t str,
    limits: Limits,
    tree: Tree,
    roots: Vec<NodeId>,
    comments: Vec<Range>,
    aliases: Vec<NodeId>,
    stack: Vec<Open>,
    /// What the open collections hold, one after the other: items, or keys and values in turn.
    held: Vec<NodeId>,
    anchors: HashMap<usize, NodeId>,
    /// Expanded size of each anchored collection that is complete.
    sizes: HashMap<NodeId, u64>,
    total: u64,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, limits: Limits) -> Self {
        Self {
            text,
            limits,
            tree: Tree::for_text(text.len()),
            roots: Vec::new(),
            comments: Vec::new(),
            aliases: Vec::new(),
            stack: Vec::new(),
            held: Vec::new(),
            anchors: HashMap::new(),
            sizes: HashMap::new(),
            total: 0,
        }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), SyntaxError> {
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                let range = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        block_scalar_range(self.text, &bytes(span))
                    }
                    _ => bytes(span),
                };
                let kind = NewKind::Scalar {
                    style,
                    value: self.differing_value(&value, &range, style),
                };
                let id = self.push(kind, &range, span, tag.as_deref());
                self.remember(anchor, id);
                self.count_inside(1, span)?;
                self.attach(id);
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.open(NewKind::Sequence(style), anchor, span, tag.as_deref())?;
            }
            Event::MappingStart(style, anchor, tag) => {
                self.open(NewKind::Mapping(style), anchor, span, tag.as_deref())?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(anchor) => self.alias(anchor, span)?,
            Event::Anchor(id, name) => self.name_anchor(id, &name, span),
            Event::Comment(..) => self.comments.push(bytes(span)),
            Event::DocumentStart(..) if self.roots.len() >= self.limits.documents => {
                return Err(SyntaxError {
                    offset: bytes(span).start,
                    kind: SyntaxErrorKind::Documents(self.limits.documents),
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn open(
        &mut self,
        kind: NewKind,
        anchor: usize,
        span: &Span,
        tag: Option<&granit_parser::Tag>,
    ) -> Result<(), SyntaxError> {
        let id = self.push(kind, &bytes(span), span, tag);
        self.remember(anchor, id);
        self.count(1, span)?;
        self.attach(id);
        self.stack.push(Open {
            id,
            first: self.held.len(),
            expanded: 1,
            is_anchored: anchor != 0,
        });
        Ok(())
    }

    fn close(&mut self, span: &Span) {
        let Some(done) = self.stack.pop() else { return };
        let end = self.end_of(&done, span);
        let held = self.held.get(done.first..).unwrap_or_default();
        self.tree.close(done.id, held, end);
        self.held.truncate(done.first);
        if done.is_anchored {
            self.sizes.insert(done.id, done.expanded);
        }
        if let Some(outer) = self.stack.last_mut() {
            outer.expanded = outer.expanded.saturating_add(done.expanded);
        }
    }

    /// The parser ends a block collection at the next token, past comments; we end it with its
    /// last child.
    fn end_of(&self, open: &Open, span: &Span) -> usize {
        let held = self.held.get(open.first..).unwrap_or_default();
        let last = held.last().copied();
        let last = last.filter(|_| self.tree.is_block(open.id));
        last.and_then(|last| self.tree.end_of(last))
            .unwrap_or_else(|| bytes(span).end)
    }

    fn alias(&mut self, anchor: usize, span: &Span) -> Result<(), SyntaxError> {
        let recursive = SyntaxError {
            offset: bytes(span).start,
            kind: SyntaxErrorKind::Recursive,
        };
        let Some(&target) = self.anchors.get(&anchor) else {
            return Err(recursive);
        };
        if self.stack.iter().any(|open| open.id == target) {
            return Err(recursive);
        }
        let size = self.sizes.get(&target).copied().unwrap_or(1);
        let id = self.push(NewKind::Alias(target), &bytes(span), span, None);
        self.aliases.push(id);
        self.count_inside(size, span)?;
        self.attach(id);
        Ok(())
    }

    fn name_anchor(&mut self, id: usize, name: &str, span: &Span) {
        let Some(&id) = self.anchors.get(&id) else {
            return;
        };
        self.tree.name_anchor(id, name, bytes(span).start);
    }

    fn push(
        &mut self,
        kind: NewKind,
        range: &Range,
        span: &Span,
        tag: Option<&granit_parser::Tag>,
    ) -> NodeId {
        let tag_start = span.tag_start().and_then(|mark| mark.byte_offset());
        let start = tag_start.map_or(range.start, |tag| tag.min(range.start));
        let tag = tag.map(|tag| (tag.handle(), tag.suffix()));
        let parent = self.stack.last().map(|open| open.id);
        self.tree.push(kind, start, range, parent, tag)
    }

    fn attach(&mut self, child: NodeId) {
        match self.stack.is_empty() {
            true => self.roots.push(child),
            false => self.held.push(child),
        }
    }

    fn remember(&mut self, anchor: usize, id: NodeId) {
        if anchor != 0 {
            self.anchors.insert(anchor, id);
        }
    }

    /// Counts nodes as they would be after expansion; an alias counts for its whole target.
    fn count(&mut self, nodes: u64, span: &Span) -> Result<(), SyntaxError> {
        self.total = self.total.saturating_add(nodes);
        if self.total > self.limits.expanded_nodes {
            return Err(SyntaxError {
                offset: bytes(span).start,
                kind: SyntaxErrorKind::Aliases(self.limits.expanded_nodes),
            });
        }
        Ok(())
    }

    /// The same for what is complete already; a collection adds itself to the one around it at its end.
    fn count_inside(&mut self, nodes: u64, span: &Span) -> Result<(), SyntaxError> {
        self.count(nodes, span)?;
        if let Some(open) = self.stack.last_mut() {
            open.expanded = open.expanded.saturating_add(nodes);
        }
        Ok(())
    }

    fn differing_value(&self, value: &str, range: &Range, style: ScalarStyle) -> Option<Box<str>> {
        let raw = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                range.start + 1..range.end.saturating_sub(1)
            }
            _ => range.clone(),
        };
        let same = self.text.get(raw) == Some(value);
        // The parser says `~` for a value that is not there.
        let absent = range.is_empty() && value == "~";
        (!same && !absent).then(|| value.into())
    }
}

fn bytes(span: &Span) -> Range {
    let offset = |mark: &Marker| mark.byte_offset().unwrap_or_default();
    offset(&span.start)..offset(&span.end)
}

/// The parser's range of a block scalar may run into the indentation of the next line. Ours ends
/// with the last line that belongs to the value, before that line's ending; without any such line,
/// with the header.
fn block_scalar_range(text: &str, range: &Range) -> Range {
    let content = text.get(range.clone()).unwrap_or_default();
    if content.trim().is_empty() && !keeps_trailing_lines(text, range.start) {
        let header = text.get(..range.start).unwrap_or_default().trim_end().len();
        return header..header;
    }
    let end = if keeps_trailing_lines(text, range.start) {
        content.rfind('\n').unwrap_or(content.len())
    } else {
        let last = content.trim_end_matches([' ', '\t', '\r', '\n']).len();
        let rest = content.get(last..).unwrap_or_default();
        last + rest.find('\n').unwrap_or(rest.len())
    };
    let body = content.get(..end).unwrap_or_default();
    range.start..range.start + body.trim_end_matches('\r').len()
}

/// Whether the header of the block scalar whose content begins at `start` says `+`.
fn keeps_trailing_lines(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or_default().trim_end();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let code = line.split(" #").next().unwrap_or_default().trim_end();
    let header = code.trim_end_matches(|c: char| c == '+' || c == '-' || c.is_ascii_digit());
    header.ends_with(['|', '>']) && code.get(header.len()..).is_some_and(|it| it.contains('+'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What stands for two nodes each time: a list or map of 3 or 4 scalars, and aliases of it.
    #[test]
    fn an_alias_counts_for_everything_inside_of_its_target() {
        let limits = |expanded_nodes| Limits {
            expanded_nodes,
            ..Limits::default()
        };
        let cases = [
            ("a: &a {x: 1, y: 2}\nb: [*a, *a]\n", 19),
            ("a: &a [1, 2, 3]\nb: [*a, *a]\n", 16),
            ("a: &a {x: [1, 2]}\nb: &b [*a, *a]\nc: *b\n", 31),
            ("a: &a 1\nb: [*a, *a]\n", 7),
        ];
        for (text, nodes) in cases {
            let parsed = |most| parse(SourceFile::new("t.yaml", text.to_owned()), limits(most));
            assert!(parsed(nodes).is_ok(), "{text}");
            let (_, error) = parsed(nodes - 1).unwrap_err();
            assert_eq!(error.kind, SyntaxErrorKind::Aliases(nodes - 1), "{text}");
        }
    }
}
