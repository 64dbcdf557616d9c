//! What can happen to the text that was written.

use super::super::Case;
use super::{INDENTATIONS, Mutant, each_line};
use crate::syntax::{Document, Kind, NodeId, ScalarStyle};

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

pub(super) fn changed_too(case: &Case) -> Vec<Mutant> {
    each_scalar(case, |style, value| match style {
        ScalarStyle::Plain => vec![format!("{value}x"), format!("x{value}")],
        ScalarStyle::DoubleQuoted => vec![format!("\"{value}x\"")],
        ScalarStyle::SingleQuoted => vec![format!("'{value}x'")],
        _ => vec![format!("{value}x")],
    })
}

pub(super) fn lines_dropped(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |_| Some(String::new())))
}

pub(super) fn lines_twice(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| Some(line.repeat(2))))
}

pub(super) fn lines_swapped(case: &Case) -> Vec<Mutant> {
    let lines: Vec<&str> = case.right.split_inclusive('\n').collect();
    let mut texts = Vec::new();
    for at in 1..lines.len() {
        let mut swapped = lines.clone();
        swapped.swap(at, at - 1);
        texts.push(swapped.concat());
    }
    spoilt(texts)
}

pub(super) fn line_indentation(case: &Case) -> Vec<Mutant> {
    spoilt(
        INDENTATIONS
            .iter()
            .flat_map(|change| each_line(&case.right, change)),
    )
}

pub(super) fn keys_twice(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        let (key, _) = line.split_once(": ")?;
        Some(format!("{line}{key}: other\n"))
    }))
}

pub(super) fn comments_opened(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        Some(line.replacen('#', "", line.contains('#').into()))
    }))
}

pub(super) fn content_commented(case: &Case) -> Vec<Mutant> {
    let all = each_line(&case.right, |line| Some(format!("#{line}")));
    let values = each_line(&case.right, |line| Some(line.replacen(": ", ": # ", 1)));
    spoilt(all.into_iter().chain(values))
}

pub(super) fn properties_dropped(case: &Case) -> Vec<Mutant> {
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

pub(super) fn aliases_retargeted(case: &Case) -> Vec<Mutant> {
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

pub(super) fn items_dropped(case: &Case) -> Vec<Mutant> {
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

pub(super) fn requoted(case: &Case) -> Vec<Mutant> {
    each_scalar(case, |_, value| {
        vec![
            value.to_owned(),
            format!("'{value}'"),
            format!("\"{value}\""),
        ]
    })
}

pub(super) fn respelt(case: &Case) -> Vec<Mutant> {
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

pub(super) fn trailing(case: &Case) -> Vec<Mutant> {
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

pub(super) fn marks(case: &Case) -> Vec<Mutant> {
    let without = case.right.trim_start_matches('\u{feff}');
    spoilt([
        without.to_owned(),
        format!("\u{feff}{}", case.right),
        format!("\u{feff}\u{feff}{without}"),
    ])
}

pub(super) fn line_endings(case: &Case) -> Vec<Mutant> {
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

pub(super) fn blanks(case: &Case) -> Vec<Mutant> {
    spoilt(each_line(&case.right, |line| {
        Some(line.replacen('\n', " \n", 1))
    }))
}

pub(super) fn comments_reworded(case: &Case) -> Vec<Mutant> {
    let mut texts = Vec::new();
    for comment in case.new.comments() {
        let end = comment.start + case.right[comment.clone()].trim_end().len();
        texts.push(replaced(&case.right, comment.start..end, ""));
        texts.push(replaced(&case.right, end..end, "x"));
    }
    spoilt(texts)
}

/// Every character of the text deleted, and replaced.
pub(in super::super) fn everywhere(case: &Case) -> Vec<Mutant> {
    let characters = case.right.char_indices();
    let texts = characters.flat_map(|(at, character)| {
        let range = at..at + character.len_utf8();
        ["", " ", "x", "#", ":"].map(|new| replaced(&case.right, range.clone(), new))
    });
    spoilt(texts)
}
