//! Text to tree and back: exact byte ranges for YAML and JSON, and the only place that builds an
//! [`Edit`](crate::edit::Edit).
//!
//! ```text
//! SourceFile ──parse──▶ Document (arena of Nodes with byte ranges) ──Editor──▶ Edit
//! ```
//!
//! YAML and JSON share one node model, because JSON is a flow-style YAML document; what differs
//! is which independent parser checks the result (see [`crate::verify`]).

mod annotate;
mod document;
mod editor;
mod layout;
mod parse;
mod render;
mod tree;

pub use document::{Document, Entry, Format, Kind, Node, NodeId, ScalarStyle, StructureStyle};
pub use editor::{CannotEdit, Editor, Position};
pub use parse::{Limits, SyntaxError, SyntaxErrorKind, parse};
