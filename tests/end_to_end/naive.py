"""The negative control: what becomes of a shared CodeUri if the runtime alone is replaced."""

import shutil
from pathlib import Path

from building import TEMPLATE, build
from checks import Checks
from migration import Migration, check_answer
from tools import Tools

APP = "shared-code-uri"
# Both programs lie under one CodeUri. For go1.x SAM CLI builds it once for each Handler; on provided.* it
# builds it once, with the Handler of the first function, and hands the result to all.
FUNCTIONS = {"Alpha", "Beta"}
WRONG = "letters/alpha"


def check(migration: Migration, tools: Tools) -> Checks:
    """The naive migration builds without complaint, and Beta answers with Alpha's program."""
    checks = Checks("negative control")
    directory = migration.before.with_name("naive")
    shutil.copytree(migration.before, directory, ignore=shutil.ignore_patterns(".aws-sam"))
    replace_runtime(directory / TEMPLATE)
    built = build(checks, tools, migration.app, directory, "of the naive migration is green")
    checks.equal(set(built), FUNCTIONS, "both functions are built")
    for function in built.values():
        check_answer(checks, tools, function, WRONG)
    return checks


def replace_runtime(template: Path) -> None:
    """What `sed` would do: the runtime, and the build method that SAM CLI then asks for."""
    text = template.read_text().replace("Runtime: go1.x", "Runtime: provided.al2023")
    kind = "    Type: AWS::Serverless::Function\n"
    template.write_text(text.replace(kind, f"{kind}    Metadata:\n      BuildMethod: go1.x\n"))
