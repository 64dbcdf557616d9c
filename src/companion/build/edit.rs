//! Turns wishes into edits of the text.

use std::collections::BTreeMap;
use std::ops::Range;

use super::go::go_build;
use super::model::{Command, Model, Unit, Value};
use super::wish::{Setting, Wishes, build_change, setting};
use crate::program::Traced;

/// Replacements by the ranges of the model's places.
pub(super) type Edits = BTreeMap<(usize, usize), String>;

/// Where things are changed that several commands may share. The proof tells whether it was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    /// Whether a variable of the environment is changed where it is exported, rather than given
    /// anew to each command.
    pub(super) exports: bool,
    /// Whether a word is changed where a reference leads to, rather than behind the reference.
    pub(super) definitions: bool,
}

/// The edits that fulfil the wishes; `Err` has the place of a word that cannot be changed alone.
pub(super) fn edits(model: &Model, wishes: &Wishes, places: Places) -> Result<Edits, usize> {
    let mut writer = Writer {
        model,
        wishes,
        places,
        sources: sources(model),
        found: Edits::new(),
    };
    for (&(unit, word), text) in &wishes.words {
        writer.word(unit, word, text)?;
    }
    for (&(unit, word), text) in &wishes.behind {
        // What stands behind `go build` is put there together with its tags.
        if !wishes.builds.contains_key(&unit) {
            writer.behind(unit, word, &format!(" {text}"))?;
        }
    }
    for (&unit, goarch) in &wishes.builds {
        writer.build(unit, goarch)?;
    }
    Ok(writer.found)
}

/// For each byte that a reference leads to, the words that have it: unit and word.
type Sources = BTreeMap<usize, Vec<(usize, usize)>>;

fn sources(model: &Model) -> Sources {
    let mut found = Sources::new();
    let mut add = |value: &Value, unit: usize, word: usize| {
        for place in value.text.places().iter().flatten() {
            let words = found.entry(place.source()).or_default();
            if words.last() != Some(&(unit, word)) {
                words.push((unit, word));
            }
        }
    };
    for (index, unit) in model.units.iter().enumerate() {
        match unit {
            Unit::Name { name, .. } => add(name, index, 0),
            Unit::Command(command) => {
                for (word, value) in command.words.iter().enumerate() {
                    add(value, index, word);
                }
            }
        }
    }
    found
}

struct Writer<'m> {
    model: &'m Model,
    wishes: &'m Wishes,
    places: Places,
    sources: Sources,
    found: Edits,
}

/// The part of a text that changes.
struct Difference {
    range: Range<usize>,
    text: String,
}

impl Writer<'_> {
    fn put(&mut self, range: Range<usize>, text: String) -> Result<(), usize> {
        let key = (range.start, range.end);
        match self.found.insert(key, text.clone()) {
            Some(other) if other != text => Err(range.start),
            _ => Ok(()),
        }
    }

    fn word(&mut self, unit: usize, word: usize, text: &str) -> Result<(), usize> {
        let value = self.model.word(unit, word).ok_or(0usize)?.clone();
        if value.as_str() == text {
            return Ok(());
        }
        let change = difference(value.as_str(), text);
        let definition = self.definition(&value.text, &change);
        let definition = definition.filter(|_| self.places.definitions);
        if definition.is_none()
            && let Some((call, suffix)) = self.suffixed(unit, &value.text, text)
        {
            self.put(call.start..call.start, format!("$(addsuffix {suffix},"))?;
            return self.put(call.end..call.end, ")".to_owned());
        }
        let at = definition.or_else(|| self.usage(unit, word, &value.text, text));
        match at {
            Some((range, text)) => self.put(range, text),
            None => Err(value.text.start().unwrap_or_default()),
        }
    }

    /// The edit where the text stands that a reference leads to, if all words that come from
    /// there are to change in the same way.
    fn definition(&self, value: &Traced, change: &Difference) -> Option<(Range<usize>, String)> {
        let (range, bytes) = inner_range(value, &change.range)?;
        let mut users: Vec<_> = bytes
            .iter()
            .filter_map(|byte| self.sources.get(byte))
            .flatten()
            .collect();
        users.dedup();
        let agrees = |&&(unit, word): &&(usize, usize)| {
            let Some(text) = self.wishes.words.get(&(unit, word)) else {
                return false;
            };
            let Some(value) = self.model.word(unit, word) else {
                return false;
            };
            let other = difference(value.as_str(), text);
            let range_of_other = match inner_range(&value.text, &other.range) {
                Some((range, _)) => Some(range),
                // The place itself, rather than a reference to it.
                None => outer_range(&value.text, &other.range),
            };
            range_of_other.as_ref() == Some(&range) && other.text == change.text
        };
        users
            .iter()
            .all(agrees)
            .then(|| (range, change.text.clone()))
    }

    /// The call or variable that a name in a rule comes from, and what has to be put behind each name
    /// that comes from there.
    fn suffixed<'w>(
        &self,
        unit: usize,
        value: &Traced,
        wanted: &'w str,
    ) -> Option<(Range<usize>, &'w str)> {
        let Some(Unit::Name { .. }) = self.model.units.get(unit) else {
            return None;
        };
        let suffix = wanted.strip_prefix(value.as_str())?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        let mut places = value.places().iter();
        let first = places.next()?.as_ref()?;
        // The shortest reference is `$(X)`.
        let is_call = first.outer.len() >= 4 && suffix.chars().all(plain);
        let alike = places.all(|it| it.as_ref().is_some_and(|it| it.outer == first.outer));
        (is_call && alike).then(|| (first.outer.clone(), suffix))
    }

    /// The edit in the command itself.
    fn usage(
        &self,
        unit: usize,
        word: usize,
        value: &Traced,
        wanted: &str,
    ) -> Option<(Range<usize>, String)> {
        let change = difference(value.as_str(), wanted);
        let change = widened(value, wanted, change)?;
        let range = outer_range(value, &change.range)?;
        let shared = self
            .words_of(unit)
            .any(|(other, value)| other != word && overlaps(&value.text, &range));
        (!shared).then_some((range, change.text))
    }

    fn words_of(&self, unit: usize) -> impl Iterator<Item = (usize, &Value)> {
        let words: Vec<_> = match self.model.units.get(unit) {
            Some(Unit::Command(command)) => command.words.iter().collect(),
            Some(Unit::Name { name, .. }) => vec![name],
            None => Vec::new(),
        };
        words.into_iter().enumerate()
    }

    fn command(&self, unit: usize) -> Option<&Command> {
        match self.model.units.get(unit)? {
            Unit::Command(command) => Some(command),
            Unit::Name { .. } => None,
        }
    }

    /// Puts text behind a word.
    fn behind(&mut self, unit: usize, word: usize, text: &str) -> Result<(), usize> {
        let value = self.model.word(unit, word).ok_or(0usize)?.text.clone();
        let last = value.places().last().and_then(Option::as_ref);
        let last = last.ok_or_else(|| value.start().unwrap_or_default())?;
        let shared = {
            let mut later = self.words_of(unit).skip(word + 1);
            later.any(|(_, other)| overlaps(&other.text, &last.outer))
        };
        // The quote behind a quoted word is not a part of its text.
        let at = match (shared, last.inner) {
            (false, _) => last.outer.end,
            (true, Some(inner)) => inner + 1,
            (true, None) => return Err(last.outer.start),
        };
        self.put(at..at, text.to_owned())
    }

    /// Puts text before a word.
    fn before(&mut self, unit: usize, word: usize, text: &str) -> Result<(), usize> {
        let value = self.model.word(unit, word).ok_or(0usize)?.text.clone();
        let first = value.places().first().and_then(Option::as_ref);
        let first = first.ok_or_else(|| value.start().unwrap_or_default())?;
        let shared = {
            let mut earlier = self.words_of(unit).take(word);
            earlier.any(|(_, other)| overlaps(&other.text, &first.outer))
        };
        let at = match (shared, first.inner) {
            (false, _) => first.outer.start,
            (true, Some(inner)) => inner,
            (true, None) => return Err(first.outer.start),
        };
        self.put(at..at, text.to_owned())
    }

    fn build(&mut self, unit: usize, goarch: &str) -> Result<(), usize> {
        let Some(command) = self.command(unit).cloned() else {
            return Ok(());
        };
        let Some(build) = go_build(&command) else {
            return Ok(());
        };
        let change = build_change(&command, &build, goarch);
        let mut inline = String::new();
        for (name, value) in &change.environment {
            if !self.variable(unit, &command, name, value)? {
                inline.push_str(&format!("{name}={} ", quoted(value)));
            }
        }
        if !inline.is_empty() {
            self.before(unit, build.program, &inline)?;
        }
        let mut options = String::new();
        if let (Some(tags), None) = (&change.tags, build.tags) {
            options.push_str(&format!(" -tags {tags}"));
        }
        if let Some(text) = self.wishes.behind.get(&(unit, build.verb)) {
            options.push_str(&format!(" {text}"));
        }
        if !options.is_empty() {
            self.behind(unit, build.verb, &options)?;
        }
        match (change.tags, build.tags) {
            (None, _) | (_, None) => Ok(()),
            (Some(tags), Some(operand)) => {
                let value = command.words.get(operand.word).ok_or(command.at)?;
                let name = value.as_str().get(..operand.from).unwrap_or_default();
                self.alone(unit, operand.word, &format!("{name}{tags}"))
            }
        }
    }

    /// Changes a word that no wish names.
    fn alone(&mut self, unit: usize, word: usize, text: &str) -> Result<(), usize> {
        let value = self.model.word(unit, word).ok_or(0usize)?.clone();
        let change = difference(value.as_str(), text);
        let found = self.usage(unit, word, &value.text, text);
        let found =
            found.or_else(|| Some((inner_range(&value.text, &change.range)?.0, change.text)));
        match found {
            Some((range, text)) => self.put(range, text),
            None => Err(value.text.start().unwrap_or_default()),
        }
    }

    /// Changes a variable of the environment where it is set. False when it has to be set anew.
    fn variable(
        &mut self,
        unit: usize,
        command: &Command,
        name: &str,
        wanted: &str,
    ) -> Result<bool, usize> {
        let (value, text, word) = match setting(command, name) {
            Setting::Unset => return Ok(false),
            Setting::Word(word, value) => (value, format!("{name}={wanted}"), Some(word)),
            Setting::Exported(value) => (value, wanted.to_owned(), None),
        };
        if value.unknown {
            return match word {
                Some(_) => Err(command.at),
                None => Ok(false),
            };
        }
        let change = difference(value.as_str(), &text);
        let definition = inner_range(&value.text, &change.range).map(|(range, _)| range);
        let found = match (word, self.places.exports) {
            (None, false) => None,
            (None, true) => {
                let range = definition.or_else(|| outer_range(&value.text, &change.range));
                range.map(|range| (range, change.text))
            }
            (Some(_), true) if definition.is_some() => definition.map(|range| (range, change.text)),
            (Some(word), _) => self.usage(unit, word, &value.text, &text),
        };
        match found {
            Some((range, text)) => self.put(range, text).map(|()| true),
            None => Ok(false),
        }
    }
}

fn quoted(value: &str) -> String {
    match value.contains(' ') {
        true => format!("\"{value}\""),
        false => value.to_owned(),
    }
}

fn overlaps(text: &Traced, range: &Range<usize>) -> bool {
    let places = text.places().iter().flatten();
    let mut outer = places.map(|place| &place.outer);
    outer.any(|outer| match range.is_empty() {
        true => outer.start < range.start && range.start < outer.end,
        false => outer.start < range.end && range.start < outer.end,
    })
}

/// What changes from one text to the other, in whole parts of a path or list.
fn difference(old: &str, new: &str) -> Difference {
    let is_end = |byte: u8| matches!(byte, b'/' | b'=' | b',' | b':' | b' ');
    let common = |a: &mut dyn Iterator<Item = u8>, b: &mut dyn Iterator<Item = u8>| {
        a.zip(b).take_while(|(a, b)| a == b).count()
    };
    let shorter = old.len().min(new.len());
    let mut prefix = common(&mut old.bytes(), &mut new.bytes());
    if prefix < shorter || !is_end(*new.as_bytes().get(prefix).unwrap_or(&b'x')) {
        // Back to the end of a part, unless the rest is put behind a whole one.
        let head = old.as_bytes().get(..prefix).unwrap_or_default();
        prefix = head
            .iter()
            .rposition(|byte| is_end(*byte))
            .map_or(0, |at| at + 1);
    }
    let left = shorter - prefix;
    let mut suffix = common(&mut old.bytes().rev(), &mut new.bytes().rev()).min(left);
    let tail = old.as_bytes().get(old.len() - suffix..).unwrap_or_default();
    suffix -= tail.iter().position(|byte| is_end(*byte)).unwrap_or(suffix);
    Difference {
        range: prefix..old.len() - suffix,
        text: new
            .get(prefix..new.len() - suffix)
            .unwrap_or_default()
            .to_owned(),
    }
}

/// The range that a part of a value has where a reference leads to, and the bytes that decide
/// where it is. `None` when it does not come from one place by references.
fn inner_range(value: &Traced, part: &Range<usize>) -> Option<(Range<usize>, Vec<usize>)> {
    let places = value.places();
    if part.is_empty() {
        let before = part.start.checked_sub(1)?;
        let inner = places.get(before)?.as_ref()?.inner?;
        return Some((inner + 1..inner + 1, vec![inner]));
    }
    let inner = places.get(part.clone())?.iter();
    let inner: Option<Vec<usize>> = inner.map(|place| place.as_ref()?.inner).collect();
    let inner = inner?;
    let start = *inner.first()?;
    let contiguous = inner
        .iter()
        .enumerate()
        .all(|(at, byte)| *byte == start + at);
    contiguous.then(|| (start..start + inner.len(), inner))
}

/// The range that a part of a value covers where it is used.
fn outer_range(value: &Traced, part: &Range<usize>) -> Option<Range<usize>> {
    if part.is_empty() {
        let place = |at: Option<usize>| value.places().get(at?)?.as_ref();
        return match (place(part.start.checked_sub(1)), place(Some(part.start))) {
            (Some(before), _) => Some(before.outer.end..before.outer.end),
            (None, Some(after)) => Some(after.outer.start..after.outer.start),
            (None, None) => None,
        };
    }
    let complete = value
        .places()
        .get(part.clone())?
        .iter()
        .all(Option::is_some);
    complete.then(|| value.slice(part.clone()).outer())?
}

/// The change, grown until it cuts no reference in two.
fn widened(value: &Traced, wanted: &str, change: Difference) -> Option<Difference> {
    let Difference { mut range, .. } = change;
    let prefix_of = |at: usize| value.places().get(at).and_then(Option::as_ref);
    let same = |a: usize, b: usize| match (prefix_of(a), prefix_of(b)) {
        (Some(a), Some(b)) => a.outer == b.outer && (a.inner.is_some() || a.outer.len() > 1),
        _ => false,
    };
    let behind = value.len() - range.end;
    let new_end = wanted.len() - behind;
    let (mut start, mut end, mut new_end) = (range.start, range.end, new_end);
    while start > 0 && same(start - 1, start) {
        start -= 1;
    }
    while end < value.len() && end > 0 && same(end - 1, end) {
        end += 1;
        new_end += 1;
    }
    // The bytes that were taken in are the same in both texts.
    range = start..end;
    let text = wanted.get(start..new_end)?.to_owned();
    Some(Difference { range, text })
}
