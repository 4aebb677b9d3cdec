"""``index_all.json``: the list of the pointer manifests below one folder, newest first (interop.md 3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gonogo_evidence.ep_json import ValidationReport
from gonogo_evidence.errors import BadInput, Failed, GonogoError
from gonogo_evidence.files import write_atomic
from gonogo_evidence.p5b import INDEX, MANIFEST, encode
from gonogo_evidence.p5b_check import read_manifest
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ep_rules import Document


def build_index(root: Path, *, compat: bool = False) -> dict[str, object]:
    """List the packs directly below ``root`` by their ``index.json``; paths are absolute.

    Args:
        root: the folder of the packs.
        compat: as the predecessor: an index that cannot be read is skipped, and no pack at all is a list too.

    Raises:
        BadInput: ``EVIDENCE_ROOT``, ``EVIDENCE_NO_PACKS``.
        Failed: ``EVIDENCE_INDEX_BROKEN``, naming the pack: left out in silence it would look as if it never was.
    """
    folder = root.resolve()
    if not folder.is_dir() and not compat:
        raise BadInput("EVIDENCE_ROOT", msg("The folder of packs is not there."), where=str(root))
    packs: list[dict[str, object]] = []
    for path in sorted(folder.glob(f"*/{INDEX}")):
        row = _row(path)
        if row is not None:
            packs.append(row)
        elif not compat:
            next_step = msg("Make the pack again, or take its folder away; --compat leaves it out.")
            words = msg("A pack's index cannot be read.")
            raise Failed("EVIDENCE_INDEX_BROKEN", words, where=str(path), next_step=next_step)
    if not packs and not compat:
        raise BadInput("EVIDENCE_NO_PACKS", msg("There is no pack below this folder."), where=str(root))
    packs.sort(key=lambda row: (str(row["created_at_utc"]), str(row["pack_id"])), reverse=True)
    return {"count": len(packs), "packs": packs, "root": str(folder)}


def write_index(root: Path, target: Path, *, compat: bool = False) -> Path:
    """Write the list to ``target`` and return its path. Raises as :func:`build_index`, and ``Inconclusive``."""
    data = encode(build_index(root, compat=compat))
    if not target.parent.is_dir():
        raise BadInput("EVIDENCE_OUT", msg("The folder to write into is not there."), where=str(target.parent))
    write_atomic(target, data)
    return target


def _row(path: Path) -> dict[str, object] | None:
    index = _object(path)
    if index is None or not isinstance(index.get("pack_id"), str):
        return None
    manifest = _object(path.with_name(MANIFEST)) or {}
    meta = manifest.get("meta")
    return {
        "pack_id": index["pack_id"],
        "created_at_utc": index.get("created_at_utc"),
        "count": index.get("count"),
        "pack_dir": str(path.parent),
        "schema_version": cast("Document", meta).get("schema_version") if isinstance(meta, dict) else None,
    }


def _object(path: Path) -> Document | None:
    try:
        found = read_manifest(path)
    except GonogoError:
        return None
    return None if isinstance(found, ValidationReport) else found
