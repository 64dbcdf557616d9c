//! The policy gate, with the built binary: rules that are shipped, rules that are broken, and what
//! plain Guard does not see.
#![cfg(feature = "guard")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cfn_guard::commands::Executable;
use cfn_guard::commands::validate::{OutputFormatType, ShowSummaryType};
use cfn_guard::utils::reader::{ReadBuffer, Reader};
use cfn_guard::utils::writer::{WriteBuffer, Writer};
use cfn_guard::{CommandBuilder, ValidateBuilder};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/guard")
}

fn lambdalift(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .current_dir(directory)
        .env_clear()
        .output()
        .unwrap()
}

/// The shipped rules that a template breaks, whether it is migrated or not.
fn broken_rules(template: &str) -> Vec<String> {
    let args = [
        "--guard-rules",
        "builtin",
        "--guard-report",
        "--format=json",
        template,
    ];
    let output = lambdalift(&root(), &args);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["files"][0]["findings"].as_array().unwrap();
    let of_rule = findings.iter().filter(|it| it["rule"] == "guard-violation");
    let mut names: Vec<String> = of_rule
        .map(|finding| {
            let message = finding["message"].as_str().unwrap();
            let (_, rest) = message.split_once("the Guard rule ").unwrap();
            rest.split_once(' ').unwrap().0.to_owned()
        })
        .collect();
    names.dedup();
    names
}

#[test]
fn every_shipped_rule_fails_and_passes() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/guard");
    let mut count = 0;
    for file in fs::read_dir(shipped).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("rule ")) {
            let rule = line.split_whitespace().next().unwrap();
            assert_eq!(broken_rules(&format!("{rule}/fails.yaml")), [rule]);
            assert_eq!(
                broken_rules(&format!("{rule}/passes.yaml")),
                [""; 0],
                "{rule}"
            );
            count += 1;
        }
    }
    assert!(count >= 6, "there are rules for every post-condition");
}

/// What the library says by itself of the text of a template: the broken rules, or its error.
fn plain_guard(rules: &str, template: &str) -> Result<Vec<Value>, String> {
    let payload = json!({"rules": [rules], "data": [template]}).to_string();
    let mut reader = Reader::new(ReadBuffer::Cursor(std::io::Cursor::new(
        payload.into_bytes(),
    )));
    let mut writer = Writer::new(WriteBuffer::Vec(Vec::new())).unwrap();
    ValidateBuilder::default()
        .payload(true)
        .structured(true)
        .output_format(OutputFormatType::JSON)
        .show_summary(vec![ShowSummaryType::None])
        .try_build()
        .unwrap()
        .execute(&mut writer, &mut reader)
        .map_err(|error| error.to_string())?;
    let reports: Value = serde_json::from_str(&writer.into_string().unwrap()).unwrap();
    Ok(reports[0]["not_compliant"].as_array().unwrap().clone())
}

#[test]
fn the_gate_sees_what_plain_guard_does_not() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/guard/runtime.guard");
    let rules = fs::read_to_string(rules).unwrap();
    for name in ["globals", "parameter", "mapping", "condition", "computed"] {
        let path = format!("hidden/{name}.yaml");
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert_eq!(
            plain_guard(&rules, &text),
            Ok(Vec::new()),
            "plain Guard passes {name}"
        );
        assert_eq!(broken_rules(&path), ["no_retired_runtime"], "{name}");
    }
    // Where the runtime stands in plain sight, both see it.
    let text = fs::read_to_string(root().join("no_retired_runtime/fails.yaml")).unwrap();
    assert_eq!(plain_guard(&rules, &text).unwrap().len(), 1);
    // Aliases and merge keys it refuses.
    let text = fs::read_to_string(root().join("hidden/anchor.yaml")).unwrap();
    assert!(plain_guard(&rules, &text).is_err());
    assert_eq!(broken_rules("hidden/anchor.yaml"), ["no_retired_runtime"]);
}

/// A directory with a template that would be migrated.
fn workplace() -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("template.yaml"), TEMPLATE).unwrap();
    place
}

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: orders.zip
      Handler: orders
      Runtime: go1.x
";

#[test]
fn rules_that_cannot_be_used_stop_the_run() {
    let place = workplace();
    let write = |name: &str, text: &[u8]| fs::write(place.path().join(name), text).unwrap();
    fs::create_dir(place.path().join("empty")).unwrap();
    write("empty/readme.txt", b"rule a { Resources exists }");
    write("blank.guard", b"");
    write("comment.guard", b"# nothing yet\n");
    write("only_let.guard", b"let a = Resources.*\n");
    write("syntax.guard", b"rule broken {\n  Resources.* {{{\n");
    write("latin1.guard", b"rule a { Resources exists } # caf\xe9\n");
    write(
        "cyclic.guard",
        b"let a = %b\nlet b = %a\nrule r { %a exists }\n",
    );
    write("own.guard", b"let a = %a\nrule r { %a exists }\n");
    write("good.guard", b"rule good { Resources exists }\n");
    let cases: [(&[&str], &str); 9] = [
        (
            &["missing.guard"],
            "cannot read the Guard rules missing.guard: No such file",
        ),
        (&["empty"], "the directory empty holds no Guard rules"),
        (
            &["blank.guard"],
            "the Guard rules blank.guard cannot be used: it holds no rule",
        ),
        (
            &["comment.guard"],
            "the Guard rules comment.guard cannot be used: it holds no rule",
        ),
        (
            &["only_let.guard"],
            "the Guard rules only_let.guard cannot be used: it holds no rule",
        ),
        (
            &["good.guard", "syntax.guard"],
            "the Guard rules syntax.guard cannot be used: ",
        ),
        (
            &["latin1.guard"],
            "the Guard rules latin1.guard are not UTF-8 text",
        ),
        (
            &["good.guard", "cyclic.guard"],
            "died over the rules cyclic.guard: it recursed without end",
        ),
        (
            &["own.guard", "good.guard"],
            "died over the rules own.guard: it recursed without end",
        ),
    ];
    for (files, expected) in cases {
        let mut args = vec!["--write"];
        args.extend(files.iter().flat_map(|file| ["--guard-rules", *file]));
        let output = lambdalift(place.path(), &args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{files:?}: {said}");
        assert!(said.contains(expected), "{files:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        let text = fs::read_to_string(place.path().join("template.yaml")).unwrap();
        assert_eq!(text, TEMPLATE, "{files:?}: nothing is written");
    }
}

#[test]
fn a_directory_of_rules_is_read_in_order() {
    let place = workplace();
    fs::create_dir_all(place.path().join("policy/more")).unwrap();
    for name in ["b.guard", "a.ruleset", "more/c.guard"] {
        let rule = name.replace(['.', '/'], "_");
        let text = format!("rule {rule} {{ Resources.*.Properties.Tracing exists }}\n");
        fs::write(place.path().join("policy").join(name), text).unwrap();
    }
    let args = ["--guard-rules", "policy", "--guard-report", "--check"];
    let output = lambdalift(place.path(), &args);
    let said = String::from_utf8(output.stderr).unwrap();
    let at = |rule: &str| said.find(&format!("the Guard rule {rule} ")).unwrap();
    assert!(
        at("a_ruleset") < at("b_guard") && at("b_guard") < at("more_c_guard"),
        "{said}"
    );
}

/// Rules over templates that the library itself refuses or takes for something else.
#[test]
fn templates_that_guard_chokes_on() {
    let rules = "rule sees { Resources.Orders.Properties.Runtime != 'go1.x' or Resources.Orders.Properties.Handler exists }\n";
    let templates = [
        ("an on: key", "Metadata: {on: [push], yes: no}\n"),
        (
            "a key that is a number",
            "Metadata: {1: one, 2.5: two, true: yes}\n",
        ),
        ("a null key", "Metadata: {~: none}\n"),
        ("aliases", "Metadata: {a: &a [1], b: *a}\n"),
        (
            "control characters",
            "Description: \"a\\x7fb\\x85c\\uFEFFd\\x01\"\n",
        ),
        (
            "a long key",
            &format!("Metadata: {{? {} : 1}}\n", "k".repeat(900)),
        ),
        ("astral characters", "Description: \"\\U0001F680\"\n"),
        (
            "dates and sexagesimals",
            "Metadata: {a: 2012-10-17, b: 12:30:45, c: 0o14, d: .inf}\n",
        ),
    ];
    for (what, more) in templates {
        let place = workplace();
        let path = place.path().join("template.yaml");
        fs::write(&path, format!("{more}{TEMPLATE}")).unwrap();
        fs::write(place.path().join("r.guard"), rules).unwrap();
        let output = lambdalift(place.path(), &["--write", "--guard-rules", "r.guard"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{what}: {said}");
        assert!(
            fs::read_to_string(&path)
                .unwrap()
                .contains("provided.al2023"),
            "{what}"
        );
    }
    for text in ["", "# nothing\n", "---\n"] {
        let place = workplace();
        fs::write(place.path().join("template.yaml"), text).unwrap();
        let args = [
            "--guard-rules",
            "builtin",
            "--guard-report",
            "template.yaml",
        ];
        let output = lambdalift(place.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{text:?}: {output:?}");
    }
}

#[test]
fn only_the_file_that_breaks_a_rule_is_left() {
    let place = workplace();
    let other = TEMPLATE
        .replace("Orders", "Refunds")
        .replace("orders", "refunds");
    fs::write(place.path().join("other.yaml"), &other).unwrap();
    let rules = "rule orders_stay when Resources.Orders exists { Resources.Orders.Properties.Handler == 'orders' <<the load test calls it by name>> }\n";
    fs::write(place.path().join("r.guard"), rules).unwrap();
    let output = lambdalift(place.path(), &["--write", "--guard-rules", "r.guard"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("template.yaml:7:16") && said.contains("by name"),
        "{said}"
    );
    assert_eq!(
        fs::read_to_string(place.path().join("template.yaml")).unwrap(),
        TEMPLATE
    );
    let written = fs::read_to_string(place.path().join("other.yaml")).unwrap();
    assert!(written.contains("provided.al2023"));
}

/// A rule that the template keeps now and would break, seen through what hides it from Guard.
#[test]
fn regressions_do_not_hide() {
    let function = |more: &str| {
        format!(
            "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: orders.zip\n      Handler: orders\n      Runtime: go1.x\n{more}"
        )
    };
    let cases = [
        (
            "a number behind a parameter",
            format!(
                "Parameters: {{Memory: {{Type: Number, Default: 256}}}}\n{}",
                function("      MemorySize: !Ref Memory\n")
            ),
            "rule small { Resources.*[ Properties.MemorySize <= 512 ].Properties.Runtime != 'provided.al2023' }",
        ),
        (
            "Globals that an own value replaces, because they are conditional",
            format!(
                "Globals: {{Function: {{Environment: !If [P, {{Variables: {{EXEMPT: x}}}}, {{Variables: {{EXEMPT: y}}}}]}}}}\n{}",
                function("      Environment: {Variables: {OWN: y}}\n")
            ),
            "rule exempt { Resources.Orders.Properties.Environment.Variables.EXEMPT exists or Resources.Orders.Properties.Handler == 'orders' }",
        ),
        (
            "loops that name their resources alike",
            "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nResources:\n  Fn::ForEach::Go:\n    - Name\n    - [a, b]\n    - ${Name}: {Type: AWS::Serverless::Function, Properties: {CodeUri: go.zip, Handler: go, Runtime: go1.x}}\n  Fn::ForEach::Python:\n    - Name\n    - [c, d]\n    - ${Name}: {Type: AWS::Serverless::Function, Properties: {CodeUri: py.zip, Handler: py, Runtime: python3.13}}\n".to_owned(),
            "rule names { Resources.*.Properties.Handler != 'bootstrap' }",
        ),
        (
            "rules of one name",
            function(""),
            "rule same { Resources.Orders.Properties.Tracing exists }\nrule same { Resources.Orders.Properties.Handler == 'orders' }",
        ),
        (
            "clauses outside of rules",
            function(""),
            "AWS::Serverless::Function { Properties.Tracing exists }\nAWS::Serverless::Function { Properties.Handler == 'orders' }",
        ),
        (
            "a key that stands twice",
            format!(
                "{}  Topic: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: one, DisplayName: two}}}}\n",
                function("")
            ),
            "rule topic { Resources.Topic.Properties.DisplayName == 'one' or Resources.Orders.Properties.Handler == 'orders' }",
        ),
    ];
    for (what, template, rules) in cases {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("template.yaml"), &template).unwrap();
        fs::write(place.path().join("r.guard"), rules).unwrap();
        let output = lambdalift(place.path(), &["--write", "--guard-rules", "r.guard"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{what}: {said}");
        assert!(said.contains("guard-regression"), "{what}: {said}");
        let text = fs::read_to_string(place.path().join("template.yaml")).unwrap();
        assert_eq!(text, template, "{what}");
    }
}

#[test]
fn who_shares_a_package_with_a_blocked_file_stays() {
    let place = workplace();
    let other = TEMPLATE.replace("Orders", "Refunds");
    fs::write(place.path().join("other.yaml"), &other).unwrap();
    let rules = "rule orders_stay when Resources.Orders exists { Resources.Orders.Properties.Handler == 'orders' }\n";
    fs::write(place.path().join("r.guard"), rules).unwrap();
    let output = lambdalift(place.path(), &["--write", "--guard-rules", "r.guard"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Orders in template.yaml runs"), "{said}");
    assert_eq!(
        fs::read_to_string(place.path().join("template.yaml")).unwrap(),
        TEMPLATE
    );
    assert_eq!(
        fs::read_to_string(place.path().join("other.yaml")).unwrap(),
        other
    );
}

#[test]
fn a_blocked_file_still_lists_what_it_breaks_anyway() {
    let place = workplace();
    let rules = "rule traced { Resources.Orders.Properties.Tracing exists }\nrule named { Resources.Orders.Properties.Handler == 'orders' }\n";
    fs::write(place.path().join("r.guard"), rules).unwrap();
    let args = ["--guard-rules", "r.guard", "--guard-report"];
    let said = String::from_utf8(lambdalift(place.path(), &args).stderr).unwrap();
    assert!(
        said.contains("guard-violation") && said.contains("guard-regression"),
        "{said}"
    );
}

#[test]
fn rules_that_kill_the_library_over_a_template_block_that_file_alone() {
    let place = workplace();
    let other = TEMPLATE
        .replace("Orders", "Refunds")
        .replace("orders", "refunds");
    fs::write(
        place.path().join("other.yaml"),
        format!("Description: {}\n{other}", "a".repeat(60)),
    )
    .unwrap();
    let rules = "rule text when Description exists { Description != /^(?=(a+)+$)(a|aa)+b$/ }\n";
    fs::write(place.path().join("r.guard"), rules).unwrap();
    let output = lambdalift(place.path(), &["--write", "--guard-rules", "r.guard"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("other.yaml") && said.contains("died over the rules r.guard"),
        "{said}"
    );
    let written = fs::read_to_string(place.path().join("template.yaml")).unwrap();
    assert!(written.contains("provided.al2023"), "{said}");
}

#[test]
fn a_report_needs_rules() {
    let output = lambdalift(&root(), &["--guard-report"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("give rules with --guard-rules"),
        "{message}"
    );
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(2), &[][..])
    );
}
