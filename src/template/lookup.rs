//! Finding a key in a mapping the way YAML means it: aliases followed, merge keys honoured.

use foldhash::{HashSet, HashSetExt as _};

use crate::syntax::{Document, Entry, Kind, NodeId, ScalarStyle};

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
const MERGE_DEPTH: usize = 255;

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

/// Whether a key is the merge key: `<<`, unquoted.
pub(crate) fn is_merge_key(document: &Document, key: NodeId) -> bool {
    document.scalar(key) == Some("<<")
        && matches!(
            document.kind(key),
            Kind::Scalar {
                style: ScalarStyle::Plain,
                ..
            }
        )
}

/// The entries that a mapping ends up with: its own, and those merged into it under other keys.
pub(crate) fn effective_entries(document: &Document, mapping: NodeId) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut seen = HashSet::new();
    collect_entries(
        document,
        document.resolve(mapping),
        &mut entries,
        &mut seen,
        0,
    );
    entries
}

fn collect_entries<'d>(
    document: &'d Document,
    mapping: NodeId,
    entries: &mut Vec<Entry>,
    seen: &mut HashSet<&'d str>,
    depth: usize,
) {
    if depth > MERGE_DEPTH {
        return;
    }
    for entry in document.entries(mapping) {
        let merges = is_merge_key(document, entry.key);
        if !merges
            && document
                .string(entry.key)
                .is_some_and(|key| seen.insert(key))
        {
            entries.push(*entry);
        }
    }
    for source in merge_sources(document, mapping) {
        collect_entries(document, document.resolve(source), entries, seen, depth + 1);
    }
}

/// The nodes named by the `<<` keys of a mapping, aliases not resolved.
pub(crate) fn merge_sources(
    document: &Document,
    mapping: NodeId,
) -> impl Iterator<Item = NodeId> + '_ {
    let entries = match document.may_merge() {
        true => document.entries(mapping),
        false => &[],
    };
    entries
        .iter()
        .filter(|entry| is_merge_key(document, entry.key))
        .flat_map(|entry| {
            let value = document.resolve(entry.value);
            let listed = document.items(value);
            let single = listed.is_empty().then_some(entry.value);
            single.into_iter().chain(listed.iter().copied())
        })
}
