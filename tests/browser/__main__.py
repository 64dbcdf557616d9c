"""The browser stage: the page of `lambdalift report --format html` in headless Chromium.

`python3 tests/browser target/debug/lambdalift`. Needs Linux with Chromium and its driver, and installs them
with `apt-get` if they are missing; `LAMBDALIFT_SKIP_BROWSER=1` skips it. Screenshots stay in `target/browser`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from driver import Browser, Page

ROOT = Path(__file__).resolve().parent.parent.parent
SKIP = "LAMBDALIFT_SKIP_BROWSER"
# Names that would do something if the page took them for HTML.
HOSTILE = "<img src=x onerror=\"document.title='taken'\"></td></script><script>document.title='taken'</script>"


def main(arguments: list[str]) -> int:
    """Runs the stage; the exit status."""
    if os.environ.get(SKIP):
        print(f"browser stage skipped: {SKIP} is set")
        return 0
    if len(arguments) != 1:
        print("usage: python3 tests/browser LAMBDALIFT", file=sys.stderr)
        return 2
    shots = ROOT / "target" / "browser"
    shots.mkdir(parents=True, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="lambdalift-") as directory:
        work = Path(directory)
        try:
            install()
            page = make_page(Path(arguments[0]).resolve(strict=True), work)
            for scripts in (False, True):
                checks = WITH_SCRIPTS if scripts else WITHOUT_SCRIPTS
                with Browser(work / f"profile-{scripts}", scripts) as browser:
                    for check in checks:
                        try:
                            check(browser.open(page), shots)
                            print(f"ok      {check.__doc__}")
                        except AssertionError as error:
                            failed.append(check)
                            print(f"FAILED  {check.__doc__}: {error}")
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            print(f"browser stage FAILED: {error}", file=sys.stderr)
            return 1
    print(f"browser stage: {len(WITHOUT_SCRIPTS + WITH_SCRIPTS) - len(failed)} checks ok, {len(failed)} FAILED")
    return 1 if failed else 0


def install() -> None:
    """Installs what comes from Debian, if it is missing."""
    wanted = {"chromium": "chromium", "chromedriver": "chromium-driver"}
    missing = [package for program, package in wanted.items() if not shutil.which(program)]
    if not missing:
        return
    print(f"installing {' '.join(missing)}", flush=True)
    manager = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    if os.geteuid() != 0:
        manager = ["sudo", "-n", *manager]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = [*manager, "install", "-y", "--no-install-recommends", *missing]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)
    if done.returncode != 0:
        # The package lists may be missing or out of date.
        subprocess.run([*manager, "update"], capture_output=True, env=environment, timeout=300)
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900)
    if done.returncode != 0:
        raise RuntimeError(f"please install {' '.join(missing)}:\n{done.stdout}{done.stderr}")


def make_page(lambdalift: Path, work: Path) -> Path:
    """The page of three repositories: two real runs and one with hostile names."""
    environment = {"PATH": os.environ["PATH"]}

    def run(*options: str) -> None:
        subprocess.run([lambdalift, *options], cwd=ROOT, env=environment, check=True, capture_output=True)

    for label, path in (("acme/sample", "testdata/sample"), ("acme/shared", "testdata/rules/shared-value")):
        report = str(work / f"{len(path)}.jsonl")
        run("--format", "jsonl", "--label", label, "--output", report, "--quiet", path)
    hostile = {
        "version": 1,
        "label": HOSTILE,
        "kind": "function",
        "path": HOSTILE,
        "line": 7,
        "logical_id": HOSTILE,
        "runtimes": [HOSTILE],
        "origin": None,
        "verdict": "declined",
    }
    (work / "hostile.jsonl").write_text(json.dumps(hostile) + "\n")
    page = work / "page.html"
    reports = [str(path) for path in sorted(work.glob("*.jsonl"))]
    run("report", "--format", "html", "--output", str(page), *reports)
    return page


def expect(actual: object, expected: object) -> None:
    """Fails unless the two are equal."""
    assert actual == expected, f"{actual!r} is not {expected!r}"


def is_readable(page: Page, shots: Path) -> None:
    """without scripts every function, number and next step is there"""
    page.screenshot(shots / "without-scripts.png")
    # An element's text is asked of the driver, which needs no script of the page.
    text = page.text("body")
    for part in ("OrderIntake", "acme/shared", "declined", "Next step", "go build", HOSTILE):
        assert part in text, f"{part} is missing"
    expect(page.count("th button"), 0)
    assert page.count("svg rect") > 3, "no chart"


def is_alone(page: Page, shots: Path) -> None:
    """nothing is fetched, nothing hostile runs, nothing is logged"""
    page.screenshot(shots / "light.png")
    expect(page.run("return performance.getEntriesByType('resource').length"), 0)
    expect(page.run("return document.title"), "Lambda functions")
    expect(page.count("img"), 0)
    expect(page.count("script"), 1)
    expect(page.log(), [])


def column(page: Page, index: int) -> list[str]:
    """The texts of a column of the table of functions, of the rows that show."""
    script = "return [...document.querySelectorAll('table.functions tbody tr:not([hidden])')]"
    return page.run(f"{script}.map(row => row.cells[{index}].textContent)")


def sorts_by_click(page: Page, shots: Path) -> None:
    """a click on a header sorts, a second one turns the order"""
    before = column(page, 4)
    page.click("table.functions th:nth-child(5) button")
    expect(column(page, 4), sorted(before))
    expect(page.attribute("table.functions th:nth-child(5)", "aria-sort"), "ascending")
    page.click("table.functions th:nth-child(5) button")
    expect(column(page, 4), sorted(before, reverse=True))
    expect(page.attribute("table.functions th:nth-child(5)", "aria-sort"), "descending")
    page.click("table.functions th:nth-child(1) button")
    expect(page.attribute("table.functions th:nth-child(5)", "aria-sort"), None)
    page.screenshot(shots / "sorted.png")


def sorts_by_key(page: Page, shots: Path) -> None:
    """the keyboard alone reaches a header and sorts"""
    before = column(page, 1)
    page.focus("#filter")
    # The table scrolls, so it can be focused itself.
    page.keys("\ue004", "\ue004", "\ue004", "\ue007")
    expect(page.run("return document.activeElement.textContent"), "Function")
    after = column(page, 1)
    assert after != before, "nothing was sorted"
    # Where punctuation goes is the collation's business.
    words = [[name for name in names if name.isalnum()] for names in (before, after)]
    expect(words[1], sorted(words[0], key=str.casefold))


def filters(page: Page, shots: Path) -> None:
    """typing leaves the rows that hold all the words"""
    page.focus("#filter")
    page.keys(*"SAMPLE declined")
    expect(column(page, 1), ["DailyReport", "MonthlyReport"])
    assert page.text("output").startswith("2 of "), page.text("output")
    page.screenshot(shots / "filtered.png")


def is_dark(page: Page, shots: Path) -> None:
    """the colours follow those of the system"""
    background = "return getComputedStyle(document.body).backgroundColor"
    expect(page.run(background), "rgb(255, 255, 255)")
    page.prefer("dark")
    expect(page.run(background), "rgb(15, 19, 24)")
    page.screenshot(shots / "dark.png")
    page.prefer("light")


WITHOUT_SCRIPTS: list[Callable[[Page, Path], None]] = [is_readable]
WITH_SCRIPTS: list[Callable[[Page, Path], None]] = [is_alone, sorts_by_click, sorts_by_key, filters, is_dark]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
