"""Every digest of a pack, made again from the bytes."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, cast

from gonogo_evidence.errors import GonogoError, Inconclusive
from gonogo_evidence.hashing import hash_files
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, MANIFEST, SEAL, Entry, attestations, data_root
from gonogo_evidence.text import msg
from gonogo_evidence.verify.listing import unreadable
from gonogo_evidence.verify.report import Check, broken, every, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from gonogo_evidence.hashing import Outcome
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verify.open import UnverifiedPack

FILES = "authentic.files"
CORE_ID = "authentic.core"
SEAL_ID = "authentic.seal"
DATA_ID = "authentic.data"
DESCRIBED, DIGEST = itemgetter("path", "sha256", "size"), itemgetter("sha256")
"""Of an item of ``data_files``: what an :class:`Entry` is, and its digest alone."""
OF_ALL_FILES = ("core_digest", "environment_digest", "data_root", "attestations", "counts")
"""Fields of the seal that follow from the sealed files."""


def check(pack: UnverifiedPack) -> Iterable[Check]:
    """The manifest against the files, pack.json against the core, the seal against all of it."""
    entries: dict[str, Entry] = {}
    unread: set[str] = set()
    yield from every(
        FILES,
        _files(pack, entries, unread),
        msg("{count} files are what the manifest says.", count=len(pack.manifest)),
    )
    yield from every(
        SEAL_ID,
        _seal(pack, entries, unread),
        msg("The seal is what the files give; pack digest {digest}.", digest=pack.pack_digest),
    )


def check_core(pack: UnverifiedPack) -> Iterable[Check]:
    """The digests that ``core/pack.json`` gives for the rest of the core."""
    good = msg("pack.json names its {count} core files by their digests.", count=len(CORE_FILES))
    return every(CORE_ID, _core(pack), good)


def check_data(pack: UnverifiedPack) -> Iterable[Check]:
    """The payload as ``environment.json`` describes it: the same files, digests and sizes."""
    described = cast("list[JSONObject]", pack.document(ENVIRONMENT)["data_files"])
    good = msg(
        "{count} payload files, each with its media type and how far it can be reproduced.", count=len(described)
    )
    return every(DATA_ID, _data(pack, described), good)


def _files(pack: UnverifiedPack, entries: dict[str, Entry], unread: set[str]) -> Iterator[Check]:
    """Fills ``entries``, and ``unread`` with what this user or this moment kept from being read."""
    found = _payload(pack)
    found.update((path, _other(pack, path)) for path in [path for path in pack.manifest if path not in found])
    whole = {path: entry for path, entry in found.items() if isinstance(entry, Entry)}
    pack.keep(whole)
    if {path: digest for path, digest, _ in whole.values()} == pack.manifest:  # all at once, as it mostly is
        entries.update(whole)
        return
    for path, digest in pack.manifest.items():
        entry = found[path]
        if isinstance(entry, GonogoError):
            yield of_error(FILES, entry, area="authentic")
            if isinstance(entry, Inconclusive):
                unread.add(path)
            continue
        entries[path] = entry
        if entry.sha256 != digest:
            words = msg("The file has digest {found}, the manifest says {sealed}.", found=entry.sha256, sealed=digest)
            yield broken(FILES, "FILE_DIGEST", words, where=path)


def _payload(pack: UnverifiedPack) -> dict[str, Outcome]:
    """What the payload's files hash to, all at once: by several processes where there are many."""
    paths = [path for path in pack.payload if pack.entries.get(path) == "file"]
    try:
        return hash_files(pack.folder, paths)
    except OSError as error:
        raise unreadable(error, str(pack.folder)) from error


def _other(pack: UnverifiedPack, path: str) -> Outcome:
    try:
        return pack.hash(path)
    except GonogoError as error:
        return error


def _seal(pack: UnverifiedPack, entries: Mapping[str, Entry], unread: AbstractSet[str]) -> Iterator[Check]:
    """What is unread says nothing about the seal: then only what does not follow from all files is compared."""
    seal = pack.document(SEAL)
    chosen = tuple(entries.values())
    made: dict[str, JSON] = {
        "manifest_digest": pack.hash(MANIFEST).sha256,
        "core_digest": entries[CORE].sha256 if CORE in entries else None,
        "environment_digest": entries[ENVIRONMENT].sha256 if ENVIRONMENT in entries else None,
        "data_root": data_root(chosen),
        "attestations": attestations(chosen),
        "counts": {"bytes": sum(map(itemgetter(2), chosen)), "files": len(chosen)},
        "pack_id": pack.json(ENVIRONMENT).get("pack_id"),
    }
    if unread:
        words = msg("Not looked at in full: {count} files could not be read.", count=len(unread))
        yield Check(SEAL_ID, "INCONCLUSIVE", "NOT_CHECKED", words, SEAL)
    for name, value in made.items():
        if seal[name] != value and not (unread and name in OF_ALL_FILES):
            words = msg("{field} in the seal is not what the files give.", field=name)
            yield broken(SEAL_ID, "SEAL_DIFFERS", words, where=f"{SEAL} $.{name}")


def _core(pack: UnverifiedPack) -> Iterator[Check]:
    named = pack.json(CORE).get("files")
    for name in CORE_FILES:
        entry = pack.hash(f"core/{name}")
        stated = named.get(name) if isinstance(named, dict) else None
        if stated != {"sha256": entry.sha256, "size": entry.size}:
            words = msg("pack.json gives another digest or size for {name}, or none.", name=name)
            yield broken(CORE_ID, "CORE_DIGEST", words, where=entry.path)


def _data(pack: UnverifiedPack, described: list[JSONObject]) -> Iterator[Check]:
    sealed = {path: pack.manifest[path] for path in pack.payload}
    if [*map(DESCRIBED, described)] == pack.hashed(sealed) and [*map(DIGEST, described)] == [*sealed.values()]:
        return  # all at once, as it mostly is
    for item in described:
        path = str(item["path"])
        digest = sealed.pop(path, None)
        if digest != item["sha256"] or pack.hash(path).size != item["size"]:
            words = msg("environment.json describes a payload file that is not there, or is another.")
            yield broken(DATA_ID, "DATA_DESCRIPTION", words, where=path)
    for path in sealed:
        yield broken(DATA_ID, "DATA_UNDESCRIBED", msg("environment.json does not describe this file."), where=path)
