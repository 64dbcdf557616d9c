"""One app through the tools: built before, migrated, built after, and its programs invoked."""

import json
import os
import shutil
import struct
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import rie
from apps import App, Function
from checks import Checks
from lint import Lint
from tools import Result, Tools

TEMPLATE = "template.yaml"
BUILT = Path(".aws-sam") / "build"
# The field e_machine of an ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {62: "x86_64", 183: "arm64"}


@dataclass(frozen=True)
class Migration:
    """An app before and after lambdalift."""

    app: App
    before: Path
    after: Path
    result: Result

    @classmethod
    def make(cls, app: App, testdata: Path, work: Path, tools: Tools) -> "Migration":
        """Copies the app twice and migrates the second copy."""
        before, after = work / app.name / "before", work / app.name / "after"
        for copy in (before, after):
            shutil.copytree(testdata / app.name, copy)
            for directory in app.programs:
                (copy / directory).mkdir(exist_ok=True)
                shutil.copy(testdata / "program.go", copy / directory / "main.go")
            # SAM builds Python functions only with the Python that their runtime names.
            template = copy / TEMPLATE
            own = f"python{sys.version_info.major}.{sys.version_info.minor}"
            template.write_text(template.read_text().replace("python3.13", own))
        return cls(app, before, after, tools.migrate(after))

    def files(self) -> tuple[Path, Path]:
        """The template before and after."""
        return self.before / TEMPLATE, self.after / TEMPLATE


def check(migration: Migration, lint: Lint, tools: Tools) -> Checks:
    """Everything the app's row says."""
    checks = Checks(migration.app.name)
    check_report(checks, migration)
    check_lint(checks, migration, lint, tools)
    before = build(checks, tools, migration.before, "sam build before")
    check_artefacts_before(checks, migration, before)
    if migration.app.is_declined:
        build(checks, tools, migration.after, "sam build of what was declined")
        return checks
    if migration.app.steps:
        check_steps(checks, migration, tools)
    after = build(checks, tools, migration.after, "sam build after")
    for name, function in migration.app.functions.items():
        check_function(checks, migration.after, name, function, function.architecture, after, tools)
    check_untouched(checks, migration.app, before, after)
    for override, architecture in migration.app.overrides.items():
        after = build(checks, tools, migration.after, f"sam build after, {override}", "--parameter-overrides", override)
        for name, function in migration.app.functions.items():
            check_function(checks, migration.after, name, function, architecture, after, tools)
    return checks


def check_report(checks: Checks, migration: Migration) -> None:
    """lambdalift ran, and left the findings that the row names."""
    result, app = migration.result, migration.app
    if not checks.equal(result.status, 0, "lambdalift --write", result.text):
        return
    findings = [entry for file in json.loads(result.output)["files"] for entry in file["findings"]]
    left = sorted(entry["rule"] for entry in findings if entry["fix"] is None)
    checks.equal(left, list(app.findings), f"lambdalift leaves to a person: {', '.join(app.findings) or 'nothing'}")
    for step in app.steps:
        helps = [entry["help"] for entry in findings]
        checks.expect(step.help in helps, f"lambdalift names the step in {step.file}", str(helps))
    before, after = (file.read_bytes() for file in migration.files())
    checks.equal(before == after, app.is_declined, f"the template is {'untouched' if app.is_declined else 'edited'}")


def check_lint(checks: Checks, migration: Migration, lint: Lint, tools: Tools) -> None:
    """cfn-lint and `sam validate --lint` see the retired runtime before, and nothing after."""
    app, (before, after) = migration.app, migration.files()
    seen = lint.rules(before)
    if app.seen:
        names = " or ".join(sorted(app.seen))
        checks.expect(bool(seen & app.seen), f"cfn-lint reports {names} before", f"found {sorted(seen)}")
    else:
        checks.equal(seen, set(), "cfn-lint does not see the retired runtime before")
    checks.equal(lint.added(before, after), {}, "cfn-lint reports nothing new after")
    if not app.is_declined:
        checks.equal(lint.rules(after), set(), "cfn-lint reports nothing at all after")
        result = tools.call("sam", "validate", "--lint", "--template", str(after), directory=migration.after)
        checks.equal(result.status, 0, "sam validate --lint after", result.text)


def build(checks: Checks, tools: Tools, directory: Path, what: str, *arguments: str) -> dict[str, dict]:
    """Builds a copy of an app; what SAM understood of each function, by logical ID."""
    result = tools.call("sam", "build", *arguments, directory=directory)
    if not checks.equal(result.status, 0, what, result.text):
        return {}
    built = tomllib.loads((directory / BUILT.parent / "build.toml").read_text())
    definitions = built.get("function_build_definitions", {}).values()
    return {name: definition for definition in definitions for name in definition["functions"]}


def check_artefacts_before(checks: Checks, migration: Migration, built: dict[str, dict]) -> None:
    """The artefacts have the names of the row: on go1.x that of the Handler, not bootstrap."""
    checks.equal(set(built), set(migration.app.functions), "SAM builds the functions of the row")
    for name, function in migration.app.functions.items():
        found = files(migration.before / BUILT / name)
        checks.equal(found, [function.artefact], f"{name} is built as {function.artefact} before")


def check_steps(checks: Checks, migration: Migration, tools: Tools) -> None:
    """Without the steps that are left to a person something lacks its bootstrap; then they are taken."""
    build(checks, tools, migration.after, "sam build without the step that is left")
    built = [files(migration.after / BUILT / name) for name in migration.app.functions]
    checks.expect(any("bootstrap" not in names for names in built), "the step that is left is needed", str(built))
    for step in migration.app.steps:
        file = migration.after / step.file
        text = file.read_text()
        checks.equal(text.count(step.old), 1, f"the step has its place in {step.file}")
        file.write_text(text.replace(step.old, step.new))


def check_function(
    checks: Checks,
    directory: Path,
    name: str,
    function: Function,
    architecture: str,
    built: dict[str, dict],
    tools: Tools,
) -> None:
    """The artefact is the right program, for the architecture that the template names."""
    definition = built.get(name, {})
    checks.equal(definition.get("architecture"), architecture, f"{name} is for {architecture}")
    if function.program is None:
        checks.equal(files(directory / BUILT / name), [function.artefact], f"{name} is built as {function.artefact}")
        return
    checks.equal(definition.get("runtime"), "provided.al2023", f"{name} is on provided.al2023")
    check_answer(checks, directory, name, function.program, architecture, tools)


def check_answer(
    checks: Checks, directory: Path, name: str, program: str, architecture: str, tools: Tools
) -> None:
    """The artefact is one `bootstrap` that answers an invocation as that program."""
    artefact = directory / BUILT / name
    if not checks.equal(files(artefact), ["bootstrap"], f"{name} is built as bootstrap"):
        return
    bootstrap = artefact / "bootstrap"
    checks.expect(os.access(bootstrap, os.X_OK), f"{name} is executable")
    if not checks.equal(machine(bootstrap), architecture, f"{name} is an {architecture} program"):
        return
    event = {"for": name, "price": 12.5, "lines": ["é", None]}
    try:
        answer = rie.invoke(tools, bootstrap, architecture, event)
    except rie.NoAnswer as error:
        checks.expect(False, f"{name} answers", str(error))
        return
    checks.equal(answer, {"program": program, "event": event}, f"{name} answers as {program}")


def check_untouched(checks: Checks, app: App, before: dict[str, dict], after: dict[str, dict]) -> None:
    """Functions that are not Go are built as before."""
    for name in (name for name, function in app.functions.items() if function.program is None):
        same = ("runtime", "handler", "architecture")
        old, new = ({key: built.get(name, {}).get(key) for key in same} for built in (before, after))
        checks.equal(new, old, f"{name} keeps its runtime, Handler and architecture")


def files(directory: Path) -> list[str]:
    """The names of the files in a directory; none if there is no such directory."""
    return sorted(file.name for file in directory.iterdir()) if directory.is_dir() else []


def machine(program: Path) -> str:
    """The architecture that an ELF file is for."""
    header = program.read_bytes()[:20]
    if len(header) < 20 or header[:4] != b"\x7fELF":
        return f"no ELF file: {header!r}"
    (number,) = struct.unpack_from("<H", header, 18)
    return MACHINES.get(number, f"ELF machine {number}")
