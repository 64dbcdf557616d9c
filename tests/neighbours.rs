//! A template on `provided.al2023` alone is not parsed unless it could run the package of a function that
//! moves. Then it counts, wherever it lies and however it names the package.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

const DIRECTORY: (&str, &str) = ("bin", "svc/bin");
const OBJECT: (&str, &str) = (
    "{Bucket: acme, Key: releases/svc.zip}",
    "s3://acme/releases/svc.zip",
);

/// Stands for the repository in what a neighbour says.
const ROOT: &str = "ROOT";

/// A neighbour: where it lies, what it says, and a link that has to be there.
struct Neighbour {
    at: &'static str,
    /// `CODE` stands for the value of `CodeUri`.
    text: &'static str,
    code: &'static str,
    /// Where a link lies, and where it leads.
    link: Option<(&'static str, &'static str)>,
}

const PLAIN: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  New:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: CODE, Handler: bootstrap, Runtime: provided.al2023}
";

const JSON: &str = r#"{"Transform": "AWS::Serverless-2016-10-31", "Resources": {"New":
    {"Type": "AWS::Serverless::Function", "Properties":
        {"CodeUri": "CODE", "Handler": "bootstrap", "Runtime": "provided.al2023"}}}}"#;

/// Its `CodeUri` is put together from parts.
const LOOP: &str = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Resources:
  Fn::ForEach::All:
    - Name
    - [svc]
    - ${Name}New:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: CODE, Handler: bootstrap, Runtime: provided.al2023}
";

/// What a run says about a repository with a function on `go1.x` in `svc`: the diff, and the rest.
fn run(old: &str, neighbour: Option<&Neighbour>, arguments: &[&str]) -> (String, String) {
    let repository = tempfile::tempdir().unwrap();
    let root = repository.path();
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    fs::create_dir(root.join(".git")).unwrap();
    put("svc/bin/main", "a program");
    put(".gitignore", "ignored\n");
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Old:\n    Type: AWS::Serverless::Function\n    \
         Properties: {{CodeUri: {old}, Handler: main, Runtime: go1.x}}\n"
    );
    put("svc/template.yaml", &text);
    if let Some(neighbour) = neighbour {
        let code = neighbour.code.replace(ROOT, root.to_str().unwrap());
        put(neighbour.at, &neighbour.text.replace("CODE", &code));
        if let Some((link, target)) = neighbour.link {
            std::os::unix::fs::symlink(target, root.join(link)).unwrap();
        }
    }
    lambdalift(root, arguments)
}

fn lambdalift(directory: &Path, arguments: &[&str]) -> (String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn neighbours_that_run_the_package_count() {
    let directory = |at, code| Neighbour {
        at,
        text: PLAIN,
        code,
        link: None,
    };
    let cases = [
        (DIRECTORY.0, directory("template.yaml", DIRECTORY.1)),
        (DIRECTORY.0, directory("svc/other.yaml", "bin")),
        (DIRECTORY.0, directory("svc/other.json.tpl", "./bin/")),
        (DIRECTORY.0, directory("infra/template.yaml", "../svc/bin")),
        (
            DIRECTORY.0,
            Neighbour {
                link: Some(("infra/code", "../svc/bin")),
                ..directory("infra/template.yaml", "code")
            },
        ),
        (
            DIRECTORY.0,
            Neighbour {
                text: LOOP,
                ..directory("template.yaml", "'${Name}/bin'")
            },
        ),
        (
            DIRECTORY.0,
            Neighbour {
                text: JSON,
                ..directory("infra/template.json", "ROOT/svc/bin")
            },
        ),
        // Links that the walk never meets: in what is hidden, ignored, or installed.
        (
            DIRECTORY.0,
            Neighbour {
                link: Some(("infra/.code", "../svc/bin")),
                ..directory("infra/template.yaml", ".code")
            },
        ),
        (
            DIRECTORY.0,
            Neighbour {
                link: Some(("infra/ignored", "../svc/bin")),
                ..directory("infra/template.yaml", "./ignored/")
            },
        ),
        // Paths that are put together or spelled otherwise.
        (
            DIRECTORY.0,
            directory("infra/template.yaml", "'ROOT/svc/bin'"),
        ),
        (
            DIRECTORY.0,
            directory("infra/template.yaml", "!Sub ROOT/svc/bin"),
        ),
        (
            DIRECTORY.0,
            directory("infra/template.yaml", "&x ROOT/svc/bin"),
        ),
        (
            DIRECTORY.0,
            directory("infra/template.yaml", "\"\\x2e\\x2e/svc/bin\""),
        ),
        (
            DIRECTORY.0,
            directory("infra/template.yaml", "!Join ['', [., ./svc/bin]]"),
        ),
        (
            OBJECT.0,
            directory(
                "infra/template.yaml",
                "!Join ['', ['s3:/', /acme/releases/svc.zip]]",
            ),
        ),
        (
            OBJECT.0,
            Neighbour {
                text: JSON,
                ..directory("infra/template.json", "s3:\\/\\/acme\\/releases\\/svc.zip")
            },
        ),
        (OBJECT.0, directory("infra/template.yaml", OBJECT.1)),
        (OBJECT.0, directory("infra/template.yaml", OBJECT.0)),
        (
            OBJECT.0,
            Neighbour {
                text: LOOP,
                ..directory("infra/template.yaml", "'s3://acme/releases/${Name}.zip'")
            },
        ),
    ];
    for (old, neighbour) in &cases {
        let Neighbour { at, code, .. } = neighbour;
        let (alone, _) = run(old, None, &["."]);
        assert!(alone.contains("+++ b/svc/template.yaml"), "{alone}");
        for arguments in [&["."][..], &["svc/template.yaml"], &["--thorough", "."]] {
            let (diff, messages) = run(old, Some(neighbour), arguments);
            assert_eq!(diff, "", "{at} {code} {arguments:?}");
            assert!(messages.contains("New in "), "{at} {code}: {messages}");
        }
    }
}

#[test]
fn one_that_names_the_package_and_cannot_be_read_is_named() {
    let neighbour = |code| Neighbour {
        at: "infra/template.yaml",
        text: "Type: AWS::Serverless::Function\nRuntime: provided.al2023\nCodeUri: CODE\nX: [",
        code,
        link: None,
    };
    for (code, is_named) in [
        ("../svc/bin", true),
        ("!Ref P", true),
        ("./elsewhere", false),
    ] {
        let (_, messages) = run(DIRECTORY.0, Some(&neighbour(code)), &["."]);
        let named = "note: infra/template.yaml may run a package that moves, and cannot be read";
        assert_eq!(messages.contains(named), is_named, "{code}: {messages}");
    }
}

#[test]
fn lists_are_complete() {
    let neighbour = Neighbour {
        at: "infra/template.yaml",
        text: PLAIN,
        code: "./dist",
        link: None,
    };
    let (listed, _) = run(DIRECTORY.0, Some(&neighbour), &["list"]);
    assert!(listed.contains("New") && listed.contains("Old"), "{listed}");
}

#[test]
fn others_change_nothing_and_are_not_parsed() {
    for at in ["infra/template.yaml", "svc/deeper/template.yaml"] {
        let neighbour = Neighbour {
            at,
            text: "{ [ AWS::Lambda::Function, provided.al2023",
            code: "",
            link: None,
        };
        let old = DIRECTORY.0;
        let (diff, messages) = run(old, Some(&neighbour), &["."]);
        let counted = "; 1 template on provided.al2023 alone";
        assert!(messages.contains(counted), "{messages}");
        let uncounted = messages.replace(counted, "");
        assert_eq!((diff, uncounted), run(old, None, &["."]));
        let (_, messages) = run(old, Some(&neighbour), &["--verbose", "."]);
        assert!(messages.contains("unparsable-template"), "{messages}");
    }
}
