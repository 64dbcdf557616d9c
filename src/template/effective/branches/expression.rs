//! What the expressions of conditions and lookups say, one level at a time.

use super::super::super::intrinsic::{intrinsic, sub_text};
use super::super::super::resolve::names_variable;
use super::super::super::{Loop, Template};
use super::parameters::{named, of_loop};
use super::variables::Variable;
use crate::syntax::{Document, NodeId};

/// A value that is compared, or that names a row.
pub(super) enum Operand<'d> {
    /// Put together from parts that are known in every alternative.
    Text(Vec<Part>),
    /// A variable of its own; made of these parts, if they are known.
    Unknown(Variable, Vec<Part>),
    If(&'d str, NodeId, NodeId),
    Lookup(Lookup),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Variable(Variable),
    /// A parameter that is a list, its items joined by this.
    Joined(Variable, String),
}

impl Part {
    pub(super) fn variable(&self) -> Option<&Variable> {
        match self {
            Self::Text(_) => None,
            Self::Variable(variable) | Self::Joined(variable, _) => Some(variable),
        }
    }
}

impl<'d> Operand<'d> {
    pub(super) fn read(template: &Template<'d>, node: NodeId, loops: &[Loop]) -> Self {
        let document = template.document;
        let node = document.resolve(node);
        let unknown = |parts| Self::Unknown(Variable::Expression(written(document, node)), parts);
        let Some(call) = intrinsic(document, node) else {
            let text = document.scalar(node);
            return match text.and_then(|text| loop_parts(document, text, loops)) {
                Some(parts) => compose(template, parts, loops, unknown),
                None => unknown(Vec::new()),
            };
        };
        let argument = call.argument;
        match (call.name, document.items(argument)) {
            ("Ref", _) => document
                .scalar(argument)
                .and_then(|name| named(template, name, loops))
                .map_or_else(
                    || unknown(Vec::new()),
                    |it| Self::Text(vec![Part::Variable(it)]),
                ),
            ("If", &[condition, yes, no]) => match document.string(condition) {
                Some(condition) => Self::If(condition, yes, no),
                None => unknown(Vec::new()),
            },
            ("FindInMap", _) => {
                Lookup::read(document, argument).map_or_else(|| unknown(Vec::new()), Self::Lookup)
            }
            ("Sub", _) => match sub_parts(template, argument, loops) {
                Some(parts) => compose(template, parts, loops, unknown),
                None => unknown(Vec::new()),
            },
            ("Join", &[separator, list]) => match join_parts(template, separator, list, loops) {
                Some(parts) => compose(template, parts, loops, unknown),
                None => unknown(Vec::new()),
            },
            _ => unknown(Vec::new()),
        }
    }

    /// The text, if it is the same in every alternative.
    pub(super) fn constant(&self) -> Option<String> {
        let Self::Text(parts) = self else {
            return None;
        };
        let texts = parts.iter().map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

/// A text of several variables counts as known only if their values are: which values of `A` and
/// `B` make `${A}-${B}` equal to something could not be told otherwise.
fn compose<'d>(
    template: &Template<'_>,
    parts: Vec<Part>,
    loops: &[Loop],
    unknown: impl FnOnce(Vec<Part>) -> Operand<'d>,
) -> Operand<'d> {
    let variables: Vec<_> = parts.iter().filter_map(Part::variable).collect();
    let are_known = variables
        .iter()
        .all(|it| template.known_texts(it, loops).is_some());
    if variables.len() < 2 || are_known {
        Operand::Text(parts)
    } else {
        unknown(parts)
    }
}

/// A literal text, in which loops put their values (`${Name}`).
fn loop_parts(document: &Document, text: &str, loops: &[Loop]) -> Option<Vec<Part>> {
    let mut within = loops.iter().filter(|of| names_variable(text, &of.variable));
    let Some(of) = within.next() else {
        return Some(vec![Part::Text(text.to_owned())]);
    };
    let marks = [
        format!("${{{}}}", of.variable),
        format!("&{{{}}}", of.variable),
    ];
    let (before, after) = marks.iter().find_map(|mark| text.split_once(mark))?;
    let is_only = within.next().is_none() && !names_variable(after, &of.variable);
    is_only.then(|| {
        vec![
            Part::Text(before.to_owned()),
            Part::Variable(of_loop(document, of)),
            Part::Text(after.to_owned()),
        ]
    })
}

fn sub_parts(template: &Template<'_>, argument: NodeId, loops: &[Loop]) -> Option<Vec<Part>> {
    let document = template.document;
    if document.items(argument).len() > 1 {
        return None;
    }
    let (_, text) = sub_text(document, argument)?;
    let mut pieces = text.split("${");
    let mut parts = vec![Part::Text(pieces.next()?.to_owned())];
    for piece in pieces {
        let (name, text) = piece.split_once('}')?;
        parts.push(match name.strip_prefix('!') {
            Some(literal) => Part::Text(format!("${{{literal}}}")),
            None => Part::Variable(named(template, name.trim(), loops)?),
        });
        parts.push(Part::Text(text.to_owned()));
    }
    Some(parts)
}

fn join_parts(
    template: &Template<'_>,
    separator: NodeId,
    list: NodeId,
    loops: &[Loop],
) -> Option<Vec<Part>> {
    let document = template.document;
    let separator = document.string(separator)?;
    let list = document.resolve(list);
    if let Some(call) = intrinsic(document, list) {
        let name = document
            .scalar(call.argument)
            .filter(|_| call.name == "Ref")?;
        let variable = named(template, name, loops)?;
        return Some(vec![Part::Joined(variable, separator.to_owned())]);
    }
    let mut parts = Vec::new();
    for &item in document.items(list) {
        if !parts.is_empty() {
            parts.push(Part::Text(separator.to_owned()));
        }
        let item = document.resolve(item);
        match intrinsic(document, item) {
            None => parts.push(Part::Text(document.scalar(item)?.to_owned())),
            Some(call) if call.name == "Ref" => {
                let name = document.scalar(call.argument)?;
                parts.push(Part::Variable(named(template, name, loops)?));
            }
            Some(_) => return None,
        }
    }
    Some(parts)
}

/// The arguments of `Fn::FindInMap`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lookup {
    pub(super) map: NodeId,
    pub(super) first: NodeId,
    pub(super) second: NodeId,
    /// What counts where there is no such row.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-findinmap-enhancements.html>
    pub(super) default: Option<NodeId>,
}

impl Lookup {
    pub(super) fn read(document: &Document, argument: NodeId) -> Option<Self> {
        let &[map, first, second, ref options @ ..] = document.items(argument) else {
            return None;
        };
        let default = options
            .iter()
            .find_map(|&option| document.get(document.resolve(option), "DefaultValue"));
        Some(Self {
            map,
            first,
            second,
            default: default.map(|(_, value)| value),
        })
    }
}

/// The text of an expression, however its lines are broken.
pub(super) fn written(document: &Document, node: NodeId) -> String {
    let node = document.node(node);
    let text = document.text().get(node.start..node.range.end);
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    words.join(" ")
}
