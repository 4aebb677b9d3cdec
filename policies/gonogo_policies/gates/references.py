"""``docs-reference-targets-gate``: what the documentation points at is there (runbook sections 4 E and 6).

Two things are looked at, and both are named: every reference of the documents that the change touches, and, where the
change takes files away, every reference of all other documents to these.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.docs import MARKDOWN, Judge
from gonogo_policies.gates.documents import Shelf
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.link_debt import KnownDebt
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Generator

    from gonogo_evidence.text import Text
    from gonogo_policies.change import Change
    from gonogo_policies.docs import Problem, Tree
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult


_TAKEN_AWAY = msg("a changed document, or a name that goes away")


@contextmanager
def _uncollected() -> Generator[None, None, None]:
    """Without the search for cycles: among the names of a large tree there are none, and it is a sixth of a look."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(frozen=True, slots=True)
class ReferenceGate:
    """The gate over Markdown references."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a document changes, samples and foreign documents left out, or where any name goes away.

        That no document points at what went away proves nothing about the rest of the change.
        """
        del context
        found = hits(self.declaration, change)
        documents = found.applies([path for path in found.files if self._ours(path)])
        gone = sorted(_names_gone(change))
        if documents.applies or not gone:
            return documents
        why = msg("Names that the change takes away, and documents may point at: {count}.", count=len(gone))
        return Applicability(applies=True, trigger=_TAKEN_AWAY, files=tuple(gone), why=why)

    def run(self, context: GateContext) -> GateResult:
        """Read, resolve, judge. No network is asked; a program of our own may parse beside."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=found.reads_change)
        with _uncollected():
            self._look(context, found, seen)
        return judge(self.declaration, found, seen)

    def _look(self, context: GateContext, found: Applicability, seen: Seen) -> None:
        desk = TreeFiles(context)
        changed = {file.path for file in context.change.files if file.readable} & set(found.files)
        gone = _gone(context.change, desk.tree)
        debt = KnownDebt(context, desk)
        seen.advice += (_linked(path) for path in found.files if desk.tree.find(path) and path not in desk.listing)
        changed -= debt.ignored(changed)
        shelf = Shelf(context, desk, changed)
        judge_of = Judge(desk.tree, shelf.library)
        count = 0
        problems: list[Problem] = []
        others = {path for path in desk.tree.files if self._ours(path)} - changed if gone else set[str]()
        words = _words_for(gone)
        for path in sorted(changed | others):
            if path in others and not _mentions(desk, path, words):
                seen.checked += 1
                continue
            looked = judge_of.look(path)
            if looked is None:
                seen.stop = Stopped("GATE_UNREADABLE", msg("{path} is too long or no text.", path=plain(path)))
                break
            seen.checked += 1
            count += looked.references
            problems += (one for one in looked.problems if path in changed or one.target in gone)
        debt.take(shelf.library, judge_of.explain(problems), changed, seen)
        shelf.keep()
        seen.files = found.files
        seen.reason = _said(count, seen, shelf.known)
        if not found.reads_change:
            names = {"names": len(found.files), "documents": seen.checked, "missing": len(set(seen.findings))}
            seen.checked = len(found.files)
            seen.reason = msg(
                "Names that went away: {names}, looked for in documents: {documents}. Still pointed at: {missing}.",
                **names,
            )

    def _ours(self, path: str) -> bool:
        return path.lower().endswith(MARKDOWN) and not globs.match(path, self.declaration.exclude)


def _said(count: int, seen: Seen, known: int) -> Text:
    values = {"count": count, "documents": seen.checked, "missing": len(set(seen.findings))}
    if not known:
        return msg("References looked up: {count}, in documents: {documents}. Not there: {missing}.", **values)
    return msg(
        "References looked up: {count}, in documents: {documents}, of which {known} were parsed before. "
        "Not there: {missing}.",
        known=known,
        **values,
    )


def _linked(path: str) -> Finding:
    """A changed document that is a link or a submodule is no document of the commit: what it leads to is read there."""
    message = "a link: what it leads to was not read here"
    return Finding(path, None, "DOCUMENT_IS_LINK", message, fingerprint(path, "DOCUMENT_IS_LINK", message, ""))


def _names_gone(change: Change) -> frozenset[str]:
    old = {file.old_path for file in change.files if file.old_path}
    return frozenset({file.path for file in change.files if file.status == "D"} | old)


def _gone(change: Change, tree: Tree) -> frozenset[str]:
    """Names that the change takes away, the pages that sites make of them, and the folders that went with them."""
    names = _names_gone(change)
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    pages = {name.removesuffix(ending) for name in names for ending in MARKDOWN if name.endswith(ending)}
    return frozenset(name for name in names | pages | (folders - {"."}) if tree.find(name) is None)


def _words_for(gone: frozenset[str]) -> frozenset[bytes]:
    """What a document must hold somewhere to point at one of these: a name without its suffix, as it is or escaped."""
    stems = {PurePosixPath(path).stem for path in gone}
    return frozenset(stem.encode() for stem in stems | {quote(stem) for stem in stems})


def _mentions(desk: TreeFiles, path: str, words: frozenset[bytes]) -> bool:
    """Whether a document may point at what went away: it, or one that cannot be read, holds such a name."""
    data = desk.data(path)
    return data is None or any(word in data or not (word.isascii() or _is_text(data)) for word in words)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
