"""The closed world: what must lie in a pack, what may, and nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError, IntegrityBroken
from gonogo_evidence.files import check_path
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, MANIFEST, SEAL, SUMMARY
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, every, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gonogo_evidence.text import Text
    from gonogo_evidence.verify.open import UnverifiedPack

ID = "authentic.structure"
REQUIRED = (CORE, *(f"core/{name}" for name in CORE_FILES), ENVIRONMENT, SUMMARY)
"""Sealed files that every pack has."""
UNSEALED = (MANIFEST, SEAL)
GUIDE = "VERIFY.md"
PACK_ID = r"EVP-[A-Z0-9]+-(L[0-6])-([0-9]{8})-[0-9]{3,9}"
"""Phase, layer, date of the commit, a number."""
FREE_FOLDERS = ("index",)
"""Folders that are written after the seal and prove themselves: regular files only."""


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """Unlisted and missing files, links, devices, extra folders, names that clash: each is an integrity error."""
    listed = set(pack.manifest)
    good = msg("{count} sealed files, none missing, none besides.", count=len(listed))
    return every(ID, _problems(pack, listed), good)


def _problems(pack: UnverifiedPack, listed: set[str]) -> Iterator[Check]:
    yield from _name(pack)
    for path in REQUIRED:
        if path not in listed:
            yield _no("PACK_FILE_REQUIRED", path, msg("The manifest does not name this file, and every pack has it."))
    for path in sorted(listed.union(UNSEALED) - pack.entries.keys()):
        yield _no("PACK_FILE_MISSING", path, msg("The file is missing."))
    for path in sorted(path for path in listed if not path.startswith("data/") and not _may_be_sealed(path)):
        if path in pack.entries:
            yield _no("PACK_PLACE", path, msg("No sealed file may lie here."))
    holding = {path.rpartition("/")[0] for path in listed}
    folders = holding.union(parent for path in holding for parent in _parents(path))
    for path, kind in pack.entries.items():
        if kind != "file" or path not in listed:  # of a listed file the manifest's own form says that the path is safe
            yield from _entry(path, kind, listed, folders)
    if len(set(map(str.casefold, pack.entries))) != len(pack.entries):
        yield from _clashes(pack.entries)


def _name(pack: UnverifiedPack) -> Iterator[Check]:
    """A folder that bears the id of another pack: whoever asks about that pack would be answered about this one."""
    with suppress(GonogoError):  # a seal that cannot be read is reported where it is judged
        said = pack.json(SEAL).get("pack_id")
        if re.fullmatch(PACK_ID, pack.folder.name) and pack.folder.name != said:
            words = msg("The folder bears the id of another pack than the one in it, {pack}.", pack=ascii(said))
            yield _no("PACK_NAME_DIFFERS", pack.folder.name, words)


def _entry(path: str, kind: str, listed: set[str], folders: set[str]) -> Iterator[Check]:
    top, _, rest = path.partition("/")
    later = top == REVIEW_FOLDER or top in FREE_FOLDERS
    if kind == "other":
        yield _no("PACK_NOT_REGULAR", path, msg("A link, pipe or device: only regular files may lie in a pack."))
    elif kind == "folder":
        if path not in folders and not (later and not rest):
            yield _no("PACK_FOLDER_UNLISTED", path, msg("The folder holds no sealed file."))
    elif path not in listed and path not in UNSEALED and path != GUIDE and not (later and rest):
        yield _no("PACK_FILE_UNLISTED", path, msg("The file is not in the manifest."))
    elif later:
        try:
            check_path(path)
        except IntegrityBroken as error:
            yield of_error(ID, error, area="authentic")


def _clashes(paths: Iterable[str]) -> Iterator[Check]:
    seen: dict[str, str] = {}
    for path in paths:
        other = seen.setdefault(path.casefold(), path)
        if other != path:
            yield _no("PACK_NAME_CLASH", path, msg("The name differs from another one only in case."))


def _may_be_sealed(path: str) -> bool:
    top, _, rest = path.partition("/")
    if top == "attestations":
        return "/" not in rest and rest.endswith(".dsse.json")
    return top == "data" or path in REQUIRED


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _no(code: str, path: str, words: Text) -> Check:
    return broken(ID, code, words, where=path if path.isascii() and path.isprintable() else ascii(path))
