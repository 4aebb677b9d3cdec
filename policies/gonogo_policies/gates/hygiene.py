"""``Merge Log Hygiene``: merge logs hold no places of a machine and nothing unseen (runbook section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_policies.docs.hygiene import stains
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.tree_files import TreeFiles
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_policies.change import Change
    from gonogo_policies.docs.hygiene import Stain
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult

SAID = {
    "LOCAL_PATH": "a place on somebody's machine: {about}",
    "UNSEEN_CHARACTER": "a character that nobody sees: {about}",
    "BYTE_ORDER_MARK": "the file begins with a byte order mark",
    "MERGE_LOG_NUMBER": "the log never names its own number: {about}",
    "MERGE_LOG_SECTION": "there is no section {about}",
}


@dataclass(frozen=True, slots=True)
class HygieneGate:
    """The gate over merge logs."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a merge log is written or changed; a log that only goes away needs no look."""
        del context
        found = hits(self.declaration, change)
        return found.applies(found.standing(change, links=True))

    def run(self, context: GateContext) -> GateResult:
        """Read the changed logs. Nothing is started and no network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=True, files=found.files)
        for path, source in TreeFiles(context).texts(found.files, seen):
            for stain in stains(path, source):
                (seen.advice if stain.advice else seen.findings).append(_finding(path, stain))
        return judge(self.declaration, found, seen)


def _finding(path: str, stain: Stain) -> Finding:
    message = SAID[stain.code].format(about=plain(stain.about))
    return Finding(path, stain.line, stain.code, message, fingerprint(path, stain.code, message, ""))
