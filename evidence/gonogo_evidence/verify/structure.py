"""The closed world: what must lie in a pack, what may, and nothing else."""

from __future__ import annotations

import re
from bisect import bisect
from contextlib import suppress
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError, IntegrityBroken
from gonogo_evidence.files import check_path
from gonogo_evidence.review import FOLDER as REVIEW_FOLDER
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, MANIFEST, SEAL, SUMMARY
from gonogo_evidence.text import msg
from gonogo_evidence.verify.report import Check, broken, every, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from gonogo_evidence.ids import Digest
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
    listed = pack.manifest
    good = msg("{count} sealed files, none missing, none besides.", count=len(listed))
    return every(ID, _problems(pack, listed), good)


def _problems(pack: UnverifiedPack, listed: Mapping[str, Digest]) -> Iterator[Check]:
    yield from _name(pack)
    for path in REQUIRED:
        if path not in listed:
            yield _no("PACK_FILE_REQUIRED", path, msg("The manifest does not name this file, and every pack has it."))
    there, ordered = pack.entries, tuple(listed)
    for path in [path for path in (*listed, *UNSEALED) if path not in there]:
        yield _no("PACK_FILE_MISSING", path, msg("The file is missing."))
    for path in [path for path in listed if not path.startswith("data/")]:
        if path in there and not _may_be_sealed(path):
            yield _no("PACK_PLACE", path, msg("No sealed file may lie here."))
    # of a listed file the manifest's own form says that the path is safe
    for path in [path for path, kind in there.items() if kind != "file" or path not in listed]:
        yield from _entry(path, there[path], listed, ordered)
    if len(set("\0".join(there).casefold().split("\0"))) != len(there):
        yield from _clashes(there)


def _name(pack: UnverifiedPack) -> Iterator[Check]:
    """A folder that bears the id of another pack: whoever asks about that pack would be answered about this one."""
    with suppress(GonogoError):  # a seal that cannot be read is reported where it is judged
        said = pack.json(SEAL).get("pack_id")
        if re.fullmatch(PACK_ID, pack.folder.name) and pack.folder.name != said:
            words = msg("The folder bears the id of another pack than the one in it, {pack}.", pack=ascii(said))
            yield _no("PACK_NAME_DIFFERS", pack.folder.name, words)


def _entry(path: str, kind: str, listed: Mapping[str, Digest], ordered: Sequence[str]) -> Iterator[Check]:
    top, _, rest = path.partition("/")
    later = top == REVIEW_FOLDER or top in FREE_FOLDERS
    if kind == "other":
        yield _no("PACK_NOT_REGULAR", path, msg("A link, pipe or device: only regular files may lie in a pack."))
    elif kind == "folder":
        if not (later and not rest) and not _holds(ordered, f"{path}/"):
            yield _no("PACK_FOLDER_UNLISTED", path, msg("The folder holds no sealed file."))
    elif path not in listed and path not in UNSEALED and path != GUIDE and not (later and rest):
        yield _no("PACK_FILE_UNLISTED", path, msg("The file is not in the manifest."))
    elif later:
        try:
            check_path(path)
        except IntegrityBroken as error:
            yield of_error(ID, error, area="authentic")


def _holds(ordered: Sequence[str], prefix: str) -> bool:
    """Whether one of the paths, which are in order, lies in that folder."""
    at = bisect(ordered, prefix)
    return at < len(ordered) and ordered[at].startswith(prefix)


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


def _no(code: str, path: str, words: Text) -> Check:
    return broken(ID, code, words, where=path if path.isascii() and path.isprintable() else ascii(path))
