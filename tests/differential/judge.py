"""Holds what builds left behind before a migration against what they leave behind after it."""

import os
from dataclasses import dataclass

from project import Function, Outcome

GOARCH = {"x86_64": "amd64", "arm64": "arm64"}
NO_RPC = "lambda.norpc"


@dataclass(frozen=True)
class Pair:
    """A function before and after, by its template and logical ID."""

    name: str
    before: Function
    after: Function
    # Whether lambdalift says that the build files make it now.
    built: bool

    @property
    def migrated(self) -> bool:
        return self.before.runtime != self.after.runtime


def packed_programs(pairs: list[Pair], outcomes: list[Outcome]) -> dict[str, str]:
    """What is packed or copied for functions, by their names."""
    found = {}
    for pair in (pair for pair in pairs if pair.before.is_archive or pair.before.makefile):
        programs = {it.files.get(pair.before.program(pair.name)) for it in outcomes} - {None}
        if len(programs) == 1:
            found[pair.name] = programs.pop()
    return found


def judge(pairs: list[Pair], packed: dict[str, str], before: Outcome, after: Outcome) -> list[str]:
    """What is wrong; nothing if the builds do what they did, and the migrated functions get their programs."""
    faults = []
    if before.status != after.status:
        faults.append(f"exit statuses {before.status} became {after.status}\n{after.said}")
    if before.log != after.log:
        faults.append(f"go was asked for {before.log}, now for {after.log}")
    rest_before, rest_after = dict(before.files), dict(after.files)
    moved: dict[str, str] = {}
    for pair in pairs:
        old, new = pair.before.program(pair.name), pair.after.program(pair.name)
        was, now = before.files.get(old), after.files.get(new)
        if not pair.migrated or not pair.built:
            # What lambdalift leaves to a person has to stay as it was, too.
            continue
        rest_before.pop(old, None)
        rest_after.pop(new, None)
        if pair.name in packed:
            drop_intermediate(rest_before, rest_after, packed[pair.name], pair)
        if moved.setdefault(new, was or "") != (was or ""):
            faults.append(f"{pair.name} shares {new} with another program")
        faults += lost(pair, before, after)
        if was is None and now is None:
            continue
        wanted = None if was is None else wish(was, pair.after.architecture)
        if wanted is None or now is None or wanted != properties(now):
            faults.append(f"{pair.name}: {old} was {was}, {new} is {now}, not {wanted}")
    for path in sorted(rest_before.keys() | rest_after.keys()):
        was, now = rest_before.get(path), rest_after.get(path)
        if was != now:
            faults.append(f"{path} was {was}, is {now}")
    return faults


def drop_intermediate(before: dict[str, str], after: dict[str, str], program: str, pair: Pair) -> None:
    """Leaves out the file that is packed or copied for a function, once: it may have another name now."""
    wanted = wish(program, pair.after.architecture)
    old = [path for path, text in before.items() if text == program and "!" not in path and after.get(path) != program]
    new = [
        path
        for path, text in after.items()
        if path.rsplit("/", 1)[-1] == "bootstrap" or pair.before.makefile and path in old
        if "!" not in path and text != before.get(path)
        if text.startswith("program=") and properties(text) == wanted
    ]
    if len(old) == 1 and len(new) == 1:
        del before[old[0]], after[new[0]]


def lost(pair: Pair, before: Outcome, after: Outcome) -> list[str]:
    """What a build puts into the function's package beside programs, and does not after the migration."""
    if pair.before.is_archive or pair.before.makefile:
        return []
    old, new = (f"{os.path.normpath(it.code)}/" for it in (pair.before, pair.after))
    kept = {path.removeprefix(new) for path in after.files if path.startswith(new)}
    had = {
        path.removeprefix(old)
        for path, text in before.files.items()
        if path.startswith(old) and "program=" not in text and "archive" != text and "!" not in path
    }
    return [f"{pair.name} lost {path}" for path in sorted(had - kept)]


def properties(program: str) -> dict[str, str]:
    """What `go` said of a program, as data."""
    *parts, environment = program.split("|")
    found = dict(part.split("=", 1) for part in parts)
    # GOFLAGS comes last and may hold spaces.
    head, _, flags = environment.partition(" GOFLAGS=")
    found |= dict(part.split("=", 1) for part in head.split())
    tags = [tag for tag in found["tags"].replace(",", " ").split() if tag != NO_RPC]
    has_no_rpc = NO_RPC in found["tags"] or NO_RPC in flags
    flags = flags.replace(f",{NO_RPC}", "")
    return found | {"tags": " ".join(tags), NO_RPC: str(has_no_rpc), "GOFLAGS": flags}


def wish(program: str, architecture: str) -> dict[str, str]:
    """What a function's program has to be after the migration."""
    found = properties(program)
    cgo = found["CGO_ENABLED"] or "0"
    return found | {"GOOS": "linux", "GOARCH": GOARCH[architecture], "CGO_ENABLED": cgo, NO_RPC: "True"}
