"""What is released: archives and the wheel."""

import hashlib
import platform
import re
import sys
import tarfile
import zipfile
from pathlib import Path

from checks import Checks
from stage import ROOT, Stage

PACK = ROOT / ".github" / "release" / "pack.py"


def version() -> str:
    """The version in Cargo.toml."""
    found = re.search(r'(?m)^version = "(.*)"$', (ROOT / "Cargo.toml").read_text())
    if not found:
        raise ValueError("Cargo.toml states no version")
    return found[1]


def host_target() -> str:
    """The target whose archive the action takes on this machine."""
    return f"{platform.machine()}-unknown-linux-musl"


def pack(stage: Stage, binary: Path, target: str, directory: Path) -> None:
    """Packs as the release workflow does."""
    stage.must(sys.executable, str(PACK), str(binary), target, str(directory), directory=stage.work)


def sum_up(directory: Path) -> Path:
    """`SHA256SUMS`, as the release workflow makes it."""
    sums = directory / "SHA256SUMS"
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(directory.iterdir())]
    sums.write_text("".join(lines))
    return sums


def check_archive(stage: Stage) -> Checks:
    """Archives for both kinds of systems."""
    checks = Checks("archives")
    first, second = stage.work / "archives", stage.work / "archives-again"
    # Only the name of the one for Windows is looked at.
    stage.lambdalift.with_suffix(".exe").write_bytes(b"MZ")
    for directory in (first, second):
        for target in ("x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"):
            pack(stage, stage.lambdalift, target, directory)
    for file in sorted(first.iterdir()):
        checks.equal((second / file.name).read_bytes(), file.read_bytes(), f"{file.name} is the same when made again")
    name = f"lambdalift-{version()}-x86_64-unknown-linux-gnu"
    with tarfile.open(first / f"{name}.tar.gz") as archive:
        archive.extractall(stage.work / "unpacked", filter="data")
    done = stage.call(str(stage.work / "unpacked" / name / "lambdalift"), "--version", directory=stage.work)
    checks.equal(done.output.strip(), f"lambdalift {version()}", "the unpacked binary runs", done.text)
    with zipfile.ZipFile(first / f"lambdalift-{version()}-x86_64-pc-windows-msvc.zip") as archive:
        checks.expect(any(entry.endswith("/lambdalift.exe") for entry in archive.namelist()), "Windows has an .exe")
    return checks


def check_wheel(stage: Stage) -> Checks:
    """The wheel in a fresh environment, as a user installs it."""
    checks = Checks("wheel")
    fresh = stage.work / "fresh"
    stage.must(sys.executable, "-m", "venv", str(fresh), directory=stage.work)
    done = stage.call(
        str(fresh / "bin" / "pip"), "install", "--no-index", f"--find-links={stage.wheel()}", "lambdalift", directory=stage.work
    )
    checks.equal(done.status, 0, "pip installs it, with nothing else", done.text)
    done = stage.call(str(fresh / "bin" / "lambdalift"), "--version", directory=stage.work)
    checks.equal(done.output.strip(), f"lambdalift {version()}", "it brings the command", done.text)
    done = stage.call(str(fresh / "bin" / "pip"), "show", "--verbose", "lambdalift", directory=stage.work)
    checks.expect("MIT OR Apache-2.0" in done.output, "it states its licence", done.text)
    return checks
