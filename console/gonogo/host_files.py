"""Writing what a host's export lists into a repository: ours is known again, foreign entries stay as they are.

Everything is planned before anything is written: a foreign file in a place of ours, a link on the way, or a JSON file
that cannot be read stops the whole export, and nothing has changed.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_agents.hosts import HostFile, JsonMerge, Section, Whole
from gonogo_agents.hosts.interface import HOOK
from gonogo_evidence.errors import BadInput
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from gonogo_evidence.text import Text

LIMIT: Final = 4 << 20
OURS: Final = re.compile(r"Exported by gonogo from sha256:[0-9a-f]{64};")
BEGIN: Final = "<!-- gonogo:begin (gonogo export; change nothing between the marks) -->"
END: Final = "<!-- gonogo:end -->"
FOLDERS: Final = (".cursor/agents", ".claude/agents", ".github/agents", ".cursor/commands", ".cursor/rules")
"""Where a file of ours from an older export may have been left behind."""


@dataclass(frozen=True, slots=True)
class Change:
    """One file, before and after; ``after`` None: it goes."""

    path: Path
    before: bytes | None
    after: bytes | None


def plan(root: Path, files: Iterable[HostFile]) -> list[Change]:
    """What writing these files would change; empty where the repository says it all already.

    Raises:
        BadInput: ``HOST_FILE_FOREIGN``, ``HOST_FILE_LINK``, ``HOST_FILE_UNREADABLE``.
    """
    changes = [_change(root, file, _after) for file in files]
    return [change for change in changes if change.before != change.after]


def plan_removal(root: Path, files: Iterable[HostFile]) -> list[Change]:
    """What taking them away again would change. What is not ours stays. Raises as :func:`plan`."""
    changes = [_change(root, file, _without) for file in files]
    return [change for change in changes if change.before != change.after]


def left_behind(root: Path, files: Sequence[HostFile], folders: Iterable[str]) -> list[Change]:
    """Files of ours in these folders that the export no longer lists: a role that was renamed, say."""
    listed = {file.path for file in files}
    found: list[Change] = []
    for folder in folders:
        place = root / folder
        if not place.is_dir() or place.is_symlink():
            continue
        for path in sorted(place.glob("gonogo*")):
            if path.relative_to(root).as_posix() in listed or path.is_symlink() or not path.is_file():
                continue
            data = read_bytes(path, limit=LIMIT)
            if OURS.search(data.decode("utf-8", "replace")):
                found.append(Change(path, data, None))
    return found


def carry_out(root: Path, changes: Iterable[Change]) -> None:
    """Write them, each file whole or not at all; folders that are empty afterwards go. Calling it again goes on."""
    for change in changes:
        if change.after is not None:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(change.path, change.after)
            continue
        change.path.unlink(missing_ok=True)
        for folder in change.path.parents:
            if folder == root or any(folder.iterdir()):
                break
            folder.rmdir()


def _change(root: Path, file: HostFile, make: Any) -> Change:  # noqa: ANN401 - one of the two functions below
    path = root / file.path
    for step in (path, *path.parents):
        if step == root:
            break
        if step.is_symlink():
            raise _refused("HOST_FILE_LINK", path, msg("A link lies on the way to {path}.", path=file.path))
        if step != path and step.exists() and not step.is_dir():
            raise _refused("HOST_FILE_FOREIGN", path, msg("A file lies where {path} needs a folder.", path=file.path))
    before = read_bytes(path, limit=LIMIT) if os.path.lexists(path) else None
    return Change(path, before, make(file, before, path))


def _after(file: HostFile, before: bytes | None, path: Path) -> bytes:
    match file:
        case Whole():
            if before is not None and not OURS.search(_text(before, path)):
                raise _refused(
                    "HOST_FILE_FOREIGN", path, msg("{path} is there, and gonogo did not write it.", path=file.path)
                )
            return file.text.encode()
        case Section():
            return _with_section(_text(before or b"", path), file.text, path).encode()
        case JsonMerge():
            return _merged(file, before, path)


def _without(file: HostFile, before: bytes | None, path: Path) -> bytes | None:
    if before is None:
        return None
    match file:
        case Whole():
            return None if OURS.search(_text(before, path)) else before
        case Section():
            head, tail = _around(_text(before, path), path)
            rest = "\n\n".join(part for part in (head.strip("\n"), tail.strip("\n")) if part)
            return f"{rest}\n".encode() if rest else None
        case JsonMerge():
            return _unmerged(file, before, path)


def _with_section(text: str, section: str, path: Path) -> str:
    head, tail = _around(text, path)
    ours = f"{BEGIN}\n{section.strip()}\n{END}"
    if not head and not tail:
        return f"{ours}\n"
    parts = [part for part in (head.rstrip("\n"), ours, tail.strip("\n")) if part]
    return "\n\n".join(parts) + "\n"


def _around(text: str, path: Path) -> tuple[str, str]:
    """What stands before and behind our section; all of it before, where there is none."""
    if (text.count(BEGIN), text.count(END)) not in {(0, 0), (1, 1)} or text.find(END) < text.find(BEGIN):
        words = msg("The marks of gonogo's section are not one pair: {begin} … {end}.", begin=BEGIN, end=END)
        raise _refused("HOST_FILE_UNREADABLE", path, words)
    head, _, rest = text.partition(BEGIN)
    return head, rest.partition(END)[2]


def _merged(file: JsonMerge, before: bytes | None, path: Path) -> bytes:
    document = _document(before, path)
    was = json.dumps(document)
    for place, value in file.defaults.items():
        if _look(document, place) is None:
            _put(document, place, value, path)
    for place, value in file.values.items():
        _put(document, place, value, path)
    for place, ours in file.lists.items():
        theirs = _foreign(document, place, path)
        _put(document, place, [*theirs, *ours], path)
    return _written(document, before) if before is None or json.dumps(document) != was else before


def _unmerged(file: JsonMerge, before: bytes, path: Path) -> bytes | None:
    document = _document(before, path)
    was = json.dumps(document)
    for place in file.values:
        _drop(document, place)
    for place in file.lists:
        theirs = _foreign(document, place, path)
        if theirs:
            _put(document, place, theirs, path)
        else:
            _drop(document, place)
    if json.dumps(document) == was:
        return before
    nothing = all(document.get(place[0]) == value for place, value in file.defaults.items() if len(place) == 1)
    if nothing and len(document) == len(file.defaults):
        return None
    return _written(document, before)


def _document(before: bytes | None, path: Path) -> dict[str, Any]:
    text = _text(before or b"", path)
    if not text.strip():
        return {}
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        words = msg(
            "This is not plain JSON ({reason}), and gonogo changes no file that it cannot read.", reason=str(error)
        )
        raise _refused("HOST_FILE_UNREADABLE", path, words) from error
    if not isinstance(document, dict):
        raise _refused("HOST_FILE_UNREADABLE", path, msg("A JSON object is expected here."))
    return cast("dict[str, Any]", document)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _written(document: Mapping[str, Any], before: bytes | None) -> bytes:
    """JSON indented as the file was, two blanks in a new one."""
    lines = (before or b"").decode("utf-8", "replace").splitlines()
    first = next((line for line in lines if line[:1] in {" ", "\t"} and line.strip()), "  ")
    indent = first[: len(first) - len(first.lstrip())]
    return (json.dumps(document, indent=indent, ensure_ascii=False) + "\n").encode()


def _look(document: Mapping[str, Any], place: Sequence[str]) -> object:
    here: Any = document
    for name in place:
        if not isinstance(here, dict) or name not in here:
            return None
        here = cast("dict[str, Any]", here)[name]
    return here


def _put(document: dict[str, Any], place: Sequence[str], value: object, path: Path) -> None:
    here = document
    for name in place[:-1]:
        inner = here.setdefault(name, {})
        if not isinstance(inner, dict):
            raise _refused(
                "HOST_FILE_UNREADABLE", path, msg("An object is expected at {place}.", place=".".join(place))
            )
        here = cast("dict[str, Any]", inner)
    here[place[-1]] = value


def _drop(document: dict[str, Any], place: Sequence[str]) -> None:
    """Take a value away, and the objects around it that are empty then."""
    parent = _look(document, place[:-1]) if len(place) > 1 else document
    if isinstance(parent, dict):
        cast("dict[str, Any]", parent).pop(place[-1], None)
        if not parent and len(place) > 1:
            _drop(document, place[:-1])


def _foreign(document: Mapping[str, Any], place: Sequence[str], path: Path) -> list[Any]:
    """The entries of a list that are not ours: those whose text does not name our hook."""
    found = _look(document, place)
    if found is None:
        return []
    if not isinstance(found, list):
        raise _refused("HOST_FILE_UNREADABLE", path, msg("A list is expected at {place}.", place=".".join(place)))
    entries = cast("Sequence[object]", found)
    return [entry for entry in entries if HOOK not in json.dumps(entry)]


def _text(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _refused("HOST_FILE_UNREADABLE", path, msg("The file is not UTF-8.")) from error


def _refused(code: str, path: Path, words: Text) -> BadInput:
    step = msg("Nothing was written. Move the file away or mend it, and export again.")
    return BadInput(code, words, where=str(path), next_step=step)
