"""The lines of `--format github`."""

from __future__ import annotations

import re

import github

COMMAND = re.compile(r"::(error|warning|notice|debug|group|endgroup)(::| )")


def show(text: str) -> None:
    """Hands annotations to the runner, and as commands nothing else: a runner obeys others, too, e.g. `add-mask`."""
    others = []
    for line in text.splitlines():
        if COMMAND.match(line):
            github.say(line)
        else:
            others.append(line)
    github.group("notes", "\n".join(others))
