#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod conditions;
mod limits;
mod lookups;
mod resources;

use serde_json::Value;

use super::{Alternatives, Branches};
use crate::source::SourceFile;
use crate::syntax::{Document, Limits, parse};
use crate::template::Template;

fn document(text: &str) -> Document {
    let source = SourceFile::new("template.yaml", text.to_owned());
    parse(source, Limits::default()).unwrap()
}

/// The effective templates of all alternatives, and whether these are complete.
fn alternatives(text: &str) -> (Vec<Value>, bool) {
    let document = document(text);
    let template = Template::read(&document, document.roots()[0]);
    let Alternatives { list, is_complete } = Branches::of(&template);
    let effective = list.iter().map(|branches| {
        let effective = template.effective(branches, &[]);
        effective.unwrap().json
    });
    (effective.collect(), is_complete)
}

/// What the properties of `F` are in each alternative, in the order of their names; `-` without it.
fn shown(json: &Value) -> String {
    let Some(properties) = json.pointer("/Resources/F/Properties") else {
        return "-".to_owned();
    };
    let texts = properties.as_object().unwrap().values().map(|value| {
        let text = value.as_str().map(str::to_owned);
        text.unwrap_or_else(|| value.to_string().replace('"', ""))
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// The forms of `F`, without repetition.
fn forms(text: &str) -> Vec<String> {
    let (list, is_complete) = alternatives(text);
    assert!(is_complete, "{text}");
    let mut forms: Vec<String> = Vec::new();
    for form in list.iter().map(shown) {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// A template whose function has these values as properties.
fn with(sections: &str, values: &[&str]) -> String {
    let mut text = format!("{sections}\nResources:\n  F:\n    Type: AWS::Lambda::Function\n");
    text.push_str("    Properties:\n");
    for (at, value) in values.iter().enumerate() {
        text.push_str(&format!("      P{at}: {value}\n"));
    }
    text
}
