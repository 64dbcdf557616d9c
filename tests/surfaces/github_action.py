"""The GitHub Action: modes, outputs, annotations, SARIF, the summary, and where its binary comes from."""

import hashlib
import http.server
import json
import threading
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import packages
import runner
from checks import Checks
from stage import ROOT, Stage

SAMPLE = ROOT / "testdata" / "sample"
LIMIT = 1024 * 1024
# A name for everything that Markdown, HTML, a shell or the runner could take for their own.
HOSTILE_DIRECTORY = "$(touch pwned) `x` | <img src=x> ::add-mask::e"
HOSTILE_TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
# ```
# </details><script>alert(1)</script>
#   ::error::from a template
# ::add-mask::e
# \u202e
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./```|</code>**x**
      Handler: 'a | b </td> <script>alert(1)</script> [x](https://example.com)' # ````` ::set-output name=x::y
      Runtime: go1.x # </details><script>
  Declined:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ./b
      Handler: |-
        </td> <script>alert(1)</script>
        ::error::from a handler
      Runtime: go1.x
"""


def on_path(stage: Stage, **inputs: str) -> dict[str, str]:
    """Inputs for the binary of the stage."""
    return {"version": "path", **inputs}


def path_of(stage: Stage) -> dict[str, str]:
    """The environment in which the binary of the stage is on the PATH."""
    return {"PATH": f"{stage.lambdalift.parent}:{stage.environment['PATH']}"}


def check(stage: Stage) -> Checks:
    """The sample, in each mode."""
    checks = Checks("action")
    workspace = stage.repository("action", SAMPLE)
    before = tree(workspace)
    use = partial(runner.use, stage, workspace, environment=path_of(stage))

    step = use(on_path(stage))
    checks.equal(step.result.status, 1, "check fails where something would change", step.text)
    checks.equal(step.outputs, {"changed": "true", "declined": "2", "sarif": ""}, "check sets its outputs", step.text)
    annotations = [line for line in step.commands if "file=" in line]
    checks.expect(any("file=orders/template.yaml" in line for line in annotations), "lines are annotated", step.text)
    checks.expect(any("file=reports/template.yaml" in line for line in annotations), "declined, too", step.text)
    rows = rendered(stage, step.summary).rows
    names = {row[0]: row[3] for row in rows[1:]}
    expected = {
        "DailyReport": "declined",
        "MonthlyReport": "declined",
        "OrderIntake": "migrated",
        "OrderNotice": "migrated",
        "PaymentWorker": "migrated, a step is left to do",
    }
    checks.equal(sorted(names.values()), sorted(expected.values()), "the table has a row a function", step.summary)
    checks.equal(rows[1][3], "declined", "those that need a person come first", step.summary)
    checks.expect("<details>" in step.summary and "+    Runtime: provided.al2023" in step.summary, "the diff is folded")

    sarif = workspace / "out.sarif"
    step = use(on_path(stage, mode="diff", **{"sarif-file": sarif.name}))
    checks.equal(step.result.status, 0, "diff does not fail", step.text)
    checks.expect("+    Runtime: provided.al2023" in step.result.output, "diff prints the diff", step.text)
    checks.equal(step.outputs["sarif"], sarif.name, "the SARIF file is an output", step.text)
    checks.equal(json.loads(sarif.read_text())["version"] if sarif.is_file() else None, "2.1.0", "and it is SARIF")
    sarif.unlink(missing_ok=True)
    checks.equal(tree(workspace), before, "neither writes into the workspace")

    step = use(on_path(stage, mode="write", paths="orders\npayments", architecture="x86_64"))
    checks.equal(step.result.status, 0, "write succeeds", step.text)
    checks.equal(step.outputs, {"changed": "true", "declined": "0", "sarif": ""}, "its outputs", step.text)
    written = (workspace / "orders" / "template.yaml").read_text()
    checks.expect("x86_64" in written and "go1.x #" not in written, "it writes, with the options given", written)
    step = use(on_path(stage, paths="orders\npayments", architecture="x86_64"))
    checks.equal(step.result.status, 0, "afterwards the check passes", step.text)
    checks.equal(step.outputs["changed"], "false", "and nothing would change", step.text)

    for wrong, word in (
        ({"mode": "fix"}, "`mode`"),
        ({"paths": "-"}, "`paths`"),
        ({"version": "latest"}, "`version`"),
        ({"architecture": "sparc"}, "sparc"),
        ({"architecture": "--write"}, "--write"),
        ({"paths": "no/such/place"}, "no/such/place"),
        ({"sarif-file": "no/such/place/x.sarif"}, "no/such/place"),
    ):
        before = tree(workspace)
        step = use(on_path(stage) | wrong)
        checks.equal(step.result.status, 2, f"{wrong} fails with status 2", step.text)
        said = any(line.startswith("::error") and word in line for line in step.commands)
        checks.expect(said, f"{wrong} is named in an error", step.text)
        checks.equal(tree(workspace), before, f"{wrong} writes nothing")
    return checks


def check_hostile(stage: Stage) -> Checks:
    """What a pull request brings along is text, whatever it says."""
    checks = Checks("action, hostile")
    workspace = stage.repository("hostile")
    directory = workspace / HOSTILE_DIRECTORY
    directory.mkdir()
    (directory / "template.yaml").write_text(HOSTILE_TEMPLATE)
    # Modules and settings that a careless step would load.
    (workspace / "json.py").write_text("raise SystemExit('loaded from the workspace')\n")
    (workspace / ".cargo").mkdir()
    (workspace / ".cargo" / "config.toml").write_text("broken")
    step = runner.use(stage, workspace, on_path(stage, mode="diff", paths=HOSTILE_DIRECTORY), environment=path_of(stage))
    checks.equal(step.result.status, 0, "the step succeeds", step.text)
    known = ("::group::", "::endgroup::", "::warning ", "::notice ", "::error ")
    strange = [line for line in step.commands if not line.startswith(known)]
    checks.equal(strange, [], "no command of a template reaches the runner", step.text)
    errors = [line for line in step.commands if line.startswith("::error ") and "file=" not in line]
    checks.equal(errors, [], "nor an error", step.text)
    checks.expect(not list(stage.work.rglob("pwned")), "no shell reads an input")
    page = rendered(stage, step.summary)
    allowed = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "ul", "li", "strong", "pre"}
    checks.equal(page.tags - allowed - {"details", "summary"}, set(), "the summary has no foreign markup", step.summary)
    checks.equal([len(row) for row in page.rows], [4, 4, 4], "and no foreign cell", step.summary)
    checks.equal(page.rows[2][1], f"{HOSTILE_DIRECTORY}/template.yaml:8", "names are shown as they are", step.summary)
    checks.expect("</details><script>" in page.preformatted, "the diff is one block", step.summary)
    checks.expect("\u202e" not in step.summary, "nothing turns the direction of writing", step.summary)

    wide = stage.repository("wide")
    for number in range(700):
        name = wide / f"stack{number}.yaml"
        name.write_text(HOSTILE_TEMPLATE.replace("  Hello:", f"  Hello{number}:") + f"# {'`' * 40}\n" * 40)
    step = runner.use(stage, wide, on_path(stage, mode="diff"), environment=path_of(stage))
    length = len(step.summary.encode())
    checks.expect(LIMIT * 0.8 < length <= LIMIT, f"a long summary is cut below GitHub's limit ({length} bytes)")
    checks.expect("do not fit in here" in step.summary, "and says so")
    checks.equal(rendered(stage, step.summary).tags - allowed - {"details", "summary"}, set(), "and is still well formed")
    return checks


def check_binary(stage: Stage) -> Checks:
    """A release is used if its checksum is right; source is built where there is none."""
    checks = Checks("action, binary")
    workspace = stage.repository("binary", SAMPLE)
    releases = stage.work / "releases"
    folder = releases / "owner" / "tool" / "releases" / "download" / f"v{packages.version()}"
    packages.pack(stage, stage.lambdalift, packages.host_target(), folder)
    (archive,) = folder.glob("*.tar.gz")
    sums = packages.sum_up(folder)
    good = sums.read_text()
    with serving(releases) as address:
        use = partial(
            runner.use, stage, workspace, repository="owner/tool", environment={"GITHUB_SERVER_URL": address}
        )
        for version in (packages.version(), f"v{packages.version()}", ""):
            step = use({"version": version, "mode": "diff"})
            checks.equal(step.result.status, 0, f"version {version!r} comes from the release", step.text)
        later = stage.call(f"{step.path}/lambdalift", "--version", directory=workspace)
        checks.equal(later.status, 0, "and later steps find it", later.text)
        step = use({"version": "9.9.9", "mode": "diff"})
        checks.equal(step.result.status, 2, "a version that was never released fails", step.text)
        for what, text in (
            ("another checksum", good.replace(good[:64], "0" * 64)),
            ("no checksum", ""),
            ("two checksums", good + good),
            ("a checksum of another file", good.replace(archive.name, f"x{archive.name}")),
        ):
            sums.write_text(text)
            step = use({"version": "", "mode": "diff"})
            checks.equal(step.result.status, 2, f"{what} fails, and nothing is built instead", step.text)
            checks.expect("SHA256SUMS" in step.result.output, f"{what} is said", step.text)
        sums.write_text(good)
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        sums.write_text(good.replace(good[:64], hashlib.sha256(archive.read_bytes()).hexdigest()))
        step = use({"version": "", "mode": "diff"})
        checks.equal(step.result.status, 2, "a broken archive fails", step.text)

    # Building takes minutes, so Cargo is played here: what matters is where and how it is called.
    fake = stage.work / "fake" / "cargo"
    fake.parent.mkdir()
    fake.write_text(
        '#!/bin/sh\nset -e\nwhile [ $# -gt 0 ]; do [ "$1" = --root ] && root=$2; [ "$1" = --locked ] && locked=1; shift; done\n'
        f'[ "$locked" ] && [ "$PWD" = "{ROOT}" ]\nmkdir -p "$root/bin"\ncp "{stage.lambdalift}" "$root/bin/"\n'
    )
    fake.chmod(0o755)
    environment = {"PATH": f"{fake.parent}:{stage.environment['PATH']}"}
    for version in ("", "source"):
        step = runner.use(stage, workspace, {"version": version, "mode": "diff"}, environment=environment)
        checks.equal(step.result.status, 0, f"without a release, version {version!r} is built, locked, in its own place", step.text)
    fake.write_text("#!/bin/sh\nexit 101\n")
    step = runner.use(stage, workspace, {"version": "source"}, environment=environment)
    checks.equal(step.result.status, 2, "a build that fails is said", step.text)
    step = runner.use(stage, workspace, {"version": "path"}, environment={"PATH": "/usr/bin:/bin"})
    checks.equal(step.result.status, 2, "no binary on the PATH is said", step.text)
    return checks


@contextmanager
def serving(directory: Path):
    """A server on the loopback interface, for as long as it is needed."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Says nothing."""

    handler = partial(Quiet, directory=str(directory))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def tree(directory: Path) -> dict[str, bytes]:
    """All files below a directory, git's aside."""
    return {
        str(file.relative_to(directory)): file.read_bytes()
        for file in sorted(directory.rglob("*"))
        if file.is_file() and ".git" not in file.relative_to(directory).parts
    }


class Page(HTMLParser):
    """What is left of HTML in the eyes of a test."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.preformatted = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes rows and cells."""
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        """Closes what is open."""
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Text of cells and of blocks."""
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data
        elif "pre" in self._open:
            self.preformatted += data


def rendered(stage: Stage, markdown: str) -> Page:
    """Markdown as GitHub renders it, before it sanitises."""
    file = stage.work / "summary.md"
    file.write_text(markdown)
    code = (
        "import sys, cmarkgfm; from cmarkgfm.cmark import Options;"
        "print(cmarkgfm.github_flavored_markdown_to_html(open(sys.argv[1]).read(), options=Options.CMARK_OPT_UNSAFE))"
    )
    page = Page()
    page.feed(stage.must("python", "-c", code, str(file), directory=stage.work).output)
    return page
