"""What a critique says as JSON: our own form, and the predecessor's shape with its words for severity and action."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from gonogo_policies.gates.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_policies.critic.hits import Hit
    from gonogo_policies.critic.judge import Critique
    from gonogo_policies.critic.pack import Pack, Severity

Action: TypeAlias = Literal["ALLOW", "REVIEW_REQUIRED", "AUTO_APPLY_DENY"]
ACTIONS: Final[dict[Severity, Action]] = {"INFO": "ALLOW", "WARN": "REVIEW_REQUIRED", "BLOCK": "AUTO_APPLY_DENY"}
ORDER: Final[tuple[Severity, ...]] = ("INFO", "WARN", "BLOCK")


def gravest(hits: Sequence[Hit]) -> Severity:
    """The gravest severity; ``INFO`` where nothing was found."""
    worst: Severity = "INFO"
    for hit in hits:
        worst = hit.severity if ORDER.index(hit.severity) > ORDER.index(worst) else worst
    return worst


def violations(critique: Critique) -> list[JSONObject]:
    """Each hit with its place: ``line_range`` is first and last line on ``side``, null for a whole file."""
    return [
        {
            "rule_id": hit.rule,
            "severity": hit.severity,
            "message": plain(hit.message, 1000),
            "file_path": hit.path,
            "line_range": [hit.start, hit.end] if hit.start else None,
            "side": hit.side,
            "snippet": plain(hit.snippet, 1000),
            "suggested_fix": hit.fix,
        }
        for hit in critique.hits
    ]


def predecessor(critique: Critique, pack: Pack) -> JSONObject:
    """The predecessor's document. Hits of one rule and message are one violation, each with its own evidence.

    ``line_range``, which the predecessor leaves null, holds ``first-last``.
    """
    groups: dict[tuple[str, str], list[Hit]] = defaultdict(list)
    for hit in critique.hits:
        groups[hit.rule, hit.message].append(hit)
    worst = gravest(critique.hits)
    return {
        "max_severity": worst,
        "recommended_action": ACTIONS[worst],
        "violations": [_violation(rule, message, found) for (rule, message), found in sorted(groups.items())],
        "minimum_test_plan": cast(
            "JSON", sorted({hit.fix for hit in critique.hits if hit.rule == "MISSING_TEST_PLAN"})
        ),
        "operator_questions": cast("JSON", sorted({f"Is this meant: {plain(hit.message)}?" for hit in critique.hits})),
        "summary": f"{len(groups)} violations in {critique.files} files, {critique.rules} rules",
        "policy_pack_id": "+".join(pack.ids),
        "policy_pack_version": pack.version,
        "effective_ruleset_hash": pack.digest[:16],
    }


def _violation(rule: str, message: str, found: Sequence[Hit]) -> JSONObject:
    times = f" ({len(found)} occurrences)" if len(found) > 1 else ""
    evidence: list[JSON] = [
        {
            "file_path": hit.path,
            "line_range": f"{hit.start}-{hit.end}" if hit.start else None,
            "snippet": plain(hit.snippet, 1000),
            "pattern": hit.rule,
        }
        for hit in found
    ]
    return {
        "rule_id": rule,
        "severity": gravest(found),
        "message": plain(message, 1000) + times,
        "evidence": evidence,
        "suggested_fix": found[0].fix,
    }
