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
from gonogo_policies.gates.verdicts import Seen, judge
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        """It applies where a file of a pack is added or changed; one that only goes away needs no look."""
        del context
        found = hits(self.declaration, change)
        there = {file.path for file in change.files if file.readable}
        files = tuple(path for path in found.files if path in there)
        if not files:
            return found.refused()
        return Applicability(applies=True, trigger=found.trigger, files=files, why=found.why, reads_change=True)

    def run(self, context: GateContext) -> GateResult:
        """Find the packs of the changed files and check each by the rules of its form. No network is asked."""
        found = self.applies(context.change, PlanContext(ci=None))
        seen = Seen("packs", reads_change=True)
        tracked = context.tracked()
        packs = list(dict.fromkeys(pack for path in found.files for pack in _pack_of(path, tracked, context)))
        for pack in packs:
            _check(pack, context, tracked, seen)
        seen.files = tuple(packs)
        seen.reason = msg("Evidence packs checked: {packs}. Not valid: {bad}.", packs=len(packs), bad=_bad(seen))
        if packs:
            names = first([plain(pack) for pack in packs])
            seen.reason = msg(
                "Evidence packs checked: {packs} ({names}). Not valid: {bad}.",
                packs=len(packs),
                names=names,
                bad=_bad(seen),
            )
        return judge(self.declaration, found, seen)


def _bad(seen: Seen) -> int:
    return len({finding.path for finding in seen.findings})


def _pack_of(path: str, tracked: Listing, context: GateContext) -> Iterator[str]:
    """The pack that a file belongs to: the folder around it, or the file itself; none for what is no part of one."""
    if path not in tracked:
        return
    for folder in PurePosixPath(path).parents:
        if str(folder / SEAL) in tracked:
            yield str(folder)
            return
    where = PurePosixPath(path)
    beside = str(where.parent / BUNDLE)
    if beside in tracked and beside != path:
        yield beside
    elif where.suffix == ".json" and (any(where.match(name) for name in NAMED) or _says_so(path, tracked, context)):
        yield path


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
