"""Who may approve a run: separation of duties, held against each approval wherever one is made or counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.errors import Inconclusive, Refused
from gonogo_evidence.text import msg
from gonogo_policies.separation import check_separation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gonogo_evidence.ids import RunId
    from gonogo_evidence.text import Text
    from gonogo_policies.trust import Trust


def check_duties(run: RunId, actors: Mapping[str, Sequence[str]], signer: str, trust: Trust) -> None:
    """Hold the whole matrix against a run that ``signer`` approves (runbook section 0, SoD).

    Raises:
        Refused: ``SELF_APPROVAL`` where the signer is one of two who must differ, else ``SEPARATION_BROKEN``.
        Inconclusive: ``SEPARATION_UNKNOWN``.
    """
    result = check_separation({**actors, "signer": [signer]}, trust.separation, trust.people())
    what = msg("Separation of duties is {level}: {what}", level=trust.separation.level, what=str(result.text))
    if own := [one for one in result.violations if "signer" in {one.first, one.second}]:
        what = msg("Separation of duties is {level}: {what}", level=trust.separation.level, what=str(own[0].text()))
        raise Refused("SELF_APPROVAL", what, where=run, next_step=_somebody_else(actors, trust))
    if result.violations:
        step = msg("Sign NO-GO, and run again with different ones.")
        raise Refused("SEPARATION_BROKEN", what, where=run, next_step=step)
    if result.unknown:
        step = msg("Enter who that is under [people] in separation.toml, or sign NO-GO.")
        raise Inconclusive("SEPARATION_UNKNOWN", what, where=run, next_step=step)


def _somebody_else(actors: Mapping[str, Sequence[str]], trust: Trust) -> Text:
    names = ", ".join(may_approve(actors, trust))
    if names:
        return msg("Somebody else signs, with a key of their own: {names}.", names=names)
    return msg("Somebody else signs, with a key of their own; nobody who may is among the allowed signers yet.")


def may_approve(actors: Mapping[str, Sequence[str]], trust: Trust, at: datetime | None = None) -> list[str]:
    """The principals whose approval separation of duties does not refuse; with ``at``, whose key is valid then."""
    people = trust.people()

    def barred(principal: str) -> bool:
        found = check_separation({**actors, "signer": [principal]}, trust.separation, people).violations
        return any("signer" in {one.first, one.second} for one in found)

    able = {signer.principal for signer in trust.signers if at is None or signer.valid(at)}
    return [principal for principal in sorted(able) if not barred(principal)]
