"""The quality checklist of the predecessor's drill logs as checks, for logs of any hand.

Each point gives findings with a line; a log without one satisfies it as far as a program can tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gonogo.drills.log_text import read, table
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo.drills.log_text import LogText

NAME = re.compile(r"DRILL_RUN_(\d{8}_\d{4})_([A-Za-z0-9._@+=-]+)_(D\d{2}[A-Z]?)\.md")
ROLES = ("ORCHESTRATOR", "FACTS_COLLECTOR", "SCOPE_KEEPER", "CI_GUARDIAN", "EVIDENCE_SCRIBE", "RISK_OFFICER")
SECTIONS = (
    *("Session Metadata", "Run Manifest", "Execution Log", "Evidence Pointers", "Scorecard"),
    *("Findings", "Follow-Ups", "Session Closeout", "References"),
)
METADATA = ("Date/Time", "Drill ID", "Operator", "Session Duration", "Git Ref")
"""What must be said; the older logs say some of it under another name, and the template is what counts."""
MANIFEST = ("Objective", "Preconditions", "Criteria", "Timebox")
MOST_FINDINGS = 5
_PLACEHOLDER = re.compile(r"\[[A-Z][^\]]*\](?![(\[:])|\bTBD\b|\bTODO\b|YYYY|\bD__")
_VAGUE = re.compile(
    r"\b(probably correct|should be fine|looks like it|looks good to me|see logs|it felt right)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the checklist."""

    point: str
    line: int
    """From 1; 0 is about the file."""
    message: Text


def lint(name: str, text: str) -> list[Finding]:
    """What the checklist finds in a log. ``name`` is the file's name without its folders."""
    log = read(text)
    found = [*_name(name, log), *_sections(log), *_metadata(log), *_roles(log), *_manifest(log), *_steps(log)]
    found += [*_score(log), *_findings(log), *_closeout(log), *_words(log)]
    return sorted(found, key=lambda one: (one.line, one.point))


def _name(name: str, log: LogText) -> Iterator[Finding]:
    fits = NAME.fullmatch(name)
    if fits is None:
        words = msg("The name is not DRILL_RUN_YYYYMMDD_HHMM_<operator>_<drill>.md.")
        yield Finding("LOG_NAME", 0, words)
        return
    try:
        datetime.strptime(fits[1], "%Y%m%d_%H%M")  # noqa: DTZ007 - only whether it is a date
    except ValueError:
        yield Finding("LOG_NAME", 0, msg("{moment} is no date and time.", moment=fits[1]))
    line, drill = log.value("Session Metadata", "Drill ID")
    if drill and not drill.startswith(fits[3]):
        yield Finding("LOG_NAME", line, msg("The name says {name}, the log says {log}.", name=fits[3], log=drill[:40]))


def _sections(log: LogText) -> Iterator[Finding]:
    for name in SECTIONS:
        if not log.part(name):
            yield Finding("LOG_SECTION", 0, msg("The section {section} is missing or empty.", section=name))


def _metadata(log: LogText) -> Iterator[Finding]:
    if not log.part("Session Metadata"):
        return
    for name in METADATA:
        if not log.value("Session Metadata", name)[1]:
            yield Finding("LOG_METADATA", 0, msg("{field} is not said.", field=name))
    line, moment = log.value("Session Metadata", "Date/Time")
    if moment and not re.match(r"`?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)", moment):
        yield Finding("LOG_METADATA", line, msg("Date/Time is not in the form 2026-01-09T19:30:00Z."))
    line, ref = log.value("Session Metadata", "Git Ref")
    if ref and not re.search(r"\b[0-9a-f]{7,40}\b|none", ref):
        yield Finding("LOG_METADATA", line, msg("Git Ref names no commit."))


def _roles(log: LogText) -> Iterator[Finding]:
    """Six roles with somebody in each; who judges (CI_GUARDIAN, RISK_OFFICER) is not who acts (ORCHESTRATOR)."""
    if not log.part("Session Metadata"):
        return
    held = {role: log.value("Session Metadata", role) for role in ROLES}
    missing = [role for role, (_, who) in held.items() if not who]
    if missing:
        yield Finding("LOG_SOD", 0, msg("Nobody is named for: {roles}.", roles=", ".join(missing)))
    _, acts = held["ORCHESTRATOR"]
    for role in ("CI_GUARDIAN", "RISK_OFFICER"):
        line, who = held[role]
        if who and _person(who) == _person(acts):
            yield Finding("LOG_SOD", line, msg("{role} judges and is the same as ORCHESTRATOR, who acts.", role=role))


def _person(who: str) -> str:
    return who.partition("(")[0].strip(" `").casefold()


def _manifest(log: LogText) -> Iterator[Finding]:
    words = "\n".join(line for _, line in log.part("Run Manifest")).casefold()
    for name in MANIFEST if words else ():
        if name.casefold() not in words:
            yield Finding("LOG_MANIFEST", 0, msg("{field} is not said.", field=name))


def _steps(log: LogText) -> Iterator[Finding]:
    """Each step has an action or command, an observation, a pointer and a status."""
    part = log.part("Execution Log")
    if not part:
        return
    starts = [number for number, line in part if re.match(r"#{3,4}\s+Step\b", line)]
    if not starts:
        yield Finding("LOG_STEPS", part[0][0], msg("The execution log has no step of its own heading."))
    for first, behind in zip(starts, [*starts[1:], part[-1][0] + 1], strict=True):
        words = "\n".join(log.lines[first : behind - 1]).casefold()
        lacks = [name for name in ("Observation", "Evidence", "Status") if name.casefold() not in words]
        if "action" not in words and "command" not in words:
            lacks.insert(0, "Action")
        if lacks:
            yield Finding("LOG_STEPS", first, msg("The step does not say: {fields}.", fields=", ".join(lacks)))


def _score(log: LogText) -> Iterator[Finding]:
    rows, known = table(log.part("Scorecard")), table(log.part("Evidence Pointers"))
    ids = {cells[0] for _, cells in known[1:]}
    heads = [head.casefold() for head in rows[0][1]] if rows else []
    if not rows or "pass/fail" not in heads:
        if log.part("Scorecard"):
            yield Finding("LOG_SCORE", 0, msg("The scorecard has no table with the column Pass/Fail."))
        return
    place = heads.index("pass/fail")
    proof = next((number for number, head in enumerate(heads) if head.startswith("evidence")), -1)
    verdicts: list[str] = []
    for line, cells in rows[1:]:
        said = re.sub(r"[^A-Z]", "", cells[place]) if place < len(cells) else ""
        verdicts.append(said)
        if said not in {"PASS", "FAIL", "PARTIAL"}:
            yield Finding("LOG_SCORE", line, msg("The criterion is neither PASS, FAIL nor PARTIAL."))
        named = re.findall(r"\bE\d{2}\b", cells[proof]) if 0 <= proof < len(cells) else []
        if not named and (proof < 0 or proof >= len(cells) or len(cells[proof]) < 3):  # noqa: PLR2004 - a dash is no pointer
            yield Finding("LOG_EVIDENCE", line, msg("The criterion points at no evidence."))
        for one in named:
            if one not in ids:
                yield Finding("LOG_EVIDENCE", line, msg("{id} is not among the evidence pointers.", id=one))
    yield from _result(log, verdicts)


def _result(log: LogText, verdicts: list[str]) -> Iterator[Finding]:
    line, said = log.value("Scorecard", "Overall Result")
    if not said:
        line, said = log.value("Scorecard", "Overall Score")
    overall = re.match(r"\W*(PASS|FAIL|PARTIAL)\b", said)
    if overall is None:
        yield Finding("LOG_SCORE", line, msg("The overall result is neither PASS, FAIL nor PARTIAL."))
    elif overall[1] == "PASS" and set(verdicts) - {"PASS"}:
        yield Finding("LOG_SCORE", line, msg("The result is PASS, and a criterion is not."))
    line, box = log.value("Scorecard", "Timebox Status")
    if not re.search(r"WITHIN|EXCEEDED", box):
        yield Finding("LOG_TIMEBOX", line, msg("The timebox is neither WITHIN nor EXCEEDED."))
    elif "EXCEEDED" in box and overall is not None and overall[1] == "PASS":
        yield Finding("LOG_TIMEBOX", line, msg("The timebox was exceeded: the result is PARTIAL at best."))
    told, spent = _spent(log)
    if len(spent) == 2 and spent[0] > spent[1] and "EXCEEDED" not in box:  # noqa: PLR2004 - spent and allowed
        yield Finding("LOG_TIMEBOX", told, msg("The duration is above the timebox, and EXCEEDED is not said."))


def _spent(log: LogText) -> tuple[int, list[float]]:
    """Minutes spent and allowed: ``4 min / 10 min``, or the older ``Actual`` and ``Planned``."""
    line, words = log.value("Session Metadata", "Session Duration")
    if not words:
        line, actual = log.value("Timebox", "Actual")
        words = f"{actual.partition('(')[0]} / {log.value('Timebox', 'Planned')[1].partition('(')[0]}"
    return line, [float(one) for one in re.findall(r"\d+(?:\.\d+)?", words)]


def _findings(log: LogText) -> Iterator[Finding]:
    part = log.part("Findings")
    starts = [(number, line) for number, line in part if re.match(r"\W*Finding \d+", line)]
    if len(starts) > MOST_FINDINGS:
        yield Finding("LOG_FINDINGS", starts[MOST_FINDINGS][0], msg("There are more than five findings."))
    for place, (number, _) in enumerate(starts):
        end = starts[place + 1][0] if place + 1 < len(starts) else part[-1][0] + 1
        words = "\n".join(log.lines[number - 1 : end - 1]).casefold()
        if "reproduc" not in words:
            yield Finding("LOG_FINDINGS", number, msg("The finding does not say how to reproduce it."))


def _closeout(log: LogText) -> Iterator[Finding]:
    part = "\n".join(line for _, line in log.part("Closeout"))
    if not part:
        return
    if not re.search(r"\b(COMPLETE|INCOMPLETE|ABORTED)\b", part):
        yield Finding("LOG_CLOSEOUT", 0, msg("The operator's sign-off is neither COMPLETE, INCOMPLETE nor ABORTED."))
    if not re.search(r"\b(GO|NO-GO|GO-WITH-CONDITIONS)\b", part):
        yield Finding("LOG_CLOSEOUT", 0, msg("The risk officer's review gives no recommendation."))


def _words(log: LogText) -> Iterator[Finding]:
    for number, line in enumerate(log.lines, start=1):
        bare = re.sub(r"`[^`]*`", "", line)
        if _PLACEHOLDER.search(bare):
            yield Finding("LOG_PLACEHOLDER", number, msg("A placeholder of the template was left."))
        vague = _VAGUE.search(bare)
        if vague:
            yield Finding("LOG_VAGUE", number, msg("{words} is no evidence.", words=vague[1]))
