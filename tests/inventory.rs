//! `lambdalift report`: what one run writes the other reads, whatever stands in it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .current_dir(directory)
        .output()
        .unwrap()
}

fn text(output: Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Every kind of line that the rules give rise to, in two reports that are put one after the other.
#[test]
fn every_line_that_is_written_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let all = directory.path().join("all.jsonl");
    let mut expected = 0;
    let mut file = fs::File::create(&all).unwrap();
    for label in ["one", "two"] {
        let args = [
            "--format",
            "jsonl",
            "--label",
            label,
            "--max-file-size",
            "4K",
            "testdata/rules",
            "missing",
        ];
        let output = run(Path::new(PROJECT), &args);
        assert_eq!(output.status.code(), Some(2));
        let lines = String::from_utf8(output.stdout).unwrap();
        expected += lines.matches(r#""kind":"function""#).count();
        file.write_all(lines.as_bytes()).unwrap();
    }
    let inventory: Value = serde_json::from_str(&text(run(
        directory.path(),
        &["report", "--format", "json", "all.jsonl"],
    )))
    .unwrap();
    assert_eq!(inventory["functions"].as_array().unwrap().len(), expected);
    assert_eq!(inventory["runs"].as_array().unwrap().len(), 2);
    let unread = inventory["unread"].as_array().unwrap();
    assert!(unread.iter().any(|it| it["path"] == "missing"));
    let declined = inventory["functions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["verdict"] == "declined");
    for function in declined {
        let says_why = !function["rules"].as_array().unwrap().is_empty();
        let is_problem = unread.iter().any(|it| it["path"] == function["path"]);
        assert!(says_why || is_problem, "{function}");
    }

    let schema = Path::new(PROJECT).join("schemas/report-inventory.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&inventory));
}

/// The order of the reports changes nothing about the functions.
#[test]
fn the_order_of_reports_does_not_show() {
    let with = |files: [&str; 2]| {
        let args = [&["report", "--format", "csv"], &files[..]].concat();
        text(run(&Path::new(PROJECT).join("testdata/report"), &args))
    };
    assert_eq!(
        with(["orders.jsonl", "both.jsonl"]),
        with(["both.jsonl", "orders.jsonl"])
    );
}

#[test]
fn a_report_without_a_label_is_named_by_its_file() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["billing", "search"] {
        let report = directory.path().join(format!("{name}.jsonl"));
        let args = [
            "--format",
            "jsonl",
            "--output",
            report.to_str().unwrap(),
            "testdata/sample/payments",
        ];
        run(Path::new(PROJECT), &args);
    }
    let table = text(run(
        directory.path(),
        &["report", "billing.jsonl", "search.jsonl", "--format", "csv"],
    ));
    assert!(
        table.contains("\nbilling,") && table.contains("\nsearch,"),
        "{table}"
    );
    // Two repositories under one name would be counted as one.
    let both = [
        fs::read(directory.path().join("billing.jsonl")).unwrap(),
        fs::read(directory.path().join("search.jsonl")).unwrap(),
    ];
    fs::write(directory.path().join("both.jsonl"), both.concat()).unwrap();
    let output = run(directory.path(), &["report", "both.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    // Lines without that of their run are told apart, too.
    let functions: Vec<&[u8]> = both
        .iter()
        .flat_map(|report| report.split_inclusive(|byte| *byte == b'\n'))
        .filter(|line| line.windows(10).any(|part| part == br#""function""#))
        .collect();
    fs::write(directory.path().join("both.jsonl"), functions.concat()).unwrap();
    let output = run(directory.path(), &["report", "both.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains("both.jsonl:2:1: the function Charge"),
        "{message}"
    );
}

/// A name can hold what means something to HTML, Markdown or a spreadsheet.
#[test]
fn names_mean_nothing_to_the_formats() {
    let line = |label: &str, name: &str| {
        serde_json::json!({
            "version": 1, "label": label, "kind": "function", "path": "=cmd|' /C calc'!A0", "line": 1,
            "logical_id": name, "runtimes": ["</title></svg><script>alert(1)</script>"],
            "origin": null, "verdict": "declined",
        })
        .to_string()
    };
    let lines = [
        line("<img src=x onerror=alert(1)>", "\" onmouseover=\"alert(1)"),
        line("a|b\n# c", "\u{202e}evil\u{7}"),
    ];
    let report = |format: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(["report", "-", "--format", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(lines.join("\n\n").as_bytes())
            .unwrap();
        text(child.wait_with_output().unwrap())
    };
    let html = report("html");
    assert_eq!(html.matches("<script>").count(), 1, "ours alone");
    assert!(
        !html.contains("<img") && !html.contains("\" onmouseover") && !html.contains('\u{202e}')
    );
    assert!(
        !html.contains("http:") && !html.contains("https:"),
        "nothing from elsewhere"
    );
    let markdown = report("markdown");
    assert!(!markdown.contains("\n# c") && markdown.contains("a\\|b"));
    assert!(
        markdown
            .lines()
            .filter(|line| line.starts_with("| <img"))
            .count()
            == 0
    );
    let table = report("csv");
    assert!(table.contains("'=cmd"), "{table}");
}
