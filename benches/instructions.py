#!/usr/bin/env python3
"""Counts instructions of whole runs: instructions.py target/release/lambdalift [--check].

Times on a shared machine come out differently every time; instructions do not, but for what depends on the seeds of
hash maps, which is measured and stated. Counts are of user space and of one thread: what the kernel does and how
long memory takes is not in them.

Writes the table instructions.md beside this script; with --check compares with it, prints the differences in percent
and exits with 1 if a case costs more than --tolerance percent more. Needs valgrind.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tomllib

import monorepo

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE / "instructions.md"
RUNS = 3
FUNCTIONS = 200
FILES = 200
ROW = re.compile(r"^\| ([^|]+?) +\| +([\d.]+) \|", re.MULTILINE)


def function(number):
    """A function of a template on go1.x, intrinsic functions in their long form."""
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "FunctionName": {"Fn::Sub": f"${{AWS::StackName}}-{number}"},
            "CodeUri": f"cmd/program{number}/",
            "Handler": f"program{number}",
            "Runtime": "go1.x",
            "Timeout": 3 + number % 27,
            "Environment": {"Variables": {"TABLE": {"Ref": "Table"}, "QUEUE": {"Fn::ImportValue": f"queue-{number}"}}},
            "Policies": [
                {"DynamoDBCrudPolicy": {"TableName": {"Ref": "Table"}}},
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": ["sqs:SendMessage", "sqs:ReceiveMessage"],
                            "Resource": {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:*:queue-{number}"},
                        }
                    ],
                },
            ],
            "Events": {"Get": {"Type": "Api", "Properties": {"Path": f"/items/{number}", "Method": "get"}}},
        },
    }


def template(count):
    """A template with so many functions."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Table": {"Type": "AWS::Serverless::SimpleTable"},
            **{f"Function{number}": function(number) for number in range(count)},
        },
    }


def yaml(value, indent=""):
    """Block style, as people write it; strings that could be something else are quoted."""
    match value:
        case dict():
            parts = ((f"{indent}{key}:", part) for key, part in value.items())
        case list():
            parts = ((f"{indent}-", part) for part in value)
        case str() if re.fullmatch(r"[A-Za-z][\w./-]*(:{1,2}[\w.-]+)*", value):
            return f" {value}\n"
        case _:
            return f" {json.dumps(value)}\n"
    inner = indent + "  "
    text = ""
    for head, part in parts:
        below = yaml(part, inner)
        if isinstance(part, dict) and head.endswith("-"):
            text += f"{head} {below.removeprefix(inner)}"
        elif isinstance(part, (dict, list)):
            text += f"{head}\n{below}"
        else:
            text += head + below
    return text


def fill(root, count, write, name):
    """A repository with one template, and the source of its functions."""
    root.mkdir()
    (root / name).write_text(write(template(count)), newline="")
    for number in range(count):
        program = root / "cmd" / f"program{number}"
        program.mkdir(parents=True)
        (program / "main.go").write_text("package main\n\nfunc main() {}\n")
    (root / "go.mod").write_text("module example.com/service\n\ngo 1.24\n")
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)


def cases(scratch, lambdalift):
    """Titles, directories, arguments and what the run has to say; the files are the same in every run."""
    small, in_yaml, in_json = scratch / "small", scratch / "yaml", scratch / "json"
    fill(small, 1, yaml, "template.yaml")
    fill(in_yaml, FUNCTIONS, yaml, "template.yaml")
    fill(in_json, FUNCTIONS, lambda it: json.dumps(it, indent=2) + "\n", "template.json")
    tree, migrated = scratch / "tree", scratch / "migrated"
    monorepo.make(tree, FILES)
    monorepo.make(migrated, FILES)
    subprocess.run([lambdalift, "--write", "."], cwd=migrated, env=environment(scratch), capture_output=True, check=True)
    all_of_them = f"functions: {FUNCTIONS} migrated"
    return [
        ("start-up: `--version`", small, ["--version"], "lambdalift "),
        ("one small template", small, ["template.yaml"], "functions: 1 migrated"),
        (f"tree of {FILES} files", tree, ["."], " migrated"),
        ("`--check` on that tree once migrated", migrated, ["--check", "."], " already current"),
        (f"template of {FUNCTIONS} functions, YAML", in_yaml, ["template.yaml"], all_of_them),
        (f"template of {FUNCTIONS} functions, JSON", in_json, ["template.json"], all_of_them),
    ]


def environment(scratch):
    """Nothing of the user's: configuration and the length of variables count as well."""
    return {"PATH": os.environ["PATH"], "HOME": str(scratch), "LC_ALL": "C.UTF-8"}


def count(lambdalift, arguments, directory, expected, scratch):
    """Instructions of a run that says what it has to say: one that does less would be counted as cheap."""
    out = scratch / "callgrind.out"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    threads = [] if arguments == ["--version"] else ["--threads", "1"]
    run = subprocess.run(
        [*valgrind, lambdalift, *threads, *arguments],
        cwd=directory, env=environment(scratch), capture_output=True, text=True, check=False,
    )
    totals = re.search(r"(?m)^(?:totals|summary): (\d+)", out.read_text() if out.exists() else "")
    if run.returncode != 0 or not totals or expected not in run.stdout + run.stderr:
        sys.exit(
            f"`{' '.join(arguments)}` should say “{expected}”; it ended with {run.returncode} under valgrind:\n{run.stderr}"
        )
    return int(totals[1])


def measure(lambdalift):
    """For each case its title, the command, the median of the counts and their spread in percent."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        rows = []
        for title, directory, arguments, expected in cases(scratch, lambdalift):
            counts = [count(lambdalift, arguments, directory, expected, scratch) for _ in range(RUNS)]
            median = statistics.median(counts)
            rows.append((title, median / 1e6, 100 * (max(counts) - min(counts)) / median))
        return rows


def built_with(lambdalift):
    """What the counts depend on besides the sources. The compiler is read from the binary, if it says."""
    name = re.search(rb"rustc version [\w.-]+( \([^)]*\))?", pathlib.Path(lambdalift).read_bytes())
    compiler = name[0].decode() if name else "a rustc that the binary does not name"
    profile = tomllib.loads((HERE.parent / "Cargo.toml").read_text())["profile"]["release"]
    settings = ", ".join(f"{key} = {json.dumps(value)}" for key, value in profile.items())
    tool = subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return compiler, settings, f"{platform.system()} on {platform.machine()}, {tool}"


def table(rows, lambdalift):
    """The Markdown file."""
    compiler, settings, machine = built_with(lambdalift)
    width = max(len(title) for title, _, _ in rows)
    lines = [
        "# Instructions of whole runs",
        "",
        "Written by `python3 benches/instructions.py target/release/lambdalift`; `--check` compares a binary with it.",
        "",
        f"- {compiler}, `cargo build --release` with `[profile.release]` {settings}",
        f"- {machine}; a processor of another kind lets the search of bytes take other ways",
        f"- `--threads 1`; median of {RUNS} runs, in user space alone. The spread is what the seeds of hash maps change",
        "",
        f"| {'case':{width}} | million instructions | spread |",
        f"|-{'-' * width}-|---------------------:|-------:|",
        *(f"| {title:{width}} | {millions:20.3f} | {spread:4.2f} % |" for title, millions, spread in rows),
    ]
    return "\n".join(lines) + "\n"


def check(rows, tolerance):
    """Prints the differences to the table. Whether none is above the tolerance."""
    known = {title: float(millions) for title, millions in ROW.findall(TABLE.read_text())}
    worst = 0.0
    print("| case | table | now | difference |\n|---|---:|---:|---:|")
    for title, millions, _ in rows:
        if title not in known:
            sys.exit(f"{TABLE.name} has no case “{title}”: run this script without --check to write the table anew")
        difference = 100 * (millions / known[title] - 1)
        worst = max(worst, difference)
        print(f"| {title} | {known[title]:.3f} | {millions:.3f} | {difference:+.2f} % |")
    return worst <= tolerance


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lambdalift", type=pathlib.Path)
    parser.add_argument("--check", action="store_true", help="compare with the table instead of writing it")
    parser.add_argument("--tolerance", type=float, default=2.0, help="percent that a case may cost more (default: 2)")
    arguments = parser.parse_args()
    if not shutil.which("valgrind"):
        sys.exit("valgrind is not there: install it (Debian, Ubuntu: apt-get install valgrind). It runs on Linux and FreeBSD")
    if not os.access(arguments.lambdalift, os.X_OK) or arguments.lambdalift.is_dir():
        sys.exit(f"{arguments.lambdalift} is no program: name the one that `cargo build --release` makes")
    lambdalift = str(arguments.lambdalift.resolve())
    if arguments.check and not TABLE.is_file():
        sys.exit(f"{TABLE} is not there: run this script without --check to write it")
    rows = measure(lambdalift)
    if arguments.check:
        sys.exit(not check(rows, arguments.tolerance))
    text = table(rows, lambdalift)
    TABLE.write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
