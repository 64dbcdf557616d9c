"""What hadolint says of Dockerfiles before and after."""

import json
from collections import Counter
from pathlib import Path

from checks import Checks
from tools import Tools

# The rule by which hadolint reports what it cannot parse.
UNPARSABLE = "DL1000"


def golden_pairs(testdata: Path) -> list[tuple[Path, Path]]:
    """The Dockerfiles of the golden cases that change, with what they become."""
    fixed = sorted(file for file in testdata.glob("rules/*/*/**/*.fixed") if "dockerfile" in file.name.lower())
    return [(file.with_suffix(""), file) for file in fixed]


def check(tools: Tools, pairs: list[tuple[Path, Path]], directory: Path) -> Checks:
    """hadolint, which needs no network and no engine, reads each Dockerfile and finds nothing new after."""
    checks = Checks("golden Dockerfiles")
    files = [str(file) for pair in pairs for file in pair]
    done = tools.call("hadolint", "--no-fail", "--no-color", "--format", "json", *files, directory=directory)
    if not checks.equal(done.status, 0, "hadolint runs", done.text):
        return checks
    found: dict[str, Counter[tuple[str, str]]] = {file: Counter() for file in files}
    for match in json.loads(done.output):
        found[match["file"]][match["code"], match["message"]] += 1
    unparsable = [file for file in files if any(code == UNPARSABLE for code, _ in found[file])]
    checks.equal(unparsable, [], f"hadolint can read all {len(files)}")
    added = {str(after): list(found[str(after)] - found[str(before)]) for before, after in pairs}
    added = {file: matches for file, matches in added.items() if matches}
    checks.equal(added, {}, f"hadolint reports nothing new after, in {len(pairs)} Dockerfiles")
    unchanged = [str(after) for before, after in pairs if before.read_bytes() == after.read_bytes()]
    checks.equal(unchanged, [], "each of them changes")
    return checks
