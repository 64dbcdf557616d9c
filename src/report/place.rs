//! Places as other programs write them: paths from the working directory, URIs, columns in UTF-16.

use std::path::{Component, Path};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use crate::finding::Related;
use crate::source::{Range, SourceFile};

/// A path with `/` between its parts: from the working directory where it lies below that, else as it is.
pub(crate) fn shown(path: &Path) -> String {
    String::from_utf8_lossy(&shown_bytes(path)).into_owned()
}

/// The same for a name that may not be text.
pub(super) fn shown_bytes(path: &Path) -> Vec<u8> {
    let here = std::env::current_dir().unwrap_or_default();
    let path = match path.strip_prefix(&here) {
        Ok(below) if !here.as_os_str().is_empty() => below,
        _ => path,
    };
    let mut out = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => continue,
            Component::RootDir => {
                out.push(b'/');
                continue;
            }
            _ if out.is_empty() || out.ends_with(b"/") => {}
            _ => out.push(b'/'),
        }
        out.extend_from_slice(part.as_os_str().as_encoded_bytes());
    }
    if out.is_empty() {
        out.push(b'.');
    }
    out
}

/// What a URI's path takes as it is: <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>, and `/`.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A path as a URI, relative where [`shown`] makes it so.
pub(crate) fn uri(path: &Path) -> String {
    let shown = shown_bytes(path);
    let encoded = percent_encode(&shown, PATH);
    if shown.starts_with(b"/") {
        format!("file://{encoded}")
    } else if path.is_absolute() && shown.get(1) == Some(&b':') {
        // A drive of Windows.
        format!("file:///{encoded}")
    } else {
        encoded.to_string()
    }
}

/// Line and column, both from 1; the column counts UTF-16 code units, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Utf16Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// Where a byte offset is.
pub(super) fn utf16(source: &SourceFile, offset: usize) -> Utf16Place {
    let place = source.position(offset);
    let start = source.line_start(place.line);
    let before = source.text().get(start..offset).unwrap_or_default();
    // Characters beyond the first plane, the only ones of four bytes, take two units.
    let pairs = before.bytes().filter(|&byte| byte >= 0xF0).count();
    Utf16Place {
        line: place.line,
        column: place.column + pairs,
    }
}

/// A further place of a finding, with the path as it is shown.
#[derive(Debug)]
pub(super) struct RelatedPlace {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: String,
}

/// Where a further place is.
pub(super) fn of_related(source: &SourceFile, related: &Related) -> RelatedPlace {
    match related {
        Related::Here { message, range } => {
            let place = source.position(range.start);
            RelatedPlace {
                path: shown(source.path()),
                line: place.line,
                column: place.column,
                message: message.clone(),
            }
        }
        Related::Elsewhere {
            message,
            path,
            line,
            column,
        } => RelatedPlace {
            path: shown(path),
            line: *line,
            column: *column,
            message: message.clone(),
        },
    }
}

/// The text of a range on its first line.
pub(super) fn first_line<'s>(source: &'s SourceFile, range: &Range) -> &'s str {
    let text = source.text().get(range.clone()).unwrap_or_default();
    text.lines().next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf_16_units() {
        let source = SourceFile::new("t.yaml", "\u{feff}a\u{1f980}é: b\r\nc".to_owned());
        let at = |needle| {
            let place = utf16(&source, source.text().find(needle).unwrap_or_default());
            (place.line, place.column)
        };
        assert_eq!(at("a"), (1, 1));
        assert_eq!(at("é"), (1, 4));
        assert_eq!(at("b"), (1, 7));
        assert_eq!(at("c"), (2, 1));
    }

    #[test]
    fn paths_become_relative_uris() {
        for (path, expected) in [
            ("./a b/t.yaml", "a%20b/t.yaml"),
            ("a:b.yaml", "a%3Ab.yaml"),
            ("../caf\u{e9}#1.yaml", "../caf%C3%A9%231.yaml"),
            ("{{x}}/t.yaml", "%7B%7Bx%7D%7D/t.yaml"),
        ] {
            assert_eq!(uri(Path::new(path)), expected);
        }
        assert_eq!(uri(Path::new("/else/t.yaml")), "file:///else/t.yaml");
        let here = std::env::current_dir().unwrap_or_default();
        assert_eq!(shown(&here.join("a/t.yaml")), "a/t.yaml");
        assert_eq!(
            (shown(Path::new("./")), shown(&here)),
            (".".to_owned(), ".".to_owned())
        );
    }
}
