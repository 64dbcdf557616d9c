//! The library as somebody uses it who has no command line.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;

use lambdalift::{
    ArchitectureChoice, Effect, Migration, Options, Project, Status, Verdict, migrate,
};

const TEMPLATE: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Hello: # greets
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./hello
      Handler: hello
      Runtime: go1.x
";

const MAIN: &str = "package main\n\nfunc main() {}\n";
const MODULE: &str = "module example.com/hello\n\ngo 1.22\n";

fn verdicts(migration: &Migration) -> Vec<Verdict> {
    migration.functions.iter().map(|it| it.verdict).collect()
}

#[test]
fn the_edits_lead_to_the_text() {
    for template in [TEMPLATE.to_owned(), TEMPLATE.replace('\n', "\r\n")] {
        let migration = migrate(&template, "template.yaml", &Options::default());
        let mut text = template.clone();
        for edit in migration.edits.iter().rev() {
            text.replace_range(edit.range(), edit.content());
        }
        assert!(migration.edits.len() >= 3);
        assert_eq!(Some(text), migration.text);
        assert_eq!(migration.status, Status::Examined);
        let place = migration.position(template.find("greets").unwrap());
        assert_eq!((place.line, place.column), (4, 12));
        let again = migrate(migration.text.as_deref().unwrap(), "x", &Options::default());
        assert!(again.text.is_none() && again.edits.is_empty());
    }
}

#[test]
fn any_text_has_an_answer() {
    for (text, status) in [
        ("", Status::NotATemplate),
        ("{", Status::NotATemplate),
        ("a: 1", Status::NotATemplate),
        (
            "Resources: {F: {Type: AWS::Lambda::Function, Properties: [",
            Status::Unparsable,
        ),
        (
            "Resources:\r  F:\r    Type: AWS::Lambda::Function",
            Status::Unparsable,
        ),
        (
            "Resources:\n  F: {Type: 'AWS::Lambda::Function\0'}",
            Status::Unparsable,
        ),
    ] {
        let migration = migrate(text, "t.yaml", &Options::default());
        assert_eq!(migration.status, status, "{text:?}");
        assert!(migration.text.is_none() && migration.edits.is_empty());
    }
}

#[test]
fn surroundings_in_memory_are_those_on_disk() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("hello")).unwrap();
    fs::write(root.path().join("hello/main.go"), MAIN).unwrap();
    fs::write(root.path().join("hello/go.mod"), MODULE).unwrap();
    let on_disk = Project::on_disk(root.path())
        .unwrap()
        .template(root.path().join("template.yaml"), TEMPLATE)
        .migrate(&Options::default());
    let in_memory = Project::in_memory()
        .template("template.yaml", TEMPLATE)
        .file("hello/main.go", MAIN)
        .file("hello/go.mod", MODULE)
        .migrate(&Options::default());
    for migrations in [&on_disk, &in_memory] {
        assert_eq!(verdicts(&migrations.templates[0]), [Verdict::Migrated]);
    }
    assert_eq!(on_disk.templates[0].text, in_memory.templates[0].text);
    let alone = migrate(TEMPLATE, "template.yaml", &Options::default());
    assert_eq!(verdicts(&alone), [Verdict::MigratedWithFollowUp]);
    assert!(
        alone
            .findings
            .iter()
            .any(|it| it.effect == Effect::FollowUp)
    );
    assert!(Project::on_disk(root.path().join("absent")).is_err());
}

#[test]
fn templates_are_judged_together_whatever_is_wanted_of_each() {
    let shared = TEMPLATE.replace("./hello", "s3://acme-releases/hello.zip");
    let kept = Options {
        from: Vec::new(),
        ..Options::default()
    };
    let migrations = Project::in_memory()
        .template("a.yaml", shared.clone())
        .template_with("b.yaml", shared.clone(), kept)
        .migrate(&Options::default());
    let [a, b] = migrations.templates.as_slice() else {
        unreachable!("two templates were given")
    };
    assert_eq!(
        (a.path().to_str(), b.path().to_str()),
        (Some("a.yaml"), Some("b.yaml"))
    );
    assert_eq!(
        (verdicts(a), verdicts(b)),
        (vec![Verdict::Declined], vec![Verdict::Ignored])
    );
    assert!(a.text.is_none() && b.text.is_none());
}

#[test]
fn build_files_move_along_unless_they_are_not_wanted() {
    let makefile =
        "bin/hello: hello/main.go\n\tGOOS=linux GOARCH=amd64 go build -o bin/hello ./hello\n";
    let template = TEMPLATE.replace("./hello", "./bin");
    let project = || {
        Project::in_memory()
            .template("template.yaml", template.clone())
            .file("Makefile", makefile)
            .file("hello/main.go", MAIN)
            .file("go.mod", MODULE)
    };
    let migrations = project().migrate(&Options::default());
    let [file] = migrations.build_files.as_slice() else {
        unreachable!("{migrations:?}")
    };
    assert_eq!(file.path.to_str(), Some("Makefile"));
    assert_eq!(file.before, makefile);
    assert!(
        file.after.contains("bin/bootstrap") && file.after.contains("GOARCH=arm64"),
        "{}",
        file.after
    );
    let options = Options {
        templates_only: true,
        architecture: ArchitectureChoice::X86_64,
        ..Options::default()
    };
    let migrations = project().migrate(&options);
    assert!(migrations.build_files.is_empty());
    assert_eq!(
        verdicts(&migrations.templates[0]),
        [Verdict::MigratedWithFollowUp]
    );
}
