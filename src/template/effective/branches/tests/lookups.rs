//! Rows of mappings.

use super::{forms, with};

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
