//! The edits of all templates in one build file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::TextEdit;
use crate::migrate::BuildFileEdit;

/// A build file with the edits of every template that needs it.
#[derive(Debug)]
pub struct BuildFileChange {
    /// The path as the first of the templates leads to it.
    pub path: PathBuf,
    /// The text as it was.
    pub before: String,
    /// The text as it has to become.
    pub after: String,
    /// The positions of those templates in the run: they and the file are changed together.
    pub templates: BTreeSet<usize>,
}

/// The build files of a run.
pub(crate) struct Joined {
    /// Sorted by path.
    pub(crate) changes: Vec<BuildFileChange>,
    /// Templates whose edits do not go together with those of a template before them.
    pub(crate) conflicts: BTreeSet<usize>,
}

/// One file on the way.
struct Shared {
    path: PathBuf,
    text: String,
    edits: Vec<TextEdit>,
    templates: BTreeSet<usize>,
}

/// Puts the edits of all templates together, file by file. `asked` holds the position of a template,
/// the one spelling of the file's place, and its edits.
pub(crate) fn join<'e>(asked: impl Iterator<Item = (usize, PathBuf, &'e BuildFileEdit)>) -> Joined {
    let mut files: BTreeMap<PathBuf, Shared> = BTreeMap::new();
    let mut conflicts = BTreeSet::new();
    for (template, place, edit) in asked {
        let shared = files.entry(place).or_insert_with(|| Shared {
            path: edit.path.clone(),
            text: edit.text.clone(),
            edits: Vec::new(),
            templates: BTreeSet::new(),
        });
        let new: Vec<&TextEdit> = edit
            .edits
            .iter()
            .filter(|it| !shared.edits.contains(it))
            .collect();
        let clashes = |it: &&TextEdit| shared.edits.iter().any(|other| touch(it, other));
        if shared.text != edit.text || new.iter().any(clashes) {
            conflicts.insert(template);
            continue;
        }
        shared.edits.extend(new.into_iter().cloned());
        shared.templates.insert(template);
    }
    let mut changes = Vec::new();
    for mut shared in files.into_values() {
        shared
            .edits
            .sort_by_key(|it| (it.range.start, it.range.end));
        match apply(&shared.text, &shared.edits) {
            Some(after) if after == shared.text => {}
            Some(after) => changes.push(BuildFileChange {
                path: shared.path,
                before: shared.text,
                after,
                templates: shared.templates,
            }),
            // A template never moves without its build file.
            None => conflicts.extend(shared.templates),
        }
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Joined { changes, conflicts }
}

/// Whether two edits reach the same bytes, or insert at the same place.
fn touch(one: &TextEdit, other: &TextEdit) -> bool {
    one.range.start <= other.range.end && other.range.start <= one.range.end
}

/// The text with sorted, disjoint edits; `None` if they are not.
fn apply(text: &str, edits: &[TextEdit]) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for edit in edits {
        out.push_str(text.get(end..edit.range.start)?);
        out.push_str(&edit.content);
        end = edit.range.end;
    }
    out.push_str(text.get(end..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edit as range and new content.
    type Written = (std::ops::Range<usize>, &'static str);

    fn joined(of_templates: &[Vec<Written>]) -> (Vec<String>, Vec<usize>) {
        let edit = |(range, content): &Written| TextEdit {
            range: range.clone(),
            content: (*content).to_owned(),
        };
        let files: Vec<BuildFileEdit> = of_templates
            .iter()
            .map(|edits| BuildFileEdit {
                path: PathBuf::from("Makefile"),
                text: "abcdef".to_owned(),
                edits: edits.iter().map(edit).collect(),
            })
            .collect();
        let asked = files.iter().enumerate();
        let joined = join(asked.map(|(at, file)| (at, file.path.clone(), file)));
        let texts = joined.changes.into_iter().map(|it| it.after);
        (texts.collect(), joined.conflicts.into_iter().collect())
    }

    #[test]
    fn edits_of_several_templates_go_together_or_not() {
        let (b, d): (Written, Written) = ((1..2, "B"), (3..4, "D"));
        let cases = [
            (vec![vec![d.clone()], vec![b.clone()]], "aBcDef", vec![]),
            (
                vec![vec![b.clone()], vec![b.clone(), d.clone()]],
                "aBcDef",
                vec![],
            ),
            (
                vec![vec![b], vec![(1..3, "X")], vec![d.clone()]],
                "aBcDef",
                vec![1],
            ),
            (
                vec![vec![(2..2, "1")], vec![(2..2, "2")]],
                "ab1cdef",
                vec![1],
            ),
            (vec![vec![], vec![d]], "abcDef", vec![]),
        ];
        // The edits of one template that do not fit take the template along.
        assert_eq!(joined(&[vec![(1..4, "X"), (2..3, "Y")]]), (vec![], vec![0]));
        for (of_templates, text, conflicts) in cases {
            assert_eq!(joined(&of_templates), (vec![text.to_owned()], conflicts));
        }
    }
}
