"""The critic: plays every rule of a pack over a diff and says what it found, where, and how grave it is.

``BLOCK`` decides; ``WARN`` and ``INFO`` are told. In tests and samples nothing blocks but secrets; in documents, which
only speak of settings, nothing but secrets is looked for, and what is about every sign.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_policies.critic.checks import CHECKS
from gonogo_policies.critic.folding import folded
from gonogo_policies.critic.hits import Case, Hit
from gonogo_policies.critic.moved import joined
from gonogo_policies.critic.secrets import find
from gonogo_policies.critic.unseen import kind_of, unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gonogo_policies.critic.diff_file import FileDiff
    from gonogo_policies.critic.hits import Context, FindSecrets
    from gonogo_policies.critic.pack import Pack, Rule


@dataclass(frozen=True, slots=True)
class Critique:
    """What was looked at and what was found."""

    hits: tuple[Hit, ...]
    files: int
    """Files whose content was read."""
    lines: int
    """Lines that were added or taken away."""
    unread: tuple[str, ...]
    """Files whose content the diff does not show."""
    combined: bool
    """The diff is one of a merge, which leaves out what came from one side alone."""
    rules: int


def criticise(files: Sequence[FileDiff], pack: Pack, context: Context, find_secrets: FindSecrets) -> Critique:
    """Play the pack's rules.

    Args:
        files: the diff.
        pack: the rules.
        context: what the author says about the change.
        find_secrets: asks the detectors; raises where they cannot run. Asked once, and only where a rule needs it.
    """
    files = joined(files, kind_of(pack))
    wanted = any(rule.check == "secrets" for rule in pack.rules)
    seen = Case(files, context, pack.documents, find(files, find_secrets) if wanted else {})
    case = replace(seen, files=[folded(file) for file in files])
    found = [_softer(hit, rule, pack) for rule in pack.rules for hit in _play(rule, seen if _raw(rule) else case)]
    unread = [file for file in files if unseen(file, pack)]
    return Critique(
        hits=tuple(sorted(set(found), key=lambda hit: (hit.path, hit.start, hit.rule, hit.message, hit.end))),
        files=len(files) - len(unread),
        lines=sum(len(file.added) + len(file.removed) for file in files),
        unread=tuple(file.path for file in unread),
        combined=any(file.parents > 1 for file in files),
        rules=len(pack.rules),
    )


def _raw(rule: Rule) -> bool:
    """Whether a rule is about the signs themselves, not about what a program reads of them."""
    return rule.check == "secrets" or rule.everywhere


def _play(rule: Rule, case: Case) -> Iterable[Hit]:
    about = [file for file in case.files if any(rule.paths.index(name) is not None for name in file.names)]
    return CHECKS[rule.check](rule, about, case)


def _softer(hit: Hit, rule: Rule, pack: Pack) -> Hit:
    """In a test or a sample a block becomes a word of warning, unless the rule says where."""
    soft = pack.soft if rule.soft is None else rule.soft
    if hit.severity != "BLOCK" or soft.index(hit.path) is None:
        return hit
    return replace(hit, severity="WARN")
