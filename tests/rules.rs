//! One text for each rule: `docs/rules`, `lambdalift explain` and `lambdalift rules --format json`.
//! `LAMBDALIFT_BLESS=1` writes the pages anew.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use lambdalift::rules::{RULES, Rule, Silence, index, nearest, page};
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

/// The case `basic` of a rule, run with further arguments: its findings, each with line and resource.
fn findings(directory: &Path, rule: &Rule, more: &[&str]) -> Vec<(usize, Option<String>)> {
    let case = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/rules")
        .join(rule.id)
        .join("basic");
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(["--format", "json"])
        .args(args.split_whitespace())
        .args(more)
        .current_dir(directory)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files = report.get("files").unwrap().as_array().unwrap();
    let all = files
        .iter()
        .flat_map(|it| it.get("findings").unwrap().as_array().unwrap());
    all.filter(|finding| finding.get("rule").unwrap() == rule.id)
        .map(|finding| {
            let line = finding
                .pointer("/location/start/line")
                .unwrap()
                .as_u64()
                .unwrap();
            let resource = finding.get("resource").and_then(Value::as_str);
            (usize::try_from(line).unwrap(), resource.map(str::to_owned))
        })
        .collect()
}

/// What the pages say about silencing holds for the very example that they show.
#[test]
fn findings_are_silenced_as_the_pages_say() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/rules");
    for rule in RULES.iter().filter(|rule| rule.example.is_some()) {
        let guarded = fs::read_to_string(cases.join(rule.id).join("basic/args"));
        if !cfg!(feature = "guard") && guarded.is_ok_and(|args| args.contains("--guard")) {
            continue;
        }
        let copy = tempfile::tempdir().unwrap();
        copy_all(&cases.join(rule.id).join("basic"), copy.path());
        let template = rule.example.as_ref().unwrap().files.first().unwrap().name;
        let path = copy.path().join(template);
        let before = findings(copy.path(), rule, &[]);
        assert!(!before.is_empty(), "{} is not in its own example", rule.id);
        match rule.silence {
            Silence::ByOption => {
                assert_eq!(findings(copy.path(), rule, &["--ignore", rule.id]), []);
            }
            Silence::Otherwise(_) => {}
            Silence::InTemplate | Silence::AtItsLine => {
                assert_eq!(findings(copy.path(), rule, &["--ignore", rule.id]), []);
                let text = fs::read_to_string(&path).unwrap();
                let silenced: Vec<String> = (1..)
                    .zip(text.lines())
                    .map(|(line, text)| {
                        let is_key = |id: &String| {
                            text.trim_start_matches([' ', '-'])
                                .starts_with(&format!("{id}:"))
                        };
                        let is_place = before.iter().any(|(place, resource)| match resource {
                            Some(id) => is_key(id),
                            None => *place == line,
                        });
                        match is_place {
                            true => {
                                format!("{text} # lambdalift: ignore[{}] the reason\n", rule.id)
                            }
                            false => format!("{text}\n"),
                        }
                    })
                    .collect();
                fs::write(&path, silenced.concat()).unwrap();
                assert_eq!(findings(copy.path(), rule, &[]), [], "{}", rule.id);
            }
        }
    }
}

fn copy_all(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).min_depth(1) {
        let entry = entry.unwrap();
        // What a file becomes lies beside it, see `tests/golden.rs`.
        if entry.file_name().to_str().unwrap().contains("fixed") {
            continue;
        }
        let to = to.join(entry.path().strip_prefix(from).unwrap());
        match entry.file_type().is_dir() {
            true => fs::create_dir_all(to).unwrap(),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
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
