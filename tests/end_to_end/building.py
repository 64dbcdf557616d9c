"""Builds an app as its owner does: with SAM CLI, or with its own Makefile or script."""

import json
import shutil
import struct
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apps import App
from checks import Checks
from tools import Result, Tools, run

TEMPLATE = "template.yaml"
FUNCTION = "AWS::Lambda::Function"
# The field e_machine of an ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {62: "x86_64", 183: "arm64"}
BUILD_SECONDS = 240
# SAM CLI's own reader of templates, which knows the short forms of intrinsic functions.
READ_TEMPLATE = """
import json, sys
from samcli.yamlhelper import parse_yaml_file
json.dump(parse_yaml_file(sys.argv[1]), sys.stdout)
"""


@dataclass(frozen=True)
class Built:
    """What the template says of a function, and a directory with what Lambda would unpack."""

    artefact: Path
    runtime: str
    handler: str
    architecture: str

    def files(self) -> list[str]:
        """The names of the files in the artefact."""
        return sorted(file.name for file in self.artefact.iterdir())


def build(checks: Checks, tools: Tools, app: App, directory: Path, what: str, *options: str) -> dict[str, Built]:
    """Builds a copy of an app: what came of each function, by logical ID; nothing if the build fails."""
    result, built = attempt(tools, app, directory, *options)
    checks.equal(result.status, 0, f"{command_name(app)} {what}", result.text)
    return built


def command_name(app: App) -> str:
    """What builds the app, for people."""
    return " ".join(app.build or ("sam", "build"))


def attempt(tools: Tools, app: App, directory: Path, *options: str) -> tuple[Result, dict[str, Built]]:
    """As `build`, but a failure may be what is expected."""
    if app.build:
        result = run_own_build(tools, app, directory)
        return result, pack(tools, directory) if result.status == 0 else {}
    output = directory / ".aws-sam"
    # What an earlier build left must not pass for the work of this one.
    shutil.rmtree(output, ignore_errors=True)
    result = tools.call("sam", "build", *options, directory=directory, timeout=BUILD_SECONDS)
    return result, what_sam_built(output) if result.status == 0 else {}


def run_own_build(tools: Tools, app: App, directory: Path) -> Result:
    """Runs the app's own build, in which the Go of the stage comes first."""
    return run(list(app.build), BUILD_SECONDS, directory, tools.environment)


def what_sam_built(output: Path) -> dict[str, Built]:
    """The functions that `sam build` lists."""
    definitions = tomllib.loads((output / "build.toml").read_text()).get("function_build_definitions", {})
    return {
        name: Built(output / "build" / name, it["runtime"], it["handler"], it["architecture"])
        for it in definitions.values()
        for name in it["functions"]
    }


def pack(tools: Tools, directory: Path) -> dict[str, Built]:
    """Takes from an app that built itself what the template's functions name as Code, as a deployment would."""
    output = directory.with_name(f"{directory.name}-packages")
    shutil.rmtree(output, ignore_errors=True)
    functions = {
        name: resource["Properties"]
        for name, resource in read_template(tools, directory / TEMPLATE)["Resources"].items()
        if resource["Type"] == FUNCTION
    }
    for name, properties in functions.items():
        unpack(directory / properties["Code"], output / name)
    return {
        name: Built(output / name, it["Runtime"], it["Handler"], " ".join(it.get("Architectures", ["x86_64"])))
        for name, it in functions.items()
    }


def unpack(code: Path, artefact: Path) -> None:
    """Copies a directory, or extracts an archive as Lambda does: with the modes that are noted in it."""
    artefact.mkdir(parents=True)
    if code.is_dir():
        shutil.copytree(code, artefact, dirs_exist_ok=True)
    elif code.is_file():
        with zipfile.ZipFile(code) as archive:
            for entry in archive.infolist():
                Path(archive.extract(entry, artefact)).chmod(entry.external_attr >> 16 & 0o777)


def read_template(tools: Tools, template: Path) -> dict[str, Any]:
    """A template as data."""
    done = tools.call("python", "-c", READ_TEMPLATE, str(template), directory=template.parent)
    if done.status != 0:
        raise RuntimeError(f"SAM CLI cannot read {template}:\n{done.text}")
    return json.loads(done.output)


def machine(program: Path) -> str:
    """The architecture that an ELF file is for."""
    header = program.read_bytes()[:20]
    if not header.startswith(b"\x7fELF"):
        return f"no ELF file: {header!r}"
    (number,) = struct.unpack_from("<H", header, 18)
    return MACHINES.get(number, f"ELF machine {number}")
