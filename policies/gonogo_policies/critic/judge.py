"""The critic: plays every rule of a pack over a diff and says what it found, where, and how grave it is.

``BLOCK`` decides; ``WARN`` and ``INFO`` are told. In tests and samples nothing blocks; in documents, which only speak
of settings, nothing but secrets is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo_policies.critic.checks import CHECKS
from gonogo_policies.critic.hits import Case, Hit
from gonogo_policies.critic.secrets import find

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
    wanted = any(rule.check == "secrets" for rule in pack.rules)
    case = Case(files, context, pack.documents, find(files, find_secrets) if wanted else {})
    found = [_softer(hit, pack) for rule in pack.rules for hit in _play(rule, case)]
    read = [file for file in files if not file.binary]
    return Critique(
        hits=tuple(sorted(set(found), key=lambda hit: (hit.path, hit.start, hit.rule, hit.message, hit.end))),
        files=len(read),
        lines=sum(len(file.added) + len(file.removed) for file in files),
        unread=tuple(file.path for file in files if file.binary),
        combined=any(file.parents > 1 for file in files),
        rules=len(pack.rules),
    )


def _play(rule: Rule, case: Case) -> Iterable[Hit]:
    about = [file for file in case.files if any(rule.paths.index(name) is not None for name in file.names)]
    return CHECKS[rule.check](rule, about, case)


def _softer(hit: Hit, pack: Pack) -> Hit:
    """In a test or a sample a block becomes a word of warning."""
    if hit.severity != "BLOCK" or pack.soft.index(hit.path) is None:
        return hit
    return replace(hit, severity="WARN")
