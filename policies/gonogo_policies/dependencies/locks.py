"""What lock files pin: requirements files, pylock.toml (PEP 751), uv.lock, poetry.lock and Pipfile.lock.

What has no exact version from an index is never left out quietly: it is ``loose``, and who asks must say why it may be.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from gonogo_policies import globs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCKS: Final = (
    *("**/requirements*.txt", "**/requirements/**/*.txt", "**/pylock.toml", "**/pylock.*.toml"),
    *("**/uv.lock", "**/poetry.lock", "**/Pipfile.lock"),
)
_NAME_LINE = re.compile(r'name\s*=\s*"([^"]+)"')
_OPTION_AFTER = re.compile(r"\s--[a-z-]+(?:[ =]\S+)?.*$")
_OWN_SOURCES = ("editable", "virtual", "directory")


@dataclass(frozen=True, slots=True, order=True)
class Pin:
    """One package at one version, and where it is pinned."""

    name: str
    """In the index's own spelling (PEP 503)."""
    version: str
    path: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """What one file locks."""

    pins: tuple[Pin, ...] = ()
    loose: tuple[Pin, ...] = ()
    """Named without an exact version from an index; the version is empty."""
    includes: tuple[str, ...] = ()
    """Files that this one includes, relative to the repository."""


def is_lock(path: str) -> bool:
    """Whether a file's name is one of a lock."""
    return globs.match(path, LOCKS)


def read_lock(path: str, text: str) -> Locked:
    """Read a lock by its name. Raises ValueError for what is not in its form."""
    name = PurePosixPath(path).name
    if name.endswith(".txt"):
        return _requirements(path, text)
    if name == "Pipfile.lock":
        return _pipfile(path, text)
    readers: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any] | None]] = {"uv.lock": _of_uv}
    key = "packages" if name.startswith("pylock") else "package"
    return _toml(path, text, key, readers.get(name, _of_index))


def sorted_in(path: str, found: list[tuple[str, str, int | None]]) -> Locked:
    """Pins and what is loose, of (name, version, line). Raises ValueError for a version that is none."""
    pins: set[Pin] = set()
    loose: set[Pin] = set()
    for name, version, line in found:
        try:
            exact = str(Version(version)) if version else ""
        except InvalidVersion as error:
            raise ValueError(f"{name}: {version!r} is no version") from error
        (pins if exact else loose).add(Pin(canonicalize_name(name), exact, path, line))
    return Locked(tuple(sorted(pins, key=_order)), tuple(sorted(loose, key=_order)))


def _order(pin: Pin) -> tuple[str, str, int]:
    return pin.name, pin.version, pin.line or 0


def _requirements(path: str, text: str) -> Locked:
    found: list[tuple[str, str, int | None]] = []
    includes: list[str] = []
    for number, line in _logical_lines(text):
        option, _, rest = line.partition(" ")
        if option in {"-r", "--requirement"} or line.startswith(("-r", "--requirement=")):
            target = rest.strip() or line.removeprefix("--requirement=").removeprefix("-r")
            includes.append(str(PurePosixPath(path).parent / target.strip()))
        elif option in {"-e", "--editable"} or "--editable=" in line:
            found.append((rest.strip() or line, "", number))
        elif not line.startswith("-"):
            found.append(_requirement(line, number))
    locked = sorted_in(path, found)
    return Locked(locked.pins, locked.loose, tuple(includes))


def _requirement(line: str, number: int) -> tuple[str, str, int | None]:
    try:
        wanted = Requirement(_OPTION_AFTER.sub("", line).strip())
    except InvalidRequirement:
        return line.split(maxsplit=1)[0], "", number
    exact = [
        one.version for one in wanted.specifier if one.operator in {"==", "==="} and not one.version.endswith(".*")
    ]
    alone = wanted.url is None and len(exact) == 1
    return wanted.name, exact[0] if alone else "", number


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations, comments gone, each with the number of its first."""
    began, parts = 0, list[str]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*$", "", raw)
        began = began or number
        parts.append(line.rstrip().removesuffix("\\"))
        if line.rstrip().endswith("\\"):
            continue
        if whole := " ".join(parts).strip():
            yield began, whole
        began, parts = 0, []
    if whole := " ".join(parts).strip():
        yield began, whole


def _toml(path: str, text: str, key: str, keep: Callable[[Mapping[str, Any]], Mapping[str, Any] | None]) -> Locked:
    packages = tomllib.loads(text).get(key, [])
    if not isinstance(packages, list):
        raise TypeError(f"{key} is no list")
    lines = _lines_of_names(text)
    found: list[tuple[str, str, int | None]] = []
    for package in cast("list[Mapping[str, Any]]", packages):
        if not isinstance(package.get("name"), str):
            raise TypeError("a package has no name")
        if (kept := keep(package)) is not None:
            found.append((kept["name"], str(kept.get("version", "")), lines.get(kept["name"])))
    return sorted_in(path, found)


def _of_uv(package: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The project itself is under review and no dependency; what is built from elsewhere has no index's version."""
    source: Mapping[str, Any] = package.get("source", {})
    if any(source.get(kind) == "." for kind in _OWN_SOURCES):
        return None
    return package if "registry" in source else {"name": package["name"]}


def _of_index(package: Mapping[str, Any]) -> Mapping[str, Any]:
    """Poetry names a source for what is not from an index; a PEP 751 lock a vcs, directory or archive."""
    source = package.get("source")
    elsewhere = isinstance(source, Mapping) and cast("Mapping[str, Any]", source).get("type") != "legacy"
    if elsewhere or {"vcs", "directory", "archive"} & package.keys():
        return {"name": package["name"]}
    return package


def _lines_of_names(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _NAME_LINE.fullmatch(line.strip()):
            found.setdefault(match[1], number)
    return found


def _pipfile(path: str, text: str) -> Locked:
    document = json.loads(text)
    found: list[tuple[str, str, int | None]] = []
    lines = text.splitlines()
    for part in ("default", "develop"):
        for name, entry in document.get(part, {}).items():
            line = next((number for number, words in enumerate(lines, 1) if f'"{name}":' in words), None)
            found.append((name, str(entry.get("version", "")).removeprefix("=="), line))
    return sorted_in(path, found)
