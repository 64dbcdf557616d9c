"""What findings leave to a person, as data that can be done here."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Replacement:
    """A place in a file of the app that lambdalift did not dare to edit."""

    file: str
    old: str
    new: str
    help: str
    """The help of the finding, word for word."""
    stops_build = False
    """Whether a build without the step fails. This one is the dangerous kind: it stays green."""

    def take(self, directory: Path) -> str | None:
        """Does it in a copy of the app; what is wrong if it cannot be done."""
        file = directory / self.file
        text = file.read_text()
        if text.count(self.old) != 1:
            return f"`{self.old}` is not there exactly once:\n{text}"
        file.write_text(text.replace(self.old, self.new))
        return None


@dataclass(frozen=True)
class Removal:
    """A binary that an earlier build left where a directory has to be."""

    file: str
    help: str
    """The help of the finding, word for word."""
    stops_build = True
    """`go build` does not put a directory in the place of a file."""

    def take(self, directory: Path) -> str | None:
        """Does it in a copy of the app; what is wrong if it cannot be done."""
        file = directory / self.file
        if not file.is_file():
            return f"there is no file {self.file}"
        file.unlink()
        return None


Step = Replacement | Removal
