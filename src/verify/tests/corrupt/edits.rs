//! What an edit can get wrong.

use super::super::Case;
use super::{INDENTATIONS, Mutant, each_line, write};
use crate::edit::{Change, Edit};
use crate::syntax::NodeId;

/// One mutant for each of the ways in which `change` alters each of the edits.
fn each_edit(case: &Case, change: impl Fn(&Edit) -> Vec<Edit>) -> Vec<Mutant> {
    let edits = case.splices.edits();
    let mut mutants = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        for changed in change(edit) {
            let mut all = edits.to_vec();
            all[index] = changed;
            mutants.extend(written(case, all));
        }
    }
    mutants
}

/// Edits that overlap or cut a character in two cannot be written: no mutant.
fn written(case: &Case, mut edits: Vec<Edit>) -> Option<Mutant> {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let text = write(case.document.text(), &edits)?;
    let edits = Some(edits);
    Some(Mutant { edits, text })
}

fn with_content(edit: &Edit, contents: impl IntoIterator<Item = String>) -> Vec<Edit> {
    let new = |content| Edit {
        content,
        ..edit.clone()
    };
    contents.into_iter().map(new).collect()
}

pub(super) fn ranges(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let mut changed = Vec::new();
        for start in -2..=2 {
            for end in -2..=2 {
                let start = edit.range.start.checked_add_signed(start);
                let end = edit.range.end.checked_add_signed(end);
                if let (Some(start), Some(end)) = (start, end)
                    && start <= end
                    && (start..end) != edit.range
                {
                    changed.push(Edit {
                        range: start..end,
                        ..edit.clone()
                    });
                }
            }
        }
        changed
    })
}

pub(super) fn characters(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let characters: Vec<char> = edit.content.chars().collect();
        let mut contents = Vec::new();
        for at in 0..characters.len() {
            let mut lost = characters.clone();
            let character = lost.remove(at);
            let mut doubled = characters.clone();
            doubled.insert(at, character);
            contents.extend([lost, doubled]);
            if at > 0 {
                let mut swapped = characters.clone();
                swapped.swap(at, at - 1);
                contents.push(swapped);
            }
        }
        with_content(edit, contents.iter().map(|it| it.iter().collect()))
    })
}

pub(super) fn edit_indentation(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let mut contents = Vec::new();
        for change in INDENTATIONS {
            contents.extend(each_line(&edit.content, change));
            let lines = edit.content.split_inclusive('\n');
            contents.extend(lines.map(change).collect::<Option<String>>());
        }
        with_content(edit, contents)
    })
}

pub(super) fn edit_quotes(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let content = &edit.content;
        let bare = content.trim_matches(['"', '\'']);
        let mut contents = vec![bare.to_owned()];
        for quote in ['"', '\''] {
            contents.push(format!("{quote}{content}"));
            contents.push(format!("{content}{quote}"));
            contents.push(format!("{quote}{bare}{quote}"));
            contents.push(content.replacen(quote, "", 1));
        }
        with_content(edit, contents)
    })
}

/// The line that holds a byte.
fn line_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    text[start..].lines().next().unwrap_or_default()
}

pub(super) fn extra_keys(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let content = &edit.content;
        let indent: String = line_of(case.document.text(), edit.range.start)
            .chars()
            .take_while(|it| *it == ' ')
            .collect();
        let own: String = content
            .chars()
            .take_while(|it| it.is_whitespace())
            .collect();
        with_content(
            edit,
            [
                format!("{content}\n{indent}Extra: x"),
                format!("{own}Extra: x\n{content}"),
                format!("{content}{own}Extra: x\n"),
                format!("{content}, Extra: x"),
                format!("{content}, \"Extra\": \"x\""),
                format!("\"Extra\": \"x\", {content}"),
            ],
        )
    })
}

pub(super) fn edits_twice(case: &Case) -> Vec<Mutant> {
    each_edit(case, |edit| {
        let content = &edit.content;
        with_content(
            edit,
            [
                content.repeat(2),
                format!("{content}\n{content}"),
                format!("{content}, {content}"),
            ],
        )
    })
}

pub(super) fn edits_dropped(case: &Case) -> Vec<Mutant> {
    let edits = case.splices.edits();
    let without = (0..edits.len()).filter_map(|index| {
        let mut edits = edits.to_vec();
        // The change was meant all the same.
        let text = {
            edits.remove(index);
            write(case.document.text(), &edits)?
        };
        Some(Mutant { edits: None, text })
    });
    without.collect()
}

pub(super) fn edits_swapped(case: &Case) -> Vec<Mutant> {
    let edits = case.splices.edits();
    let mut mutants = Vec::new();
    for one in 0..edits.len() {
        for two in one + 1..edits.len() {
            let mut all = edits.to_vec();
            all[one].content = edits[two].content.clone();
            all[two].content = edits[one].content.clone();
            mutants.extend(written(case, all));
        }
    }
    mutants
}

pub(super) fn edits_elsewhere(case: &Case) -> Vec<Mutant> {
    let document = &case.document;
    each_edit(case, |edit| {
        let Change::Set { node, .. } = &edit.change else {
            return Vec::new();
        };
        let like = |id: &NodeId| id != node && document.scalar(*id) == document.scalar(*node);
        let others = document.ids().filter(like).take(8);
        let at = |id| Edit {
            range: document.node(id).range.clone(),
            ..edit.clone()
        };
        others.map(at).collect()
    })
}

pub(super) fn neighbours(case: &Case) -> Vec<Mutant> {
    let document = &case.document;
    each_edit(case, |edit| {
        let Change::Set { node, .. } = &edit.change else {
            return Vec::new();
        };
        let scalars = document
            .ids()
            .filter(|id| document.scalar(*id).is_some() && id != node);
        let near = scalars.filter(|id| document.node(*id).parent == document.node(*node).parent);
        let texts = near.filter_map(|id| document.text().get(document.node(id).range.clone()));
        with_content(edit, texts.map(str::to_owned))
    })
}
