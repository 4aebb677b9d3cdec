"""Where configuration comes from: the commit under review, the trust side, the packaged defaults.

Files are handed on as bytes under their names relative to ``config/``. Folders are read without following links.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_evidence import files
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.text import msg
from gonogo_policies.config.parse import check_size
from gonogo_policies.toml_guard import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from gonogo_policies.config.gates import Origin

OWN_GATES: Final = ".gonogo/gates.toml"
"""A repository's own gates, looked for before ``config/gates.toml``; the one name not relative to ``config/``."""

SCOPES: Final = "capability_scopes"
NAMES: Final = (
    "layers.toml",
    "model_registry.toml",
    "roles.toml",
    "gates.toml",
    "guardrails.toml",
    "runbook.toml",
    "providers.toml",
)
OTHERS: Final = ("signoff.toml", "separation.toml")
"""Ours too, but read by the policies that own them."""

PACKS: Final = "policy_packs"
"""The policy critic's packs: of the packaged side alone. Others' rules stand in their gates file."""
SCOPE_NAME: Final = re.compile(r"capability_scopes/[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.toml")
MAX_FILES: Final = 256
PLACES: Final[Mapping[Origin, str]] = {"commit": "config", "trust": "trust", "packaged": "defaults"}


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """One side's files, by name relative to ``config/`` (``layers.toml``, ``capability_scopes/L0_ops_docs.toml``)."""

    label: Origin
    files: Mapping[str, bytes]
    place: str = ""
    """The folder, as errors name it; empty for the side's usual one."""

    def where(self, name: str) -> str:
        """Return the name of a file as errors show it."""
        place = self.place or PLACES[self.label]
        return name if name == OWN_GATES and place == "config" else f"{place}/{name}"


def repository_names(paths: Iterable[str]) -> dict[str, str]:
    """Choose from a repository's paths those that may be configuration, with the name each has in a ConfigSource."""
    chosen: dict[str, str] = {}
    for path in paths:
        name = path if path == OWN_GATES else path.removeprefix("config/")
        if path == OWN_GATES or (name != path and (name in NAMES or SCOPE_NAME.fullmatch(name))):
            chosen[path] = name
    return chosen


def read_repository(root: Path) -> ConfigSource:
    """Read a work tree's ``config/`` and ``.gonogo/gates.toml``, where they are. Raises as :func:`read_folder`."""
    folder, own = root / "config", root / OWN_GATES
    found = dict(read_folder(folder, "commit").files) if os.path.lexists(folder) else {}
    if os.path.lexists(own.parent):
        _check_folder(own.parent)
        if os.path.lexists(own):
            found[OWN_GATES] = _read(own, place=OWN_GATES)
    return ConfigSource("commit", found)


def read_folder(path: Path, label: Origin) -> ConfigSource:
    """Read the TOML files of a configuration folder and of its ``capability_scopes``.

    Raises:
        BadInput: ``CONFIG_NOT_FOUND``, ``CONFIG_NOT_A_FOLDER``, ``CONFIG_IS_A_LINK``, ``CONFIG_UNREADABLE``,
            ``CONFIG_NAME`` (not UTF-8), ``CONFIG_TOO_LARGE``, ``CONFIG_TOO_MANY``. A file that cannot be one of ours
            is left alone, whatever it is.
    """
    folder = path.resolve() if label == "packaged" else path  # an installer may link the files of a package
    place = PLACES[label] if label == "commit" else str(path)
    found: dict[str, bytes] = {}
    for name in _toml_names(folder, place=place):
        if name in NAMES or not _is_foreign_bulk(folder / name):
            found[name] = _read(_follow(folder / name, label), place=f"{place}/{name}")
    if os.path.lexists(folder / SCOPES):
        found |= _read_scopes(folder / SCOPES, label, place=f"{place}/{SCOPES}")
    if label == "packaged" and (folder / PACKS).is_dir():
        for name in _toml_names(folder / PACKS, place=f"{place}/{PACKS}"):
            found[f"{PACKS}/{name}"] = _read((folder / PACKS / name).resolve(), place=f"{place}/{PACKS}/{name}")
    return ConfigSource(label, found, place="" if label == "commit" else str(path))


def read_scopes(path: Path) -> dict[str, bytes]:
    """Read a folder of capability scopes alone; names as in a ConfigSource. Raises as :func:`read_folder`."""
    return _read_scopes(path, "commit", place=str(path))


def read_file(path: Path) -> bytes:
    """Read one configuration file, not through a link. Raises as :func:`read_folder`."""
    return _read(path, place=str(path))


def _read_scopes(folder: Path, label: Origin, *, place: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for name in _toml_names(folder, place=place):
        if not SCOPE_NAME.fullmatch(f"{SCOPES}/{name}"):
            raise BadInput(
                "CONFIG_NAME",
                msg("A scope's file name is its id: letters, digits, '_' and '-', then .toml."),
                where=f"{place}/{name!a}",
            )
        found[f"{SCOPES}/{name}"] = _read(_follow(folder / name, label), place=f"{place}/{name}")
    return found


def _follow(path: Path, label: Origin) -> Path:
    return path.resolve() if label == "packaged" else path


def _is_foreign_bulk(path: Path) -> bool:
    """Whether a file that is not of our names is a link, no file, or too large to be looked into."""
    return path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES


def _check_folder(path: Path) -> None:
    if path.is_symlink():
        raise BadInput(
            "CONFIG_IS_A_LINK",
            msg("A configuration folder may not be a link."),
            where=str(path),
            next_step=msg("Name the folder itself."),
        )
    if not path.exists():
        raise BadInput("CONFIG_NOT_FOUND", msg("There is no such configuration folder."), where=str(path))
    if not path.is_dir():
        raise BadInput("CONFIG_NOT_A_FOLDER", msg("A folder is expected here."), where=str(path))


def _toml_names(folder: Path, *, place: str) -> list[str]:
    _check_folder(folder)
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))  # noqa: PTH208 - names, as they are
    except OSError as error:
        raise _unreadable(place, error.strerror or "") from error
    for name in names:
        if not _is_utf8(name):
            raise BadInput("CONFIG_NAME", msg("A file's name is not UTF-8."), where=f"{place}/{name!a}")
    if len(names) > MAX_FILES:
        raise BadInput(
            "CONFIG_TOO_MANY",
            msg("The folder holds {count} TOML files; {limit} are read.", count=len(names), limit=MAX_FILES),
            where=place,
        )
    return names


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read(path: Path, *, place: str) -> bytes:
    try:
        check_size(path.lstat().st_size, place=place)
        return files.read_bytes(path, limit=MAX_BYTES)
    except OSError as error:
        if not os.path.lexists(path):
            raise BadInput("CONFIG_NOT_FOUND", msg("There is no such configuration file."), where=place) from error
        raise _unreadable(place, error.strerror or "") from error
    except IntegrityBroken as error:
        if path.is_symlink():
            raise BadInput(
                "CONFIG_IS_A_LINK",
                msg("A configuration file may not be a link."),
                where=place,
                next_step=msg("Put the file itself there."),
            ) from error
        raise _unreadable(place, str(error.what)) from error


def _unreadable(place: str, reason: str) -> BadInput:
    return BadInput("CONFIG_UNREADABLE", msg("This cannot be read: {reason}.", reason=reason.rstrip(".")), where=place)
