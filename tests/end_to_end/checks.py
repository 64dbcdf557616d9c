"""One line a check, and how many went wrong."""

from collections.abc import Iterable


class Checks:
    """The checks of one subject, collected so that subjects that run side by side print in order."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.passed = 0
        self.failed = 0
        self._lines: list[str] = []

    def expect(self, holds: bool, what: str, evidence: str = "") -> bool:
        """Notes whether `what` holds; `evidence`, e.g. a tool's output, is shown if it does not."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        self._lines.append(f"{'ok' if holds else 'FAILED':6} {self.subject}: {what}")
        if not holds and evidence:
            self._lines.extend(f"         {line}" for line in evidence.splitlines())
        return holds

    def equal(self, found: object, expected: object, what: str, evidence: str = "") -> bool:
        """As `expect`, and shows both values if they differ."""
        values = f"expected {expected!r}\n   found {found!r}\n"
        return self.expect(found == expected, what, values + evidence)

    def print(self) -> None:
        """Prints the lines of this subject."""
        print("\n".join(self._lines), flush=True)


def totals(groups: Iterable[Checks]) -> tuple[int, int]:
    """How many checks passed and failed."""
    groups = list(groups)
    return sum(group.passed for group in groups), sum(group.failed for group in groups)
