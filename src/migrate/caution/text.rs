//! Names and lines of texts.

use std::collections::BTreeSet;

use crate::companion::TextEdit;

/// Whether a path stands in a text, and not as the beginning or end of another.
pub(super) fn names_path(text: &str, path: &str) -> bool {
    place_of_path(text, path).is_some()
}

/// Where a path stands in a text, and not as the beginning or end of another.
pub(super) fn place_of_path(text: &str, path: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let mut places = text.match_indices(path).map(|(at, _)| at);
    places.find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + path.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(|c| is_part(c) && c != '/') && !after.is_some_and(is_part)
    })
}

pub(super) fn names_word(line: &str, word: &str) -> bool {
    place_of_word(line, word).is_some()
}

pub(super) fn place_of_word(text: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut places = text.match_indices(word).map(|(at, _)| at);
    places.find(|at| {
        let before = text.get(..*at).and_then(|it| it.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The lines of a text without their ends, and where they begin.
pub(super) fn line_starts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

/// The lines that edits touch, by where they begin.
pub(super) struct Lines {
    pub(super) starts: BTreeSet<usize>,
}

impl Lines {
    pub(super) fn of(text: &str, edits: &[TextEdit]) -> Self {
        let mut starts = BTreeSet::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let touches = |edit: &TextEdit| edit.range.start < end && edit.range.end >= start;
            if edits.iter().any(touches) {
                starts.insert(start);
            }
            start = end;
        }
        Self { starts }
    }

    /// The lines themselves.
    pub(super) fn of_text<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let lines = line_starts(text).filter(|(at, _)| self.starts.contains(at));
        lines.map(|(_, line)| line)
    }
}
