"""Where the action gets the program from: a release whose checksum is right, or the source that lies here."""

from __future__ import annotations

import hashlib
import io
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import github

ROOT = Path(__file__).resolve().parent.parent.parent
SYSTEMS = {"linux": "unknown-linux-musl", "darwin": "apple-darwin", "win32": "pc-windows-msvc"}
MACHINES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
VERSION = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)")
SUMS = "SHA256SUMS"
TRIES = 3
SECONDS = 60


class NoBinary(Exception):
    """The program cannot be had; the text says why and what to do."""


class NoRelease(NoBinary):
    """There is no release of that version, or it has no checksums."""


def obtain(version: str, environment: Mapping[str, str]) -> Path:
    """The program that the input `version` asks for."""
    if version == "path":
        found = shutil.which("lambdalift")
        if not found:
            raise NoBinary("`version: path` is given, but no `lambdalift` is on the PATH: install it in an earlier step")
        return Path(found).resolve()
    # Not removed: the runner empties its directory of temporary files after the job.
    directory = Path(tempfile.mkdtemp(prefix="lambdalift-", dir=environment.get("RUNNER_TEMP")))
    if version == "source":
        return built(directory)
    if not version:
        try:
            return downloaded(own_version(), directory, environment)
        except NoRelease as error:
            github.say(f"{error}; building from the source of this action, which takes minutes")
            return built(directory)
    match = VERSION.fullmatch(version)
    if not match:
        raise NoBinary(f"the input `version` is {version!r}; it may be a version such as 1.2.3, `source` or `path`")
    return downloaded(match[1], directory, environment)


def own_version() -> str:
    """The version of the source that the action came with."""
    found = re.search(r'(?m)^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    if not found:
        raise NoBinary("the action's Cargo.toml states no version")
    return found[1]


def downloaded(version: str, directory: Path, environment: Mapping[str, str]) -> Path:
    """The program of a release."""
    base = f"{releases(environment)}/v{version}"
    name, program = archive(version)
    sums = fetched(f"{base}/{SUMS}").decode("ascii", "replace")
    wanted = [line.split()[0] for line in sums.splitlines() if line.split()[1:] in ([name], [f"*{name}"])]
    if len(wanted) != 1:
        raise NoBinary(f"{base}/{SUMS} has {len(wanted)} checksums for {name}, one is needed")
    content = fetched(f"{base}/{name}")
    found = hashlib.sha256(content).hexdigest()
    if found != wanted[0].lower():
        raise NoBinary(f"{base}/{name} has the SHA-256 {found}, but {SUMS} says {wanted[0]}: it is not used")
    path = directory / program
    path.write_bytes(member(content, name, f"{Path(name).name.removesuffix('.tar.gz').removesuffix('.zip')}/{program}"))
    path.chmod(0o755)
    return path


def releases(environment: Mapping[str, str]) -> str:
    """Where releases lie: a mirror if one is given, else those of the repository that this action comes from."""
    mirror = environment.get("LAMBDALIFT_RELEASES", "").rstrip("/")
    if mirror:
        return mirror
    repository = environment.get("ACTION_REPOSITORY", "")
    if not repository:
        # `uses: ./`, or a runner that does not tell.
        raise NoRelease("the repository of this action is not known, so neither are its releases")
    return f"{environment.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}/releases/download"


def archive(version: str) -> tuple[str, str]:
    """The name of the archive for this machine, and of the program in it. `.github/release/pack.py` makes it."""
    system = SYSTEMS.get(sys.platform)
    machine = MACHINES.get(platform.machine().lower())
    if not system or not machine:
        raise NoRelease(f"there are no releases for {sys.platform} on {platform.machine()}")
    windows = sys.platform == "win32"
    suffix = "zip" if windows else "tar.gz"
    return f"lambdalift-{version}-{machine}-{system}.{suffix}", "lambdalift.exe" if windows else "lambdalift"


def member(content: bytes, name: str, path: str) -> bytes:
    """One file of an archive. Nothing else of it is unpacked, so its paths cannot lead anywhere."""
    try:
        if name.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                return file.read(path)
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as file:
            stream = file.extractfile(path)
            if stream is None:
                raise KeyError(path)
            return stream.read()
    except (KeyError, EOFError, OSError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
        raise NoBinary(f"{name} holds no {path}: {error}") from error


def fetched(url: str) -> bytes:
    """What lies at an address."""
    for left in reversed(range(TRIES)):
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as response:
                return response.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                raise NoRelease(f"there is no {url}") from error
            if error.code < 500 or not left:
                raise NoBinary(f"{url}: {error}") from error
        except (OSError, ValueError) as error:
            if not left:
                raise NoBinary(f"{url}: {error}") from error
    raise AssertionError("the last try returns or raises")


def built(directory: Path) -> Path:
    """The program, built here."""
    cargo = shutil.which("cargo")
    if not cargo:
        raise NoBinary("no `cargo` on the PATH, so lambdalift cannot be built: install Rust, or give a released `version`")
    command = [cargo, "install", "--locked", "--path", str(ROOT), "--root", str(directory)]
    # Not in the workspace: Cargo would obey a `.cargo/config.toml` there, which a pull request may bring along.
    done = subprocess.run(command, check=False, cwd=ROOT, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise NoBinary(f"`cargo install` ended with status {done.returncode}")
    return directory / "bin" / ("lambdalift.exe" if sys.platform == "win32" else "lambdalift")
