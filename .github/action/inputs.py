"""The inputs of the action, as `action.yml` hands them over in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MODES = ("check", "diff", "write")


class BadInput(Exception):
    """An input that means nothing; the text says which and what would."""


@dataclass(frozen=True)
class Inputs:
    """What the workflow asked for."""

    paths: list[str]
    mode: str
    options: list[str]
    """Options of the command line, each in one word with its value: a value can never pass for an option."""
    version: str
    sarif_file: str

    @staticmethod
    def read(environment: Mapping[str, str]) -> Inputs:
        """Takes them from the environment."""

        def value(name: str) -> str:
            return environment.get(f"INPUT_{name}", "").strip()

        def lines(name: str) -> list[str]:
            return [line.strip() for line in value(name).splitlines() if line.strip()]

        mode = value("MODE") or "check"
        if mode not in MODES:
            raise BadInput(f"the input `mode` is {mode!r}; it may be {', '.join(MODES)}")
        paths = lines("PATHS") or ["."]
        if "-" in paths:
            raise BadInput("the input `paths` holds `-`: a step has no standard input")
        options = [
            f"--{option}={given}"
            for option, values in (
                ("architecture", lines("ARCHITECTURE")),
                ("from", lines("FROM")),
                ("config", lines("CONFIG")),
                ("guard-rules", lines("GUARD_RULES")),
            )
            for given in values
        ]
        sarif_file = value("SARIF_FILE")
        if len(sarif_file.splitlines()) > 1:
            raise BadInput("the input `sarif-file` holds several lines; it is the name of one file")
        return Inputs(paths, mode, options, value("VERSION"), sarif_file)
