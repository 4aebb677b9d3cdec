"""Sheets as JSON: kept from one look to the next, and sent by the process that parses beside.

What is kept is keyed by blob id, so that it is a pure function of bytes; the file names the parser that made it and the
root names that it was made for, and holds its own digest. A file that fails any of this holds nothing.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_policies.docs.library import Sheet
from gonogo_policies.docs.references import Reference
from gonogo_policies.docs.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT = 256 * 1024 * 1024
"""Bytes of a file of kept sheets."""
NAME = "docs-sheets.json"


def to_json(sheet: Sheet) -> list[Any]:
    """A sheet as JSON; tuples are lists there."""
    return [sheet.references, None if sheet.anchors is None else sorted(sheet.anchors)]


def from_json(value: Any) -> Sheet:  # noqa: ANN401 - checked by taking it apart
    """A sheet from JSON. Raises ValueError, TypeError or KeyError for what is none."""
    rows, known = value
    found = tuple(Reference(line, at, kind, words, Target(*target)) for line, at, kind, words, target in rows)
    return Sheet(found, None if known is None else frozenset(known))


def load(folder: Path, roots: frozenset[str]) -> dict[str, Sheet]:
    """The sheets that are kept in ``folder`` for these root names, by blob id; none where anything is wrong."""
    try:
        data = read_bytes(folder / NAME, limit=LIMIT)
        digest, _, body = data.partition(b"\n")
        if digest.decode("ascii") != hashlib.sha256(body).hexdigest():
            return {}
        stored = json.loads(body)
        if stored["for"] != _made_for(roots):
            return {}
        return {blob: from_json(value) for blob, value in stored["sheets"].items()}
    except (GonogoError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def keep(folder: Path, roots: frozenset[str], sheets: Mapping[str, Sheet]) -> None:
    """Keep sheets for the next look. What cannot be written is not kept."""
    stored = {"for": _made_for(roots), "sheets": {blob: to_json(sheet) for blob, sheet in sheets.items()}}
    body = json.dumps(stored, ensure_ascii=True, separators=(",", ":")).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomic(folder / NAME, hashlib.sha256(body).hexdigest().encode() + b"\n" + body, mode=0o600)
    except (GonogoError, OSError):
        return


def _made_for(roots: frozenset[str]) -> list[str]:
    """The parser, as the digest of its own source, and the root names."""
    here = Path(__file__).parent
    parser = hashlib.sha256()
    for name in ("headings", "library", "prose", "references", "sheets", "target"):
        parser.update((here / f"{name}.py").read_bytes())
    return [parser.hexdigest(), hashlib.sha256("\0".join(sorted(roots)).encode(errors="replace")).hexdigest()]
