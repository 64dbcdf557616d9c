"""The stage of bad input in full size: trees and templates that no repository has.

`python3 tests/scale target/debug/lambdalift [--directories N] [--links N] [--megabytes N]`. Needs Linux, a disk
with an inode for each directory, and about two minutes. `docs/reliability.md` says which sizes were measured.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: s3://acme/f.zip
      Handler: h
      Runtime: go1.x
"""
MEBIBYTE = 1 << 20
# A run that takes as long will never end.
PATIENCE = 600
FILES = 1_000
ROUNDS = 5
# What the system takes as a path, less the way to the directory that the tree is made in.
DEPTH = 1_900


@dataclass
class Done:
    """What a run did."""

    status: int
    said: str


class Stage:
    """The checks of this stage."""

    def __init__(self, lambdalift: Path) -> None:
        self.lambdalift = lambdalift
        self.failed = 0

    def start(self, directory: Path, *arguments: str) -> subprocess.Popen:
        """A run that goes on. Its diff, which may be as large as its input, is not kept."""
        return subprocess.Popen(
            [str(self.lambdalift), *arguments], cwd=directory, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )

    def end(self, run: subprocess.Popen) -> Done:
        """Waits for a run, but not for ever."""
        try:
            said = run.communicate(timeout=PATIENCE)[1]
        except subprocess.TimeoutExpired:
            run.kill()
            said = run.communicate()[1]
        return Done(run.returncode, said.decode(errors="replace"))

    def run(self, directory: Path, *arguments: str) -> Done:
        """A run from its beginning to its end."""
        return self.end(self.start(directory, *arguments))

    def expect(self, what: str, holds: bool, done: Done | None = None) -> None:
        """Prints a check, and what a run said if it does not hold."""
        print(f"{'ok' if holds else 'FAILED':6} {what}", flush=True)
        if not holds:
            self.failed += 1
            if done:
                print(f"         exit status {done.status}\n{done.said[:2_000]}")


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A directory of its own with one template, gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix=f"lambdalift-{name}-"))
    try:
        (directory / "template.yaml").write_text(TEMPLATE)
        yield directory
    finally:
        # shutil refuses paths that are too long.
        subprocess.run(["rm", "-rf", directory], check=True)


def is_migrated(template: Path) -> bool:
    """Whether a run has written it."""
    return "provided.al2023" in template.read_text()


def flat(directory: Path, count: int) -> None:
    """All in one."""
    for number in range(count):
        os.mkdir(f"{directory}/d{number}")


def nested(directory: Path, count: int) -> None:
    """A tree of a hundred directories in each."""
    made = [str(directory)]
    for number in range(count):
        made.append(f"{made[number // 100]}/d{number % 100}")
        os.mkdir(made[-1])


def chain(directory: Path, count: int) -> None:
    """One in the other, each from within the last: a path is sooner too long than the chain."""
    here = os.open(directory, os.O_RDONLY)
    for _ in range(count):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def directories(stage: Stage, make: Callable[[Path, int], None], count: int) -> None:
    """Empty directories: Ctrl-C ends the walk, and an undisturbed one finds what there is."""
    with scratch("directories") as at:
        make(at, count)
        what = f"{count:,} empty directories, {make.__name__}"
        run = stage.start(at, "--write")
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        done = stage.end(run)
        too_deep = make is chain and count > DEPTH
        whole = 2 if too_deep else 0
        # The machine may have been faster.
        stage.expect(f"{what}: interrupted", done.status in (whole, 130), done)
        (at / "template.yaml").write_text(TEMPLATE)
        done = stage.run(at, "--write")
        stage.expect(what, done.status == whole, done)
        stage.expect(f"{what}: the template", is_migrated(at / "template.yaml"), done)
        if too_deep:
            stage.expect(f"{what}: named", "File name too long" in done.said, done)


def deepest(stage: Stage) -> None:
    """Templates at the end of the longest path that the system takes."""
    with scratch("deep") as at:
        chain(at, DEPTH)
        below = at / "/".join(["d"] * DEPTH)
        templates = [below / f"t{number}.yaml" for number in range(3)]
        for number, template in enumerate(templates):
            template.write_text(TEMPLATE.replace("acme/f", f"acme/{number}"))
        done = stage.run(at, "--write")
        # Each is resolved as a whole a few times, which costs the square of its depth.
        stage.expect(f"3 templates {DEPTH:,} levels deep", done.status == 0 and all(map(is_migrated, templates)), done)


def links(stage: Stage, count: int) -> None:
    """Symbolic links to everything there is."""
    with scratch("links") as at, scratch("outside") as outside:
        (at / "app").mkdir()
        (at / "app" / "template.yaml").write_text(TEMPLATE.replace("acme/f", "acme/g"))
        targets = ["../app", "../app/template.yaml", "nowhere", "..", ".", str(outside), "/"]
        for number in range(count):
            place = at / f"l{number // 2 % 1_000 if number % 2 else 0}"
            place.mkdir(exist_ok=True)
            name = f"link{number}.yaml" if number % 3 else f"link{number}"
            # Every eighth leads to itself.
            os.symlink(name if number % 8 == 7 else targets[number % len(targets)], place / name)
        done = stage.run(at, "--write")
        what = f"{count:,} symbolic links"
        stage.expect(what, done.status == 0 and "2 files written" in done.said, done)
        stage.expect(f"{what}: none followed", not is_migrated(outside / "template.yaml"), done)
        still = sum(it.is_symlink() for place in at.glob("l*") for it in place.iterdir())
        stage.expect(f"{what}: all still there", still == count)


def large(stage: Stage, megabytes: int) -> None:
    """A template of many megabytes: refused, and what becomes of it if the limit is raised."""
    comment = b"# a comment, and nothing else\n"
    bodies = {
        "comments": (comment, None),
        "`[`": (b"[", "nested more than 255 levels"),
        "keys without values": (b" k:\n", "more than 10000000 nodes"),
    }
    for name, (unit, message) in bodies.items():
        with scratch("large") as at:
            template = at / "template.yaml"
            opening = b"" if unit is comment else b"Z:\n " if unit == b"[" else b"Z:\n"
            text = TEMPLATE.encode() + opening + unit * (megabytes * MEBIBYTE // len(unit))
            template.write_bytes(text)
            what = f"{megabytes} MiB of {name}"
            done = stage.run(at, "--write")
            refused = f"template.yaml has {len(text)} bytes, more than the limit of 8388608"
            named = refused in done.said and "raise the limit with --max-file-size" in done.said
            stage.expect(f"{what}: refused", done.status == 0 and named, done)
            if message:
                done = stage.run(at, "--write", "--max-file-size", "1G")
                stage.expect(f"{what}: limit raised", done.status == 0 and message in done.said, done)
            stage.expect(f"{what}: untouched", template.read_bytes() == text)


def change(at: Path, stop: Event) -> None:
    """Another program that removes, makes and replaces, until it is told to stop."""
    pipe = at / "pipe"
    os.mkfifo(pipe)
    number = 0
    while not stop.is_set():
        number += 1
        directory = at / f"d{number % 50}"
        path = directory / f"t{number % FILES}.yaml"
        try:
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
            match number % 13:
                case 0: os.link(pipe, path)
                case 1: path.symlink_to("nowhere")
                case 2: path.symlink_to("/dev/zero")
                case 3: path.mkdir()
                case 4: path.write_text(TEMPLATE[:100])
                case 5: path.write_text(TEMPLATE + "# more\n" * 20_000)
                case 6:
                    directory.rename(at / "aside")
                    directory.write_text("")
                    directory.unlink()
                    (at / "aside").rename(directory)
                case 7: pass
                case _: path.write_text(TEMPLATE)
        except OSError:
            # Made impossible by a step before.
            pass


def shared(stage: Stage, count: int) -> None:
    """As many links as functions to one directory, whose files are parsed to many times their size."""
    files = {
        "go.mod": "module m\nrequire(\n" + "a b\n" * 8_000 + ")\n",
        "Makefile": "build-F:\n\tgo build\n" + "a: b\n\tc\n" * 3_500,
    }
    for name, text in files.items():
        with scratch("shared") as at:
            (at / "real").mkdir()
            (at / "real" / "main.go").write_text("package main\n")
            (at / "real" / name).write_text(text)
            template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
            metadata = "Metadata: {BuildMethod: makefile}, " if name == "Makefile" else ""
            for number in range(count):
                os.symlink("real", at / f"d{number}")
                properties = f"{{Runtime: go1.x, Handler: h, CodeUri: d{number}}}"
                function = f"{metadata}Type: AWS::Serverless::Function, Properties: {properties}"
                template += f"  F{number}: {{{function}}}\n"
            (at / "template.yaml").write_text(template)
            run = subprocess.run(
                ["prlimit", f"--as={1 << 30}", str(stage.lambdalift), "--threads", "2", "--check", "template.yaml"],
                cwd=at, capture_output=True, text=True, check=False,
            )
            done = Done(run.returncode, run.stderr)
            stage.expect(f"{count:,} links to one {name}: in less than 1 GiB", done.status == 1, done)


def vanishing(stage: Stage) -> None:
    """A tree that another program changes all the time."""
    with scratch("vanishing") as at, ThreadPoolExecutor(1) as other:
        for number in range(50):
            (at / f"d{number}").mkdir()
        # Its package is its own: what runs one that others run already would stay.
        own = TEMPLATE.replace("acme/f", "acme/own")
        stop = Event()
        changing = other.submit(change, at, stop)
        try:
            for round in range(ROUNDS):
                (at / "template.yaml").write_text(own)
                done = stage.run(at, "--write")
                holds = done.status in (0, 2) and "panicked" not in done.said
                stage.expect(f"files that vanish, round {round + 1}", holds and is_migrated(at / "template.yaml"), done)
        finally:
            stop.set()
        changing.result()
        # Where a directory was moved away, a temporary file may have stayed; the next run removes it.
        for number in range(50):
            (at / f"d{number}").mkdir(exist_ok=True)
            (at / f"d{number}" / "last.yaml").write_text(TEMPLATE)
        stage.run(at, "--write")
        stage.expect("files that vanish: nothing left behind", not list(at.rglob(".lambdalift-*")))


def main() -> int:
    """Runs the stage; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lambdalift")
    parser.add_argument("--directories", type=int, default=100_000, metavar="N")
    parser.add_argument("--links", type=int, default=100_000, metavar="N")
    parser.add_argument("--megabytes", type=int, default=100, metavar="N")
    options = parser.parse_args()
    found = shutil.which(options.lambdalift)
    if not found:
        print(f"no {options.lambdalift}: cargo build", file=sys.stderr)
        return 2
    stage = Stage(Path(found).resolve())
    directories(stage, flat, options.directories)
    directories(stage, nested, options.directories)
    directories(stage, chain, 20_000)
    deepest(stage)
    links(stage, options.links)
    large(stage, options.megabytes)
    shared(stage, 2_000)
    vanishing(stage)
    print(f"bad input in full size: {stage.failed} FAILED")
    return 1 if stage.failed else 0


if __name__ == "__main__":
    sys.exit(main())
