//! YAML's plain words as values, the way CloudFormation's own reader takes them.

use serde_json::{Number, Value};

use crate::syntax::{Document, Kind, NodeId, ScalarStyle};

/// The value of a scalar node. Numbers beyond 64 bits stay text.
pub(super) fn typed(document: &Document, node: NodeId) -> Value {
    let text = document.scalar(node).unwrap_or_default();
    let as_text = || Value::String(text.to_owned());
    let style = match document.kind(node) {
        Kind::Scalar { style, .. } => style,
        _ => return Value::Null,
    };
    match document.node(node).tag {
        Some("tag:yaml.org,2002:int" | "tag:yaml.org,2002:float") => {
            return number(text).map_or_else(as_text, Value::Number);
        }
        None if style == ScalarStyle::Plain => {}
        _ => return as_text(),
    }
    match text {
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if document.is_null(node) => Value::Null,
        _ => number(text).map_or_else(as_text, Value::Number),
    }
}

/// What is written as JSON writes numbers, or with a plus: `012` is an account id, not a number.
pub(super) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('+').filter(|rest| !rest.starts_with('-'));
    let number: Number = serde_json::from_str(digits.unwrap_or(text)).ok()?;
    (number.is_i64() || number.is_f64()).then_some(number)
}
