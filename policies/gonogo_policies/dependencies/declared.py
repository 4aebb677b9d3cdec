"""What project files declare as dependencies: read to tell "there are none" from "nobody knows which versions"."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sized
from pathlib import PurePosixPath
from typing import Any, Final, cast

DECLARATIONS: Final = ("**/pyproject.toml", "**/setup.py", "**/setup.cfg", "**/Pipfile")


class Unreadable(Exception):
    """A file whose dependencies only its build can tell."""


def declared(path: str, text: str) -> int:
    """How many dependencies (extras, groups and tools' own tables too) a project file declares.

    Raises:
        Unreadable: a setup script, dynamic dependencies, or no TOML.
    """
    if PurePosixPath(path).name not in {"pyproject.toml", "Pipfile"}:
        raise Unreadable(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(path) from error
    project = _table(document, "project")
    if {"dependencies", "optional-dependencies"} & set(map(str, project.get("dynamic", ()))):
        raise Unreadable(path)
    count = _sizes(project.get("dependencies", ())) + _sizes(project.get("optional-dependencies", {}))
    count += _sizes(document.get("dependency-groups", {}))
    poetry = _table(_table(document, "tool"), "poetry")
    count += len(_table(poetry, "dependencies").keys() - {"python"}) + len(_table(poetry, "dev-dependencies"))
    count += sum(len(_table(_as_table(group), "dependencies")) for group in _table(poetry, "group").values())
    return count + len(_table(document, "packages")) + len(_table(document, "dev-packages"))


def _sizes(value: object) -> int:
    if isinstance(value, Mapping):
        return sum(len(one) for one in cast("Mapping[str, Any]", value).values() if isinstance(one, Sized))
    return len(value) if isinstance(value, Sized) else 0


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _as_table(document.get(name))


def _as_table(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
