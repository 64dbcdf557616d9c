#!/usr/bin/env python3
"""Compares lambdalift with other programs on the same tree: compare.py target/release/lambdalift [--files 50000].

Needs rg (Debian: ripgrep) and, if they are to be compared, ast-grep (PyPI: ast-grep-cli) and cfn-lint. Every pair
runs in alternation; a ratio is taken for each pair, and the median of the ratios is printed, with the medians of
wall time, processor time and peak memory of the largest process.
"""

import argparse
import os
import pathlib
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import monorepo

SEARCH = r"rg -l 'go1\.x|provided' ."
REPLACE = r"rg -l 'go1\.x' -g '*.{yaml,yml,json}' . | xargs sed -i 's/go1\.x/provided.al2023/'"
AST_GREP = "ast-grep run --lang yaml --pattern 'Runtime: go1.x' ."
# So many templates are handed to cfn-lint, which takes seconds for what the others do in one.
SAMPLE = 20


def measure(command, directory):
    """Wall seconds, processor seconds and peak KiB of a command, in a process of its own so that they are its."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        with open(os.devnull, "wb") as nothing:
            start = time.monotonic()
            subprocess.run(command, shell=True, cwd=directory, stdin=nothing, stdout=nothing, stderr=nothing, check=False)
            wall = time.monotonic() - start
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        os.write(write, f"{wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as result:
        text = result.read()
    os.waitpid(child, 0)
    return [float(number) for number in text.split()]


def compare(title, ours, theirs, runs, directory, prepare=None):
    """Runs both in turn and prints a row of the table."""
    rows = []
    for _ in range(runs + 1):
        pair = []
        for command in (ours, theirs):
            if prepare:
                prepare()
            pair.append(measure(command, directory))
        rows.append(pair)
    rows = rows[1:]
    median = statistics.median
    own, other = ([median(row[side][column] for row in rows) for column in range(3)] for side in range(2))
    ratios = [median(row[0][column] / row[1][column] for row in rows) for column in range(2)]
    print(
        f"| {title} | {own[0]:.3f} s | {other[0]:.3f} s | {ratios[0]:.2f} | {own[1]:.3f} s | {other[1]:.3f} s "
        f"| {ratios[1]:.2f} | {own[2] / 1024:.0f} MiB | {other[2] / 1024:.0f} MiB |",
        flush=True,
    )


def alone(title, command, runs, directory, reference=None):
    """Runs a command, in turn with the reference if there is one, and prints a row of medians. Returns the wall time."""
    rows = []
    for _ in range(runs + 1):
        row = measure(command, directory)
        if reference:
            row[0] -= measure(reference, directory)[0]
        rows.append(row)
    wall, processor, peak = (statistics.median(row[column] for row in rows[1:]) for column in range(3))
    print(f"| {title} | {1000 * wall:.1f} ms | {1000 * processor:.1f} ms | {peak / 1024:.0f} MiB |", flush=True)
    return wall


def singles(own, tree, templates, scratch, runs):
    """What has no other program to be compared with."""
    quoted = [shlex.quote(path) for path in templates]
    print("\n| | wall | processor | peak |\n|---|---|---|---|")
    # The shell has a `true` of its own, for which it starts no program.
    true = shutil.which("true") or "true"
    small = scratch / "small"
    small.mkdir()
    (small / "template.yaml").write_text(monorepo.Writer(1).functions(1))
    alone("one small template, more than `true`", f"{own} .", 8 * runs, small, true)
    alone("20 file names without go1.x, more than `true`", f"{own} {' '.join(quoted[-20:])}", 8 * runs, tree, true)
    alone("20 file names with go1.x, more than `true`", f"{own} {' '.join(quoted[:20])}", runs, tree, true)
    times = []
    for count in (5_000, 10_000):
        large = scratch / str(count)
        large.mkdir()
        (large / "template.yaml").write_text(monorepo.Writer(1).functions(count))
        command = f"{own} --max-file-size 16M ."
        times.append(alone(f"one template with {count} functions", command, runs, large))
    print(f"| twice the functions | {times[1] / times[0]:.2f} times | | |")
    times = [alone(f"dry run with --threads {count}", f"{own} --threads {count} .", runs, tree) for count in (1, 2)]
    print(f"| two threads | {times[1] / times[0]:.2f} of the time | | |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lambdalift", type=pathlib.Path)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--ten", action="store_true", help="also a tree of ten times the files, which takes its time")
    arguments = parser.parse_args()
    own = shlex.quote(str(arguments.lambdalift.resolve()))
    if not shutil.which("rg"):
        sys.exit("rg is not there: install ripgrep")
    with tempfile.TemporaryDirectory() as scratch:
        tree = pathlib.Path(scratch) / "tree"
        templates = monorepo.make(tree, arguments.files)
        # What the disk still has to write would be in the way of whoever comes first.
        os.sync()
        runs = arguments.runs
        print(f"{arguments.files} files, {len(templates)} templates, {os.cpu_count()} cores, {runs} runs in alternation\n")
        print("| | wall | other | ratio | processor | other | ratio | peak | other |")
        print("|---|---|---|---|---|---|---|---|---|")
        compare("dry run : rg -l", f"{own} .", SEARCH, runs, tree)
        if shutil.which("ast-grep"):
            compare("dry run : ast-grep", f"{own} .", AST_GREP, max(1, runs // 2), tree)
        if shutil.which("cfn-lint"):
            sample = " ".join(shlex.quote(path) for path in templates[:SAMPLE])
            compare(f"{SAMPLE} templates : cfn-lint", f"{own} {sample}", f"cfn-lint {sample}", 1, tree)
        keep = f"git -C {shlex.quote(str(tree))} -c user.name=x -c user.email=x@example.com"
        subprocess.run(f"{keep} add -A && {keep} commit -qm tree", shell=True, check=True)

        def restore():
            subprocess.run(f"{keep} reset -q --hard", shell=True, check=True)
            # Who syncs a file waits for all that was written before: what restoring wrote is not the command's.
            os.sync()

        compare("--write : rg \\| xargs sed -i", f"{own} --write .", REPLACE, runs, tree, restore)
        restore()
        subprocess.run(f"{own} --write .", shell=True, cwd=tree, capture_output=True, check=False)
        compare("--check afterwards : rg -l", f"{own} --check .", SEARCH, runs, tree)
        restore()
        singles(own, tree, templates, pathlib.Path(scratch), runs)
        if arguments.ten:
            shutil.rmtree(tree)
            monorepo.make(tree, 10 * arguments.files)
            alone(f"dry run over {10 * arguments.files} files", f"{own} .", 2, tree)


if __name__ == "__main__":
    main()
