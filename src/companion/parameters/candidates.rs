//! Which files beside a template may give values to its parameters, and which templates may be
//! meant instead.

use std::path::{Path, PathBuf};

use super::whose::Stack;
use super::{ParameterChange, tree};
use crate::program::{EntryKind, Files, directory_of, tidy};

/// The most files that are looked at, for one template.
const MOST_FILES: usize = 200;

/// Directories beside a template in which people keep its parameter files.
const DIRECTORIES: [&str; 7] = [
    "params",
    "parameters",
    "config",
    "configs",
    "env",
    "environments",
    "cfn",
];

/// Whether people keep parameter files in a directory of this name.
pub(super) fn is_parameter_directory(name: &str) -> bool {
    DIRECTORIES.iter().any(|it| name.eq_ignore_ascii_case(it))
}

/// The files beside `template`, and in the usual directories below, that hold the name and the old
/// value of one of the changes: samconfig files and parameter files. Sorted; at most 200 files are
/// opened.
pub(crate) fn candidates(
    files: &dyn Files,
    template: &Path,
    changes: &[ParameterChange<'_>],
) -> Vec<PathBuf> {
    let home = tidy(directory_of(template));
    let mut directories = vec![home.clone()];
    for entry in files.entries(&home).unwrap_or_default().iter() {
        if entry.kind == EntryKind::Directory && is_parameter_directory(&entry.name) {
            directories.push(home.join(&entry.name));
        }
    }
    let own = tidy(template);
    let named = directories
        .iter()
        .flat_map(|dir| files_in(files, dir, &["json", "yaml", "yml", "toml"]))
        .filter(|path| *path != own);
    let mut found: Vec<PathBuf> = named
        .take(MOST_FILES)
        .filter(|path| {
            let bytes = files.read(path).unwrap_or_default();
            let holds = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
            let carries = |it: &ParameterChange<'_>| holds(it.name) && holds(it.from);
            !holds("\"Resources\"") && !holds("\nResources:") && changes.iter().any(carries)
        })
        .collect();
    found.sort_unstable();
    found
}

/// The other templates in the directory of `template`, with the names of their parameters. What
/// cannot be parsed is left out; at most 200 files are opened.
pub(crate) fn neighbours(files: &dyn Files, template: &Path) -> Vec<Stack> {
    let own = tidy(template);
    let home = tidy(directory_of(template));
    let paths = files_in(files, &home, &["yaml", "yml", "json", "template"]);
    let paths = paths.into_iter().filter(|path| *path != own);
    paths
        .take(MOST_FILES)
        .filter_map(|path| {
            let text = String::from_utf8(files.read(&path)?).ok()?;
            stack(path, &text)
        })
        .collect()
}

/// The template of a text, if it is one.
pub(crate) fn stack(path: PathBuf, text: &str) -> Option<Stack> {
    if !text.contains("Resources") {
        return None;
    }
    let parameters = tree::template_parameters(&path, text)?;
    Some(Stack { path, parameters })
}

fn files_in(files: &dyn Files, dir: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = files.entries(dir).unwrap_or_default();
    let is_wanted = |name: &str| {
        let extension = Path::new(name).extension().and_then(|it| it.to_str());
        extension.is_some_and(|it| {
            extensions
                .iter()
                .any(|wanted| it.eq_ignore_ascii_case(wanted))
        })
    };
    entries
        .iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File { .. }) && is_wanted(&entry.name))
        .map(|entry| dir.join(&entry.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::MemoryFiles;

    const CHANGE: ParameterChange<'_> = ParameterChange {
        name: "Runtime",
        from: "go1.x",
        to: "provided.al2023",
    };

    #[test]
    fn finds_files_that_carry_a_change() {
        let carries = "{\"Parameters\": {\"Runtime\": \"go1.x\"}}";
        let files = MemoryFiles::new()
            .file("app/template.yaml", "Resources: {} # Runtime go1.x")
            .file("app/other.yaml", "a:\nResources: {} # Runtime go1.x")
            .file("app/samconfig.toml", "x = 'Runtime=go1.x'")
            .file("app/dev.JSON", carries)
            .file("app/new.json", "{\"Runtime\": \"provided.al2023\"}")
            .file(
                "app/nested.json",
                "{\"Resources\": {\"Runtime\": \"go1.x\"}}",
            )
            .file("app/README.md", carries)
            .file("app/Params/prod.yml", "Runtime: go1.x")
            .file("app/params/eu/prod.yml", "Runtime: go1.x")
            .file("app/src/prod.yml", "Runtime: go1.x")
            .file("prod.json", carries);
        let found = candidates(&files, Path::new("app/template.yaml"), &[CHANGE]);
        let expected = ["app/Params/prod.yml", "app/dev.JSON", "app/samconfig.toml"];
        assert_eq!(found, expected.map(PathBuf::from));
        let found = candidates(&files, Path::new("./app/template.yaml"), &[CHANGE]);
        assert_eq!(found, expected.map(PathBuf::from));
        assert!(candidates(&files, Path::new("none/template.yaml"), &[CHANGE]).is_empty());
    }

    #[test]
    fn opens_a_bounded_number_of_files() {
        let mut files = MemoryFiles::new();
        for number in 0..300 {
            files = files.file(format!("{number:03}.json"), "[\"Runtime=go1.x\"]");
        }
        let found = candidates(&files, Path::new("template.yaml"), &[CHANGE]);
        assert_eq!(found.len(), MOST_FILES);
    }

    #[test]
    fn knows_the_templates_beside() {
        let files = MemoryFiles::new()
            .file("template.yaml", "Resources: {}")
            .file(
                "b.yml",
                "Parameters: {A: {Type: String}, B: {}}\nResources:\n  F: !Sub x\n",
            )
            .file("c.json", "{\"Resources\": {}}")
            .file("d.json", "{\"Resources\": ")
            .file("e.yaml", "About: Resources");
        let found = neighbours(&files, Path::new("template.yaml"));
        let found: Vec<(&Path, Vec<&str>)> = found
            .iter()
            .map(|it| {
                let parameters = it.parameters.iter().map(String::as_str);
                (it.path.as_path(), parameters.collect())
            })
            .collect();
        let expected = [
            (Path::new("b.yml"), vec!["A", "B"]),
            (Path::new("c.json"), vec![]),
        ];
        assert_eq!(found, expected);
    }
}
