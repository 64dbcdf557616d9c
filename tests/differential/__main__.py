"""The differential stage: build files are run before and after their migration, with a `go` that compiles nothing.

`python3 tests/differential target/debug/lambdalift [--first SEED] [--count N]`. Each seed makes a project with
functions, tools, and a Makefile or a script. Needs make, zip and a POSIX shell.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grammar
from judge import Pair, judge, packed_programs
from project import Project, build, functions

JOBS = 2
# What lambdalift says where the build files make the function now.
BUILT = re.compile(r"\bbuilds (\S+) as bootstrap for ")
# The targets of a rule, but neither assignments nor patterns.
TARGET = re.compile(r"^([A-Za-z][\w./-]*(?: [A-Za-z][\w./-]*)*):(?![=:])", re.MULTILINE)


def targets(directory: Path) -> list[str]:
    """What can be asked of the Makefile."""
    file = directory / "Makefile"
    if not file.is_file():
        return []
    found = [name for line in TARGET.findall(file.read_text()) for name in line.split()]
    return list(dict.fromkeys(found))


def migrate(lambdalift: Path, directory: Path) -> dict:
    """Migrates a project in place: the report."""
    done = subprocess.run(
        [str(lambdalift), "--write", "--format", "json"],
        check=False, cwd=directory, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
    )
    if done.returncode != 0:
        raise RuntimeError(f"lambdalift: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def pairs_of(report: dict, before: Path, after: Path, templates: tuple[str, ...]) -> list[Pair]:
    """The functions of a project before and after."""
    built = {
        finding["resource"]
        for file in report["files"]
        for finding in file["findings"]
        if finding["rule"] == "build-file" and finding["effect"] == "edit" and BUILT.search(finding["message"])
    }
    pairs = []
    for template in templates:
        old, new = functions(before, template), functions(after, template)
        pairs += [Pair(name, old[name], new[name], name in built) for name in old]
    return pairs


def try_project(project: Project, lambdalift: Path, work: Path) -> tuple[list[str], list[Pair], dict]:
    """Builds a project in all ways before and after its migration: what is wrong."""
    shutil.rmtree(work, ignore_errors=True)
    before, after = work / "before", work / "after"
    for directory in (before, after):
        directory.mkdir(parents=True)
        # Discovery must not look further up.
        (directory / ".git").mkdir()
        project.write(directory)
    report = migrate(lambdalift, after)
    pairs = pairs_of(report, before, after, project.templates)
    faults = []
    known = set(targets(after))
    goals = [(name,) for name in targets(before) if name in known]
    if "build" in known:
        # Twice, cleaned up, and from what was built before.
        goals += [("build", name) for name in ("build", "clean", "package") if name in known]
    sequences = [*((it,) for it in project.builds), *(tuple(("make", name) for name in goal) for goal in goals)]
    old = [build(before, work / "old", it) for it in sequences]
    new = [build(after, work / "new", it) for it in sequences]
    packed = packed_programs(pairs, old)
    for sequence, was, now in zip(sequences, old, new):
        said = " && ".join(" ".join(it) for it in sequence)
        faults += [f"{said}: {fault}" for fault in judge(pairs, packed, was, now)]
    return faults, pairs, report


def main() -> int:
    """Runs the stage; the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lambdalift", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--show", action="store_true", help="print what becomes of each form")
    options = parser.parse_args()
    lambdalift = options.lambdalift.resolve(strict=True)
    seeds = range(options.first, options.first + options.count)
    failed, tally = 0, Counter()
    forms: dict[str, Counter] = {}
    with tempfile.TemporaryDirectory(prefix="lambdalift-") as scratch, ThreadPoolExecutor(JOBS) as pool:

        def one(seed: int):
            project = grammar.make(seed)
            return seed, project, try_project(project, lambdalift, Path(scratch) / str(seed))

        for seed, project, (faults, pairs, report) in pool.map(one, seeds):
            for pair in pairs:
                kind = "built" if pair.built else "migrated" if pair.migrated else "left"
                tally[kind] += 1
                for form in project.forms:
                    forms.setdefault(form, Counter())[kind] += 1
            if faults:
                failed += 1
                print(f"== seed {seed}: {', '.join(project.forms)}")
                for fault in faults[:6]:
                    print(f"   {fault}")
    print(f"{len(seeds)} projects, functions: {', '.join(f'{count} {kind}' for kind, count in sorted(tally.items()))}")
    # Nothing to judge would be no success.
    if tally["built"] < tally.total() // 3:
        failed += 1
        print("FAILED: the build files of too few functions are edited")
    print(f"{failed} FAILED" if failed else "all ok")
    if options.show:
        for form, kinds in sorted(forms.items()):
            print(f"{form:50} {dict(kinds)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
