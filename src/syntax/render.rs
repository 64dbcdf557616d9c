//! New content as text, in the style of its surroundings.

use super::document::ScalarStyle;
use super::layout::Layout;
use crate::edit::Tree;

/// The block style: one key a line, below one another.
pub(super) struct Block<'a> {
    pub(super) indent: String,
    pub(super) layout: &'a Layout,
    pub(super) newline: &'static str,
    pub(super) quote: ScalarStyle,
}

impl Block<'_> {
    /// `key: value` with every line indented, without a final line ending.
    pub(super) fn entry(&self, key: &str, value: &Tree) -> String {
        let mut out = String::new();
        self.write_entry(&mut out, &self.indent, key, value);
        out
    }

    fn write_entry(&self, out: &mut String, indent: &str, key: &str, value: &Tree) {
        out.push_str(indent);
        out.push_str(&quoted(key, self.quote));
        out.push(':');
        match value {
            Tree::Scalar(text) => {
                out.push(' ');
                out.push_str(&quoted(text, value_style(text, self.quote)));
            }
            Tree::Sequence(items) if self.layout.flow_lists => {
                out.push(' ');
                out.push_str(&inline_list(items, self.quote));
            }
            Tree::Sequence(items) => {
                let indent = format!("{indent}{}", " ".repeat(self.layout.dash_offset));
                for item in items {
                    out.push_str(self.newline);
                    out.push_str(&indent);
                    out.push_str("- ");
                    out.push_str(&inline(item, self.quote));
                }
            }
            Tree::Mapping(entries) => {
                let indent = format!("{indent}{}", " ".repeat(self.layout.step));
                for (key, value) in entries {
                    out.push_str(self.newline);
                    self.write_entry(out, &indent, key, value);
                }
            }
        }
    }
}

/// The flow style: JSON, or YAML between braces.
pub(super) struct Flow<'a> {
    pub(super) quote: ScalarStyle,
    /// What stands between a key and its value, e.g. `: `.
    pub(super) colon: &'a str,
    /// What follows a comma on the same line: a space or nothing.
    pub(super) gap: &'a str,
    /// What stands inside the braces of a map on one line: a space or nothing.
    pub(super) padding: &'a str,
    /// Where every entry has its line: line ending, indentation of the entry, one more step.
    pub(super) lines: Option<Lines<'a>>,
}

/// The layout of a flow collection that has a line for each entry.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) newline: &'static str,
    pub(super) indent: &'a str,
    pub(super) step: &'a str,
    pub(super) expand_lists: bool,
}

impl Flow<'_> {
    /// `"key": value`, without a comma or leading white space.
    pub(super) fn entry(&self, key: &str, value: &Tree) -> String {
        self.entry_at(key, value, 0)
    }

    fn entry_at(&self, key: &str, value: &Tree, depth: usize) -> String {
        let value = self.value_at(value, depth);
        format!("{}{}{value}", quoted(key, self.quote), self.colon)
    }

    fn value_at(&self, value: &Tree, depth: usize) -> String {
        match value {
            Tree::Scalar(text) => quoted(text, value_style(text, self.quote)),
            Tree::Sequence(items) => {
                let items: Vec<String> = items
                    .iter()
                    .map(|item| self.value_at(item, depth + 1))
                    .collect();
                let lines = self.lines.filter(|lines| lines.expand_lists);
                self.enclose(('[', ']'), &items, lines, "", depth)
            }
            Tree::Mapping(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| self.entry_at(key, value, depth + 1))
                    .collect();
                self.enclose(('{', '}'), &entries, self.lines, self.padding, depth)
            }
        }
    }

    fn enclose(
        &self,
        (open, close): (char, char),
        parts: &[String],
        lines: Option<Lines<'_>>,
        padding: &str,
        depth: usize,
    ) -> String {
        let Some(lines) = lines else {
            let gap = format!(",{}", self.gap);
            return format!("{open}{padding}{}{padding}{close}", parts.join(&gap));
        };
        let outer = format!(
            "{}{}{}",
            lines.newline,
            lines.indent,
            lines.step.repeat(depth)
        );
        let inner = format!("{outer}{}", lines.step);
        let parts = parts.join(&format!(",{inner}"));
        format!("{open}{inner}{parts}{outer}{close}")
    }
}

/// `[a, b]`.
fn inline_list(items: &[Tree], quote: ScalarStyle) -> String {
    let items: Vec<String> = items.iter().map(|item| inline(item, quote)).collect();
    format!("[{}]", items.join(", "))
}

fn inline(value: &Tree, quote: ScalarStyle) -> String {
    match value {
        Tree::Scalar(text) => quoted(text, value_style(text, quote)),
        Tree::Sequence(items) => inline_list(items, quote),
        Tree::Mapping(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key, quote), inline(value, quote)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Plain text stays plain only where YAML cannot misread it.
fn value_style(text: &str, wanted: ScalarStyle) -> ScalarStyle {
    if wanted == ScalarStyle::Plain && !is_safe_plain(text) {
        ScalarStyle::DoubleQuoted
    } else {
        wanted
    }
}

/// Whether YAML reads the text, written plainly in any context, as that very string. What begins like
/// a number is quoted, because YAML 1.1 knows more numbers than one would think: `1_000`, `0x1F`,
/// `2026-01-31`.
pub(super) fn is_safe_plain(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '_'));
    let path = ["./", "../"].iter().any(|start| text.starts_with(start));
    let rest =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '+' | '$');
    let keyword = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    (first || path) && text.chars().all(rest) && !keyword
}

/// The text in a quoting style. Anything that is not quoted comes back as it is.
pub(super) fn quoted(text: &str, style: ScalarStyle) -> String {
    match style {
        ScalarStyle::SingleQuoted => format!("'{}'", text.replace('\'', "''")),
        ScalarStyle::DoubleQuoted => serde_json::Value::from(text).to_string(),
        _ => text.to_owned(),
    }
}
