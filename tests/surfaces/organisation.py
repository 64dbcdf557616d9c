"""Many repositories: the script of the recipe under the contract of multi-gitter, and the inventory of its reports.

The contract: the script runs at the root of each clone with REPOSITORY set; status 0 and changed files make a pull
request. https://github.com/lindell/multi-gitter
"""

import csv
import io
import shutil
from pathlib import Path

from checks import Checks
from stage import ROOT, Stage

SCRIPT = ROOT / "docs" / "examples" / "organisation" / "migrate.sh"
SAMPLE = ROOT / "testdata" / "sample"
# Whether a pull request comes of each; None: the script fails.
REPOSITORIES = {"acme/orders": True, "acme/reports": False, "acme/empty": False, "acme/broken": None}


def check(stage: Stage) -> Checks:
    """Runs it over a few repositories."""
    checks = Checks("organisation")
    reports = stage.work / "reports"
    environment = {
        "PATH": f"{stage.lambdalift.parent}:{stage.environment['PATH']}",
        "LAMBDALIFT_REPORTS": str(reports),
    }
    for name, wanted in REPOSITORIES.items():
        clone = clone_of(stage, name)
        done = stage.call(str(SCRIPT), directory=clone, REPOSITORY=name, **environment)
        status = stage.must("git", "status", "--porcelain", directory=clone).output
        checks.equal(done.status, 2 if wanted is None else 0, f"{name}: the status of the script", done.text)
        checks.equal(bool(status), bool(wanted), f"{name}: whether a pull request comes of it", status + done.text)
        checks.expect("??" not in status, f"{name}: no new file lies about", status)
    again = stage.call(str(SCRIPT), directory=stage.work / "acme__orders", REPOSITORY="acme/orders", **environment)
    checks.equal(again.status, 0, "a second run succeeds", again.text)
    missing = stage.call(str(SCRIPT), directory=stage.work / "acme__orders", REPOSITORY="", **environment)
    checks.expect(missing.status not in (0, 2), "without a name the script fails", missing.text)

    files = sorted(str(file) for file in reports.iterdir())
    checks.equal(len(files), len(REPOSITORIES), "each repository has a report", str(files))
    one = stage.work / "all.jsonl"
    one.write_text("".join(Path(file).read_text() for file in files))
    apart = stage.call(str(stage.lambdalift), "report", "--format=csv", *files, directory=stage.work)
    together = stage.call(str(stage.lambdalift), "report", "--format=csv", str(one), directory=stage.work)
    checks.equal(apart.status, 0, "they make an inventory", apart.text)
    checks.equal(together.output, apart.output, "also put one after the other")
    rows = list(csv.reader(io.StringIO(apart.output)))
    for name in ("acme/orders", "acme/reports"):
        checks.expect(any(name in row for row in rows), f"the inventory has functions of {name}", apart.text)
    return checks


def clone_of(stage: Stage, name: str) -> Path:
    """A repository as it was cloned."""
    clone = stage.repository(name.replace("/", "__"))
    source = SAMPLE / name.split("/")[1]
    if source.is_dir():
        shutil.copytree(source, clone, dirs_exist_ok=True)
    elif name.endswith("broken"):
        whole = (SAMPLE / "orders" / "template.yaml").read_text()
        (clone / "template.yaml").write_text(whole.replace("Globals:", "Globals: ["))
    (clone / "README.md").write_text(f"# {name}\n")
    stage.commit(clone)
    return clone
