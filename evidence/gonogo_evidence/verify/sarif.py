"""A report as SARIF 2.1.0, for tools that collect findings. What holds is listed too: ``kind`` says which is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from gonogo_evidence.verify.report import OK

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON
    from gonogo_evidence.verify.report import Check, Report

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
KINDS: Final = {"PASS": "pass", "FAIL": "fail", "INCONCLUSIVE": "open"}


def sarif(report: Report, *, version: str) -> dict[str, JSON]:
    """One run of the tool ``gonogo verify``: a rule for each check that was made, a result for each answer.

    Args:
        report: what verify found.
        version: gonogo's own.
    """
    rules: list[JSON] = [{"id": name} for name in sorted({check.id for check in report.checks})]
    driver: dict[str, JSON] = {"name": "gonogo verify", "version": version, "rules": rules}
    digests: dict[str, JSON] = {
        "pack_id": report.pack_id,
        "pack_digest": report.pack_digest,
        "core_digest": report.core_digest,
        "review_digest": report.review_digest,
        "exit_code": report.exit_code,
        **{area: report.verdict(area) for area in report.areas},
    }
    results: list[JSON] = [_result(check) for check in report.checks]
    run: dict[str, JSON] = {"tool": {"driver": driver}, "results": results, "properties": digests}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(check: Check) -> dict[str, JSON]:
    """SARIF wants a level only of what failed; what could not be checked is ``open``, and never silent."""
    level = "error" if check.verdict == "FAIL" else "none"
    words = str(check.evidence) if check.code == OK else f"{check.code}: {check.evidence}"
    result: dict[str, JSON] = {
        "ruleId": check.id,
        "kind": KINDS[check.verdict],
        "level": level,
        "message": {"text": words},
        "properties": {"code": check.code, "area": check.area, "limit": check.limit},
    }
    if check.where:
        place = {"uri": quote(check.where, safe="/"), "uriBaseId": "PACK"}
        result["locations"] = [{"physicalLocation": {"artifactLocation": place}}]
    return result
