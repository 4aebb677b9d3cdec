"""A proof against a later, countersigned checkpoint for a pack that is sealed: where it lies here, and in its copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import BadInput
from gonogo_evidence.ids import RunId
from gonogo_evidence.index.placed import is_about, renew
from gonogo_evidence.text import msg
from gonogo_graph.places import PUBLISHED
from gonogo_graph.publish import refuse_links

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.index import Signed
    from gonogo_graph.session import Session


def renew_proof(session: Session, signed: Signed, proof: bytes) -> list[Path]:
    """Replace the proof in the pack that this machine keeps, and in its published copy; the folders of those packs.

    Raises:
        BadInput: ``INDEX_NO_PACK``: no pack that lies here has this entry.
        Inconclusive: ``PUBLISH_LINK``: the way to the copy is a link; no room, or no right to write.
    """
    entry, root = signed.entry, session.repository.root
    published = root / PUBLISHED / entry.subject
    there: list[Path] = []
    if entry.kind == "pack" and entry.run_id is not None:
        refuse_links(root, published)
        own = session.places.run(RunId(entry.run_id)).packs / entry.subject
        there = [folder for folder in (own, published) if is_about(folder, signed.envelope)]
    if not there:
        words, step = msg("No pack here is about this entry."), msg("gonogo index list --kind pack")
        raise BadInput("INDEX_NO_PACK", words, where=entry.subject, next_step=step)
    for folder in there:
        renew(folder, proof)
    return there
