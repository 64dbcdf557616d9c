//! What holds for every template, tried on many that nobody wrote by hand.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use std::path::Path;

use lambdalift::edit::Edit;
use lambdalift::migrate::{Outcome, Status};
use proptest::prelude::*;
use proptest::sample::select;

/// One function, and the way it is written.
#[derive(Debug, Clone)]
struct Function {
    runtime: &'static str,
    quote: &'static str,
    comment: &'static str,
    /// Order in which the properties stand.
    order: usize,
    /// Whether the runtime comes from Globals.
    inherits: bool,
    architectures: &'static str,
    metadata: &'static str,
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Style {
    Block,
    FlowProperties,
    FlowResource,
}

#[derive(Debug, Clone)]
struct Template {
    functions: Vec<Function>,
    globals: &'static str,
    indent: usize,
    newline: &'static str,
    byte_order_mark: bool,
    final_newline: bool,
    marker: bool,
}

impl Template {
    fn text(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        if self.marker {
            lines.push("---".into());
        }
        lines.push("AWSTemplateFormatVersion: '2010-09-09'  # a template".into());
        lines.push("Transform: AWS::Serverless-2016-10-31".into());
        let step = " ".repeat(self.indent);
        if !self.globals.is_empty() {
            lines.push("Globals:".into());
            lines.push(format!("{step}Function:"));
            lines.push(format!("{step}{step}Runtime: {} # for all", self.globals));
        }
        lines.push(String::new());
        lines.push("Resources:".into());
        for (index, function) in self.functions.iter().enumerate() {
            function.write(index, &step, !self.globals.is_empty(), &mut lines);
        }
        let mut text = lines.join(self.newline);
        if self.final_newline {
            text.push_str(self.newline);
        }
        if self.byte_order_mark {
            text.insert(0, '\u{feff}');
        }
        text
    }
}

impl Function {
    fn properties(&self, index: usize, globals: bool) -> Vec<(String, String)> {
        let mut properties = vec![
            ("CodeUri".to_owned(), format!("./service{index}/")),
            ("Handler".to_owned(), format!("main{index}")),
        ];
        if !(self.inherits && globals) {
            let quote = self.quote;
            properties.push(("Runtime".into(), format!("{quote}{}{quote}", self.runtime)));
        }
        if !self.architectures.is_empty() {
            properties.push(("Architectures".into(), self.architectures.into()));
        }
        let turn = self.order % properties.len();
        properties.rotate_left(turn);
        properties
    }

    fn write(&self, index: usize, step: &str, globals: bool, lines: &mut Vec<String>) {
        let properties = self.properties(index, globals);
        let flow = |properties: &[(String, String)]| {
            let parts: Vec<String> = properties
                .iter()
                .map(|(key, value)| format!("{key}: {value}"))
                .collect();
            format!("{{{}}}", parts.join(", "))
        };
        if self.style == Style::FlowResource {
            let body = flow(&properties);
            lines.push(format!(
                "{step}F{index}: {{Type: AWS::Serverless::Function, Properties: {body}}} {}",
                self.comment
            ));
            return;
        }
        lines.push(format!("{step}F{index}: {}", self.comment));
        lines.push(format!("{step}{step}Type: AWS::Serverless::Function"));
        if !self.metadata.is_empty() {
            lines.push(format!("{step}{step}Metadata: {}", self.metadata));
        }
        if self.style == Style::FlowProperties {
            lines.push(format!("{step}{step}Properties: {}", flow(&properties)));
            return;
        }
        lines.push(format!("{step}{step}Properties:"));
        for (key, value) in properties {
            lines.push(format!("{step}{step}{step}{key}: {value} {}", self.comment));
        }
        lines.push(String::new());
    }
}

fn function() -> impl Strategy<Value = Function> {
    (
        select(vec![
            "go1.x",
            "go1.x",
            "provided",
            "provided.al2",
            "provided.al2023",
            "nodejs22.x",
        ]),
        select(vec!["", "'", "\""]),
        select(vec!["", "# go1.x was here", "# naïve: [x] {y}"]),
        0..8usize,
        any::<bool>(),
        select(vec![
            "",
            "",
            "[x86_64]",
            "[ 'x86_64' ]",
            "[arm64]",
            "[x86_64, arm64]",
        ]),
        select(vec![
            "",
            "",
            "{BuildMethod: go1.x}",
            "{SkipBuild: true}",
            "{Owner: 'a, b'}",
        ]),
        select(vec![
            Style::Block,
            Style::Block,
            Style::FlowProperties,
            Style::FlowResource,
        ]),
    )
        .prop_map(
            |(runtime, quote, comment, order, inherits, architectures, metadata, style)| Function {
                runtime,
                quote,
                comment,
                order,
                inherits,
                architectures,
                metadata,
                style,
            },
        )
}

fn template() -> impl Strategy<Value = Template> {
    (
        prop::collection::vec(function(), 1..6),
        select(vec!["", "go1.x", "provided.al2", "\"go1.x\""]),
        1..5usize,
        select(vec!["\n", "\r\n"]),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(functions, globals, indent, newline, byte_order_mark, final_newline, marker)| {
                Template {
                    functions,
                    globals,
                    indent,
                    newline,
                    byte_order_mark,
                    final_newline,
                    marker,
                }
            },
        )
}

fn migrate_text(text: &str) -> Outcome {
    support::migrate(Path::new("template.yaml"), text.as_bytes().to_vec())
}

/// The text that the edits of the findings make: nothing else may have changed.
fn edited(outcome: &Outcome) -> String {
    let mut edits: Vec<&Edit> = Vec::new();
    for edit in outcome
        .findings
        .iter()
        .filter_map(|it| it.fix.as_ref())
        .flat_map(|fix| &fix.edits)
    {
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    edits.sort_by_key(|edit| (edit.range().start, edit.range().end));
    let mut text = outcome.source.text().to_owned();
    for edit in edits.into_iter().rev() {
        text.replace_range(edit.range(), edit.content());
    }
    text
}

/// A line with its comment cut off: comments must survive, wherever they stand.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.split_once(" #").map(|(_, comment)| comment.trim()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn a_migration_is_proved_whole_and_final(template in template()) {
        let text = template.text();
        let outcome = migrate_text(&text);
        prop_assert_eq!(outcome.status, Status::Examined, "{}", text);
        let Some(output) = &outcome.new_text() else { return Ok(()) };
        prop_assert_eq!(comments(output), comments(&text), "{}\n->\n{}", text, output);
        prop_assert_eq!(output.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
        prop_assert_eq!(output.ends_with('\n'), text.ends_with('\n'));
        let bare = output.replace("\r\n", "").contains('\n');
        prop_assert!(template.newline == "\n" || !bare, "mixed line endings:\n{}", output);
        prop_assert_eq!(&edited(&outcome).len(), &output.len(), "{}\n->\n{}", text, output);
        let again = migrate_text(output);
        prop_assert_eq!(&again.output, &None, "a second run changes\n{}", output);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(go1\\.x|AWS::Serverless::Function|Resources|Type|Runtime|Properties|[:{}\\[\\]&*!|>#'\"?\\-\n\r ,~<]|[a-z]){0,80}") {
        let _ = migrate_text(&text);
    }
}
