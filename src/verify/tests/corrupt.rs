//! Ways to write something else than what was meant.
//!
//! A corruption changes the bytes that are written; what was meant, the [`Change`], stays.

use super::Case;
use crate::edit::{Change, Edit};
use crate::syntax::{Document, Kind, NodeId, ScalarStyle};

/// A text that should not have been written.
pub(super) struct Mutant {
    /// The edits that wrote it; `None` if it was spoilt later.
    pub(super) edits: Option<Vec<Edit>>,
    pub(super) text: String,
}

/// A way to go wrong, and all the ways to go wrong like that in one case.
pub(super) type Corruption = (&'static str, fn(&Case) -> Vec<Mutant>);

pub(super) const CORRUPTIONS: &[Corruption] = &[
    ("an edit's range moved by one or two bytes", ranges),
    (
        "a character of an edit lost, doubled or swapped",
        characters,
    ),
    ("an edit indented otherwise", edit_indentation),
    ("an edit with quotes lost or added", edit_quotes),
    ("an edit with an extra key", extra_keys),
    ("an edit with its content twice", edits_twice),
    ("an edit left out", edits_dropped),
    ("two edits swapped", edits_swapped),
    (
        "an edit at another place with the same text",
        edits_elsewhere,
    ),
    ("a neighbour's value instead of the new one", neighbours),
    ("another scalar's value changed, too", changed_too),
    ("a line lost", lines_dropped),
    ("a line twice", lines_twice),
    ("two lines swapped", lines_swapped),
    ("a line indented otherwise", line_indentation),
    ("a key twice with another value", keys_twice),
    ("a comment turned into content", comments_opened),
    ("content turned into a comment", content_commented),
    ("an anchor or a tag lost", properties_dropped),
    ("an alias of another anchor", aliases_retargeted),
    ("an item of a list lost", items_dropped),
    ("a scalar quoted otherwise", requoted),
    ("a number or a word spelt otherwise", respelt),
    ("something behind the end", trailing),
];

/// Corruptions that no parser sees: the bytes alone can tell.
pub(super) const UNSEEN: &[Corruption] = &[
    ("a byte-order mark lost or added", marks),
    ("a line ending lost, changed or doubled", line_endings),
    ("white space at a line's end", blanks),
    ("a comment lost or reworded", comments_reworded),
];

/// The text that `edits` make, if they can be made at all.
pub(super) fn write(text: &str, edits: &[Edit]) -> Option<String> {
    let (mut output, mut done) = (String::new(), 0);
    for edit in edits {
        output.push_str(text.get(done..edit.range.start)?);
        text.get(edit.range.clone())?;
        output.push_str(&edit.content);
        done = edit.range.end;
    }
    output.push_str(text.get(done..)?);
    Some(output)
}

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

fn ranges(case: &Case) -> Vec<Mutant> {
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

fn characters(case: &Case) -> Vec<Mutant> {
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

/// The lines of a text, one of them or all changed.
fn each_line(text: &str, change: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut texts = Vec::new();
    for at in 0..lines.len() {
        if let Some(line) = change(lines[at]) {
            texts.push(
                [&lines[..at].concat(), &line, &lines[at + 1..].concat()]
                    .map(String::as_str)
                    .concat(),
            );
        }
    }
    texts
}

const INDENTATIONS: [fn(&str) -> Option<String>; 5] = [
    |line| Some(format!(" {line}")),
    |line| Some(format!("  {line}")),
    |line| Some(format!("\t{line}")),
    |line| Some(line.strip_prefix(' ')?.to_owned()),
    |line| Some(line.strip_prefix("  ")?.to_owned()),
];

fn edit_indentation(case: &Case) -> Vec<Mutant> {
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

fn edit_quotes(case: &Case) -> Vec<Mutant> {
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

fn extra_keys(case: &Case) -> Vec<Mutant> {
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

fn edits_twice(case: &Case) -> Vec<Mutant> {
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

fn edits_dropped(case: &Case) -> Vec<Mutant> {
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

fn edits_swapped(case: &Case) -> Vec<Mutant> {
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

fn edits_elsewhere(case: &Case) -> Vec<Mutant> {
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

fn neighbours(case: &Case) -> Vec<Mutant> {
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

/// Spoils the text that was written.
fn spoilt(texts: impl IntoIterator<Item = String>) -> Vec<Mutant> {
    let texts = texts.into_iter();
    texts.map(|text| Mutant { edits: None, text }).collect()
}

/// The text with one range replaced.
fn replaced(text: &str, range: std::ops::Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..range.start], &text[range.end..])
}

fn scalars(document: &Document) -> impl Iterator<Item = (NodeId, ScalarStyle, &str)> {
    document
        .ids()
        .filter_map(|id| match &document.node(id).kind {
            Kind::Scalar { style, .. } => Some((id, *style, document.scalar(id)?)),
            _ => None,
        })
}

fn each_scalar(case: &Case, change: impl Fn(ScalarStyle, &str) -> Vec<String>) -> Vec<Mutant> {
    let mut texts = Vec::new();
    for (id, style, value) in scalars(&case.new) {
        let range = case.new.node(id).range.clone();
        for new in change(style, value) {
            texts.push(replaced(&case.right, range.clone(), &new));
        }
    }
    spoilt(texts)
}

fn changed_too(case: &Case) -> Vec<Mutant> {
    each_scalar(case, |style, value| match style {
        ScalarStyle::Plain => vec![format!("{value}x"), format!("x{value}")],
        ScalarStyle::DoubleQuoted => vec![format!("\"{value}x\"")],
        ScalarStyle::SingleQuoted => vec![format!("'{value}x'")],
        _ => vec![format!("{value}x")],
    })
}

fn lines_dropped(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |_| Some(String::new())))
}

fn lines_twice(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| Some(line.repeat(2))))
}

fn lines_swapped(case: &Case) -> Vec<Mutant> {
    let lines: Vec<&str> = case.right.split_inclusive('\n').collect();
    let mut texts = Vec::new();
    for at in 1..lines.len() {
        let mut swapped = lines.clone();
        swapped.swap(at, at - 1);
        texts.push(swapped.concat());
    }
    spoilt(texts)
}

fn line_indentation(case: &Case) -> Vec<Mutant> {
    spoilt(
        INDENTATIONS
            .iter()
            .flat_map(|change| each_line(&case.right, change)),
    )
}

fn keys_twice(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        let (key, _) = line.split_once(": ")?;
        Some(format!("{line}{key}: other\n"))
    }))
}

fn comments_opened(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        Some(line.replacen('#', "", line.contains('#').into()))
    }))
}

fn content_commented(case: &Case) -> Vec<Mutant> {
    let all = each_line(&case.right, |line| Some(format!("#{line}")));
    let values = each_line(&case.right, |line| Some(line.replacen(": ", ": # ", 1)));
    spoilt(all.into_iter().chain(values))
}

fn properties_dropped(case: &Case) -> Vec<Mutant> {
    let mut texts = Vec::new();
    for id in case.new.ids() {
        let node = case.new.node(id);
        let properties = case
            .right
            .get(node.start..node.range.start)
            .unwrap_or_default();
        let mut at = node.start;
        for word in properties.split_inclusive(char::is_whitespace) {
            if word.starts_with(['&', '!']) {
                texts.push(replaced(&case.right, at..at + word.len(), ""));
                texts.push(replaced(&case.right, at + 1..at + 1, "x"));
            }
            at += word.len();
        }
    }
    spoilt(texts)
}

fn aliases_retargeted(case: &Case) -> Vec<Mutant> {
    let mut texts = Vec::new();
    for &alias in case.new.aliases() {
        for id in case.new.ids() {
            if let Some(anchor) = &case.new.node(id).anchor {
                let range = case.new.node(alias).range.clone();
                texts.push(replaced(&case.right, range, &format!("*{anchor}")));
            }
        }
    }
    spoilt(texts)
}

fn items_dropped(case: &Case) -> Vec<Mutant> {
    let mut texts = each_line(&case.right, |line| {
        let is_item = line.trim_start().starts_with("- ");
        is_item.then(String::new)
    });
    for id in case.new.ids() {
        let items = case.new.items(id);
        for pair in items.windows(2) {
            let (first, second) = (case.new.node(pair[0]), case.new.node(pair[1]));
            texts.push(replaced(&case.right, first.start..second.start, ""));
        }
        if let [only] = items {
            let node = case.new.node(*only);
            texts.push(replaced(&case.right, node.start..node.range.end, ""));
        }
    }
    spoilt(texts)
}

fn requoted(case: &Case) -> Vec<Mutant> {
    each_scalar(case, |_, value| {
        vec![
            value.to_owned(),
            format!("'{value}'"),
            format!("\"{value}\""),
        ]
    })
}

fn respelt(case: &Case) -> Vec<Mutant> {
    each_scalar(case, |style, value| {
        if style != ScalarStyle::Plain {
            return Vec::new();
        }
        if let Ok(number) = value.parse::<u64>() {
            return [
                format!("0o{number:o}"),
                format!("0{number:o}"),
                format!("0x{number:x}"),
                format!("{number}.0"),
                format!("+{number}"),
                format!("{number}e0"),
            ]
            .to_vec();
        }
        if value.parse::<f64>().is_ok() {
            return vec![format!("{value}0"), value.trim_end_matches('0').to_owned()];
        }
        match value {
            "true" => vec!["True".into(), "yes".into(), "on".into()],
            "false" => vec!["FALSE".into(), "no".into(), "off".into()],
            "null" | "~" => vec!["Null".into(), "~".into(), "null".into(), String::new()],
            _ => vec![value.to_uppercase()],
        }
    })
}

fn trailing(case: &Case) -> Vec<Mutant> {
    let more = [
        "\n---\nResources: {}\n",
        "\n---\n",
        "\n...\nmore",
        "\nExtra: x\n",
        "}",
        "]",
        "\n{}",
        "\nmore",
        ",",
        "\"",
        "\n# a comment\n",
        "\n",
        "\0",
        "\u{feff}",
    ];
    let behind = more.iter().map(|more| format!("{}{more}", case.right));
    let ends = (1..4).filter_map(|cut| {
        Some(
            case.right
                .get(..case.right.len().checked_sub(cut)?)?
                .to_owned(),
        )
    });
    spoilt(behind.chain(ends))
}

fn marks(case: &Case) -> Vec<Mutant> {
    let without = case.right.trim_start_matches('\u{feff}');
    spoilt([
        without.to_owned(),
        format!("\u{feff}{}", case.right),
        format!("\u{feff}\u{feff}{without}"),
    ])
}

fn line_endings(case: &Case) -> Vec<Mutant> {
    let bare = each_line(&case.right, |line| {
        Some(line.trim_end_matches(['\r', '\n']).to_owned())
    });
    let swapped = each_line(&case.right, |line| match line.strip_suffix("\r\n") {
        Some(line) => Some(format!("{line}\n")),
        None => Some(format!("{}\r\n", line.strip_suffix('\n')?)),
    });
    let doubled = each_line(&case.right, |line| Some(format!("{line}\n")));
    spoilt(bare.into_iter().chain(swapped).chain(doubled))
}

fn blanks(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        Some(line.replacen('\n', " \n", 1))
    }))
}

fn comments_reworded(case: &Case) -> Vec<Mutant> {
    let mut texts = Vec::new();
    for comment in case.new.comments() {
        let end = comment.start + case.right[comment.clone()].trim_end().len();
        texts.push(replaced(&case.right, comment.start..end, ""));
        texts.push(replaced(&case.right, end..end, "x"));
    }
    spoilt(texts)
}

/// Every character of the text deleted, and replaced.
pub(super) fn everywhere(case: &Case) -> Vec<Mutant> {
    let characters = case.right.char_indices();
    let texts = characters.flat_map(|(at, character)| {
        let range = at..at + character.len_utf8();
        ["", " ", "x", "#", ":"].map(|new| replaced(&case.right, range.clone(), new))
    });
    spoilt(texts)
}
