//! Requirements of projects that are older than Go modules: those of dep, and what is vendored.

use std::path::Path;

use super::{LAMBDA_GO, Module};
use crate::program::files::Files;

/// The requirements that one directory states; `None` if none mentions `aws-lambda-go`.
pub(super) fn read(files: &dyn Files, dir: &Path) -> Option<Module> {
    let sources: [(&str, Reader); 2] = [
        ("Gopkg.lock", gopkg_lock),
        ("vendor/modules.txt", modules_txt),
    ];
    sources.into_iter().find_map(|(name, reader)| {
        let file = dir.join(name);
        let text = files.read(&file)?;
        let lambda_go = reader(&String::from_utf8_lossy(&text))?;
        Some(Module {
            lambda_go_file: file.clone(),
            go_mod: file,
            path: String::new(),
            lambda_go: Some(lambda_go),
            cgo_requirement: None,
        })
    })
}

/// Finds the release of `aws-lambda-go` and its line in a file's text.
type Reader = fn(&str) -> Option<(String, usize)>;

/// dep's lock file: `[[projects]]` tables, each with a name and, if released, a version.
fn gopkg_lock(text: &str) -> Option<(String, usize)> {
    let (mut named, mut version) = (false, None);
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with('[') {
            (named, version) = (false, None);
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = value.trim().trim_matches('"');
        match key.trim() {
            "name" => named = value == LAMBDA_GO,
            "version" => version = Some((value.to_owned(), index + 1)),
            _ => {}
        }
        if named && version.is_some() {
            return version;
        }
    }
    None
}

/// The list that `go mod vendor` writes: `# path version`, with `=>` where it is replaced.
fn modules_txt(text: &str) -> Option<(String, usize)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let words: Vec<_> = line.strip_prefix("# ")?.split_whitespace().collect();
        match words.as_slice() {
            [path, version] if *path == LAMBDA_GO => Some(((*version).to_owned(), index + 1)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_dep_locked() {
        let lock = |order: [&str; 2]| {
            let [first, second] = order;
            format!(
                "[[projects]]\n  name = \"github.com/aws/aws-sdk-go\"\n  version = \"v1.1.0\"\n\n\
                [[projects]]\n  {first}\n  packages = [\n    \"lambda\",\n  ]\n  {second}\n"
            )
        };
        let name = "name = \"github.com/aws/aws-lambda-go\"";
        let version = "version = \"v1.6.0\"";
        for (order, line) in [([name, version], 10), ([version, name], 6)] {
            let text = lock(order);
            assert_eq!(
                gopkg_lock(&text),
                Some(("v1.6.0".to_owned(), line)),
                "{text}"
            );
        }
        assert_eq!(gopkg_lock(&lock([name, "revision = \"abc\""])), None);
    }

    #[test]
    fn reads_what_is_vendored() {
        let text = "# github.com/x/y v1.0.0\ngithub.com/x/y\n# github.com/aws/aws-lambda-go v1.13.3\n## explicit\n";
        assert_eq!(modules_txt(text), Some(("v1.13.3".to_owned(), 3)));
        assert_eq!(
            modules_txt("# github.com/aws/aws-lambda-go v1.13.3 => ../x\n"),
            None
        );
    }
}
