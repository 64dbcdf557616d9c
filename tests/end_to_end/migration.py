"""One app through the tools: built before, migrated, built after, and its programs invoked."""

import json
import os
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import rie
from apps import App
from building import TEMPLATE, Built, attempt, build, command_name, machine, run_own_build
from checks import Checks
from lint import Lint
from tools import Result, Tools


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
            shutil.copytree(testdata / (app.directory or app.name), copy)
            for directory in app.programs:
                (copy / directory).mkdir(parents=True, exist_ok=True)
                shutil.copy(testdata / "program.go", copy / directory / "main.go")
            # SAM builds Python functions only with the Python that their runtime names.
            template = copy / TEMPLATE
            own = f"python{sys.version_info.major}.{sys.version_info.minor}"
            template.write_text(template.read_text().replace("python3.13", own))
        if app.build:
            # As with its owner, what an earlier build left lies about: it may stand in the way of the next.
            run_own_build(tools, app, after)
        return cls(app, before, after, tools.migrate(after, *app.options))

    def files(self) -> tuple[Path, Path]:
        """The template before and after."""
        return self.before / TEMPLATE, self.after / TEMPLATE


def check(migration: Migration, lint: Lint, tools: Tools) -> Checks:
    """Everything the app's row says."""
    app = migration.app
    checks = Checks(app.name)
    check_report(checks, migration)
    check_lint(checks, migration, lint)
    before = check_before(checks, migration, tools)
    if app.is_declined:
        build(checks, tools, app, migration.after, "of what was declined")
        return checks
    check_validation(checks, migration, tools)
    if app.steps:
        check_steps(checks, migration, tools)
    check_functions(checks, migration, tools, before)
    for override, architecture in app.overrides.items():
        check_functions(checks, migration, tools, before, override, architecture)
    check_second_run(checks, migration, tools)
    return checks


def check_report(checks: Checks, migration: Migration) -> None:
    """lambdalift ran, and left the findings that the row names."""
    result, app = migration.result, migration.app
    if not checks.equal(result.status, 0, " ".join(["lambdalift --write", *app.options]), result.text):
        return
    findings = [entry for file in json.loads(result.output)["files"] for entry in file["findings"]]
    left = sorted(entry["rule"] for entry in findings if entry["effect"] != "edit")
    checks.equal(left, sorted(app.findings), f"lambdalift leaves to a person: {', '.join(app.findings) or 'nothing'}")
    for step in app.steps:
        helps = [entry["help"] for entry in findings]
        checks.expect(step.help in helps, f"lambdalift names the step in {step.file}", str(helps))
    edited = [] if app.is_declined else sorted([TEMPLATE, *app.build_files])
    checks.equal(changed_files(migration), edited, f"lambdalift edits {', '.join(edited) or 'nothing'}")


def changed_files(migration: Migration) -> list[str]:
    """The files of the app that are not as they were. This has to be asked before anything is built."""
    before = [file for file in migration.before.rglob("*") if file.is_file()]
    names = [file.relative_to(migration.before) for file in before]
    pairs = zip(before, (migration.after / name for name in names), names, strict=True)
    return sorted(str(name) for old, new, name in pairs if old.read_bytes() != new.read_bytes())


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


def check_before(checks: Checks, migration: Migration, tools: Tools) -> dict[str, Built]:
    """The app builds as it stands, under the old names and for the processor of go1.x."""
    app = migration.app
    built = build(checks, tools, app, migration.before, "before")
    for name, function in app.functions.items():
        found = built[name].files() if name in built else []
        expected = [function.artefact, *function.beside]
        checks.equal(found, sorted(expected), f"{name} is built as {' beside '.join(expected)} before")
        if function.program is not None and function.artefact in found:
            program = built[name].artefact / function.artefact
            checks.equal(machine(program), "x86_64", f"{name} is an x86_64 program before")
    return built


def check_second_run(checks: Checks, migration: Migration, tools: Tools) -> None:
    """lambdalift has nothing to edit in what it made and what was built from it."""
    result = tools.migrate(migration.after, *migration.app.options)
    if checks.equal(result.status, 0, "lambdalift --write once more", result.text):
        changed = json.loads(result.output)["summary"]["files_changed"]
        checks.equal(changed, 0, "lambdalift edits nothing more")


def check_validation(checks: Checks, migration: Migration, tools: Tools) -> None:
    """SAM CLI, whose translator fills in the Globals, finds the template valid."""
    result = tools.call("sam", "validate", "--lint", "--template", TEMPLATE, directory=migration.after)
    checks.equal(result.status, 0, "sam validate --lint after", result.text)


def check_steps(checks: Checks, migration: Migration, tools: Tools) -> None:
    """Without the steps that are left to a person the build fails or lacks a bootstrap; then they are taken."""
    app = migration.app
    result, built = attempt(tools, app, migration.after)
    if any(step.stops_build for step in app.steps):
        what = f"{command_name(app)} fails without the steps that are left"
        checks.expect(result.status > 0, what, result.text)
    else:
        checks.equal(result.status, 0, f"{command_name(app)} without the steps that are left", result.text)
        names = {name: it.files() for name, it in built.items()}
        checks.expect(any("bootstrap" not in it for it in names.values()), "the steps are needed", str(names))
    for step in app.steps:
        fault = step.take(migration.after)
        checks.expect(fault is None, f"the step has its place in {step.file}", fault or "")


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
    app = migration.app
    after = build(checks, tools, app, migration.after, " ".join(["after", *arguments]), *arguments)
    if not checks.equal(set(after), set(app.functions), "the functions of the row are built"):
        return
    for name, function in app.functions.items():
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
