"""Where a pack holds the evidence of a control: file, JSON path, digest and verdict of the check that decides it.

The digests are those of the files as they lie there; whether these are the sealed ones, ``gonogo verify`` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.validate import GATE_CHECKS
from gonogo_evidence import canonical
from gonogo_evidence.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.ids import JSON, JSONObject

LIMIT = 64 * 1024 * 1024
DOCUMENTS = (
    "core/validator-report.json",
    "core/pack.json",
    "core/inventory.json",
    "core/run-plan.json",
    "review/risk-review.json",
    "review/recommendation.json",
)
"""Where checks are written down, in the order in which they are looked for."""
WHOLE = {"F": "seal.json", "E-VALIDATE": "seal.json", "SUMMARY-FORM": "review/notes.md"}
"""What a check is about where no file of the pack can hold its verdict: duty 7 judges the sealed pack itself."""


CORE, LABEL = "core/pack.json", "$.execution.value.label"
OF_MODELS = ("D-CRITIC",)
"""Checks that only a run with models has; where none was asked, the pack says "assignment only" in their place."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pack's evidence by check."""

    folder: Path
    found: Mapping[str, JSONObject]

    @classmethod
    def of(cls, folder: Path) -> Evidence:
        """Read the pack's documents. Raises :class:`GonogoError` for one that is no canonical JSON object."""
        found: dict[str, JSONObject] = {}
        for name in DOCUMENTS:
            path = folder / name
            if not path.exists():
                continue
            data = read_bytes(path, limit=LIMIT)
            digest = canonical.digest_of(data)
            for place, check, verdict in _checks(canonical.loads_object(data, limit=LIMIT), "$"):
                found.setdefault(check, {"file": name, "path": place, "sha256": digest, "verdict": verdict})
            if name == CORE and _assignment_only(canonical.loads_object(data, limit=LIMIT)):
                for check in OF_MODELS:
                    found.setdefault(check, {"file": name, "path": LABEL, "sha256": digest, "verdict": None})
        return cls(folder, found)

    def for_check(self, check: str) -> JSONObject | None:
        """File, path in it, SHA-256 of the file, and the verdict (None where the file itself is what is judged)."""
        known = self.found.get(check)
        name = WHOLE.get(check) or WHOLE.get(check.partition("-")[0])
        if known is not None or name is None or not (self.folder / name).exists():
            return known
        digest = canonical.digest_of(read_bytes(self.folder / name, limit=LIMIT))
        return {"file": name, "path": "$", "sha256": digest, "verdict": None}


def _assignment_only(core: JSONObject) -> bool:
    execution = core.get("execution")
    value = execution.get("value") if isinstance(execution, Mapping) else None
    return isinstance(value, Mapping) and bool(value.get("label")) and core.get("mode", "smoke") == "smoke"


def _checks(value: JSON, place: str) -> Iterator[tuple[str, str, str]]:
    """Every check, criterion and gate of the runbook that has a verdict: its place, the check's id, the verdict."""
    if isinstance(value, Mapping):
        verdict, name = value.get("verdict"), value.get("check", value.get("id"))
        gate = GATE_CHECKS.get(str(value.get("name")))
        if isinstance(verdict, str) and isinstance(name or gate, str):
            yield place, str(name or gate), verdict
        for key, inner in value.items():
            yield from _checks(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(cast("list[JSON]", value)):
            yield from _checks(inner, f"{place}[{number}]")
