//! How many alternatives there are, and what they cost.

use serde_json::Value;

use super::super::{Alternatives, Branches};
use super::{alternatives, document, forms};
use crate::template::Template;

/// A template with many functions that differ in every condition and row.
fn wide(functions: usize, conditions: usize, rows: usize) -> String {
    let mut text = "Parameters:\n  Key: {Type: String, Default: k0}\n".to_owned();
    for at in 0..conditions {
        text.push_str(&format!(
            "  P{at}: {{Type: String, AllowedValues: [n, y]}}\n"
        ));
    }
    text.push_str("Conditions:\n");
    for at in 0..conditions {
        text.push_str(&format!("  C{at}: !Equals [!Ref P{at}, y]\n"));
    }
    text.push_str("Mappings:\n  M:\n");
    for at in 0..rows {
        text.push_str(&format!("    k{at}: {{v: row-{at}-}}\n"));
    }
    text.push_str("Resources:\n");
    for function in 0..functions {
        text.push_str(&format!(
            "  F{function}:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        ));
        if rows > 0 {
            text.push_str("      Row: !FindInMap [M, !Ref Key, v]\n");
        }
        for at in 0..conditions {
            text.push_str(&format!("      P{at}: !If [C{at}, yes-{at}-, no-{at}-]\n"));
        }
    }
    text
}

#[test]
fn alternatives_are_as_many_as_one_resource_needs() {
    // Functions, conditions, rows; how many alternatives at most, and whether these are all.
    let cases = [
        (1, 5, 0, 32, true),
        (20, 5, 0, 32, true),
        (20, 1, 30, 60, true),
        (20, 8, 30, 60, false),
        (1, 20, 0, 20, false),
        (1, 0, 64, 64, true),
        (1, 0, 65, 65, false),
    ];
    for (functions, conditions, rows, most, all) in cases {
        let (list, is_complete) = alternatives(&wide(functions, conditions, rows));
        let name = format!("{functions} functions, {conditions} conditions, {rows} rows");
        assert_eq!(is_complete, all, "{name}");
        assert!(list.len() <= most, "{name}: {}", list.len());
        let json = serde_json::to_string(&list).unwrap();
        for at in 0..conditions {
            for it in ["yes", "no"] {
                assert!(json.contains(&format!("{it}-{at}-")), "{name}: {it} {at}");
            }
        }
        for at in 0..rows {
            assert!(json.contains(&format!("row-{at}-")), "{name}: row {at}");
        }
    }
}

#[test]
fn there_is_an_absolute_limit() {
    let document = document(&wide(1, 0, 600));
    let template = Template::read(&document, document.roots()[0]);
    let Alternatives { list, is_complete } = Branches::of(&template);
    assert_eq!((list.len(), is_complete), (512, false));
}

#[test]
fn five_conditions_are_tried_in_every_combination() {
    let (list, _) = alternatives(&wide(1, 5, 0));
    let mut found: Vec<String> = list.iter().map(Value::to_string).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), 32);
}

#[test]
fn hostile_expressions_have_an_end() {
    let chain = |mut text: String, define: &dyn Fn(usize) -> String, last: &str| {
        for at in 0..5_000 {
            text.push_str(&define(at));
        }
        text + last
    };
    let resource =
        "Resources: {F: {Type: AWS::Lambda::Function, Properties: {A: !If [C0, a, b]}}}\n";
    let next = |at: usize| format!("  C{at}: !Not [!Condition C{}]\n", at + 1);
    let twice = |at: usize| format!("  C{at}: !And [!Condition C{0}, !Condition C{0}]\n", at + 1);
    let through = |at: usize| format!("  C{at}: !Equals [!If [C{}, a, b], a]\n", at + 1);
    let defines: [&dyn Fn(usize) -> String; 3] = [&next, &twice, &through];
    for define in defines {
        let text = chain("Conditions:\n".to_owned(), define, resource);
        assert_eq!(forms(&text).len(), 2);
    }
    let mut text = "Mappings: {M: {x: {x: x}}}\na0: &a0 !Ref K\n".to_owned();
    for at in 1..12 {
        text.push_str(&format!(
            "a{at}: &a{at} !FindInMap [M, *a{0}, *a{0}]\n",
            at - 1
        ));
    }
    let text = text + "Resources: {F: {Type: AWS::Lambda::Function, Properties: {A: *a11}}}\n";
    assert!(!alternatives(&text).0.is_empty());
    let mut text = "Conditions:\n  X0: &a0 !Equals [!Ref AWS::Region, a]\n".to_owned();
    for at in 1..12 {
        text.push_str(&format!("  X{at}: &a{at} !And [*a{0}, *a{0}]\n", at - 1));
    }
    let text = text.replace("X11", "C0") + resource;
    assert_eq!(forms(&text).len(), 2);
}
