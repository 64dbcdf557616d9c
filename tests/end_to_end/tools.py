"""The tools of the stage: found or installed, never done without."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The names that Linux and Lambda give to a processor.
ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
EMULATORS = {"x86_64": "qemu-x86_64", "arm64": "qemu-aarch64"}


class MissingTool(Exception):
    """A tool cannot be had; the text says which, why, and what to do."""


@dataclass(frozen=True)
class Result:
    """What a command did: its exit status and what it printed."""

    status: int
    output: str
    """Standard output."""
    errors: str
    """Standard error."""

    @property
    def text(self) -> str:
        """Everything it said, for people."""
        return f"exit status {self.status}\n{self.output}{self.errors}"


def run(
    command: list[str], timeout: float, directory: Path | None = None, environment: dict[str, str] | None = None
) -> Result:
    """Runs a command to its end, which has to come within so many seconds."""
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            cwd=directory,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return Result(-1, "", f"{command[0]}: no end after {timeout:.0f} seconds")
    except OSError as error:
        return Result(-1, "", f"{command[0]}: {error}")
    return Result(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Tools:
    """Where the tools are, and the only environment they see."""

    lambdalift: Path
    venv: Path
    environment: dict[str, str]

    def call(self, program: str, *arguments: str, directory: Path, timeout: float = 240) -> Result:
        """Runs a program of the virtual environment."""
        command = [str(self.venv / "bin" / program), *arguments]
        return run(command, timeout, directory, self.environment)

    def compile_standard_library(self) -> None:
        """Fills an empty build cache, lest builds that run side by side do all this twice."""
        for name in ("amd64", "arm64"):
            environment = self.environment | {"GOOS": "linux", "GOARCH": name}
            command = [str(self.venv / "bin" / "go"), "build", "encoding/json", "log", "net/http"]
            done = run(command, 300, environment=environment)
            if done.status != 0:
                raise RuntimeError(f"`{' '.join(command)}` failed:\n{done.text}")

    def migrate(self, directory: Path, *options: str) -> Result:
        """Migrates all templates below a directory in place; the report is JSON on standard output."""
        command = [str(self.lambdalift), "--write", "--format", "json", *options]
        return run(command, 60, directory, environment={})

    def emulator(self) -> Path:
        """The Lambda runtime interface emulator that SAM CLI brings along, for this machine."""
        name = f"aws-lambda-rie-{host()}"
        found = sorted(self.venv.glob(f"lib/python*/site-packages/samcli/local/rapid/{name}"))
        if not found:
            raise MissingTool(f"SAM CLI brings no {name}: has the place changed in this version?")
        return found[0]


def host() -> str:
    """The architecture of this machine, as Lambda calls it."""
    try:
        return ARCHITECTURES[platform.machine()]
    except KeyError:
        raise MissingTool(f"no Lambda architecture matches this machine ({platform.machine()})") from None


def prepare(lambdalift: Path, target: Path, home: Path) -> Tools:
    """Finds or installs everything. `target` is kept between runs, `home` is not."""
    if sys.version_info < (3, 11):
        raise MissingTool(f"Python 3.11 or newer is needed, this is {platform.python_version()}")
    install_packages()
    venv = target / "venv"
    install_venv(venv)
    environment = {
        "PATH": f"{venv}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(home),
        "AWS_DEFAULT_REGION": "us-east-1",
        "SAM_CLI_TELEMETRY": "0",
        # The builders hand their environment on to `go build`.
        "CGO_ENABLED": "0",
        "GOCACHE": str(target / "go-cache"),
        "GOPATH": str(home / "go"),
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
    }
    return Tools(lambdalift, venv, environment)


def install_packages() -> None:
    """Installs what comes from Debian, if it is missing."""
    foreign = next(emulator for name, emulator in EMULATORS.items() if name != host())
    wanted = {
        "qemu-user": shutil.which(foreign),
        "make": shutil.which("make"),
        "zip": shutil.which("zip"),
        "python3-venv": importlib.util.find_spec("ensurepip"),
    }
    missing = [package for package, found in wanted.items() if not found]
    if not missing:
        return
    manager = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    if os.geteuid() != 0:
        manager = ["sudo", "-n", *manager]
    install = [*manager, "install", "-y", "--no-install-recommends", *missing]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print(f"installing {' '.join(missing)}", flush=True)
    done = run(install, 600, environment=environment)
    if done.status != 0:
        # The package lists may be missing or out of date.
        run([*manager, "update"], 300, environment=environment)
        done = run(install, 600, environment=environment)
    if done.status != 0:
        raise MissingTool(f"please install {' '.join(missing)}; `{' '.join(install)}` failed:\n{done.text}")


def install_venv(venv: Path, requirements: Path = HERE / "requirements.txt") -> None:
    """Installs what comes from PyPI, unless an earlier run has left the same."""
    wanted = f"{venv}\n{sys.version}\n{requirements.read_text()}"
    stamp = venv / "installed"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"installing the packages of {requirements.name}", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(venv)],
        # Without --no-compile pip compiles thousands of modules that are never loaded.
        [str(venv / "bin" / "pip"), "install", "--quiet", "--no-compile", "--requirement", str(requirements)],
    ):
        done = run(command, 600)
        if done.status != 0:
            raise MissingTool(f"`{' '.join(command)}` failed:\n{done.text}")
    # Written last: an installation that was interrupted is begun anew.
    stamp.write_text(wanted)


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A directory outside the repository, whose .gitignore and git root would be taken into account."""
    return tempfile.TemporaryDirectory(prefix="lambdalift-")
