"""A step of `action.yml`, run as GitHub's runner does it: environment files, expressions, workflow commands."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from stage import ROOT, Stage
from tools import Result

# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


@dataclass(frozen=True)
class Step:
    """What a step has done."""

    result: Result
    outputs: dict[str, str]
    summary: str
    path: str
    """The directory that later steps find programs in."""
    commands: list[str]
    """The workflow commands that the runner would obey."""

    @property
    def text(self) -> str:
        """Everything, for people."""
        return f"{self.result.text}outputs {self.outputs}\n{self.summary}"


def use(
    stage: Stage,
    workspace: Path,
    inputs: dict[str, str],
    repository: str = "",
    environment: dict[str, str] | None = None,
) -> Step:
    """Uses the action in a workspace."""
    action = action_file(stage)
    (step,) = action["runs"]["steps"]
    values = {f"inputs.{name}": inputs.get(name, given["default"]) for name, given in action["inputs"].items()}
    unknown = [name for name in inputs if f"inputs.{name}" not in values]
    if unknown:
        raise ValueError(f"action.yml has no input {unknown}")
    values["github.action_repository"] = repository
    home = stage.work / "runner"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    files = {name: home / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    for file in files.values():
        file.touch()
    script = home / "script.sh"
    # The shell would get to see whatever an expression stands for.
    script.write_text(evaluated(step["run"], values))
    extra = {name: evaluated(value, values) for name, value in step["env"].items()}
    extra |= {name: str(file) for name, file in files.items()}
    extra |= {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_WORKSPACE": str(workspace), "RUNNER_TEMP": str(home)}
    extra |= environment or {}
    result = stage.call(*SHELLS[step["shell"]], str(script), directory=workspace, **extra)
    outputs = read_outputs(files["GITHUB_OUTPUT"].read_text())
    declared = action["outputs"]
    exported = {
        name: outputs.get(name, "")
        for name, given in declared.items()
        if given["value"] == f"${{{{ steps.{step['id']}.outputs.{name} }}}}"
    }
    summary, path = (files[name].read_text() for name in ("GITHUB_STEP_SUMMARY", "GITHUB_PATH"))
    return Step(result, exported, summary, path.rstrip("\n"), commands(result.output))


def action_file(stage: Stage) -> dict:
    """`action.yml` as data."""
    code = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    return json.loads(stage.must("python", "-c", code, str(ROOT / "action.yml"), directory=ROOT).output)


def evaluated(text: str, values: dict[str, str]) -> str:
    """Expressions put in; one that is not known fails the stage."""
    return EXPRESSION.sub(lambda found: values[found[1]], text)


def read_outputs(text: str) -> dict[str, str]:
    """`NAME=VALUE` and `NAME<<DELIMITER` as the runner reads them."""
    outputs = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line.split("=")[0]:
            name, end = line.split("<<", 1)
            value = []
            for inner in lines:
                if inner == end:
                    break
                value.append(inner)
            outputs[name] = "\n".join(value)
        else:
            name, _, value = line.partition("=")
            outputs[name] = value
    return outputs


def commands(text: str) -> list[str]:
    """The workflow commands in what a step printed. The runner ends lines at a carriage return, too, and looks at
    each without the blanks before it."""
    found = []
    resume = None
    for line in re.split(r"\r\n|\n|\r", text):
        line = line.lstrip()
        if resume:
            if line == resume:
                resume = None
        elif line.startswith("::stop-commands::"):
            resume = f"::{line.removeprefix('::stop-commands::')}::"
        elif line.startswith("::") or line.startswith("##["):
            found.append(line)
    return found
