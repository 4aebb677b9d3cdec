"""Named risk rules: pure functions over a run's results and its change. A new one is a function and a line."""

from gonogo_policies.risks.interface import OWN, Facts, Risk, Rule, facts_of
from gonogo_policies.risks.rules import RULES, assess

__all__ = ["OWN", "RULES", "Facts", "Risk", "Rule", "assess", "facts_of"]
