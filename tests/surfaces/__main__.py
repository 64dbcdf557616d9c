"""The stage of the places where people meet lambdalift: pre-commit, GitHub, packages, many repositories at once.

`python3 tests/surfaces target/debug/lambdalift`. Needs git, Rust and the network (PyPI); what it installs stays in
`target/surfaces`.
"""

import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The two stages share how a tool is run and how a check is counted.
sys.path.append(str(HERE.parent / "end_to_end"))

import github_action
import hooks
import organisation
import packages
import workflows
from checks import Checks, totals
from stage import Stage
from tools import MissingTool, scratch

SUBJECTS: list[Callable[[Stage], Checks]] = [
    workflows.check,
    github_action.check,
    github_action.check_hostile,
    github_action.check_binary,
    packages.check_archive,
    packages.check_wheel,
    hooks.check_mirror,
    hooks.check_try_repo,
    organisation.check,
]


def main(arguments: list[str]) -> int:
    """Runs the stage; the exit status."""
    if not arguments:
        print("usage: python3 tests/surfaces LAMBDALIFT [SUBJECT]...", file=sys.stderr)
        return 2
    wanted = arguments[1:]
    groups = []
    with scratch() as directory:
        try:
            stage = Stage.prepare(Path(arguments[0]).resolve(strict=True), Path(directory))
            for subject in SUBJECTS:
                if not wanted or any(word in f"{subject.__module__}.{subject.__name__}" for word in wanted):
                    group = subject(stage)
                    group.print()
                    groups.append(group)
        except (MissingTool, OSError) as error:
            print(f"stage of the surfaces FAILED: {error}", file=sys.stderr)
            return 1
    passed, failed = totals(groups)
    print(f"stage of the surfaces: {passed} checks ok, {failed} FAILED")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
