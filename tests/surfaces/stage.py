"""What every subject needs: the binary, the tools, room, and repositories to try things on."""

import os
import shutil
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tools import HERE as END_TO_END
from tools import MissingTool, Result, install_venv, run

ROOT = END_TO_END.parent.parent


@dataclass(frozen=True)
class Stage:
    """The surroundings of the checks."""

    lambdalift: Path
    venv: Path
    work: Path
    """Room that is thrown away afterwards."""

    @staticmethod
    def prepare(lambdalift: Path, work: Path) -> "Stage":
        """Installs what is missing."""
        if sys.version_info < (3, 11):
            raise MissingTool("Python 3.11 or newer is needed")
        for program in ("git", "cargo"):
            if not shutil.which(program):
                raise MissingTool(f"no `{program}` on the PATH")
        venv = ROOT / "target" / "surfaces" / "venv"
        install_venv(venv, Path(__file__).resolve().parent / "requirements.txt")
        # A build of the same source elsewhere may replace the file in target/ while the stage runs.
        copy = work / "bin" / "lambdalift"
        copy.parent.mkdir()
        shutil.copy2(lambdalift, copy)
        return Stage(copy, venv, work)

    @property
    def environment(self) -> dict[str, str]:
        """Git knows an author and no settings of this machine; the tools of the stage come first."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT", "GITHUB_"))}
        return own | {
            "PATH": f"{self.venv}/bin:{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "Test",
            "GIT_AUTHOR_EMAIL": "test@example.com",
            "GIT_COMMITTER_NAME": "Test",
            "GIT_COMMITTER_EMAIL": "test@example.com",
            "PRE_COMMIT_HOME": str(self.work / "pre-commit"),
            # The wheel is built in the same way as in a release, but from what `cargo test` has compiled already.
            "CARGO_TARGET_DIR": os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")),
            "MATURIN_PEP517_ARGS": "--profile dev",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }

    def call(self, *command: str, directory: Path, timeout: float = 300, **extra: str) -> Result:
        """Runs a command, with more in its environment."""
        return run(list(command), timeout, directory, self.environment | extra)

    def must(self, *command: str, directory: Path, timeout: float = 300, **extra: str) -> Result:
        """The same, for what the checks rest on and do not check."""
        done = self.call(*command, directory=directory, timeout=timeout, **extra)
        if done.status != 0:
            raise MissingTool(f"`{' '.join(command)}` failed:\n{done.text}")
        return done

    def repository(self, name: str, *sources: Path) -> Path:
        """A new git repository that holds copies of files and directories, all of them staged."""
        directory = self.work / name
        directory.mkdir()
        for source in sources:
            if source.is_dir():
                shutil.copytree(source, directory, dirs_exist_ok=True)
            else:
                shutil.copy2(source, directory)
        self.must("git", "init", "--quiet", "--initial-branch=main", directory=directory)
        self.must("git", "add", "--all", directory=directory)
        return directory

    def commit(self, directory: Path) -> None:
        """Commits everything, without hooks."""
        self.must("git", "add", "--all", directory=directory)
        self.must("git", "commit", "--quiet", "--no-verify", "--message=Test", directory=directory)

    @cache
    def wheel(self) -> Path:
        """A directory with the wheel of this source."""
        directory = self.work / "wheels"
        self.must("maturin", "build", "--profile=dev", f"--out={directory}", directory=ROOT, timeout=600)
        return directory
