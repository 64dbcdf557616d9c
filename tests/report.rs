//! The reports for programs: against their published schemas, on every kind of finding there is, and
//! against what they promise.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use walkdir::WalkDir;

/// What every format is tried on.
const RUNS: [&[&str]; 4] = [
    &["testdata/rules"],
    &["--check", "testdata/sample"],
    &["--strict", "--max-file-size", "500", "testdata/sample"],
    &["no/such/place"],
];

fn run_in(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .current_dir(directory)
        .env("LAMBDALIFT_DOCS_URL", "https://example.org/rules")
        .output()
        .unwrap()
}

fn formatted(format: &str, args: &[&str]) -> Vec<u8> {
    let args: Vec<&str> = ["--format", format]
        .into_iter()
        .chain(args.iter().copied())
        .collect();
    run_in(Path::new(env!("CARGO_MANIFEST_DIR")), &args).stdout
}

fn report(args: &[&str]) -> Value {
    serde_json::from_slice(&formatted("json", args)).unwrap()
}

fn validator(schema: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).unwrap()
}

fn assert_follows(schema: &jsonschema::Validator, document: &Value) {
    let errors: Vec<String> = schema
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
}

/// What each format says of one run, and the exit status.
struct Reports(BTreeMap<&'static str, (Vec<u8>, Option<i32>)>);

impl Reports {
    fn of(args: &[&str]) -> Self {
        let formats = [
            "text", "json", "jsonl", "sarif", "github", "gitlab", "junit",
        ];
        let reports = formats.map(|format| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let output = run_in(root, &[&["--format", format], args].concat());
            (format, (output.stdout, output.status.code()))
        });
        Self(reports.into())
    }

    fn text(&self, format: &str) -> &str {
        std::str::from_utf8(&self.0[format].0).unwrap()
    }

    fn json(&self, format: &str) -> Value {
        serde_json::from_str(self.text(format)).unwrap()
    }

    fn lines(&self) -> Vec<Value> {
        let lines = self.text("jsonl").lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn fingerprints<'v>(findings: impl Iterator<Item = &'v Value>) -> BTreeSet<&'v str> {
    let mut prints = BTreeSet::new();
    for print in findings {
        assert!(prints.insert(print.as_str().unwrap()), "a second {print}");
    }
    prints
}

/// Every format follows its schema, says the same, and ends with the same status.
#[test]
fn every_report_follows_its_schema_and_says_the_same() {
    let of_report = validator("schemas/report.schema.json");
    let of_line = validator("schemas/report-line.schema.json");
    let of_sarif = validator("testdata/report/sarif-schema-2.1.0.json");
    for args in RUNS {
        let reports = Reports::of(args);
        let (json, lines, sarif) = (reports.json("json"), reports.lines(), reports.json("sarif"));
        assert_follows(&of_report, &json);
        for line in &lines {
            assert_follows(&of_line, line);
        }
        assert_follows(&of_sarif, &sarif);
        let statuses: BTreeSet<_> = reports.0.values().map(|(_, status)| status).collect();
        assert_eq!(statuses.len(), 1, "{args:?}: {statuses:?}");

        let files = json["files"].as_array().unwrap().iter();
        let of_json = files.flat_map(|file| file["findings"].as_array().unwrap());
        let of_json = fingerprints(of_json.map(|finding| &finding["fingerprint"]));
        let of_lines = lines.iter().filter(|line| line["kind"] == "finding");
        assert_eq!(
            fingerprints(of_lines.map(|line| &line["fingerprint"])),
            of_json
        );
        let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
        let results = results.map(|it| &it["partialFingerprints"]["lambdalift/v1"]);
        assert_eq!(fingerprints(results), of_json);
        let issues = reports.json("gitlab");
        let of_gitlab = issues
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["fingerprint"]);
        let of_gitlab = fingerprints(of_gitlab);
        let failures = json["errors"].as_array().unwrap().len();
        assert_eq!(of_gitlab.difference(&of_json).count(), failures);

        let junit = quick_junit::Report::deserialize_from_str(reports.text("junit")).unwrap();
        let functions = lines.iter().filter(|line| line["kind"] == "function");
        assert!(junit.tests >= functions.count());
    }
}

#[test]
fn diffs_are_part_of_the_reports() {
    let of_report = validator("schemas/report.schema.json");
    let of_line = validator("schemas/report-line.schema.json");
    let with_diff = ["--diff", "testdata/sample"];
    let (json, lines) = (report(&with_diff), formatted("jsonl", &with_diff));
    assert_follows(&of_report, &json);
    let line = String::from_utf8(lines).unwrap();
    let line: Value = serde_json::from_str(line.lines().nth(1).unwrap()).unwrap();
    assert_follows(&of_line, &line);
    assert_eq!(line["diff"], json["files"][0]["diff"]);
    assert!(
        line["diff"]
            .as_str()
            .unwrap()
            .starts_with("--- a/testdata/")
    );
}

/// The schemas would let nonsense pass if they said nothing.
#[test]
fn the_schemas_refuse_what_is_wrong() {
    for (schema, document) in [
        (
            "schemas/report-line.schema.json",
            r#"{"version": 1, "label": null, "kind": "function"}"#,
        ),
        (
            "testdata/report/sarif-schema-2.1.0.json",
            r#"{"version": "2.1.0", "runs": [{}]}"#,
        ),
    ] {
        let validator = validator(schema);
        assert!(!validator.is_valid(&serde_json::from_str(document).unwrap()));
    }
}

/// A copy of a directory of the project.
fn copy(from: &str) -> tempfile::TempDir {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    let copy = tempfile::tempdir().unwrap();
    for entry in WalkDir::new(&root) {
        let entry = entry.unwrap();
        let to = copy.path().join(entry.path().strip_prefix(&root).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).unwrap();
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
    copy
}

/// The byte offset of a line and a column in UTF-16 units, both from 1.
fn offset(text: &str, line: u64, column: u64) -> usize {
    let before = usize::try_from(line).unwrap() - 1;
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let mut units = 1;
    for (at, c) in text[start..]
        .char_indices()
        .filter(|(_, c)| *c != '\u{feff}')
    {
        if units == column {
            return start + at;
        }
        units += c.len_utf16() as u64;
    }
    assert_eq!(units, column);
    text.len()
}

/// Makes the replacements of every fix of a SARIF log, as a program that knows nothing else would.
fn apply_fixes(directory: &Path, sarif: &Value) -> usize {
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    let mut changes: BTreeMap<PathBuf, Vec<(usize, usize, String)>> = BTreeMap::new();
    let results = run["results"].as_array().unwrap().iter();
    let fixes = results
        .filter_map(|result| result["fixes"].as_array())
        .flatten();
    for change in fixes.flat_map(|fix| fix["artifactChanges"].as_array().unwrap()) {
        let uri = change["artifactLocation"]["uri"].as_str().unwrap();
        let path = directory.join(
            percent_encoding::percent_decode_str(uri)
                .decode_utf8()
                .unwrap()
                .as_ref(),
        );
        let text = fs::read_to_string(&path).unwrap();
        let known = changes.entry(path).or_default();
        for replacement in change["replacements"].as_array().unwrap() {
            let region = &replacement["deletedRegion"];
            let at = |line: &str, column: &str| {
                offset(
                    &text,
                    region[line].as_u64().unwrap(),
                    region[column].as_u64().unwrap(),
                )
            };
            let (start, end) = (at("startLine", "startColumn"), at("endLine", "endColumn"));
            let content = replacement["insertedContent"]["text"].as_str().unwrap();
            known.push((start, end, content.to_owned()));
        }
    }
    for (path, replacements) in &changes {
        let mut text = fs::read_to_string(path).unwrap();
        for (start, end, content) in replacements.iter().rev() {
            text.replace_range(*start..*end, content);
        }
        fs::write(path, text).unwrap();
    }
    changes.len()
}

fn contents(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = WalkDir::new(directory).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let read = files.map(|entry| {
        let path = entry.path().strip_prefix(directory).unwrap().to_owned();
        (path, fs::read(entry.path()).unwrap())
    });
    read.collect()
}

/// A part of a migration is no migration: the fixes of SARIF make of every file what --write makes of it,
/// build files with them.
#[test]
fn the_fixes_of_sarif_are_the_migration() {
    for options in [&[] as &[&str], &["--templates-only"]] {
        let (fixed, written) = (copy("testdata/rules"), copy("testdata/rules"));
        let strange = "Resources: # \u{1f980}\r\n  \u{1f980}: {Type: AWS::Lambda::Function, Properties: \
                       {Description: \u{1f980}\u{e9}, Runtime: go1.x, Handler: a, Code: {S3Bucket: b, S3Key: k}}}\r\n";
        for directory in [&fixed, &written] {
            fs::write(directory.path().join("caf\u{e9} #1.yaml"), strange).unwrap();
            fs::write(
                directory.path().join("bom.yaml"),
                format!("\u{feff}{strange}"),
            )
            .unwrap();
        }
        let with = |first: &[&'static str]| [first, options].concat();
        let sarif = run_in(fixed.path(), &with(&["--format", "sarif"]));
        let changed = apply_fixes(
            fixed.path(),
            &serde_json::from_slice(&sarif.stdout).unwrap(),
        );
        assert!(changed > 50, "{changed}");
        run_in(written.path(), &with(&["--write"]));
        let (fixed, written) = (contents(fixed.path()), contents(written.path()));
        for (path, content) in &written {
            let ours = String::from_utf8_lossy(&fixed[path]);
            assert_eq!(ours, String::from_utf8_lossy(content), "{}", path.display());
        }
    }
}

#[test]
fn sarif_says_where_things_are() {
    let sarif: Value = serde_json::from_slice(&formatted("sarif", &["testdata/sample"])).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let page = format!(
            "https://example.org/rules/{}.md",
            rule["id"].as_str().unwrap()
        );
        assert_eq!(rule["helpUri"], page);
    }
    let charge = &run["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["ruleId"] == "rebuild-artifact")
        .unwrap();
    let place = &charge["locations"][0]["physicalLocation"];
    assert_eq!(
        place["artifactLocation"]["uri"],
        "testdata/sample/payments/stack.json"
    );
    assert_eq!(place["region"]["startLine"], 11);
    assert_eq!(
        charge["locations"][0]["logicalLocations"][0]["name"],
        "Charge"
    );
    let failed: Value = serde_json::from_slice(&formatted("sarif", &["no/such/place"])).unwrap();
    let invocation = &failed["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(
        invocation["toolExecutionNotifications"][0]["level"],
        "error"
    );
}

/// What a finding is known by depends on nothing that happens elsewhere in the file.
#[test]
fn fingerprints_outlive_edits_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("template.yaml");
    let prints = |text: &str, args: &[&str]| -> Vec<(String, String)> {
        fs::write(&path, text).unwrap();
        let args = [&["--format", "json"], args].concat();
        let report: Value =
            serde_json::from_slice(&run_in(directory.path(), &args).stdout).unwrap();
        let findings = report["files"][0]["findings"].as_array().unwrap().clone();
        let both = findings.iter().map(|it| {
            let text = |key: &str| it[key].as_str().unwrap().to_owned();
            (text("fingerprint"), text("rule"))
        });
        both.collect()
    };
    let function = |name: &str| {
        format!(
            "  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: go1.x\n      \
             Handler: {name}\n      CodeUri: s3://acme/{name}.zip\n      Layers: [!Ref A, !Ref B]\n"
        )
    };
    let body = format!("Resources:\n{}{}", function("intake"), function("refund"));
    let before = prints(&body, &[]);
    assert!(before.len() > 5, "{before:?}");
    assert_eq!(before, prints(&body, &[]), "two runs");
    assert_eq!(
        before,
        prints(
            &format!("Description: all our\n  services\n# and more\n{body}"),
            &[]
        ),
        "an edit above"
    );
    let absolute = directory.path().canonicalize().unwrap();
    assert_eq!(
        before,
        prints(&body, &[absolute.to_str().unwrap()]),
        "another spelling of the path"
    );
    let more = prints(
        &format!(
            "Resources:\n{}{}",
            function("first"),
            body.replace("Resources:\n", "")
        ),
        &[],
    );
    assert!(
        before.iter().all(|print| more.contains(print)),
        "another function above"
    );
    let unique: BTreeSet<&String> = before.iter().map(|(print, _)| print).collect();
    assert_eq!(unique.len(), before.len(), "equal ones are numbered");
}

/// GitHub shows ten annotations of a kind; the worst come first, and nothing is lost.
#[test]
fn github_gets_the_worst_first() {
    let directory = tempfile::tempdir().unwrap();
    let function = |name: &str, runtime: &str| {
        format!(
            "  {name}: {{Type: AWS::Serverless::Function, Properties: {{Runtime: {runtime}, Handler: a, CodeUri: s3://b/{name}}}}}\n"
        )
    };
    let moved: String = (0..14)
        .map(|n| function(&format!("Moved{n}"), "provided.al2"))
        .collect();
    let declined = function("Declined", "!Sub \"go${Version}.x\"");
    fs::write(
        directory.path().join("t.yaml"),
        format!(
            "Parameters: {{Version: {{Type: String, Default: '1'}}}}\nResources:\n{moved}{declined}"
        ),
    )
    .unwrap();
    let output = run_in(
        directory.path(),
        &["--format", "github", ".", "no/such/place"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("::")).collect();
    assert!(
        commands[0].starts_with("::error file=no/such/place,title=lambdalift::"),
        "{text}"
    );
    assert!(commands[1].contains("Declined"), "{text}");
    let warnings = commands
        .iter()
        .filter(|line| line.starts_with("::warning "));
    assert_eq!(warnings.count(), 10);
    let plain: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("::"))
        .collect();
    assert!(
        plain
            .iter()
            .all(|line| line.starts_with("warning: t.yaml:") || line.starts_with("not shown"))
    );
    assert_eq!(
        *plain.last().unwrap(),
        format!(
            "not shown as annotations, of which GitHub takes 10 of a kind in a step: {} of {} warnings",
            plain.len() - 1,
            plain.len() + 9
        )
    );
}

#[test]
fn junit_has_a_test_for_each_function() {
    let junit = String::from_utf8(formatted("junit", &["testdata/sample"])).unwrap();
    let junit = quick_junit::Report::deserialize_from_str(&junit).unwrap();
    assert_eq!((junit.tests, junit.failures, junit.errors), (6, 5, 0));
    let directory = copy("testdata/sample");
    let output = run_in(directory.path(), &["--write", "--format", "junit"]);
    let junit =
        quick_junit::Report::deserialize_from_str(&String::from_utf8(output.stdout).unwrap())
            .unwrap();
    assert_eq!(
        (junit.tests, junit.failures),
        (6, 2),
        "what is written passes"
    );
    // A function that its Dockerfile alone moves is written, too.
    let directory = copy("testdata/rules/image-dockerfile/another-origin-only");
    let args = ["--write", "--format", "jsonl", "--output", "r.jsonl"];
    run_in(directory.path(), &args);
    let inventory = run_in(directory.path(), &["report", "--format", "json", "r.jsonl"]);
    let inventory: Value = serde_json::from_slice(&inventory.stdout).unwrap();
    assert_eq!(inventory["functions"][0]["written"], true, "{inventory}");
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
