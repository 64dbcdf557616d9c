"""One app through the tools: built before, migrated, built after, and its programs invoked."""

import json
import os
import shutil
import struct
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import rie
from apps import App
from checks import Checks
from lint import Lint
from tools import Result, Tools

TEMPLATE = "template.yaml"
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


@dataclass(frozen=True)
class Built:
    """What SAM understood of a function, and the directory that it filled."""

    artefact: Path
    runtime: str
    handler: str
    architecture: str

    def files(self) -> list[str]:
        """The names of the files in the artefact."""
        return sorted(file.name for file in self.artefact.iterdir())


def check(migration: Migration, lint: Lint, tools: Tools) -> Checks:
    """Everything the app's row says."""
    app = migration.app
    checks = Checks(app.name)
    check_report(checks, migration)
    check_lint(checks, migration, lint)
    before = build(checks, tools, migration.before, "sam build before")
    for name, function in app.functions.items():
        found = before[name].files() if name in before else None
        checks.equal(found, [function.artefact], f"{name} is built as {function.artefact} before")
    if app.is_declined:
        build(checks, tools, migration.after, "sam build of what was declined")
        return checks
    check_validation(checks, migration, tools)
    if app.steps:
        check_steps(checks, migration, tools)
    check_functions(checks, migration, tools, before)
    for override, architecture in app.overrides.items():
        check_functions(checks, migration, tools, before, override, architecture)
    return checks


def check_report(checks: Checks, migration: Migration) -> None:
    """lambdalift ran, and left the findings that the row names."""
    result, app = migration.result, migration.app
    if not checks.equal(result.status, 0, "lambdalift --write", result.text):
        return
    findings = [entry for file in json.loads(result.output)["files"] for entry in file["findings"]]
    left = sorted(entry["rule"] for entry in findings if entry["fix"] is None)
    checks.equal(left, sorted(app.findings), f"lambdalift leaves to a person: {', '.join(app.findings) or 'nothing'}")
    for step in app.steps:
        helps = [entry["help"] for entry in findings]
        checks.expect(step.help in helps, f"lambdalift names the step in {step.file}", str(helps))
    before, after = (file.read_bytes() for file in migration.files())
    checks.equal(before == after, app.is_declined, f"the template is {'untouched' if app.is_declined else 'edited'}")


def check_lint(checks: Checks, migration: Migration, lint: Lint) -> None:
    """cfn-lint sees the retired runtime before, and nothing after."""
    app, (before, after) = migration.app, migration.files()
    seen = lint.rules(before)
    if app.seen:
        names = " or ".join(sorted(app.seen))
        checks.expect(bool(seen & app.seen), f"cfn-lint reports {names} before", f"found {sorted(seen)}")
    else:
        checks.equal(seen, set(), "cfn-lint does not see the retired runtime before")
    checks.equal(list(lint.added(before, after)), [], "cfn-lint reports nothing new after")
    if not app.is_declined:
        checks.equal(list(lint.matches(after)), [], "cfn-lint reports nothing at all after")


def check_validation(checks: Checks, migration: Migration, tools: Tools) -> None:
    """SAM CLI, whose translator fills in the Globals, finds the template valid."""
    result = tools.call("sam", "validate", "--lint", "--template", TEMPLATE, directory=migration.after)
    checks.equal(result.status, 0, "sam validate --lint after", result.text)


def build(checks: Checks, tools: Tools, directory: Path, what: str, *arguments: str) -> dict[str, Built]:
    """Builds a copy of an app: what came of each function, by logical ID; nothing if the build fails."""
    output = directory / ".aws-sam"
    # What an earlier build left must not pass for the work of this one.
    shutil.rmtree(output, ignore_errors=True)
    result = tools.call("sam", "build", *arguments, directory=directory)
    if not checks.equal(result.status, 0, what, result.text):
        return {}
    definitions = tomllib.loads((output / "build.toml").read_text()).get("function_build_definitions", {})
    return {
        name: Built(output / "build" / name, it["runtime"], it["handler"], it["architecture"])
        for it in definitions.values()
        for name in it["functions"]
    }


def check_steps(checks: Checks, migration: Migration, tools: Tools) -> None:
    """Without the steps that are left to a person something lacks its bootstrap; then they are taken."""
    built = build(checks, tools, migration.after, "sam build without the step that is left")
    names = {name: it.files() for name, it in built.items()}
    checks.expect(any("bootstrap" not in it for it in names.values()), "the step that is left is needed", str(names))
    for step in migration.app.steps:
        file = migration.after / step.file
        text = file.read_text()
        checks.equal(text.count(step.old), 1, f"the step has its place in {step.file}")
        file.write_text(text.replace(step.old, step.new))


def check_functions(
    checks: Checks,
    migration: Migration,
    tools: Tools,
    before: dict[str, Built],
    override: str | None = None,
    architecture: str | None = None,
) -> None:
    """Builds the migrated app, perhaps with a parameter override, and tries every function of the row."""
    arguments = ["--parameter-overrides", override] if override else []
    after = build(checks, tools, migration.after, " ".join(["sam build after", *arguments]), *arguments)
    if not checks.equal(set(after), set(migration.app.functions), "SAM builds the functions of the row"):
        return
    for name, function in migration.app.functions.items():
        if function.program is None:
            check_untouched(checks, before.get(name), after[name])
        else:
            check_moved(checks, tools, after[name], function.program, architecture or function.architecture)


def check_untouched(checks: Checks, before: Built | None, after: Built) -> None:
    """A function that is not Go is built as before."""
    if checks.expect(before is not None, f"{after.artefact.name} was built before") and before is not None:
        expected = replace(before, artefact=after.artefact)
        checks.equal(after, expected, f"{after.artefact.name} keeps its runtime, Handler and architecture")
        checks.equal(after.files(), before.files(), f"{after.artefact.name} is built as before")


def check_moved(checks: Checks, tools: Tools, built: Built, program: str, architecture: str) -> None:
    """A Go function is on the new runtime, with the right program for the architecture that the template names."""
    name = built.artefact.name
    checks.equal(built.runtime, "provided.al2023", f"{name} is on provided.al2023")
    checks.equal(built.architecture, architecture, f"{name} is to run on {architecture}")
    check_answer(checks, tools, built, program)


def check_answer(checks: Checks, tools: Tools, built: Built, program: str) -> None:
    """The artefact is one `bootstrap` that runs where the template says, and answers an invocation as that program."""
    name, bootstrap = built.artefact.name, built.artefact / "bootstrap"
    if not checks.equal(built.files(), [bootstrap.name], f"{name} is built as bootstrap"):
        return
    checks.expect(os.access(bootstrap, os.X_OK), f"{name} is executable")
    if not checks.equal(machine(bootstrap), built.architecture, f"{name} is an {built.architecture} program"):
        return
    event = {"for": name, "price": 12.5, "lines": ["é", None]}
    try:
        answer = rie.invoke(tools, bootstrap, built.architecture, event)
    except rie.NoAnswer as error:
        checks.expect(False, f"{name} answers", str(error))
        return
    checks.equal(answer, {"program": program, "event": event}, f"{name} answers as {program}")


def machine(program: Path) -> str:
    """The architecture that an ELF file is for."""
    header = program.read_bytes()[:20]
    if not header.startswith(b"\x7fELF"):
        return f"no ELF file: {header!r}"
    (number,) = struct.unpack_from("<H", header, 18)
    return MACHINES.get(number, f"ELF machine {number}")
