//! What of a template counts for which resource.

use super::super::Branches;
use super::{alternatives, document, forms, shown, with};
use crate::template::Template;

#[test]
fn a_resource_is_there_only_under_its_condition() {
    let text = "
Parameters: {Stage: {Type: String, Default: prod}, Arch: {Type: String, AllowedValues: [x, y]}}
Conditions: {Prod: !Equals [!Ref Stage, prod], X: !Equals [!Ref Arch, x]}
Resources:
  F:
    Type: AWS::Lambda::Function
    Condition: Prod
    Properties: {A: !If [Prod, a, b], B: !If [X, x, y]}
  Layer:
    Type: AWS::Lambda::LayerVersion
    Condition: X
  Other: {Type: AWS::S3::Bucket, Condition: Prod}
";
    assert_eq!(forms(text), ["a x", "a y", "-"]);
    for json in alternatives(text).0 {
        let has_layer = json.pointer("/Resources/Layer").is_some();
        assert!(!has_layer || !shown(&json).contains('y'));
        assert!(json.pointer("/Resources/Other").is_some());
    }
}

#[test]
fn what_cannot_be_deployed_because_of_one_resource_is_tried_for_none() {
    let text = with(
        "
Parameters: {Stage: {Type: String}}
Mappings: {M: {dev: {v: 1}, prod: {v: 2}}}",
        &["!If [Prod, p, d]", "!Ref Stage"],
    ) + "
  G: {Type: AWS::Lambda::Function, Properties: {V: !FindInMap [M, !Ref Stage, v]}}
Conditions: {Prod: !Equals [!Ref Stage, prod]}
";
    assert_eq!(forms(&text), ["p prod", "d dev"]);
}

#[test]
fn globals_count_where_they_are_inherited() {
    let template = |attributes: &str| {
        format!(
            "
Globals: {{Function: {{A: !If [C, a, b]}}}}
Resources: {{F: {{{attributes}, Properties: {{}}}}}}
"
        )
    };
    let cases: &[(&str, &[&str])] = &[
        ("Type: AWS::Serverless::Function", &["a", "b"]),
        ("Type: AWS::Serverless::Function, IgnoreGlobals: '*'", &[""]),
        ("Type: AWS::Serverless::Function, IgnoreGlobals: [A]", &[""]),
        ("Type: AWS::Lambda::Function", &[""]),
    ];
    for (attributes, expected) in cases {
        let text = template(attributes);
        assert_eq!(forms(&text), *expected, "{attributes}");
        assert_eq!(alternatives(&text).0.len(), expected.len(), "{attributes}");
    }
}

#[test]
fn a_value_that_is_only_passed_on_is_seen_without_combinations() {
    let parameter = |name| format!("  {name}: {{Type: String, AllowedValues: [a, b, c]}}\n");
    let names = ["P", "Q", "R", "S", "T"];
    let mut sections = "Parameters:\n".to_owned();
    let mut others = String::new();
    sections.extend(names.map(parameter));
    sections.push_str("Conditions:\n");
    for name in names {
        sections.push_str(&format!("  Is{name}: !Equals [!Ref {name}, c]\n"));
        others.push_str(&format!(
            "  G{name}: {{Type: AWS::Lambda::Function, Properties: {{A: !If [Is{name}, y, n]}}}}\n"
        ));
    }
    let text = with(
        &sections,
        &names
            .map(|name| format!("!Ref {name}"))
            .each_ref()
            .map(|it| it.as_str()),
    );
    let (list, is_complete) = alternatives(&(text + &others));
    assert!(is_complete);
    let found: Vec<String> = list.iter().map(shown).collect();
    assert_eq!(found, ["a a a a a", "b b b b b", "c c c c c"]);
}

#[test]
fn an_alternative_means_something_after_an_edit() {
    let template = |default, allowed, mapped| {
        with(
            &format!(
                "
Parameters: {{Rt: {{Type: String, Default: {default}, AllowedValues: [{allowed}]}}}}
Conditions: {{Js: !Equals [!Ref Rt, nodejs22.x]}}
Mappings: {{M: {{go1.x: {{v: {mapped}}}, nodejs22.x: {{v: js}}, provided.al2023: {{v: al}}}}}}
"
            ),
            &["!Ref Rt", "!If [Js, js, go]"],
        )
    };
    let before = document(&template("go1.x", "go1.x, provided.al2, nodejs22.x", "go"));
    let after = document(&template(
        "provided.al2023",
        "provided.al2023, nodejs22.x",
        "al",
    ));
    let before = Template::read(&before, before.roots()[0]);
    let after = Template::read(&after, after.roots()[0]);
    let list = Branches::of(&before).list;
    let shown = |template: &Template<'_>| -> Vec<String> {
        let json = |it| template.effective(it, &[]).unwrap().json;
        list.iter().map(|it| shown(&json(it))).collect()
    };
    assert_eq!(
        shown(&before),
        ["go1.x go", "provided.al2 go", "nodejs22.x js"]
    );
    assert_eq!(
        shown(&after),
        ["provided.al2023 go", "provided.al2023 go", "nodejs22.x js"]
    );
}
