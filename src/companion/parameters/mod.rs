//! Files beside a template that give values to its parameters: `samconfig.toml`, `samconfig.yaml`,
//! and the parameter files of CloudFormation and CodePipeline.
//!
//! ```text
//! file ──tree──▶ Value ──samconfig | file──▶ Places ──text──▶ TextEdits ──proof──▶ the same tree, new values
//!                              ▲ whose
//! ```

mod candidates;
mod file;
mod overrides;
mod samconfig;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod whose;

use std::path::Path;

pub(crate) use candidates::{candidates, neighbours, stack};
pub(crate) use whose::Stack;

use self::file::Place;
use self::tree::{Value, refuse};
use self::whose::Evidence;
use super::{Refused, TextEdit};

/// A value of a parameter that the migration of a template replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ParameterChange<'a> {
    /// The parameter's name.
    pub(crate) name: &'a str,
    /// The value that a file must give, exactly.
    pub(crate) from: &'a str,
    /// The value that it shall give.
    pub(crate) to: &'a str,
}

/// The edits that bring a file beside the template `ours` up to date: every place at which it gives
/// exactly the old value to a parameter of that template. `others` are the templates that the file
/// may belong to instead, e.g. [`neighbours`].
///
/// No edits: the file says nothing of the kind, or says it for another template. Applied to the
/// result, the same call gives no edits.
///
/// # Errors
/// [`Refused`] when the file carries an old value, and it cannot be told for which template, or
/// cannot be changed without touching anything else.
pub(crate) fn plan(
    file: &Path,
    text: &str,
    changes: &[ParameterChange<'_>],
    ours: &Stack,
    others: &[Stack],
) -> Result<Vec<TextEdit>, Refused> {
    let changes: Vec<_> = changes
        .iter()
        .copied()
        .filter(|it| it.from != it.to)
        .collect();
    if let Some(odd) = changes.iter().find(|it| !is_word(it.to)) {
        return Err(refuse(format!("{:?} would need quotes", odd.to), 0));
    }
    let root = tree::read(file, text)?;
    let evidence = Evidence { file, ours, others };
    let places = if samconfig::is_samconfig(&root) {
        samconfig::places(&root, &changes, evidence)?
    } else {
        file::places(&root, &changes, evidence)?
    };
    let Some(first) = places.first() else {
        return Ok(Vec::new());
    };
    if let Some(key) = root.duplicate() {
        let why = format!("the key {key} stands there twice");
        return Err(refuse(why, first.text.content.start));
    }
    let edits = edits(text, &places)?;
    prove(file, text, &root, &places, &edits)?;
    Ok(edits)
}

/// The most places that are changed in one file, and the most commands of a samconfig file that
/// are looked at: real files have a handful.
const MOST: usize = 1_000;

fn expect_few(count: usize, what: &str) -> Result<(), Refused> {
    if count > MOST {
        return Err(refuse(format!("it has more than {MOST} {what}"), 0));
    }
    Ok(())
}

/// The change of a parameter that has this value.
fn change<'c, 'a>(
    changes: &'c [ParameterChange<'a>],
    name: &str,
    value: &str,
) -> Option<&'c ParameterChange<'a>> {
    let mut changes = changes.iter();
    changes.find(|it| it.name == name && it.from == value)
}

/// The name of a parameter as it stands in a string of overrides.
fn written_key<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(key)?;
    text.get(at..at + key.len())
}

/// Whether a value needs no quotes in any of the files, and no reader takes it for anything but a
/// string.
fn is_word(value: &str) -> bool {
    const KEYWORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];
    const NOTHING: [&str; 3] = ["null", "nan", "inf"];
    let mut keywords = KEYWORDS.iter().chain(&NOTHING);
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
        && !keywords.any(|it| value.eq_ignore_ascii_case(it))
}

/// The places as edits, sorted; one that several aliases reach is one edit.
fn edits(text: &str, places: &[Place<'_, '_>]) -> Result<Vec<TextEdit>, Refused> {
    let located = places.iter().map(|place| {
        let range = place.text.locate(text, &place.part);
        let range = range.ok_or_else(|| {
            let why = "the value is not spelled out, but written with escapes or line breaks";
            refuse(why, place.text.content.start)
        })?;
        let content = place.to.to_owned();
        Ok(TextEdit { range, content })
    });
    let mut edits = located.collect::<Result<Vec<_>, Refused>>()?;
    edits.sort_unstable_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup();
    let overlap = edits.windows(2).find_map(|pair| match pair {
        [a, b] if a.range.end > b.range.start => Some(b.range.start),
        _ => None,
    });
    match overlap {
        Some(at) => Err(refuse("two changes meet in one place", at)),
        None => Ok(edits),
    }
}

/// Reads the edited text again: the same tree, in which nothing but the places has changed.
fn prove(
    file: &Path,
    text: &str,
    root: &Value,
    places: &[Place<'_, '_>],
    edits: &[TextEdit],
) -> Result<(), Refused> {
    let at = edits.first().map_or(0, |edit| edit.range.start);
    let unproved = || refuse("the edited file would not say exactly what is intended", at);
    let edited = apply(text, edits);
    let new = tree::read(file, &edited).map_err(|_| unproved())?;
    let expected = root.leaves().into_iter().map(|leaf| {
        let content = leaf.text.map(|text| &text.content);
        let here = places.iter();
        let here = here.filter(|it| content == Some(&it.text.content));
        let mut here: Vec<_> = here.map(|it| (it.part.clone(), it.to)).collect();
        here.sort_unstable_by_key(|(part, _)| std::cmp::Reverse(part.start));
        here.dedup();
        let mut says = leaf.says.to_owned();
        for (part, to) in here {
            says.replace_range(part, to);
        }
        (leaf.mark, says)
    });
    let found = new.leaves().into_iter();
    let found = found.map(|leaf| (leaf.mark, leaf.says.to_owned()));
    if !expected.eq(found) {
        return Err(unproved());
    }
    tree::read_independently(file, &edited)
}

/// The text with sorted, disjoint edits made.
fn apply(text: &str, edits: &[TextEdit]) -> String {
    let mut edited = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        edited.push_str(text.get(done..edit.range.start).unwrap_or_default());
        edited.push_str(&edit.content);
        done = edit.range.end;
    }
    edited.push_str(text.get(done..).unwrap_or_default());
    edited
}
