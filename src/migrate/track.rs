//! Which way a function goes: the first question, answered from its runtime alone.

use crate::data::{RetiredRuntime, TARGET};
use crate::syntax::NodeId;
use crate::template::{EffectiveFunction, Leaf, NoText, Origin, Template, intrinsic};

/// What the effective runtime says about a function.
#[derive(Debug, Clone)]
pub(crate) enum Track {
    /// Another language, no runtime, or one that says nothing of a retired runtime.
    Unconcerned,
    /// On `provided.al2023` already.
    Current,
    /// A container image.
    Image,
    /// On a retired runtime, wherever the value comes from.
    Leaving(Leaving),
    /// A retired runtime is among the possibilities, but text and value are not the same thing.
    Computed {
        /// The place.
        node: NodeId,
        /// Why, as a clause that follows "its Runtime".
        reason: String,
    },
    /// The parameter behind the runtime has no Default that could be changed.
    NoDefault {
        /// The reference.
        node: NodeId,
        /// The parameter.
        parameter: String,
    },
    /// Some alternatives are retired, another is a different language or nothing at all.
    Mixed {
        /// The alternative that is neither retired nor current.
        other: NodeId,
        /// A retired one.
        retired: NodeId,
    },
    /// Runtime is no string.
    Malformed(NodeId),
}

/// The way from a retired runtime to [`TARGET`].
#[derive(Debug, Clone)]
pub(crate) struct Leaving {
    /// The retired runtime; with several, `go1.x` before the others.
    pub(crate) from: RetiredRuntime,
    /// The scalars that name a retired runtime.
    pub(crate) leaves: Vec<Leaf>,
}

impl Track {
    /// Decides by the effective runtime.
    pub(crate) fn of(template: &Template<'_>, function: &EffectiveFunction) -> Self {
        if function.is_image() {
            return Self::Image;
        }
        let Some(runtime) = &function.runtime else {
            return Self::Unconcerned;
        };
        let value = template.document.resolve(runtime.entry.value);
        let is_list =
            template.document.is_sequence(value) && template.document.tag(value).is_none();
        let is_map =
            template.document.is_mapping(value) && intrinsic(template.document, value).is_none();
        if is_list || (is_map && template.names_retired_runtime(value)) {
            return Self::Malformed(runtime.entry.value);
        }
        let resolution = &runtime.resolution;
        let (retired, others): (Vec<&Leaf>, Vec<&Leaf>) = resolution
            .leaves
            .iter()
            .partition(|leaf| RetiredRuntime::from_id(&leaf.text).is_some());
        if let Some(unresolved) = &resolution.unresolved {
            let named = unresolved
                .detected
                .as_deref()
                .and_then(RetiredRuntime::from_id);
            return match &unresolved.kind {
                _ if retired.is_empty() && named.is_none() => Self::Unconcerned,
                NoText::NoDefault(parameter) => Self::NoDefault {
                    node: unresolved.node,
                    parameter: parameter.clone(),
                },
                NoText::Computed | NoText::Varies => Self::Computed {
                    node: unresolved.node,
                    reason: unresolved.reason.clone(),
                },
            };
        }
        let foreign = others
            .iter()
            .find(|leaf| leaf.text != TARGET || leaf.origin == Origin::NoValue);
        match (retired.first(), foreign) {
            (None, None) if !others.is_empty() => Self::Current,
            (None, _) => Self::Unconcerned,
            (Some(retired), Some(other)) => Self::Mixed {
                other: other.node,
                retired: retired.node,
            },
            (Some(_), None) => Self::Leaving(Leaving {
                from: retired
                    .iter()
                    .filter_map(|leaf| RetiredRuntime::from_id(&leaf.text))
                    .min()
                    .unwrap_or(RetiredRuntime::Go1),
                leaves: retired.into_iter().cloned().collect(),
            }),
        }
    }

    /// Whether the function is leaving `go1.x`.
    pub(crate) fn is_leaving_go(&self) -> bool {
        matches!(self, Self::Leaving(leaving) if leaving.from == RetiredRuntime::Go1)
    }
}
