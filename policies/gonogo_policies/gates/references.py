"""``docs-reference-targets-gate``: what the documentation points at is there (runbook sections 4 E and 6).

Two things are looked at, and both are named: every reference of the documents that the change touches, and, where the
change takes files away, every reference of all other documents to these.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.docs import MARKDOWN, Judge
from gonogo_policies.gates.interface import Applicability, Finding
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_policies.change import Change
    from gonogo_policies.docs import Looked, Problem, Tree
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult, PlanContext

SAID = {
    "MISSING_TARGET": "{words}: there is no {target}",
    "CASE_DIFFERS": "{words}: {target} is there in other letters only",
    "OUTSIDE_REPOSITORY": "{words}: this leaves the repository",
    "MISSING_ANCHOR": "{words}: {target} has no such heading",
    "ROOT_RELATIVE": "{words}: a link is relative to its document, and this is relative to the repository",
    "LINE_BEYOND_END": "{words}: {target} has fewer lines",
    "SYMBOL_MISSING": "{words}: {target} defines no such name",
}


@dataclass(frozen=True, slots=True)
class ReferenceGate:
    """The gate over Markdown references."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a document changes, samples and foreign documents left out."""
        del context
        found = hits(self.declaration, change)
        files = tuple(path for path in found.files if self._ours(path))
        if not files:
            return found.refused()
        return Applicability(applies=True, trigger=found.trigger, files=files, why=found.why, reads_change=True)

    def run(self, context: GateContext) -> GateResult:
        """Read, resolve, judge. Nothing is started and no network is asked."""
        found = self._found(context)
        seen = Seen("files", reads_change=True)
        try:
            self._look(context, found, seen)
        except Stopped as stop:
            seen.stop = stop
        return judge(self.declaration, found, seen)

    def _found(self, context: GateContext) -> Applicability:
        found = hits(self.declaration, context.change)
        files = tuple(path for path in found.files if self._ours(path))
        return Applicability(applies=True, trigger=found.trigger, files=files, why=found.why, reads_change=True)

    def _look(self, context: GateContext, found: Applicability, seen: Seen) -> None:
        desk = TreeFiles(context)
        judge_of = Judge(desk.tree, desk.read)
        changed = {file.path for file in context.change.files if file.readable} & set(found.files)
        gone = _gone(context.change, desk.tree)
        words = _words_for(gone)
        count = 0
        for path in sorted(changed | {path for path in desk.tree.files if gone and self._ours(path)}):
            source = desk.read(path)
            if source is None:
                raise Stopped("GATE_UNREADABLE", msg("{path} is too long or no text.", path=plain(path)))
            seen.checked += 1
            if path in changed or any(word in source for word in words):
                looked = judge_of.look(path, source)
                count += looked.references
                _take(path, source, looked, seen, only=None if path in changed else gone)
        seen.files = found.files
        seen.reason = msg(
            "References looked up: {count}, in documents: {documents}. Not there: {missing}.",
            count=count,
            documents=seen.checked,
            missing=len(set(seen.findings)),
        )

    def _ours(self, path: str) -> bool:
        return path.lower().endswith(MARKDOWN) and not globs.match(path, self.declaration.exclude)


def _gone(change: Change, tree: Tree) -> frozenset[str]:
    """Names that the change takes away, the pages that sites make of them, and the folders that went with them."""
    names = {file.path for file in change.files if file.status == "D"}
    names |= {file.old_path for file in change.files if file.old_path}
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    pages = {name.removesuffix(ending) for name in names for ending in MARKDOWN if name.endswith(ending)}
    return frozenset(name for name in names | pages | (folders - {"."}) if tree.find(name) is None)


def _words_for(gone: frozenset[str]) -> frozenset[str]:
    """What a document must hold somewhere to point at one of these: a name without its suffix, as it is or escaped."""
    stems = {PurePosixPath(path).stem for path in gone}
    return frozenset(stems | {quote(stem) for stem in stems})


def _take(path: str, source: str, looked: Looked, seen: Seen, *, only: frozenset[str] | None) -> None:
    lines = source.split("\n")
    for problem in looked.problems:
        if only is not None and problem.target not in only:
            continue
        finding = _finding(path, problem, lines[problem.line - 1])
        (seen.advice if problem.advice else seen.findings).append(finding)


def _finding(path: str, problem: Problem, line: str) -> Finding:
    message = SAID[problem.code].format(words=plain(problem.words), target=plain(problem.target))
    if problem.meant:
        message += f"; did you mean {plain(problem.meant)}?"
    return Finding(path, problem.line, problem.code, message, fingerprint(path, problem.code, message, line))
