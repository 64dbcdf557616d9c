//! Which release of `aws-lambda-go` a Go program requires, and the module it belongs to.

mod cgo;
mod go_mod;
mod legacy;
mod mod_files;
mod workspace;

use std::path::{Path, PathBuf};

use semver::Version;

use super::Hit;
use super::files::{Files, ancestors, tidy};

pub(super) use cgo::needs_cgo;
pub(super) use mod_files::ModFiles;
pub(super) use workspace::Workspace;

/// The library whose old releases hang on `provided.*`.
const LAMBDA_GO: &str = "github.com/aws/aws-lambda-go";

/// The library of CloudFormation registry types. Its programs import [`LAMBDA_GO`] through it alone, and
/// `go.mod` does not list what only others require below Go 1.17:
/// <https://github.com/aws-cloudformation/cloudformation-cli-go-plugin/issues/228>.
const CFN_PLUGIN: &str = "github.com/aws-cloudformation/cloudformation-cli-go-plugin";

/// The first release of [`CFN_PLUGIN`] that requires a newer [`LAMBDA_GO`] than this one.
const CFN_PLUGIN_WITH_RUNTIME_API: Version = Version::new(1, 2, 0);

/// What [`CFN_PLUGIN`] requires before.
const LAMBDA_GO_OF_CFN_PLUGIN: &str = "v1.13.3";

/// The first release that speaks the runtime API, which `provided.*` needs:
/// <https://github.com/aws/aws-lambda-go/releases/tag/v1.18.0>.
const FIRST_WITH_RUNTIME_API: Version = Version::new(1, 18, 0);

/// The module of a Go program, or what stands for it in a project older than modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Module {
    /// The file with the requirements: `go.mod`, else `Gopkg.lock` or `vendor/modules.txt`.
    pub go_mod: PathBuf,
    /// The module path; empty without a `go.mod`.
    pub path: String,
    /// The required release of `github.com/aws/aws-lambda-go` as written, after any `replace`,
    /// and its line, counted from 1. `None` when it is not required or comes from a local
    /// directory or a fork that counts its releases otherwise.
    pub lambda_go: Option<(String, usize)>,
    /// The file with that line: `go_mod`, the `go.mod` of another module whose source is at hand,
    /// or the `go.work` that replaces the release; `go_mod` when there is none.
    pub lambda_go_file: PathBuf,
    /// The requirement, in `go_mod`, of a module that needs cgo and that the program imports.
    pub cgo_requirement: Option<Hit>,
}

impl Module {
    /// Whether the program is built with a release of `aws-lambda-go` whose programs hang on
    /// `provided.*`: below v1.18.0. A version that cannot be read counts as new enough.
    pub(crate) fn outdated_lambda_go(&self) -> bool {
        let version = self.lambda_go.as_ref();
        version
            .and_then(|(version, _)| parse(version))
            .is_some_and(|version| version < FIRST_WITH_RUNTIME_API)
    }
}

/// Reads a version as Go or dep write it: with or without `v`, and with parts left out.
fn parse(version: &str) -> Option<Version> {
    let version = version.strip_prefix('v').unwrap_or(version);
    [
        version.to_owned(),
        format!("{version}.0"),
        format!("{version}.0.0"),
    ]
    .iter()
    .find_map(|version| Version::parse(version).ok())
}

/// Whether an import is of `aws-lambda-go`.
pub(super) fn is_lambda_go(import: &str) -> bool {
    let rest = import.strip_prefix(LAMBDA_GO);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a project older than modules says of its dependencies.
pub(super) fn find_legacy(files: &dyn Files, dir: &Path) -> Option<Module> {
    ancestors(files, &tidy(dir)).find_map(|dir| legacy::read(files, &dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_versions() {
        for (version, outdated) in [
            ("v1.13.3", true),
            ("v1.17.0", true),
            ("v1.18.0", false),
            ("v1.18.0-rc.1", true),
            ("v1.17.1-0.20200601000000-abcdefabcdef", true),
            ("v1.18.1-0.20200601000000-abcdefabcdef", false),
            ("v0.0.0-20180301000000-abcdefabcdef", true),
            ("v1.47.0", false),
            ("v2.0.0+incompatible", false),
            ("1.2.0", true),
            ("v1.13", true),
            ("v1", true),
            ("master", false),
            ("", false),
        ] {
            let module = Module {
                go_mod: PathBuf::from("go.mod"),
                path: String::new(),
                lambda_go: Some((version.to_owned(), 1)),
                lambda_go_file: PathBuf::from("go.mod"),
                cgo_requirement: None,
            };
            assert_eq!(module.outdated_lambda_go(), outdated, "{version}");
        }
    }
}
