#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::HashMap;

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
        let effective = template.effective(branches, &HashMap::new());
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

#[test]
fn conditions_follow_from_what_they_depend_on() {
    // Parameters, conditions, values, the forms of the function.
    let cases: &[(&str, &str, &[&str], &[&str])] = &[
        (
            "Stage: {Type: String, Default: dev}",
            "{Prod: !Equals [!Ref Stage, prod], Dev: !Not [!Condition Prod]}",
            &["!If [Prod, p, '-p']", "!If [Dev, d, '-d']"],
            &["-p d", "p -d"],
        ),
        (
            "Stage: {Type: String, AllowedValues: [dev, test, prod]}",
            "{Prod: !Equals [prod, !Ref Stage], Test: !Equals [!Ref Stage, test]}",
            &["!If [Prod, p, !If [Test, t, d]]"],
            &["d", "t", "p"],
        ),
        (
            "{}",
            "{Always: !Equals [a, a], Never: !Not [!Condition Always]}",
            &["!If [Always, y, n]", "!If [Never, y, n]"],
            &["y n"],
        ),
        (
            "{A: {Type: String, Default: x}, B: {Type: String, Default: x}}",
            "{C: !And [!Equals [!Ref A, y], !Equals [!Ref B, y]], D: !Or [!Equals [!Ref A, y], !Equals [!Ref B, y]]}",
            &["!If [C, c, '-c']", "!If [D, d, '-d']"],
            &["-c -d", "-c d", "c d"],
        ),
        (
            "{A: {Type: String, Default: x}, B: {Type: String, Default: y}}",
            "{Same: !Equals [!Ref A, !Ref B]}",
            &["!If [Same, y, n]"],
            &["n", "y"],
        ),
        (
            "{A: {Type: String}, B: {Type: String}}",
            "{Same: !Equals [!Ref A, !Ref B], Self: !Equals [!Ref A, !Ref A]}",
            &["!If [Same, y, n]", "!If [Self, y, n]"],
            &["y y", "n y"],
        ),
        (
            "Subnets: {Type: CommaDelimitedList, Default: ''}",
            "{HasNone: !Equals [!Join ['', !Ref Subnets], '']}",
            &["!If [HasNone, none, !Ref Subnets]"],
            &["none", "{Ref:Subnets}"],
        ),
        (
            "{}",
            "{China: !Equals [!Sub '${AWS::Partition}', aws-cn], Gov: !Equals [!Ref 'AWS::Partition', aws-us-gov]}",
            &["!If [China, cn, !If [Gov, gov, aws]]"],
            &["cn", "gov", "aws"],
        ),
        (
            "Stage: {Type: String, Default: dev}",
            "{Prod: !Equals [!Sub 'app-${Stage}', app-prod], Also: !Equals [!Ref Stage, prod]}",
            &["!If [Prod, p, d]", "!If [Also, p, d]", "!Ref Stage"],
            &["d d dev", "p p prod", "d d {Ref:Stage}"],
        ),
        (
            "Stage: {Type: String, Default: dev}",
            "{Prod: !Equals [!Select [0, !Split ['-', !Ref Stage]], prod], Test: !Equals [!Select [0, !Split ['-', !Ref Stage]], test]}",
            &["!If [Prod, p, !If [Test, t, d]]"],
            &["p", "t", "d"],
        ),
        (
            "{}",
            "{A: !Not [!Condition B], B: !Not [!Condition A]}",
            &["!If [A, a, '-a']", "!If [B, b, '-b']"],
            &["a -b", "-a b"],
        ),
        (
            "{}",
            "{Known: !Condition Missing}",
            &["!If [Known, y, n]", "!If [Missing, y, n]"],
            &["y y", "n n"],
        ),
    ];
    for (parameters, conditions, values, expected) in cases {
        let sections = format!("Parameters:\n  {parameters}\nConditions:\n  {conditions}");
        assert_eq!(forms(&with(&sections, values)), *expected, "{conditions}");
    }
}

#[test]
fn parameters_have_what_the_template_allows_or_knows() {
    // The parameter, a text that it is compared with, what a reference to it comes to.
    let cases: &[(&str, &str, &[&str])] = &[
        ("{Type: String}", "a", &["= a", "# {Ref:P}"]),
        (
            "{Type: String, Default: b}",
            "a",
            &["# b", "= a", "# {Ref:P}"],
        ),
        ("{Type: String, Default: a}", "a", &["= a", "# {Ref:P}"]),
        (
            "{Type: String, AllowedValues: [b, a]}",
            "a",
            &["# b", "= a"],
        ),
        (
            "{Type: String, Default: a, AllowedValues: [b, a]}",
            "a",
            &["= a", "# b"],
        ),
        (
            "{Type: String, AllowedValues: [b, c]}",
            "a",
            &["# b", "# c"],
        ),
        (
            "{Type: Number, Default: 0, AllowedValues: [0, 1]}",
            "'1'",
            &["# 0", "= 1"],
        ),
        (
            "{Type: String, Default: true}",
            "'true'",
            &["= true", "# {Ref:P}"],
        ),
        (
            "{Type: CommaDelimitedList, Default: 'x, y'}",
            "a",
            &["# [x,y]", "= [a]", "# {Ref:P}"],
        ),
        (
            "{Type: List<Number>, Default: '1,2'}",
            "a",
            &["# [1,2]", "= [a]", "# {Ref:P}"],
        ),
        ("{Type: 'AWS::EC2::VPC::Id'}", "''", &["= ", "# {Ref:P}"]),
        (
            "{Type: 'AWS::SSM::Parameter::Name', Default: /n}",
            "/n",
            &["= /n", "# {Ref:P}"],
        ),
        // The template knows only where the value is stored.
        (
            "{Type: 'AWS::SSM::Parameter::Value<String>', Default: /n, AllowedValues: [/n]}",
            "a",
            &["= {Ref:P}", "# {Ref:P}"],
        ),
    ];
    for (parameter, text, expected) in cases {
        let sections =
            format!("Parameters: {{P: {parameter}}}\nConditions: {{C: !Equals [!Ref P, {text}]}}");
        let found = forms(&with(&sections, &["!If [C, '=', '#']", "!Ref P"]));
        assert_eq!(found, *expected, "{parameter}");
    }
    let pseudo = "Conditions: {C: !Equals [!Ref 'AWS::Region', eu-west-1]}";
    let found = forms(&with(pseudo, &["!If [C, '=', '#']", "!Ref AWS::Region"]));
    assert_eq!(found, ["= eu-west-1", "# {Ref:AWS::Region}"]);
}

#[test]
fn lookups_take_the_row_of_their_key() {
    let sections = "
Parameters:
  Stage: {Type: String, Default: dev}
  Size: {Type: String, AllowedValues: [small, none]}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Wide: !Equals [!FindInMap [A, !Ref Stage, v], a-prod]
Mappings:
  A: {dev: {v: a-dev}, prod: {v: a-prod, w: b-prod}}
  B: {prod: {v: b-prod}, dev: {v: b-dev}}
  Sizes: {small: {v: '1'}}
  Arch: {eu: {x: 1, y: 2}}
";
    let cases: &[(&[&str], &[&str])] = &[
        (
            &[
                "!FindInMap [A, !Ref Stage, v]",
                "!FindInMap [B, !Ref Stage, v]",
            ],
            &["a-dev b-dev", "a-prod b-prod"],
        ),
        (
            &[
                "!FindInMap [A, !Ref Stage, v]",
                "!If [Prod, p, d]",
                "!Ref Stage",
            ],
            &["a-dev d dev", "a-prod p prod"],
        ),
        (&["!If [Wide, w, n]", "!Ref Stage"], &["n dev", "w prod"]),
        (
            &["!FindInMap [A, !Ref Stage, v, {DefaultValue: none}]"],
            &["a-dev", "a-prod", "none"],
        ),
        (
            &["!FindInMap [A, !Ref Stage, w, DefaultValue: none]"],
            &["none", "b-prod"],
        ),
        (
            &["!FindInMap [A, dev, none, DefaultValue: !If [Prod, p, d]]"],
            &["d", "p"],
        ),
        (&["!FindInMap [A, dev, v, DefaultValue: none]"], &["a-dev"]),
        (&["!FindInMap [Sizes, !Ref Size, v]"], &["1"]),
        (
            &["!FindInMap [Sizes, !Ref Size, v, DefaultValue: no]"],
            &["1", "no"],
        ),
        (
            &[
                "!FindInMap [Arch, eu, !ImportValue k]",
                "!FindInMap [Arch, eu, !ImportValue k]",
            ],
            &["1 1", "2 2"],
        ),
        (
            &["!FindInMap [!If [Prod, A, B], !Ref Stage, v]"],
            &["b-dev", "a-prod"],
        ),
        (
            &["!FindInMap [!Sub '${Letter}', dev, v]"],
            &[
                "a-dev",
                "b-dev",
                "{Fn::FindInMap:[{Fn::Sub:${Letter}},dev,v]}",
            ],
        ),
        (
            &["!FindInMap [A, !FindInMap [Keys, k, v], v]"],
            &["{Fn::FindInMap:[A,{Fn::FindInMap:[Keys,k,v]},v]}"],
        ),
        (
            &["!FindInMap [Gone, a, v]"],
            &["{Fn::FindInMap:[Gone,a,v]}"],
        ),
        (
            &["!FindInMap [A, gone, v]"],
            &["{Fn::FindInMap:[A,gone,v]}"],
        ),
    ];
    for (values, expected) in cases {
        assert_eq!(forms(&with(sections, values)), *expected, "{values:?}");
    }
}

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
fn loops_run_over_their_collection() {
    let text = "
Mappings: {M: {a: {v: 1}, b: {v: 2}, c: {v: 3}}, N: {a-x: {v: 4}, b-x: {v: 5}}}
Resources:
  Fn::ForEach::Each:
    - Key
    - [a, b]
    - F:
        Type: AWS::Lambda::Function
        Properties: {A: !FindInMap [M, !Ref Key, v], B: !FindInMap [N, '${Key}-x', v], C: !Ref Key}
";
    assert_eq!(forms(text), ["1 4 {Ref:Key}", "2 5 {Ref:Key}"]);
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
        let json = |it| template.effective(it, &HashMap::new()).unwrap().json;
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
