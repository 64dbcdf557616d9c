#![expect(clippy::unwrap_used, reason = "tests")]

mod loops;
mod makefiles;
mod refusals;

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
    refused_beside(&MemoryFiles::new(), path, cases);
}

fn refused_beside(files: &MemoryFiles, path: &str, cases: &[(&str, &[&str], &str)]) {
    let mut wrong = Vec::new();
    for (text, requests, why) in cases {
        let found = result(files, path, text, requests);
        let plan = planned(files, path, text, requests);
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
