//! Finding a key in a mapping the way YAML means it: aliases followed, merge keys honoured.

use crate::syntax::{Document, NodeId};

/// A key that was found, and the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The mapping that holds the entry: the one asked, or one that is merged into it.
    pub(crate) mapping: NodeId,
    /// The entry's position in that mapping.
    pub(crate) index: usize,
    /// The value as it stands there: maybe an alias.
    pub(crate) value: NodeId,
    /// The aliases of the merge keys that led there, outermost first.
    pub(crate) merges: Vec<NodeId>,
}

/// Looks a key up. Own keys win over merged ones, earlier merges over later ones.
///
/// <https://yaml.org/type/merge.html>
pub(crate) fn lookup(document: &Document, mapping: NodeId, key: &str) -> Option<Found> {
    lookup_within(document, document.resolve(mapping), key, 0)
}

/// Anchors cannot be recursive, but a long chain of merges should not exhaust the stack.
const MERGE_DEPTH: usize = 64;

fn lookup_within(document: &Document, mapping: NodeId, key: &str, depth: usize) -> Option<Found> {
    if let Some((index, value)) = document.get(mapping, key) {
        return Some(Found {
            mapping,
            index,
            value,
            merges: Vec::new(),
        });
    }
    if depth == MERGE_DEPTH {
        return None;
    }
    merge_sources(document, mapping).find_map(|source| {
        let mut found = lookup_within(document, document.resolve(source), key, depth + 1)?;
        found.merges.insert(0, source);
        Some(found)
    })
}

/// The nodes named by the `<<` keys of a mapping, aliases not resolved.
pub(crate) fn merge_sources(
    document: &Document,
    mapping: NodeId,
) -> impl Iterator<Item = NodeId> + '_ {
    document
        .entries(mapping)
        .iter()
        .filter(|entry| document.scalar(entry.key) == Some("<<"))
        .flat_map(|entry| {
            let value = document.resolve(entry.value);
            let listed = document.items(value);
            let single = listed.is_empty().then_some(entry.value);
            single.into_iter().chain(listed.iter().copied())
        })
}
