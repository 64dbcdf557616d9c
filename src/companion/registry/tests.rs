#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::*;

fn read(text: &str) -> Result<Option<Project>, Refused> {
    Project::read(Path::new("a/.rpdk-config"), text)
}

/// The text with the runtime and both entry points changed.
fn moved(text: &str) -> Result<String, String> {
    let project = read(text).map_err(|refused| refused.why)?.unwrap();
    let values = [
        (Key::Runtime, "provided.al2023"),
        (Key::Entrypoint, "bootstrap"),
        (Key::TestEntrypoint, "bootstrap"),
    ];
    let edits = project.set(&values).map_err(|refused| refused.why)?;
    let mut moved = text.to_owned();
    for edit in edits.iter().rev() {
        moved.replace_range(edit.range.clone(), &edit.content);
    }
    Ok(moved)
}

#[test]
fn changes_the_values_and_nothing_else() {
    for (before, after) in [
        (
            "{\n    \"language\": \"go\",\n    \"runtime\": \"go1.x\",\n    \"entrypoint\": \"handler\",\n    \"testEntrypoint\": \"handler\"\n}\n",
            "{\n    \"language\": \"go\",\n    \"runtime\": \"provided.al2023\",\n    \"entrypoint\": \"bootstrap\",\n    \"testEntrypoint\": \"bootstrap\"\n}\n",
        ),
        (
            r#"{"testEntrypoint":"handler","entrypoint":"handler","runtime":"go1.x","language":"go","settings":{"runtime":"go1.x"}}"#,
            r#"{"testEntrypoint":"bootstrap","entrypoint":"bootstrap","runtime":"provided.al2023","language":"go","settings":{"runtime":"go1.x"}}"#,
        ),
        (
            "\u{feff}{\r\n\t\"language\" : \"go\",\r\n\t\"runtime\" : \"go1\\u002ex\",\r\n\t\"entrypoint\":\"h\", \"testEntrypoint\":\"h\"\r\n}",
            "\u{feff}{\r\n\t\"language\" : \"go\",\r\n\t\"runtime\" : \"provided.al2023\",\r\n\t\"entrypoint\":\"bootstrap\", \"testEntrypoint\":\"bootstrap\"\r\n}",
        ),
    ] {
        assert_eq!(moved(before).unwrap(), after);
    }
}

#[test]
fn refuses_what_other_readers_may_read_otherwise() {
    for (text, why) in [
        (
            r#"{"language": "go", "runtime": "a", "runtime": "b"}"#,
            "twice",
        ),
        (
            r#"{"language": "go", "runtime": "a", "run\u0074ime": "b"}"#,
            "twice",
        ),
        (r#"{"language": "python37", "language": "go"}"#, "twice"),
        ("{\"language\": \"go\",}", "cannot be read"),
        ("language: go\nruntime: go1.x\n", "cannot be read"),
        ("// c\n{\"language\": \"go\"}", "cannot be read"),
        ("{\"language\": \"go\"} {}", "cannot be read"),
        ("", "cannot be read"),
        ("[\"go\"]", "no JSON object"),
        (r#"{"language": "go", "runtime": "go1.x"}"#, "no entrypoint"),
    ] {
        let found = moved(text).unwrap_err();
        assert!(found.contains(why), "{text}: {found}");
    }
    let deep = "{\"a\":".repeat(100_000);
    assert!(read(&deep).is_err());
}

#[test]
fn knows_whose_project_it_is() {
    for (text, is_go) in [
        (r#"{"language": "go"}"#, true),
        (r#"{"language": "go", "artifact_type": "HOOK"}"#, true),
        (r#"{"language": "go", "artifact_type": "MODULE"}"#, false),
        (r#"{"language": "python39"}"#, false),
        (r#"{"language": ["go"]}"#, false),
        (r#"{"settings": {"language": "go"}}"#, false),
        ("{}", false),
    ] {
        assert_eq!(read(text).unwrap().is_some(), is_go, "{text}");
    }
}

#[test]
fn tells_strings_from_other_values() {
    let text = r#"{"language": "go", "runtime": null, "entrypoint": 1}"#;
    let project = read(text).unwrap().unwrap();
    assert_eq!(project.says(Key::Runtime), None);
    assert!(!project.is_malformed(Key::Runtime));
    assert!(project.is_malformed(Key::Entrypoint));
    assert!(!project.is_malformed(Key::TestEntrypoint));
    assert_eq!(project.place(Key::Entrypoint), text.find('1').unwrap());
}
