"""The policy critic: rules over a diff, as data, with small checks; evidence with line ranges for each hit."""

from gonogo_policies.critic.diff import read_diff
from gonogo_policies.critic.diff_file import DiffInvalid, FileDiff
from gonogo_policies.critic.hits import Context, FindSecrets, Hit
from gonogo_policies.critic.judge import Critique, criticise
from gonogo_policies.critic.pack import Pack, Rule, read_pack

__all__ = [
    "Context",
    "Critique",
    "DiffInvalid",
    "FileDiff",
    "FindSecrets",
    "Hit",
    "Pack",
    "Rule",
    "criticise",
    "read_diff",
    "read_pack",
]
