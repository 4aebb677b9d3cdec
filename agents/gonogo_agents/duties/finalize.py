"""Duty 7 (step F, EVIDENCE_SCRIBE): canonicalize, seal, rebuild and compare, have it verified by a fresh process.

Hard: F-CANONICAL, F-IDS, F-SUMMARY, F-VERIFY, F-TREE, and step E's E-VALIDATE, which needs what the seal makes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from gonogo_agents.assemble import SCHEMA_VERSION, core_fields, core_files
from gonogo_agents.duties.trees import seal_check
from gonogo_agents.duty import Ask, Result, View
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import Verdict, worst
from gonogo_policies.results import DUTIES

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

_PACK_ID = re.compile(r"EVP-([A-Z0-9]+)-(L[0-6])-([0-9]{8})-[0-9]{3,9}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")


def finalize(view: View, ask: Ask) -> Result:
    """Seal what the first six duties found. The pack exists after this, whatever the verdict."""
    inputs = cast("JSONObject", view["inputs"])
    results = {field: view[field] for field in DUTIES}
    fields, files = core_fields(inputs, results), core_files(inputs, results)
    answer = _object(ask("evidence.seal", fields=fields, files=files))
    stamped, trees = _object(answer["stamped"]), _object(answer["trees"])
    sealed = {name: told for name, told in answer.items() if name not in {"stamped", "trees"}}
    rebuilt = _object(ask("evidence.rebuild"))
    verified = _object(ask("evidence.verify"))
    core, again = str(sealed["core_digest"]), str(rebuilt["core_digest"])
    checks = [
        _check("F-CANONICAL", core == again, msg("A fresh process rebuilt the core: {digest}.", digest=again)),
        _identified(inputs, str(sealed["pack_id"]), stamped),
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
        _check(
            "E-VALIDATE",
            verified["validation"] == 0,
            msg("The single-file pack was validated: exit {code}.", code=cast("int", verified["validation"])),
        ),
        seal_check(trees),
    ]
    verdict = worst(cast("Verdict", check["verdict"]) for check in checks)
    observed: JSONObject = {"rebuild": rebuilt, "verify": verified, "stamped": stamped, "trees": trees}
    return Result(verdict, {**sealed, "checks": checks}, observed)


def _identified(inputs: JSONObject, pack_id: str, stamped: JSONObject) -> JSONObject:
    """F-IDS: the sealed files carry this run's id, schema version and times, and the run ended after it began."""
    named = _PACK_ID.fullmatch(pack_id)
    date = str(inputs.get("commit_time"))[:10].replace("-", "")
    times = [str(stamped.get(name)) for name in ("started", "finished", "commit_time")]
    started, finished, committed = times
    holds = (
        named is not None
        and named.groups() == (inputs.get("phase_id"), inputs.get("layer_id"), date)
        and stamped.get("pack_id") == pack_id
        and stamped.get("schema_version") == SCHEMA_VERSION
        and all(_TIME.fullmatch(time) for time in times)
        and committed == inputs.get("commit_time")
        and started <= finished
    )
    text = msg(
        "Pack {pack}, schema {schema}, made from {started} to {finished}.",
        pack=pack_id,
        schema=str(stamped.get("schema_version")),
        started=started,
        finished=finished,
    )
    return _check("F-IDS", holds, text)


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
