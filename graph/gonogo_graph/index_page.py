"""``docs/ops/EVIDENCE_INDEX.md`` in the operator's repository: rendered from the evidence index, never the truth.

The page is brought up to date whenever a pack is published, where the repository has one; ``gonogo index page --write``
makes the first. What others wrote on it stays (:mod:`gonogo_agents.render.index_page`).
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, cast

from gonogo_agents.redact_run import kept_redaction
from gonogo_agents.render.index_page import PageEntry, render_page
from gonogo_agents.render.merge_log import render_merge_log
from gonogo_evidence.errors import BadInput, Inconclusive
from gonogo_evidence.files import read_bytes, write_atomic
from gonogo_evidence.ids import RunId
from gonogo_evidence.text import msg
from gonogo_graph.index import open_index
from gonogo_graph.places import PUBLISHED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index import Entry
    from gonogo_graph.places import Places
    from gonogo_graph.store import Store

PAGE: Final = Path("docs/ops/EVIDENCE_INDEX.md")
LIMIT: Final = 16 * 1024 * 1024


def page_entries(places: Places, store: Store) -> list[PageEntry]:
    """One entry for each pack of the evidence index, with its decision. The reason is the run's, where it is known."""
    packs: dict[str, Entry] = {}
    decisions: dict[str, Entry] = {}
    with open_index(places) as log:
        for one in log.entries():
            chosen = {"pack": packs, "decision": decisions}.get(one.entry.kind)
            if chosen is not None and one.entry.run_id:
                chosen[one.entry.run_id] = one.entry
    return [_entry(run, pack, decisions.get(run), places, store) for run, pack in packs.items()]


def rendered(root: Path, places: Places, store: Store) -> bytes:
    """The page as it should be now. Raises as :func:`gonogo_agents.render.index_page.render_page`."""
    return render_page(_there(root / PAGE), page_entries(places, store))


def write_page(root: Path, data: bytes) -> Path:
    """Put the page into the repository. Raises ``PUBLISH_LINK`` where the way to it is a link."""
    return _write(root, root / PAGE, data)


def refresh_page(root: Path, places: Places, store: Store) -> Path | None:
    """Bring a page that is there up to date; None where the repository has none, or nothing changed."""
    if not (root / PAGE).is_file():
        return None
    data = rendered(root, places, store)
    return None if data == _there(root / PAGE) else write_page(root, data)


def anchor(root: Path, log: Path, run_id: str, places: Places, store: Store) -> Path:
    """Link a run's pack from a merge log that people wrote. Raises ``FILE_NOT_FOUND``, ``INDEX_NO_ENTRY``."""
    path = log if log.is_absolute() else root / log
    chosen = [entry for run, entry in _by_run(places, store) if run == run_id]
    if not chosen:
        raise BadInput(
            "INDEX_NO_ENTRY",
            msg("The index has no pack of the run {run}.", run=run_id),
            next_step=msg("gonogo index list --run {run}", run=run_id),
        )
    to_index = PurePosixPath(os.path.relpath(root / PAGE, path.parent)).as_posix()
    return _write(root, path, render_merge_log(read_bytes(path, limit=LIMIT), chosen, to_index=to_index))


def _by_run(places: Places, store: Store) -> list[tuple[str, PageEntry]]:
    with open_index(places) as log:
        runs = [one.entry.run_id or "" for one in log.entries() if one.entry.kind == "pack"]
    return list(zip(dict.fromkeys(runs), page_entries(places, store), strict=True))


def _entry(run_id: str, pack: Entry, decided: Entry | None, places: Places, store: Store) -> PageEntry:
    row = store.row(RunId(run_id))
    said: Mapping[str, JSON] = decided.details if decided else {}
    signers = ", ".join(cast("list[str]", said.get("principals", [])))
    return PageEntry(
        pack_id=pack.subject,
        pack_digest=pack.digest,
        date=(decided or pack).time[:10],
        owner=signers or (row.operator_id if row else "") or "unknown",
        source=f"../../{PUBLISHED.as_posix()}/{pack.subject}.json",
        layer=str(pack.details.get("layer_id")),
        verdict=str(pack.details["verdict"]),
        decision=str(said.get("decision", "open")),
        reason=str(kept_redaction(places.run(RunId(run_id)).root).of(row.reason)) if row else "not known here",
    )


def _there(path: Path) -> bytes | None:
    return read_bytes(path, limit=LIMIT) if os.path.lexists(path) else None


def _write(root: Path, path: Path, data: bytes) -> Path:
    for part in [path, *path.parents]:
        if part == root:
            break
        if part.is_symlink():
            raise Inconclusive(
                "PUBLISH_LINK",
                msg("The place to publish to is a link; it is not followed."),
                where=str(part),
                next_step=msg("Replace the link by a folder or file of its own."),
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, data)
    return path
