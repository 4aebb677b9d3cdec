"""Duty 7 (step F, EVIDENCE_SCRIBE): canonicalize, seal, rebuild and compare, have it verified by a fresh process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from gonogo_agents.assemble import core_fields, core_files
from gonogo_agents.duty import Ask, Result, View
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import Verdict, worst
from gonogo_policies.results import DUTIES

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject


def finalize(view: View, ask: Ask) -> Result:
    """Seal what the first six duties found. The pack exists after this, whatever the verdict."""
    inputs = cast("JSONObject", view["inputs"])
    results = {field: view[field] for field in DUTIES}
    fields, files = core_fields(inputs, results), core_files(inputs, results)
    sealed = _object(ask("evidence.seal", fields=fields, files=files))
    rebuilt = _object(ask("evidence.rebuild"))
    verified = _object(ask("evidence.verify"))
    core, again = str(sealed["core_digest"]), str(rebuilt["core_digest"])
    checks = [
        _check("F-CANONICAL", core == again, msg("A fresh process rebuilt the core: {digest}.", digest=again)),
        _check("F-IDS", bool(sealed["pack_id"]), msg("Pack {pack}, schema 1.0.0.", pack=str(sealed["pack_id"]))),
        _check("F-SUMMARY", bool(sealed["summary_size"]), msg("SUMMARY.md was rendered from the core.")),
        _check(
            "F-VERIFY",
            verified["authentic"] == "PASS",
            msg(
                "A fresh process verified the sealed pack: authentic {answer}, {count} checks.",
                answer=str(verified["authentic"]),
                count=cast("int", verified["checks"]),
            ),
        ),
    ]
    verdict = worst(cast("Verdict", check["verdict"]) for check in checks)
    return Result(verdict, {**sealed, "checks": checks}, {"rebuild": rebuilt, "verify": verified})


def _check(name: str, holds: bool, text: Text) -> JSONObject:
    return {
        "id": name,
        "hard": True,
        "verdict": "PASS" if holds else "FAIL",
        "basis": "measured",
        "text": cast("JSON", text.json()),
        "pointers": [],
    }


def _object(value: JSON) -> JSONObject:
    if not isinstance(value, Mapping):
        raise TypeError("the broker answers with an object")
    return value
