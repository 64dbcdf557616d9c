//! Texts before and after; the marks are those of the tests of makefiles.

use super::super::tests::{BOTH, HELLO, check, check_refused};

/// One program whose directory is its own.
const MAIN: &[&str] = &["bin/main > bin/bootstrap"];

#[test]
fn moves_buildspecs() {
    check(
        "buildspec.yml",
        &[
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - GOOS=linux GOARCH=[-amd64-]{+arm64 CGO_ENABLED=0+} go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./cmd/hello\nartifacts:\n  files:\n    - template.yml\n    - bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            // One shell runs all commands of version 0.2.
            (
                "version: 0.2\nphases:\n  pre_build:\n    commands:\n      - export GOOS=linux GOARCH=[-amd64-]{+arm64+} CGO_ENABLED=0\n      - cd svc\n  build:\n    commands: [\"go build{+ -tags lambda.norpc+} -o ../bin/hello{+/bootstrap+} .\"]\n",
                HELLO,
            ),
            // In version 0.1 each command has its own.
            (
                "version: 0.1\nphases:\n  build:\n    commands:\n      - cd svc\n      - export GOARCH=amd64\n      - '{+CGO_ENABLED=0 GOOS=linux GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/hello{+/bootstrap+} ./svc'\n",
                HELLO,
            ),
            (
                "version: 0.2\nenv:\n  variables:\n    GOOS: linux\n    GOARCH: [-amd64-]{+arm64+}\n    CGO_ENABLED: \"0\"\n    NAME: hello\nphases:\n  build:\n    commands:\n      - |\n        set -e\n        for f in hello world; do\n          go build{+ -tags lambda.norpc+} -o $CODEBUILD_SRC_DIR/bin/$f{+/bootstrap+} ./cmd/$f\n        done\n      - ls -l bin/$NAME{+/bootstrap+}\n  post_build:\n    commands:\n      - aws cloudformation package --template-file template.yml\n",
                BOTH,
            ),
            // The tests see the variable, too.
            (
                "version: 0.2\nenv: {variables: {GOARCH: amd64, GOOS: linux}}\nphases:\n  build:\n    commands:\n      - go test ./...\n      - >-\n        {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+}\n        -ldflags \"-s -w\"\n        -o bin/[-main-]{+bootstrap+}\n        ./cmd/main\n",
                MAIN,
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/[-main-]{+bootstrap+} main.go\n      - zip -j function.zip bin/[-main-]{+bootstrap+}\nartifacts:\n  base-directory: bin\n  files:\n    - '[-main-]{+bootstrap+}'\n",
                &["bin/main > bin/bootstrap", "function.zip"],
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o [-main-]{+bootstrap+} .\n      - zip function.zip [-main-]{+bootstrap+}\n",
                &["function.zip"],
            ),
        ],
    );
    check_refused(
        "buildspec.yml",
        &[
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - go build -o gen ./tools/gen\n",
                HELLO,
                "not here",
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\nartifacts:\n  files: ['bin/*']\n",
                HELLO,
                "pattern",
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\nartifacts:\n  discard-paths: yes\n  files: ['bin/hello']\n",
                HELLO,
                "somewhere else",
            ),
            (
                "version: 0.2\nenv:\n  shell: powershell.exe\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\n",
                HELLO,
                "",
            ),
            (
                "version: 0.2\nbatch:\n  build-matrix: {}\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\n",
                HELLO,
                "batch",
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - if [ -n \"$X\" ]; then go build -o bin/hello; fi\n",
                HELLO,
                "condition",
            ),
            (
                "version: 0.2\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\ncache:\n  paths:\n    - bin/hello\n",
                HELLO,
                "somewhere else",
            ),
            (
                "version: 0.2\nenv:\n  parameter-store:\n    GOARCH: /build/arch\nphases:\n  build:\n    commands:\n      - go build -o bin/hello\n",
                HELLO,
                "condition",
            ),
            ("version: 0.2\nphases: [\n", HELLO, ""),
        ],
    );
}

#[test]
fn moves_workflows() {
    check(
        ".github/workflows/deploy.yml",
        &[
            (
                "name: deploy\non: {push: {branches: [main]}}\nenv:\n  GOARCH: [-amd64-]{+arm64+}\n  GOOS: linux\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with: {ref: main}\n      - name: build\n        working-directory: ./svc\n        run: |\n          {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o ../bin/[-main-]{+bootstrap+} .\n",
                MAIN,
            ),
            (
                "jobs:\n  build:\n    runs-on: ubuntu-latest\n    env:\n      CGO_ENABLED: 0\n    steps:\n      - run: GOOS=linux GOARCH=[-amd64-]{+arm64+} go build{+ -tags lambda.norpc+} -ldflags \"-X main.v=${{ github.sha }}\" -o bin/hello{+/bootstrap+} ./cmd/hello\n      - run: GOOS=linux GOARCH=[-amd64-]{+arm64+} go build{+ -tags lambda.norpc+} -o \"${{ github.workspace }}/bin/world{+/bootstrap+}\" ./cmd/world\n      - uses: actions/upload-artifact@v4\n        with:\n          name: bin\n          path: |\n            bin/hello{+/bootstrap+}\n            bin/world{+/bootstrap+}\n",
                BOTH,
            ),
            (
                "jobs:\n  build:\n    runs-on: [self-hosted, linux]\n    defaults:\n      run:\n        working-directory: bin\n    steps:\n      - run: \"GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -ldflags \\\"-s -w\\\" -o [-main-]{+bootstrap+} ../cmd\"\n      - uses: actions/upload-artifact@v4\n        with: {path: bin/[-main-]{+bootstrap+}}\n",
                MAIN,
            ),
        ],
    );
    let job = |steps: &str| format!("jobs:\n  b:\n    runs-on: ubuntu-22.04\n    steps:\n{steps}");
    let build = "      - run: GOOS=linux go build -o bin/hello ./cmd/hello\n";
    for (text, why) in [
        (
            job(&format!("{build}        if: github.ref == 'x'\n")),
            "condition",
        ),
        (
            job(&format!(
                "{build}      - uses: actions/upload-artifact@v4\n        with: {{path: bin/hello}}\n"
            )),
            "change",
        ),
        (
            job(&format!(
                "{build}      - uses: actions/upload-artifact@v4\n        with: {{path: bin/*}}\n"
            )),
            "pattern",
        ),
        (
            job(&format!(
                "{build}      - uses: x/deploy@v1\n        with: {{binary: bin/hello}}\n"
            )),
            "somewhere else",
        ),
        (
            job(&format!("{build}      - uses: ./.github/actions/pack\n")),
            "action of this repository",
        ),
        (job(&format!("{build}        shell: pwsh\n")), ""),
        (
            job(
                "      - run: echo \"GOARCH=amd64\" >> $GITHUB_ENV\n      - run: go build -o bin/hello\n",
            ),
            "condition",
        ),
        (
            job("      - run: go env -w GOARCH=amd64\n      - run: go build -o bin/hello\n"),
            "go env -w",
        ),
        (
            job("      - run: GOARCH=${{ matrix.arch }} go build -o bin/hello\n"),
            "",
        ),
        (
            job("      - run: go build -o bin/${{ matrix.name }}\n"),
            "not known",
        ),
        (
            job("      - run: go build ${{ matrix.flags }} -o bin/hello\n"),
            "condition",
        ),
        (
            job("      - run: GOOS=windows go build -o bin/hello\n"),
            "another system",
        ),
        (
            format!("env: {{GOOS: '${{{{ matrix.os }}}}'}}\n{}", job(build)),
            "condition",
        ),
        (format!("on: workflow_call\n{}", job(build)), "condition"),
        (job(build).replace("ubuntu-22.04", "${{ matrix.os }}"), ""),
        (job(build).replace("ubuntu-22.04", "windows-latest"), ""),
        (
            format!(
                "{}  c:\n    runs-on: ubuntu-latest\n    steps:\n      - run: GOARCH=arm64 go build -o bin/hello\n",
                job("      - run: GOARCH=amd64 go build -o bin/hello\n")
            ),
            "several architectures",
        ),
        (
            job(&format!(
                "{build}      - uses: actions/upload-artifact@v4\n        with: {{path: \"bin/hello\\ndocs/x\"}}\n      - uses: actions/download-artifact@v4\n        with: {{name: x, path: dist}}\n"
            )),
            "somewhere else",
        ),
    ] {
        check_refused(".github/workflows/deploy.yml", &[(&text, HELLO, why)]);
    }
}

#[test]
fn moves_pipelines() {
    check(
        ".gitlab-ci.yml",
        &[
            (
                "variables:\n  GOOS: linux\n  GOARCH: [-amd64-]{+arm64+}\nbuild:\n  stage: build\n  before_script:\n    - cd svc\n  script:\n    - {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o $CI_PROJECT_DIR/bin/hello{+/bootstrap+} .\n  artifacts:\n    paths:\n      - bin/hello{+/bootstrap+}\n",
                HELLO,
            ),
            (
                ".go: &go\n  image: golang\n  variables: &v {GOARCH: [-amd64-]{+arm64+}, GOOS: linux, CGO_ENABLED: '0'}\nbuild:\n  <<: *go\n  script: [\"go build{+ -tags lambda.norpc+} -o bin/[-main-]{+bootstrap+}\"]\n  artifacts: {paths: [bin/]}\ndeploy:\n  only: [main]\n  script: sam deploy\n",
                MAIN,
            ),
            // The other job that takes the variables over is for amd64.
            (
                ".go: &go\n  GOARCH: amd64\n  GOOS: linux\nbuild:\n  variables: *go\n  script:\n    - {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o bin/[-main-]{+bootstrap+}\nserver:\n  variables: *go\n  script:\n    - go build -o server ./server\n",
                MAIN,
            ),
        ],
    );
    let build = "b:\n  script: go build -o bin/hello\n";
    for (text, why) in [
        (format!("include: common.yml\n{build}"), "includes"),
        (format!("{build}  extends: .base\n"), ""),
        (
            "b:\n  script:\n    - !reference [.x, script]\n    - go build -o bin/hello\n"
                .to_owned(),
            "",
        ),
        (
            format!("{build}  parallel: {{matrix: [{{GOARCH: [arm64, amd64]}}]}}\n"),
            "condition",
        ),
        (
            format!("{build}  rules: [{{variables: {{GOARCH: amd64}}}}]\n"),
            "condition",
        ),
        (format!("{build}  tags: [windows]\n"), ""),
        (
            format!("{build}  artifacts: {{paths: ['bin/*']}}\n"),
            "pattern",
        ),
        (
            format!("{build}  inherit: {{variables: false}}\n"),
            "condition",
        ),
        (format!("---\nspec: {{}}\n---\n{build}"), "YAML"),
        (
            "x: &s go build -o bin/hello\nb:\n  script: *s\nc:\n  variables: {GOOS: darwin}\n  script: *s\n".to_owned(),
            "another system",
        ),
    ] {
        check_refused(".gitlab-ci.yml", &[(&text, HELLO, why)]);
    }
}

#[test]
fn moves_taskfiles() {
    check(
        "Taskfile.yml",
        &[
            (
                "version: '3'\nvars:\n  BIN: bin\n  NAME: hello{+/bootstrap+}\nenv:\n  GOARCH: [-amd64-]{+arm64+}\n  GOOS: linux\ntasks:\n  build:\n    desc: builds bin/hello\n    cmds:\n      - {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o {{.BIN}}/{{.NAME}} ./cmd/hello\n    sources: ['**/*.go']\n    generates:\n      - '{{.BIN}}/{{.NAME}}'\n",
                HELLO,
            ),
            (
                "version: '3'\ntasks:\n  build:\n    env: {GOARCH: [-amd64-]{+arm64+}, CGO_ENABLED: 0, GOOS: linux}\n    cmds:\n      - for: [hello, world]\n        cmd: go build{+ -tags lambda.norpc+} -o bin/{{.ITEM}}{+/bootstrap+} ./cmd/{{.ITEM}}\n  clean: rm -f bin/hello{+/bootstrap+} bin/world{+/bootstrap+}\n",
                BOTH,
            ),
            (
                "version: '3'\ntasks:\n  build:\n    dir: '{{.ROOT_DIR}}/bin'\n    cmd: GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} -o [-main-]{+bootstrap+} ../cmd\n    generates: [[-main-]{+bootstrap+}]\n    status:\n      - test -f [-main-]{+bootstrap+}\n",
                MAIN,
            ),
        ],
    );
    let build = "    cmds: [go build -o bin/hello]\n";
    // Without `generates`, the task is up to date as long as its sources are.
    check_refused(
        "Taskfile.yml",
        &[(
            "version: '3'\ntasks:\n  b:\n    cmds: [go build -o bin/hello]\n    sources: ['*.go']\n",
            HELLO,
            "condition",
        )],
    );
    for (text, why) in [
        // A comma would end the item.
        (
            "version: '3'\ntasks: {b: {cmds: [go build -tags netgo -o bin/hello]}}\n".to_owned(),
            "would change",
        ),
        (format!("version: '3'\nincludes: {{x: ./x}}\ntasks:\n  b:\n{build}"), "brings along"),
        (format!("version: '2'\ntasks:\n  b:\n{build}"), "version"),
        (format!("version: '3'\ndotenv: [.env]\ntasks:\n  b:\n{build}"), "condition"),
        (format!("version: '3'\ntasks:\n  b:\n    platforms: [windows]\n{build}"), "condition"),
        ("version: '3'\nvars: {N: hello}\ntasks:\n  b: {cmds: ['go build -o bin/{{.N}}']}\n  c: {deps: [{task: b, vars: {N: world}}]}\n".to_owned(), "not known"),
        ("version: '3'\ntasks:\n  b: {cmds: ['go build {{.CLI_ARGS}} -o bin/hello']}\n".to_owned(), "condition"),
        ("version: '3'\ntasks:\n  b: {cmds: [{for: {var: X}, cmd: 'go build -o bin/{{.ITEM}}'}]}\n".to_owned(), "not known"),
        ("version: '3'\ntasks:\n  b: {cmds: [{cmd: 'go build -o bin/hello', platforms: [linux]}]}\n".to_owned(), "condition"),
    ] {
        check_refused("Taskfile.yml", &[(&text, HELLO, why)]);
    }
}

#[test]
fn moves_justfiles() {
    check(
        "justfile",
        &[
            (
                "set shell := [\"bash\", \"-uc\"]\n\nexport GOOS := \"linux\"\nexport GOARCH := \"[-amd64-]{+arm64+}\"\nname := 'hello{+/bootstrap+}'\n\n# builds\n[group('go')]\nbuild: test\n    @{+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o bin/{{name}} ./cmd/hello\n\nclean:\n    -rm -f bin/{{name}}\n",
                HELLO,
            ),
            (
                "goarch := \"[-amd64-]{+arm64+}\"\ndir := \"bin\"\nbuild:\n    #!/usr/bin/env bash\n    set -euo pipefail\n    for f in hello world; do\n      GOOS=linux GOARCH={{ goarch }} {+CGO_ENABLED=0 +}go build{+ -tags lambda.norpc+} -o {{dir}}/$f{+/bootstrap+} ./cmd/$f\n    done\n",
                BOTH,
            ),
            (
                "build:\n    cd cmd && GOOS=linux {+CGO_ENABLED=0 GOARCH=arm64 +}go build{+ -tags lambda.norpc+} \\\n      -o ../bin/[-main-]{+bootstrap+} .\n    ls -l {{justfile_directory()}}/bin/[-main-]{+bootstrap+}\n",
                MAIN,
            ),
        ],
    );
    check_refused(
        "justfile",
        &[
            (
                "import 'x.just'\nb:\n    go build -o bin/hello\n",
                HELLO,
                "brings along",
            ),
            (
                "b name:\n    go build -o bin/{{name}}\n",
                HELLO,
                "not known",
            ),
            (
                "set shell := [\"pwsh\", \"-c\"]\nb:\n    go build -o bin/hello\n",
                HELLO,
                "line of a justfile",
            ),
            (
                "[windows]\nb:\n    go build -o bin/hello\n",
                HELLO,
                "condition",
            ),
            ("[no-cd]\nb:\n    go build -o bin/hello\n", HELLO, ""),
            (
                "set dotenv-load\nb:\n    go build -o bin/hello\n",
                HELLO,
                "condition",
            ),
            (
                "b:\n    #!/usr/bin/env python3\n    run('go build -o bin/hello')\n",
                HELLO,
                "",
            ),
            (
                "x := '\n  go build -o bin/hello\n'\nb:\n    go build -o bin/hello\n",
                HELLO,
                "line of a justfile",
            ),
            (
                "b:\n    go build -o {{ if os() == \"x\" { \"bin/hello\" } else { \"y\" } }}\n",
                HELLO,
                "",
            ),
            (
                "b $GOARCH:\n    go build -o bin/hello\n",
                HELLO,
                "condition",
            ),
        ],
    );
}
