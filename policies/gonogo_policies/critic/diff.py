"""Git's own output, read strictly: ``git diff`` and what prints as it does, file by file, line numbers on both sides.

What is no such output is refused with the line on which it goes wrong: a reader that guesses can be led past a line.
Names are held against each other wherever the format says them twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NoReturn, TypeAlias

from gonogo_policies.critic.diff_names import NotAName, header_fits, header_name, read_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Status: TypeAlias = Literal["A", "M", "D", "R", "C"]
Side: TypeAlias = Literal["added", "removed", "now"]
Line: TypeAlias = "tuple[int, str]"
"""A line's number on its side, from 1, and its text without line end."""

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@(?: .*)?", re.DOTALL)
_COMBINED = re.compile(r"(@{3,9}) ((?:-\d{1,9}(?:,\d{1,9})? )+)\+(\d{1,9})(?:,(\d{1,9}))? @{3,9}(?: .*)?", re.DOTALL)
_SIMILAR = re.compile(r"\d{1,3}%")
_MODE = re.compile(r"[0-7]{6}")
_INDEX = re.compile(r"[0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: [0-7]{6})?")
_INDEXES = re.compile(r"[0-9a-f]{4,64}(?:,[0-9a-f]{4,64})+\.\.[0-9a-f]{4,64}")
_BINARY = re.compile(r"Binary files .* differ", re.DOTALL)
_LITERAL = re.compile(r"(?:literal|delta) \d+")
_PACKED = re.compile(r"[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]+")
_NO_NEWLINE = "\\ "
_NOTHING = "/dev/null"
_BEGINS = {"diff --git ": 1, "diff --cc ": 2, "diff --combined ": 2}
"""How a file begins, and the least number of parents that it is held against."""
_HEADERS = (
    *("old mode ", "new mode ", "deleted file mode ", "new file mode ", "copy from ", "copy to ", "rename from "),
    *("rename to ", "similarity index ", "dissimilarity index ", "index ", "mode "),
)
_VALUES = {"similarity index ": _SIMILAR, "dissimilarity index ": _SIMILAR}


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

    _lower: dict[Side, str] = field(default_factory=dict["Side", str])

    def lower(self, side: Side) -> str:
        """All lines of a side in lower case: what is looked through first. Made once."""
        if side not in self._lower:
            lines = self.added if side == "added" else self.removed if side == "removed" else self.now
            self._lower[side] = "\n".join([text for _, text in lines]).lower()
        return self._lower[side]

    @property
    def names(self) -> tuple[str, ...]:
        """The name, and the one it had before."""
        return (self.path,) if self.old_path is None else (self.path, self.old_path)


def read_diff(data: bytes) -> tuple[FileDiff, ...]:
    """Read a whole diff; none at all is no file.

    Bytes that are no UTF-8 stay as they are, as lone surrogates in text and as ``%FF`` in names.

    Raises:
        DiffInvalid: it is not git's output, is cut short, or says one thing in two ways.
    """
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[-1]:
        raise DiffInvalid(len(lines), "the last line does not end: the diff was cut short")
    return tuple(_Reader(lines[:-1]).files())


class _Reader:
    """A cursor over the lines."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._at: int = 0

    def files(self) -> Iterable[FileDiff]:
        """Every section, in order."""
        while self._at < len(self._lines):
            yield self._file()

    def _file(self) -> FileDiff:
        start, line = self._at, self._lines[self._at]
        word = next((word for word in _BEGINS if line.startswith(word)), None)
        if word is None:
            self._fail("a file begins with 'diff --git'")
        self._at += 1
        try:
            return self._section(line.removeprefix(word), _BEGINS[word])
        except NotAName as error:
            raise DiffInvalid(start + 1, f"names that do not fit together: {error}") from error

    def _section(self, names: str, parents: int) -> FileDiff:
        said = self._headers()
        before, after = said.get("rename from ", said.get("copy from ")), said.get("rename to ", said.get("copy to "))
        if (before is None) != (after is None) or ("rename from " in said) != ("rename to " in said):
            self._fail("one half of a renaming")
        marks = self._marks()
        # the name stands in up to three places, and all of them must say the same
        old = read_name(before, "") if before is not None else None
        new = read_name(after, "") if after is not None else None
        shown_old, shown_new = marks or ("", "")
        if parents == 1:
            here = header_name(names) if old is None else None
            old, new = old or _real(shown_old, "a/") or here, new or _real(shown_new, "b/") or here
            old, new = old or new, new or old
        else:
            old = new = read_name(names, "")
        if old is None or new is None or (parents == 1 and not header_fits(names, old, new)):
            raise NotAName(names)
        for shown, prefix, name in ((shown_old, "a/", old), (shown_new, "b/", new)):
            if shown not in {"", _NOTHING} and read_name(shown, prefix) != name:
                raise NotAName(shown)
        made = FileDiff(new, None if old == new else old, _status(said), parents=parents)
        made.old_mode, made.new_mode = _modes(said)
        self._check_sides(made, marks)
        self._body(made, said, marks)
        return made

    def _headers(self) -> dict[str, str]:
        said: dict[str, str] = {}
        while self._at < len(self._lines):
            line = self._lines[self._at]
            word = next((word for word in _HEADERS if line.startswith(word)), None)
            if word is None:
                break
            value = line.removeprefix(word)
            wanted = _VALUES.get(word)
            if word in said or (wanted is not None and not wanted.fullmatch(value)):
                self._fail("a header line that stands twice or is no such line")
            if word == "index " and not (_INDEX.fullmatch(value) or _INDEXES.fullmatch(value)):
                self._fail("no index line")
            if "mode" in word and not all(map(_MODE.fullmatch, re.split(r"\.\.|,", value))):
                self._fail("no mode")
            said[word] = value
            self._at += 1
        return said

    def _marks(self) -> tuple[str, str] | None:
        """The ``---`` and ``+++`` lines."""
        if self._at >= len(self._lines) or not self._lines[self._at].startswith("--- "):
            return None
        old = self._lines[self._at][4:]
        self._at += 1
        if self._at >= len(self._lines) or not self._lines[self._at].startswith("+++ "):
            self._fail("'---' without '+++'")
        new = self._lines[self._at][4:]
        self._at += 1
        return old, new

    def _check_sides(self, made: FileDiff, marks: tuple[str, str] | None) -> None:
        """A file that is made has no side before, one that is deleted none afterwards, and every other has both."""
        if marks is None or made.parents > 1:
            return
        if (marks[0] == _NOTHING) != (made.status == "A") or (marks[1] == _NOTHING) != (made.status == "D"):
            self._fail("its sides are not those of a file that is added, deleted or changed")

    def _body(self, made: FileDiff, said: dict[str, str], marks: tuple[str, str] | None) -> None:
        if marks is not None:
            if not self._hunk(made):
                self._fail("a hunk is expected")
            while self._hunk(made):
                pass
            return
        line = self._lines[self._at] if self._at < len(self._lines) else ""
        if _BINARY.fullmatch(line):
            made.binary = True
            self._at += 1
        elif line == "GIT binary patch":
            made.binary = True
            self._at += 1
            self._packed()
        elif not said:
            self._fail("a file to which nothing happens")

    def _packed(self) -> None:
        """The two parts of a packed binary file, each up to an empty line. They are not read."""
        if self._at >= len(self._lines) or not _LITERAL.fullmatch(self._lines[self._at]):
            self._fail("no packed binary file")
        while self._at < len(self._lines) and _LITERAL.fullmatch(self._lines[self._at]):
            self._at += 1
            while self._at < len(self._lines) and self._lines[self._at]:
                if not _PACKED.fullmatch(self._lines[self._at]):
                    self._fail("no packed binary file")
                self._at += 1
            self._at += 1

    def _hunk(self, made: FileDiff) -> bool:
        """Read one hunk, if there is one."""
        if self._at >= len(self._lines) or not self._lines[self._at].startswith("@@"):
            return False
        if made.parents > 1:
            self._combined(made)
            return True
        found = _HUNK.fullmatch(self._lines[self._at])
        if found is None:
            self._fail("no hunk")
        old_at, old_left, new_at, new_left = (int(part) if part is not None else 1 for part in found.groups())
        if (made.status == "A" and old_left) or (made.status == "D" and new_left) or not old_left + new_left:
            self._fail("a hunk with lines on a side that is not there")
        last = made.now[-1][0] if made.now else 0, made.removed[-1][0] if made.removed else 0
        if (new_left and new_at <= last[0]) or (old_left and old_at <= last[1]):
            self._fail("hunks in the wrong order")
        self._at += 1
        self._plain(made, (old_at, old_left), (new_at, new_left))
        return True

    def _plain(self, made: FileDiff, old: tuple[int, int], new: tuple[int, int]) -> None:
        """The lines of one hunk. This loop is what a large diff costs."""
        (old_at, old_left), (new_at, new_left) = old, new
        lines, here, size = self._lines, self._at, len(self._lines)
        added, removed, now = made.added.append, made.removed.append, made.now.append
        while old_left or new_left:
            line = lines[here] if here < size else ""
            sign = line[:1]
            if sign == "+" and new_left:
                entry = (new_at, line[1:])
                added(entry)
                now(entry)
                new_at += 1
                new_left -= 1
            elif sign == " " and old_left and new_left:
                now((new_at, line[1:]))
                old_at += 1
                new_at += 1
                old_left -= 1
                new_left -= 1
            elif sign == "-" and old_left:
                removed((old_at, line[1:]))
                old_at += 1
                old_left -= 1
            elif not line.startswith(_NO_NEWLINE):
                self._at = here
                self._fail("a hunk with other lines than it counts")
            here += 1
        self._at = here
        if here < size and lines[here].startswith(_NO_NEWLINE):
            self._at += 1

    def _combined(self, made: FileDiff) -> None:
        """One hunk with as many signs before each line as there are parents."""
        found = _COMBINED.fullmatch(self._lines[self._at])
        parents = len(found[1]) - 1 if found else 0
        if found is None or found[2].count("-") != parents:
            self._fail("no hunk")
        made.parents = parents
        left = [int(part.partition(",")[2] or 1) for part in found[2].split()]
        new_at, new_left = int(found[3]), int(found[4] or 1)
        self._at += 1
        while new_left or any(left):
            line = self._lines[self._at] if self._at < len(self._lines) else ""
            if line.startswith(_NO_NEWLINE):
                self._at += 1
                continue
            signs, gone = line[:parents], "-" in line[:parents]
            if len(signs) < parents or set(signs) - {" ", "-" if gone else "+"} or (new_left == 0 and not gone):
                self._fail("a hunk with other lines than it counts")
            for parent, sign in enumerate(signs):
                left[parent] -= sign == ("-" if gone else " ")
            if min(left) < 0:
                self._fail("a hunk with other lines than it counts")
            entry = (new_at, line[parents:])
            if gone:
                made.removed.append(entry)
            else:
                made.now.append(entry)
                new_at, new_left = new_at + 1, new_left - 1
                if "+" in signs:
                    made.added.append(entry)
            self._at += 1
        if self._at < len(self._lines) and self._lines[self._at].startswith(_NO_NEWLINE):
            self._at += 1

    def _fail(self, reason: str) -> NoReturn:
        raise DiffInvalid(self._at + 1, reason)


def _real(shown: str, prefix: str) -> str | None:
    return None if shown in {"", _NOTHING} else read_name(shown, prefix)


def _status(said: dict[str, str]) -> Status:
    if "new file mode " in said:
        return "A"
    if "deleted file mode " in said:
        return "D"
    if "rename from " in said:
        return "R"
    return "C" if "copy from " in said else "M"


def _modes(said: dict[str, str]) -> tuple[str, str]:
    """Modes before and after, where the diff says them."""
    _, _, kept = said.get("index ", "").partition(" ")
    return (
        said.get("old mode ") or said.get("deleted file mode ") or kept,
        said.get("new mode ") or said.get("new file mode ") or kept,
    )
