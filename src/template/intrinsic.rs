//! Intrinsic functions, in the short form (`!Ref X`) and the long one (`{"Ref": "X"}`).
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use crate::syntax::{Document, NodeId};

/// An intrinsic function and its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Intrinsic<'d> {
    /// Without `Fn::` or `!`: `Ref`, `If`, `FindInMap`, `Sub`, …
    pub(crate) name: &'d str,
    /// The argument: for the short form the tagged node itself.
    pub(crate) argument: NodeId,
}

/// The intrinsic function that a node is a call of. Aliases must have been resolved.
pub(crate) fn intrinsic(document: &Document, node: NodeId) -> Option<Intrinsic<'_>> {
    if let Some(tag) = document.tag(node) {
        return Some(Intrinsic {
            name: tag.strip_prefix('!')?,
            argument: node,
        });
    }
    let [only] = document.entries(node) else {
        return None;
    };
    let key = document.string(only.key)?;
    let name = match key {
        "Ref" | "Condition" => key,
        _ => key.strip_prefix("Fn::")?,
    };
    Some(Intrinsic {
        name,
        argument: document.resolve(only.value),
    })
}

/// The names in `${Name}` and `${Name.Attribute}` of an `Fn::Sub` text; `${!Literal}` is none.
pub(crate) fn sub_variables(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('}')?;
        (!name.starts_with('!')).then(|| name.split('.').next().unwrap_or(name).trim())
    })
}

/// Whether an `Fn::Sub` text stands for itself.
pub(crate) fn is_literal_sub(text: &str) -> bool {
    !text.contains("${")
}

/// The text of an `Fn::Sub` and the node it stands in.
pub(crate) fn sub_text(document: &Document, argument: NodeId) -> Option<(NodeId, &str)> {
    let node = match document.items(argument).first() {
        Some(&first) => document.resolve(first),
        None => argument,
    };
    Some((node, document.scalar(node)?))
}
