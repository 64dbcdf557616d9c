//! Whose parameters a file gives: this template's, another's, or nobody can tell.

use std::path::{Path, PathBuf};

use super::candidates::is_parameter_directory;
use crate::program::{collapse, directory_of};

/// A template and the names of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    /// Where it lies, spelled like the paths of the files beside it.
    pub(crate) path: PathBuf,
    /// The names of its parameters.
    pub(crate) parameters: Vec<String>,
}

/// Who takes the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    /// The template in question.
    Ours,
    /// Another template.
    Theirs,
    /// It cannot be told; why, as a clause.
    Unknown(String),
}

/// The evidence: where a file lies, which names it uses, and which templates lie beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) file: &'a Path,
    pub(super) ours: &'a Stack,
    pub(super) others: &'a [Stack],
}

/// The templates that the SAM CLI looks for when none is named, in its order.
const DEFAULTS: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// Directories for what is made, beside a template.
const GENERATED: [&str; 7] = [
    ".aws-sam", "build", ".build", "cdk.out", "dist", "out", "target",
];

impl Evidence<'_> {
    /// The owner by the template that the file names, relative to the file or to the directory in
    /// which the command is run.
    pub(super) fn by_path(&self, written: &str) -> Owner {
        let written = written.strip_prefix("file://").unwrap_or(written);
        if written.contains("://") || written.contains('$') {
            return unknown(format!("it names its template as {written}"));
        }
        let ours = collapse(&self.ours.path);
        let beside = collapse(&directory_of(self.file).join(written));
        let spelled = collapse(Path::new(written));
        let is_other = self.others.iter().any(|it| collapse(&it.path) == beside);
        if beside == ours || (ours.ends_with(&spelled) && !is_other) {
            Owner::Ours
        } else if !is_other && self.may_be_generated(&beside) {
            unknown(format!(
                "it names {written}, which may be made from any template"
            ))
        } else {
            Owner::Theirs
        }
    }

    /// Whether a path may be what a build or `sam package` leaves: in the template's directory,
    /// where it is no template that we know, or in a directory for such things below.
    fn may_be_generated(&self, path: &Path) -> bool {
        let home = collapse(directory_of(&self.ours.path));
        let Ok(below) = path.strip_prefix(&home) else {
            return false;
        };
        let mut names = below.iter().map(|name| name.to_string_lossy());
        match (names.next(), names.next()) {
            (Some(dir), Some(_)) => GENERATED.iter().any(|it| *it == dir),
            (first, _) => first.is_some(),
        }
    }

    /// The owner of what a SAM configuration says without naming a template. `keys` are the
    /// parameters it gives.
    pub(super) fn by_default(&self, keys: &[&str]) -> Owner {
        if let Err(why) = self.lies_beside() {
            return unknown(why);
        }
        let home = directory_of(&self.ours.path);
        let default = DEFAULTS.iter().find_map(|name| {
            let path = collapse(&home.join(name));
            let mut known = std::iter::once(self.ours).chain(self.others);
            known.find(|it| collapse(&it.path) == path)
        });
        match default {
            None => self.by_keys(keys),
            Some(stack) if stack == self.ours => Owner::Ours,
            Some(stack) if gives_only(stack, keys) => Owner::Theirs,
            Some(stack) => unknown(format!(
                "it names no template, which means {}",
                name(&stack.path)
            )),
        }
    }

    /// The owner of a parameter file that names no template.
    pub(super) fn by_name_or_keys(&self, keys: &[&str]) -> Owner {
        if let Err(why) = self.lies_beside() {
            return unknown(why);
        }
        let stacks = std::iter::once(self.ours).chain(self.others);
        let named = stacks.filter(|it| is_named_after(self.file, &it.path));
        match named.max_by_key(|it| stem(&it.path).len()) {
            Some(stack) if stack != self.ours => Owner::Theirs,
            Some(_) => match foreign(self.ours, keys) {
                None => Owner::Ours,
                Some(key) => unknown(self.lacks(key)),
            },
            None => self.by_keys(keys),
        }
    }

    fn by_keys(&self, keys: &[&str]) -> Owner {
        let other = self.others.iter().find(|it| gives_only(it, keys));
        match (foreign(self.ours, keys), other) {
            (None, None) => Owner::Ours,
            (None, Some(other)) => unknown(format!(
                "it may as well belong to {}, which has the same parameters",
                name(&other.path)
            )),
            (Some(_), Some(_)) => Owner::Theirs,
            (Some(key), None) => unknown(self.lacks(key)),
        }
    }

    fn lacks(&self, key: &str) -> String {
        let ours = name(&self.ours.path);
        format!("it gives the parameter {key}, which {ours} does not have")
    }

    /// Whether the file lies in the template's directory or in a directory for parameters there.
    fn lies_beside(&self) -> Result<(), String> {
        let home = collapse(directory_of(&self.ours.path));
        let dir = collapse(directory_of(self.file));
        let below = dir.strip_prefix(&home).ok();
        let names: Option<Vec<_>> = below.map(|it| it.iter().collect());
        match names.as_deref() {
            Some([]) => Ok(()),
            Some([name]) if name.to_str().is_some_and(is_parameter_directory) => Ok(()),
            _ => Err("it does not lie beside the template".to_owned()),
        }
    }
}

fn unknown(why: String) -> Owner {
    Owner::Unknown(why)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |it| it.to_string_lossy().into_owned())
}

fn stem(path: &Path) -> String {
    let stem = path.file_stem().map(|it| it.to_string_lossy());
    stem.unwrap_or_default().to_ascii_lowercase()
}

/// The first key that is no parameter of the template.
fn foreign<'k>(stack: &Stack, keys: &[&'k str]) -> Option<&'k str> {
    let is_foreign = |key: &&&str| !stack.parameters.iter().any(|it| it == **key);
    keys.iter().find(is_foreign).copied()
}

fn gives_only(stack: &Stack, keys: &[&str]) -> bool {
    foreign(stack, keys).is_none()
}

/// `api.dev.json`, `dev-api.json` for `api.yaml`. Every project has a `template`, and
/// `template-configuration.json` is what CodePipeline calls any parameter file: no evidence.
fn is_named_after(file: &Path, template: &Path) -> bool {
    let (file, template) = (stem(file), stem(template));
    let is_separator = |c: char| matches!(c, '-' | '_' | '.');
    let begins = file.strip_prefix(template.as_str());
    let ends = file.strip_suffix(template.as_str());
    template != "template"
        && (begins.is_some_and(|rest| rest.is_empty() || rest.starts_with(is_separator))
            || ends.is_some_and(|rest| rest.ends_with(is_separator)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(path: &str, parameters: &[&str]) -> Stack {
        Stack {
            path: PathBuf::from(path),
            parameters: parameters.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    fn verdict(owner: &Owner) -> &'static str {
        match owner {
            Owner::Ours => "ours",
            Owner::Theirs => "theirs",
            Owner::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn goes_by_the_path() {
        let others = ["b/template.yaml", "other.yaml", "a/late.yaml"].map(|it| stack(it, &[]));
        for (ours, file, written, expected) in [
            ("template.yaml", "samconfig.toml", "template.yaml", "ours"),
            ("template.yaml", "samconfig.toml", "./template.yaml", "ours"),
            ("template.yaml", "samconfig.toml", "other.yaml", "theirs"),
            (
                "template.yaml",
                "samconfig.toml",
                "packaged.yaml",
                "unknown",
            ),
            ("template.yaml", "samconfig.toml", "dist/t.yaml", "unknown"),
            (
                "template.yaml",
                "samconfig.toml",
                "nested/template.yaml",
                "theirs",
            ),
            (
                "a/template.yaml",
                "a/samconfig.toml",
                "a/template.yaml",
                "ours",
            ),
            (
                "a/template.yaml",
                "a/samconfig.toml",
                "../b/template.yaml",
                "theirs",
            ),
            (
                "a/template.yaml",
                "a/config/sam.toml",
                "../template.yaml",
                "ours",
            ),
            (
                "a/template.yaml",
                "a/config/sam.toml",
                "template.yaml",
                "ours",
            ),
            ("a/template.yaml", "b/sam.toml", "template.yaml", "theirs"),
            (
                "a/template.yaml",
                "a/p.json",
                "file://template.yaml",
                "ours",
            ),
            (
                "a/template.yaml",
                "a/p.json",
                "https://s3/template.yaml",
                "unknown",
            ),
            (
                "a/template.yaml",
                "a/p.json",
                "${DIR}/template.yaml",
                "unknown",
            ),
            ("a/template.yaml", "a/p.json", "late.yaml", "theirs"),
        ] {
            let evidence = Evidence {
                file: Path::new(file),
                ours: &stack(ours, &[]),
                others: &others,
            };
            let found = evidence.by_path(written);
            assert_eq!(verdict(&found), expected, "{ours} {file} {written}");
        }
    }

    #[test]
    fn goes_by_name_and_keys() {
        let ours = stack("a/api.yaml", &["Runtime", "Stage"]);
        let similar = stack("a/api-admin.yaml", &["Runtime", "Stage", "Table"]);
        let foreign = stack("a/net.yaml", &["Cidr"]);
        for (file, keys, others, expected) in [
            ("a/dev.json", vec!["Runtime"], vec![], "ours"),
            ("a/dev.json", vec!["Runtime"], vec![&foreign], "ours"),
            ("a/dev.json", vec!["Runtime"], vec![&similar], "unknown"),
            (
                "a/dev.json",
                vec!["Runtime", "Table"],
                vec![&similar],
                "theirs",
            ),
            ("a/dev.json", vec!["Runtime", "Vpc"], vec![], "unknown"),
            ("a/api.dev.json", vec!["Runtime"], vec![&similar], "ours"),
            (
                "a/api.dev.json",
                vec!["Runtime", "Table"],
                vec![&similar],
                "unknown",
            ),
            (
                "a/api-admin.json",
                vec!["Runtime"],
                vec![&similar],
                "theirs",
            ),
            (
                "a/params/dev-api.json",
                vec!["Runtime"],
                vec![&similar],
                "ours",
            ),
            (
                "a/params/apiary.json",
                vec!["Runtime"],
                vec![&similar],
                "unknown",
            ),
            ("a/PARAMS/dev.json", vec!["Runtime"], vec![], "ours"),
            ("a/src/dev.json", vec!["Runtime"], vec![], "unknown"),
            ("a/params/eu/dev.json", vec!["Runtime"], vec![], "unknown"),
            ("b/api.json", vec!["Runtime"], vec![], "unknown"),
        ] {
            let others: Vec<Stack> = others.into_iter().cloned().collect();
            let evidence = Evidence {
                file: Path::new(file),
                ours: &ours,
                others: &others,
            };
            let found = evidence.by_name_or_keys(&keys);
            assert_eq!(verdict(&found), expected, "{file} {keys:?}");
        }
    }

    #[test]
    fn knows_the_default_template_of_sam() {
        let first = stack("template.yaml", &["Runtime"]);
        let second = stack("template.yml", &["Runtime", "Stage"]);
        let infra = stack("infra.yaml", &["Runtime", "Stage"]);
        for (ours, others, keys, expected) in [
            (&first, vec![&second], vec!["Runtime", "Unused"], "ours"),
            (&second, vec![&first], vec!["Runtime"], "theirs"),
            (&second, vec![&infra], vec!["Runtime"], "ours"),
            (&infra, vec![&first], vec!["Runtime"], "theirs"),
            (&infra, vec![&first], vec!["Runtime", "Stage"], "unknown"),
            (&infra, vec![], vec!["Runtime"], "ours"),
            (&infra, vec![], vec!["Runtime", "Table"], "unknown"),
        ] {
            let others: Vec<Stack> = others.into_iter().cloned().collect();
            let evidence = Evidence {
                file: Path::new("samconfig.toml"),
                ours,
                others: &others,
            };
            let found = evidence.by_default(&keys);
            assert_eq!(
                verdict(&found),
                expected,
                "{} {keys:?}",
                ours.path.display()
            );
        }
    }
}
