"""Workflow linting through zizmor (MIT, a program of its own), offline and without any settings of the commit.

Files are named one by one, one that cannot be parsed stops it, and each must be reported as completed: a file that is
only warned about and left out would make the gate green over nothing. What the commit's own comments ignore is told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, cast

from gonogo_evidence.text import msg
from gonogo_policies import globs
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.tool_session import Session, batches, find_tool
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, bad_output, crashed, judge
from gonogo_policies.gates.words import decode, fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult

FILES: Final = (".github/workflows/*.yml", ".github/workflows/*.yaml", "**/action.yml", "**/action.yaml")
OPTIONS: Final = (
    "--offline",
    "--no-config",
    "--strict-collection",
    "--no-progress",
    "--color=never",
    "--format=json-v1",
)
CLEAN: Final = 0
FOUND: Final = frozenset({11, 12, 13, 14})
"""Exit codes by the gravest finding: informational, low, medium, high."""
FAILS: Final = frozenset({"Medium", "High"})
"""Severities that are findings; the others are told, and so is what zizmor itself has little confidence in."""
UNSURE: Final = frozenset({"Low", "Unknown"})
_COMPLETED: Final = re.compile(r"completed \./(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ZizmorGate:
    """The workflow linter for one declaration."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a workflow or an action is added or changed."""
        del context
        found = hits(self.declaration, change)
        return found.applies([path for path in found.standing(change) if globs.match(path, FILES)])

    def run(self, context: GateContext) -> GateResult:
        """Lint the changed files, judge. No network is asked and nothing of the change is started."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("files", reads_change=True)
        session = Session(context, "zizmor")
        try:
            self._look(found.files, session, find_tool("zizmor", context), seen)
        except Stopped as stop:
            seen.stop = stop
        seen.observed = session.observed()
        return judge(self.declaration, found, seen)

    @staticmethod
    def _look(files: Sequence[str], session: Session, zizmor: str, seen: Seen) -> None:
        session.find_version(zizmor)
        for batch in batches(sorted(files), size=lambda path: len(path.encode()) + 3):
            everything = _lint(session, (zizmor, *OPTIONS, "--no-ignores"), batch)
            left = Counter(_lint(session, (zizmor, *OPTIONS), batch))
            for one, grave in everything:
                excused = left[one, grave] <= 0
                left[one, grave] -= 1
                note = replace(one, message=f"{one.message} [ignored by a comment]") if excused else one
                (seen.findings if grave and not excused else seen.advice).append(note)
            seen.checked += len(batch)
        seen.files = tuple(sorted(files))
        counts = {"files": seen.checked, "findings": len(set(seen.findings)), "advice": len(set(seen.advice))}
        seen.reason = msg("Workflows and actions linted: {files}. Findings: {findings}, told: {advice}.", **counts)


def _lint(session: Session, command: Sequence[str], files: Sequence[str]) -> list[tuple[Finding, bool]]:
    """Each finding, and whether it is grave. Raises Stopped where not every file was completed."""
    done = session.run((*command, *(f"./{path}" for path in files)), expected=range(256))
    if done.code != CLEAN and done.code not in FOUND:
        raise crashed("zizmor", done.code or 0)
    completed = set(_COMPLETED.findall(decode(done.stderr)))
    try:
        stored: object = json.loads(done.stdout)
        found = [_finding(cast("dict[str, Any]", one)) for one in cast("list[object]", stored)]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise bad_output("zizmor") from error
    if not set(files) <= completed or (done.code != CLEAN) != bool(found):
        raise bad_output("zizmor")
    return found


def _finding(stored: dict[str, Any]) -> tuple[Finding, bool]:
    places: list[dict[str, Any]] = stored["locations"]
    place = next((one for one in places if one["symbolic"]["kind"] == "Primary"), places[0])
    path = str(place["symbolic"]["key"]["Local"]["verbatim_path"]).removeprefix("./")
    line, code = int(place["concrete"]["location"]["start_point"]["row"]) + 1, str(stored["ident"])
    how = stored["determinations"]
    severity, confidence = str(how["severity"]), str(how["confidence"])
    words = plain(f"{stored['desc']}: {place['symbolic']['annotation']} ({severity}, confidence {confidence})")
    finding = Finding(path, line, code, words, fingerprint(path, code, words, str(place["concrete"]["feature"])))
    return finding, severity in FAILS and confidence not in UNSURE
