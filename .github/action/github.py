"""What a step says to the runner: workflow commands, outputs and the summary.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import secrets
import sys


def use_utf8() -> None:
    """Windows' runners would print in another encoding."""
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def say(text: str) -> None:
    """Prints text that nothing of a template has got into."""
    print(text, flush=True)


def error(message: str) -> None:
    """Shows an error with the step."""
    say(f"::error title=lambdalift::{escaped(message)}")


def escaped(message: str) -> str:
    """A message as one line of a workflow command."""
    return message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def group(title: str, text: str) -> None:
    """Shows text folded. What a template holds must not be taken for a workflow command."""
    if not text.strip():
        return
    token = secrets.token_hex(16)
    say(f"::group::{title}")
    say(f"::stop-commands::{token}")
    say(text.rstrip("\n"))
    say(f"::{token}::")
    say("::endgroup::")


def outputs(**values: str) -> None:
    """Sets the outputs of the step. Each stands between two lines that no value can know."""
    token = secrets.token_hex(16)
    _append("GITHUB_OUTPUT", "".join(f"{name}<<{token}\n{value}\n{token}\n" for name, value in values.items()))


def add_path(directory: str) -> None:
    """Puts a directory on the PATH of the steps that follow."""
    _append("GITHUB_PATH", f"{directory}\n")


def summarise(text: str) -> None:
    """Adds to the summary of the job."""
    _append("GITHUB_STEP_SUMMARY", text)


def _append(variable: str, text: str) -> None:
    file = os.environ.get(variable)
    if file:
        with open(file, "a", encoding="utf-8", newline="\n", errors="replace") as stream:
            stream.write(text)
