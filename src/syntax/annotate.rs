//! Edits that add what only lambdalift reads: comments, and items of lists.

use super::document::{Format, Kind, NodeId, ScalarStyle, StructureStyle};
use super::editor::{CannotEdit, Editor};
use super::render::quoted;
use crate::edit::{Change, Edit, Tree};

impl Editor<'_> {
    /// Adds a comment for the line of a key that begins its line: behind the colon if nothing else follows
    /// there, else on a line of its own above.
    ///
    /// # Errors
    /// [`CannotEdit`] for JSON, which has no comments, for text that is no comment of one line, and where
    /// the line begins with something else.
    pub fn add_comment(&self, key: NodeId, comment: &str) -> Result<Edit, CannotEdit> {
        if self.document.format() == Format::Json {
            return Err(self.cannot(key, "JSON has no comments"));
        }
        if !comment.starts_with('#') || comment.contains(['\n', '\r']) {
            return Err(self.cannot(key, "this is no comment"));
        }
        let node = self.document.node(key);
        let source = self.document.source();
        let place = source.position(node.start);
        let start = source.line_start(place.line);
        let start = start + self.byte_order_mark(start);
        let lead = self.slice(&(start..node.start));
        // `- ` of a list and `? ` of a key are marks of the key itself.
        if !lead.trim_matches(['-', '?', ' ', '\t']).is_empty() {
            return Err(self.cannot(key, "its line begins with something else"));
        }
        let line_end = start + source.line(place.line).len();
        let rest = self.slice(&(node.range.end..line_end));
        let (at, content) = if stands_alone(rest) {
            (line_end, format!(" {comment}"))
        } else {
            let indent = lead.len() - lead.trim_start_matches([' ', '\t']).len();
            let indent = lead.get(..indent).unwrap_or_default();
            let newline = self.newline(node.start);
            (start, format!("{indent}{comment}{newline}"))
        };
        Ok(Edit {
            range: at..at,
            content,
            change: Change::Comment {
                text: comment.to_owned(),
            },
        })
    }

    /// Adds strings to the end of a list between brackets.
    ///
    /// # Errors
    /// [`CannotEdit`] for anything else.
    pub fn append_items(&self, sequence: NodeId, new: &[&str]) -> Result<Vec<Edit>, CannotEdit> {
        let node = self.document.node(sequence);
        let Kind::Sequence {
            style: StructureStyle::Flow,
            items,
        } = &node.kind
        else {
            return Err(self.cannot(sequence, "it is no list between brackets"));
        };
        let last = items.last().map(|&last| self.document.node(last));
        let at = last
            .as_ref()
            .map_or(node.range.start + 1, |last| last.range.end);
        let separator = match last
            .as_ref()
            .and_then(|last| self.leading_white_space(last.start))
        {
            Some(indent) => format!(",{}{indent}", self.newline(at)),
            None => ", ".to_owned(),
        };
        let edit = |(index, item): (usize, &&str)| {
            let text = quoted(item, ScalarStyle::DoubleQuoted);
            let is_first = index == 0 && last.is_none();
            Edit {
                range: at..at,
                content: if is_first {
                    text
                } else {
                    format!("{separator}{text}")
                },
                change: Change::Append {
                    sequence,
                    item: Tree::scalar(*item),
                },
            }
        };
        Ok(new.iter().enumerate().map(edit).collect())
    }
}

/// Whether nothing but the colon, an anchor and a tag follows a key on its line.
fn stands_alone(rest: &str) -> bool {
    let Some(rest) = rest.trim_start().strip_prefix(':') else {
        return false;
    };
    rest.split_whitespace()
        .all(|word| word.starts_with(['&', '!']))
}
