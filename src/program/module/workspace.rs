//! The modules whose source is at hand when a program is built: its own, those of its workspace,
//! and those that are replaced by directories.
//!
//! See <https://go.dev/ref/mod#workspaces> and <https://go.dev/ref/mod#minimal-version-selection>.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::go_mod::{GoMod, Replacement, Requirement};
use super::mod_files::ModFiles;
use super::{
    CFN_PLUGIN, CFN_PLUGIN_WITH_RUNTIME_API, LAMBDA_GO, LAMBDA_GO_OF_CFN_PLUGIN, Module, parse,
};
use crate::program::Hit;
use crate::program::files::{Files, collapse};

/// The most modules whose source is at hand.
const MAX_MODULES: usize = 256;

/// Where a release of `aws-lambda-go` is stated: the release, the file and the line.
type Stated = (String, PathBuf, usize);

/// The module of a program and what lies beside it.
#[derive(Debug)]
pub(in crate::program) struct Workspace {
    /// The program's own module, first, if it has one; then the others of its workspace.
    main: Vec<Arc<GoMod>>,
    has_own: bool,
    go_work: Option<Arc<GoMod>>,
}

impl Workspace {
    /// The workspace that a directory belongs to: the nearest `go.mod` and the nearest `go.work`,
    /// each in the directory or above it.
    pub(in crate::program) fn find(files: &dyn Files, mod_files: &ModFiles, dir: &Path) -> Self {
        let own = mod_files.nearest(files, dir, "go.mod");
        let go_work = mod_files.nearest(files, dir, "go.work");
        let has_own = own.is_some();
        let own_dir = own.as_ref().map(|own| collapse(own.dir()));
        let used = go_work.iter().flat_map(|it| it.used()).take(MAX_MODULES);
        let used: BTreeSet<_> = used.filter(|dir| Some(dir) != own_dir.as_ref()).collect();
        let used = used
            .iter()
            .filter_map(|dir| mod_files.read(files, dir, "go.mod"));
        Self {
            main: own.into_iter().chain(used).collect(),
            has_own,
            go_work,
        }
    }

    fn own(&self) -> Option<&GoMod> {
        self.main.first().filter(|_| self.has_own).map(|it| &**it)
    }

    /// The files whose replacements hold, the one that decides first.
    fn deciding(&self) -> impl Iterator<Item = &GoMod> {
        self.go_work.iter().chain(&self.main).map(|it| &**it)
    }

    /// Import path prefixes and the directories they stand for, the longest prefix first.
    pub(in crate::program) fn roots(&self) -> Vec<(String, PathBuf)> {
        let of_module = |it: &Arc<GoMod>| (it.path.clone(), it.dir().to_path_buf());
        let mut roots: Vec<_> = self.main.iter().map(of_module).collect();
        let mut decided = BTreeSet::new();
        for file in self.deciding() {
            let open = |it: &&Replacement| !decided.contains(&it.old);
            let replacements: Vec<_> = file.replacements.iter().filter(open).collect();
            let local = replacements
                .iter()
                .filter_map(|it| Some((it.old.clone(), file.target(it)?)));
            roots.extend(local);
            decided.extend(replacements.into_iter().map(|it| it.old.clone()));
        }
        roots.retain(|(path, _)| !path.is_empty());
        roots.truncate(2 * MAX_MODULES);
        roots.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        roots
    }

    /// The requirement of the program's own module that provides an import, as a hit.
    pub(in crate::program) fn requirement_of(&self, import: &str) -> Option<Hit> {
        self.own()?.requirement_of(import)
    }

    /// What the caller needs to know of the program's own module, if it has one. `reached` are
    /// the directories of the modules that the program imports, and `imports_lambda_go` says
    /// whether it does so itself or one of these.
    pub(in crate::program) fn module(
        &self,
        files: &dyn Files,
        mod_files: &ModFiles,
        reached: &BTreeSet<PathBuf>,
        imports_lambda_go: bool,
    ) -> Option<Module> {
        let own = self.own()?;
        let stated = match own.requirement(LAMBDA_GO) {
            Some(requirement) => self.stated(own, requirement),
            None => self
                .stated_by_others(files, mod_files, reached, imports_lambda_go)
                .or_else(|| self.stated_by_cfn_plugin(own)),
        };
        let file = stated.as_ref().map(|(_, file, _)| file.clone());
        Some(Module {
            go_mod: own.file.clone(),
            path: own.path.clone(),
            lambda_go: stated.map(|(version, _, line)| (version, line)),
            lambda_go_file: file.unwrap_or_else(|| own.file.clone()),
            cgo_requirement: None,
        })
    }

    /// The release that a requirement of `aws-lambda-go` comes to.
    fn stated(&self, file: &GoMod, required: &Requirement) -> Option<Stated> {
        let Some((file, replacement)) = self.replacement(LAMBDA_GO, &required.version) else {
            return Some((required.version.clone(), file.file.clone(), required.line));
        };
        // A fork without releases of its own gets v0.0.0, which says nothing of its age.
        let version = replacement.new_version.clone()?;
        let comparable = replacement.new == LAMBDA_GO || !version.starts_with("v0.");
        comparable.then(|| (version, file.file.clone(), replacement.line))
    }

    /// The release that the library of CloudFormation registry types brings along.
    fn stated_by_cfn_plugin(&self, own: &GoMod) -> Option<Stated> {
        let required = own.requirement(CFN_PLUGIN)?;
        let replaced = [
            (CFN_PLUGIN, required.version.as_str()),
            (LAMBDA_GO, LAMBDA_GO_OF_CFN_PLUGIN),
        ];
        let is_replaced = |(path, version)| self.replacement(path, version).is_some();
        let is_old = parse(&required.version).is_some_and(|it| it < CFN_PLUGIN_WITH_RUNTIME_API);
        let brings = is_old && !replaced.into_iter().any(is_replaced);
        brings.then(|| {
            let version = LAMBDA_GO_OF_CFN_PLUGIN.to_owned();
            (version, own.file.clone(), required.line)
        })
    }

    /// What takes the place of a release, and the file that says so.
    fn replacement(&self, path: &str, version: &str) -> Option<(&GoMod, &Replacement)> {
        self.deciding().find_map(|file| {
            let matching = |version: Option<&str>| {
                let mut all = file.replacements.iter();
                all.find(|it| it.old == path && it.old_version.as_deref() == version)
            };
            let found = matching(Some(version)).or_else(|| matching(None))?;
            Some((file, found))
        })
    }

    /// The highest release of `aws-lambda-go` that the modules at hand require: `go.mod` lists
    /// what only they require from Go 1.17 on, and never what only the workspace does.
    fn stated_by_others(
        &self,
        files: &dyn Files,
        mod_files: &ModFiles,
        reached: &BTreeSet<PathBuf>,
        imported: bool,
    ) -> Option<Stated> {
        let dependencies = self.dependencies(files, mod_files, reached);
        let all = self.main.iter().chain(&dependencies);
        let requiring = all.filter_map(|it| Some((it, it.requirement(LAMBDA_GO)?)));
        let requiring: Vec<_> = requiring.collect();
        if !imported && !requiring.iter().any(|(it, _)| reached.contains(it.dir())) {
            return None;
        }
        let version = |(_, requirement): &&(_, &Requirement)| parse(&requirement.version);
        // The last of equals wins: the module nearest to the program.
        let (file, requirement) = requiring.iter().rev().max_by_key(version)?;
        self.stated(file, requirement)
    }

    /// The replaced modules that the program imports, and those that the modules at hand require.
    fn dependencies(
        &self,
        files: &dyn Files,
        mod_files: &ModFiles,
        reached: &BTreeSet<PathBuf>,
    ) -> Vec<Arc<GoMod>> {
        let mut seen: BTreeSet<_> = self.main.iter().map(|it| it.dir().to_path_buf()).collect();
        let required: Vec<_> = self.main.iter().flat_map(|it| self.required(it)).collect();
        let mut queue: VecDeque<PathBuf> = reached.iter().cloned().chain(required).collect();
        let mut found = Vec::new();
        while let Some(dir) = queue.pop_front() {
            if seen.len() > MAX_MODULES || !seen.insert(dir.clone()) {
                continue;
            }
            if let Some(module) = mod_files.read(files, &dir, "go.mod") {
                queue.extend(self.required(&module));
                found.push(module);
            }
        }
        found
    }

    /// The directories of the replaced modules that a module requires.
    fn required(&self, module: &GoMod) -> Vec<PathBuf> {
        let target = |requirement: &Requirement| {
            let (file, found) = self.replacement(&requirement.path, &requirement.version)?;
            file.target(found)
        };
        module.requirements.iter().filter_map(target).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::program::files::MemoryFiles;

    fn lambda_go(lines: &str) -> Option<(String, usize)> {
        let files = MemoryFiles::new().file("app/go.mod", format!("module m\n{lines}\n"));
        let workspace = Workspace::find(&files, &ModFiles::default(), Path::new("app"));
        let module = workspace
            .module(&files, &ModFiles::default(), &BTreeSet::new(), true)
            .unwrap();
        module.lambda_go
    }

    #[test]
    fn finds_the_release_of_lambda_go() {
        for (lines, expected) in [
            ("", None),
            (
                "require github.com/aws/aws-lambda-go v1.13.3",
                Some(("v1.13.3", 2)),
            ),
            (
                "require (\n\tx v1 // github.com\n\t\"github.com/aws/aws-lambda-go\" v1.2.0 // indirect\n)",
                Some(("v1.2.0", 4)),
            ),
            (
                "require(\n`github.com/aws/aws-lambda-go` v1.2.0\r\n)",
                Some(("v1.2.0", 3)),
            ),
            ("// require github.com/aws/aws-lambda-go v1.13.3", None),
            (
                "require github.com/aws-cloudformation/cloudformation-cli-go-plugin v1.0.3",
                Some(("v1.13.3", 2)),
            ),
            (
                "require github.com/aws-cloudformation/cloudformation-cli-go-plugin v1.2.0",
                None,
            ),
            (
                "require (\n\tgithub.com/aws-cloudformation/cloudformation-cli-go-plugin v1.0.3\n\t\
                github.com/aws/aws-lambda-go v1.23.0\n)",
                Some(("v1.23.0", 4)),
            ),
            (
                "require github.com/aws-cloudformation/cloudformation-cli-go-plugin v1.0.3\n\
                replace github.com/aws-cloudformation/cloudformation-cli-go-plugin => ../plugin",
                None,
            ),
            ("exclude github.com/aws/aws-lambda-go v1.13.3", None),
            (
                "require github.com/aws/aws-lambda-go-api-proxy v0.5.0",
                None,
            ),
        ] {
            let expected = expected.map(|(version, line)| (version.to_owned(), line));
            assert_eq!(lambda_go(lines), expected, "{lines}");
        }
    }

    #[test]
    fn honours_replacements() {
        for (replace, expected) in [
            (
                "=> github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.41.0", 3)),
            ),
            (
                "v1.13.3 => github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.41.0", 3)),
            ),
            (
                "v1.0.0 => github.com/aws/aws-lambda-go v1.41.0",
                Some(("v1.13.3", 2)),
            ),
            (
                "=> github.com/fork/aws-lambda-go v1.12.0",
                Some(("v1.12.0", 3)),
            ),
            (
                "=> github.com/fork/aws-lambda-go v0.0.0-20240101000000-abcdefabcdef",
                None,
            ),
            ("=> ../aws-lambda-go", None),
            ("=>", Some(("v1.13.3", 2))),
        ] {
            let lines = format!(
                "require github.com/aws/aws-lambda-go v1.13.3\n\
                replace github.com/aws/aws-lambda-go {replace}"
            );
            let expected = expected.map(|(version, line)| (version.to_owned(), line));
            assert_eq!(lambda_go(&lines), expected, "{replace}");
        }
    }

    /// `dir/go.mod` and such, each `(file, text)`; the program lies in `app`.
    fn stated(given: &[(&str, &str)], reached: &[&str]) -> Option<(String, String, usize)> {
        let files = given
            .iter()
            .fold(MemoryFiles::new(), |files, (file, text)| {
                files.file(file, text)
            });
        let workspace = Workspace::find(&files, &ModFiles::default(), Path::new("app"));
        let reached = reached.iter().map(PathBuf::from).collect();
        let module = workspace
            .module(&files, &ModFiles::default(), &reached, false)
            .unwrap();
        assert_eq!(module.go_mod, Path::new("app/go.mod"));
        let file = module.lambda_go_file.display().to_string();
        module
            .lambda_go
            .map(|(version, line)| (version, file, line))
    }

    #[test]
    fn asks_the_modules_at_hand() {
        const APP: (&str, &str) = ("app/go.mod", "module app\nrequire lib v0.0.0\n");
        const REPLACING: (&str, &str) = (
            "app/go.mod",
            "module app\nrequire lib v0.0.0\nreplace lib => ../lib\n",
        );
        const OLD: (&str, &str) = (
            "lib/go.mod",
            "module lib\nrequire github.com/aws/aws-lambda-go v1.9.0\n",
        );
        const NEW: (&str, &str) = (
            "new/go.mod",
            "module new\n\nrequire github.com/aws/aws-lambda-go v1.20.0\n",
        );
        const WORK: (&str, &str) = ("go.work", "go 1.21\nuse (\n\t./app\n\t./lib\n)\n");
        let old = || Some(("v1.9.0".to_owned(), "lib/go.mod".to_owned(), 2));
        let new = || Some(("v1.20.0".to_owned(), "new/go.mod".to_owned(), 3));
        let in_work = |version: &str, line| Some((version.to_owned(), "go.work".to_owned(), line));
        for (given, reached, expected) in [
            (vec![REPLACING, OLD], vec!["lib"], old()),
            (vec![REPLACING, OLD], vec![], None),
            (vec![APP, OLD], vec![], None),
            (vec![APP, OLD, WORK], vec!["lib"], old()),
            (vec![APP, OLD, WORK], vec![], None),
            (
                vec![
                    APP,
                    OLD,
                    NEW,
                    ("go.work", "use ./app\nuse ./lib\nuse new\n"),
                ],
                vec!["lib"],
                new(),
            ),
            (
                vec![
                    (
                        "app/go.mod",
                        "module app\nrequire github.com/aws/aws-lambda-go v1.8.0\n",
                    ),
                    OLD,
                    WORK,
                ],
                vec!["lib"],
                Some(("v1.8.0".to_owned(), "app/go.mod".to_owned(), 2)),
            ),
            (
                vec![
                    APP,
                    ("lib/go.mod", "module lib\nrequire new v1.0.0\n"),
                    NEW,
                    (
                        "app/go.work",
                        "use .\nreplace lib => ../lib\nreplace new => ../new\n",
                    ),
                ],
                vec!["lib", "new"],
                new(),
            ),
            (
                vec![
                    APP,
                    OLD,
                    (
                        "go.work",
                        "use ./app\nuse ./lib\nreplace github.com/aws/aws-lambda-go => github.com/aws/aws-lambda-go v1.30.0\n",
                    ),
                ],
                vec!["lib"],
                in_work("v1.30.0", 3),
            ),
        ] {
            assert_eq!(stated(&given, &reached), expected, "{given:?} {reached:?}");
        }
    }

    #[test]
    fn a_workspace_decides_over_its_modules() {
        let roots = |work: &str| {
            let files = MemoryFiles::new()
                .file("app/go.mod", "module app\nreplace lib => ../a\n")
                .file("go.work", work)
                .file("b/go.mod", "module b\nreplace other => ./other\n");
            let roots = Workspace::find(&files, &ModFiles::default(), Path::new("app")).roots();
            let roots = roots
                .into_iter()
                .map(|(path, dir)| format!("{path} {}", dir.display()));
            roots.collect::<Vec<_>>()
        };
        for (work, expected) in [
            ("", vec!["app app", "lib a"]),
            ("use ./app\nreplace lib => ./c\n", vec!["app app", "lib c"]),
            ("replace lib => lib v1.0.0\n", vec!["app app"]),
            ("use ./b", vec!["other b/other", "app app", "lib a", "b b"]),
        ] {
            assert_eq!(roots(work), expected, "{work}");
        }
    }
}
