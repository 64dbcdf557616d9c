//! Inputs that want to crash, hang or fill the program. `.ci/hostile.py` makes more of them, in full size.
#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

#[path = "support/bounded.rs"]
mod bounded;

use bounded::{expect, fifo, function, good};

const MARK: &str = "# AWS::Serverless::Function go1.x\n";

/// Lines of which each holds the one before twice.
fn doubling(first: &str, twice: impl Fn(usize) -> String, levels: usize) -> String {
    let rest = (1..=levels).map(|level| format!(" a{level}: &a{level} {}\n", twice(level - 1)));
    format!("X:\n a0: &a0 {first}\n{}", rest.collect::<String>())
}

#[test]
fn texts_of_any_shape_end_in_a_message() {
    let deep = "collections are nested more than 255 levels deep";
    let aliases = "aliases expand to more than 10000000 nodes";
    let migrated = "functions: 1 migrated";
    let merged = |name: &str| {
        let own = format!("<<: *{name}, Handler: h, CodeUri: s3://acme/k.zip");
        format!("Resources:\n{}", function("F", &own))
    };
    let chain: String = (1..20_000)
        .map(|n| format!(" a{n}: &a{n} {{<<: *a{}}}\n", n - 1))
        .collect();
    let nested_block: String = (0..2_000)
        .map(|n| format!("{}a:\n", " ".repeat(n)))
        .collect();
    let many_keys: String = (0..50_000).map(|n| format!(" k{n}: v\n")).collect();
    let cases: Vec<(&str, String, &str)> = vec![
        (
            "nested lists",
            format!("{MARK}Deep: {}", "[".repeat(100_000)),
            deep,
        ),
        (
            "nested maps",
            format!("{MARK}Deep: {}", "{a: ".repeat(100_000)),
            deep,
        ),
        ("nested blocks", format!("{MARK}{nested_block}"), deep),
        ("dashes", format!("{MARK}{}", "- ".repeat(1_000_000)), deep),
        (
            "question marks",
            format!("{MARK}{}", "? ".repeat(1_000_000)),
            deep,
        ),
        (
            "nested Fn::If",
            format!(
                "{MARK}Resources: {}",
                "{'Fn::If': [C, go1.x, ".repeat(100_000)
            ),
            deep,
        ),
        (
            "nested Fn::ForEach",
            format!(
                "{MARK}Resources: {}",
                "{'Fn::ForEach::L': [X, [a], ".repeat(100_000)
            ),
            deep,
        ),
        (
            "many aliases",
            good(&format!("X: &a go1.x\nY: [{}]\n", "*a,".repeat(100_000))),
            migrated,
        ),
        (
            "doubling lists",
            good(&doubling("[b]", |n| format!("[*a{n}, *a{n}]"), 60)),
            aliases,
        ),
        (
            "doubling properties",
            doubling(
                "{Runtime: go1.x}",
                |n| format!("{{A: *a{n}, B: *a{n}}}"),
                60,
            ) + &merged("a60"),
            aliases,
        ),
        (
            "doubling merges",
            doubling(
                "{Runtime: go1.x}",
                |n| format!("{{<<: [*a{n}, *a{n}]}}"),
                60,
            ) + &merged("a60"),
            aliases,
        ),
        (
            "a chain of merges",
            format!(
                "X:\n a0: &a0 {{Runtime: go1.x}}\n{chain}{}",
                merged("a19999")
            ),
            aliases,
        ),
        (
            "an alias inside its anchor",
            format!("{MARK}Resources: &r {{F: *r}}"),
            "the alias stands inside the node that it stands for",
        ),
        (
            "one long line",
            good(&format!("Description: {}\n", "x".repeat(5_000_000))),
            migrated,
        ),
        ("many keys", good(&format!("X:\n{many_keys}")), migrated),
        (
            "one key many times",
            good(&format!("X:\n{}", " k: v\n".repeat(50_000))),
            migrated,
        ),
        (
            "many comments",
            good(&"# lambdalift: ignore\n".repeat(20_000)),
            migrated,
        ),
        (
            "many documents",
            format!("{MARK}{}", "---\na\n".repeat(10_000)),
            "more than 1000 YAML documents",
        ),
        (
            "a version",
            format!("%YAML 99999999999999999999.1\n---\n{}", good("")),
            "version number",
        ),
        (
            "no end of a quote",
            good("").replace("Resources", "\"Resources"),
            "unclosed quote",
        ),
        ("NUL", format!("{}Z: \0\n", good("")), "NUL"),
        (
            "carriage returns",
            good("").replace('\n', "\r"),
            "carriage return alone",
        ),
        (
            "a byte-order mark too many",
            format!("\u{feff}\u{feff}{}", good("")),
            "template.yaml",
        ),
        (
            "parameters that mean each other",
            format!(
                "{MARK}Parameters: {{A: {{Default: !Ref B}}, B: {{Default: !Ref A}}}}\n\
                 Mappings: {{M: {{k: {{v: !FindInMap [M, k, v]}}}}}}\nResources:\n{}{}",
                function("F", "Runtime: !Ref A"),
                function("G", "Runtime: !FindInMap [M, k, v]")
            ),
            "1 template",
        ),
    ];
    for (name, text, message) in cases {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("template.yaml"), text).unwrap();
        expect(name, directory.path(), &[], 0, message);
    }
}

#[test]
fn bytes_in_any_encoding_end_in_a_message() {
    let text = good("");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let surrogate = r#"{"Resources": {"F": {"Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "go1.x", "Description": "\ud800"}}}}"#;
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("utf16.yaml", [&[0xff, 0xfe][..], &utf16].concat(), "UTF-16"),
        (
            "latin1.yaml",
            [text.as_bytes(), b"# \xe9\n"].concat(),
            "not valid UTF-8",
        ),
        ("surrogate.json", surrogate.into(), "surrogate"),
        (
            "marks.yaml",
            "\u{feff}".repeat(1_000_000).into(),
            "no function to migrate",
        ),
    ];
    for (name, bytes, message) in cases {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(name), bytes).unwrap();
        expect(name, directory.path(), &[name], 0, message);
    }
}

#[test]
fn many_functions_are_work_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let functions: String = (0..3_000)
        .map(|n| {
            function(
                &format!("F{n}"),
                &format!("Runtime: go1.x, Handler: h{n}, CodeUri: s3://acme/{n}"),
            )
        })
        .collect();
    let text = format!("Resources:\n{functions}");
    fs::write(at.join("template.yaml"), &text).unwrap();
    expect("functions", at, &[], 0, "functions: 3000 migrated");
    expect(
        "too large",
        at,
        &["--max-file-size", "64K"],
        0,
        "more than the limit of 65536; CloudFormation takes no such template: leave it out with --exclude, or raise \
         the limit with --max-file-size",
    );
    expect(
        "too large",
        at,
        &["--max-file-size", "64K", "--strict"],
        2,
        "more than the limit",
    );
    fs::write(at.join("template.json"), good("")).unwrap();
    File::options()
        .write(true)
        .open(at.join("template.json"))
        .unwrap()
        .set_len(1 << 30)
        .unwrap();
    fs::write(at.join("template.yaml"), good("")).unwrap();
    for args in [&[][..], &["template.json", "template.yaml"]] {
        let output = expect("sparse", at, args, 0, "template.json has 1073741824 bytes");
        assert!(String::from_utf8_lossy(&output.stderr).contains("functions: 1 migrated"));
    }
}

/// Each function by itself is harmless: it is their number that has to cost no more than once.
#[test]
fn what_many_functions_read_is_not_read_for_each_anew() {
    let many = |count: usize, runtime: fn(usize) -> String| -> String {
        let code = |n| {
            format!(
                "Runtime: {}, Handler: h, CodeUri: s3://acme/{n}",
                runtime(n)
            )
        };
        let functions = (0..count).map(|n| function(&format!("F{n}"), &code(n)));
        format!("Resources:\n{}", functions.collect::<String>())
    };
    let mapping = |leaves: usize| -> String {
        let leaves = (0..leaves).map(|n| format!("  k{n}: {{v: go1.x}}\n"));
        format!("Mappings:\n M:\n{}", leaves.collect::<String>())
    };
    let cases = [
        (
            "a leaf each",
            mapping(1_000) + &many(1_000, |n| format!("!FindInMap [M, k{n}, v]")),
            "functions: 1000 migrated",
        ),
        (
            "every leaf",
            mapping(1_200) + &many(1_200, |_| "!FindInMap [M, !Ref AWS::Region, v]".to_owned()),
            "looks in a map with more values than can be followed",
        ),
        (
            "one parameter",
            "Parameters: {P: {Type: String, Default: go1.x}}\n".to_owned()
                + &many(1_000, |_| "!Ref P".to_owned()),
            "functions: 1000 migrated",
        ),
        (
            "one list",
            format!(
                "Parameters: {{P: {{Default: go1.x, AllowedValues: [{}]}}}}\n",
                "go1.x, ".repeat(10_000)
            ) + &many(1, |_| "!Ref P".to_owned()),
            "functions: 1 migrated",
        ),
    ];
    for (name, text, message) in cases {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("template.yaml"), text).unwrap();
        expect(name, directory.path(), &[], 0, message);
    }
}

#[test]
fn trees_of_any_shape_are_walked_to_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let text = good("");
    fs::create_dir_all(at.join("sub/below")).unwrap();
    symlink("..", at.join("sub/up")).unwrap();
    symlink("loop", at.join("loop.yaml")).unwrap();
    symlink("loop.yaml", at.join("loop")).unwrap();
    symlink("/dev/zero", at.join("zero.yaml")).unwrap();
    fifo(&at.join("fifo.yaml"));
    let device = ["zero-device.yaml", "c", "1", "5"];
    if !Command::new("mknod")
        .current_dir(at)
        .args(device)
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
    {
        eprintln!("no device file: only the superuser can make one");
    }
    let names: [&[u8]; 4] = [
        b"new\nline.yaml",
        b"\x1b[31mred.yaml",
        b"-w.yaml",
        b"bytes\xff\xfe.yaml",
    ];
    let mut expected = 0;
    for name in names {
        // Some file systems take no such name.
        expected += usize::from(fs::write(at.join(OsStr::from_bytes(name)), &text).is_ok());
    }
    let output = expect(
        "tree",
        at,
        &["--write"],
        0,
        &format!("{expected} files written"),
    );
    assert!(
        !output.stderr.contains(&0x1b),
        "an escape sequence reaches the terminal"
    );
    for name in names {
        let now = fs::read_to_string(at.join(OsStr::from_bytes(name)));
        assert!(now.is_ok_and(|now| now.contains("provided.al2023")));
    }
    for (named, message) in [
        ("fifo.yaml", "neither a file nor a directory"),
        ("/dev/zero", "neither a file nor a directory"),
        ("loop.yaml", "cannot read loop.yaml"),
    ] {
        expect(named, at, &[named], 2, message);
    }
}

#[test]
fn a_tree_deeper_than_a_path_is_long_is_walked_as_far_as_it_goes() {
    let directory = tempfile::tempdir().unwrap();
    // Each step from within the last, because the whole path is too long for the system.
    let script = "i=0; while [ $i -lt 600 ]; do mkdir directory && cd -P directory || exit; i=$((i+1)); done";
    let made = Command::new("sh")
        .args(["-c", script])
        .current_dir(directory.path())
        .status();
    assert!(made.unwrap().success());
    fs::write(directory.path().join("template.yaml"), good("")).unwrap();
    expect(
        "depth",
        directory.path(),
        &["--write"],
        2,
        "File name too long",
    );
    let removed = Command::new("rm")
        .arg("-rf")
        .arg(directory.path().join("directory"))
        .status();
    assert!(removed.unwrap().success());
    let text = fs::read_to_string(directory.path().join("template.yaml"));
    assert!(text.unwrap().contains("provided.al2023"));
}

#[test]
fn what_may_not_be_read_is_named_and_stops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::create_dir(at.join("closed")).unwrap();
    fs::write(at.join("good.yaml"), good("")).unwrap();
    fs::write(at.join("secret.yaml"), good("")).unwrap();
    for name in ["closed", "secret.yaml"] {
        fs::set_permissions(at.join(name), Permissions::from_mode(0o000)).unwrap();
    }
    fs::set_permissions(at, Permissions::from_mode(0o755)).unwrap();
    // The superuser may read everything, so somebody else tries.
    let is_root = fs::read(at.join("secret.yaml")).is_ok();
    let mut command = if is_root {
        // The binary may lie where nobody else may look.
        fs::copy(env!("CARGO_BIN_EXE_lambdalift"), at.join("lambdalift")).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(at.join("lambdalift"));
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_lambdalift"))
    };
    match command.current_dir(at).output() {
        Err(error) => eprintln!("skipped: the superuser may read everything, no setpriv: {error}"),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{said}");
            for message in [
                "cannot read closed",
                "cannot read secret.yaml",
                "functions: 1 migrated",
            ] {
                assert!(said.contains(message), "{message}: {said}");
            }
        }
    }
    fs::set_permissions(at.join("closed"), Permissions::from_mode(0o755)).unwrap();
}

/// The walk opens ignore files by their name alone: they are looked at before.
#[test]
fn an_ignore_file_that_is_none_closes_its_directory() {
    for name in [".gitignore", ".ignore", ".git/info/exclude"] {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        for sub in ["open", "pipe", "large"] {
            fs::create_dir_all(at.join(sub).join(name).parent().unwrap()).unwrap();
            fs::write(at.join(sub).join("t.yaml"), good("")).unwrap();
        }
        File::create(at.join("large").join(name))
            .unwrap()
            .set_len(1 << 30)
            .unwrap();
        let large = format!("large/{name} is no regular file of at most 1 MiB");
        if fifo(&at.join("pipe").join(name)) {
            let pipe = format!("pipe/{name} is no regular file of at most 1 MiB");
            expect(name, at, &[], 2, &pipe);
            expect(
                name,
                &at.join("pipe"),
                &[],
                2,
                "nothing in its directory was looked at",
            );
            expect(name, at, &["pipe"], 2, &pipe);
            expect(name, at, &["pipe", "--no-ignore"], 0, "1 migrated");
            expect(
                name,
                at,
                &["--exclude", "pipe", "--exclude", "large"],
                0,
                "1 migrated",
            );
        }
        expect(name, at, &["--write"], 2, &large);
        for (sub, written) in [("open", true), ("pipe", false), ("large", false)] {
            let text = fs::read_to_string(at.join(sub).join("t.yaml")).unwrap();
            assert_eq!(text.contains("provided.al2023"), written, "{sub}/{name}");
        }
    }
}

#[test]
fn code_may_be_anywhere_and_anything() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::create_dir_all(at.join("pipes")).unwrap();
    fs::create_dir_all(at.join("large")).unwrap();
    for name in ["main.go", "go.mod", "Makefile", "bootstrap"] {
        fifo(&at.join("pipes").join(name));
        fs::create_dir_all(at.join("directories").join(name)).unwrap();
        let large = at.join("large").join(name);
        File::create(&large).unwrap().set_len(1 << 30).unwrap();
        fs::set_permissions(large, Permissions::from_mode(0o755)).unwrap();
    }
    fifo(&at.join("pipe"));
    symlink("loop", at.join("loop")).unwrap();
    let (up, long, steps) = ("../".repeat(1_000), "x".repeat(100_000), "a/".repeat(5_000));
    let places = [
        "/",
        "/proc",
        "/dev/zero",
        "/proc/self/root",
        &up,
        &long,
        &steps,
        r"a\0b\nc",
        "pipe",
        "loop",
        "pipes",
        "directories",
        "large",
    ];
    for place in places {
        let name = place.get(..20).unwrap_or(place);
        for build in ["", ", Metadata: {BuildMethod: makefile}"] {
            let text = format!(
                "Resources: {{F: {{Type: AWS::Serverless::Function{build}, \
                 Properties: {{Runtime: go1.x, Handler: h, CodeUri: \"{place}\"}}}}}}\n"
            );
            fs::write(at.join("template.yaml"), text).unwrap();
            expect(name, at, &[], 0, "1 template, functions: 1");
        }
    }
}

#[test]
fn makefiles_and_sources_of_any_shape_are_read_to_the_end() {
    let twice = |line: fn(usize) -> String| (1..=60).map(line).collect::<String>();
    let recipe = "\tgo build -o $(ARTIFACTS_DIR)/bootstrap\n";
    let variables = twice(|n| format!("A{n} = $(A{0})$(A{0})\n", n - 1));
    let targets = twice(|n| format!("t{n}: t{0} u{0}\nu{n}: t{0} u{0}\n", n - 1));
    let calls = twice(|n| format!("t{n}:\n\t$(MAKE) t{0}\n\t$(MAKE) t{0} X={n}\n", n - 1));
    let cases = [
        (
            "Makefile",
            format!("include Makefile\nbuild-F: build-F\n\t$(MAKE) build-F\n{recipe}"),
        ),
        (
            "Makefile",
            format!("A = $(B)\nB = $(A)\nbuild-F: $(A)\n\t$(A)\n{recipe}"),
        ),
        (
            "Makefile",
            format!("A0 = go build\n{variables}build-F: $(A60)\n\t$(A60)\n"),
        ),
        ("Makefile", format!("t0:\n{recipe}{targets}build-F: t60\n")),
        (
            "Makefile",
            format!("t0:\n{recipe}{calls}build-F:\n\t$(MAKE) t60\n"),
        ),
        (
            "Makefile",
            format!("A = {}\nbuild-F: $(A)\n\t$(A)\n", "$(".repeat(100_000)),
        ),
        (
            "Makefile",
            format!(
                "build-F:\n\t{}{}\n",
                "$$(".repeat(50_000),
                "`(".repeat(50_000)
            ),
        ),
        ("main.go", format!("package main\n{}", "(".repeat(200_000))),
        ("main.go", "/*".repeat(200_000)),
        (
            "main.go",
            format!("//go:build {}\n\npackage main\n", "(".repeat(200_000)),
        ),
        (
            "main.go",
            format!("//go:build {}amd64\n\npackage main\n", "!".repeat(200_000)),
        ),
        ("go.mod", "replace a => ../../a\n".repeat(20_000)),
    ];
    for (number, (name, text)) in cases.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        fs::create_dir(at.join("fn")).unwrap();
        fs::write(at.join("fn/main.go"), "package main\nimport \"a/b\"\n").unwrap();
        fs::write(at.join("fn").join(name), text).unwrap();
        let template = "Resources: {F: {Type: AWS::Serverless::Function, Metadata: {BuildMethod: makefile}, \
                        Properties: {Runtime: go1.x, Handler: h, CodeUri: fn}}}\n";
        fs::write(at.join("template.yaml"), template).unwrap();
        expect(
            &format!("{name} {number}"),
            at,
            &[],
            0,
            "1 template, functions: 1",
        );
    }
}
