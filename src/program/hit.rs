//! A place in a file that speaks for or against something.

use std::path::{Path, PathBuf};

/// Something found in a file beside the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    /// The file, spelled as it was asked for.
    pub file: PathBuf,
    /// Line, counted from 1.
    pub line: usize,
    /// Column, counted from 1, in characters.
    pub column: usize,
    /// What was found, as a person would name it: `os.Args[0]`, `CGO_ENABLED=1`.
    pub what: String,
}

impl Hit {
    /// The hit at byte `offset` of `text`, the content of `file`. An offset behind the end counts
    /// as the end.
    pub(super) fn at(file: &Path, text: &[u8], offset: usize, what: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let on_line = before.get(line_start..).unwrap_or_default();
        Self {
            file: file.to_path_buf(),
            line: 1 + memchr::memchr_iter(b'\n', before).count(),
            column: 1 + on_line
                .iter()
                .filter(|byte| !is_continuation(**byte))
                .count(),
            what: what.into(),
        }
    }
}

/// Whether a byte continues a UTF-8 character, so that it adds no column.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_characters() {
        let text = "a\nzwölf x\r\n".as_bytes();
        for (offset, line, column) in [(0, 1, 1), (2, 2, 1), (9, 2, 7), (999, 3, 1)] {
            let hit = Hit::at(Path::new("f"), text, offset, "x");
            assert_eq!((hit.line, hit.column), (line, column), "offset {offset}");
        }
    }
}
