//! Conditions and the parameters behind them.

use super::{forms, with};

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
