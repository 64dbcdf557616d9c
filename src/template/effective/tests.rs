#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};

use super::{Branches, TooLarge};
use crate::migrate::ProgramFacts;
use crate::source::SourceFile;
use crate::syntax::{Limits, parse};
use crate::template::Template;

/// The alternatives of a template, without repetition.
fn alternatives(text: &str) -> Result<Vec<Value>, TooLarge> {
    let source = SourceFile::new("template.yaml", text.to_owned());
    let document = parse(source, Limits::default()).unwrap();
    let template = Template::read(&document, document.roots()[0]);
    let mut found = Vec::new();
    for branches in Branches::of(&template).list {
        let json = template.effective(&branches, &[])?.json;
        if !found.contains(&json) {
            found.push(json);
        }
    }
    Ok(found)
}

/// The properties of the resource `F` in every alternative.
fn properties(text: &str) -> Vec<Value> {
    let found = alternatives(text).unwrap();
    let of_function = |json: &Value| json.pointer("/Resources/F/Properties").cloned();
    found
        .iter()
        .map(|json| of_function(json).unwrap())
        .collect()
}

#[test]
fn globals_are_merged_as_sam_does() {
    let found = properties(
        "
Globals:
  Function:
    Runtime: go1.x
    Timeout: 3
    Layers: [a]
    Architectures: [x86_64]
    Tags: {team: data, stage: dev}
    Environment: {Variables: {A: '1', B: !Ref Secret}}
    VpcConfig: !Ref Vpc
Resources:
  F:
    Type: AWS::Serverless::Function
    IgnoreGlobals: [Timeout]
    Properties:
      Layers: [b]
      Architectures: [arm64]
      Tags: {stage: prod}
      Environment: {Variables: {B: two}}
      VpcConfig: {SubnetIds: []}
",
    );
    let expected = json!({
        "Runtime": "go1.x",
        "Layers": ["a", "b"],
        "Architectures": ["arm64"],
        "Tags": {"team": "data", "stage": "prod"},
        "Environment": {"Variables": {"A": "1", "B": "two"}},
        "VpcConfig": {"SubnetIds": []},
    });
    assert_eq!(found, [expected]);
}

#[test]
fn what_the_template_itself_says_is_filled_in() {
    let cases = [
        ("!Ref Runtime", json!("go1.x")),
        ("!Ref Stored", json!({"Ref": "Stored"})),
        ("!Ref Unset", json!({"Ref": "Unset"})),
        ("!Ref Zones", json!(["eu-1a", "eu-1b"])),
        ("!Sub 'app-${Stage}'", json!("app-dev")),
        (
            "!Sub 'app-${AWS::Region}'",
            json!({"Fn::Sub": "app-${AWS::Region}"}),
        ),
        ("!FindInMap [Sizes, dev, Memory]", json!(128)),
        ("!GetAtt Table.Arn", json!({"Fn::GetAtt": "Table.Arn"})),
        ("{Fn::FindInMap: [Sizes, !Ref Stage, Memory]}", json!(128)),
        ("012345678901", json!("012345678901")),
        ("'12'", json!("12")),
        ("1.5", json!(1.5)),
        ("99999999999999999999999999", json!(1e26)),
        ("on", json!("on")),
        ("~", json!(null)),
        ("!!str 12", json!("12")),
    ];
    for (written, expected) in cases {
        let found = properties(&format!(
            "
Parameters:
  Runtime: {{Type: String, Default: go1.x}}
  Stage: {{Type: String, Default: dev}}
  Unset: {{Type: String}}
  Zones: {{Type: CommaDelimitedList, Default: 'eu-1a, eu-1b'}}
  Stored: {{Type: 'AWS::SSM::Parameter::Value<String>', Default: /runtime}}
Mappings:
  Sizes:
    dev: {{Memory: 128}}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Value: {written}
"
        ));
        assert_eq!(found, [json!({"Value": expected})], "{written}");
    }
}

#[test]
fn every_branch_and_row_has_its_alternative() {
    let found = properties(
        "
Parameters:
  Stage: {Type: String}
Mappings:
  Stages:
    dev: {Arch: arm64}
    prod: {Arch: x86_64}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: !If [New, provided.al2023, go1.x]
      Handler: !If [New, bootstrap, !Ref AWS::NoValue]
      Architectures: [!FindInMap [Stages, !Ref Stage, Arch]]
",
    );
    let new = |arch| json!({"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": [arch]});
    let old = |arch| json!({"Runtime": "go1.x", "Architectures": [arch]});
    assert_eq!(
        found,
        [new("arm64"), new("x86_64"), old("arm64"), old("x86_64")]
    );
}

#[test]
fn only_functions_and_layers_are_filled_in() {
    let found = alternatives(
        "
Parameters:
  Name: {Type: String, Default: x}
Resources:
  Base: &base
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Ref Name}
  Copy:
    <<: *base
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {LayerName: !Ref Name}
  Fn::ForEach::Each:
    - Key
    - [a, b]
    - '${Key}Function':
        Type: AWS::Serverless::Function
        Properties: {Handler: !Sub '${Key}', Name: !Ref Name}
",
    );
    let bucket = json!({"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}});
    let expected = json!({
        "Parameters": {"Name": {"Type": "String", "Default": "x"}},
        "Resources": {
            "Base": bucket,
            "Copy": bucket,
            "Layer": {"Type": "AWS::Serverless::LayerVersion", "Properties": {"LayerName": "x"}},
            "${Key}Function": {
                "Type": "AWS::Serverless::Function",
                "Properties": {"Handler": {"Fn::Sub": "${Key}"}, "Name": "x"},
            },
        },
    });
    assert_eq!(found.unwrap(), [expected]);
}

#[test]
fn places_lead_back_to_the_text() {
    let text = "
Globals:
  Function:
    Runtime: go1.x
    Layers: [first]
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Layers: [second]
";
    let document = parse(
        SourceFile::new("t.yaml", text.to_owned()),
        Limits::default(),
    )
    .unwrap();
    let template = Template::read(&document, document.roots()[0]);
    let facts = ProgramFacts {
        go: true,
        built_from_source: true,
        may_be_retired: false,
    };
    let branches = Branches::of(&template).list.remove(0);
    let effective = template.effective(&branches, &[facts]).unwrap();
    let described = json!({"Lambdalift": {"Language": "Go", "BuiltFromSource": true}});
    assert_eq!(effective.json["Resources"]["F"]["Metadata"], described);
    let cases = [
        ("/Resources/F/Properties/Runtime", "go1.x"),
        ("/Resources/F/Properties/Layers/0", "first"),
        ("/Resources/F/Properties/Layers/1", "second"),
        ("/Resources/F/Properties/Architectures/0", "Properties"),
        ("/Resources/F/Type", "AWS::Serverless::Function"),
        ("/Resources/F/Missing", "F"),
        ("", ""),
    ];
    for (path, expected) in cases {
        assert_eq!(&text[effective.place(path)], expected, "{path}");
    }
}

#[test]
fn aliases_within_aliases_have_an_end() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..6 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    text.push_str("Resources: {F: {Type: AWS::Lambda::Function}}\n");
    assert_eq!(alternatives(&text), Err(TooLarge::Nodes));
}
