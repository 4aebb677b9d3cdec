"""``live-config-guard``: no live configuration is in the change (runbook section 0 and step A).

Both names of a renamed file count. Duty 1 says the same in ``A-LIVE``, from the same look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.text import msg
from gonogo_policies.change import first
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain
from gonogo_policies.globs import guards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.change import Change, ChangedFile
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult

CODE = "LIVE_CONFIG_CHANGED"


@dataclass(frozen=True, slots=True)
class LiveGate:
    """The guard of live paths for one declaration."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies to every change. It proves nothing about what the files hold."""
        del context
        return hits(self.declaration, change).applies(reads_change=False)

    def run(self, context: GateContext) -> GateResult:
        """Hold every changed name against the guardrails. Nothing is read and nothing is started."""
        found = self.applies(context.change, PlanContext(ci=None))
        return judge(self.declaration, found, look_for_live(context.change, self.declaration.live))


def look_for_live(change: Change, live: Sequence[str]) -> Seen:
    """What a change has of live paths. Without a list of them, or of the changed files, nothing is told."""
    seen = Seen("files", checked=len(change.files), files=change.paths)
    touched = [file for file in change.files if any(guards(name, live) for name in file.names)]
    seen.findings += [_finding(file) for file in touched]
    if touched:
        names = first([plain(file.path) for file in touched])
        seen.reason = msg("Live paths are changed: {count}, first {path}.", count=len(touched), path=names)
    elif not live:
        why = msg("No live paths are named in the guardrails, so that nothing could be compared.")
        seen.stop = Stopped("GATE_CHECKED_NOTHING", why)
    elif not change.files or not change.complete:
        why = msg("The change is empty or was not listed in full, so that nothing is proven of it.")
        seen.stop = Stopped("GATE_INCOMPLETE", why)
    else:
        seen.reason = msg(
            "None of the {count} changed paths is live ({rules} rules).", count=len(change.files), rules=len(live)
        )
    return seen


def _finding(file: ChangedFile) -> Finding:
    message = "live configuration changes" + (f" (was {plain(file.old_path)})" if file.old_path else "")
    return Finding(file.path, None, CODE, message, fingerprint(file.path, CODE, message, ""))
