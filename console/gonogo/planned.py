"""The gates that had to be planned, by the very files that declared them, where the verifier has these bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence.attest.parts import listing, mapping, words
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.ids import Digest
from gonogo_evidence.seal import CORE
from gonogo_evidence.text import msg
from gonogo_evidence.verify.open import PLAN
from gonogo_evidence.verify.planned import ID, left_out
from gonogo_evidence.verify.report import limit
from gonogo_policies.config import gates_declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from gonogo_evidence.verify import Check, UnverifiedPack


FIRST = "A"
"""The step whose gates are no part of the plan."""


@dataclass(frozen=True, slots=True)
class PlannedGates:
    """To be handed to the evidence floor's verify."""

    files: Callable[[str], Iterable[bytes]]
    """Files that declare gates, as this machine has them, for a commit; those that no pack names do not count."""

    def __call__(self, pack: UnverifiedPack) -> Iterator[Check]:
        """Every gate in such a file is in the plan; a file that is not here is a stated limit."""
        plan = mapping(pack.json(PLAN).get("gates"))
        declared = [mapping(one) for one in listing(plan.get("declared"))]
        known = {digest_of(data): data for data in self.files(words(pack.json(CORE), "git_ref"))} if declared else {}
        for one in declared:
            key, data = words(one, "file"), known.get(Digest(words(one, "sha256")))
            if data is None:
                said = msg("The file that declares gates is not here: what it declares is the pack's word alone.")
                yield limit(ID, "GATES_FILE_ABSENT", said, area="verdict", where=key)
            else:
                yield from left_out(gates_declared(data), plan, key)
                yield from _first(pack, gates_declared(data, FIRST), key)


def _first(pack: UnverifiedPack, names: Iterable[str], key: str) -> Iterator[Check]:
    """Gates of step A come before the plan: what preflight handed back names them, if it could look at all."""
    preflight = mapping(mapping(pack.json(CORE).get("preflight_snapshot")).get("value"))
    if "gates" in preflight:
        yield from left_out(names, preflight, key)
