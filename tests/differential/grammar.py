"""Projects as people write them, made from a seed: a template, programs, and what builds them."""

import json
import random

from project import Project

NAMES = ["audit", "daily", "hello", "intake", "mail", "orders", "pay"]
TOOLS = ["seed", "migrate", "lint-rules"]
MAIN = "package main\n\nfunc main() {}\n"


class Maker:
    """One project on the way."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.forms: list[str] = []
        names = self.random.sample(NAMES, self.random.choice([1, 2, 2, 3]))
        self.names = sorted(names)
        self.tools = self.random.sample(TOOLS, self.random.choice([0, 0, 1, 1, 2]))
        self.files: dict[str, str] = {"go.mod": "module example.com/shop\n\ngo 1.21\n"}

    def pick(self, kind: str, *choices: str) -> str:
        """Chooses a form, and remembers which one."""
        choice = self.random.choice(choices)
        self.forms.append(f"{kind}: {choice}")
        return choice

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def project(self) -> Project:
        layouts = {"shared": 3, "own": 2, "archive": 2, "source": 2, "root": 1, "target": 1}
        layout = self.pick("layout", *(name for name, weight in layouts.items() for _ in range(weight)))
        self.layout = layout
        self.place_sources()
        self.place_outputs()
        self.choose_environment()
        script = layout != "target" and self.pick("file", "make", "make", "make", "script") == "script"
        text = self.script() if script else self.makefile()
        path = self.pick("script", "build.sh", "scripts/build.sh") if script else "Makefile"
        if script and path.startswith("scripts/"):
            text = text.replace("__HERE__", 'cd "$(dirname "$0")/.."')
        self.files[path] = text.replace("__HERE__", 'cd "$(dirname "$0")"')
        self.files["template.json"] = self.template()
        return Project(self.files, ("template.json",), self.builds(path, text), tuple(self.forms))

    # Places.

    def place_sources(self) -> None:
        root = self.pick("sources", "cmd/", "cmd/", "cmd/", "functions/", "", "services/{}/cmd")
        self.source = {}
        for name in [*self.names, *self.tools]:
            directory = root.format(name) if "{}" in root else f"{root}{name}"
            self.source[name] = directory
            self.files[f"{directory}/main.go"] = MAIN
        self.loops = root in ("cmd/", "functions/")
        self.root = root

    def place_outputs(self) -> None:
        out = self.pick("output", "bin", "bin", "dist", "build/lambda")
        self.out = out
        self.output = {}
        self.code = {}
        self.handler = {}
        constant = self.pick("handler", "name", "name", "main")
        for name in self.names:
            handler = name
            match self.layout:
                case "shared":
                    file, code = f"{out}/{name}", self.random.choice([out, f"./{out}", f"{out}/"])
                case "own":
                    handler = "main" if constant == "main" else name
                    file, code = f"{out}/{name}/{handler}", f"./{out}/{name}"
                case "archive":
                    handler = "main" if constant == "main" else name
                    file, code = f"{out}/{name}", f"{out}/{name}.zip"
                    if constant == "main":
                        file = f"{out}/{name}/main"
                case "source":
                    # SAM builds it, and so does the build file.
                    handler = "main" if constant == "main" else name
                    code = self.source[name]
                    file = f"{code}/{handler}"
                case "root":
                    handler = f"{out}/{name}"
                    file, code = f"{out}/{name}", "."
                case _:
                    handler = self.random.choice([name, "main", "bootstrap"])
                    file, code = f"$(ARTIFACTS_DIR)/{handler}", "."
            self.output[name], self.code[name], self.handler[name] = file, code, handler
        self.tool_output = {
            tool: self.pick("tool", f"{out}/{tool}", f"tools/{tool}", f"/{tool}", f"{out}/tools/{tool}").lstrip("/")
            for tool in self.tools
        }

    def template(self) -> str:
        plain = self.layout in ("shared", "own", "archive") and self.chance(0.3)
        resources = {}
        for name in self.names:
            properties = {"Handler": self.handler[name], "Runtime": "go1.x"}
            properties["Code" if plain else "CodeUri"] = self.code[name]
            kind = "AWS::Lambda::Function" if plain else "AWS::Serverless::Function"
            resource = {"Type": kind, "Properties": properties}
            if self.layout == "target":
                resource["Metadata"] = {"BuildMethod": "makefile"}
            if self.chance(0.04):
                self.forms.append("ignored: yes")
                resource.setdefault("Metadata", {})["lambdalift"] = {"ignore": True}
            resources[name.title()] = resource
        head = {} if plain else {"Transform": "AWS::Serverless-2016-10-31"}
        return json.dumps(head | {"Resources": resources}, indent=2) + "\n"

    # Commands.

    def choose_environment(self) -> None:
        self.environment = self.pick(
            "environment",
            *["inline"] * 3,
            *("env", "exported", "exported-default", "variable", "own-default", "none", "target"),
        )
        goos, goarch = "GOOS=linux", "GOARCH=amd64"
        pairs = [goos, goarch]
        if self.chance(0.3):
            pairs.reverse()
        if self.chance(0.3):
            pairs.insert(self.random.randrange(3), "CGO_ENABLED=0")
        if self.chance(0.2):
            pairs.remove(goarch)
        self.pairs = pairs
        flags = self.pick(
            "flags", "", "", "", '-ldflags="-s -w"', '-ldflags "-s -w"', "-trimpath", "-mod=vendor", "-v", "-a",
            "-tags prod", "-tags=prod,netgo", "-buildvcs=false -trimpath", "-ldflags '-s -w' -tags lambda.norpc",
        )
        self.flags = flags
        self.flags_in_variable = bool(flags) and self.chance(0.3)
        self.late_output = self.chance(0.15)

    def go(self, output: str, package: str, script: bool, tool: bool = False) -> str:
        """A build command. A tool's may be for the machine at hand."""
        match self.environment:
            case _ if tool and self.tool_is_native:
                head = ""
            case "inline" | "own-default":
                head = " ".join(self.pairs) + " "
                if self.environment == "own-default":
                    head = head.replace("GOARCH=amd64", "GOARCH=$(ARCH)" if not script else "GOARCH=$ARCH")
            case "env":
                head = "env " + " ".join(self.pairs) + " "
            case "variable":
                head = "$(GOENV) " if not script else "env $GOENV "
            case _:
                head = ""
        flags = self.flags
        if self.flags_in_variable:
            flags = "$(FLAGS)" if not script else "$FLAGS"
        flags = f" {flags}" if flags else ""
        if self.late_output:
            return f"{head}go build{flags} -o {output} {package}"
        return f"{head}go build -o {output}{flags} {package}"

    def head(self, script: bool) -> list[str]:
        """The variables that the commands need."""
        lines = []
        pairs = [pair.split("=") for pair in self.pairs]
        match self.environment:
            case "exported":
                lines += [f"export {name}={value}" if script else f"export {name} := {value}" for name, value in pairs]
            case "exported-default":
                if script:
                    lines += [f"export {' '.join(self.pairs)}"]
                else:
                    lines += [f"{name} ?= {value}" for name, value in pairs]
                    lines += [f"export {' '.join(name for name, _ in pairs)}"]
            case "variable":
                lines += [f'GOENV="{" ".join(self.pairs)}"' if script else f"GOENV := {' '.join(self.pairs)}"]
            case "own-default":
                lines += ["ARCH=amd64" if script else "ARCH ?= amd64"]
            case "target" if script:
                lines += [f"{name}={value}; export {name}" for name, value in pairs]
        if self.flags_in_variable:
            lines += [f"FLAGS='{self.flags}'" if script else f"FLAGS := {self.flags}"]
        if script and self.flags_in_variable and any(mark in self.flags for mark in "\"'"):
            self.flags_in_variable = False
            lines.pop()
        return lines

    def package(self, name: str) -> str:
        directory = self.source[name]
        return self.form_of_package.format(directory)

    # Files.

    def makefile(self) -> str:
        self.form_of_package = self.pick("package", "./{}", "./{}", "./{}/", "{}/main.go", "./{}/main.go")
        self.tool_is_native = self.chance(0.5)
        lines = self.head(script=False)
        if self.environment == "target":
            lines += [f"build: export {pair}" for pair in self.pairs]
        phony = ["build", "clean"]
        if self.chance(0.6):
            lines += ["", "all: clean build" if self.chance(0.3) else "all: build"]
            phony.append("all")
        if self.layout == "target":
            lines += self.sam_targets()
        else:
            lines += self.builders(phony)
        lines += self.tool_targets()
        lines += self.others()
        lines += self.clean()
        place = self.random.choice(["start", "end", "none"])
        if place != "none":
            rule = f".PHONY: {' '.join(phony)}"
            lines = [rule, *lines] if place == "start" else [*lines, "", rule]
        if self.chance(0.15):
            # Everything quiet.
            firsts = [not before.endswith("\\") for before in ["", *lines]]
            lines = [
                f"\t@{line[1:]}" if first and line.startswith("\t") and line[1] != "@" else line
                for line, first in zip(lines, firsts)
            ]
        ending = "\r\n" if self.chance(0.01) else "\n"
        return ending.join(lines) + ending

    def builders(self, phony: list[str]) -> list[str]:
        styles = ["lines", "lines", "lines", "rules", "phony", "joined"]
        if self.loops:
            styles += ["loop", "loop", "loop-all", "foreach", "pattern", "pattern", "static"]
        if self.layout == "source":
            styles = ["lines", "rules", "phony", "joined", "inside"]
        if self.out.count("/") == 0 and self.layout in ("shared", "root") and self.root == "cmd/":
            styles += ["into-directory"]
        style = self.pick("style", *styles)
        pairs = list(zip(self.names, [self.output[name] for name in self.names]))
        prefix, suffix = f"{self.out}/", ""
        if self.layout == "source":
            pass
        elif pairs[0][1].endswith("/main"):
            suffix = "/main"
        elif pairs[0][1].count("/") > prefix.count("/"):
            # The name stands twice: no simple pattern.
            style = style if style in ("lines", "rules", "phony", "joined", "loop") else "lines"
        lines: list[str] = []
        variable = self.chance(0.2)
        if variable:
            lines += [f"OUT := {self.out}"]
        text = lambda path: path.replace(f"{self.out}/", "$(OUT)/", 1) if variable else path  # noqa: E731
        names = " ".join(self.names)
        twice = style == "loop" and pairs[0][1].count("/") > prefix.count("/") and not suffix

        def in_loop(sign: str) -> str:
            return text(f"{prefix}{sign}/{sign}" if twice else f"{prefix}{sign}{suffix}")

        match style:
            case "lines":
                lines += ["", "build:"]
                lines += [f"\tmkdir -p {text(self.out)}"] if self.chance(0.2) else []
                for name, output in pairs:
                    lines += [f"\t{self.go(text(output), self.package(name), False)}"]
                    lines += self.afterwards(text(output))
            case "inside":
                lines += ["", "build:"]
                for name, output in pairs:
                    directory, file = output.rsplit("/", 1)
                    command = self.go(file, self.random.choice([".", "main.go", ""]), False).rstrip()
                    lines += [f"\tcd {directory} && {command}"]
            case "joined":
                commands = [self.go(text(output), self.package(name), False) for name, output in pairs]
                lines += ["", "build:", "\t" + " && \\\n\t".join(commands)]
            case "rules":
                lines += ["", f"build: {' '.join(text(output) for _, output in pairs)}"]
                for name, output in pairs:
                    needs = self.random.choice(["", f" {self.source[name]}/main.go", " go.mod"])
                    target = "$@" if self.chance(0.6) else text(output)
                    lines += ["", f"{text(output)}:{needs}", f"\t{self.go(target, self.package(name), False)}"]
                    lines += self.afterwards(target)
            case "phony":
                labels = [f"build-{name}-fn" if self.layout == "target" else f"fn-{name}" for name in self.names]
                if self.chance(0.5) and self.root:
                    labels = self.names
                phony += labels
                lines += ["", f"build: {' '.join(labels)}"]
                for label, (name, output) in zip(labels, pairs):
                    lines += ["", f"{label}:", f"\t{self.go(text(output), self.package(name), False)}"]
                    lines += self.afterwards(text(output))
            case "loop":
                lines += [f"FUNCTIONS := {names}"] if self.chance(0.6) else []
                listed = "$(FUNCTIONS)" if lines and lines[-1].startswith("FUNCTIONS") else names
                package = self.form_of_package.format(f"{self.root}$$f")
                command = self.go(in_loop("$$f"), package, False)
                if self.chance(0.5):
                    lines += ["", "build:", f"\tfor f in {listed}; do {command} || exit 1; done"]
                else:
                    lines += ["", "build:", f"\t@for f in {listed}; do \\", f'\t\techo "building $$f"; \\']
                    lines += [f"\t\t{command} || exit 1; \\", "\tdone"]
            case "loop-all":
                command = self.go(in_loop("$$(basename $$d)"), "./$$d", False)
                lines += ["", "build:", f"\tfor d in {self.root}*; do {command} || exit 1; done"]
            case "foreach":
                command = self.go(in_loop("$(f)"), self.form_of_package.format(f"{self.root}$(f)"), False)
                lines += [f"FUNCTIONS = {names}", "", "build:", f"\t$(foreach f,$(FUNCTIONS),{command} &&) true"]
            case "pattern" | "static":
                computed = self.random.choice(["list", "addprefix", "patsubst"])
                outputs = " ".join(text(output) for _, output in pairs)
                if computed == "addprefix" and not suffix:
                    lines += [f"FUNCTIONS := {names}"]
                    outputs = f"$(addprefix {text(prefix)},$(FUNCTIONS))"
                elif computed == "patsubst":
                    lines += [f"FUNCTIONS := {names}"]
                    outputs = f"$(patsubst %,{text(prefix)}%{suffix},$(FUNCTIONS))"
                if style == "static":
                    lines += [f"BINARIES := {outputs}"]
                    outputs = "$(BINARIES)"
                lines += ["", f"build: {outputs}", ""]
                needs = self.random.choice(["", f" {self.root}%/main.go", f" {self.root}%"])
                rule = f"{text(prefix)}%{suffix}:{needs}"
                lines += [f"$(BINARIES): {rule}" if style == "static" else rule]
                lines += [f"\t{self.go('$@', self.form_of_package.format(f'{self.root}$*'), False)}"]
            case "into-directory":
                command = self.go(f"{text(self.out)}/", f"./{self.root}...", False)
                lines += ["", "build:", f"\t{command}"]
        if self.layout in ("shared", "own") and self.chance(0.12):
            forms = ["cp config.json {}/", "install config.json {}/x.json", "echo on > {}/flag"]
            form = self.pick("asset", *forms)
            self.files["config.json"] = "{}\n"
            directory = pairs[0][1].rsplit("/", 1)[0]
            lines += ["", "assets: build", "\t" + form.format(directory)]
        if self.layout == "archive":
            lines += self.archives(pairs, style, text)
        if self.layout != "archive" and self.chance(0.1):
            lines += ["", f"package: {'build' if self.chance(0.8) else ''}", f"\tzip -qr all.zip {self.out}"]
        return lines

    def archives(self, pairs, style, text) -> list[str]:
        form = self.pick("archive", "lines", "rules", "pattern", "cd")
        if form == "pattern" and pairs[0][1].count("/") > self.out.count("/") + 1:
            form = "lines"
        zips = [f"{text(self.out)}/{name}.zip" for name in self.names]
        goals = " ".join(zips)
        lines = ["", f"package: {'build' if form in ('lines', 'cd') else goals}"]
        for (name, output), archive in zip(pairs, zips):
            command = f"zip -{self.random.choice(['j', 'jq', 'qj'])} {archive} {text(output)}"
            if form == "lines":
                lines += [f"\t{command}"]
            elif form == "cd":
                directory, file = output.rsplit("/", 1)
                up = "../" * (directory.count("/") - self.out.count("/"))
                lines += [f"\tcd {text(f'{directory}/').rstrip('/')} && zip -q {up}{name}.zip {file}"]
            elif form == "rules":
                lines += ["", f"{archive}: {text(output) if style in ('rules', 'pattern', 'static') else 'build'}"]
                lines += [f"\t{command}"]
        if form == "pattern":
            needs = f"{text(self.out)}/%" if style in ("rules", "pattern", "static") else "build"
            source = "$<" if needs != "build" else f"{text(self.out)}/$*"
            lines += ["", f"{text(self.out)}/%.zip: {needs}", f"\tzip -qj $@ {source}"]
        return lines

    def sam_targets(self) -> list[str]:
        style = self.pick("style", "each", "each", "together", "define", "copy")
        lines: list[str] = []
        match style:
            case "each":
                for name in self.names:
                    lines += ["", f"build-{name.title()}:"]
                    lines += [f"\t{self.go(self.output[name], self.package(name), False)}"]
            case "together":
                labels = " ".join(f"build-{name.title()}" for name in self.names)
                name = self.names[0]
                lines += ["", f"{labels}:", f"\t{self.go(self.output[name], self.package(name), False)}"]
                # One program, and so one Handler.
                self.handler = dict.fromkeys(self.names, self.handler[name])
            case "define":
                for name in self.names:
                    lines += ["", f"build-{name.title()}: FN = {name}", f"build-{name.title()}:"]
                    lines += [f"\t{self.go(self.output[name], self.package(name), False)}"]
            case "copy":
                for name in self.names:
                    lines += ["", f"build-{name.title()}:"]
                    lines += [f"\t{self.go(f'{self.out}/{name}', self.package(name), False)}"]
                    lines += [f"\tcp {self.out}/{name} {self.output[name]}"]
        lines += ["", "build:", "\tsam build"]
        return lines

    def afterwards(self, output: str) -> list[str]:
        if not self.chance(0.25):
            return []
        forms = ["chmod +x {}", "upx {}", "strip {}", "ls -l {}", "@echo built {}", "test -f {}", "file {}"]
        what = self.pick("after", *forms)
        return ["\t" + what.format(output) + (" || true" if what.startswith("file") else "")]

    def tool_targets(self) -> list[str]:
        lines = []
        for tool in self.tools:
            output, package = self.tool_output[tool], self.package(tool)
            label = output if self.chance(0.4) and "/" in output else f"tool-{tool}"
            target = "$@" if label == output else output
            lines += ["", f"{label}:", f"\t{self.go(target, package, False, tool=True)}"]
            if self.chance(0.3):
                lines += ["", f"run-{tool}: {label}", f"\t./{output}"]
        return lines

    def others(self) -> list[str]:
        lines = []
        if self.chance(0.6):
            lines += ["", "test:", "\tgo test ./..."]
        if self.chance(0.2):
            lines += ["", "lint:", "\tgolangci-lint run", "\tgo vet ./..."]
        if self.chance(0.3):
            lines += ["", f"deploy:{' build' if self.chance(0.5) else ''}", "\tsam deploy --guided"]
        if self.chance(0.2):
            lines += ["", "deps:", "\tgo mod tidy", "\tgo mod vendor"]
        if self.chance(0.1):
            lines += ["", "local: build", f"\t./{self.output[self.names[0]]}" if self.layout != "target" else "\ttrue"]
        if self.chance(0.1):
            lines += ["", "generate:", "\tgo generate ./...", f"\tgo run ./{self.source[self.names[0]]}"]
        return lines

    def clean(self) -> list[str]:
        outputs = " ".join(it for it in self.output.values() if not it.startswith("$"))
        form = self.pick("clean", "rm -rf {0}", "rm -rf ./{0} ./vendor", "rm -f {0}/*", "rm -rf {0}/*", "$(RM) -r {0}",
                         "rm -f {1}", "-rm -rf {0}", "go clean")
        return ["", "clean:", "\t" + form.format(self.out, outputs)]

    def script(self) -> str:
        self.form_of_package = self.pick("package", "./{}", "./{}", "./{}/", "{}/main.go")
        self.tool_is_native = False
        lines = [self.random.choice(["#!/bin/sh", "#!/usr/bin/env bash", "#!/bin/bash"])]
        bash = "bash" in lines[0]
        lines += [self.random.choice(["set -e", "set -eu", "set -euo pipefail" if bash else "set -eux", "set -ex"])]
        lines += ["__HERE__"] if self.chance(0.6) else []
        lines += self.head(script=True)
        out = "$OUT" if self.chance(0.3) else self.out
        lines += [f"OUT={self.out}"] if out == "$OUT" else []
        text = lambda path: path.replace(f"{self.out}/", f"{out}/", 1)  # noqa: E731
        lines += [f"rm -rf {out}"] if self.chance(0.3) else []
        lines += [f"mkdir -p {out}"] if self.chance(0.5) else []
        handler = next(iter(self.output.values())).rsplit("/", 1)[1]
        own = self.layout == "own" or self.layout == "archive" and handler == "main"
        styles = ["lines", "function", "loop", "loop-array" if bash else "loop"]
        style = self.pick("style", *styles) if self.loops and self.layout != "source" else "lines"
        variable = "$name"
        inner = f"{variable}/{'main' if handler == 'main' else variable}" if own else variable
        command = self.go(text(f"{self.out}/{inner}"), self.form_of_package.format(f"{self.root}{variable}"), True)
        pack = f"zip -qj {text(f'{self.out}/')}{variable}.zip {text(f'{self.out}/{inner}')}"
        pack = [pack] if self.layout == "archive" else []
        names = " ".join(self.names)
        match style:
            case "lines":
                for name in self.names:
                    lines += [self.go(text(self.output[name]), self.package(name), True)]
                    if self.layout == "archive":
                        lines += [f"zip -qj {text(f'{self.out}/{name}.zip')} {text(self.output[name])}"]
            case "function":
                commands = [command, *pack]
                lines += ["compile() {", "  name=$1", *(f"  {it}" for it in commands), "}"]
                lines += [f"compile {name}" for name in self.names]
            case "loop":
                lines += [f"for name in {names}; do", '  echo "building $name"']
                lines += [*(f"  {it}" for it in [command, *pack]), "done"]
            case "loop-array":
                lines += [f"functions=({names})", 'for name in "${functions[@]}"; do']
                lines += [*(f"  {it}" for it in [command, *pack]), "done"]
        for tool in self.tools:
            lines += [self.go(self.tool_output[tool], self.package(tool), True, tool=True)]
        if self.chance(0.2):
            lines += ["go test ./..."]
        return "\n".join(lines) + "\n"

    def builds(self, path: str, text: str) -> tuple[tuple[str, ...], ...]:
        if path.endswith(".sh"):
            return (((("bash" if "bash" in text else "sh"), path)),)
        return (("make",),)


def make(seed: int) -> Project:
    """The project of a seed."""
    return Maker(seed).project()
