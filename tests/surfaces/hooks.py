"""The hooks, in the hands of the real pre-commit."""

from pathlib import Path

from checks import Checks
from stage import ROOT, Stage

MIRROR = ROOT / "docs" / "examples" / "pre-commit-mirror"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
SAMPLE = ROOT / "testdata" / "sample"
TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  {name}:
    Type: AWS::Lambda::Function
    Properties:
      Code: dist
      Handler: {name}
      Runtime: go1.x
      Role: arn:aws:iam::123456789012:role/report
"""


def check_mirror(stage: Stage) -> Checks:
    """A mirror that installs the wheel, and commits as people make them."""
    checks = Checks("pre-commit, mirror")
    mirror = stage.repository("mirror", MIRROR, HOOKS)
    stage.commit(mirror)
    wheels = {"PIP_FIND_LINKS": str(stage.wheel())}

    app = stage.repository("app", SAMPLE / "orders")
    configure(stage, app, mirror, "lambdalift")
    stage.must("pre-commit", "install", directory=app)
    commit = ("git", "commit", "--quiet", "--message=Orders")
    first = stage.call(*commit, directory=app, **wheels)
    checks.equal(first.status, 1, "the first commit fails", first.text)
    checks.expect("files were modified by this hook" in first.text, "because the hook has fixed a file", first.text)
    migrated = (app / "template.yaml").read_text()
    checks.expect("Runtime: provided.al2023" in migrated and "BuildMethod: go1.x" in migrated, "it is migrated", migrated)
    stage.must("git", "add", "--all", directory=app)
    second = stage.call(*commit, directory=app, **wheels)
    checks.equal(second.status, 0, "the second commit passes", second.text)
    (app / "notes.txt").write_text("Nothing of interest.\n")
    stage.must("git", "add", "notes.txt", directory=app)
    third = stage.call(*commit, directory=app, **wheels)
    checks.expect(third.status == 0 and "Skipped" in third.text, "a commit without templates or Go skips it", third.text)

    shared = stage.repository("shared")
    configure(stage, shared, mirror, "lambdalift", "lambdalift-check")
    (shared / "dist").mkdir()
    for name in ("daily", "monthly"):
        (shared / f"{name}.yaml").write_text(TEMPLATE.format(name=name))
        (shared / "dist" / name).write_bytes(b"\x7fELF")
    stage.commit(shared)
    (shared / "daily.yaml").write_text(TEMPLATE.format(name="daily") + "# changed\n")
    staged = (shared / "daily.yaml").read_bytes()
    stage.must("git", "add", "daily.yaml", directory=shared)
    done = stage.call("pre-commit", "run", directory=shared, **wheels)
    checks.equal((shared / "daily.yaml").read_bytes(), staged, "a package shared with an unstaged template stops it", done.text)
    checks.expect(done.status == 1 and "shared-bootstrap" in done.text, "and the check says so", done.text)
    stage.must(str(stage.lambdalift), "--write", "daily.yaml", directory=shared)
    checks.equal((shared / "daily.yaml").read_bytes(), staged, "nor does the staged file move when it alone is named")
    return checks


def check_try_repo(stage: Stage) -> Checks:
    """This repository itself: pip builds it with maturin, as for everybody who names it in a configuration."""
    checks = Checks("pre-commit, try-repo")
    app = stage.repository("try", SAMPLE / "orders")
    stage.commit(app)
    (app / "template.yaml").write_text((SAMPLE / "orders" / "template.yaml").read_text() + "# changed\n")
    stage.must("git", "add", "--all", directory=app)
    attempt = ("pre-commit", "try-repo", str(ROOT), "lambdalift")
    first = stage.call(*attempt, directory=app, timeout=900)
    checks.equal(first.status, 1, "the first run fails", first.text)
    checks.expect("Runtime: provided.al2023" in (app / "template.yaml").read_text(), "it migrates", first.text)
    stage.must("git", "add", "--all", directory=app)
    second = stage.call(*attempt, directory=app, timeout=900)
    checks.equal(second.status, 0, "the second run passes", second.text)
    return checks


def configure(stage: Stage, directory: Path, repository: Path, *hooks: str) -> None:
    """Names hooks of a repository in a configuration, and stages it."""
    revision = stage.must("git", "rev-parse", "HEAD", directory=repository).output.strip()
    named = "".join(f"      - id: {hook}\n" for hook in hooks)
    (directory / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {repository}\n    rev: {revision}\n    hooks:\n{named}"
    )
    stage.must("git", "add", "--all", directory=directory)
