"""``docs-token-policy-gate``: a path in a code span is one of this repository, or says that it is an example.

The predecessor's rule with the reference gate's own eyes: each code span is the business of one of the two gates, so
that both can be satisfied at once (interop, 4.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.docs import MARKDOWN
from gonogo_policies.docs.prose import read_prose
from gonogo_policies.docs.tokens import CODE, examples, lined, marked
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import CiFacts, GateContext, GateResult


@dataclass(frozen=True, slots=True)
class TokenGate:
    """The gate over paths in code spans."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a document is written or changed, and CI or an entry of one's own asks for it."""
        if not self._asked(context.ci):
            job = msg("a CI job of the exact name {name}", name=self.declaration.name)
            files = context.ci.files if context.ci is not None else ()
            why = msg(
                "No CI job here has its name, and no entry of your own. CI files looked through: {count}.",
                count=len(files),
            )
            return Applicability(applies=False, trigger=job, files=files, why=why)
        found = hits(self.declaration, change)
        return found.applies([path for path in found.standing(change) if self._ours(path)])

    def run(self, context: GateContext) -> GateResult:
        """Read the changed documents. Nothing is started and no network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=True, files=found.files)
        desk = TreeFiles(context)
        for path, source in desk.texts(found.files, seen):
            seen.findings += _findings(path, source, desk.tree.roots)
        return judge(self.declaration, found, seen)

    def _asked(self, ci: CiFacts | None) -> bool:
        return ci is None or self.declaration.origin != "packaged" or self.declaration.name in ci.contexts

    def _ours(self, path: str) -> bool:
        return path.lower().endswith(MARKDOWN) and not globs.match(path, self.declaration.exclude)


def _findings(path: str, source: str, roots: frozenset[str]) -> Iterator[Finding]:
    for line, span in lined(source, examples(read_prose(source), roots)):
        words = plain(span.code)
        message = f"{words}: no folder of this repository begins so; an example is written {plain(marked(span.code))}"
        yield Finding(path, line, CODE, message, fingerprint(path, CODE, message, ""))
