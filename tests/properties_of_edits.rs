//! The editor on documents that nobody wrote by hand: edits at random places, applied, read again by
//! an independent parser, equal the old document with the changes made. Seeds are fixed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "support/numbers.rs"]
mod numbers;

use lambdalift::edit::{Change, Edit, Splices, Tree};
use lambdalift::source::SourceFile;
use lambdalift::syntax::{Document, Editor, Limits, NodeId, Position, parse};
use lambdalift::verify::verify;
use numbers::Numbers;
use serde_yaml::Value;

/// A document without its layout.
#[derive(Debug, Clone, PartialEq)]
enum Model {
    Text(String),
    List(Vec<Model>),
    Map(Vec<(String, Model)>),
}

const TEXTS: [&str; 20] = [
    "go1.x",
    "main",
    "./a/b",
    "two words",
    "x-y",
    "naïve",
    "provided.al2",
    "${A}",
    "1.10",
    "yes",
    "",
    "a: b",
    "# none",
    "it's",
    "\"q\"",
    "- dash",
    "1_000",
    "2026-01-31",
    ".inf",
    "\\n",
];

fn model(numbers: &mut Numbers, depth: usize) -> Model {
    let count = 1 + numbers.below(4);
    match numbers.below(if depth > 3 { 3 } else { 6 }) {
        0..=2 => Model::Text(TEXTS[numbers.below(TEXTS.len())].to_owned()),
        3 => Model::List((0..count).map(|_| model(numbers, depth + 1)).collect()),
        _ => map(numbers, depth, count),
    }
}

fn map(numbers: &mut Numbers, depth: usize, count: usize) -> Model {
    let entry = |index| (format!("Key{index}"), model(numbers, depth + 1));
    Model::Map((0..count).map(entry).collect())
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    Block {
        step: usize,
        dash: usize,
        comments: bool,
    },
    Pretty,
    Minified,
}

struct Writer<'n> {
    numbers: &'n mut Numbers,
    style: Style,
    out: String,
}

impl Writer<'_> {
    fn write(&mut self, model: &Model) {
        match (self.style, model) {
            (Style::Block { .. }, Model::Map(entries)) => self.entries(entries, 0),
            (Style::Minified, _) => self.json(model, None),
            _ => self.json(model, Some(0)),
        }
    }

    fn scalar(&mut self, text: &str) {
        let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.')
            && !text.contains(": ")
            && !["yes", ".inf"].contains(&text);
        match self.numbers.below(3) {
            0 => self
                .out
                .push_str(&format!("'{}'", text.replace('\'', "''"))),
            1 if plain => self.out.push_str(text),
            _ => self.out.push_str(&serde_json::to_string(text).unwrap()),
        }
    }

    fn comment(&mut self) {
        let comments = matches!(self.style, Style::Block { comments: true, .. });
        if comments && self.numbers.below(4) == 0 {
            self.out.push_str(" # why: it's so");
        }
        self.out.push('\n');
    }

    /// Behind a key, or a dash, that stands in column `outer`, and whose line is still open.
    fn block(&mut self, model: &Model, outer: usize, is_item: bool) {
        let Style::Block { step, dash, .. } = self.style else {
            return;
        };
        match model {
            Model::Text(text) if !text.is_empty() && self.numbers.below(8) == 0 => {
                self.out.push_str(" |-\n");
                let lead = " ".repeat(outer + 1);
                self.out.push_str(&format!("{lead}{text}\n"));
            }
            Model::Text(text) => {
                self.out.push(' ');
                self.scalar(text);
                self.comment();
            }
            _ if self.numbers.below(4) == 0 => {
                self.out.push(' ');
                self.flow(model);
                self.comment();
            }
            Model::List(items) => {
                self.comment();
                for item in items {
                    let at = outer + if is_item { step } else { dash };
                    self.out.push_str(&format!("{}-", " ".repeat(at)));
                    self.block(item, at, true);
                }
            }
            Model::Map(entries) => {
                self.comment();
                self.entries(entries, outer + step);
            }
        }
    }

    fn entries(&mut self, entries: &[(String, Model)], indent: usize) {
        for (key, value) in entries {
            self.out.push_str(&format!("{}{key}:", " ".repeat(indent)));
            self.block(value, indent, false);
        }
    }

    fn flow(&mut self, model: &Model) {
        match model {
            Model::Text(text) => self.out.push_str(&serde_json::to_string(text).unwrap()),
            Model::List(items) => {
                self.out.push('[');
                for (index, item) in items.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    self.flow(item);
                }
                self.out.push(']');
            }
            Model::Map(entries) => {
                self.out.push('{');
                for (index, (key, value)) in entries.iter().enumerate() {
                    self.out.push_str(if index > 0 { ", " } else { "" });
                    self.out.push_str(&format!("{key}: "));
                    self.flow(value);
                }
                self.out.push('}');
            }
        }
    }

    fn json(&mut self, model: &Model, indent: Option<usize>) {
        let (parts, brackets): (Vec<(Option<&str>, &Model)>, _) = match model {
            Model::Text(text) => {
                self.out.push_str(&serde_json::to_string(text).unwrap());
                return;
            }
            Model::List(items) => (items.iter().map(|it| (None, it)).collect(), ["[", "]"]),
            Model::Map(entries) => {
                let parts = entries
                    .iter()
                    .map(|(key, value)| (Some(key.as_str()), value));
                (parts.collect(), ["{", "}"])
            }
        };
        let line = |indent: usize| format!("\n{}", " ".repeat(indent));
        self.out.push_str(brackets[0]);
        for (index, (key, value)) in parts.into_iter().enumerate() {
            self.out.push_str(if index > 0 { "," } else { "" });
            self.out
                .push_str(&indent.map_or(String::new(), |at| line(at + 2)));
            if let Some(key) = key {
                let colon = if indent.is_some() { ": " } else { ":" };
                self.out.push_str(&format!("\"{key}\"{colon}"));
            }
            self.json(value, indent.map(|at| at + 2));
        }
        self.out.push_str(&indent.map_or(String::new(), line));
        self.out.push_str(brackets[1]);
    }
}

fn text(numbers: &mut Numbers, model: &Model) -> String {
    let step = 1 + numbers.below(4);
    let style = match numbers.below(5) {
        0 => Style::Pretty,
        1 => Style::Minified,
        _ => Style::Block {
            step,
            dash: if numbers.below(2) == 0 { 0 } else { step },
            comments: numbers.below(2) == 0,
        },
    };
    let mut writer = Writer {
        numbers,
        style,
        out: String::new(),
    };
    writer.write(model);
    let mut text = writer.out;
    if numbers.below(2) == 0 {
        text.truncate(text.trim_end_matches('\n').len());
    }
    if numbers.below(2) == 0 {
        text = text.replace('\n', "\r\n");
    }
    if numbers.below(4) == 0 {
        text.insert(0, '\u{feff}');
    }
    text
}

fn document(text: &str) -> Document {
    parse(
        SourceFile::new("t.yaml", text.to_owned()),
        Limits::default(),
    )
    .unwrap_or_else(|(_, error)| unreachable!("{error}:\n{text}"))
}

/// Edits at random places; where the editor cannot make one, none.
fn edits(numbers: &mut Numbers, document: &Document) -> Vec<Edit> {
    let editor = Editor::new(document);
    let ids: Vec<NodeId> = document.ids().collect();
    let mut edits = Vec::new();
    for _ in 0..1 + numbers.below(4) {
        let id = ids[numbers.below(ids.len())];
        let text = TEXTS[numbers.below(TEXTS.len())];
        let count = document.entries(id).len();
        let (keys, items) = (document.is_mapping(id), document.items(id).len());
        if items > 0 {
            let last = numbers.below(items);
            let first = last.saturating_sub(numbers.below(2));
            let indices: Vec<usize> = (first..=last).collect();
            edits.extend(editor.remove_items(id, &indices).unwrap_or_default());
        } else if keys {
            let at = numbers.below(count);
            let position = match numbers.below(2) {
                0 => Position::Before(at),
                _ => Position::After(at),
            };
            let value = tree(numbers, text);
            let key = format!("New{}", numbers.next());
            edits.extend(editor.insert_entry(id, position, &key, &value).ok());
        } else if !is_key(document, id) {
            edits.extend(editor.set_value(id, text).ok());
        }
    }
    edits
}

fn is_key(document: &Document, id: NodeId) -> bool {
    let parent = document.node(id).parent;
    parent.is_some_and(|it| document.entries(it).iter().any(|entry| entry.key == id))
}

fn tree(numbers: &mut Numbers, text: &str) -> Tree {
    match numbers.below(3) {
        0 => Tree::scalar(text),
        1 => Tree::list_of(text),
        _ => Tree::Mapping(vec![
            ("One".into(), Tree::scalar(text)),
            ("Two".into(), Tree::list_of("two")),
        ]),
    }
}

/// What the document comes to when the changes are made.
fn after(document: &Document, id: NodeId, changes: &[&Change]) -> Model {
    let set = changes.iter().find_map(|change| match change {
        Change::Set { node, value } if *node == id => Some(value),
        _ => None,
    });
    if let Some(value) = set.map(String::as_str).or(document.scalar(id)) {
        return Model::Text(value.to_owned());
    }
    if document.is_sequence(id) {
        let removed = |at| {
            let change = Change::Remove {
                sequence: id,
                index: at,
            };
            changes.contains(&&change)
        };
        let items = document.items(id).iter().enumerate();
        let kept = items.filter(|(at, _)| !removed(*at));
        return Model::List(
            kept.map(|(_, &item)| after(document, item, changes))
                .collect(),
        );
    }
    let mut entries = Vec::new();
    for at in 0..=document.entries(id).len() {
        for change in changes {
            if let Change::Insert {
                mapping,
                index,
                key,
                value,
            } = change
                && (*mapping, *index) == (id, at)
            {
                entries.push((key.clone(), of_tree(value)));
            }
        }
        if let Some(entry) = document.entries(id).get(at) {
            let key = document.scalar(entry.key).unwrap().to_owned();
            entries.push((key, after(document, entry.value, changes)));
        }
    }
    Model::Map(entries)
}

fn of_tree(tree: &Tree) -> Model {
    match tree {
        Tree::Scalar(text) => Model::Text(text.clone()),
        Tree::Sequence(items) => Model::List(items.iter().map(of_tree).collect()),
        Tree::Mapping(entries) => {
            let entries = entries.iter();
            Model::Map(
                entries
                    .map(|(key, value)| (key.clone(), of_tree(value)))
                    .collect(),
            )
        }
    }
}

/// The document as `serde_yaml` reads it; every scalar must be a string.
fn read(text: &str) -> Model {
    fn of(value: Value) -> Model {
        match value {
            Value::String(text) => Model::Text(text),
            Value::Sequence(items) => Model::List(items.into_iter().map(of).collect()),
            Value::Mapping(entries) => {
                let entry =
                    |(key, value): (Value, Value)| (key.as_str().unwrap().to_owned(), of(value));
                Model::Map(entries.into_iter().map(entry).collect())
            }
            other => unreachable!("{other:?} is no string"),
        }
    }
    let text = text.trim_start_matches('\u{feff}');
    of(serde_yaml::from_str(text).unwrap_or_else(|error| unreachable!("{error}:\n{text}")))
}

/// What the layout keeps, whatever is edited.
fn check_layout(old: &str, new: &str) {
    let marked = |text: &str| text.starts_with('\u{feff}');
    assert_eq!(marked(old), marked(new), "{old}\n->\n{new}");
    assert_eq!(old.ends_with('\n'), new.ends_with('\n'), "{old}\n->\n{new}");
    if old.contains("\r\n") {
        assert!(!new.replace("\r\n", "").contains('\n'), "{old}\n->\n{new}");
    }
    if !old.trim_end().contains('\n') && old.trim_start_matches('\u{feff}').starts_with('{') {
        assert!(!new.trim_end().contains('\n'), "{old}\n->\n{new}");
    }
}

#[test]
fn edits_come_to_the_old_document_with_the_changes_made() {
    let (mut made, mut refused) = (0, 0);
    for seed in 0..3_000 {
        let mut numbers = Numbers(seed);
        let count = 1 + numbers.below(5);
        let model = map(&mut numbers, 0, count);
        let mut text = text(&mut numbers, &model);
        assert_eq!(read(&text), model, "{text}");
        // Each round edits what the last has made: edits compose.
        for _ in 0..3 {
            let old = document(&text);
            let edits = edits(&mut numbers, &old);
            let Ok(splices) = Splices::merge(&edits) else {
                refused += 1;
                continue;
            };
            let twice = Splices::merge(edits.iter().chain(&edits)).unwrap();
            assert_eq!(twice.edits(), splices.edits(), "equal edits are one");
            let new = splices.apply(&text);
            let changes: Vec<&Change> = splices.edits().iter().map(Edit::change).collect();
            let expected = after(&old, old.roots()[0], &changes);
            assert_eq!(
                read(&new),
                expected,
                "seed {seed}: {changes:?}\n{text}\n->\n{new}"
            );
            let proof = verify(&old, &splices, &new, Limits::default());
            assert_eq!(proof, Ok(()), "seed {seed}: {changes:?}\n{text}\n->\n{new}");
            check_layout(&text, &new);
            made += changes.len();
            text = new;
        }
    }
    eprintln!("{made} edits made; {refused} times they overlapped");
    assert!(made > 5_000 && made > 10 * refused, "{made} {refused}");
}
