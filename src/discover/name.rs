//! What the name alone says: which files are worth opening, which directories worth entering.

use std::ffi::OsStr;
use std::path::Path;

/// Extensions under which templates are found, in lower case.
const EXTENSIONS: &[&str] = &[
    "cfn",
    "cform",
    "cloudformation",
    "j2",
    "jinja",
    "jinja2",
    "json",
    "sam",
    "stack",
    "static",
    "template",
    "tmpl",
    "tpl",
    "yaml",
    "yml",
];

/// The same with something behind, as in `template.yaml.tmpl` and `stack.json.erb`. Each has two dots, and so has
/// a name that holds one.
const INSIDE: &[&str] = &[".json.", ".template.", ".yaml.", ".yml."];

/// Files without extension that are something else for certain, in lower case.
const OTHER: &[&str] = &[
    "authors",
    "brewfile",
    "build",
    "changelog",
    "codeowners",
    "containerfile",
    "contributing",
    "contributors",
    "copying",
    "dockerfile",
    "earthfile",
    "gemfile",
    "gnumakefile",
    "history",
    "jenkinsfile",
    "justfile",
    "licence",
    "license",
    "makefile",
    "notice",
    "owners",
    "patents",
    "pipfile",
    "procfile",
    "rakefile",
    "readme",
    "tiltfile",
    "todo",
    "vagrantfile",
    "version",
    "workspace",
];

/// Directories that hold installed or generated files, or git's own. Read-only copies of templates are
/// common there: `sam build` writes one to `.aws-sam`, `cdk synth` to `cdk.out`.
const SKIPPED: &[&str] = &[".aws-sam", ".git", "cdk.out", "node_modules"];

/// Whether a file of this name may be a template. Case does not matter.
pub(super) fn may_be_template(name: &OsStr) -> bool {
    let Some(extension) = Path::new(name).extension() else {
        return !OTHER.iter().any(|it| name.eq_ignore_ascii_case(it));
    };
    let may_be_inside = || {
        // What stands in the list is ASCII, so what is not UTF-8 may be replaced.
        let name = name.to_string_lossy().to_ascii_lowercase();
        INSIDE.iter().any(|part| name.contains(part))
    };
    let known = |it: &&str| extension.eq_ignore_ascii_case(it);
    EXTENSIONS.iter().any(known) || (has_two_dots(name) && may_be_inside())
}

fn has_two_dots(name: &OsStr) -> bool {
    let dots = memchr::memchr_iter(b'.', name.as_encoded_bytes());
    dots.take(2).count() == 2
}

/// Whether the name has no extension: such a file may also be a program.
pub(super) fn is_bare(path: &Path) -> bool {
    path.extension().is_none()
}

/// Whether no walk enters a directory of this name.
pub(super) fn is_skipped(directory: &OsStr) -> bool {
    SKIPPED.iter().any(|name| directory == *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_which_files_are_opened() {
        let wanted = [
            "template.yaml",
            "T.YML",
            "a.JSON",
            "x.template",
            "x.tmpl",
            "x.tpl",
            "x.cfn",
            "x.sam",
            "x.stack",
            "x.cform",
            "x.CloudFormation",
            "x.static",
            "x.j2",
            "x.jinja",
            "x.jinja2",
            "template.yaml.tmpl",
            "T.YAML.ERB",
            "a.json.in",
            "a.template.dist",
            "template",
            "a\nb",
            "{{cookiecutter.name}}.yml",
        ];
        let unwanted = [
            "a.go",
            "a.txt",
            "a.md",
            "a.yamlx",
            "LICENSE",
            "Makefile",
            "dockerfile",
            "go.sum",
            "template.",
            "yaml.py",
        ];
        for name in wanted {
            assert!(may_be_template(OsStr::new(name)), "{name}");
        }
        for name in unwanted {
            assert!(!may_be_template(OsStr::new(name)), "{name}");
        }
    }
}
