//! The command that builds a function's program, for the findings that leave it to a person.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use super::placement::{Build, Placement, Prebuilt};
use super::subject::{GOARCH, Subject};
use crate::program::{Target, collapse};

/// The build command of AWS's migration guide.
pub(crate) struct BuildCommand {
    /// Relative to `run_in`.
    output: String,
    /// The package, relative to `run_in`, or words that stand for it.
    package: String,
    /// Where to run it, if that matters.
    run_in: Option<PathBuf>,
    /// The program holds C code: it has to be built with a C compiler for Amazon Linux 2023.
    needs_cgo: bool,
}

impl BuildCommand {
    /// `go build` runs in the directory of `go.mod`; a package that is not known is left to fill in.
    pub(crate) fn of(subject: &Subject<'_>, placement: &Placement) -> Self {
        let home = subject.template.home();
        let module = placement.program.module.as_ref();
        let run_in = module
            .filter(|_| placement.source.is_some())
            .and_then(|module| module.go_mod.parent())
            .unwrap_or(home);
        let output = match &placement.build {
            Build::Prebuilt(
                Prebuilt::Directory(path) | Prebuilt::Skipped(path) | Prebuilt::Missing(path),
            ) => Some(shell_word(relative(run_in, &path.join("bootstrap")))),
            _ => None,
        };
        Self {
            run_in: (output.is_some() || placement.source.is_some()).then(|| run_in.to_owned()),
            output: output.unwrap_or_else(|| "bootstrap".to_owned()),
            needs_cgo: placement.program.c_code.is_some(),
            package: package(subject, placement, run_in),
        }
    }

    /// What the make target of a function has to run, in the directory of the makefile.
    pub(crate) fn of_target(
        subject: &Subject<'_>,
        placement: &Placement,
        target: Option<&Target>,
    ) -> Self {
        let directory = match (target, &placement.directory) {
            (Some(target), _) => target.file.parent(),
            (None, directory) => directory.as_deref(),
        };
        Self {
            run_in: None,
            output: "$(ARTIFACTS_DIR)/bootstrap".to_owned(),
            needs_cgo: placement.program.c_code.is_some(),
            package: package(subject, placement, directory.unwrap_or(Path::new(""))),
        }
    }
}

/// The package to build, as `go build` takes it in a directory; words that stand for it if it is
/// not known.
fn package(subject: &Subject<'_>, placement: &Placement, run_in: &Path) -> String {
    let handler = subject.function.handler.as_ref();
    let handler = handler.and_then(|handler| handler.text());
    let name = handler.and_then(|handler| Path::new(handler).file_name()?.to_str());
    match &placement.source {
        Some(package) => match relative(run_in, package) {
            here if here.is_empty() => ".".to_owned(),
            above if above.starts_with("..") => shell_word(above),
            below => shell_word(format!("./{below}")),
        },
        None => format!(
            "<the package of {}>",
            name.unwrap_or(&subject.function.logical_id)
        ),
    }
}

impl fmt::Display for BuildCommand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (output, package) = (&self.output, &self.package);
        write!(
            formatter,
            "`CGO_ENABLED={} GOOS=linux GOARCH={GOARCH} go build -tags lambda.norpc -o {output} {package}`",
            u8::from(self.needs_cgo)
        )?;
        match &self.run_in {
            Some(path) if !path.as_os_str().is_empty() => {
                write!(formatter, ", in {}", path.display())
            }
            _ => Ok(()),
        }
    }
}

/// The way from a directory to a path.
fn relative(from: &Path, to: &Path) -> String {
    let (mut from, mut to) = (collapse(from), collapse(to));
    // Two ways from the working directory can be compared without it.
    if [&from, &to]
        .iter()
        .any(|it| it.is_absolute() || it.starts_with(".."))
    {
        let place = |path: &Path| {
            let path = Path::new(".").join(path);
            collapse(&std::path::absolute(&path).unwrap_or(path))
        };
        (from, to) = (place(&from), place(&to));
    }
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(a, b)| a == b)
        .count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    way.display().to_string()
}

/// A path as one word of a shell: people copy the command, and a directory may be called anything.
fn shell_word(path: String) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./+@%=:,".contains(c);
    match path.chars().all(is_plain) {
        true => path,
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_words_of_a_shell() {
        for (path, word) in [
            ("./cmd/über-1.2", "./cmd/über-1.2"),
            ("./my cmd", "'./my cmd'"),
            ("$(touch x)", "'$(touch x)'"),
            ("it's", r"'it'\''s'"),
        ] {
            assert_eq!(shell_word(path.to_owned()), word);
        }
    }
}
