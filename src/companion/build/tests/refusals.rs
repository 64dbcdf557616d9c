//! What stays as it is, and why.

use super::*;

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
                "this builds bin/world, too",
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
