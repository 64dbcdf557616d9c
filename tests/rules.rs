//! One text for each rule: `docs/rules`, `lambdalift explain` and `lambdalift rules --format json`.
//! `LAMBDALIFT_BLESS=1` writes the pages anew.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use lambdalift::rules::{RULES, index, nearest, page};
use serde_json::Value;

fn stdout(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_rule_has_its_page() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules");
    let mut expected: BTreeMap<String, String> = RULES
        .iter()
        .map(|rule| (page(rule), rule.help_markdown()))
        .collect();
    expected.insert("README.md".to_owned(), index());
    if std::env::var_os("LAMBDALIFT_BLESS").is_some() {
        drop(fs::remove_dir_all(&directory));
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in &expected {
            fs::write(directory.join(name), text).unwrap();
        }
    }
    let files = fs::read_dir(&directory).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let found: BTreeMap<String, String> = files.collect();
    assert!(
        found.keys().eq(expected.keys()),
        "docs/rules holds other pages than there are rules"
    );
    for (name, text) in &expected {
        assert_eq!(
            found.get(name),
            Some(text),
            "docs/rules/{name}: LAMBDALIFT_BLESS=1 writes it anew"
        );
    }
}

#[test]
fn the_command_says_the_same() {
    let listed: Value = serde_json::from_str(&stdout(&["rules", "--format", "json"])).unwrap();
    let listed = listed.as_array().unwrap();
    assert_eq!(listed.len(), RULES.len());
    for (rule, entry) in RULES.iter().zip(listed) {
        let help = rule.help_markdown();
        assert_eq!(stdout(&["explain", rule.id]), help);
        assert_eq!(entry.get("id").unwrap(), rule.id);
        assert_eq!(entry.get("help").unwrap(), &Value::from(help));
    }
}

/// What readers rely on: wrapped lines, whole sentences, links that are links, rules that exist.
#[test]
fn texts_are_well_formed() {
    for rule in RULES {
        for text in [rule.explanation, rule.declined] {
            assert!(text.ends_with(['.', ')']), "{}: {text}", rule.id);
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(
                longest <= Some(100),
                "{}: a line of {longest:?} characters",
                rule.id
            );
            let quoted = text.split('`').skip(1).step_by(2);
            let like_a_rule = quoted.filter(|it| RULES.iter().any(|rule| rule.id == *it));
            for id in like_a_rule {
                assert_ne!(id, rule.id, "the page refers to itself");
            }
            assert_eq!(text.matches('`').count() % 2, 0, "{}: {text}", rule.id);
        }
        for link in rule.links {
            assert!(
                link.starts_with("https://") && !link.contains(' '),
                "{link}"
            );
        }
        assert!(!rule.help_text().contains('`'));
    }
}

#[test]
fn a_misspelt_rule_is_recognized() {
    let found = |word| nearest(word).map(|rule| rule.id);
    assert_eq!(found("retired-runtimes"), Some("retired-runtime"));
    assert_eq!(found("share-bootstrap"), Some("shared-bootstrap"));
    assert_eq!(found("missing_build_method"), Some("missing-build-method"));
    assert_eq!(found("arm64-bolcker"), Some("arm64-blocker"));
    assert_eq!(found("E2531"), None);
    assert_eq!(found(""), None);
}
