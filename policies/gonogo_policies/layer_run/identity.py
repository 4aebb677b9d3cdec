"""Who answered: a model as its response reports it, found in the registry, never a configured label."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_policies.separation import same_actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DATED = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8})$")


@dataclass(frozen=True, slots=True)
class Known:
    """A model of the registry, as far as its identity goes."""

    model_id: str
    family: str
    reported_as: tuple[str, ...] = ()

    def is_reported(self, name: str) -> bool:
        """Whether a response that names ``name`` is of this model."""
        return name in {self.model_id, *self.reported_as} or _DATED.sub("", name) == self.model_id


def who(reported: str, models: Mapping[str, Known]) -> Known | None:
    """The one model of the registry that a response names; None where it is none of them, or could be several."""
    found = [known for known in models.values() if known.is_reported(reported)]
    return found[0] if len(found) == 1 else None


def clash(candidate: Known, other: Known, *, other_family: bool) -> bool:
    """Whether the two may not be proposer and critic: one model, or one family where the policy asks for two."""
    one = same_actor(candidate.model_id, other.model_id)
    return one or (other_family and same_actor(candidate.family, other.family))


def may_propose(
    candidates: Sequence[Known], critic: Known, *, other_family: bool
) -> tuple[tuple[Known, ...], tuple[Known, ...]]:
    """The candidates in their order, apart: those that may propose before this critic, and those that may not."""
    refused = tuple(one for one in candidates if clash(one, critic, other_family=other_family))
    return tuple(one for one in candidates if one not in refused), refused
