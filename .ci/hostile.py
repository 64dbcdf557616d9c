#!/usr/bin/env python3
"""Makes inputs that want to crash, hang or fill lambdalift, runs it over each, and prints a table.

    cargo build --release && python3 .ci/hostile.py [--binary FILE] [NAME-PART]...

Needs Linux and Python 3 alone. Status 1 when a run dies by a signal, computes for more than a minute, waits
for ever, or takes more than a gibibyte of memory for less than 8 MiB of input. The time is that of the
processors, which a busy machine changes less than that of the clock.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS, PATIENCE = 60, 300
MEBIBYTE = 1 << 20
SMALL, MUCH = 8 * MEBIBYTE, 1024 * MEBIBYTE
# Nothing gets more than this: a fault should not take the machine with it.
MOST = 8 * 1024 * MEBIBYTE

MARK = "# AWS::Serverless::Function go1.x\n"
HEAD = "Transform: AWS::Serverless-2016-10-31\n"
CASES = {}


def case(text, *args):
    """Registers a maker of one input: it fills a directory, or returns the text of `template.yaml`."""

    def register(make):
        CASES[text] = (make, args)
        return make

    return register


def function(name, code="s3://b/{}.zip", **properties):
    lines = [f"  {name}:", "    Type: AWS::Serverless::Function", "    Properties:"]
    given = {"CodeUri": code.format(name), "Handler": "h", "Runtime": "go1.x"} | properties
    return "\n".join(lines + [f"      {key}: {value}" for key, value in given.items()]) + "\n"


def resources(functions):
    return HEAD + "Resources:\n" + "".join(functions)


def doubling(first, step, levels, indent=""):
    """Each line holds the one before twice: `levels` lines mean 2^levels of the first."""
    lines = [f"{indent}a0: &a0 {first}\n"]
    lines += [f"{indent}a{n}: &a{n} {step.format(n - 1)}\n" for n in range(1, levels + 1)]
    return "".join(lines)


# -- nesting, aliases, size ----------------------------------------------------------------------------


@case("100,000 nested `[`")
def _(directory):
    return MARK + "Deep: " + "[" * 100_000


@case("100,000 nested `{a: `")
def _(directory):
    return MARK + "Deep: " + "{a: " * 100_000


@case("100,000 nested `[`, closed, JSON")
def _(directory):
    text = '{"AWS::Lambda::": "go1.x", "Deep": %s%s}' % ("[" * 100_000, "]" * 100_000)
    (directory / "template.json").write_text(text)


@case("3,000 nested block mappings (4.5 MB)")
def _(directory):
    return MARK + "".join(" " * level + "a:\n" for level in range(3_000))


@case("10 MB of `- - - -`")
def _(directory):
    return MARK + "- " * 5_000_000


@case("10 MB of `? ? ? ?`")
def _(directory):
    return MARK + "? " * 5_000_000


@case("1,000,000 aliases of one scalar")
def _(directory):
    return HEAD + "X: &a go1.x\nY: [" + "*a," * 1_000_000 + "]\n" + resources([function("F")])[len(HEAD):]


@case("doubling aliases: 2^60 nodes")
def _(directory):
    return MARK + doubling("[go1.x, go1.x]", "[*a{0}, *a{0}]", 60)


@case("doubling aliases in a function's properties, 2^60")
def _(directory):
    return resources([function("F", Environment="*a60")]).replace(
        "Resources:", "X:\n" + doubling("{A: b}", "{{A: *a{0}, B: *a{0}}}", 60, " ") + "Resources:"
    )


@case("doubling aliases of `Fn::If` as Runtime, 2^19")
def _(directory):
    return resources([function("F", Runtime="*a19")]).replace(
        "Resources:", "X:\n" + doubling("go1.x", "{{'Fn::If': [C, *a{0}, *a{0}]}}", 19, " ") + "Resources:"
    )


@case("doubling merge keys, 2^19")
def _(directory):
    text = "X:\n" + doubling("{Runtime: go1.x}", "{{<<: [*a{0}, *a{0}]}}", 19, " ")
    body = "  F:\n    Type: AWS::Serverless::Function\n    Properties: {<<: *a19, Handler: h, CodeUri: s3://b/k}\n"
    return HEAD + text + "Resources:\n" + body


@case("a chain of 50,000 merge keys")
def _(directory):
    text = "X:\n a0: &a0 {Runtime: go1.x}\n" + "".join(
        f" a{n}: &a{n} {{<<: *a{n - 1}}}\n" for n in range(1, 50_001)
    )
    body = "  F:\n    Type: AWS::Serverless::Function\n    Properties: {<<: *a50000, Handler: h, CodeUri: s3://b/k}\n"
    return HEAD + text + "Resources:\n" + body


@case("an alias inside its own anchor")
def _(directory):
    return HEAD + "Resources:\n  F: &f\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: go1.x, Environment: *f}\n"


@case("5 MB on one line, JSON")
def _(directory):
    properties = {"CodeUri": "s3://b/k", "Handler": "h", "Runtime": "go1.x"}
    body = {"F": {"Type": "AWS::Serverless::Function", "Properties": properties}}
    template = {"Transform": "AWS::Serverless-2016-10-31", "Description": "x" * 5_000_000, "Resources": body}
    (directory / "template.json").write_text(json.dumps(template))


@case("30,000 functions on one line, JSON (5 MB)")
def _(directory):
    body = {
        f"F{n}": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": f"s3://b/{n}.zip", "Handler": "h", "Runtime": "go1.x"},
        }
        for n in range(30_000)
    }
    (directory / "template.json").write_text(
        json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": body})
    )


@case("a plain scalar of 15 MB")
def _(directory):
    return resources([function("F")]) + "Z: " + "x" * (15 * MEBIBYTE) + "\n"


@case("a block scalar of 15 MB")
def _(directory):
    return resources([function("F")]) + "Z: |\n" + (" " + "x" * 78 + "\n") * (15 * MEBIBYTE // 80)


@case("a quote that never ends, 15 MB")
def _(directory):
    return resources([function("F")]) + 'Z: "' + "x\n " * (5 * MEBIBYTE)


@case("1,000,000 keys in one mapping")
def _(directory):
    return resources([function("F")]) + "Z:\n" + "".join(f" k{n}: v\n" for n in range(1_000_000))


@case("1,000,000 times one key")
def _(directory):
    return resources([function("F")]) + "Z:\n" + " k: v\n" * 1_000_000


@case("15 MB of one-letter entries in one list")
def _(directory):
    return resources([function("F")]) + "Z: [" + "a," * (15 * MEBIBYTE // 2) + "]\n"


@case("100,000 times one key in a function")
def _(directory):
    return resources([function("F")]) + "      Tags: v\n" * 100_000


@case("1,000,000 anchors")
def _(directory):
    return resources([function("F")]) + "Z:\n" + "".join(f"- &a{n} v\n" for n in range(1_000_000))


@case("700,000 comments, each an ignore instruction")
def _(directory):
    return resources([function("F")]) + "# lambdalift: ignore\n" * 700_000


@case("1,000,000 documents")
def _(directory):
    return MARK + "---\na\n" * 1_000_000


@case("1,000,000 `%` directives")
def _(directory):
    return "".join(f"%FOO{n} bar\n" for n in range(1_000_000)) + "---\n" + resources([function("F")])


@case("`%YAML 9999999999999999999.1`")
def _(directory):
    return "%YAML 9999999999999999999.1\n---\n" + resources([function("F")])


@case("16 MB of byte-order marks")
def _(directory):
    return MARK + "\ufeff" * (5 * MEBIBYTE)


@case("lines that end with CR alone")
def _(directory):
    (directory / "template.yaml").write_bytes(resources([function("F")]).replace("\n", "\r").encode())


@case("UTF-16")
def _(directory):
    (directory / "template.yaml").write_bytes(resources([function("F")]).encode("utf-16"))


@case("UTF-32")
def _(directory):
    (directory / "template.yaml").write_bytes(b"\xff\xfe\0\0" + resources([function("F")]).encode("utf-32-le"))


@case("UTF-32, named", "template.yaml")
def _(directory):
    (directory / "template.yaml").write_bytes(b"\0\0\xfe\xff" + resources([function("F")]).encode("utf-32-be"))


@case("NUL bytes")
def _(directory):
    return resources([function("F")]) + "Z: \0\n"


@case("a lone surrogate in JSON")
def _(directory):
    text = r'{"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "go1.x", "Description": "\ud800"}}}}'
    (directory / "template.json").write_text(text)


@case("15 MB of random bytes, named", "template.yaml")
def _(directory):
    (directory / "template.yaml").write_bytes(os.urandom(15 * MEBIBYTE))


# -- what a template says ------------------------------------------------------------------------------


@case("80,000 functions (10 MB)")
def _(directory):
    return resources(function(f"F{n}") for n in range(80_000))


@case("200,000 functions (25 MB)")
def _(directory):
    return resources(function(f"F{n}") for n in range(200_000))


@case("200,000 functions, `--max-file-size 1G`", "--max-file-size", "1G")
def _(directory):
    return resources(function(f"F{n}") for n in range(200_000))


@case("15 MB of empty functions, all from Globals")
def _(directory):
    body = "".join(f"  F{n}: {{Type: AWS::Serverless::Function}}\n" for n in range(360_000))
    return HEAD + "Globals: {Function: {Runtime: go1.x, Handler: h, CodeUri: s3://b/k}}\nResources:\n" + body


@case("60,000 functions that share one archive")
def _(directory):
    return resources(function(f"F{n}", code="s3://b/k.zip") for n in range(60_000))


@case("60,000 functions that share one parameter")
def _(directory):
    return HEAD + "Parameters: {R: {Type: String, Default: go1.x}}\n" + resources(
        function(f"F{n}", Runtime="!Ref R") for n in range(60_000)
    )[len(HEAD):]


@case("60,000 functions that share one anchor")
def _(directory):
    return HEAD + "X: &r go1.x\n" + resources(function(f"F{n}", Runtime="*r") for n in range(60_000))[len(HEAD):]


@case("60,000 functions that inherit from Globals")
def _(directory):
    body = "".join(
        f"  F{n}:\n    Type: AWS::Serverless::Function\n    Properties: {{Handler: h, CodeUri: s3://b/{n}}}\n"
        for n in range(60_000)
    )
    return HEAD + "Globals: {Function: {Runtime: go1.x}}\nResources:\n" + body


@case("20,000 functions, each with its parameter")
def _(directory):
    parameters = "".join(f"  P{n}: {{Type: String, Default: go1.x}}\n" for n in range(20_000))
    body = "".join(function(f"F{n}", Runtime=f"!Ref P{n}") for n in range(20_000))
    return HEAD + "Parameters:\n" + parameters + "Resources:\n" + body


@case("20,000 functions, each with its leaf of one mapping")
def _(directory):
    leaves = "".join(f"  k{n}: {{v: go1.x}}\n" for n in range(20_000))
    body = "".join(function(f"F{n}", Runtime=f"!FindInMap [M, k{n}, v]") for n in range(20_000))
    return HEAD + "Mappings:\n M:\n" + leaves + "Resources:\n" + body


@case("5,000 functions, each looking through all of a mapping of 5,000")
def _(directory):
    leaves = "".join(f"  k{n}: {{v: go1.x}}\n" for n in range(5_000))
    body = "".join(function(f"F{n}", Runtime="!FindInMap [M, !Ref AWS::Region, v]") for n in range(5_000))
    return HEAD + "Mappings:\n M:\n" + leaves + "Resources:\n" + body


@case("60,000 functions without a word of sense")
def _(directory):
    return HEAD + "Resources:\n" + "".join(
        f"  F{n}: {{Type: AWS::Serverless::Function, Properties: [go1.x]}}\n" for n in range(60_000)
    )


@case("100,000 parameters that refer to each other")
def _(directory):
    parameters = "".join(
        f"  P{n}: {{Type: String, Default: !Ref P{(n + 1) % 100_000}}}\n" for n in range(100_000)
    )
    return MARK + HEAD + "Parameters:\n" + parameters + resources([function("F", Runtime="!Ref P0")])[len(HEAD):]


@case("100,000 conditions that refer to each other")
def _(directory):
    conditions = "".join(f"  C{n}: !Not [!Condition C{(n + 1) % 100_000}]\n" for n in range(100_000))
    return HEAD + "Conditions:\n" + conditions + resources(
        [function("F", Runtime="!If [C0, go1.x, provided]")]
    )[len(HEAD):]


@case("a parameter and a mapping that mean themselves")
def _(directory):
    return (
        HEAD
        + "Parameters: {P: {Type: String, Default: !Ref P}}\n"
        + "Mappings: {M: {k: {v: !FindInMap [M, k, v]}}}\n"
        + resources([function("F", Runtime="!Ref P"), function("G", Runtime="!FindInMap [M, k, v]")])[len(HEAD):]
        + MARK
    )


@case("1,000,000 `AllowedValues`")
def _(directory):
    values = "go1.x, provided, " * 500_000
    return (
        HEAD
        + f"Parameters: {{P: {{Type: String, Default: go1.x, AllowedValues: [{values}]}}}}\n"
        + resources([function("F", Runtime="!Ref P")])[len(HEAD):]
    )


@case("100,000 nested `Fn::If`")
def _(directory):
    return resources([function("F", Runtime="{'Fn::If': [C, go1.x, " * 100_000)])


@case("60 nested `Fn::If`, closed")
def _(directory):
    text = "go1.x"
    for _ in range(60):
        text = "{'Fn::If': [C, go1.x, %s]}" % text
    return resources([function("F", Runtime=text, Handler=text, CodeUri=text)])


@case("100,000 nested `Fn::ForEach`")
def _(directory):
    return HEAD + "Resources: " + "".join(
        "{'Fn::ForEach::L%d': [X, [a], " % n for n in range(100_000)
    ) + "go1.x AWS::Lambda::Function"


@case("40 nested `Fn::ForEach`, each over two names")
def _(directory):
    text = "{'F': {Type: AWS::Serverless::Function, Properties: {Runtime: go1.x, Handler: '${X1}', CodeUri: '${X2}'}}}"
    for n in range(40):
        text = "{'Fn::ForEach::L%d': [X%d, [a, b], %s]}" % (n, n, text)
    return HEAD + "Resources: " + text


@case("`Fn::ForEach` over 100,000 names")
def _(directory):
    names = ", ".join(f"n{n}" for n in range(100_000))
    body = "{'F${X}': {Type: AWS::Serverless::Function, Properties: {Runtime: go1.x, Handler: '${X}', CodeUri: './${X}'}}}"
    return HEAD + "Resources: {'Fn::ForEach::L': [X, [%s], %s]}" % (names, body)


@case("`!Sub` with 1,000,000 variables")
def _(directory):
    return MARK + resources([function("F", Runtime="!Sub '" + "${A}" * 1_000_000 + "'")])


@case("`!Sub` that doubles parameters, as CodeUri")
def _(directory):
    parameters = "  P0: {Type: String, Default: xx}\n" + "".join(
        f"  P{n}: {{Type: String, Default: !Sub '${{P{n - 1}}}${{P{n - 1}}}'}}\n" for n in range(1, 60)
    )
    return HEAD + "Parameters:\n" + parameters + resources([function("F", code="!Sub '${{P59}}'")])[len(HEAD):]


@case("100,000 layers of one function")
def _(directory):
    return resources([function("F", Layers="[" + "!Ref L, " * 100_000 + "]")])


@case("100,000 `CompatibleRuntimes` of one layer")
def _(directory):
    return HEAD + (
        "Resources: {L: {Type: AWS::Lambda::LayerVersion, Properties: {CompatibleRuntimes: ["
        + "go1.x, " * 100_000
        + "]}}}\n"
    )


# -- what lies beside a template -----------------------------------------------------------------------


def beside(directory, code, **properties):
    text = resources([function("F", code=code, **properties)])
    (directory / "template.yaml").write_text(text)


def sparse(path, size=1 << 30):
    with open(path, "wb") as file:
        file.truncate(size)


for place in ["/", "../" * 1_000, "/dev/zero", "/proc", "/proc/self/root", "x" * 100_000, "a/" * 50_000]:
    shown = place if len(place) < 20 else f"{place[:3]}…, {len(place):,} bytes"
    CASES[f"CodeUri `{shown}`"] = (lambda directory, place=place: beside(directory, place), ())


@case("CodeUri with NUL and newlines")
def _(directory):
    beside(directory, r'"a\0b\nc"')


@case("CodeUri is a FIFO")
def _(directory):
    os.mkfifo(directory / "fn")
    beside(directory, "fn")


@case("CodeUri is a loop of symlinks")
def _(directory):
    (directory / "fn").symlink_to("fn")
    beside(directory, "fn")


@case("FIFOs named main.go, go.mod, go.work, Makefile, bootstrap")
def _(directory):
    (directory / "fn").mkdir()
    for name in ["main.go", "go.mod", "go.work", "Makefile", "bootstrap", "samconfig.toml", "Dockerfile"]:
        os.mkfifo(directory / "fn" / name)
        os.mkfifo(directory / name)
    beside(directory, "fn")


@case("directories named main.go, go.mod, Makefile")
def _(directory):
    for name in ["main.go", "go.mod", "Makefile", "bootstrap"]:
        (directory / "fn" / name).mkdir(parents=True)
    beside(directory, "fn")


@case("main.go, go.mod, Makefile, a binary: 1 GB each")
def _(directory):
    (directory / "fn").mkdir()
    for name in ["main.go", "go.mod", "go.work", "Makefile", "bootstrap"]:
        sparse(directory / "fn" / name)
        os.chmod(directory / "fn" / name, 0o755)
    beside(directory, "fn")


def make(text):
    def fill(directory):
        (directory / "fn").mkdir()
        (directory / "fn" / "main.go").write_text("package main\nfunc main() {}\n")
        (directory / "fn" / "Makefile").write_text(text)
        body = function("F", code="fn") + "    Metadata: {BuildMethod: makefile}\n"
        (directory / "template.yaml").write_text(resources([body]))

    return fill


RECIPE = "\tGOARCH=arm64 go build -o $(ARTIFACTS_DIR)/bootstrap\n"
CASES |= {
    "a Makefile that includes itself": (make("include Makefile\nbuild-F:\n" + RECIPE), ()),
    "a Makefile variable that means itself": (make("A = $(B)\nB = $(A)\nbuild-F: $(A)\n\t$(A)\n" + RECIPE), ()),
    "Makefile variables that double, 2^60": (
        make(
            "A0 = go build\n"
            + "".join(f"A{n} = $(A{n - 1})$(A{n - 1})\n" for n in range(1, 61))
            + "build-F: $(A60)\n\t$(A60)\n"
        ),
        (),
    ),
    "Makefile targets that double, 2^60": (
        make(
            "t0:\n" + RECIPE + "".join(f"t{n}: t{n - 1} u{n - 1}\nu{n}: t{n - 1} u{n - 1}\n" for n in range(1, 61))
            + "build-F: t60\n"
        ),
        (),
    ),
    "Makefile recipes that call make, 2^60": (
        make(
            "t0:\n" + RECIPE
            + "".join(f"t{n}:\n\t$(MAKE) t{n - 1}\n\t$(MAKE) t{n - 1} X={n}\n" for n in range(1, 61))
            + "build-F:\n\t$(MAKE) t60\n"
        ),
        (),
    ),
    "Makefile target that needs itself": (make("build-F: build-F\n\t$(MAKE) build-F\n" + RECIPE), ()),
    "a Makefile of 1 MB of `$(`": (make("A = " + "$(" * 500_000 + "\nbuild-F: $(A)\n\t$(A)\n"), ()),
    "a Makefile of 1 MB of `((`, backquotes, quotes": (
        make("build-F:\n\t" + "$$(" * 100_000 + "`" * 100_000 + "(" * 300_000 + "\"'" * 100_000 + "\n"),
        (),
    ),
    "a Makefile of 60,000 rules for one target": (make("build-F:\n\tgo build\n" * 60_000), ()),
    "a Makefile of 100,000 `ifdef`": (make("ifdef A\n" * 100_000 + "build-F:\n" + RECIPE), ()),
}


def go(text, mod="module m\n"):
    def fill(directory):
        (directory / "fn").mkdir()
        (directory / "fn" / "main.go").write_text(text)
        (directory / "fn" / "go.mod").write_text(mod)
        beside(directory, "fn")

    return fill


CASES |= {
    "Go source: 1 MB of `(`": (go("package main\n" + "(" * 1_000_000), ()),
    "Go source: 1 MB of `/*`, one string, no end": (go("/*" * 500_000), ()),
    "Go source: `//go:build` with 400,000 brackets": (go("//go:build " + "(" * 400_000 + "\n\npackage main\n"), ()),
    "Go source: `//go:build` with 400,000 `!`": (go("//go:build " + "!" * 400_000 + "amd64\n\npackage main\n"), ()),
    "Go source: 50,000 imports of its module": (
        go("package main\nimport (\n" + "".join(f'"m/p{n}"\n' for n in range(50_000)) + ")\n"),
        (),
    ),
    "go.mod: 1 MB of replace directives": (
        go("package main\nimport \"m/x\"\n", "module m\n" + "".join(f"replace a{n} => ../../{n}\n" for n in range(40_000))),
        (),
    ),
}


@case("CodeUri: 20,000 Go files")
def _(directory):
    (directory / "fn").mkdir()
    for n in range(20_000):
        (directory / "fn" / f"f{n}.go").write_text("package main\n")
    beside(directory, "fn")


@case("CodeUri: 1,000 levels of directories")
def _(directory):
    deep(directory / "fn", 1_000)
    beside(directory, "fn")


@case("CodeUri: directory loops by symlinks, 2^n ways")
def _(directory):
    for name in "abcdefgh":
        (directory / "fn" / name).mkdir(parents=True)
        for other in "abcdefgh":
            (directory / "fn" / name / f"to-{other}").symlink_to(f"../{other}")
    beside(directory, "fn")


@case("5,000 functions with a CodeUri each")
def _(directory):
    for n in range(5_000):
        (directory / f"f{n}").mkdir()
        (directory / f"f{n}" / "main.go").write_text("package main\n")
    (directory / "template.yaml").write_text(resources(function(f"F{n}", code=f"f{n}") for n in range(5_000)))


# -- the tree ------------------------------------------------------------------------------------------


def deep(directory, levels):
    """Makes nested directories, longer than a path may be."""
    directory.mkdir()
    here = os.open(directory, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("directory", dir_fd=here)
        below = os.open("directory", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("template.yaml", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
    os.write(file, resources([function("Deep")]).encode())
    os.close(file)
    os.close(here)


@case("a sparse file of 1 GB")
def _(directory):
    sparse(directory / "template.yaml")


@case("a sparse file of 1 GB, named", "template.yaml")
def _(directory):
    sparse(directory / "template.yaml")


@case("a sparse file of 1 GB, `--max-file-size 2G`", "--max-file-size", "2G")
def _(directory):
    (directory / "template.yaml").write_text(MARK)
    os.truncate(directory / "template.yaml", 1 << 30)


@case("`/dev/zero` on standard input", "-", "</dev/zero")
def _(directory):
    pass


@case("`/dev/zero` as the table of dates", "--runtimes", "/dev/zero")
def _(directory):
    return resources([function("F")])


@case("a directory loop by symlinks")
def _(directory):
    (directory / "a").mkdir()
    (directory / "a" / "b").symlink_to("..")
    (directory / "loop").symlink_to("loop")
    return resources([function("F")])


@case("a FIFO, a device, a socket named like templates")
def _(directory):
    os.mkfifo(directory / "fifo.yaml")
    try:
        os.mknod(directory / "zero.yaml", 0o20644, os.makedev(1, 5))
    except PermissionError:
        (directory / "zero.yaml").symlink_to("/dev/zero")
    return resources([function("F")])


@case("a FIFO and a device, named", "fifo.yaml", "/dev/zero", "template.yaml")
def _(directory):
    os.mkfifo(directory / "fifo.yaml")
    return resources([function("F")])


@case("FIFOs named .gitignore, .ignore, .git/info/exclude, .git/config")
def _(directory):
    (directory / ".git/info").mkdir(parents=True)
    for name in [".gitignore", ".ignore", ".git/info/exclude", ".git/config", ".git/HEAD", ".git/commondir"]:
        os.mkfifo(directory / name)
    return resources([function("F")])


@case("a .gitignore of 1 GB")
def _(directory):
    (directory / ".git").mkdir()
    sparse(directory / ".gitignore")
    return resources([function("F")])


@case("a .gitignore of 200,000 globs")
def _(directory):
    (directory / ".git").mkdir()
    (directory / ".gitignore").write_text("".join(f"**/a{n}*b?[c-d]/**/*\n" for n in range(200_000)))
    return resources([function("F")])


@case("names with a newline, an escape, invalid UTF-8")
def _(directory):
    text = resources([function("F")])
    for name in [b"new\nline.yaml", b"\x1b[31mred.yaml", b"\xff\xfe.yaml", b"-w.yaml", b"\xe2\x80\xaeright.yaml"]:
        with open(os.path.join(os.fsencode(directory), name), "w") as file:
            file.write(text)


@case("a directory and a file without permission")
def _(directory):
    (directory / "closed").mkdir()
    (directory / "file.yaml").write_text(MARK)
    os.chmod(directory / "closed", 0)
    os.chmod(directory / "file.yaml", 0)
    return resources([function("F")])


@case("20,000 templates in one directory")
def _(directory):
    for n in range(20_000):
        (directory / f"t{n}.yaml").write_text(resources([function(f"F{n}")]))


@case("1,000 levels of directories")
def _(directory):
    deep(directory / "deep", 1_000)
    return resources([function("F")])


@case("a path of 4,096 bytes", "x/" * 2_048)
def _(directory):
    pass


@case("a template that is cut off and written anew all the time")
def _(directory):
    path = directory / "template.yaml"
    whole = resources(function(f"F{n}") for n in range(20_000))
    path.write_text(whole)
    script = (
        "import sys, time\npath, whole = sys.argv[1], open(sys.argv[1]).read()\n"
        "end = time.time() + 5\n"
        "while time.time() < end:\n"
        "    for text in whole, whole[:999_999], '':\n"
        "        open(path, 'w').write(text)\n"
    )
    subprocess.Popen([sys.executable, "-c", script, path], stderr=subprocess.DEVNULL)
    time.sleep(0.2)


# -- running -------------------------------------------------------------------------------------------


def in_child(work):
    """Does the work in a process of its own: a child's peak memory counts what its parent held."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException as error:  # the parent must learn of any failure
            print(error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit("an input could not be made")


def prepare(make, directory):
    text = make(directory)
    if text:
        (directory / "template.yaml").write_text(text)


def size_of(directory):
    total = 0
    for at, _, names in os.walk(directory):
        total += sum(os.lstat(os.path.join(at, name)).st_size for name in names)
    return total


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def run(binary, arguments, directory):
    """Status, seconds, peak bytes, and what came out on standard error."""
    source = "/dev/null"
    if arguments and arguments[-1].startswith("<"):
        *arguments, source = arguments
        source = source[1:]
    with tempfile.TemporaryFile() as messages, open(source, "rb") as stdin:
        child = subprocess.Popen(
            [binary, *arguments], cwd=directory, stdin=stdin, stdout=subprocess.DEVNULL, stderr=messages,
            preexec_fn=limit,
        )
        signal.signal(signal.SIGALRM, lambda *_: child.kill())
        signal.alarm(PATIENCE)
        _, status, usage = os.wait4(child.pid, 0)
        signal.alarm(0)
        child.returncode = os.waitstatus_to_exitcode(status)
        messages.seek(0)
        text = messages.read(MEBIBYTE // 16).decode(errors="replace")
    return child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def first_message(text):
    """The first line that says something about the input: an error, a warning, or the summary."""
    lines = [line for line in text.splitlines() if line.strip()]
    for telling in [r"panicked|^error|^lambdalift:", r"^warning", r"templates?, "]:
        lines = [line for line in lines if re.search(telling, line)] or lines
    line = (lines or [""])[0]
    line = re.sub(r"/\S*/hostile-\w+/", "", line)
    line = re.sub(r"(.)\1{9,}", r"\1…", re.sub(r"(\S\S)\1{9,}", r"\1…", line))
    return (line if len(line) <= 150 else line[:149] + "…").replace("|", "\\|")


def remove(directory):
    closed = directory / "closed"
    if closed.exists():
        os.chmod(closed, 0o755)
    # shutil refuses paths that are too long.
    subprocess.run(["rm", "-rf", directory], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=ROOT / "target/release/lambdalift")
    parser.add_argument("part", nargs="*", help="only inputs whose name contains one of these")
    options = parser.parse_args()
    binary = shutil.which(options.binary)
    if not binary:
        sys.exit(f"no {options.binary}: cargo build --release")
    # A process counts the memory that it had before it became another program: what `true` takes is ours.
    _, _, floor, _ = run(shutil.which("true"), [], ROOT)
    bad = []
    print("| input | size | status | CPU time | peak memory | first message |\n|---|--:|--:|--:|--:|---|")
    for name, (make, arguments) in CASES.items():
        if options.part and not any(part in name for part in options.part):
            continue
        directory = Path(tempfile.mkdtemp(prefix="hostile-"))
        try:
            in_child(lambda: prepare(make, directory))
            size = size_of(directory)
            # The default limit would refuse the larger ones before they do harm.
            limit = () if "--max-file-size" in arguments else ("--max-file-size", "16M")
            status, seconds, peak, text = run(binary, (*limit, *arguments), directory)
        finally:
            remove(directory)
        memory = f"{peak / MEBIBYTE:,.0f}" if peak > floor + MEBIBYTE else f"< {floor / MEBIBYTE + 1:.0f}"
        shown = f"{size / MEBIBYTE:,.1f} MiB" if size > MEBIBYTE else f"{size / 1024:,.0f} KiB"
        message = first_message(text)
        print(
            f"| {name} | {shown} | {status} | {seconds:.2f} s | {memory} MiB | {message} |", flush=True
        )
        crashed = status not in (0, 1, 2) or "panicked" in text
        if crashed or (size <= SMALL and peak > MUCH):
            bad.append(name)
    for name in bad:
        print(f"FAULT: {name}", file=sys.stderr)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
