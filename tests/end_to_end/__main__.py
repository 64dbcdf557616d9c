"""The end-to-end stage: lambdalift's output in the hands of cfn-lint, hadolint, SAM CLI, Go and Lambda's
emulator.

`python3 tests/end_to_end target/debug/lambdalift`. What is tried is a table in `apps.py`; the apps
themselves are in `testdata/end_to_end`. Needs Linux and the network (PyPI, and Debian's packages if
something of them is missing); `LAMBDALIFT_SKIP_END_TO_END=1` skips it.
"""

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import dockerfiles
import lint
import migration
import naive
from apps import APPS
from checks import Checks, totals
from migration import Migration
from tools import HERE, MissingTool, Tools, prepare, scratch

ROOT = HERE.parent.parent
TESTDATA = ROOT / "testdata"
SKIP = "LAMBDALIFT_SKIP_END_TO_END"
# More would only get into each other's way: `go build` and cfn-lint use several processors themselves.
JOBS = 2


def main(arguments: list[str]) -> int:
    """Runs the stage; the exit status."""
    if os.environ.get(SKIP):
        print(f"end-to-end stage skipped: {SKIP} is set")
        return 0
    if len(arguments) != 1:
        print("usage: python3 tests/end_to_end LAMBDALIFT", file=sys.stderr)
        return 2
    with scratch() as directory:
        work = Path(directory)
        try:
            tools = prepare(Path(arguments[0]).resolve(strict=True), ROOT / "target" / "end-to-end", work)
            passed, failed = totals(check_everything(tools, work))
        except (MissingTool, OSError, RuntimeError) as error:
            print(f"end-to-end stage FAILED: {error}", file=sys.stderr)
            return 1
    print(f"end-to-end stage: {passed} checks ok, {failed} FAILED")
    return 1 if failed else 0


def check_everything(tools: Tools, work: Path) -> list[Checks]:
    """All subjects, two at a time, printed in the order of the tables."""
    migrations = [Migration.make(app, TESTDATA / "end_to_end", work, tools) for app in APPS]
    golden = lint.golden_pairs(TESTDATA)
    sample = lint.sample_pairs(tools, TESTDATA / "sample", work)
    pairs = [*golden, *sample, *(it.files() for it in migrations)]
    with ThreadPoolExecutor(1) as aside:
        compiled = aside.submit(tools.compile_standard_library)
        report = lint.Lint(tools, (file for pair in pairs for file in pair), work)
        compiled.result()
    subjects: list[Callable[[], Checks]] = [
        partial(lint.check, report, golden, "golden cases"),
        partial(lint.check, report, sample, "sample"),
        partial(dockerfiles.check, tools, dockerfiles.golden_pairs(TESTDATA), work),
        *(partial(migration.check, it, report, tools) for it in migrations),
        *(partial(naive.check, it, tools) for it in migrations if it.app.name == naive.APP),
    ]
    groups = []
    with ThreadPoolExecutor(JOBS) as pool:
        for group in pool.map(lambda subject: subject(), subjects):
            group.print()
            groups.append(group)
    return groups


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
