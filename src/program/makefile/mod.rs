//! What a makefile does for a function with `BuildMethod: makefile`.
//!
//! SAM runs `build-<LogicalId>` with `ARTIFACTS_DIR` in the environment and takes what it finds
//! there; it says nothing of the architecture:
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html>.
//! The answers here are `true` or a name only when that is certain from the makefile's text.

mod artifacts;
mod copies;
mod functions;
mod go_command;
mod includes;
mod outline;
mod parse;
mod recipe;
mod run;
mod shell;
mod variables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::files::{Files, directory_of, tidy};
pub(crate) use outline::Instance;
use parse::{Makefile, Rule};
use recipe::Recipes;
use variables::Variables;

/// The variable that names the directory whose content SAM packs.
const ARTIFACTS_DIR: &str = "ARTIFACTS_DIR";

/// The names of a makefile. SAM asks for the first by name; make knows the others, too.
const NAMES: [&str; 3] = ["Makefile", "makefile", "GNUmakefile"];

/// The target that builds one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The makefile.
    pub file: PathBuf,
    /// The line of its rule, counted from 1.
    pub line: usize,
    /// Whether it leaves a program for Linux, or a file it did not build, as
    /// `$(ARTIFACTS_DIR)/bootstrap` for certain.
    pub writes_bootstrap: bool,
    /// The architecture of that file.
    pub goarch: Goarch,
}

/// The architecture of the program that a target delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goarch {
    /// The `go build` that makes it is for arm64.
    Arm64,
    /// The `go build` that makes it is for amd64; also when nobody knows what makes it, but
    /// something that is reached sets amd64.
    Amd64,
    /// Neither is certain, or nothing here builds it.
    Unknown,
}

/// A makefile, read and parsed.
pub(crate) struct Parsed {
    file: PathBuf,
    makefile: Makefile,
    variables: Variables,
    /// How many bytes it was made of, those of included files with them.
    size: usize,
}

impl Parsed {
    /// The makefile in `dir`; `None` when there is none.
    pub(crate) fn read(files: &dyn Files, dir: &Path) -> Option<Self> {
        let dir = tidy(dir);
        let (file, text) = NAMES.iter().find_map(|name| {
            let file = dir.join(name);
            Some((file.clone(), files.read(&file)?))
        })?;
        Some(Self::of_text(files, &file, &text).0)
    }

    /// A makefile with this text, and the files that it includes: path, text, and the offset that
    /// the first byte of that file has in an [`Outline`]. Its own first byte has the offset 0.
    pub(crate) fn of_text(
        files: &dyn Files,
        file: &Path,
        text: &[u8],
    ) -> (Self, Vec<(PathBuf, String, usize)>) {
        let mut included = Vec::new();
        let makefile = includes::read(files, file, text, &mut included);
        let mut variables = Variables::of_file(&makefile, BTreeMap::new(), BTreeMap::new());
        let own = String::from_utf8_lossy(text);
        let others = included.iter().map(|(_, text, _)| text.as_str());
        let texts: Vec<&str> = std::iter::once(&*own).chain(others).collect();
        variables.find_sources(files, directory_of(file), &texts);
        let parsed = Self {
            file: file.to_owned(),
            makefile,
            variables,
            size: texts.iter().map(|text| text.len()).sum(),
        };
        (parsed, included)
    }

    /// How many bytes were read.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// The target `build-<LogicalId>`. `None` when there is no rule for it, be it one of several
    /// targets of a rule or match a pattern.
    pub(crate) fn target(&self, logical_id: &str) -> Option<Target> {
        let name = format!("build-{logical_id}");
        let line = self.makefile.rules_for(&name)?.line;
        let mut recipes = Recipes::new(&self.makefile);
        recipes.run(&name, &self.variables, true);
        Some(Target {
            file: self.file.clone(),
            line,
            writes_bootstrap: recipes.writes_bootstrap(),
            goarch: recipes.goarch(),
        })
    }
}

/// The rules that make one target.
struct RulesFor<'m> {
    /// Those that name it or match it, the one with the recipe last.
    rules: Vec<&'m Rule>,
    /// What `%` stands for.
    stem: String,
    /// The line of the rule with the recipe.
    line: usize,
}

impl Makefile {
    /// The rules for a target, as make chooses them:
    /// <https://www.gnu.org/software/make/manual/make.html#Implicit-Rule-Search>.
    fn rules_for(&self, target: &str) -> Option<RulesFor<'_>> {
        let is_named = |rule: &&Rule| {
            let special = rule.targets.first().is_some_and(|it| it.starts_with('.'));
            !special && rule.targets.iter().any(|it| it == target)
        };
        let mut rules: Vec<_> = self.rules.iter().filter(is_named).collect();
        // The last recipe wins; make warns about the others.
        rules.sort_by_key(|rule| !rule.recipe.is_empty());
        let mut stem = rules
            .last()
            .and_then(|rule| stem(rule.pattern.as_deref()?, target));
        if rules.iter().all(|rule| rule.recipe.is_empty())
            && let Some((matched, rule)) = self.pattern_rule(target)
        {
            stem = Some(matched);
            rules.push(rule);
        }
        let line = rules.last()?.line;
        Some(RulesFor {
            rules,
            stem: stem.unwrap_or_default().to_owned(),
            line,
        })
    }

    /// The pattern rule that leaves the shortest stem.
    fn pattern_rule<'t>(&self, target: &'t str) -> Option<(&'t str, &Rule)> {
        self.rules
            .iter()
            .filter(|rule| rule.pattern.is_none() && !rule.recipe.is_empty())
            .flat_map(|rule| rule.targets.iter().map(move |pattern| (pattern, rule)))
            .filter_map(|(pattern, rule)| Some((stem(pattern, target)?, rule)))
            .min_by_key(|(stem, _)| stem.len())
    }
}

/// What `%` in `pattern` stands for, if `target` matches it.
fn stem<'t>(pattern: &str, target: &'t str) -> Option<&'t str> {
    let (before, after) = pattern.split_once('%')?;
    let stem = target.strip_prefix(before)?.strip_suffix(after)?;
    (!stem.is_empty()).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::super::files::MemoryFiles;
    use super::*;

    fn found(makefile: &str) -> Option<Target> {
        let files = MemoryFiles::new().file("fn/Makefile", makefile);
        Parsed::read(&files, Path::new("./fn"))?.target("Hello")
    }

    fn verdict(makefile: &str) -> Option<(bool, Goarch)> {
        found(makefile).map(|target| (target.writes_bootstrap, target.goarch))
    }

    #[test]
    fn finds_the_target() {
        for (makefile, line) in [
            ("build-Hello:\n\ttrue\n", Some(1)),
            ("all:\n\nbuild-Other build-Hello : x\n\ttrue\n", Some(3)),
            (".PHONY: build-Hello\nbuild-Hello::\n", Some(2)),
            (".PHONY: build-Hello\n", None),
            ("build-%:\n\ttrue\n", Some(1)),
            ("build-Hello: x\nbuild-%:\n\ttrue\n", Some(2)),
            ("build-HelloWorld:\n\ttrue\n", None),
            ("# build-Hello:\n", None),
            ("build-$(NAME):\n\ttrue\n", None),
            ("build-Hello: export GOARCH = arm64\n", None),
            ("", None),
        ] {
            assert_eq!(found(makefile).map(|it| it.line), line, "{makefile}");
        }
        assert!(Parsed::read(&MemoryFiles::new(), Path::new("")).is_none());
    }

    #[test]
    fn knows_who_writes_bootstrap() {
        for (recipe, expected) in [
            ("go build -o $(ARTIFACTS_DIR)/bootstrap .", true),
            ("go build -o ${ARTIFACTS_DIR}/bootstrap", true),
            (
                "@go build -tags lambda.norpc -o \"$(ARTIFACTS_DIR)/bootstrap\" ./cmd/x",
                true,
            ),
            ("go build -o=$$ARTIFACTS_DIR/bootstrap", true),
            ("go build -o $${ARTIFACTS_DIR}/bootstrap", true),
            ("cd x && go build -o $(ARTIFACTS_DIR)//./bootstrap", true),
            ("go build -o $(ARTIFACTS_DIR)/hello", false),
            ("go build -o $(ARTIFACTS_DIR)", false),
            ("go build -o bin/bootstrap", false),
            (
                "go build -o bootstrap && cp ./bootstrap $(ARTIFACTS_DIR)/.",
                true,
            ),
            (
                "mv target/lambda/x/bootstrap config.yml $(ARTIFACTS_DIR)",
                true,
            ),
            ("install -m 755 bin/hello $(ARTIFACTS_DIR)/bootstrap", true),
            ("cp bin/* $(ARTIFACTS_DIR)/", false),
            ("cp bootstrap.sh $(ARTIFACTS_DIR)", false),
            ("cp -r bin/bootstrap $(ARTIFACTS_DIR)/bin/", false),
            ("echo cp bootstrap $(ARTIFACTS_DIR)", false),
            ("# cp bootstrap $(ARTIFACTS_DIR)", false),
            ("test -f bootstrap && cp bootstrap $(ARTIFACTS_DIR)", false),
            (
                "if [ -n \"$$X\" ]; then go build -o $(ARTIFACTS_DIR)/bootstrap; fi",
                false,
            ),
            ("make x || cp bootstrap $(ARTIFACTS_DIR)", false),
            ("true", false),
        ] {
            let makefile = format!("build-Hello:\n\t{recipe}\n");
            let found = verdict(&makefile).map(|(writes, _)| writes);
            assert_eq!(found, Some(expected), "{recipe}");
        }
    }

    #[test]
    fn knows_the_architecture() {
        use Goarch::{Amd64, Arm64, Unknown};
        for (file, recipe, expected) in [
            ("", "GOOS=linux GOARCH=arm64 go build", Arm64),
            ("", "env GOARCH=arm64 go build", Arm64),
            ("", "GOARCH=\"arm64\" $(GO) build", Arm64),
            ("", "export GOARCH=arm64; cd x && go build", Arm64),
            ("", "export GOARCH=arm64\n\tgo build", Unknown),
            (".ONESHELL:\n", "export GOARCH=arm64\n\tgo build", Arm64),
            ("", "GOARCH=arm64; go build", Unknown),
            ("", "GOARCH=arm64 go build\n\tgo build", Unknown),
            ("", "GOARCH=arm64 go build\n\tGOARCH=amd64 go build", Amd64),
            ("", "go build", Unknown),
            ("", "cp bootstrap $(ARTIFACTS_DIR)", Unknown),
            ("export GOARCH = arm64\n", "go build", Arm64),
            ("GOARCH ?= arm64\nexport GOARCH\n", "go build", Arm64),
            ("GOARCH = arm64\nexport\n", "go build", Arm64),
            ("GOARCH = arm64\n", "go build", Unknown),
            ("GOARCH = arm64\n", "GOARCH=$(GOARCH) go build", Arm64),
            ("GOARCH = amd64\n", "go build", Amd64),
            ("export GOARCH = arm64\n", "GOARCH=amd64 go build", Amd64),
            ("build-Hello: export GOARCH = arm64\n", "go build", Arm64),
            ("build-Hello: GOARCH = arm64\n", "go build", Unknown),
            ("build-Other: export GOARCH = arm64\n", "go build", Unknown),
            (
                "export GOARCH = amd64\nbuild-Hello: GOARCH = arm64\n",
                "go build",
                Arm64,
            ),
            (
                "ifeq ($(X),1)\nexport GOARCH = arm64\nendif\n",
                "go build",
                Unknown,
            ),
            (
                "export GOARCH = arm64\ninclude common.mk\n",
                "go build",
                Unknown,
            ),
            (
                "E = GOOS=linux GOARCH=arm64\nB = $(E) go build\n",
                "$(B)",
                Arm64,
            ),
            ("", "GOARCH=$(shell go env GOARCH) go build", Unknown),
            (
                "ifdef X\nbuild-Hello:\n\tGOARCH=amd64 go build\nelse\n",
                "GOARCH=arm64 go build\nendif",
                Amd64,
            ),
            ("", "docker run -e GOARCH=arm64 golang go build", Unknown),
            ("", "docker run golang sh -c 'GOARCH=amd64 go build'", Amd64),
            ("", "GOARCH=arm64 go build\n\t./package.sh", Unknown),
        ] {
            let recipe = recipe
                .replace("go build", "go build -o $(ARTIFACTS_DIR)/bootstrap")
                .replace("$(GO) build", "$(GO) build -o $(ARTIFACTS_DIR)/bootstrap");
            let file = file.replace("go build", "go build -o $(ARTIFACTS_DIR)/bootstrap");
            let makefile = format!("{file}build-Hello:\n\t{recipe}\n");
            let found = verdict(&makefile).map(|(_, goarch)| goarch);
            assert_eq!(found, Some(expected), "{makefile}");
        }
    }

    #[test]
    fn judges_the_file_that_is_delivered() {
        use Goarch::{Amd64, Arm64, Unknown};
        let (a, b) = ("GOARCH=arm64 go build -o", "$(ARTIFACTS_DIR)/bootstrap");
        for (recipe, expected) in [
            ("{a} {b}", (true, Arm64)),
            ("{a} gen ./tools/gen; cp dist/alpha {b}", (true, Unknown)),
            ("{a} {b}; mv {b} $(ARTIFACTS_DIR)/alpha", (false, Unknown)),
            ("{a} {b}; rm {b}", (false, Unknown)),
            ("{a} {b}; rm -f $(ARTIFACTS_DIR)/*", (false, Unknown)),
            ("{a} {b}; cp bin/amd64/bootstrap {b}", (false, Unknown)),
            (
                "{a} {b}; cp bin/bootstrap $(ARTIFACTS_DIR)",
                (false, Unknown),
            ),
            ("{a} {b}; cp bin/* $(ARTIFACTS_DIR)/", (false, Unknown)),
            ("{a} {b}; cp -r dist/. $(ARTIFACTS_DIR)", (false, Unknown)),
            ("{a} {b}; echo x > {b}", (false, Unknown)),
            ("{a} {b}; curl -o {b} u", (false, Unknown)),
            ("{a} {b}; ln -sf alpha {b}", (false, Unknown)),
            ("{a} {b}; [ x ] && cp y {b}", (false, Unknown)),
            (
                "{a} {b}; cd $(ARTIFACTS_DIR) && mv bootstrap x",
                (false, Unknown),
            ),
            (
                "{a} {b}; cp config.yml *.json $(ARTIFACTS_DIR)/",
                (true, Arm64),
            ),
            ("{a} {b}; cp -r assets $(ARTIFACTS_DIR)", (true, Arm64)),
            (
                "{a} {b}; chmod +x {b}; strip {b}; ls -l $(ARTIFACTS_DIR)",
                (true, Arm64),
            ),
            (
                "mkdir -p $(ARTIFACTS_DIR)/x; rm -rf $(ARTIFACTS_DIR)/*; {a} {b}",
                (true, Arm64),
            ),
            ("go build -o gen ./gen; ./gen; {a} {b}", (true, Arm64)),
            ("{a} x; cp x {b}", (true, Arm64)),
            ("{a} bin/x; install -m 755 ./bin/x {b}", (true, Arm64)),
            (
                "{a} bootstrap; mv bootstrap $(ARTIFACTS_DIR)/.",
                (true, Arm64),
            ),
            ("{a} bin/x; cp bin/x bin/y; mv bin/y {b}", (true, Arm64)),
            ("{a} x; curl -o x u; cp x {b}", (false, Unknown)),
            ("{a} x; cp dist/x x; cp x {b}", (false, Unknown)),
            ("{a} bin/x; cp -r dist bin; cp bin/x {b}", (true, Arm64)),
            (
                "{a} bin/x; cp -r dist/bin .; cp bin/x {b}",
                (false, Unknown),
            ),
            ("(cd cmd && {a} x); cp x {b}", (true, Unknown)),
            ("(cd cmd && {a} x); cp cmd/x {b}", (true, Arm64)),
            ("cd cmd && {a} ../x && cp ../x {b}", (true, Arm64)),
            ("cd $(ARTIFACTS_DIR) && {a} bootstrap ../x", (true, Arm64)),
            (
                "GOARCH=arm64 go build -C cmd -o x; cp cmd/x {b}",
                (true, Arm64),
            ),
            ("GOARCH=amd64 go build -o x; {a} y; cp x {b}", (true, Amd64)),
            ("GOARCH=amd64 go build -o x; {a} y; cp y {b}", (true, Arm64)),
            ("GOOS=linux {a} {b}", (true, Arm64)),
            ("GOOS=darwin {a} {b}", (false, Unknown)),
            ("GOOS=darwin {a} x; cp x {b}", (false, Unknown)),
            ("GOOS=$(OS) {a} {b}", (true, Unknown)),
            ("{a} {b} -o $(ARTIFACTS_DIR)/x", (false, Arm64)),
            ("{a} {b}; docker run x", (true, Unknown)),
            ("{a} {b}; {a} $(ARTIFACTS_DIR)/ ./...", (false, Unknown)),
            ("cd x && $(MAKE) other", (false, Unknown)),
        ] {
            let recipe = recipe.replace("{a}", a).replace("{b}", b);
            for recipe in [recipe.clone(), recipe.replace("; ", "\n\t")] {
                let other = format!("other:\n\t{a} {b}\n");
                let makefile = format!("build-Hello:\n\t{recipe}\n{other}");
                assert_eq!(verdict(&makefile), Some(expected), "{recipe}");
            }
        }
    }

    #[test]
    fn follows_other_targets() {
        use Goarch::{Amd64, Arm64, Unknown};
        let build = "go build -o $(ARTIFACTS_DIR)/bootstrap\n";
        for (makefile, expected) in [
            (
                format!("build-Hello: x\nx: y\n\tGOARCH=arm64 {build}"),
                (true, Arm64),
            ),
            (
                format!("build-Hello:\n\t$(MAKE) x\nx:\n\tGOARCH=arm64 {build}"),
                (true, Arm64),
            ),
            (
                format!("build-Hello:\n\t@$(MAKE) x GOARCH=arm64\nx:\n\t{build}"),
                (true, Arm64),
            ),
            (
                format!("build-Hello:\n\tGOARCH=arm64 make x\nx:\n\t{build}"),
                (true, Arm64),
            ),
            (
                format!("export GOARCH=amd64\nbuild-Hello:\n\tGOARCH=arm64 make x\nx:\n\t{build}"),
                (true, Amd64),
            ),
            (
                format!("export GOARCH?=amd64\nbuild-Hello:\n\tGOARCH=arm64 make x\nx:\n\t{build}"),
                (true, Arm64),
            ),
            (
                format!("build-Hello: export GOARCH=arm64\nbuild-Hello: x\nx:\n\t{build}"),
                (true, Arm64),
            ),
            (
                "build-Hello:\n\t$(MAKE) -C other\n".to_owned(),
                (false, Unknown),
            ),
            (
                "build-Hello: build-Hello\n\t$(MAKE) build-Hello\n".to_owned(),
                (false, Unknown),
            ),
            (
                "build-%:\n\tGOARCH=arm64 go build -o $(ARTIFACTS_DIR)/bootstrap ./cmd/$*\n"
                    .to_owned(),
                (true, Arm64),
            ),
            (
                format!("build-A build-Hello: build-%: x-%\nx-Hello:\n\tGOARCH=arm64 {build}"),
                (true, Arm64),
            ),
            (
                format!("x:\n\tGOARCH=arm64 {build}build-Hello:\n\tmake\n"),
                (true, Arm64),
            ),
        ] {
            assert_eq!(verdict(&makefile), Some(expected), "{makefile}");
        }
    }

    #[test]
    fn ends_in_a_maze() {
        let mut makefile = String::from("build-Hello: t0\n");
        for index in 0..300 {
            let all: Vec<_> = (0..300).map(|other| format!("t{other}")).collect();
            let calls = format!("$(MAKE) t{} X{index}=1", (index * 7) % 300);
            makefile.push_str(&format!("t{index}: {}\n\t{calls}\n", all.join(" ")));
        }
        assert_eq!(verdict(&makefile), Some((false, Goarch::Unknown)));
    }
}
