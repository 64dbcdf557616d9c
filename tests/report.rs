//! The JSON report against its published schema, on every kind of finding there is.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn report(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(["--format", "json"])
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn every_report_follows_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/report.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for args in [
        &["testdata/rules"] as &[&str],
        &["--diff", "testdata/sample"],
        &["--check", "--max-file-size", "1K", "testdata"],
        &["no/such/place"],
    ] {
        let report = report(args);
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path))
            .collect();
        assert!(errors.is_empty(), "{args:?}: {errors:?}");
    }
}

#[test]
fn the_report_says_what_happened() {
    let report = report(&["testdata/sample"]);
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["migrated"], 2);
    assert_eq!(report["summary"]["declined"], 2);
    let orders = &report["files"][0];
    assert_eq!(orders["path"], "testdata/sample/orders/template.yaml");
    assert_eq!(orders["changed"], true);
    assert_eq!(orders["written"], false);
    let finding = &orders["findings"][0];
    assert_eq!(finding["rule"], "retired-runtime");
    assert_eq!(finding["fix"]["applicability"], "safe");
    assert_eq!(finding["location"]["start"]["line"], 7);
    let edit = &finding["fix"]["edits"][0];
    assert_eq!(edit["content"], "provided.al2023");
}

/// Output depends on the input alone, not on the number of threads.
#[test]
fn threads_do_not_show() {
    let with = |threads| {
        let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(["--threads", threads, "--verbose", "testdata"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        (output.stdout, output.stderr)
    };
    let one = with("1");
    assert!(one == with("2") && one == with("8"));
}
