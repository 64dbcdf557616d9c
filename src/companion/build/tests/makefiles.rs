//! What moves in makefiles.

use super::*;

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
