"""A project before and after its migration, and what its builds leave behind."""

import json
import os
import re
import shutil
import stat
import subprocess
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECONDS = 20
ARTIFACTS = ".artifacts"


@dataclass(frozen=True)
class Function:
    """What the template says of a function."""

    runtime: str
    handler: str
    code: str
    architecture: str
    makefile: bool

    @property
    def is_archive(self) -> bool:
        return self.code.endswith(".zip")

    def program(self, name: str) -> str:
        """The key of the file that Lambda starts, in what a build leaves behind."""
        handler = "bootstrap" if self.runtime.startswith("provided") else self.handler
        if self.makefile:
            return f"{ARTIFACTS}/{name}/{handler}"
        code = os.path.normpath(self.code)
        return f"{code}!{handler}" if self.is_archive else os.path.normpath(f"{code}/{handler}")


@dataclass(frozen=True)
class Project:
    """A project that can be written down and built."""

    files: dict[str, str]
    templates: tuple[str, ...]
    # Commands, and the directories that they are run in.
    builds: tuple[tuple[str, ...], ...]
    # The forms that it is made of, for statistics.
    forms: tuple[str, ...] = ()

    def write(self, directory: Path) -> None:
        for name, text in self.files.items():
            file = directory / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
            if name.endswith(".sh"):
                file.chmod(0o755)


@dataclass
class Outcome:
    """What some builds left behind."""

    status: list[int] = field(default_factory=list)
    # What each file is, by its path; members of archives as `archive!member`.
    files: dict[str, str] = field(default_factory=dict)
    # What `go` was asked for beside builds.
    log: list[str] = field(default_factory=list)
    said: str = ""


def functions(directory: Path, template: str) -> dict[str, Function]:
    """The functions of a JSON template."""
    data = json.loads((directory / template).read_text())
    inherited = data.get("Globals", {}).get("Function", {})
    home = os.path.dirname(template)
    found = {}
    for name, resource in data["Resources"].items():
        if not resource["Type"].endswith("::Function"):
            continue
        it = inherited | resource["Properties"]
        code = it.get("CodeUri", it.get("Code", "."))
        found[name] = Function(
            it["Runtime"],
            it["Handler"],
            os.path.join(home, code),
            " ".join(it.get("Architectures", ["x86_64"])),
            resource.get("Metadata", {}).get("BuildMethod") == "makefile",
        )
    return found


def build(source: Path, scratch: Path, commands: tuple[tuple[str, ...], ...]) -> Outcome:
    """Runs commands one after the other in a copy of a project."""
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(source, scratch)
    log = scratch.with_name(f"{scratch.name}.log")
    log.write_text("")
    outcome = Outcome()
    for command in commands:
        environment = {
            "PATH": f"{HERE / 'tools'}:/usr/bin:/bin",
            "HOME": "/nonexistent",
            "GO_ROOT": f"{scratch}/",
            "GO_LOG": str(log),
            "LC_ALL": "C",
        }
        target = command[-1]
        if command[0] == "make" and target.startswith("build-"):
            artifacts = scratch / ARTIFACTS / target.removeprefix("build-")
            artifacts.mkdir(parents=True, exist_ok=True)
            environment["ARTIFACTS_DIR"] = str(artifacts)
        try:
            done = subprocess.run(
                command,
                check=False,
                cwd=scratch,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=SECONDS,
            )
            status, said = done.returncode, done.stdout
        except subprocess.TimeoutExpired:
            status, said = -1, "no end"
        outcome.status.append(status)
        outcome.said += f"$ {' '.join(command)}\n{said}"
    outcome.files = look(source, scratch)
    outcome.log = log.read_text().splitlines()
    return outcome


def look(source: Path, directory: Path) -> dict[str, str]:
    """What the files are that were not there before."""
    found = {}
    for file in sorted(directory.rglob("*")):
        path = file.relative_to(directory).as_posix()
        if not file.is_file() or (source / path).is_file():
            continue
        if file.suffix == ".zip" and zipfile.is_zipfile(file):
            found[path] = "archive"
            with zipfile.ZipFile(file) as archive:
                for entry in archive.infolist():
                    if not entry.is_dir():
                        text = archive.read(entry).decode(errors="replace")
                        found[f"{path}!{entry.filename}"] = describe(text, entry.external_attr >> 16)
        else:
            found[path] = describe(file.read_text(errors="replace"), file.stat().st_mode)
    return found


def describe(text: str, mode: int) -> str:
    """What a file is: for a program what `go` said of it, for others the text."""
    program = re.search(r"^# (program=.*)$", text, re.MULTILINE)
    if program is None:
        return text
    return program[1] if mode & stat.S_IXUSR else f"not executable: {program[1]}"
