"""L4's own vocabulary and its critic report (interop.md 1.11), and the contract by which two reports are one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, cast

from gonogo_evidence import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSON, JSONObject

SCHEMA_VERSION: Final = "1.0.0"
VERDICTS: Final = {"ALLOW": "PASS", "APPROVE": "PASS", "REJECT": "FAIL"}
"""All other decisions are WARN."""
RISKS: Final = {"LOW": "LOW", "MEDIUM": "MEDIUM", "HIGH": "HIGH", "CRITICAL": "HIGH"}
FINDING: Final = {"LOW": "LOW", "MEDIUM": "MEDIUM", "HIGH": "HIGH", "CRITICAL": "MEDIUM"}
ORDER: Final = ("HIGH", "MEDIUM", "LOW", "INFO")
VOLATILE: Final = (
    *("timestamp", "created_at", "duration", "elapsed", "run_id", "pid", "hostname", "absolute_path", "_temp", "_tmp"),
)
"""Parts of names of keys that two runs may differ in: dropped, at every depth."""


def critic_report(proposal: JSONObject, *, pack: str, mode: str, evidence: Mapping[str, str]) -> JSONObject:
    """The report over an L4 proposal: F001 is its decision.

    Args:
        proposal: an answer that keeps L4's contract.
        pack: the commit that was looked at.
        mode: ``record``: from a recorded exchange, whether it was recorded in this run or before.
        evidence: paths by evidence id.
    """
    decision, severity = str(proposal.get("decision")), str(proposal.get("severity"))
    refs = sorted(
        evidence.get(str(one), str(one)) for one in cast("Sequence[JSON]", proposal.get("evidence_ids") or [])
    )
    first = _finding(
        "F001", f"Decision: {decision}", FINDING.get(severity, "MEDIUM"), str(proposal.get("rationale")), refs
    )
    counts = {"high": "HIGH", "med": "MEDIUM", "low": "LOW", "info": "INFO"}
    return {
        "schema_version": SCHEMA_VERSION,
        "pack_id": pack,
        "mode": mode,
        "critic": {"name": "L4_Governance_Critic", "version": SCHEMA_VERSION},
        "inputs": {"evidence_pack_path": pack, "fixture": None, "schema_version_in": SCHEMA_VERSION},
        "summary": {
            "verdict": VERDICTS.get(decision, "WARN"),
            "risk_level": RISKS.get(severity, "MEDIUM"),
            "score": None,
            "finding_counts": {name: int(first["severity"] == word) for name, word in counts.items()},
        },
        "findings": [first],
        "meta": {
            "deterministic": True,
            "canonicalization": {"rules": ["sorted_keys", "sorted_lists", "normalized_paths"]},
            "created_at": None,
        },
    }


def report_text(report: JSONObject) -> str:
    """The file's bytes: sorted keys, two spaces, a newline at the end."""
    return json.dumps(report, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def summary_text(report: JSONObject) -> str:
    """``critic_summary.md``, from the report alone."""
    summary = cast("JSONObject", report["summary"])
    findings = cast("Sequence[JSONObject]", report["findings"])
    lines = [f"# L4 critic: {summary['verdict']}, risk {summary['risk_level']}", ""]
    lines += [f"- {one['id']} ({one['severity']}): {one['title']}" for one in findings]
    return "\n".join(lines) + "\n"


def contract_digest(report: JSON) -> str:
    """SHA-256 of the form in which two reports are compared: what may differ is dropped, paths are made alike."""
    text = json.dumps(_alike(report), ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    return canonical.digest_of(text.encode())


def _alike(value: JSON) -> JSON:
    if isinstance(value, dict):
        table = cast("Mapping[str, JSON]", value)
        return {key: _alike(item) for key, item in table.items() if not any(part in key.lower() for part in VOLATILE)}
    if isinstance(value, list | tuple):
        return [_alike(item) for item in value]
    return value.replace("\\", "/") if isinstance(value, str) and "/" in value else value


def _finding(name: str, title: str, severity: str, rationale: str, refs: Sequence[str]) -> JSONObject:
    return {
        "id": name,
        "title": title,
        "severity": severity,
        "status": "OPEN",
        "rationale": rationale,
        "evidence_refs": list(refs),
        "metrics": {},
    }
