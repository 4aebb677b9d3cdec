"""Link debt in the reference gate: what is broken and new fails, what was known is told, what was paid is told.

Only entries that stood in the baseline before the change excuse anything: a change cannot write off its own faults, and
what it adds to the baseline is shown. Before a repository's first commit nothing stood.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.docs.debt import IGNORE_PLACE, PLACE, Entry, ignores, is_ignored, read_baseline, split
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.verdicts import Stopped
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from gonogo_policies.docs import Library, Problem
    from gonogo_policies.gates.interface import GateContext
    from gonogo_policies.gates.tree_files import TreeFiles
    from gonogo_policies.gates.verdicts import Seen

SAID = {
    "MISSING_TARGET": "{words}: there is no {target}",
    "CASE_DIFFERS": "{words}: {target} is there in other letters only",
    "OUTSIDE_REPOSITORY": "{words}: this leaves the repository",
    "MISSING_ANCHOR": "{words}: {target} has no such heading",
    "ROOT_RELATIVE": "{words}: a link is relative to its document, and this is relative to the repository",
    "LINE_BEYOND_END": "{words}: {target} has fewer lines",
    "SYMBOL_MISSING": "{words}: {target} defines no such name",
}
KNOWN, PAID, ADDED, IGNORED = "LINK_DEBT", "LINK_DEBT_PAID", "LINK_DEBT_ADDED", "DOCUMENTS_IGNORED"


class KnownDebt:
    """The baseline and the ignore file of a running gate."""

    def __init__(self, context: GateContext, desk: TreeFiles) -> None:
        self._full = context.change.whole_tree
        self._desk = desk
        self._now = _counted(desk.read(PLACE))
        self._before = _counted(_text(context.at_base(PLACE)))
        self._patterns = ignores(context.at_base(IGNORE_PLACE) or b"") if self._full else ()
        self._ignored: frozenset[str] = frozenset()

    def ignored(self, documents: Collection[str]) -> frozenset[str]:
        """The documents that the ignore file leaves out of a full look; a change has to answer for all of its own."""
        if self._patterns:
            self._ignored = frozenset(path for path in documents if is_ignored(path, self._patterns))
        return self._ignored

    def take(self, library: Library, problems: list[Problem], documents: Collection[str], seen: Seen) -> None:
        """Put each fault where it belongs; a baseline that cannot be read stops the gate."""
        if self._now is None or self._before is None:
            seen.stop = Stopped("GATE_UNREADABLE", msg("{path} is no baseline of link debt.", path=PLACE))
        now, before = self._now or Counter[Entry](), self._before or Counter[Entry]()
        faults = [one for one in problems if not one.advice]
        parts = split(faults, now & before, [*documents, *self._deleted(now)])
        seen.findings += _findings(library, parts.new)
        seen.advice += _findings(library, [one for one in problems if one.advice])
        for one in _findings(library, parts.known):
            seen.advice.append(_of(one.path, one.line, KNOWN, f"known debt: {one.message}"))
        paid = (
            f"{one.path}: {plain(one.words)} is no longer broken: take it out of the baseline" for one in parts.paid
        )
        seen.advice += (_of(PLACE, None, PAID, words) for words in paid)
        added = (now - before).total()
        if added:
            seen.advice.append(
                _of(PLACE, None, ADDED, f"entries that this change adds, which excuse nothing in it: {added}")
            )
        if self._ignored:
            words = f"documents that this file leaves out of a full look: {len(self._ignored)}"
            seen.advice.append(_of(IGNORE_PLACE, None, IGNORED, words))

    def _deleted(self, now: Counter[Entry]) -> set[str]:
        return {one.path for one in now if one.path not in self._desk.tree.files}


def _counted(text: str | None) -> Counter[Entry] | None:
    """The entries of a baseline; none where there is no file, None where it cannot be read."""
    try:
        return Counter() if text is None else read_baseline(text.encode())
    except ValueError:
        return None


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "replace")


def _of(path: str, line: int | None, code: str, message: str) -> Finding:
    return Finding(path, line, code, message, fingerprint(path, code, message, ""))


def _findings(library: Library, problems: list[Problem]) -> Iterator[Finding]:
    for path, group in groupby(problems, key=attrgetter("path")):
        text = library.read(path) or ""
        for problem in group:
            at = problem.reference.at
            end = text.find("\n", at)
            yield _finding(path, problem, text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else None])


def _finding(path: str, problem: Problem, line: str) -> Finding:
    message = SAID[problem.code].format(words=plain(problem.words), target=plain(problem.target))
    if problem.meant:
        message += f"; did you mean {plain(problem.meant)}?"
    return Finding(path, problem.line, problem.code, message, fingerprint(path, problem.code, message, line))
