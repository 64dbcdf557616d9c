"""The GitHub Action: what `action.yml` runs.

Four runs of the same binary over the same files: the diff with the text for the log, annotations, SARIF, and last,
because it may write, the report that the summary, the outputs and the exit status come from.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import annotations
import binary
import github
import summary
from inputs import BadInput, Inputs


def main() -> int:
    """Runs the step; its exit status."""
    github.use_utf8()
    try:
        inputs = Inputs.read(os.environ)
        program = binary.obtain(inputs.version, os.environ)
    except (BadInput, binary.NoBinary) as error:
        github.error(str(error))
        return 2
    github.add_path(str(program.parent))
    return Step(inputs, program).run()


class Step:
    """One run of the action."""

    def __init__(self, inputs: Inputs, program: Path) -> None:
        self.inputs = inputs
        self.program = program

    def run(self) -> int:
        """Does everything; the exit status of the step."""
        preview = self._lambdalift("--diff")
        github.group("lambdalift", preview.stderr)
        diff = preview.stdout
        if self.inputs.mode == "diff":
            github.group("diff", diff)
        annotations.show(self._lambdalift("--format=github").stdout)
        sarif = ""
        if self.inputs.sarif_file:
            done = self._lambdalift("--format=sarif", f"--output={self.inputs.sarif_file}")
            if not Path(self.inputs.sarif_file).is_file():
                return failed(done)
            sarif = self.inputs.sarif_file
        flags = {"check": ["--check"], "diff": [], "write": ["--write"]}[self.inputs.mode]
        done = self._lambdalift("--format=json", *flags)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            return failed(done)
        github.outputs(
            changed="true" if report["summary"]["files_changed"] or report["build_files"] else "false",
            declined=str(report["summary"]["declined"]),
            sarif=sarif,
        )
        github.summarise(summary.markdown(report, diff, self.inputs.mode))
        if done.returncode == 1:
            github.error(
                "templates would change, or functions were declined; the job summary lists them",
            )
        elif done.returncode != 0:
            return failed(done)
        return done.returncode

    def _lambdalift(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """Runs the binary; arguments reach it as they are, no shell is between."""
        return subprocess.run(
            [str(self.program), "--color=never", *flags, *self.inputs.options, "--", *self.inputs.paths],
            check=False,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
        )


def failed(done: subprocess.CompletedProcess[str]) -> int:
    """Says that the binary failed; the exit status of the step."""
    github.error(done.stderr.strip() or f"lambdalift ended with status {done.returncode}")
    # A signal is a negative status, which no process can end with.
    return done.returncode if done.returncode > 0 else 2


if __name__ == "__main__":
    sys.exit(main())
