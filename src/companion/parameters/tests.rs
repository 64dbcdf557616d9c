//! What is edited, what stays and what is refused, in files as people write them.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::path::{Path, PathBuf};

use super::*;

const CHANGES: [ParameterChange<'_>; 2] = [
    ParameterChange {
        name: "Runtime",
        from: "go1.x",
        to: "provided.al2023",
    },
    ParameterChange {
        name: "Handler",
        from: "main",
        to: "bootstrap",
    },
];

fn stack(path: &str, parameters: &[&str]) -> Stack {
    Stack {
        path: PathBuf::from(path),
        parameters: parameters.iter().map(|&it| it.to_owned()).collect(),
    }
}

fn ours() -> Stack {
    stack(
        "app/template.yaml",
        &["Runtime", "Handler", "Stage", "Names"],
    )
}

/// `Runtime` is a parameter of all three, so that keys alone settle nothing.
fn others() -> [Stack; 2] {
    [
        stack("app/api.yaml", &["Runtime", "Handler", "Stage", "Names"]),
        stack("app/net.yaml", &["Runtime", "Cidr"]),
    ]
}

/// The text without the marks, and with what they mark replaced.
fn unmarked(marked: &str) -> (String, String) {
    let old = marked.replace(['‹', '›'], "");
    let new = marked
        .replace("‹go1.x›", "provided.al2023")
        .replace("‹main›", "bootstrap");
    assert!(!new.contains('‹'), "an unknown mark in {marked}");
    (old, new)
}

fn check(file: &str, marked: &str, others: &[Stack]) {
    let path = Path::new(file);
    let (old, expected) = unmarked(marked);
    let edits = plan(path, &old, &CHANGES, &ours(), others);
    let edits = edits.unwrap_or_else(|refused| unreachable!("{file} {old}\n{refused:?}"));
    assert_eq!(apply(&old, &edits), expected, "{file}");
    assert_eq!(edits.len(), marked.matches('‹').count(), "{file} {old}");
    let again = plan(path, &expected, &CHANGES, &ours(), others).unwrap();
    assert_eq!(again, [], "a second time: {file} {expected}");
}

fn sections(body: &str) -> String {
    format!("version = 0.1\n[default.deploy.parameters]\nstack_name = \"app\"\n{body}\n")
}

#[test]
fn edits_samconfig_toml() {
    for overrides in [
        "parameter_overrides = \"Runtime=‹go1.x› Stage=dev\"",
        "parameter_overrides = \"Stage=dev Runtime=‹go1.x›\" # Runtime=go1.x",
        r#"parameter_overrides = "Stage=\"dev\" Runtime=\"‹go1.x›\" Handler=\"‹main›\"""#,
        "parameter_overrides = 'Runtime=\"‹go1.x›\" Stage=\"a b\"'",
        "parameter_overrides = \"Runtime='‹go1.x›'\"",
        "parameter_overrides = \"ParameterKey=Runtime,ParameterValue=‹go1.x› ParameterKey=Stage,ParameterValue=dev\"",
        r#"parameter_overrides = "ParameterKey=Handler,ParameterValue=\"‹main›\"""#,
        "parameter_overrides = [\"Runtime=‹go1.x›\", \"Stage=dev\"]",
        "parameter_overrides = [\n  \"Runtime=‹go1.x›\", # here\n  \"Handler=‹main› Stage=dev\",\n]",
        "parameter_overrides = '''\nRuntime=‹go1.x› Stage=dev'''",
        "parameter_overrides = '''\n  Runtime=‹go1.x› \n  Stage=dev\n'''",
        "parameter_overrides = \"\"\"\\\n  Runtime=‹go1.x› \\\n  Stage=\\\"dev\\\" \\\n  Handler=‹main› \\\n  \"\"\"",
        "parameter_overrides = {Runtime = \"‹go1.x›\", Stage = 'dev'}",
        "parameter_overrides = [[{Runtime = \"‹go1.x›\"}], \"Handler=‹main›\"]",
        "parameter_overrides.Runtime = '‹go1.x›'",
        "[default.deploy.parameters.parameter_overrides]\nRuntime = \"‹go1.x›\"\nStage = \"go1.x\"",
        // Look-alikes.
        "parameter_overrides = \"Stage=go1.x\"",
        "parameter_overrides = \"OtherRuntime=go1.x\"",
        "parameter_overrides = \"runtime=go1.x\"",
        "parameter_overrides = \"Runtime=go1.x-custom\"",
        "parameter_overrides = \"Runtime=go1.x,Stage=dev\"",
        "parameter_overrides = \"Runtime=provided.al2023 Handler=bootstrap\"",
        "parameter_overrides = \"Runtime=go1.x\\nStage=dev\"",
        "parameter_overrides = \"Handler=bin/main\"",
        "parameter_overrides = \"Stage='Runtime=go1.x'\"",
        "parameter_overrides = \"My-Runtime=go1.x\"",
        "parameter_overrides = \"file://params/go1.x.yaml Runtime=go1.x\"",
        "parameter_overrides = {Names = [\"Runtime\", \"go1.x\"]}",
        "parameter_overrides = \"\"\nimage_repositories = [\"Runtime=go1.x\"]",
        "parameter_overrides = \"Stage=dev\"\ntags = \"Runtime=go1.x\"",
        "parameter-overrides = \"Runtime=go1.x\"",
    ] {
        let text = sections(overrides);
        check("app/samconfig.toml", &text, &[]);
        check("app/samconfig.toml", &text, &others());
        check("app/samconfig.toml", &text.replace('\n', "\r\n"), &[]);
        check(
            "app/samconfig.toml",
            &format!("\u{feff}{}", text.trim_end()),
            &[],
        );
    }
}

#[test]
fn keeps_environments_apart() {
    for text in [
        "[dev.deploy.parameters]\nparameter_overrides = 'Runtime=‹go1.x›'\n[prod.deploy.parameters]\nparameter_overrides = 'Runtime=‹go1.x› Stage=prod'\n",
        "[a.deploy.parameters]\ntemplate_file = 'template.yaml'\nparameter_overrides = 'Runtime=‹go1.x›'\n[b.deploy.parameters]\ntemplate_file = 'api.yaml'\nparameter_overrides = 'Runtime=go1.x'\n",
        "[a.deploy.parameters]\ntemplate = './template.yaml'\nparameter_overrides = 'Runtime=‹go1.x›'\n[b.deploy.parameters]\ntemplate = '../b/template.yaml'\nparameter_overrides = 'Runtime=go1.x'\n",
        "[a.global.parameters]\ntemplate_file = 'api.yaml'\n[a.deploy.parameters]\nparameter_overrides = 'Runtime=go1.x'\n[b.deploy.parameters]\nparameter_overrides = 'Runtime=‹go1.x›'\n",
        "[a.global.parameters]\nparameter_overrides = 'Runtime=‹go1.x›'\n[a.deploy.parameters]\nstack_name = 's'\n[a.build.parameters]\ncached = true\n",
        "[a.deploy.parameters]\ntemplate_file = '.aws-sam/build/template.yaml'\nparameter_overrides = 'Runtime=‹go1.x›'\n",
        "[a.build.parameters]\ntemplate_file = 'api.yaml'\n[a.deploy.parameters]\ntemplate_file = '.aws-sam/build/template.yaml'\nparameter_overrides = 'Runtime=go1.x'\n",
        "[a.package.parameters]\ntemplate_file = 'template.yaml'\noutput_template_file = 'packaged.yaml'\n[a.deploy.parameters]\ntemplate_file = 'packaged.yaml'\nparameter_overrides = 'Runtime=‹go1.x›'\n",
        "[a.deploy.parameters]\ntemplate_file = 'app/template.yaml'\nparameter_overrides = 'Runtime=‹go1.x› Unused=1'\n",
    ] {
        check("app/samconfig.toml", text, &others());
        check("app/config/sam.toml", text, &others());
    }
}

#[test]
fn edits_samconfig_yaml() {
    for overrides in [
        "Runtime=‹go1.x› Stage=dev",
        "\"Runtime=\\\"‹go1.x›\\\" Stage=\\\"dev\\\"\"",
        "'Runtime=\"‹go1.x›\" Stage=it''s'",
        ">-\n        Runtime=‹go1.x›\n        Stage=dev\n        Handler=‹main›",
        "|\n        Runtime=‹go1.x› \n        Stage=dev\n",
        "\n        - Runtime=‹go1.x›\n        - Stage=dev",
        "\n        - Runtime: ‹go1.x›\n          Stage: \"go1.x\"\n        - Handler: '‹main›' # main",
        "\n        Runtime: \"‹go1.x›\"\n        Stage: ~",
        "{Runtime: ‹go1.x›, Names: [go1.x]}",
        "Runtime=go1.x-custom",
        "&all\n        - OtherRuntime=go1.x",
    ] {
        let text = format!(
            "version: 0.1\ndefault:\n  deploy:\n    parameters:\n      parameter_overrides: {overrides}\n      stack_name: app\n"
        );
        check("app/samconfig.yaml", &text, &[]);
        check("app/samconfig.yml", &text, &others());
        check("app/samconfig.yaml", &text.replace('\n', "\r\n"), &[]);
    }
    let alias = "default:\n  build:\n    parameters:\n      parameter_overrides: &o\n        - Runtime=‹go1.x›\n  deploy:\n    parameters:\n      parameter_overrides: *o\n";
    check("app/samconfig.yaml", alias, &[]);
}

#[test]
fn edits_parameter_files() {
    for (file, text) in [
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"‹go1.x›\", \"Handler\": \"‹main›\"}}",
        ),
        (
            "dev.json",
            "{\n\t\"Tags\": {\"Runtime\": \"go1.x\"},\n\t\"Parameters\": {\n\t\t\"Runtime\": \"‹go1.x›\"\n\t}\n}",
        ),
        (
            "dev.json",
            "\u{feff}{\"Parameters\":{\"Runtime\":\"‹go1.x›\",\"Names\":\"a\\u002cb\"}}\r\n",
        ),
        (
            "dev.json",
            "[{\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"‹go1.x›\"}]",
        ),
        (
            "dev.json",
            "[\r\n  {\r\n    \"ParameterValue\": \"‹main›\",\r\n    \"ParameterKey\": \"Handler\"\r\n  }\r\n]\r\n",
        ),
        (
            "dev.json",
            "[{\"ParameterKey\": \"Runtime\", \"UsePreviousValue\": true}]",
        ),
        (
            "dev.json",
            "{\"StackName\": \"s\", \"Parameters\": [{\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"‹go1.x›\"}]}",
        ),
        ("dev.json", "[\"Runtime=‹go1.x›\", \"Stage=a=b\"]"),
        (
            "params/dev.json",
            "{\"Runtime\": \"‹go1.x›\", \"Stage\": \"dev\"}",
        ),
        (
            "params.yaml",
            "# go1.x\nRuntime: ‹go1.x› # go1.x\nStage: dev\n",
        ),
        ("params.yaml", "- Runtime=‹go1.x›\n- Stage=dev\n"),
        ("params.toml", "Runtime = '‹go1.x›'\nStage = 'dev'"),
        (
            "dev.yaml",
            "Parameters:\n  Runtime: \"‹go1.x›\"\n  Names: [a, b]\nTags:\n  Runtime: go1.x\n",
        ),
        (
            "cfn/dev.yml",
            "- ParameterKey: Runtime\n  ParameterValue: ‹go1.x›\n",
        ),
        (
            "deploy.yaml",
            "template-file-path: ./template.yaml\nparameters:\n  Runtime: ‹go1.x›\n  Old: 1\n",
        ),
        (
            "deploy.yaml",
            "template-file-path: app/template.yaml\nparameters: {Runtime: ‹go1.x›}\n",
        ),
        // Look-alikes.
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"go1.x-arm\", \"Handler\": \"main \"}}",
        ),
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": {\"Default\": \"go1.x\", \"Type\": \"String\"}}}",
        ),
        (
            "dev.json",
            "{\"Resources\": {}, \"Parameters\": {\"Runtime\": \"go1.x\"}}",
        ),
        (
            "dev.json",
            "{\"parameters\": {\"Runtime\": \"go1.x\"}, \"name\": \"vendor\"}",
        ),
        (
            "dev.json",
            "{\"Runtime\": {\"go1.x\": {\"deprecated\": true}}}",
        ),
        (
            "dev.json",
            "[{\"ParameterKey\": \"Stage\", \"ParameterValue\": \"go1.x\"}]",
        ),
        ("dev.json", "[{\"Key\": \"Runtime\", \"Value\": \"go1.x\"}]"),
        ("dev.json", "[\"Runtime=go1.x\", 1]"),
        ("dev.json", "[\"Runtime=\\\"go1.x\\\"\"]"),
        ("dev.json", "{}"),
        ("dev.json", "[]"),
        ("params.yaml", "Runtime: !Ref go1.x\n"),
        ("params.yaml", "Runtime:\n- go1.x\n"),
        ("params.toml", "'$include' = 'go1.x.toml'\nRuntime = 1"),
    ] {
        check(&format!("app/{file}"), text, &[]);
    }
}

#[test]
fn leaves_the_files_of_other_templates() {
    let (net, api) = (
        stack("app/net.yaml", &["Runtime", "Cidr"]),
        stack("app/api.yaml", &["Runtime"]),
    );
    for (file, text) in [
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"go1.x\", \"Cidr\": \"10.0.0.0/8\"}}",
        ),
        (
            "dev.json",
            "[{\"ParameterKey\": \"Cidr\"}, {\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"go1.x\"}]",
        ),
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"‹go1.x›\", \"Stage\": \"dev\"}}",
        ),
        ("api.dev.json", "{\"Parameters\": {\"Runtime\": \"go1.x\"}}"),
        (
            "deploy.yaml",
            "template-file-path: ./api.yaml\nparameters: {Runtime: go1.x}\n",
        ),
        (
            "params/net.json",
            "{\"Parameters\": {\"Runtime\": \"go1.x\"}}",
        ),
        (
            "dev.json",
            "{\"TemplateBody\": \"file://api.yaml\", \"Parameters\": [{\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"go1.x\"}]}",
        ),
    ] {
        check(&format!("app/{file}"), text, &[net.clone(), api.clone()]);
    }
}

#[test]
fn refuses_what_it_cannot_tell() {
    let sam = |overrides: &str| sections(&format!("parameter_overrides = {overrides}"));
    let both = "{\"Parameters\": {\"Runtime\": \"go1.x\"}}".to_owned();
    for (file, text, why) in [
        ("samconfig.toml", sam(r#""Runtime=go1\u002ex""#), "spelled out"),
        ("samconfig.toml", sam(r#""Runtime=go1.x\"\"""#), "no clear end"),
        ("samconfig.toml", sam("'Runtime=go1.x'\nparameter_overrides = ''"), "cannot be read"),
        ("samconfig.toml", sam("\"Runtime=go1.x"), "cannot be read"),
        (
            "samconfig.toml",
            "[a.global.parameters]\nparameter_overrides = 'Runtime=go1.x'\n[a.deploy.parameters]\ntemplate_file = 'api.yaml'\n".to_owned(),
            "other templates",
        ),
        (
            "samconfig.toml",
            sections("template_file = 'packaged.yaml'\nparameter_overrides = 'Runtime=go1.x'"),
            "made from any template",
        ),
        ("samconfig.yaml", "a:\n  deploy:\n    parameters:\n      <<: *b\n      parameter_overrides: Runtime=go1.x\n".to_owned(), "cannot be read"),
        ("samconfig.yaml", "b: &b {x: 1}\na:\n  deploy:\n    parameters:\n      <<: *b\n      parameter_overrides: Runtime=go1.x\n".to_owned(), "merge key"),
        ("samconfig.yaml", "a: {deploy: {parameters: {parameter_overrides: Runtime=go1.x, parameter_overrides: Runtime=go1.x}}}\n".to_owned(), "twice"),
        ("samconfig.yaml", "{{ env }}:\n  deploy: go1.x\n".to_owned(), "key is no string"),
        ("dev.json", both.clone(), "may as well belong to api.yaml"),
        ("dev.json", "{\"Parameters\": {\"Runtime\": \"go1.x\", \"Vpc\": \"v\"}}".to_owned(), "the parameter Vpc"),
        ("src/dev.json", both.clone(), "beside the template"),
        ("settings.json", "{\"Runtime\": \"go1.x\"}".to_owned(), "nothing says"),
        ("dev.json", "{\"Parameters\": {\"Runtime\": \"go1.x\"}} // here".to_owned(), "cannot be read"),
        ("dev.json", "{\"Parameters\": {\"Runtime\": \"go1\\u002ex\"}}".to_owned(), "may as well"),
        ("dev.json", "{\"TemplateURL\": \"https://b/t.yaml\", \"Parameters\": [{\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"go1.x\"}]}".to_owned(), "https"),
        ("params.yaml", "Runtime: go1.x\n---\nRuntime: go1.x\n".to_owned(), "one document"),
    ] {
        let path = PathBuf::from(format!("app/{file}"));
        let refused = plan(&path, &text, &CHANGES, &ours(), &others());
        let refused = refused.unwrap_err();
        assert!(refused.why.contains(why), "{file} {text}\n{}", refused.why);
        assert!(text.is_char_boundary(refused.at), "{text}");
        assert!(!refused.why.ends_with('.'), "{}", refused.why);
    }
    let alone = [
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"go1\\u002ex\"}}",
            "spelled out",
        ),
        (
            "dev.json",
            "{\"Parameters\": {\"Runtime\": \"go1.x\", \"Runtime\": \"x\"}, \"a\": 1}",
            "twice",
        ),
        (
            "dev.json",
            "[{\"ParameterKey\": \"Runtime\", \"ParameterValue\": \"go1.x\", \"ParameterValue\": \"go1.x\"}]",
            "twice",
        ),
        (
            "params.yaml",
            "Runtime: >-\n  go1.x\nStage: \"go1\\\n  .x\"\nHandler: \"m\\\n  ain\"\n",
            "spelled out",
        ),
    ];
    for (file, text, why) in alone {
        let path = PathBuf::from(format!("app/{file}"));
        match plan(&path, text, &CHANGES, &ours(), &[]) {
            Err(refused) => assert!(refused.why.contains(why), "{text}\n{}", refused.why),
            // The last of two keys counts, and it says something else.
            Ok(edits) => assert!(edits.is_empty() && text.contains("\"x\""), "{text}"),
        }
    }
}

#[test]
fn refuses_values_that_need_quotes() {
    for to in ["", "a b", "1.0", "true", "No", "a\"b", "é", "null"] {
        let change = ParameterChange { to, ..CHANGES[0] };
        let text = "{\"Parameters\": {\"Runtime\": \"go1.x\"}}";
        let refused = plan(Path::new("app/p.json"), text, &[change], &ours(), &[]);
        assert!(refused.is_err(), "{to}");
    }
    let none = ParameterChange {
        to: "go1.x",
        ..CHANGES[0]
    };
    assert_eq!(
        plan(Path::new("app/p.json"), "{}", &[none], &ours(), &[]),
        Ok(Vec::new())
    );
}

/// As much of one thing as a file can hold: an answer all the same.
#[test]
fn survives_large_files() {
    const SIZE: usize = 1 << 20;
    let fill = |piece: &str| piece.repeat(SIZE / piece.len());
    let long_key = "k".repeat(SIZE / 2);
    let overrides = |string: String| sections(&format!("parameter_overrides = {string}"));
    for (file, text) in [
        (
            "samconfig.toml",
            overrides(format!("'{}'", fill("Runtime=go1.x "))),
        ),
        (
            "samconfig.toml",
            overrides(format!("'{}Runtime=go1.x'", fill("Stage=x "))),
        ),
        (
            "samconfig.toml",
            overrides(format!("\"\"\"{}Runtime=go1.x\"\"\"", fill("\\\n"))),
        ),
        (
            "samconfig.toml",
            overrides(format!("'''{}Runtime=go1.x'''", fill(" "))),
        ),
        (
            "samconfig.toml",
            overrides(format!("'''Runtime=go1.x{}'''", fill(" A=\"\\\n"))),
        ),
        ("samconfig.toml", fill("[a.b]\n").replace('b', "global")),
        (
            "p.json",
            format!(
                "{{\"Parameters\": {{\"Runtime\": \"go1.x\", \"{long_key}\": [{}1]}}}}",
                fill("1,")
            ),
        ),
        ("p.json", fill("[")),
        ("p.toml", format!("Runtime = {}'go1.x'", fill("["))),
        (
            "p.yaml",
            format!(
                "- ParameterKey: Runtime\n  ParameterValue: |2\n{}go1.x\n",
                fill("    \n")
            ),
        ),
    ] {
        let path = PathBuf::from(format!("app/{file}"));
        let planned = plan(&path, &text, &CHANGES, &ours(), &[]);
        assert!(planned.map_or(true, |it| it.len() < 2), "{file}");
    }
}

/// Cut, doubled and replaced bytes: never a panic, never an edit outside a `go1.x` or `main`.
#[test]
fn survives_mutants() {
    let seeds = [
        ("app/samconfig.toml", sections(r#"parameter_overrides = "Runtime=\"go1.x\" Handler='main' ParameterKey=Runtime,ParameterValue=go1.x""#)),
        ("app/samconfig.toml", sections("parameter_overrides = '''\r\n Runtime=go1.x\r\n Handler=main '''")),
        ("app/samconfig.toml", sections("parameter_overrides = [\"Runtime=go1.x\", {Handler = 'main'}]")),
        ("app/samconfig.yaml", "d:\n  deploy:\n    parameters:\n      parameter_overrides: >-\n        Runtime=go1.x\n        Handler=\"main\"\n".to_owned()),
        ("app/p.yaml", "- ParameterKey: &a Runtime\n  ParameterValue: \"go1.x\" # é\n- {ParameterKey: Handler, ParameterValue: 'main'}\n".to_owned()),
        ("app/p.json", "\u{feff}{\"Parameters\": {\"Runtime\": \"go1.x\", \"Handler\": \"main\"}}".to_owned()),
    ];
    let noise = [
        "\"", "'", "\\", "\n", " ", "=", "#", "{", "]", "é", "go1.x", "Runtime=", "<<: *a", "&a ",
    ];
    for (file, seed) in &seeds {
        let places = seed.char_indices().map(|(at, c)| (at, c.len_utf8()));
        for (at, length) in places {
            let (before, after) = (&seed[..at], &seed[at..]);
            let mut mutants = vec![
                before.to_owned(),
                format!("{before}{}", &seed[at + length..]),
                format!("{}{seed}", before),
            ];
            mutants.extend(noise.iter().map(|it| format!("{before}{it}{after}")));
            for mutant in mutants {
                let Ok(edits) = plan(Path::new(file), &mutant, &CHANGES, &ours(), &[]) else {
                    continue;
                };
                for edit in &edits {
                    let old = &mutant[edit.range.clone()];
                    let is_asked = CHANGES
                        .iter()
                        .any(|it| it.from == old && it.to == edit.content);
                    assert!(is_asked, "{old} → {} in {mutant}", edit.content);
                }
                let edited = apply(&mutant, &edits);
                let again = plan(Path::new(file), &edited, &CHANGES, &ours(), &[]);
                assert_eq!(again, Ok(Vec::new()), "{mutant}");
            }
        }
    }
}
