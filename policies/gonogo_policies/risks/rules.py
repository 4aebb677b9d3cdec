"""All rules, and the order in which their risks are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.risks.about_change import CHANGE_RULES
from gonogo_policies.risks.about_guards import GUARD_RULES
from gonogo_policies.risks.about_run import RUN_RULES

if TYPE_CHECKING:
    from gonogo_policies.risks.interface import Facts, Risk, Rule

RULES: tuple[Rule, ...] = (*CHANGE_RULES, *GUARD_RULES, *RUN_RULES)


def assess(facts: Facts) -> tuple[Risk, ...]:
    """Every risk that a rule names, the gravest first; then by rule and words, so that the order is always the same."""
    found = [risk for rule in RULES for risk in rule(facts)]
    return tuple(sorted(found, key=lambda risk: (-risk.severity, risk.rule, str(risk.finding))))
