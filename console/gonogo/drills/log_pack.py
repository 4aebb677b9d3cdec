"""The four files of the predecessor's drill pack, each of which says that it is a drill's."""

from __future__ import annotations

import json
from typing import Any

NOT_PRODUCTION = "DRILL, not production: this is no evidence of a run."


def pack_of(card: dict[str, Any]) -> dict[str, str]:
    """The four files by name; they follow from the scorecard alone."""
    return {
        "operator_notes.md": notes(card),
        "run_manifest.json": manifest(card),
        "validator_report.txt": report(card),
        "evidence_pack_pointers.txt": pointers(card),
    }


def notes(card: dict[str, Any]) -> str:
    """``operator_notes.md``."""
    lines = [f"- {one['verdict']} {one['criterion']}: {one['actual']}" for one in card["criteria"]]
    head = f"# Operator notes: {card['drill']}\n\n{NOT_PRODUCTION}\n\nResult: {card['verdict']}, {card['timebox']}\n\n"
    return head + "\n".join(lines) + "\n"


def manifest(card: dict[str, Any]) -> str:
    """``run_manifest.json``: the scorecard without its criteria."""
    body = {name: value for name, value in card.items() if name != "criteria"}
    body |= {"schema": "gonogo/drill-manifest/v1", "drill_pack": True, "production": False}
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def report(card: dict[str, Any]) -> str:
    """``validator_report.txt``: a line for each criterion."""
    lines = [
        f"{one['verdict']:<8}{one['criterion']}: {one['actual']} (expected: {one['expected']})"
        for one in card["criteria"]
    ]
    return "\n".join([NOT_PRODUCTION, *lines, f"{card['verdict']}: {card['drill']}, {card['timebox']}"]) + "\n"


def pointers(card: dict[str, Any]) -> str:
    """``evidence_pack_pointers.txt``: where each criterion can be seen, and digests of what the operator left."""
    shown = [f"E{number:02}  {one['pointer']}" for number, one in enumerate(card["criteria"], start=1)]
    return "\n".join([NOT_PRODUCTION, *shown, *(f"sha256 {d}  {n}" for n, d in card["files"].items())]) + "\n"
