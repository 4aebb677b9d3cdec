"""Git's own output, read strictly: ``git diff`` and what prints as it does, file by file, line numbers on both sides.

What is no such output is refused with the line on which it goes wrong: a reader that guesses can be led past a line.
Names are held against each other wherever the format says them twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo_policies.critic.diff_file import Cursor, DiffInvalid, FileDiff
from gonogo_policies.critic.diff_hunks import read_hunk
from gonogo_policies.critic.diff_names import NotAName, header_fits, header_name, read_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_policies.critic.diff_file import Status

_SIMILAR = re.compile(r"\d{1,3}%")
_MODE = re.compile(r"[0-7]{6}")
_INDEX = re.compile(r"[0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: [0-7]{6})?")
_INDEXES = re.compile(r"[0-9a-f]{4,64}(?:,[0-9a-f]{4,64})+\.\.[0-9a-f]{4,64}")
_BINARY = re.compile(r"Binary files .* differ", re.DOTALL)
_LITERAL = re.compile(r"(?:literal|delta) \d+")
_PACKED = re.compile(r"[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]+")
_NOTHING = "/dev/null"
_BEGINS = {"diff --git ": 1, "diff --cc ": 2, "diff --combined ": 2}
"""How a file begins, and the least number of parents that it is held against."""
_HEADERS = (
    *("old mode ", "new mode ", "deleted file mode ", "new file mode ", "copy from ", "copy to ", "rename from "),
    *("rename to ", "similarity index ", "dissimilarity index ", "index ", "mode "),
)
_VALUES = {"similarity index ": _SIMILAR, "dissimilarity index ": _SIMILAR}


def read_diff(data: bytes) -> tuple[FileDiff, ...]:
    """Read a whole diff; none at all is no file.

    Bytes that are no UTF-8 stay as they are, as lone surrogates in text and as ``%FF`` in names. Nul bytes are left
    out: what is written in UTF-16 is read as its letters.

    Raises:
        DiffInvalid: it is not git's output, is cut short, or says one thing in two ways.
    """
    lines = data.replace(b"\0", b"").decode("utf-8", "surrogateescape").split("\n")
    if lines[-1]:
        raise DiffInvalid(len(lines), "the last line does not end: the diff was cut short")
    return tuple(_files(Cursor(lines[:-1])))


def _files(here: Cursor) -> Iterator[FileDiff]:
    """The files. One that comes twice would hide what was found in it first; only another kind of file is told so."""
    seen: dict[str, Status] = {}
    while here.line is not None:
        start = here.at
        file = _file(here)
        if file.path in seen and (seen[file.path], file.status) != ("D", "A"):
            raise DiffInvalid(start + 1, "a file that comes twice")
        seen[file.path] = file.status
        yield file


def _file(here: Cursor) -> FileDiff:
    start, line = here.at, here.lines[here.at]
    word = next((word for word in _BEGINS if line.startswith(word)), None)
    if word is None:
        here.fail("a file begins with 'diff --git'")
    here.at += 1
    try:
        return _section(here, line.removeprefix(word), _BEGINS[word])
    except NotAName as error:
        raise DiffInvalid(start + 1, f"names that do not fit together: {error}") from error


def _section(here: Cursor, names: str, parents: int) -> FileDiff:
    said = _headers(here)
    if ("rename from " in said, "copy from " in said) != ("rename to " in said, "copy to " in said):
        here.fail("one half of a renaming")
    marks = _marks(here)
    old, new = _names(names, said, marks or ("", ""), parents)
    made = FileDiff(new, None if old == new else old, _status(said), parents=parents)
    made.old_mode, made.new_mode = _modes(said)
    _check_sides(here, made, marks)
    _body(here, made, said, marks)
    return made


def _names(names: str, said: dict[str, str], marks: tuple[str, str], parents: int) -> tuple[str, str]:
    """The name before and afterwards. It stands in up to three places, and all of them must say the same."""
    if parents > 1:
        old = new = read_name(names, "")
    else:
        before, after = said.get("rename from ", said.get("copy from ")), said.get("rename to ", said.get("copy to "))
        one = header_name(names) if before is None else None
        first = read_name(before, "") if before is not None else _shown(marks[0], "a/") or one
        then = read_name(after, "") if after is not None else _shown(marks[1], "b/") or one
        old, new = first or then or "", then or first or ""
        if not old or not header_fits(names, old, new):
            raise NotAName(names)
    for mark, prefix, name in ((marks[0], "a/", old), (marks[1], "b/", new)):
        if _shown(mark, prefix) not in {None, name}:
            raise NotAName(mark)
    return old, new


def _headers(here: Cursor) -> dict[str, str]:
    said: dict[str, str] = {}
    while (line := here.line) is not None:
        word = next((word for word in _HEADERS if line.startswith(word)), None)
        if word is None:
            break
        value = line.removeprefix(word)
        wanted = _VALUES.get(word)
        if word in said or (wanted is not None and not wanted.fullmatch(value)):
            here.fail("a header line that stands twice or is no such line")
        if word == "index " and not (_INDEX.fullmatch(value) or _INDEXES.fullmatch(value)):
            here.fail("no index line")
        if "mode" in word and not all(map(_MODE.fullmatch, re.split(r"\.\.|,", value))):
            here.fail("no mode")
        said[word] = value
        here.at += 1
    return said


def _marks(here: Cursor) -> tuple[str, str] | None:
    """The ``---`` and ``+++`` lines."""
    if not here.starts("--- "):
        return None
    old = here.lines[here.at][4:]
    here.at += 1
    if not here.starts("+++ "):
        here.fail("'---' without '+++'")
    new = here.lines[here.at][4:]
    here.at += 1
    return old, new


def _check_sides(here: Cursor, made: FileDiff, marks: tuple[str, str] | None) -> None:
    """A file that is made has no side before, one that is deleted none afterwards, and every other has both."""
    if marks is None or made.parents > 1:
        return
    if (marks[0] == _NOTHING) != (made.status == "A") or (marks[1] == _NOTHING) != (made.status == "D"):
        here.fail("its sides are not those of a file that is added, deleted or changed")


def _body(here: Cursor, made: FileDiff, said: dict[str, str], marks: tuple[str, str] | None) -> None:
    if marks is not None:
        if not read_hunk(here, made):
            here.fail("a hunk is expected")
        while read_hunk(here, made):
            pass
        return
    line = here.line or ""
    if _BINARY.fullmatch(line):
        made.binary = True
        here.at += 1
    elif line == "GIT binary patch":
        made.binary = True
        here.at += 1
        _packed(here)
    elif not said:
        here.fail("a file to which nothing happens")


def _packed(here: Cursor) -> None:
    """The two parts of a packed binary file, each up to an empty line. They are not read."""
    if not _LITERAL.fullmatch(here.line or ""):
        here.fail("no packed binary file")
    while _LITERAL.fullmatch(here.line or ""):
        here.at += 1
        while here.line:
            if not _PACKED.fullmatch(here.line):
                here.fail("no packed binary file")
            here.at += 1
        if here.line is None:
            here.fail("a packed binary file that does not end")
        here.at += 1


def _shown(shown: str, prefix: str) -> str | None:
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
