//! Text that knows where each of its bytes stands in the files it was read from.
//!
//! Variables are replaced before a command means anything; an edit of the command needs the way
//! back, to the reference and to the text that the reference stands for.

use std::fmt;
use std::ops::Range;

/// Where a byte comes from, as offsets into the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// What stands where the byte is used: the byte itself, or the whole reference.
    pub(crate) outer: Range<usize>,
    /// The byte that a reference leads to.
    pub(crate) inner: Option<usize>,
}

impl Place {
    /// The byte that stands for this one wherever it is used; none when that is what a call comes to.
    fn byte(&self) -> Option<usize> {
        let own = (self.outer.len() == 1).then_some(self.outer.start);
        self.inner.or(own)
    }

    /// The byte that supplies this one.
    pub(crate) fn source(&self) -> usize {
        self.inner.unwrap_or(self.outer.start)
    }
}

/// Text and the place of each byte; none for what stands in no file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Traced {
    text: String,
    places: Vec<Option<Place>>,
}

impl Traced {
    /// Text that stands at this offset.
    pub(crate) fn literal(text: &str, at: usize) -> Self {
        let place = |index| Place {
            outer: at + index..at + index + 1,
            inner: None,
        };
        Self {
            text: text.to_owned(),
            places: (0..text.len()).map(|index| Some(place(index))).collect(),
        }
    }

    /// Text that stands nowhere.
    pub(crate) fn unplaced(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            places: vec![None; text.len()],
            text,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The places of the bytes.
    pub(crate) fn places(&self) -> &[Option<Place>] {
        &self.places
    }

    /// The place where the text begins.
    pub(crate) fn start(&self) -> Option<usize> {
        self.places.first()?.as_ref().map(|it| it.outer.start)
    }

    /// The range that the text covers where it is used.
    pub(crate) fn outer(&self) -> Option<Range<usize>> {
        let places = self.places.iter().flatten();
        let start = places.clone().map(|place| place.outer.start).min()?;
        let end = places.map(|place| place.outer.end).max()?;
        Some(start..end)
    }

    /// A part of the text; empty when the range is none.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        match (self.text.get(range.clone()), self.places.get(range)) {
            (Some(text), Some(places)) => Self {
                text: text.to_owned(),
                places: places.to_vec(),
            },
            _ => Self::default(),
        }
    }

    pub(crate) fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.places.extend_from_slice(&other.places);
    }

    /// Adds text all of which comes from one reference.
    pub(crate) fn push_str(&mut self, text: &str, outer: Option<&Range<usize>>) {
        let place = outer.map(|outer| Place {
            outer: outer.clone(),
            inner: None,
        });
        self.text.push_str(text);
        self.places.resize(self.text.len(), place);
    }

    /// Adds what a reference leads to.
    pub(crate) fn push_through(&mut self, value: &Self, outer: Option<&Range<usize>>) {
        self.text.push_str(&value.text);
        let through = |place: &Option<Place>| {
            Some(Place {
                outer: outer?.clone(),
                inner: place.as_ref().and_then(Place::byte),
            })
        };
        self.places.extend(value.places.iter().map(through));
    }

    /// The parts between blanks.
    pub(crate) fn words(&self) -> Vec<Self> {
        let mut found = Vec::new();
        let mut start = None;
        let (mut depth, mut last) = (0usize, b' ');
        for (index, byte) in self.text.bytes().enumerate() {
            // What stands in a call is no word of its own.
            match byte {
                b'(' | b'{' if depth > 0 || last == b'$' => depth += 1,
                b')' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            last = byte;
            match (byte.is_ascii_whitespace() && depth == 0, start) {
                (false, None) => start = Some(index),
                (true, Some(from)) => {
                    found.push(self.slice(from..index));
                    start = None;
                }
                _ => {}
            }
        }
        found.extend(start.map(|from| self.slice(from..self.len())));
        found
    }

    /// The text with `by` in place of the first `mark`.
    pub(crate) fn replaced(&self, mark: char, by: &str) -> Self {
        let Some(at) = self.text.find(mark) else {
            return self.clone();
        };
        let mut found = self.slice(0..at);
        let marked = self.slice(at..at + mark.len_utf8());
        found.push_str(by, marked.outer().as_ref());
        found.push(&self.slice(at + mark.len_utf8()..self.len()));
        found
    }
}

impl fmt::Display for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_places() {
        let value = Traced::literal("bin/hello", 10);
        let mut text = Traced::literal("-o ", 50);
        text.push_through(&value, Some(&(53..59)));
        let words = text.words();
        let places = words.get(1).map(Traced::places).unwrap_or_default();
        let first = Place {
            outer: 53..59,
            inner: Some(10),
        };
        assert_eq!(places.first(), Some(&Some(first)));
        assert_eq!(text.outer(), Some(50..59));
        let stem = Traced::literal("bin/%", 3).replaced('%', "hello");
        assert_eq!((stem.as_str(), stem.outer()), ("bin/hello", Some(3..8)));
        assert_eq!(stem.slice(5..99), Traced::default());
    }
}
