"""The job summary: GitHub's Markdown, in which what comes from a template is text and nothing else."""

from __future__ import annotations

import re

# GitHub refuses the whole summary of a step above 1 MiB.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
LIMIT = 1024 * 1024
TABLE_SHARE = 400_000
STEPS_SHARE = 300_000
# What is said between the shares, and what was cut off.
RESERVE = 20_000

# The order of the table: what a person has to look at comes first.
VERDICTS = {
    "declined": "declined",
    "held-back": "held back",
    "migrated-with-follow-up": "migrated, a step is left to do",
    "migrated": "migrated",
    "ignored": "ignored",
}
HEADINGS = {
    "check": "would change",
    "diff": "would change",
    "write": "changed",
}


def markdown(report: dict, diff: str, mode: str) -> str:
    """The summary of a run."""
    parts = [heading(report, mode), table(report), steps(report)]
    used = sum(size(part) for part in parts)
    parts.append(folded(diff, LIMIT - RESERVE - used))
    return "".join(parts)


def heading(report: dict, mode: str) -> str:
    """What there is to know in a line, and what could not be looked at."""
    counts = report["summary"]
    files = counts["files_changed"] + len(report["build_files"])
    what = f"{files} {'file' if files == 1 else 'files'} {HEADINGS[mode]}" if files else "nothing to change"
    lines = [f"## lambdalift: {what}", ""]
    if mode == "write" and counts["files_written"] < counts["files_changed"]:
        lines += [f"Only {counts['files_written']} of {counts['files_changed']} templates could be written.", ""]
    numbers = [
        f"{counts[name]} {word}"
        for name, word in (
            ("migrated", "migrated"),
            ("migrated_with_follow_up", "migrated with a step left to do"),
            ("declined", "declined"),
            ("held_back", "held back"),
            ("ignored", "ignored"),
            ("current", "already current"),
            ("other_runtime", "on other runtimes"),
        )
        if counts[name]
    ]
    lines += [f"Templates: {counts['templates']}. Functions: {', '.join(numbers) or 'none'}.", ""]
    for failure in report["errors"][:50]:
        place = f"{code(failure['path'])}: " if failure.get("path") else ""
        lines.append(f"- **error** {place}{text(failure['message'])}")
    if report["errors"]:
        lines.append("")
    return "\n".join(lines) + "\n"


def table(report: dict) -> str:
    """The functions that leave a runtime, or should."""
    order = list(VERDICTS)
    rows = sorted(
        (
            (order.index(function["verdict"]), file["path"], function["line"], function)
            for file in report["files"]
            for function in file["functions"]
            if function["verdict"] in VERDICTS
        ),
        key=lambda row: row[:3],
    )
    if not rows:
        return ""
    lines = [
        f"| {code(function['logical_id'])} | {code(f'{path}:{line}')} | "
        f"{code(', '.join(function['runtimes']) or 'unknown')} | {VERDICTS[function['verdict']]} |"
        for _, path, line, function in rows
    ]
    head = ["| function | template | runtime | verdict |", "|---|---|---|---|"]
    return "\n".join(head + within(lines, TABLE_SHARE, "functions")) + "\n\n"


def steps(report: dict) -> str:
    """What a person has to do."""
    lines = []
    for file in report["files"]:
        for finding in file["findings"]:
            if finding["effect"] not in ("decline", "follow-up") and finding["severity"] != "error":
                continue
            place = f"{file['path']}:{finding['location']['start']['line']}"
            help_ = f" Next: {text(finding['help'])}" if finding.get("help") else ""
            lines.append(f"- {code(place)} **{text(finding['rule'])}** {text(finding['message'])}.{help_}")
    if not lines:
        return ""
    return "### Left to do\n\n" + "\n".join(within(lines, STEPS_SHARE, "findings")) + "\n\n"


def folded(diff: str, room: int) -> str:
    """The diff, behind a line to click on; files that do not fit are named in their number."""
    if not diff.strip():
        return ""
    files = re.split(r"(?m)^(?=--- )", plain(diff))
    kept = within([file for file in files if file], room, None)
    # A removed line that begins with `-- ` looks like the start of a file: as good a place to cut as any.
    left_out = sum(file.count("\n+++ ") for file in files) - sum(file.count("\n+++ ") for file in kept)
    body = "".join(kept)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
    note = f"\nThe diff of {left_out} more files does not fit in here.\n" if left_out else ""
    if not body:
        return note + "\n"
    return f"<details><summary>The diff</summary>\n\n{fence}diff\n{body.rstrip()}\n{fence}\n\n</details>\n{note}\n"


def within(lines: list[str], room: int, what: str | None) -> list[str]:
    """As many lines as fit; the last one says how many did not, of `what`."""
    kept = []
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            break
        kept.append(line)
    if what and len(kept) < len(lines):
        kept += ["", f"{len(lines) - len(kept)} more {what} do not fit in here."]
    return kept


def code(value: str) -> str:
    """A value as code. Not between backticks: they would need care with backticks and bars."""
    return f"<code>{text(value)}</code>"


def text(value: str) -> str:
    """A value as text: every character that Markdown, HTML or GitHub's links could mean something by is a reference."""
    return re.sub(r"[^A-Za-z0-9 ,;/()-]", lambda found: f"&#{ord(found[0])};", plain(value.replace("\n", " ")))


def plain(value: str) -> str:
    """Without control characters and those that turn the direction of writing, which make a text look like another."""
    return re.sub(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]",
        lambda found: "" if found[0] == "\r" else f"\\u{{{ord(found[0]):x}}}",
        value,
    )


def size(value: str) -> int:
    """In bytes, as the limit counts."""
    return len(value.encode("utf-8", "replace"))
