//! Configuration files in real directories.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

/// A repository with these files.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Status, standard output, standard error.
fn run(directory: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(directory)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A function in the archive that all functions here share.
fn template(name: &str, runtime: &str) -> String {
    format!(
        "Resources:\n  {name}:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: {runtime}\n      \
         Handler: main\n      Code:\n        S3Bucket: acme-releases\n        S3Key: all.zip\n"
    )
}

/// A function with an archive of its own.
fn alone(name: &str, runtime: &str) -> String {
    template(name, runtime).replace("all.zip", &format!("{name}.zip"))
}

/// `Id verdict` of each function.
fn verdicts(directory: &Path, args: &[&str]) -> Vec<String> {
    let (status, stdout, stderr) = run(directory, &[&["list"], args].concat());
    assert_eq!(status, Some(0), "{stderr}");
    let words =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    let lines = stdout.lines().map(words);
    lines
        .map(|line| format!("{} {}", line.get(1).unwrap(), line.last().unwrap()))
        .collect()
}

/// Whoever shares a package with a function that its own configuration holds back, stays with it: made
/// anew as `bootstrap`, the archive would no longer start there.
#[test]
fn a_package_has_one_fate_whatever_the_templates_are_told() {
    let (old, new) = (template("Old", "go1.x"), template("New", "go1.x"));
    for (configuration, stays) in [
        ("ignore = ['retired-runtime']", "ignored"),
        ("ignore = ['go-handler']", "ignored"),
        ("ignore = ['x86-architecture']", "ignored"),
        ("select = ['retired-runtime', 'go-handler']", "ignored"),
        ("from = ['provided.al2']", "ignored"),
        ("safe-only = true", "held-back"),
    ] {
        let root = repository(&[
            ("old/lambdalift.toml", configuration),
            ("old/template.yaml", &old),
            ("new/template.yaml", &new),
        ]);
        let expected = ["New declined".to_owned(), format!("Old {stays}")];
        assert_eq!(verdicts(root.path(), &[]), expected, "{configuration}");
        let (status, stdout, stderr) = run(root.path(), &[]);
        assert_eq!((status, stdout.as_str()), (Some(0), ""), "{stderr}");
        // Where all are told the same, nobody is in another's way.
        let moved = ["New migrated-with-follow-up", "Old migrated-with-follow-up"];
        assert_eq!(verdicts(root.path(), &["--isolated"]), moved);
    }
}

/// Outside of a repository it goes up to the working directory, or, for what does not lie there, to the path
/// that was named.
#[test]
fn without_a_repository_the_search_ends_where_the_user_is() {
    let root = repository(&[
        ("lambdalift.toml", "exclude = ['**/*.yaml']"),
        ("here/deep/template.yaml", &alone("Here", "go1.x")),
        ("there/deep/template.yaml", &alone("There", "go1.x")),
    ]);
    fs::remove_dir(root.path().join(".git")).unwrap();
    let here = root.path().join("here");
    let is_above = root.path().to_str().unwrap();
    let moved = |name: &str| vec![format!("{name} migrated-with-follow-up")];
    // What lies above the working directory says nothing of what lies in it, wherever the search began.
    for above in ["..", "../.", is_above] {
        assert_eq!(verdicts(&here, &[above]), moved("Here"), "{above}");
    }
    assert_eq!(verdicts(&here, &["."]), moved("Here"));
    assert_eq!(verdicts(&here, &["../there"]), moved("There"));
    assert_eq!(verdicts(root.path(), &["."]), [""; 0]);
}

/// What is left out cannot be missed, whether it could have been read or not.
#[test]
fn who_is_left_out_need_not_be_readable() {
    let large = alone("Large", "go1.x") + &"#".repeat(3_000);
    let root = repository(&[
        ("x/lambdalift.toml", "exclude = ['a/large.yaml']"),
        ("x/a/large.yaml", &large),
        ("y/z/fine.yaml", &alone("Fine", "go1.x")),
    ]);
    for is_repository in [true, false] {
        if !is_repository {
            fs::remove_dir(root.path().join(".git")).unwrap();
        }
        for x in ["../x", "./../x/", "../x/."] {
            let args = ["--max-file-size", "1K", "--strict", "--check", x];
            let (status, _, stderr) = run(&root.path().join("y"), &args);
            assert_eq!(status, Some(0), "{x}: {stderr}");
        }
    }
}

/// A template that is left out is still there.
#[test]
fn who_is_left_out_holds_those_who_share_its_package() {
    let root = repository(&[
        ("lambdalift.toml", "exclude = ['old/']\n"),
        ("old/template.yaml", &template("Old", "go1.x")),
        ("new/template.yaml", &template("New", "go1.x")),
        ("other/template.yaml", &alone("Other", "go1.x")),
    ]);
    let expected = ["New declined", "Other migrated-with-follow-up"];
    assert_eq!(verdicts(root.path(), &[]), expected);
    let (status, _, stderr) = run(root.path(), &["--write"]);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(
        stderr.contains("Old in old/template.yaml runs the artefact"),
        "{stderr}"
    );
    let text = fs::read_to_string(root.path().join("old/template.yaml")).unwrap();
    assert_eq!(text, template("Old", "go1.x"));

    // The same holds for an architecture: the archive cannot be built for two.
    let root = repository(&[
        (
            "lambdalift.toml",
            "exclude = ['old/']\narchitecture = 'arm64'\n",
        ),
        ("old/template.yaml", &template("Old", "provided.al2")),
        ("new/template.yaml", &template("New", "provided.al2")),
    ]);
    let (_, diff, stderr) = run(root.path(), &["--verbose"]);
    assert!(
        !diff.contains("arm64") && diff.contains("provided.al2023"),
        "{diff}"
    );
    assert!(
        stderr.contains("Old in old/template.yaml runs the same package on x86_64"),
        "{stderr}"
    );
}

#[test]
fn a_package_has_one_architecture_whatever_the_templates_are_told() {
    let (old, new) = (template("Old", "go1.x"), template("New", "go1.x"));
    for (configuration, has_list) in [
        ("architecture = 'keep'", false),
        ("architecture = 'x86_64'", false),
        ("architecture = 'auto'", true),
        ("architecture = 'arm64'", true),
    ] {
        let root = repository(&[
            (
                "lambdalift.toml",
                &format!("[[overrides]]\npaths = ['old/']\n{configuration}\n"),
            ),
            ("old/template.yaml", &old),
            ("new/template.yaml", &new),
        ]);
        let (_, diff, stderr) = run(root.path(), &["--verbose"]);
        let of_new = diff.split("--- a/old").next().unwrap();
        assert_eq!(of_new.contains("arm64"), has_list, "{diff}");
        assert_eq!(
            stderr.contains("Old in old/template.yaml runs the same package on x86_64"),
            !has_list,
            "{stderr}"
        );
    }
}

#[test]
fn a_wrong_file_anywhere_stops_the_run_before_anything_is_written() {
    let root = repository(&[
        ("a/template.yaml", &template("A", "go1.x")),
        ("b/lambdalift.toml", "\narchitecture = 'arm46'\n"),
        ("b/template.yaml", &template("B", "go1.x")),
    ]);
    let (status, stdout, stderr) = run(root.path(), &["--write"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""));
    let expected = "lambdalift: b/lambdalift.toml:2:16: unknown value arm46; did you mean arm64?\n";
    assert_eq!(stderr, expected);
    let text = fs::read_to_string(root.path().join("a/template.yaml")).unwrap();
    assert_eq!(text, template("A", "go1.x"));
    // A file below which there is no template is not looked for.
    let (status, _, stderr) = run(root.path(), &["a"]);
    assert_eq!(status, Some(0), "{stderr}");
}

#[test]
fn init_writes_what_changes_nothing() {
    let root = repository(&[("template.yaml", &template("A", "go1.x"))]);
    let before = run(root.path(), &["--verbose"]);
    let (status, stdout, stderr) = run(root.path(), &["init"]);
    assert_eq!((status, stdout.as_str()), (Some(0), ""), "{stderr}");
    let written = fs::read_to_string(root.path().join("lambdalift.toml")).unwrap();
    assert!(written.contains("\n# architecture = \"auto\"\n"));
    assert_eq!(run(root.path(), &["--verbose"]), before);

    let (status, _, stderr) = run(root.path(), &["init"]);
    let expected = "lambdalift: lambdalift.toml is there already; edit it, or remove it first\n";
    assert_eq!((status, stderr.as_str()), (Some(2), expected));
    let hidden = repository(&[(".lambdalift.toml", "")]);
    assert_eq!(run(hidden.path(), &["init"]).0, Some(2));
    assert!(!hidden.path().join("lambdalift.toml").exists());
}

#[test]
fn schemas_are_printed_as_they_are_published() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["config", "report"] {
        let (status, stdout, _) = run(root, &["schema", name]);
        let file = root.join(format!("schemas/{name}.schema.json"));
        assert_eq!(
            (status, stdout),
            (Some(0), fs::read_to_string(file).unwrap())
        );
    }
}

#[test]
fn the_file_of_the_working_directory_says_how_to_search() {
    let root = repository(&[
        (
            "lambdalift.toml",
            "hidden = true\nexclude = ['/skipped']\nmax-file-size = '1K'\n",
        ),
        (".hidden/template.yaml", &alone("Hidden", "go1.x")),
        ("skipped/template.yaml", &alone("Skipped", "go1.x")),
        (
            "skipped/large.yaml",
            &format!("# {}\n{}", "x".repeat(1024), alone("L", "go1.x")),
        ),
        (
            "below/lambdalift.toml",
            "exclude = ['/x']\nhidden = false\n",
        ),
        ("below/x/template.yaml", &alone("X", "go1.x")),
        ("below/y/template.yaml", &alone("Y", "go1.x")),
    ]);
    let moved = |names: &[&str]| -> Vec<String> {
        let moved = names.iter();
        moved
            .map(|name| format!("{name} migrated-with-follow-up"))
            .collect()
    };
    assert_eq!(verdicts(root.path(), &[]), moved(&["Hidden", "Y"]));
    assert_eq!(verdicts(root.path(), &["--hidden=false"]), moved(&["Y"]));
    assert_eq!(verdicts(&root.path().join("below"), &[]), moved(&["Y"]));
    let named = [
        "skipped/template.yaml",
        "below/x/template.yaml",
        "below/y/template.yaml",
    ];
    assert_eq!(verdicts(root.path(), &named), moved(&["Y"]));
    let (status, _, stderr) = run(root.path(), &["skipped"]);
    assert_eq!(status, Some(0), "{stderr}");
    let (_, _, stderr) = run(root.path(), &[]);
    let note = "below/lambdalift.toml: not used in this run, for which the configuration of the working \
                directory decides: hidden\n";
    assert!(stderr.contains(note), "{stderr}");
}

#[test]
fn tables_and_dates_come_from_the_file() {
    let root = repository(&[
        (
            "lambdalift.toml",
            "[lifecycle.'go1.x']\nupdate-blocked = '2031-05-04'\n",
        ),
        ("below/lambdalift.toml", "runtimes = 'no-table.json'\n"),
        ("below/no-table.json", "{}"),
        ("template.yaml", &template("A", "go1.x")),
    ]);
    let (_, _, stderr) = run(root.path(), &["--verbose"]);
    assert!(stderr.contains("no updates from 2031-05-04"), "{stderr}");
    let (status, _, stderr) = run(&root.path().join("below"), &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("no-table.json: missing field"), "{stderr}");
}

#[test]
fn standard_input_is_what_its_name_says() {
    let root = repository(&[
        (
            "lambdalift.toml",
            "[[overrides]]\npaths = ['old/']\nfrom = ['provided']\n",
        ),
        ("old/other.yaml", ""),
    ]);
    let run = |name: &str| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lambdalift"))
            .args(["--quiet", "--stdin-filename", name, "-"])
            .current_dir(root.path())
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let text = template("A", "go1.x");
        std::io::Write::write_all(child.stdin.as_mut().unwrap(), text.as_bytes()).unwrap();
        child.wait_with_output().unwrap().stdout.is_empty()
    };
    assert!(run("old/template.yaml"));
    assert!(!run("new/template.yaml"));
    assert!(!run("template.yaml"));
}

#[cfg(all(feature = "guard", unix))]
#[test]
fn guard_rules_of_the_repository_are_kept() {
    let rules = "rule stays { Resources.*[ Type == 'AWS::Lambda::Function' ] { Properties.Runtime == 'go1.x' } }\n";
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("other.guard"), rules).unwrap();
    let root = repository(&[
        ("app/lambdalift.toml", "guard-rules = ['../policy']\n"),
        ("app/template.yaml", &template("A", "go1.x")),
        ("policy/runtime.guard", rules),
    ]);
    let app = root.path().join("app");
    let (status, stdout, stderr) = run(&app, &["--guard-report"]);
    assert_eq!((status, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains("guard-regression"), "{stderr}");
    assert_eq!(run(&app, &["--isolated"]).0, Some(0));
    // What a repository holds may be anybody's: it does not lead out.
    let link = root.path().join("policy/other.guard");
    std::os::unix::fs::symlink(outside.path().join("other.guard"), link).unwrap();
    let (status, _, stderr) = run(&app, &[]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("leads out of the repository"), "{stderr}");
    let (_, _, stderr) = run(&app, &["--guard-rules", "../policy"]);
    assert!(stderr.contains("guard-regression"), "{stderr}");
}
