"""Look-ups over the runbook's controls: which lines a step, a role or a check answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.config.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_policies.config.base import RoleName
    from gonogo_policies.config.runbook import Control, Step


Coverage: TypeAlias = Literal["covered", "soft", "planned", "hole"]

CAPABILITIES: Final = {
    "I": msg("the loop"),
    "II": msg("evidence"),
    "III": msg("confined roles, separation and attacks"),
    "IV": msg("gates and the nightly run"),
    "V": msg("layer runs with models"),
    "VI": msg("chat hosts"),
    "VII": msg("fleet and board"),
    "VIII": msg("drills"),
}
"""What a control that is not built comes with."""


def coverage(control: Control) -> Coverage:
    """How far a control is shown to work.

    ``covered``: hard, and a mutation turns its check red in the test that it names. ``soft``: it decides nothing.
    ``planned``: its check is not built; never counted as covered. ``hole``: hard, built, and no test shows it.
    """
    if not control.built:
        return "planned"
    if control.test is not None:
        return "covered"
    return "hole" if control.hard else "soft"


def control(controls: Sequence[Control], control_id: str) -> Control:
    """Return the control of this id. Raises BadInput ``CONTROL_UNKNOWN`` with the nearest id."""
    for one in controls:
        if one.id == control_id:
            return one
    guess = nearest(control_id, (one.id for one in controls))
    raise BadInput(
        "CONTROL_UNKNOWN",
        msg("The runbook has no such control: {control}.", control=control_id),
        next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None,
    )


def by_check(controls: Sequence[Control]) -> Mapping[str, tuple[Control, ...]]:
    """Return for each check the controls that it decides, in the runbook's order."""
    checks: dict[str, tuple[Control, ...]] = {}
    for one in controls:
        checks[one.check] = (*checks.get(one.check, ()), one)
    return checks


def of_step(controls: Sequence[Control], step: Step) -> tuple[Control, ...]:
    """Return the controls of a step of section 4."""
    return tuple(one for one in controls if one.step == step)


def of_section(controls: Sequence[Control], section: str) -> tuple[Control, ...]:
    """Return the controls of one of the runbook's sections, ``"0"`` to ``"8"``."""
    return tuple(one for one in controls if one.section == section)


def of_role(controls: Sequence[Control], role: RoleName) -> tuple[Control, ...]:
    """Return the controls that a role answers for."""
    return tuple(one for one in controls if one.role == role)


def hard_checks(controls: Sequence[Control], *, step: Step | None = None) -> tuple[str, ...]:
    """Return the ids of the built checks behind hard controls, in the runbook's order, none twice."""
    chosen = (one.check for one in controls if one.hard and one.built and step in {None, one.step})
    return tuple(dict.fromkeys(chosen))


def is_hard(controls: Sequence[Control], check: str) -> bool:
    """Whether any control that this check decides is hard. Raises BadInput ``CHECK_UNKNOWN``."""
    decided = by_check(controls).get(check)
    if not decided:
        raise BadInput(
            "CHECK_UNKNOWN", msg("No control of the runbook is decided by this check: {check}.", check=check)
        )
    return any(one.hard for one in decided)
