"""Anchors in a merge log: links from the log of a change to its entries in the evidence index. Pure.

A merge log is written by people; gonogo makes none. Where one is there, it gets one line for each pack, in a part of
ours at the end of its references.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gonogo_agents.render.blocks import Marks, not_understood, open_page
from gonogo_evidence.index_page_rules import outside_fences
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_agents.render.index_page import PageEntry

MARKS: Final = Marks("evidence")
INDEX: Final = "EVIDENCE_INDEX.md"
_LINE: Final = re.compile(r"- Evidence: \[(EV-[0-9]{8}-[A-Z0-9-]{2,20})\]\([^()\s]+\)")


def render_merge_log(existing: bytes, entries: Sequence[PageEntry], *, to_index: str = INDEX) -> bytes:
    """The merge log with a link for each entry. The same input gives the same bytes; others' lines stay as they are.

    Args:
        existing: the log as it is.
        entries: packs of this change; links of others that stand there already stay.
        to_index: the index page relative to the log: ``EVIDENCE_INDEX.md`` beside it, ``../EVIDENCE_INDEX.md`` from
            ``merge_logs/``.

    Raises:
        BadInput: PAGE_NOT_UNDERSTOOD; nothing of the log is lost then.
    """
    links = {entry.evidence_id: f"- Evidence: [{entry.evidence_id}]({to_index}#{entry.anchor})" for entry in entries}
    if not links:
        return existing
    page = open_page(existing, MARKS, _place)
    known: dict[str, str] = {}
    for line in page.ours or ():
        found = _LINE.fullmatch(line)
        if found is None:
            raise not_understood(msg("somebody wrote between the marks of gonogo's part; move those words outside"))
        known[found[1]] = line
    told = {**known, **links}
    return page.with_ours([told[name] for name in sorted(told)], MARKS)


def _place(lines: Sequence[str]) -> int | None:
    """The end of the references: before the next heading or rule after theirs; the end of the log where none are."""
    inside = False
    for number, line in outside_fences(lines):
        if inside and (line.startswith("## ") or line.strip() == "---"):
            return number
        inside = inside or (line.startswith("## ") and "references" in line.casefold())
    return None
