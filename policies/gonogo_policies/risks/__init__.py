"""Named risk rules: pure functions over a run's results and its change. Adding one is a function and a line in RULES."""

from gonogo_policies.risks.interface import Facts, Risk, Rule, facts_of
from gonogo_policies.risks.rules import RULES, assess

__all__ = ["RULES", "Facts", "Risk", "Rule", "assess", "facts_of"]
