#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use super::prove::apply;
use super::*;
use crate::program::MemoryFiles;

/// A request in short: `alpha` for a function, `bin/a > bin/a/bootstrap`, `a.zip`.
fn request(text: &str, goarch: Goarch) -> Request {
    if let Some((from, to)) = text.split_once(" > ") {
        return Request::Binary {
            package: None,
            from: from.into(),
            to: to.into(),
            goarch,
        };
    }
    match text.ends_with(".zip") {
        true => Request::Zip {
            archive: text.into(),
            goarch,
        },
        false => Request::Artifacts {
            logical_id: text.to_owned(),
            goarch,
        },
    }
}

fn planned(files: &MemoryFiles, path: &str, text: &str, requests: &[&str]) -> Plan {
    let requests: Vec<_> = requests
        .iter()
        .map(|it| request(it, Goarch::Arm64))
        .collect();
    let path = Path::new(path);
    let file = BuildFile {
        files,
        path,
        text,
        stays: &["Stays".to_owned()],
    };
    file.plan(&requests)
}

/// The text after the plan, or why there is none.
fn result(
    files: &MemoryFiles,
    path: &str,
    text: &str,
    requests: &[&str],
) -> Result<String, String> {
    let plan = planned(files, path, text, requests);
    for answer in &plan.answers {
        match answer {
            Answer::Done { .. } | Answer::Follows => {}
            Answer::Refused { refused, .. } | Answer::Hinders { refused, .. } => {
                return Err(refused.why.clone());
            }
            Answer::NotHere => return Err("not here".to_owned()),
        }
    }
    let none = Vec::new();
    let edits = plan.edits.get(Path::new(path)).unwrap_or(&none);
    assert!(plan.edits.keys().all(|file| file == Path::new(path)));
    Ok(apply(text, edits).unwrap())
}

/// A text before and after; the marks `[-old-]` and `{+new+}` stand for what changes.
fn sides(marked: &str) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    let mut rest = marked;
    while let Some(at) = rest.find(['{', '[']) {
        let (plain, mark) = rest.split_at(at);
        before.push_str(plain);
        after.push_str(plain);
        let parsed = if let Some(inner) = mark.strip_prefix("{+") {
            inner
                .split_once("+}")
                .map(|(new, rest)| (None, Some(new), rest))
        } else if let Some(inner) = mark.strip_prefix("[-") {
            inner
                .split_once("-]")
                .map(|(old, rest)| (Some(old), None, rest))
        } else {
            None
        };
        match parsed {
            Some((old, new, behind)) => {
                before.push_str(old.unwrap_or_default());
                after.push_str(new.unwrap_or_default());
                rest = behind;
            }
            None => {
                let (one, behind) = mark.split_at(1);
                before.push_str(one);
                after.push_str(one);
                rest = behind;
            }
        }
    }
    before.push_str(rest);
    after.push_str(rest);
    (before, after)
}

pub(super) fn check(path: &str, cases: &[(&str, &[&str])]) {
    check_beside(&MemoryFiles::new(), path, cases);
}

pub(super) fn check_beside(files: &MemoryFiles, path: &str, cases: &[(&str, &[&str])]) {
    let mut wrong = Vec::new();
    for (marked, requests) in cases {
        let (before, after) = sides(marked);
        let found = result(files, path, &before, requests);
        if found.as_ref() != Ok(&after) {
            wrong.push(format!(
                "--- {requests:?}\n{before}=== expected\n{after}=== found\n{found:?}"
            ));
            continue;
        }
        let again = planned(files, path, &after, requests);
        if !again.edits.is_empty() {
            wrong.push(format!("--- again {requests:?}\n{after}=== {again:?}"));
        }
        let crlf = before.replace('\n', "\r\n");
        let found = result(files, path, &crlf, requests);
        if !path.ends_with(".sh") && found != Ok(after.replace('\n', "\r\n")) {
            wrong.push(format!("--- crlf {requests:?}\n{before}=== {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

pub(super) fn check_refused(path: &str, cases: &[(&str, &[&str], &str)]) {
    let mut wrong = Vec::new();
    for (text, requests, why) in cases {
        let found = result(&MemoryFiles::new(), path, text, requests);
        let plan = planned(&MemoryFiles::new(), path, text, requests);
        let refused = found.as_ref().is_err_and(|it| it.contains(why));
        if !refused || !plan.edits.is_empty() && requests.len() == 1 {
            wrong.push(format!(
                "--- {requests:?}\n{text}=== expected {why}\n=== found {found:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

pub(super) const HELLO: &[&str] = &["bin/hello > bin/hello/bootstrap"];
pub(super) const BOTH: &[&str] = &[
    "bin/hello > bin/hello/bootstrap",
    "bin/world > bin/world/bootstrap",
];
const TARGET: &[&str] = &["Hello"];

#[test]
fn moves_binaries_of_makefiles() {
    check(
        "Makefile",
        &[
            (
                "build:\n\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\n",
                HELLO,
            ),
            (
                "build:\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "build:\n\tenv GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -ldflags=\"-s -w\" -o bin/hello{+/bootstrap+} hello/main.go\n",
                HELLO,
            ),
            (
                "BIN := bin\nbuild:\n\tCGO_ENABLED=0 GOOS=linux GOARCH=[-amd64-]{+arm64+} go build -tags=x{+,lambda.norpc+} -o=$(BIN)/hello{+/bootstrap+} .\nclean:\n\trm -rf $(BIN)\n",
                HELLO,
            ),
            (
                "export GOOS = linux\nexport CGO_ENABLED=0\nexport GOARCH ?= [-amd64-]{+arm64+}\n\nall: bin/hello{+/bootstrap+}\n.PHONY: all\nbin/hello{+/bootstrap+}: cmd/hello/main.go\n\tgo build -tags 'a b{+ lambda.norpc+}' -o $@ ./cmd/hello\nclean:\n\trm -f bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "build:\n\t@for f in hello world; do \\\n\t  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$$f{+/bootstrap+} ./cmd/$$f; \\\n\tdone\n",
                BOTH,
            ),
            (
                "NAMES = hello world\nbuild:\n\tfor f in $(NAMES); do GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$${f}{+/bootstrap+} ./cmd/$${f} || exit 1; done\n",
                BOTH,
            ),
            (
                "all: bin/hello{+/bootstrap+} bin/world{+/bootstrap+}\nbin/%{+/bootstrap+}: cmd/%/main.go\n\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o $@ $<\n",
                BOTH,
            ),
            (
                "all: bin/hello{+/bootstrap+} bin/world{+/bootstrap+}\nbin/%{+/bootstrap+}:\n\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o $@ ./cmd/$*\n",
                BOTH,
            ),
            (
                "GOENV = GOOS=linux GOARCH=[-amd64-]{+arm64+}\nbuild:\n\t$(GOENV) {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n\t$(GOENV) {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/world{+/bootstrap+}\n",
                BOTH,
            ),
            (
                "OUT = bin/hello{+/bootstrap+}\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $(OUT) .\n\tchmod +x $(OUT)\nclean:\n\trm -f $(OUT)\n",
                HELLO,
            ),
            (
                "NAME = hello\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$(NAME){+/bootstrap+} ./cmd/$(NAME)\n",
                HELLO,
            ),
            (
                "build:\n\tcd svc && GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o ../bin/hello{+/bootstrap+} .\n",
                HELLO,
            ),
            (
                "FUNCS = hello world\n.PHONY: $(FUNCS)\n$(FUNCS):\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$@{+/bootstrap+} ./cmd/$@\n",
                BOTH,
            ),
            (
                "build: # GOARCH=amd64 go build -o bin/hello\n\t# go build -o bin/hello\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\ngen:\n\tgo build -o gen ./tools/gen\nlocal:\n\tGOOS=darwin go build -o bin/hello-darwin\ntest:\n\tgo test ./...\n\tgo build ./...\n",
                HELLO,
            ),
            (
                "GO ?= go\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}$(GO) build{+ -tags lambda.norpc+} -o \"bin/hello{+/bootstrap+}\" .\n",
                HELLO,
            ),
            (
                "GOBUILD = GOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build\nbuild:\n\t$(GOBUILD){+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "export GOFLAGS = -mod=vendor\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                ".ONESHELL:\nbuild:\n\texport GOOS=linux GOARCH=[-amd64-]{+arm64+}\n\t{+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "export GOARCH = amd64\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n\tgo build -o server ./server\n",
                HELLO,
            ),
            (
                "build:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/{+hello/bootstrap+} ./cmd/hello\n",
                HELLO,
            ),
            (
                "define HELP\ngo build -o bin/hello\nendef\nbuild:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
        ],
    );
}

#[test]
fn moves_targets_of_sam() {
    check(
        "Makefile",
        &[
            (
                "build-Hello:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/[-hello-]{+bootstrap+} ./cmd/hello\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/[-$@-]{+bootstrap+}\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tenv GOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o bin/hello\n\tcp bin/hello $(ARTIFACTS_DIR)/{+bootstrap+}\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o hello\n\tmv hello $(ARTIFACTS_DIR){+/bootstrap+}\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/bootstrap\n",
                TARGET,
            ),
            (
                "GOARCH ?= [-amd64-]{+arm64+}\nexport GOARCH\nbuild-Hello:\n\tGOOS=linux CGO_ENABLED=0 go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/bootstrap\n",
                TARGET,
            ),
            (
                "build-Hello: export GOARCH = [-amd64-]{+arm64+}\nbuild-Hello:\n\tGOOS=linux CGO_ENABLED=0 go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/bootstrap\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $$ARTIFACTS_DIR/[-hello-]{+bootstrap+}\n\tchmod +x $(ARTIFACTS_DIR)/[-hello-]{+bootstrap+}\n",
                TARGET,
            ),
            (
                "build-Hello: hello\nhello:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"${ARTIFACTS_DIR}/[-hello-]{+bootstrap+}\"\n",
                TARGET,
            ),
            (
                "build-Hello:\n\t$(MAKE) hello\nhello:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/[-hello-]{+bootstrap+}\n",
                TARGET,
            ),
            (
                "build-Hello:\n\tCGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -tags lambda.norpc -o $(ARTIFACTS_DIR)/bootstrap\n",
                TARGET,
            ),
            (
                "build-Hello build-World:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR)/[-main-]{+bootstrap+} ./$@\n",
                &["Hello", "World"],
            ),
            (
                "build-Hello:\n\tcd hello && GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $(ARTIFACTS_DIR){+/bootstrap+}\n",
                TARGET,
            ),
        ],
    );
}

#[test]
fn moves_scripts() {
    check(
        "build.sh",
        &[
            (
                "#!/bin/sh\nset -e\nGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\n",
                HELLO,
            ),
            (
                "export GOOS=linux\nexport GOARCH=[-amd64-]{+arm64+}\n{+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\n",
                HELLO,
            ),
            (
                "for f in hello world\ndo\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/$f{+/bootstrap+}\" \"./cmd/$f\"\ndone\n",
                BOTH,
            ),
            (
                "FUNCS=(hello world)\nfor f in \"${FUNCS[@]}\"; do\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/${f}{+/bootstrap+} ./cmd/${f}\ndone\n",
                BOTH,
            ),
            (
                "build() {\n  echo \"building $1\"\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$1{+/bootstrap+} ./cmd/$1\n}\nbuild hello\nbuild world\n",
                BOTH,
            ),
            (
                "GOOS=linux \\\n  GOARCH=[-amd64-]{+arm64+} \\\n  {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} \\\n  -o bin/hello{+/bootstrap+} .",
                HELLO,
            ),
            (
                "cat <<EOF\ngo build -o bin/hello\nEOF\nGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "OUT=bin\nGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $OUT/hello{+/bootstrap+}\nupx $OUT/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "GOOS=linux GOARCH=${GOARCH:-[-amd64-]{+arm64+}} {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "(cd hello && GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o ../bin/hello{+/bootstrap+} .)\ngo vet ./...\n",
                HELLO,
            ),
            (
                "if ! GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}; then exit 1; fi\n",
                HELLO,
            ),
        ],
    );
    check(
        "scripts/build.sh",
        &[
            (
                "GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "cd \"$(dirname \"$0\")/..\" || exit 1\nGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                "DIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\nGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"$DIR/../bin/hello{+/bootstrap+}\"\n",
                HELLO,
            ),
        ],
    );
}

#[test]
fn moves_programs_in_archives() {
    check(
        "Makefile",
        &[
            (
                "deploy:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o [-main-]{+bootstrap+} main.go\n\tzip main.zip [-main-]{+bootstrap+}\n\trm [-main-]{+bootstrap+}\n",
                &["main.zip"],
            ),
            (
                "deploy:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/[-hello-]{+bootstrap+} .\n\tzip -j build/hello.zip bin/[-hello-]{+bootstrap+}\n",
                &["build/hello.zip"],
            ),
            (
                "deploy:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/a{+/bootstrap+} ./a\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/b{+/bootstrap+} ./b\n\tzip -j a.zip bin/a{+/bootstrap+}\n\tzip -j b.zip bin/b{+/bootstrap+}\n",
                &["a.zip", "b.zip"],
            ),
            (
                "deploy:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o a{+/bootstrap+} ./cmd/a\n\tgo build -o b ./cmd/b\n\tzip{+ -j+} a.zip a{+/bootstrap+}\n",
                &["a.zip"],
            ),
        ],
    );
    check(
        "build.sh",
        &[
            (
                "for f in a b; do\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o [-main-]{+bootstrap+} ./cmd/$f\n  zip $f.zip [-main-]{+bootstrap+}\ndone\n",
                &["a.zip", "b.zip"],
            ),
            (
                "GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc -o bootstrap+} main.go\nzip deployment.zip ./[-main-]{+bootstrap+}\n",
                &["deployment.zip"],
            ),
            (
                "GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/[-hello-]{+bootstrap+}\ncd bin && zip ../hello.zip [-hello-]{+bootstrap+}\n",
                &["hello.zip"],
            ),
        ],
    );
}

#[test]
fn refuses() {
    check_refused(
        "Makefile",
        &[
            ("build:\n\tgo build ./...\n", HELLO, "not here"),
            ("build:\n\tgo build -o gen ./tools/gen\n", HELLO, "not here"),
            (
                "build:\n\tGOOS=darwin go build -o bin/hello\n",
                HELLO,
                "another system",
            ),
            (
                "build:\n\tGOARCH=amd64 go build -o bin/hello\narm:\n\tGOARCH=arm64 go build -o bin/hello\n",
                HELLO,
                "several architectures",
            ),
            ("build:\n\tgo build -o bin/ ./...\n", HELLO, "others"),
            (
                "build:\n\tfor f in $(shell ls cmd); do go build -o bin/$$f ./cmd/$$f; done\n",
                HELLO,
                "not known",
            ),
            (
                "build:\n\tfor f in hello world; do go build -o bin/$$f ./cmd/$$f; done\n",
                HELLO,
                "",
            ),
            (
                "bin/%:\n\tgo build -o $@ ./cmd/$*\nall: bin/hello bin/world\n",
                HELLO,
                "",
            ),
            (
                "ifeq ($(X),1)\nbuild:\n\tgo build -o bin/hello\nendif\n",
                HELLO,
                "condition",
            ),
            (
                "build:\nifeq ($(X),1)\n\tgo build -o bin/hello\nendif\n",
                HELLO,
                "condition",
            ),
            (
                "build:\n\tdocker run golang go build -o bin/hello\n",
                HELLO,
                "within another",
            ),
            (
                "build:\n\tgo build -o bin/hello\nrun: build\n\t./bin/hello\n",
                HELLO,
                "also run",
            ),
            (
                "build:\n\tgo build -o bin/hello\n\tcp bin/hello /usr/local/bin\n",
                HELLO,
                "somewhere else",
            ),
            (
                "build:\n\tCGO_ENABLED=1 go build -o bin/hello\n",
                HELLO,
                "cgo",
            ),
            ("build:\n\tgo build -race -o bin/hello\n", HELLO, "cgo"),
            (
                "build:\n\tgo build -o bin/hello\nclean:\n\trm -f bin/*\n",
                HELLO,
                "pattern",
            ),
            (
                "build:\n\tgo build -o bin/hello\n\taws s3 sync bin s3://x\n",
                HELLO,
                "directory",
            ),
            (
                "build:\n\tGOARCH=$(ARCH) go build -o bin/hello\n",
                HELLO,
                "",
            ),
            (
                "build:\n\tGOARCH=amd64 go build -o bin/hello-amd64\n",
                &["bin/hello-amd64 > bin/hello-amd64/bootstrap"],
                "amd64",
            ),
            (
                "build-Hello:\n\t$(MAKE) -C hello build\n",
                TARGET,
                "make once more",
            ),
            (
                "build-Hello:\n\tgo build -o $(ARTIFACTS_DIR)/a ./a\n\tgo build -o $(ARTIFACTS_DIR)/b ./b\n",
                TARGET,
                "several",
            ),
            ("build-Hello:\n\t./build.sh\n", TARGET, "no single"),
            (
                "build-World:\n\tgo build -o $(ARTIFACTS_DIR)/b\n",
                TARGET,
                "not here",
            ),
            (
                "build-%:\n\tgo build -o $(ARTIFACTS_DIR)/hello ./$*\n",
                TARGET,
                "",
            ),
            (
                "$(foreach f,hello world,$(eval $(call rule,$(f))))\nbuild:\n\tgo build -o bin/hello\n",
                HELLO,
                "cannot be read",
            ),
            (
                ".RECIPEPREFIX = >\nbuild:\n> go build -o bin/hello\n",
                HELLO,
                "RECIPEPREFIX",
            ),
            (
                "X = 1\nX = 2\nbuild:\n\tgo build -o bin/hello ./$(X)\n",
                HELLO,
                "more than once",
            ),
            (
                "pack:\n\tgo build -o main\n\tzip -r main.zip .\n",
                &["main.zip"],
                "",
            ),
            ("pack:\n\tzip main.zip main\n", &["main.zip"], "packs"),
            (
                "pack:\n\tgo build -o bin/x\n\tzip x.zip bin/x\n",
                &["x.zip"],
                "directory",
            ),
        ],
    );
    check_refused(
        "Makefile",
        &[
            (
                "build:\n\tgo build -o bin/hello\nall:\n\t$(MAKE) build GOARCH=arm64\n",
                HELLO,
                "other variables",
            ),
            (
                "build:\n\tgo build -o bin/hello\n\tsource env.sh && ./bin/hello --check\n",
                HELLO,
                "also run",
            ),
            ("build:\n\tgo build -o bin/hello > bin/hello\n", HELLO, ""),
            ("bin/%:\n\tgo build -o $@ ./cmd/$(@F)\n", HELLO, ""),
        ],
    );
    check_refused(
        "build.sh",
        &[
            (
                "cat <<EOF > Dockerfile\nRUN go build -o bin/hello\nEOF\ngo build -o bin/hello\n",
                HELLO,
                "names",
            ),
            (
                "if [ -n \"$X\" ]; then go build -o bin/hello; fi\n",
                HELLO,
                "condition",
            ),
            (
                "case $1 in a) go build -o bin/hello;; esac\n",
                HELLO,
                "condition",
            ),
            (
                "for d in cmd/*; do go build -o bin/$(basename $d) ./$d; done\n",
                HELLO,
                "not known",
            ),
            (
                "ssh host <<EOF\ngo build -o bin/hello\nEOF\n",
                HELLO,
                "within another",
            ),
            ("sh -c 'go build -o bin/hello'\n", HELLO, "within another"),
            ("go build -o bin/hello \"\n", HELLO, ""),
            ("# go build -o bin/hello\n", HELLO, "not here"),
            (
                "for f in a b; do go build -o main ./cmd/$f; zip $f.zip main; done\n",
                &["a.zip"],
                "b.zip packs main",
            ),
        ],
    );
}

#[test]
fn follows_included_makefiles() {
    let files = MemoryFiles::new().file(
        "common.mk",
        "export GOARCH = amd64\nbin/hello:\n\tGOOS=linux go build -o $@ ./hello\n",
    );
    let plan = planned(
        &files,
        "Makefile",
        "all: bin/hello\ninclude common.mk\n",
        HELLO,
    );
    let found: Vec<_> = plan
        .edits
        .iter()
        .map(|(path, edits)| {
            let text = String::from_utf8(files.read(path).unwrap_or_default()).unwrap();
            let text = match text.is_empty() {
                true => "all: bin/hello\ninclude common.mk\n".to_owned(),
                false => text,
            };
            apply(&text, edits).unwrap()
        })
        .collect();
    let expected = [
        "all: bin/hello/bootstrap\ninclude common.mk\n",
        "export GOARCH = arm64\nbin/hello/bootstrap:\n\tGOOS=linux CGO_ENABLED=0 go build -tags lambda.norpc -o $@ ./hello\n",
    ];
    assert_eq!(found, expected, "{plan:?}");
    // What is not there may set anything.
    let text = "export GOARCH = amd64\n-include .env\nbuild:\n\tgo build -o $(BIN)/hello\n";
    assert!(planned(&files, "Makefile", text, HELLO).edits.is_empty());
}

#[test]
fn heeds_sources_of_patterns() {
    let text = "bin/%: cmd/%/main.go\n\tGOOS=linux GOARCH=amd64 go build -o $@ $<\n";
    let one = MemoryFiles::new().file("cmd/hello/main.go", "");
    assert!(result(&one, "Makefile", text, HELLO).is_ok());
    let two = one.file("cmd/world/main.go", "");
    assert!(result(&two, "Makefile", text, HELLO).is_err());
    assert!(result(&two, "Makefile", text, BOTH).is_ok());
}

#[test]
fn answers_each_request() {
    let text = "a:\n\tGOOS=linux go build -o bin/hello\nb:\n\tGOOS=darwin go build -o bin/world\n";
    let plan = planned(
        &MemoryFiles::new(),
        "Makefile",
        text,
        &[BOTH, &["Absent"]].concat(),
    );
    assert!(matches!(
        plan.answers.as_slice(),
        [
            Answer::Done {
                replaces_file: Some(_)
            },
            Answer::Refused { .. },
            Answer::NotHere
        ]
    ));
    let edits = plan.edits.get(Path::new("Makefile")).unwrap();
    assert!(apply(text, edits).unwrap().contains("bin/hello/bootstrap"));
    let to_bootstrap = "bin/hello > bin/bootstrap";
    let plan = planned(&MemoryFiles::new(), "Makefile", text, &[to_bootstrap]);
    assert_eq!(
        plan.answers,
        [Answer::Done {
            replaces_file: None
        }]
    );
}

#[test]
fn keeps_what_stays() {
    let text = "build-%:\n\tGOOS=linux go build -o $(ARTIFACTS_DIR)/main ./$*\n";
    let plan = planned(&MemoryFiles::new(), "Makefile", text, TARGET);
    assert!(plan.edits.is_empty(), "{plan:?}");
}

#[test]
fn survives_mutants() {
    let texts = [
        "export GOARCH ?= amd64\nall: bin/hello\nbin/%: cmd/%/main.go\n\t@for f in a b; do GOOS=linux go build -tags 'a b' -o $@ ./$$f; done\n",
        "build() {\n  GOOS=linux go build -o bin/$1 \"./cmd/$1\"\n}\nbuild hello && zip -j a.zip bin/hello\ncat <<EOF\nx\nEOF\n",
    ];
    let noise = [
        "$", "(", ")", "{", "}", "\"", "'", "\\", "\n", "#", ";", "%", ":", "=", "ä", "<<",
    ];
    for (text, path) in texts.iter().zip(["Makefile", "build.sh"]) {
        let marks: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
        for at in marks.into_iter().step_by(3) {
            for (index, noise) in noise
                .iter()
                .enumerate()
                .filter(|(index, _)| (index + at) % 4 == 0)
            {
                let (head, tail) = text.split_at(at);
                let tail = if index % 2 == 0 {
                    tail
                } else {
                    tail.get(1..).unwrap_or("")
                };
                let mutant = format!("{head}{noise}{tail}");
                let plan = planned(
                    &MemoryFiles::new(),
                    path,
                    &mutant,
                    &["bin/hello > bin/hello/bootstrap", "a.zip"],
                );
                for edits in plan.edits.values() {
                    let edited = apply(&mutant, edits).unwrap();
                    assert!(edited.contains("arm64"), "{mutant} {edited}");
                }
            }
        }
    }
}

#[test]
fn moves_binaries_that_make_names() {
    check(
        "Makefile",
        &[
            // A list that a function of make writes.
            (
                "F := hello world\nbuild: {+$(addsuffix /bootstrap,+}$(addprefix bin/,$(F)){+)+}\nbin/%{+/bootstrap+}:\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $@ ./cmd/$*\n",
                BOTH,
            ),
            (
                "F := hello world\nbuild: {+$(addsuffix /bootstrap,+}$(F:%=bin/%){+)+}\nbin/%{+/bootstrap+}:\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $@ ./cmd/$*\n",
                BOTH,
            ),
            // A static pattern follows its targets.
            (
                "OUT := bin\nB := bin/hello{+/bootstrap+} bin/world{+/bootstrap+}\nbuild: $(B)\n$(B): $(OUT)/%{+/bootstrap+}: cmd/%\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $@ ./cmd/$*\n",
                BOTH,
            ),
            // A text for each name.
            (
                "F = hello world\nbuild:\n\t$(foreach f,$(F),{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$(f){+/bootstrap+} ./cmd/$(f);)\n",
                BOTH,
            ),
            // What finds sources names no program.
            (
                "SRC := $(shell find . -name '*.go')\nbin/hello{+/bootstrap+}: $(SRC) $(wildcard cmd/hello/*.go)\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $@ ./cmd/hello\n",
                HELLO,
            ),
            // Its directory stays its own.
            (
                "build:\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/[-hello-]{+bootstrap+} ./cmd/hello\n\tcp config.json bin/\n\tcurl -so bin/rds-ca.pem https://example.com/ca\n",
                &["bin/hello > bin/bootstrap"],
            ),
            (
                "build:\n\t{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\nclean:\n\t$(RM) -r bin\n\t$(RM) bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
        ],
    );
    check_refused(
        "Makefile",
        &[
            (
                "B := $(shell ls cmd | sed 's,^,bin/,')\nbuild: $(B)\nbin/hello:\n\tgo build -o $@ ./cmd/hello\n",
                HELLO,
                "may include bin/hello",
            ),
            (
                "# Code generated by mk; DO NOT EDIT.\nbuild:\n\tgo build -o bin/hello ./cmd/hello\n",
                HELLO,
                "generated",
            ),
            (
                "build:\n\tgo build -o bin/hello ./cmd/hello\n\tcurl -so bin/rds-ca.pem https://example.com/ca\n",
                HELLO,
                "bin/rds-ca.pem beside hello",
            ),
            (
                "build:\n\tgo build -o bin/hello ./cmd/hello\n\tdate > bin/built\n",
                HELLO,
                "bin/built beside hello",
            ),
            (
                "build:\n\tgo build -o bin/hello ./cmd/hello\n\tcp config.json bin/\n",
                HELLO,
                "takes the directory",
            ),
            (
                "build:\n\t$(MAKE) bin/hello\nbin/hello:\n\tgo build -o $@ ./cmd/hello\n",
                HELLO,
                "asked for bin/hello",
            ),
            (
                "build:\n\tgo build -o bin/hello ./cmd/hello\n\tzip -qr all.zip .\n",
                HELLO,
                "packs the directory",
            ),
            (
                "build:\n\tgo build -o out/bin/hello ./cmd/hello\n\tcp -r out /srv\n",
                &["out/bin/hello > out/bin/hello/bootstrap"],
                "takes the directory",
            ),
            (
                "build:\n\tgo build -o bin/hello ./cmd/hello\n\tzip -j hello.zip bin/hello\n",
                HELLO,
                "hello.zip packs bin/hello",
            ),
        ],
    );
    check_refused(
        "build.sh",
        &[(
            "#!/bin/sh\r\ngo build -o bin/hello ./cmd/hello\r\n",
            HELLO,
            "line ends of Windows",
        )],
    );
    check(
        "build.sh",
        &[(
            "E='GOOS=linux GOARCH=[-amd64-]{+arm64+} CGO_ENABLED=0'\nenv $E go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\n",
            HELLO,
        )],
    );
}

#[test]
fn leaves_other_shells_and_dispatchers() {
    check_refused(
        "Makefile",
        &[
            (
                "build:\n\t@set GOOS=linux& set GOARCH=amd64& go build -o bin/hello ./cmd/hello\n",
                HELLO,
                "cannot be read",
            ),
            (
                "SHELL := powershell.exe\nbuild:\n\tgo build -o bin/hello\n",
                HELLO,
                "cannot be read",
            ),
            (
                "build:\n\t$$env:GOOS=\"linux\"; go build -o bin/hello\n",
                HELLO,
                "cannot be read",
            ),
            (
                "N = hello world\nbuild:\n\t$(foreach f,$(N),go build -o bin/$(f) ./cmd/$(f);)\n",
                HELLO,
                "build would change, too",
            ),
            (
                "bin/hello: main.go\n\tgo build -o $@ ./cmd/$(notdir $@)\n",
                HELLO,
                "",
            ),
        ],
    );
    check_refused(
        "build.sh",
        &[
            (
                "build() {\n  go build -o bin/hello\n}\n\"$@\"\n",
                HELLO,
                "condition",
            ),
            (
                "trap 'rm -f bin/hello' EXIT\ngo build -o bin/hello\n",
                HELLO,
                "names",
            ),
            (
                "while read f; do go build -o bin/$f ./$f; done < list\n",
                HELLO,
                "not known",
            ),
            (
                "test -f bin/hello || go build -o bin/hello\n",
                HELLO,
                "condition",
            ),
            (
                "GOARCH=amd64 go build -o bin/hello; GOARCH=amd64 go build -o bin/tool ./tool; cp bin/* out/\n",
                HELLO,
                "somewhere else",
            ),
        ],
    );
    check(
        "build.sh",
        &[(
            "for f in hello world; do\n  cd cmd/$f\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o ../../bin/$f{+/bootstrap+}\n  cd ../..\ndone\n",
            BOTH,
        )],
    );
}
