//! The text of one file, with the positions people talk about.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A half-open range of byte offsets into [`SourceFile::text`].
pub type Range = std::ops::Range<usize>;

/// One file as it was read: its bytes are valid UTF-8 and are never changed.
#[derive(Debug)]
pub struct SourceFile {
    path: PathBuf,
    text: String,
    line_starts: OnceLock<Vec<u32>>,
    is_ascii: OnceLock<bool>,
}

/// A place as an editor shows it; both numbers start at 1, the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl SourceFile {
    /// Wraps text that was read from `path` (the path is for display only).
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, text: String) -> Self {
        Self {
            path: path.into(),
            text,
            line_starts: OnceLock::new(),
            is_ascii: OnceLock::new(),
        }
    }

    /// The path as it is shown to people.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The whole text, a byte-order mark included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset past the end counts as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> LineColumn {
        let offset = self.floor_char(offset);
        let line = self
            .line_starts()
            .partition_point(|&start| start as usize <= offset);
        let start = self.line_start(line);
        let before = self.text.get(start..offset).unwrap_or_default();
        // Counting characters costs the length of the line, which in minified JSON is the file.
        let characters = if self.is_ascii() {
            before.len()
        } else {
            before.trim_start_matches('\u{feff}').chars().count()
        };
        LineColumn {
            line,
            column: characters + 1,
        }
    }

    /// The text of a line (from 1), without its line ending or a byte-order mark.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let start = self.line_start(line);
        let end = self.line_start(line + 1);
        self.text
            .get(start..end)
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
            .trim_start_matches('\u{feff}')
    }

    /// The byte offset at which a line (from 1) begins; past the last line, the length of the text.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        let index = line.saturating_sub(1);
        let start = self.line_starts().get(index);
        start.map_or(self.text.len(), |start| *start as usize)
    }

    fn is_ascii(&self) -> bool {
        *self.is_ascii.get_or_init(|| self.text.is_ascii())
    }

    /// As far as they fit into 32 bits: a longer text is refused as a whole.
    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let ends = memchr::memchr_iter(b'\n', self.text.as_bytes());
            // A run holds the lines of all its templates.
            let mut starts = Vec::with_capacity(ends.clone().count() + 1);
            starts.push(0);
            starts.extend(ends.map_while(|at| u32::try_from(at + 1).ok()));
            starts
        })
    }

    fn floor_char(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_skip_the_byte_order_mark() {
        let source = SourceFile::new("t.yaml", "\u{feff}añb\r\nc".to_owned());
        let at = |offset| {
            let place = source.position(offset);
            (place.line, place.column)
        };
        assert_eq!(at(3), (1, 1));
        assert_eq!(at(6), (1, 3));
        assert_eq!(at(9), (2, 1));
        assert_eq!(at(99), (2, 2));
        assert_eq!(source.line(1), "añb");
        assert_eq!(source.line(2), "c");
        assert_eq!(source.line(3), "");
    }
}
