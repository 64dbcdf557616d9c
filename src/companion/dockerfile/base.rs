//! The image that a stage begins from, through the `ARG`s that go into its name.

use std::collections::BTreeSet;
use std::ops::Range;

use super::image::{self, Kind, Replacement};
use super::read::{Action, Dockerfile, Stage, Text};
use super::scene::{Piece, pieces};
use super::variables::{Value, Variable};
use crate::companion::{Refused, TextEdit};

/// The most variables that go into one name, counted with those in their defaults.
const MAX_VARIABLES: usize = 64;

/// How deep the default of an `ARG` may name other `ARG`s.
const MAX_DEPTH: usize = 8;

/// The name of an image without variables, and where its pieces stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) value: String,
    /// Invariant: in the order of `value`, without gaps.
    sources: Vec<Source>,
    /// How many variables went into it.
    variables: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Source {
    /// The piece in the name.
    within: Range<usize>,
    /// The byte of the file at which it stands.
    at: usize,
    /// The `ARG` whose default it is a part of.
    argument: Option<String>,
}

/// The edits that replace a base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) replacement: Replacement,
    pub(super) edits: Vec<TextEdit>,
    /// The `ARG`s whose defaults are edited.
    pub(super) arguments: BTreeSet<String>,
    /// The name of the new image.
    pub(super) result: String,
}

/// The name of the image or stage behind a `FROM`; `None` where it is not certain.
pub(super) fn name(file: &Dockerfile, image: &Text) -> Option<Name> {
    let mut name = Name {
        value: String::new(),
        sources: Vec::new(),
        variables: 0,
    };
    extend(file, image, None, 0, &mut name)?;
    Some(name)
}

fn extend(
    file: &Dockerfile,
    text: &Text,
    argument: Option<&str>,
    depth: usize,
    name: &mut Name,
) -> Option<()> {
    if depth > MAX_DEPTH || name.variables > MAX_VARIABLES {
        return None;
    }
    for piece in pieces(&text.value)? {
        match piece {
            Piece::Literal("", _) => {}
            Piece::Literal(literal, offset) => {
                let start = name.value.len();
                name.value.push_str(literal);
                if text.exact {
                    name.sources.push(Source {
                        within: start..name.value.len(),
                        at: text.at.start + offset,
                        argument: argument.map(str::to_owned),
                    });
                }
            }
            Piece::Variable(variable) => {
                name.variables += 1;
                let mut named = file.arguments.iter().filter(|it| it.name == variable);
                let (Value::Given(value), None) = (&named.next()?.value, named.next()) else {
                    return None;
                };
                extend(file, value, Some(variable), depth + 1, name)?;
            }
        }
    }
    Some(())
}

/// What a stage begins from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Base {
    /// An earlier stage.
    Stage(usize),
    /// An image.
    Image(Name),
    /// The name is not known: an `ARG` without a default, or an expansion with a condition.
    Unclear,
}

/// What the stage at `index` begins from.
pub(super) fn of(file: &Dockerfile, index: usize) -> Base {
    let Some(stage) = file.stages.get(index) else {
        return Base::Unclear;
    };
    let Some(name) = name(file, &stage.image) else {
        return Base::Unclear;
    };
    let earlier = file.stages.get(..index).unwrap_or_default();
    match earlier.iter().rposition(|it| is_named(it, &name.value)) {
        Some(index) => Base::Stage(index),
        None => Base::Image(name),
    }
}

/// Whether a stage has this name; case does not count.
pub(super) fn is_named(stage: &Stage, name: &str) -> bool {
    stage
        .name
        .as_deref()
        .is_some_and(|it| it.eq_ignore_ascii_case(name))
}

/// The edits that replace the image `name`, behind the `FROM` at byte `at`.
///
/// # Errors
/// When a piece that changes comes from several places, or from an `ARG` with another use.
pub(super) fn moved(name: &Name, at: usize) -> Result<Option<Moved>, Refused> {
    let Kind::Retired(replacement) = image::kind(&name.value) else {
        return Ok(None);
    };
    let mut result = name.value.clone();
    for (range, content) in replacement.edits.iter().rev() {
        if result.get(range.clone()).is_some() {
            result.replace_range(range.clone(), content);
        }
    }
    let mut moved = Moved {
        replacement,
        edits: Vec::new(),
        arguments: BTreeSet::new(),
        result,
    };
    for (range, content) in &moved.replacement.edits {
        // An insertion stands behind a piece: it belongs to the piece that ends there.
        let holds = |it: &&Source| it.within.start <= range.start && range.end <= it.within.end;
        let Some(source) = name.sources.iter().find(holds) else {
            let why = format!("the name {} comes from several places", name.value);
            return Err(Refused { why, at });
        };
        let start = source.at + range.start - source.within.start;
        let range = start..start + range.len();
        moved.edits.push(TextEdit {
            range,
            content: (*content).to_owned(),
        });
        moved.arguments.extend(source.argument.clone());
    }
    Ok(Some(moved))
}

/// Refuses an `ARG` that serves something besides the `FROM`s of the moved stages.
///
/// # Errors
/// Names the other use.
pub(super) fn check_argument(
    file: &Dockerfile,
    argument: &str,
    moving: usize,
) -> Result<(), Refused> {
    let refused = |what: &str, at: usize| {
        let why = format!("ARG {argument}, which names the base image, is also used by {what}");
        Err(Refused { why, at })
    };
    for (index, stage) in file.stages.iter().enumerate() {
        if index != moving && mentions(&stage.image.value, argument) {
            return refused("another FROM", stage.keyword.start);
        }
        if stage
            .platform
            .as_ref()
            .is_some_and(|it| mentions(&it.value, argument))
        {
            return refused("a --platform", stage.keyword.start);
        }
        for instruction in &stage.instructions {
            if let Action::Argument(variables) = &instruction.action {
                let inherits = |it: &&Variable| it.name == argument && it.value == Value::Absent;
                if variables.iter().any(|it| inherits(&it)) {
                    return refused("a stage", instruction.keyword.start);
                }
            }
        }
    }
    let at = file.stages.get(moving).map_or(0, |it| it.keyword.start);
    let image = file.stages.get(moving).map_or("", |it| &it.image.value);
    // An ARG that goes into another ARG may only do so on its way to this one FROM.
    for other in &file.arguments {
        let Value::Given(text) = &other.value else {
            continue;
        };
        if mentions(&text.value, argument) && !mentions(image, &other.name) {
            return refused("another ARG", at);
        }
    }
    Ok(())
}

fn mentions(text: &str, argument: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let behind = text.get(at + 1..).unwrap_or_default();
        let name = behind.strip_prefix('{').unwrap_or(behind);
        let goes_on = |it: char| it.is_ascii_alphanumeric() || it == '_';
        name.strip_prefix(argument)
            .is_some_and(|it| !it.starts_with(goes_on))
    })
}
