#!/usr/bin/env python3
"""Packs a built binary for a release: `pack.py BINARY TARGET DIRECTORY`.

The archive holds one directory with the binary and what has to go with it.
The names are a contract with `.github/action/binary.py` and with cargo-binstall (Cargo.toml).
"""

import gzip
import io
import re
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COMPANIONS = ("README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT")
# The archive of a binary is the same whenever it is made: 1980 is the first year that zip knows.
EPOCH = 315532800


def main(arguments: list[str]) -> int:
    """Packs; the exit status."""
    if len(arguments) != 3:
        print("usage: pack.py BINARY TARGET DIRECTORY", file=sys.stderr)
        return 2
    binary, target, directory = Path(arguments[0]), arguments[1], Path(arguments[2])
    name = f"lambdalift-{version()}-{target}"
    windows = "windows" in target
    if windows:
        binary = binary.with_suffix(".exe")
    files = {f"{name}/{file}": (ROOT / file).read_bytes() for file in COMPANIONS}
    files[f"{name}/lambdalift{'.exe' if windows else ''}"] = binary.read_bytes()
    directory.mkdir(parents=True, exist_ok=True)
    archive = directory / f"{name}.{'zip' if windows else 'tar.gz'}"
    archive.write_bytes(zipped(files) if windows else tarred(files))
    print(archive)
    return 0


def version() -> str:
    """The version in Cargo.toml."""
    found = re.search(r'(?m)^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(encoding="utf-8"))
    if not found:
        raise SystemExit("Cargo.toml states no version")
    return found[1]


def tarred(files: dict[str, bytes]) -> bytes:
    """The files as a compressed tar archive."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(content), EPOCH, mode(name)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(inner.getvalue(), compresslevel=6, mtime=0)


def zipped(files: dict[str, bytes]) -> bytes:
    """The files as a zip archive."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode(name) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return whole.getvalue()


def mode(name: str) -> int:
    """Only the binary is executable."""
    return 0o755 if Path(name).stem == "lambdalift" else 0o644


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
