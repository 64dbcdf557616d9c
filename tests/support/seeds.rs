//! The templates that mutation begins with, and the options it runs under.

use std::path::Path;

use lambdalift::migrate::{ArchitectureChoice, Options};

/// A template of `testdata`.
#[derive(Debug)]
pub(crate) struct Seed {
    /// What its name ends with.
    pub(crate) extension: String,
    pub(crate) text: String,
}

/// Every template of `testdata`, in the order of their names; what they become is none.
pub(crate) fn all() -> Vec<Seed> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = [here.join("testdata"), here.join("../testdata")];
    let mut seeds = Vec::new();
    if let Some(root) = root.iter().find(|root| root.is_dir()) {
        collect(root, &mut seeds);
    }
    assert!(!seeds.is_empty(), "there is no testdata");
    seeds
}

fn collect(directory: &Path, seeds: &mut Vec<Seed>) {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let extension = path.extension().and_then(|it| it.to_str());
        let name = path
            .file_name()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        match extension {
            _ if name.starts_with("fixed.") || name.contains(".fixed.") => {}
            _ if path.is_dir() => collect(&path, seeds),
            Some(extension @ ("yaml" | "yml" | "json" | "template")) => {
                if let Ok(text) = std::fs::read_to_string(&path) {
                    let extension = extension.to_owned();
                    seeds.push(Seed { extension, text });
                }
            }
            _ => {}
        }
    }
}

/// One of the ways to run.
pub(crate) fn options(number: usize) -> Options {
    let architecture = match number % 4 {
        0 => ArchitectureChoice::Auto,
        1 => ArchitectureChoice::Arm64,
        2 => ArchitectureChoice::X86_64,
        _ => ArchitectureChoice::Keep,
    };
    Options {
        architecture,
        safe_only: number % 8 == 7,
        ..Options::default()
    }
}
