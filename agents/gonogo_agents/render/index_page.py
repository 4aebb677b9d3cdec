"""``docs/ops/EVIDENCE_INDEX.md``, rendered from runs: one row a pack, in a part of the page that is ours. Pure.

Rows of other packs that stand in our part (another clone made them) stay as they are. Words of people are made safe for
Markdown and for the two gates that read such pages: no bar that splits a cell, no bare path that would be looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gonogo_agents.render.blocks import Marks, not_understood, open_page
from gonogo_agents.render.safe import clip, markdown, plain
from gonogo_evidence.errors import BadInput
from gonogo_evidence.index_page_rules import COLUMNS, EVIDENCE_ID, cells, outside_fences
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MARKS: Final = Marks("evidence-index")
PACK_ID: Final = re.compile(r"EVP-([A-Z0-9]+)-(L[0-6])-([0-9]{8})-([0-9]{3,9})")
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SOURCE: Final = re.compile(r"[A-Za-z0-9._@+=/-]+")
MOST_TAG: Final = 20
MOST_WORDS: Final = 160
"""Columns of a reason or a note in a cell."""
TITLE: Final = "# Evidence Index"
INTRODUCTION: Final = "Every entry names its source and how to verify it."
HEADING: Final = "## Evidence packs of gonogo"
CATEGORY: Final = "### AI Autonomy"
_HEAD: Final = (f"| {' | '.join(COLUMNS)} |", f"|{'|'.join(['---'] * len(COLUMNS))}|")


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One pack, as the page tells it. Words of people are plain; they are escaped here."""

    pack_id: str
    pack_digest: str
    date: str
    """``YYYY-MM-DD``, of the decision, or of the run where nobody decided yet."""
    owner: str
    """Who ran it or decided."""
    source: str
    """The published single-file pack, relative to the page's folder: ``../../data/evidence_packs/<ID>.json``."""
    layer: str
    verdict: str
    decision: str
    """GO, NO-GO, GO-WITH-CONDITIONS, or ``open``."""
    reason: str
    merge_log: str = ""
    """The change's merge log relative to the page's folder, where there is one."""

    @property
    def evidence_id(self) -> str:
        """``EV-<date of the pack's id>-<tag>``, at most 20 characters after the date; the same for the same pack."""
        found = PACK_ID.fullmatch(self.pack_id)
        if found is None or not DIGEST.fullmatch(self.pack_digest):
            raise BadInput("INDEX_ENTRY", msg("{pack} is no pack with a digest.", pack=ascii(self.pack_id)[:80]))
        phase, layer, day, number = found.groups()
        tag = f"{phase}-{layer}-{number}"
        return f"EV-{day}-{tag if len(tag) <= MOST_TAG else f'{layer}-{self.pack_digest[:12].upper()}'}"

    @property
    def anchor(self) -> str:
        """What links to the entry end in."""
        return self.evidence_id.lower()


def render_page(existing: bytes | None, entries: Sequence[PageEntry]) -> bytes:
    """The page with these entries in it. The same input gives the same bytes, and so does the page put in again.

    Args:
        existing: the page as it is; None or empty where there is none.
        entries: packs; those already on the page are told anew, the others are added, none is taken away.

    Raises:
        BadInput: PAGE_NOT_UNDERSTOOD, PAGE_ID_TAKEN, INDEX_ENTRY, INDEX_PAGE_EMPTY. Nothing of the page is lost then.
    """
    rows = {entry.evidence_id: _row(entry) for entry in sorted(entries, key=lambda one: one.pack_id)}
    if not rows:
        if not existing:
            raise BadInput("INDEX_PAGE_EMPTY", msg("There is no run yet that the evidence index could tell."))
        return existing
    page = open_page(existing or f"{TITLE}\n\n{INTRODUCTION}\n".encode(), MARKS, _place)
    known = _known(page.ours or ())
    _check_free(page.text(), {*rows, *known})
    return page.with_ours(_part({**known, **rows}), MARKS)


def _part(rows: Mapping[str, str]) -> list[str]:
    """All lines between the marks. The category's list is made from the rows."""
    ordered = sorted(rows)
    return ["", HEADING, "", *_HEAD, *(rows[name] for name in ordered), "", CATEGORY, "", *map(_bullet, ordered), ""]


def _bullet(name: str) -> str:
    return f"- [{name}](#{name.lower()})"


def _row(entry: PageEntry) -> str:
    if not DATE.fullmatch(entry.date) or not all(map(SOURCE.fullmatch, [entry.source, entry.merge_log or "-"])):
        raise BadInput("INDEX_ENTRY", msg("The entry of {pack} has no date or no source.", pack=entry.pack_id))
    claim = f"{_words(entry.layer)} run: verdict {_words(entry.verdict)}, decision {_words(entry.decision)}. Reason: "
    log = f"; [merge log]({entry.merge_log})" if entry.merge_log else ""
    told = [
        entry.evidence_id,
        entry.date,
        _words(entry.owner),
        f"[{entry.pack_id}]({entry.source})",
        claim + _words(entry.reason),
        f"gonogo verify {entry.pack_id}",
        f'<a id="{entry.anchor}"></a>pack digest {entry.pack_digest}{log}',
    ]
    return f"| {' | '.join(told)} |"


def _words(words: str) -> str:
    """Safe in a cell for every reader of Markdown, and for readers that split at bars and look for paths and links."""
    shown = markdown(clip(plain(words), MOST_WORDS).replace("@", "(at)"))
    return shown.replace("\\|", "&#124;").replace("/", "&#47;")


def _known(lines: Iterable[str]) -> dict[str, str]:
    """The rows that stand between the marks; anything else there was written by hand and would be lost."""
    lines = list(lines)
    if not any(lines):
        return {}
    rows = {cells(line)[0]: line for line in lines if line.startswith("| EV-")}
    if lines != _part(rows) or not all(_ours(name, line) for name, line in rows.items()):
        raise not_understood(msg("somebody wrote between the marks of gonogo's part; move those words outside"))
    return rows


def _ours(name: str, row: str) -> bool:
    return bool(EVIDENCE_ID.fullmatch(name)) and len(cells(row)) == len(COLUMNS)


def _check_free(foreign: str, names: Iterable[str]) -> None:
    """An id stands once in the page's tables; one that others wrote is not taken from them."""
    taken = {cells(line)[0] for _, line in outside_fences(foreign.splitlines()) if line.lstrip().startswith("|")}
    for name in sorted(set(names) & taken):
        raise BadInput(
            "PAGE_ID_TAKEN",
            msg("{id} stands in a part of the page that is not gonogo's.", id=name),
            next_step=msg("Take that row out of the page, then try again. Nothing was changed."),
        )


def _place(lines: Sequence[str]) -> int | None:
    """A new part goes before the lists by category, else before the change log, else to the end."""
    for wanted in ("evidence by category", "change log", "changelog"):
        for number, line in outside_fences(lines):
            if line.startswith("## ") and wanted in line.casefold():
                return number
    return None
