"""One file of a diff, and the cursor that reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Status: TypeAlias = Literal["A", "M", "D", "R", "C"]
Side: TypeAlias = Literal["added", "removed", "now", "was"]
Line: TypeAlias = "tuple[int, str]"
"""A line's number on its side, from 1, and its text without line end."""


class DiffInvalid(Exception):
    """The text is not git's output: ``line`` from 1, and the reason in English."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class FileDiff:
    """What happens to one file. Lines are in the order of the diff; every number is that of the line on its side."""

    path: str
    """Its name afterwards; of a deleted file, the one that it had."""
    old_path: str | None = None
    """The name before, where it is another."""
    status: Status = "M"
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False
    """Its content is not shown."""
    parents: int = 1
    """More than one: a combined diff, which leaves out what came from one side alone."""
    added: list[Line] = field(default_factory=list[Line])
    removed: list[Line] = field(default_factory=list[Line])
    now: list[Line] = field(default_factory=list[Line])
    """The new side as far as it is shown: lines that were kept, and those that were added."""
    was: list[Line] = field(default_factory=list[Line])
    """The old side as far as it is shown: lines that were kept, and those that were taken away."""

    is_joined: bool = False
    """One file that went and one that came: both are shown with every line."""
    lowered: dict[Side, str] = field(default_factory=dict["Side", str])

    def lines(self, side: Side) -> list[Line]:
        """The lines of a side."""
        sides = {"added": self.added, "removed": self.removed, "now": self.now, "was": self.was}
        return sides[side]

    def lower(self, side: Side) -> str:
        """All lines of a side in lower case: what is looked through first. Made once."""
        if side not in self.lowered:
            twin: Side = "added" if side == "now" else "removed"
            if side in {"now", "was"} and len(self.lines(twin)) == len(self.lines(side)):
                return self.lower(twin)
            self.lowered[side] = "\n".join([text for _, text in self.lines(side)]).lower()
        return self.lowered[side]

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and the one it had before."""
        return (self.path,) if self.old_path is None else (self.path, self.old_path)


class Cursor:
    """The lines of a diff and where we are in them."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self.at = 0

    @property
    def line(self) -> str | None:
        """The line that comes next; None at the end."""
        return self.lines[self.at] if self.at < len(self.lines) else None

    def starts(self, *words: str) -> bool:
        """Whether the next line begins with any of these."""
        return self.line is not None and self.line.startswith(words)

    def fail(self, reason: str) -> NoReturn:
        """Raise DiffInvalid at the next line."""
        raise DiffInvalid(self.at + 1, reason)
