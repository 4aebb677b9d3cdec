"""Which of a repository's own ruff settings, if any, govern a file (ruff's rule: the nearest folder that has some)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS_NAMES = (".ruff.toml", "ruff.toml", "pyproject.toml")
"""In ruff's order of precedence inside one folder."""
LARGEST = 4 * 1024 * 1024

Governed: TypeAlias = Literal["none", "own", "own, with exclusions"]
"""``own, with exclusions``: ruff may skip files of these settings silently, so what it checked must be counted."""


FORMAT_SIGNS = (
    *("pyproject.toml", "ruff.toml", ".ruff.toml", ".pre-commit-config.yaml", "Makefile", "justfile", "tox.ini"),
    *("noxfile.py", ".github/workflows/*.yml", ".github/workflows/*.yaml", ".gitlab-ci.yml"),
)
"""Where a repository says that ruff formats it."""
FORMAT_SIGN = re.compile(rb"\bruff[ -]format\b|^\[(?:tool\.ruff\.)?format\]", re.MULTILINE)


def formats_with_ruff(tree: Path) -> bool:
    """Whether the repository shows that it uses ``ruff format``: a section of settings, a hook, or a command.

    Ruff's lint settings alone do not say so: many repositories check with ruff and format with something else.
    """
    files = (path for pattern in FORMAT_SIGNS for path in sorted(tree.glob(pattern)))
    return any(FORMAT_SIGN.search(_bytes(path)) for path in files if path.is_file() and not path.is_symlink())


def _bytes(path: Path) -> bytes:
    try:
        return read_bytes(path, limit=LARGEST)
    except GonogoError:
        return b""


@dataclass(slots=True)
class SettingsFinder:
    """Looks upward from a file, and never above the work tree."""

    tree: Path
    _known: dict[str, Governed] = field(default_factory=dict[str, Governed])

    def governing(self, disk_path: str) -> Governed:
        """What governs the file at this path, relative to the work tree."""
        return self._folder(disk_path.rpartition("/")[0])

    def _folder(self, folder: str) -> Governed:
        if folder not in self._known:
            here = self._look(folder)
            if here == "none" and folder:
                here = self._folder(folder.rpartition("/")[0])
            self._known[folder] = here
        return self._known[folder]

    def _look(self, folder: str) -> Governed:
        for name in SETTINGS_NAMES:
            path = self.tree / folder / name
            if path.is_file() and (kind := _kind(path, bare=name != "pyproject.toml")) != "none":
                return kind
        return "none"


def _kind(path: Path, *, bare: bool) -> Governed:
    """Settings that cannot be read are the repository's own all the same: ruff shall say what is wrong with them."""
    try:
        stored = tomllib.loads(read_bytes(path, limit=LARGEST).decode())
    except (GonogoError, ValueError):
        return "own"
    section = stored if bare else _section(_section(stored, "tool"), "ruff")
    if not bare and "ruff" not in _section(stored, "tool"):
        return "none"
    hides = "extend" in section or "exclude" in _section(section, "lint")
    return "own, with exclusions" if hides else "own"


def _section(stored: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = stored.get(name)
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
