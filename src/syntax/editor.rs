//! The only place that builds an [`Edit`]: text and meaning together.

use std::cell::OnceCell;
use std::collections::HashSet;

use super::document::{Document, Entry, Format, Kind, NodeId, ScalarStyle, StructureStyle};
use super::layout::Layout;
use super::render::{Block, Flow, Lines, is_safe_plain, quoted};
use crate::edit::{Change, Edit, Tree};
use crate::source::Range;

/// Where in a mapping a new entry goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Behind the entry with this index.
    After(usize),
    /// In front of the entry with this index.
    Before(usize),
}

/// A place at which the text cannot be changed without touching something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct CannotEdit {
    /// Byte offset of the place.
    pub offset: usize,
    /// Why not, as a clause that follows "because".
    pub reason: &'static str,
}

/// Builds edits for one document.
#[derive(Debug)]
pub struct Editor<'d> {
    pub(super) document: &'d Document,
    layout: OnceCell<Layout>,
}

impl<'d> Editor<'d> {
    /// An editor for `document`; it looks at the file's habits when they are first needed.
    #[must_use]
    pub fn new(document: &'d Document) -> Self {
        Self {
            document,
            layout: OnceCell::new(),
        }
    }

    /// Gives a scalar, or an alias that stands for one, a new value in its old quoting style.
    ///
    /// # Errors
    /// [`CannotEdit`] for a collection, for a scalar whose text spans several lines, and for one
    /// without any text that is more than a key's absent value.
    pub fn set_value(&self, node: NodeId, value: &str) -> Result<Edit, CannotEdit> {
        let written = self.document.node(node);
        let (range, content) = match &written.kind {
            Kind::Scalar { .. } if written.range.is_empty() => {
                let at = self.behind_the_colon(node)?;
                (at..at, format!(" {}", self.plain_or_quoted(value)))
            }
            Kind::Alias { .. } => (written.range.clone(), self.plain_or_quoted(value)),
            Kind::Scalar { style, .. } => match style {
                ScalarStyle::Plain => (written.range.clone(), self.plain_or_quoted(value)),
                ScalarStyle::Literal | ScalarStyle::Folded => {
                    (self.single_line(node)?, value.to_owned())
                }
                quotes => (written.range.clone(), quoted(value, *quotes)),
            },
            _ => return Err(self.cannot(node, "it is no scalar")),
        };
        Ok(Edit {
            range,
            content,
            change: Change::Set {
                node,
                value: value.to_owned(),
            },
        })
    }

    /// Adds an entry to a mapping, laid out like its neighbours.
    ///
    /// # Errors
    /// [`CannotEdit`] when the node is no mapping, or new text at that place would change the
    /// value of what stands before it.
    pub fn insert_entry(
        &self,
        mapping: NodeId,
        position: Position,
        key: &str,
        value: &Tree,
    ) -> Result<Edit, CannotEdit> {
        let Kind::Mapping { style, entries } = &self.document.kind(mapping) else {
            return Err(self.cannot(mapping, "it is no mapping"));
        };
        let neighbour = match position {
            Position::After(index) | Position::Before(index) => entries.get(index),
        };
        let (at, content) = match (style, neighbour) {
            (StructureStyle::Block, Some(entry)) => {
                self.block_entry(position, *entry, key, value)?
            }
            (StructureStyle::Flow, Some(entry)) => {
                self.flow_entry(mapping, position, *entry, key, value)
            }
            (StructureStyle::Flow, None) => self.first_flow_entry(mapping, key, value),
            (StructureStyle::Block, None) => return Err(self.cannot(mapping, "it is empty")),
        };
        let index = match position {
            Position::After(index) => index + 1,
            Position::Before(index) => index,
        };
        Ok(Edit {
            range: at..at,
            content,
            change: Change::Insert {
                mapping,
                index: index.min(entries.len()),
                key: key.to_owned(),
                value: value.clone(),
            },
        })
    }

    /// Takes items out of a sequence that keeps at least one. Indices are sorted.
    ///
    /// # Errors
    /// [`CannotEdit`] when no item would be left, or text of others would go with an item, or an alias
    /// repeats it. The
    /// comment behind an item of a block-style list goes with it.
    pub fn remove_items(
        &self,
        sequence: NodeId,
        indices: &[usize],
    ) -> Result<Vec<Edit>, CannotEdit> {
        let Kind::Sequence { style, items } = &self.document.kind(sequence) else {
            return Err(self.cannot(sequence, "it is no list"));
        };
        if indices.len() >= items.len() && !indices.is_empty() {
            return Err(self.cannot(sequence, "the list would be empty"));
        }
        let removed: HashSet<usize> = indices.iter().copied().collect();
        let last_kept = (0..items.len())
            .rev()
            .find(|index| !removed.contains(index));
        let mut edits = Vec::new();
        for &index in indices {
            let Some(&item) = items.get(index) else {
                return Err(self.cannot(sequence, "it has no such item"));
            };
            if self.is_repeated(item) {
                return Err(self.cannot(item, "an alias repeats it"));
            }
            let range = match style {
                StructureStyle::Block => self.lines_of_item(item, last_kept > Some(index))?,
                StructureStyle::Flow => self.flow_item(items, index, last_kept > Some(index))?,
            };
            edits.push(Edit {
                range,
                content: String::new(),
                change: Change::Remove { sequence, index },
            });
        }
        Ok(edits)
    }

    /// Whether an alias stands for a node, or for something inside it.
    fn is_repeated(&self, node: NodeId) -> bool {
        let mut aliases = self.document.aliases().iter();
        aliases.any(|&alias| {
            let target = self.document.resolve(alias);
            target == node || self.document.ancestors(target).any(|above| above == node)
        })
    }

    /// An item of a flow sequence with one of the commas beside it: the one behind it if an item
    /// that stays follows, else the one before it.
    fn flow_item(
        &self,
        items: &[NodeId],
        index: usize,
        is_followed: bool,
    ) -> Result<Range, CannotEdit> {
        let node = |at: usize| items.get(at).map(|&item| self.document.node(item));
        let range = match (
            node(index),
            node(index + 1),
            index.checked_sub(1).and_then(node),
        ) {
            (Some(item), Some(next), _) if is_followed => item.start..next.start,
            (Some(item), _, Some(previous)) => previous.range.end..item.range.end,
            _ => 0..0,
        };
        match items.get(index) {
            Some(&item) if self.slice(&range).contains('#') => {
                Err(self.cannot(item, "a comment would go with it"))
            }
            _ => Ok(range),
        }
    }

    fn layout(&self) -> &Layout {
        self.layout.get_or_init(|| Layout::of(self.document))
    }

    fn block_entry(
        &self,
        position: Position,
        neighbour: Entry,
        key: &str,
        value: &Tree,
    ) -> Result<(usize, String), CannotEdit> {
        let key_node = self.document.node(neighbour.key);
        let line = self.document.source().position(key_node.start);
        let begin = self.document.source().line_start(line.line);
        let lead = self
            .slice(&(begin..key_node.start))
            .trim_start_matches('\u{feff}');
        // `? key` begins two columns before the key.
        let explicit = lead.rfind('?');
        let column = explicit.map_or(line.column - 1, |mark| {
            lead.get(..mark).map_or(0, |before| before.chars().count())
        });
        let block = Block {
            indent: " ".repeat(column),
            layout: self.layout(),
            newline: self.newline(key_node.start),
            quote: self.key_style(neighbour.key),
        };
        let text = block.entry(key, value);
        match position {
            Position::Before(index) => {
                if !lead.trim().is_empty() && lead.trim() != "?" {
                    return Err(self.cannot(neighbour.key, "its line begins with something else"));
                }
                // A comment above the first key belongs to that key.
                let first = if index == 0 {
                    self.first_comment_above(line.line)
                } else {
                    line.line
                };
                let start = self.document.source().line_start(first);
                let start = start + self.byte_order_mark(start);
                Ok((start, format!("{text}{}", block.newline)))
            }
            Position::After(_) => {
                let end = self.end_of_entry(neighbour);
                let rest = self.document.text().get(end..).unwrap_or_default();
                match rest.find('\n') {
                    Some(newline) => Ok((end + newline + 1, format!("{text}{}", block.newline))),
                    None if self.ends_in_block_scalar(neighbour.value) => Err(self.cannot(
                        neighbour.value,
                        "a line after it would add a line ending to its value",
                    )),
                    None => Ok((end + rest.len(), format!("{}{text}", block.newline))),
                }
            }
        }
    }

    fn flow_entry(
        &self,
        mapping: NodeId,
        position: Position,
        neighbour: Entry,
        key: &str,
        value: &Tree,
    ) -> (usize, String) {
        let start = self.document.node(neighbour.key).start;
        let indent = self.leading_white_space(start);
        let step = indent.map(|indent| self.flow_step(mapping, indent));
        let flow = Flow {
            quote: self.key_style(neighbour.key),
            colon: self.colon(neighbour),
            gap: if self.has_gaps(mapping) { " " } else { "" },
            padding: self.padding(mapping),
            lines: indent.map(|indent| Lines {
                newline: self.newline(start),
                indent,
                step: step.unwrap_or("  "),
                expand_lists: self.layout().expanded_flow_lists,
            }),
        };
        let text = flow.entry(key, value);
        let separator = match flow.lines {
            Some(lines) => format!("{}{}", lines.newline, lines.indent),
            None => flow.gap.to_owned(),
        };
        match position {
            Position::Before(_) => (start, format!("{text},{separator}")),
            Position::After(_) => {
                let end = self.end_of_entry(neighbour);
                match flow.lines.and_then(|_| self.end_of_line_after_comma(end)) {
                    Some(line_end) => (line_end, format!("{separator}{text},")),
                    None => (end, format!(",{separator}{text}")),
                }
            }
        }
    }

    fn first_flow_entry(&self, mapping: NodeId, key: &str, value: &Tree) -> (usize, String) {
        let json = self.document.format() == Format::Json;
        let flow = Flow {
            quote: if json {
                ScalarStyle::DoubleQuoted
            } else {
                ScalarStyle::Plain
            },
            colon: ": ",
            gap: " ",
            padding: "",
            lines: None,
        };
        let at = self.document.node(mapping).range.start + 1;
        (at, flow.entry(key, value))
    }

    /// The end of a line on which nothing but a comma, and perhaps a comment, follows `end`.
    fn end_of_line_after_comma(&self, end: usize) -> Option<usize> {
        let rest = self.document.text().get(end..)?;
        let line = rest.split('\n').next()?.trim_end_matches('\r');
        let after = line.trim_start().strip_prefix(',')?.trim_start();
        let has_comment = after.starts_with('#');
        has_comment.then_some(end + line.len())
    }

    /// The end of an entry's text; an absent value ends behind the colon.
    fn end_of_entry(&self, entry: Entry) -> usize {
        let value = self.document.node(entry.value);
        let key = self.document.node(entry.key);
        let end = value.range.end.max(key.range.end);
        if !value.range.is_empty() {
            return end;
        }
        let between = self.document.text().get(end..).unwrap_or_default();
        match between.trim_start_matches([' ', '\t']).strip_prefix(':') {
            Some(rest) => end + between.len() - rest.len(),
            None => end,
        }
    }

    /// Where the value goes that a key does not have: one without a tag or an anchor.
    fn behind_the_colon(&self, node: NodeId) -> Result<usize, CannotEdit> {
        let written = self.document.node(node);
        let entries = written
            .parent
            .map_or(&[] as &[Entry], |parent| self.document.entries(parent));
        let bare = written.tag.is_none() && written.anchor.is_none();
        match entries.iter().find(|entry| entry.value == node) {
            Some(&entry) if bare => {
                let end = self.end_of_entry(entry);
                let colon = self.document.text().get(..end).unwrap_or_default();
                colon.ends_with(':').then_some(end)
            }
            _ => None,
        }
        .ok_or_else(|| self.cannot(node, "there is no text to replace"))
    }

    /// The first of the comment lines directly above a line; the line itself if there is none.
    fn first_comment_above(&self, line: usize) -> usize {
        let is_comment = |line: &usize| {
            let text = self.document.source().line(*line).trim_start();
            text.starts_with('#')
        };
        (1..line)
            .rev()
            .take_while(is_comment)
            .last()
            .unwrap_or(line)
    }

    fn ends_in_block_scalar(&self, mut id: NodeId) -> bool {
        loop {
            match &self.document.kind(id) {
                Kind::Scalar { style, .. } => {
                    return matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                }
                Kind::Sequence { items, .. } => match items.last() {
                    Some(&last) => id = last,
                    None => return false,
                },
                Kind::Mapping { entries, .. } => match entries.last() {
                    Some(last) => id = last.value,
                    None => return false,
                },
                Kind::Alias { .. } => return false,
            }
        }
    }

    /// The line that a block-style item has for itself: with the line ending behind it if an item
    /// that stays follows, else with the one before it, because the file may end without one.
    fn lines_of_item(&self, item: NodeId, is_followed: bool) -> Result<Range, CannotEdit> {
        let node = self.document.node(item);
        let source = self.document.source();
        let text = self.document.text();
        let start = source.line_start(source.position(node.start).line);
        if self.slice(&(start..node.start)).trim() != "-" {
            return Err(self.cannot(item, "its line holds something else, too"));
        }
        let rest = text.get(node.range.end..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default();
        let end = node.range.end + line.len();
        if is_followed {
            return Ok(start..end + 1);
        }
        let before = text.get(..start).unwrap_or_default();
        let before = before.strip_suffix('\n').unwrap_or(before);
        let before = before.strip_suffix('\r').unwrap_or(before);
        Ok(before.len()..end - usize::from(line.ends_with('\r')))
    }

    /// The part of a block scalar that holds its only line of text.
    fn single_line(&self, node: NodeId) -> Result<Range, CannotEdit> {
        let range = self.document.node(node).range.clone();
        let text = self.slice(&range);
        let trimmed = text.trim();
        if self
            .document
            .scalar(node)
            .is_some_and(|value| value.ends_with('\n'))
        {
            return Err(self.cannot(node, "its text ends with a line ending (`|-` has none)"));
        }
        if trimmed.contains('\n') {
            return Err(self.cannot(node, "its text spans several lines"));
        }
        let start = range.start + (text.len() - text.trim_start().len());
        Ok(start..start + trimmed.len())
    }

    /// A plain scalar, or a quoted one where the language or the text demands it.
    fn plain_or_quoted(&self, value: &str) -> String {
        let json = self.document.format() == Format::Json;
        if json || !is_safe_plain(value) {
            quoted(value, ScalarStyle::DoubleQuoted)
        } else {
            value.to_owned()
        }
    }

    fn key_style(&self, key: NodeId) -> ScalarStyle {
        match (self.document.format(), &self.document.kind(key)) {
            (Format::Json, _) => ScalarStyle::DoubleQuoted,
            (_, Kind::Scalar { style, .. }) => match style {
                ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => *style,
                _ => ScalarStyle::Plain,
            },
            _ => ScalarStyle::Plain,
        }
    }

    /// What the file writes between a key and its value.
    fn colon(&self, entry: Entry) -> &'d str {
        let end = self.document.node(entry.key).range.end;
        let start = self.document.node(entry.value).start;
        let between = self.document.text().get(end..start).unwrap_or_default();
        if between.trim() == ":" && !between.contains('\n') {
            between
        } else {
            ": "
        }
    }

    /// Whether a one-line flow mapping writes a space behind its commas or colons.
    fn has_gaps(&self, mapping: NodeId) -> bool {
        let entries = self.document.entries(mapping);
        match (entries.first(), entries.get(1)) {
            (Some(first), Some(second)) => {
                let range =
                    self.document.node(first.value).range.end..self.document.node(second.key).start;
                self.slice(&range).ends_with([' ', '\n', '\t'])
            }
            (Some(only), None) => self.colon(*only).ends_with(' '),
            _ => true,
        }
    }

    /// What a one-line flow mapping writes inside its braces.
    fn padding(&self, mapping: NodeId) -> &'static str {
        let text = self.slice(&self.document.node(mapping).range);
        if text.starts_with("{ ") { " " } else { "" }
    }

    /// The white space before `offset`, if nothing else stands before it on its line.
    pub(super) fn leading_white_space(&self, offset: usize) -> Option<&'d str> {
        let text: &'d str = self.document.text();
        let before = text.get(..offset)?;
        let line_end = before.trim_end_matches([' ', '\t']);
        line_end
            .ends_with('\n')
            .then(|| before.get(line_end.len()..))?
    }

    /// One step of indentation of a flow mapping whose entries are indented by `indent`.
    fn flow_step(&self, mapping: NodeId, indent: &'d str) -> &'d str {
        let start = self.document.node(mapping).range.start;
        let line = self.document.source().position(start).line;
        let line = self.document.source().line(line);
        let outer = line.len() - line.trim_start().len();
        match indent.get(outer..) {
            Some(step) if !step.is_empty() => step,
            _ => "  ",
        }
    }

    /// The line ending of the line at `offset`, else the file's first.
    pub(super) fn newline(&self, offset: usize) -> &'static str {
        let text = self.document.text();
        let after = text.get(offset..).unwrap_or_default();
        let at = after
            .find('\n')
            .map(|at| offset + at)
            .or_else(|| text.find('\n'));
        match at.and_then(|at| text.get(..at)) {
            Some(before) if before.ends_with('\r') => "\r\n",
            _ => "\n",
        }
    }

    pub(super) fn byte_order_mark(&self, start: usize) -> usize {
        let marked = start == 0 && self.document.text().starts_with('\u{feff}');
        if marked { '\u{feff}'.len_utf8() } else { 0 }
    }

    pub(super) fn slice(&self, range: &Range) -> &'d str {
        self.document.text().get(range.clone()).unwrap_or_default()
    }

    pub(super) fn cannot(&self, node: NodeId, reason: &'static str) -> CannotEdit {
        CannotEdit {
            offset: self.document.node(node).start,
            reason,
        }
    }
}
