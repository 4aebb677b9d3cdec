"""SARIF 2.1.0: every finding with place and fingerprint; a gate that could not tell makes the run unsuccessful."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo.gate_formats.interface import GateOutcome, Outcome, Place

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "gonogoGate/v1"


def sarif(outcome: Outcome) -> str:
    """The document, one run; a rule for each gate and code that found something."""
    results = [entry for gate in outcome.gates for entry in _results(gate)]
    notices = [_notice(gate) for gate in outcome.gates if gate.verdict == "INCONCLUSIVE"]
    driver: dict[str, object] = {
        "name": "gonogo gates",
        "version": outcome.version,
        "rules": [{"id": name} for name in sorted({str(entry["ruleId"]) for entry in results})],
    }
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "results": results,
        "invocations": [{"executionSuccessful": not notices, "toolExecutionNotifications": notices}],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "subject": outcome.subject,
            "verdict": outcome.verdict,
            "reason": outcome.reason,
            "gates": {gate.name: {"verdict": gate.verdict, "checked": gate.checked} for gate in outcome.gates},
        },
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _results(gate: GateOutcome) -> Iterator[dict[str, object]]:
    for one in gate.findings:
        yield _result(gate, one, "error" if gate.hard else "warning")
    for one in gate.advice:
        yield _result(gate, one, "note")


def _result(gate: GateOutcome, one: Place, level: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "ruleId": f"{gate.name}/{one.code}",
        "level": level,
        "message": {"text": one.message or one.code},
        "partialFingerprints": {FINGERPRINT: one.fingerprint},
    }
    if one.path:
        place: dict[str, object] = {"artifactLocation": {"uri": quote(one.path, safe="/"), "uriBaseId": "%SRCROOT%"}}
        if one.line:
            place["region"] = {"startLine": one.line}
        entry["locations"] = [{"physicalLocation": place}]
    return entry


def _notice(gate: GateOutcome) -> dict[str, object]:
    level = "error" if gate.hard else "warning"
    words = f"{gate.name}: {gate.reason}"
    return {"level": level, "message": {"text": words}, "descriptor": {"id": gate.reason_code or "INCONCLUSIVE"}}
