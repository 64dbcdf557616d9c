"""What cfn-lint says of templates before and after."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps import RETIRED
from checks import Checks
from tools import Tools

# A template before and after.
Pair = tuple[Path, Path]


@dataclass(frozen=True)
class Match:
    """One match, without its line: lines move."""

    rule: str
    resource: str
    message: str


class Lint:
    """The matches of many files, from one run of cfn-lint."""

    def __init__(self, tools: Tools, files: Iterable[Path], directory: Path) -> None:
        paths = sorted({str(file) for file in files})
        done = tools.call(
            "cfn-lint", "--format", "json", "--non-zero-exit-code", "none", "--", *paths, directory=directory
        )
        if done.status != 0:
            raise RuntimeError(f"cfn-lint failed:\n{done.text}")
        self._matches: dict[str, Counter[Match]] = defaultdict(Counter)
        for entry in json.loads(done.output):
            self._matches[entry["Filename"]][as_match(entry)] += 1

    def matches(self, file: Path) -> Counter[Match]:
        """What it says of one of the files."""
        return self._matches.get(str(file), Counter())

    def rules(self, file: Path) -> set[str]:
        """The rules that it finds broken in one of the files."""
        return {match.rule for match in self.matches(file)}

    def added(self, before: Path, after: Path) -> Counter[Match]:
        """What it says of the second file and not, or not as often, of the first."""
        return self.matches(after) - self.matches(before)


def as_match(entry: dict[str, Any]) -> Match:
    """A match of the JSON format."""
    rule, place = entry["Rule"]["Id"], entry["Location"]["Path"] or []
    # A retired runtime in Globals is reported once, under the first function that inherits it. Where that
    # function moves, the same match stands under the next; so the function says nothing here.
    resource = "" if rule in RETIRED else "/".join(map(str, place[:2]))
    return Match(rule, resource, entry["Message"])


def golden_pairs(testdata: Path) -> list[Pair]:
    """The templates of the golden cases that change, with what they become."""
    pairs = []
    for after in sorted(testdata.glob("rules/*/*/**/*fixed.*")):
        if b"Resources" not in after.read_bytes():
            continue  # A file with parameters: for cfn-lint everything in it would be wrong.
        stem = after.name.removesuffix(f"fixed{after.suffix}").removesuffix(".") or "template"
        pairs.append((after.with_name(stem + after.suffix), after))
    return pairs


def sample_pairs(tools: Tools, sample: Path, work: Path) -> list[Pair]:
    """The templates of the sample, before and after a run."""
    before, after = work / "sample-before", work / "sample-after"
    shutil.copytree(sample, before)
    shutil.copytree(sample, after)
    done = tools.migrate(after)
    if done.status != 0:
        raise RuntimeError(f"lambdalift failed on the sample:\n{done.text}")
    return [(before / file.relative_to(after), file) for file in sorted(after.rglob("template.*"))]


def check(lint: Lint, pairs: list[Pair], subject: str) -> Checks:
    """Nothing is new in any of the templates."""
    checks = Checks(subject)
    absent = [str(before) for before, _ in pairs if not before.is_file()]
    checks.equal(absent, [], "every migrated template has its original")
    retired = [sum(len(RETIRED & lint.rules(pair[side])) > 0 for pair in pairs) for side in (0, 1)]
    checks.expect(
        retired[0] > retired[1],
        f"cfn-lint sees a retired runtime in {retired[0]} of {len(pairs)} templates before, in {retired[1]} after",
    )
    added = {str(after): list(lint.added(before, after)) for before, after in pairs if lint.added(before, after)}
    unread = sum("E0000" in lint.rules(after) for _, after in pairs)
    checks.equal(added, {}, f"cfn-lint reports nothing new after, error or warning ({unread} templates it cannot read)")
    return checks
