//! Loops over what lies in a directory.

use super::{BOTH, check_beside, refused_beside};
use crate::program::MemoryFiles;

fn programs() -> MemoryFiles {
    MemoryFiles::new()
        .file("cmd/hello/main.go", "package main")
        .file("cmd/world/main.go", "package main")
}

#[test]
fn follows_loops_over_directories() {
    check_beside(
        &programs(),
        "Makefile",
        &[
            (
                "build:\n\tfor d in cmd/*; do GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$$(basename $$d){+/bootstrap+} ./$$d; done\n",
                BOTH,
            ),
            (
                "build:\n\tfor d in ./cmd/*/; do GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/`basename $$d`{+/bootstrap+} $$d; done\n",
                BOTH,
            ),
            (
                "build:\n\t@for d in cmd/*; do \\\n\t\tGOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o bin/$${d##*/}{+/bootstrap+} ./$$d || exit 1; \\\n\tdone\n",
                BOTH,
            ),
            (
                "build:\n\tfor f in cmd/*/main.go; do n=$$(basename $$(dirname $$f)); GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$$n{+/bootstrap+} $$f; done\n",
                BOTH,
            ),
            (
                "build:\n\tfor f in $$(ls cmd); do GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$$f{+/bootstrap+} ./cmd/$$f; done\n",
                BOTH,
            ),
            (
                "FUNCS := $(shell ls cmd)\nbuild:\n\tfor f in $(FUNCS); do GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$$f{+/bootstrap+} ./cmd/$$f; done\n",
                BOTH,
            ),
            (
                "CMD = cmd\nFUNCS := $(notdir $(wildcard $(CMD)/*))\nbuild:\n\t$(foreach d,$(FUNCS),GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$(d){+/bootstrap+} ./cmd/$(d) &&) true\n",
                BOTH,
            ),
            (
                "build:\n\t$(foreach d,$(wildcard cmd/*),GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$(notdir $(d)){+/bootstrap+} ./$(d);)\n",
                BOTH,
            ),
            (
                "FUNCS = $(patsubst cmd/%/main.go,%,$(wildcard cmd/*/main.go))\nbuild: {+$(addsuffix /bootstrap,+}$(FUNCS:%=bin/%){+)+}\nbin/%{+/bootstrap+}:\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o $@ ./cmd/$*\n",
                BOTH,
            ),
            (
                "FUNCS := $(notdir $(wildcard cmd/*))\n.PHONY: $(FUNCS)\nbuild: $(FUNCS)\n$(FUNCS):\n\tGOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/$@{+/bootstrap+} ./cmd/$@\n",
                BOTH,
            ),
        ],
    );
    check_beside(
        &programs(),
        "scripts/build.sh",
        &[
            (
                "for dir in cmd/*; do\n  name=$(basename \"$dir\")\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/$name{+/bootstrap+}\" \"./$dir\"\ndone\n",
                BOTH,
            ),
            (
                "cd \"$(dirname \"$0\")/..\"\nfor dir in cmd/*/; do\n  dir=${dir%/}\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/${dir#cmd/}{+/bootstrap+}\" \"./$dir\"\ndone\n",
                BOTH,
            ),
            (
                "cd cmd\nfor name in *; do\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o ../bin/$name{+/bootstrap+} ./$name\ndone\n",
                BOTH,
            ),
            (
                "dirs=(cmd/*)\nfor dir in \"${dirs[@]}\"; do\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/$(basename -- \"$dir\"){+/bootstrap+}\" \"./$dir\"\ndone\n",
                BOTH,
            ),
            (
                "build() {\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/$(basename \"$1\"){+/bootstrap+}\" \"./$1\"\n}\nfor dir in cmd/*; do build \"$dir\"; done\n",
                BOTH,
            ),
            (
                "for dir in cmd/*; do\n  (cd \"$dir\" && GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"../../bin/${dir##*/}{+/bootstrap+}\")\ndone\n",
                BOTH,
            ),
            (
                "for dir in cmd/*; do\n  name=$(basename \"$dir\")\n  GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o \"bin/$name{+/bootstrap+}\" \"./$dir\"\n  zip -j \"bin/$name.zip\" \"bin/$name{+/bootstrap+}\"\ndone\n",
                &["bin/hello.zip", "bin/world.zip"],
            ),
        ],
    );
}

#[test]
fn leaves_loops_over_more_than_functions() {
    const LOOP: &str =
        "build:\n\tfor d in cmd/*; do GOOS=linux go build -o bin/$$(basename $$d) ./$$d; done\n";
    const SCRIPT: &str = "for d in cmd/*; do\n  go build -o bin/$(basename $d) ./$d\ndone\n";
    let tool = programs().file("cmd/seed/main.go", "package main");
    let text = programs().file("cmd/README.md", "");
    let empty = MemoryFiles::new().file("cmd/README.md", "");
    let twice = programs().file("scripts/cmd/seed/main.go", "");
    for (files, path, text, why) in [
        (&tool, "Makefile", LOOP, "this builds bin/seed, too"),
        (&tool, "build.sh", SCRIPT, "this builds bin/seed, too"),
        (&text, "Makefile", LOOP, "this builds bin/README.md, too"),
        (&empty, "Makefile", LOOP, "it is not known whether"),
        (&twice, "scripts/build.sh", SCRIPT, "not here"),
        (
            &programs(),
            "Makefile",
            "build:\n\tfor d in cmd/*; do [ -d $$d ] && GOOS=linux go build -o bin/$$(basename $$d) ./$$d; done\n",
            "this runs only under a condition",
        ),
        (
            &programs(),
            "build.sh",
            "for d in cmd/*; do\n  go build -o bin/$(basename $d | tr a-z A-Z) ./$d\ndone\n",
            "it is not known whether",
        ),
        (
            &programs(),
            "build.sh",
            "for d in $DIRS/*; do\n  go build -o bin/$(basename $d) ./$d\ndone\n",
            "it is not known whether",
        ),
    ] {
        refused_beside(files, path, &[(text, BOTH, why)]);
    }
}
