#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::file::Config;
use super::read::read;
use super::*;
use crate::migrate::ArchitectureChoice;

/// A repository with these files.
fn repository(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join(".git")).unwrap();
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn parse(text: impl AsRef<[u8]>) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("lambdalift.toml");
    fs::write(&place, text).unwrap();
    match read(&place, Path::new("lambdalift.toml")) {
        Ok((_, config)) => Ok(config),
        Err(error) => Err(error.to_string()),
    }
}

/// TOML has no null: a key that may be absent is simply no required one.
fn leave_out_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(leave_out_null);
            map.retain(|key, value| key != "default" || !value.is_null());
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|it| it != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(mut any)) = map.remove("anyOf") {
                any.retain(|it| *it != serde_json::json!({"type": "null"}));
                match any.as_slice() {
                    [Value::Object(only)] => map.extend(only.clone()),
                    _ => drop(map.insert("anyOf".to_owned(), Value::Array(any))),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_null),
        _ => {}
    }
}

/// Set `LAMBDALIFT_BLESS` to write the file anew.
#[test]
fn the_schema_is_that_of_the_types() {
    let mut schema = schemars::schema_for!(Config).to_value();
    leave_out_null(&mut schema);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/config.schema.json");
    if std::env::var_os("LAMBDALIFT_BLESS").is_some() {
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        fs::write(path, text).unwrap();
    }
    let written = fs::read_to_string(path).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(written, schema);
}

#[test]
fn the_commented_file_says_nothing_and_every_line_of_it_is_a_default() {
    assert_eq!(parse(COMMENTED), Ok(Config::default()));
    let is_key = |line: &&str| {
        let key = line.split(" = ").next().unwrap_or_default();
        line.contains(" = ") && key.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let lines = COMMENTED
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .take_while(|line| !line.starts_with('['))
        .filter(is_key);
    let text = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(text.lines().count(), 13, "{text}");
    // What lies in the way of the tables is no default, but an example.
    let everything: String = COMMENTED
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .map(str::trim_start)
        .filter(|line| line.starts_with('[') || is_key(line))
        .map(|line| format!("{line}\n"))
        .collect();
    let config = parse(&everything).unwrap();
    assert!(config.overrides.is_some() && config.lifecycle.is_some() && config.runtimes.is_some());

    let root = repository(&[("lambdalift.toml", text.as_bytes())]);
    let mut finder = Finder::new(Source::Discovered).unwrap();
    let template = root.path().join("template.yaml");
    let file = finder.of(root.path(), root.path()).unwrap().unwrap();
    let nothing = Arguments::default();
    let mut template_settings = TemplateSettings::new(&nothing, Some(&file), &template);
    let mut run = RunSettings::new(&nothing, Some(&file)).unwrap();
    assert_eq!(
        template_settings.configuration.take(),
        run.configuration.take()
    );
    assert_eq!(
        template_settings,
        TemplateSettings::new(&nothing, None, &template)
    );
    assert_eq!(run, RunSettings::new(&nothing, None).unwrap());
    assert!(file.wants(
        &fs::canonicalize(root.path()).unwrap().join("any.yaml"),
        false
    ));
}

#[test]
fn every_key_is_documented() {
    let schema: Value =
        serde_json::from_str(include_str!("../../schemas/config.schema.json")).unwrap();
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
    let page = fs::read_to_string(root).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    assert!(keys.len() > 15);
    for key in keys.keys().map(String::as_str) {
        let written = match key {
            "overrides" => "[[overrides]]",
            "lifecycle" => "[lifecycle.",
            key => key,
        };
        assert!(page.contains(&format!("`{written}")), "{key}");
        assert!(COMMENTED.contains(written), "{key}");
    }
    let example = page.split("```toml\n").nth(1).unwrap();
    let config = parse(example.split("```").next().unwrap()).unwrap();
    assert!(config.overrides.is_some() && config.guard_rules.is_some());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let cases: &[(&str, &str)] = &[
        (
            "archtecture = 'auto'",
            ":1:1: unknown key archtecture; did you mean architecture?",
        ),
        (
            "\n  safe_only = true",
            ":2:3: unknown key safe_only; did you mean safe-only?",
        ),
        (
            "zzz = 1",
            ":1:1: unknown key zzz; known here: from, architecture, ",
        ),
        (
            "architecture = 'arm46'",
            ":1:16: unknown value arm46; did you mean arm64?",
        ),
        (
            "from = ['go1.x', 'provided.al1']",
            ":1:18: unknown value provided.al1; did you mean provided.al2?",
        ),
        (
            "from = 'go1.x'",
            ":1:8: invalid type: string \"go1.x\", expected a list",
        ),
        (
            "from = []",
            ":1:8: the list is empty; name something, or leave the key out",
        ),
        (
            "strict = 'yes'",
            ":1:10: invalid type: string \"yes\", expected a boolean",
        ),
        (
            "ignore = ['go-handlr']",
            ":1:11: there is no rule go-handlr; did you mean go-handler?",
        ),
        (
            "select = ['zzzz']",
            ":1:11: there is no rule zzzz; lambdalift rules lists them",
        ),
        (
            "select = ['go-handler']\nignore = ['go-handler']",
            ":2:10: go-handler is selected and ignored; take it out of one",
        ),
        ("exclude = ['a', '[b']", ":1:17: invalid glob \"[b\": "),
        (
            "exclude = ['../b']",
            ":1:12: invalid glob \"../b\": it would lead out of the directory",
        ),
        (
            "include = ['']",
            ":1:12: invalid glob \"\": it matches nothing",
        ),
        (
            "max-file-size = '8X'",
            ":1:17: \"8X\" is no size: write e.g. 16M",
        ),
        (
            "max-file-size = -1",
            ":1:17: invalid value: integer -1, expected a number of bytes",
        ),
        (
            "max-file-size = 5000000000",
            ":1:17: 5000000000 is more than lambdalift can read (4G)",
        ),
        (
            "max-file-size = true",
            ":1:17: invalid type: boolean true, expected a number of bytes",
        ),
        (
            "[[overrides]]\narchitecture = 'keep'",
            ":1:1: missing key paths",
        ),
        (
            "[[overrides]]\npaths = ['a']\narchitectures = 'keep'",
            ":3:1: unknown key architectures; did you mean architecture?",
        ),
        (
            "overrides = 1",
            ":1:13: invalid type: integer 1, expected a list",
        ),
        (
            "[lifecycle.'go2.x']",
            ":1:12: unknown value go2.x; did you mean go1.x?",
        ),
        (
            "[lifecycle.'go1.x']\ndeprecated = 2024-01-08",
            ":2:14: expected a day in quotes, such as \"2027-03-03\"",
        ),
        (
            "[lifecycle.'go1.x']\ndeprecated = 'soon'",
            ":2:14: invalid value: string \"soon\", expected a day in quotes",
        ),
        (
            "[lifecycle.'go1.x']\ndeprecated = '2024-01-08T00:00:00'",
            ":2:14: invalid value",
        ),
        ("strict = true\nstrict = false", ":2:1: duplicate key"),
        ("strict = ", ":1:"),
        ("é = [\n", ":1:6: unclosed array, expected ]"),
        ("\u{feff}x-y = 1", ":1:1: unknown key x-y"),
        (
            "strict = true\r\nhiden = 1\r\n",
            ":2:1: unknown key hiden; did you mean hidden?",
        ),
    ];
    for (text, expected) in cases {
        let error = parse(text).unwrap_err();
        let expected = format!("lambdalift.toml{expected}");
        let error = error.replace('`', "");
        assert!(
            error.starts_with(&expected),
            "{text:?}\n  {error}\n  {expected}"
        );
        assert!(!error.contains('\n'), "{error:?}");
    }
}

#[test]
fn text_in_any_shape_is_read_or_refused() {
    let crlf = "\u{feff}strict = true\r\n# é\r\n[[overrides]]\r\npaths = ['a']\r\n";
    assert_eq!(parse(crlf).unwrap().strict, Some(true));
    assert_eq!(parse(""), Ok(Config::default()));
    let utf16: Vec<u8> = "\u{feff}a"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let large = vec![b'#'; (1 << 20) + 1];
    for (bytes, expected) in [
        (
            utf16,
            "lambdalift.toml: is encoded in UTF-16; save it as UTF-8",
        ),
        (
            b"# a\nb\xff".to_vec(),
            "lambdalift.toml:2:2: this is not valid UTF-8",
        ),
        (large, "lambdalift.toml: is larger than 1 MiB"),
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(parse(vec![b'#'; 1 << 20]).is_ok());
    let globs = |count| format!("exclude = {:?}", vec!["a/**"; count]);
    assert!(parse(globs(1_000)).is_ok());
    let error = parse(globs(1_001)).unwrap_err();
    assert!(
        error.contains("has 1001 globs, more than the 1000"),
        "{error}"
    );
    let error = parse(format!("{} = 1", "x".repeat(1 << 19))).unwrap_err();
    assert!(error.len() < 1_000, "{error}");
    let deep = format!("from = {}{}", "[".repeat(50_000), "]".repeat(50_000));
    assert!(parse(deep).is_err());
}

fn found(finder: &mut Finder, root: &Path, template: &str) -> Option<PathBuf> {
    let template = root.join(template);
    let file = finder.of(template.parent().unwrap(), root).unwrap();
    let root = fs::canonicalize(root).unwrap();
    file.map(|file| file.path.strip_prefix(&root).unwrap().to_owned())
}

#[test]
fn the_closest_file_counts_up_to_the_root_of_the_repository() {
    let root = repository(&[
        ("lambdalift.toml", b""),
        ("a/.lambdalift.toml", b""),
        ("a/b/t.yaml", b""),
        ("c/t.yaml", b""),
        ("inner/.git/HEAD", b""),
        ("inner/x/t.yaml", b""),
    ]);
    let mut finder = Finder::new(Source::Discovered).unwrap();
    for (template, expected) in [
        ("t.yaml", Some("lambdalift.toml")),
        ("a/t.yaml", Some("a/.lambdalift.toml")),
        ("a/b/t.yaml", Some("a/.lambdalift.toml")),
        ("a/b/../../c/t.yaml", Some("lambdalift.toml")),
        ("c/t.yaml", Some("lambdalift.toml")),
        ("inner/x/t.yaml", None),
        ("absent/t.yaml", None),
    ] {
        let found = found(&mut finder, root.path(), template);
        assert_eq!(found.as_deref(), expected.map(Path::new), "{template}");
    }
    let mut isolated = Finder::new(Source::Nowhere).unwrap();
    assert_eq!(found(&mut isolated, root.path(), "t.yaml"), None);
}

/// Anybody can put a file into the directory above, e.g. `/tmp`.
#[test]
fn without_a_repository_what_was_named_is_the_boundary() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("mine/below")).unwrap();
    fs::write(root.path().join("lambdalift.toml"), "").unwrap();
    let mut finder = Finder::new(Source::Discovered).unwrap();
    let mine = root.path().join("mine");
    assert_eq!(found(&mut finder, &mine, "below/t.yaml"), None);
    fs::write(mine.join("lambdalift.toml"), "").unwrap();
    let mut finder = Finder::new(Source::Discovered).unwrap();
    let expected = Some(PathBuf::from("lambdalift.toml"));
    assert_eq!(found(&mut finder, &mine, "below/t.yaml"), expected);
}

#[test]
fn a_file_that_cannot_be_used_stops_everything() {
    let root = repository(&[
        ("both/lambdalift.toml", b""),
        ("both/.lambdalift.toml", b""),
        ("directory/lambdalift.toml/x", b""),
        ("wrong/lambdalift.toml", b"hiden = true"),
    ]);
    for (template, expected) in [
        (
            "both/t.yaml",
            ".lambdalift.toml lies beside it; keep one of",
        ),
        (
            "directory/t.yaml",
            "is a directory, where a configuration file is expected",
        ),
        ("wrong/t.yaml", "did you mean hidden?"),
    ] {
        let mut finder = Finder::new(Source::Discovered).unwrap();
        let error = finder
            .of(root.path().join(template).parent().unwrap(), root.path())
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = Finder::new(Source::Given("no/such.toml".into())).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no/such.toml: no such file; check the spelling"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_was_found_does_not_lead_out_of_its_repository() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.json"), "{}").unwrap();
    fs::write(outside.path().join("c.toml"), "").unwrap();
    let secret = outside.path().join("secret.json");
    let root = repository(&[
        (
            "absolute/lambdalift.toml",
            format!("runtimes = {:?}", secret.to_str().unwrap()).as_bytes(),
        ),
        ("up/lambdalift.toml", b"\nextension-layers = '../link.json'"),
        (
            "rules/lambdalift.toml",
            b"guard-rules = ['builtin', '../link.json']",
        ),
        ("absent/lambdalift.toml", b"runtimes = 'no.json'"),
        (
            "inside/lambdalift.toml",
            b"runtimes = '../inside.json'\nguard-rules = ['builtin']",
        ),
        ("inside.json", b"{}"),
        ("linked/t.yaml", b""),
    ]);
    std::os::unix::fs::symlink(&secret, root.path().join("link.json")).unwrap();
    let configuration = root.path().join("linked/lambdalift.toml");
    std::os::unix::fs::symlink(outside.path().join("c.toml"), configuration).unwrap();
    let settled = |directory: &str| {
        let mut finder = Finder::new(Source::Discovered).unwrap();
        let file = finder.of(&root.path().join(directory), root.path())?;
        RunSettings::new(&Arguments::default(), file.as_deref())
    };
    for (directory, expected) in [
        ("absolute", ":1:12: runtimes: "),
        (
            "up",
            ":2:20: extension-layers: ../link.json lies outside the repository",
        ),
        (
            "rules",
            ":1:27: guard-rules: ../link.json lies outside the repository",
        ),
        ("absent", ":1:12: runtimes: cannot read no.json: "),
        (
            "linked",
            ": leads out of the repository; name the file with --config",
        ),
    ] {
        let error = settled(directory).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(
        settled("inside")
            .unwrap()
            .runtimes
            .unwrap()
            .ends_with("inside.json")
    );
    // Whoever names a file vouches for it.
    let given = Source::Given(root.path().join("up/lambdalift.toml"));
    let file = Finder::new(given).unwrap().of_run().unwrap();
    assert!(RunSettings::new(&Arguments::default(), file.as_deref()).is_ok());
}

#[test]
fn arguments_come_before_overrides_and_these_before_the_rest() {
    let text = "architecture = 'keep'\nsafe-only = true\nignore = ['go-handler']\nfrom = ['go1.x']\n\
                [[overrides]]\npaths = ['legacy/**']\narchitecture = 'x86_64'\nignore = ['broad-code-uri']\n\
                [[overrides]]\npaths = ['/legacy/old/', '*.json']\narchitecture = 'auto'\nfrom = ['provided']\n";
    let root = repository(&[
        ("lambdalift.toml", text.as_bytes()),
        ("legacy/old/t.yaml", b""),
    ]);
    let real = fs::canonicalize(root.path()).unwrap();
    let mut finder = Finder::new(Source::Discovered).unwrap();
    let file = finder.of(&real, &real).unwrap();
    let settle = |arguments: &Arguments, template: &str| {
        let settings = TemplateSettings::new(arguments, file.as_deref(), &real.join(template));
        let from: Vec<&str> = settings.from.iter().map(|it| it.id()).collect();
        let ignore: Vec<&str> = settings.ignore.iter().map(|rule| rule.0.id).collect();
        (
            settings.architecture,
            settings.safe_only,
            from.join(","),
            ignore.join(","),
        )
    };
    use ArchitectureChoice::{Arm64, Auto, Keep, X86_64};
    let nothing = Arguments::default();
    let some = |architecture, safe, from: &str, ignore: &str| {
        (architecture, safe, from.to_owned(), ignore.to_owned())
    };
    let both = "go-handler,broad-code-uri";
    assert_eq!(
        settle(&nothing, "t.yaml"),
        some(Keep, true, "go1.x", "go-handler")
    );
    assert_eq!(
        settle(&nothing, "legacy/t.yaml"),
        some(X86_64, true, "go1.x", both)
    );
    assert_eq!(
        settle(&nothing, "legacy/old/t.yaml"),
        some(Auto, true, "provided", both)
    );
    assert_eq!(
        settle(&nothing, "x/t.json"),
        some(Auto, true, "provided", "go-handler")
    );
    let given = Arguments {
        architecture: Some(Arm64),
        safe_only: Some(false),
        from: Some(vec![crate::data::RetiredRuntime::ProvidedAl2]),
        ignore: vec![RuleName::parse("stale-build-file").unwrap()],
        ..Arguments::default()
    };
    let expected = some(
        Arm64,
        false,
        "provided.al2",
        &format!("stale-build-file,{both}"),
    );
    assert_eq!(settle(&given, "legacy/old/t.yaml"), expected);
}
