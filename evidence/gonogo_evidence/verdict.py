"""The three verdicts, and the rule that combines them (law 2: empty passes nothing)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Verdict: TypeAlias = Literal["PASS", "FAIL", "INCONCLUSIVE"]
"""What a check says. There is no fourth value: NOT_APPLICABLE belongs to gates and must be earned there."""

GateVerdict: TypeAlias = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE"]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """FAIL before INCONCLUSIVE before PASS. Nothing at all is INCONCLUSIVE: what checked nothing proved nothing."""
    seen = set(verdicts)
    if "FAIL" in seen:
        return "FAIL"
    return "PASS" if seen == {"PASS"} else "INCONCLUSIVE"
