"""``evidence-pack``: the operator's own packs that a change brings or touches are valid (runbook section 4 E).

Looked at are packs of every known form that the commit holds: gonogo's own, EP-JSON, bundles, pointer manifests. A pack
that this run or one of its commands makes is no file of the commit, and is never what makes this gate green.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.change import first
from gonogo_policies.gates.interface import Applicability, Finding, PlanContext
from gonogo_policies.gates.trigger import hits
from gonogo_policies.gates.verdicts import Seen, Stopped, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_evidence.ep_dispatch import Validation
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult
    from gonogo_policies.listing import Listing

SEAL: Final = "seal.json"
BUNDLE: Final = "evidence_pack.json"
POINTERS: Final = "manifest.json"
NAMED: Final = ("EVP-*.json", "EVP_*.json")
"""Files that say by their name that they are packs."""
LARGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EvidenceGate:
    """The gate over evidence packs."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """It applies where a file of a pack is added, changed or taken away: what is left of that pack is looked at."""
        del context
        found = hits(self.declaration, change)
        return found.applies(reads_change=bool(found.standing(change)))

    def run(self, context: GateContext) -> GateResult:
        """Find the packs of the changed files and check each by the rules of its form. No network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("packs", reads_change=found.reads_change)
        tracked = context.tracked()
        of_file = {path: _pack_of(path, tracked, context) for path in found.files}
        packs = list(dict.fromkeys(pack for pack in of_file.values() if pack))
        there = set(hits(self.declaration, context.change).standing(context.change, links=True))
        if links := [plain(path) for path in of_file if path in there and path not in tracked]:
            seen.stop = Stopped("GATE_UNREADABLE", msg("No regular file of the commit: {names}.", names=first(links)))
        for pack in packs:
            _check(pack, context, tracked, seen)
        gone = [path for path, pack in of_file.items() if not pack and path not in there]
        seen.checked += len(gone)
        seen.files = tuple(packs)
        seen.reason = msg("Files of packs went away whole, and nothing is left of these: {gone}.", gone=len(gone))
        if packs or not gone:
            seen.reason = msg(
                "Evidence packs checked: {packs} ({names}). Not valid: {bad}.",
                packs=len(packs),
                names=first([plain(pack) for pack in packs]),
                bad=_bad(seen),
            )
        return judge(self.declaration, found, seen)


def _bad(seen: Seen) -> int:
    return len({finding.path for finding in seen.findings})


def _pack_of(path: str, tracked: Listing, context: GateContext) -> str | None:
    """The pack that a file belongs to, or did: the folder around it, or the file itself; None for no part of one."""
    where = PurePosixPath(path)
    for folder in where.parents:
        if str(folder / SEAL) in tracked:
            return str(folder)
    if where.name == SEAL and any(name.startswith(f"{where.parent}/") for name in tracked.paths):
        return str(where.parent)  # the seal went away, and files that it sealed are still there
    beside = str(where.parent / BUNDLE)
    if beside in tracked and beside != path:
        return beside
    said = any(where.match(name) for name in NAMED)
    return path if path in tracked and where.suffix == ".json" and (said or _says_so(path, tracked, context)) else None


def _says_so(path: str, tracked: Listing, context: GateContext) -> bool:
    """Whether a JSON file holds one of the marks by which packs are told apart."""
    from gonogo_evidence.ep_dispatch import form_of  # noqa: PLC0415 - only where packs are

    try:
        stored: object = json.loads(read_bytes(context.tree / tracked.disk(path), limit=LARGEST))
    except (GonogoError, ValueError, RecursionError):
        return PurePosixPath(path).name == BUNDLE
    if not isinstance(stored, dict):
        return False
    document = cast("dict[str, object]", stored)
    legacy = {"evidence_pack_id", "phase_id", "layer_id"} <= set(document)
    return form_of(document) != "ep-json" or document.get("schema_id") == "evidence_pack" or legacy


def _check(pack: str, context: GateContext, tracked: Listing, seen: Seen) -> None:
    from gonogo_evidence.ep_dispatch import validate  # noqa: PLC0415 - only where packs are

    try:
        found = validate(context.tree / tracked.disk(pack))
    except GonogoError as error:
        seen.findings.append(_finding(pack, error.code, str(error.what)))
    else:
        _take(pack, found, seen)
    seen.checked += 1


def _take(pack: str, found: Validation, seen: Seen) -> None:
    """An error is a finding, a warning is told; a report that says no without a reason is a finding all the same."""
    for one in found.report.failures:
        seen.findings.append(_finding(pack, one.code, f"{one.path}: {one.message}"))
    for one in found.report.warnings:
        seen.advice.append(_finding(pack, one.code, f"{one.path}: {one.message}"))
    if found.exit_code and not found.report.failures:
        seen.findings.append(_finding(pack, "EP_INVALID", f"not a valid pack ({found.form})"))


def _finding(path: str, code: str, message: str) -> Finding:
    words = plain(message)
    return Finding(path, None, code, words, fingerprint(path, code, words, ""))
