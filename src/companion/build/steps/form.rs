//! Whether an edit has left the form of a YAML file as it was.

use std::collections::BTreeSet;
use std::path::Path;

use serde_yaml::Value;

use super::yaml::Tree;
use crate::syntax::{Document, Kind};

/// Whether two texts are the same YAML but for the values of some strings: for this parser, and
/// for an independent one.
pub(super) fn same_but_strings(path: &Path, before: &str, after: &str) -> bool {
    let (Ok(old), Ok(new)) = (Tree::new(path, before), Tree::new(path, after)) else {
        return false;
    };
    let Some(changed) = changed(old.document(), new.document()) else {
        return false;
    };
    let value = |text: &str| serde_yaml::from_str::<Value>(text.trim_start_matches('\u{feff}'));
    match (value(before), value(after)) {
        (Ok(old), Ok(new)) => agree(&old, &new, &changed),
        _ => false,
    }
}

/// The old and new values of the scalars that differ; `None` when anything else does.
fn changed(old: &Document, new: &Document) -> Option<BTreeSet<(String, String)>> {
    let same_size = old.ids().count() == new.ids().count()
        && old.comments().len() == new.comments().len()
        && old.roots() == new.roots();
    same_size.then_some(())?;
    let mut found = BTreeSet::new();
    for id in old.ids() {
        let (one, other) = (old.node(id), new.node(id));
        let same = match (&one.kind, &other.kind) {
            (Kind::Scalar { style: a, .. }, Kind::Scalar { style: b, .. }) => {
                let (before, after) = (old.scalar(id)?, new.scalar(id)?);
                if before != after {
                    found.insert((before.to_owned(), after.to_owned()));
                }
                a == b
            }
            (Kind::Sequence { style: a, items: x }, Kind::Sequence { style: b, items: y }) => {
                a == b && x == y
            }
            (
                Kind::Mapping {
                    style: a,
                    entries: x,
                },
                Kind::Mapping {
                    style: b,
                    entries: y,
                },
            ) => a == b && x == y,
            (Kind::Alias { target: a }, Kind::Alias { target: b }) => a == b,
            _ => false,
        };
        (same && one.tag == other.tag && one.anchor == other.anchor).then_some(())?;
    }
    Some(found)
}

fn agree(old: &Value, new: &Value, changed: &BTreeSet<(String, String)>) -> bool {
    match (old, new) {
        (Value::String(a), Value::String(b)) if a != b => changed.contains(&(a.clone(), b.clone())),
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| agree(a, b, changed))
        }
        (Value::Mapping(a), Value::Mapping(b)) => {
            let mut pairs = a.iter().zip(b);
            let same = pairs.all(|((a, x), (b, y))| a == b && agree(x, y, changed));
            a.len() == b.len() && same
        }
        (Value::Tagged(a), Value::Tagged(b)) => {
            a.tag == b.tag && agree(&a.value, &b.value, changed)
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_trees_apart() {
        for (before, after, expected) in [
            ("a: x y", "a: x z y", true),
            ("a: x y", "a: x #z y", false),
            ("a: x y", "a: x#z y", true),
            ("a: x y", "a: x # z y", false),
            ("a: x y", "a: x: z y", false),
            ("a: [x, y]", "a: [x, z, y]", false),
            ("a: \"x\"", "a: \"x \"z\"\"", false),
            ("a: x", "a: 1", false),
            ("a: &n x\nb: *n", "a: &n y\nb: *n", true),
        ] {
            let same = same_but_strings(Path::new("x.yml"), before, after);
            assert_eq!(same, expected, "{before} {after}");
        }
    }
}
