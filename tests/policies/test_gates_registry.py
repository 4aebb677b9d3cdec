"""The table of kinds: what it says of a kind holds for the file that plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from gonogo_policies.change import Change, ChangedFile
from gonogo_policies.gates import ASK_CI, CiFacts, Declaration, make_gate
from gonogo_policies.gates.registry import KINDS

if TYPE_CHECKING:
    from gonogo_policies.gates import PlanContext
    from gonogo_policies.gates.declaration import GateKind

PATHS = ("a.py", "a.md", "requirements.txt", ".github/workflows/a.yml", "config/live.toml", "docs/merge_logs/PR_1.md")


class Telling:
    """A plan's context that tells who asks what CI promises."""

    def __init__(self, ci: CiFacts | None) -> None:
        self._ci = ci
        self.asked = False

    @property
    def ci(self) -> CiFacts | None:
        """What CI promises."""
        self.asked = True
        return self._ci


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_kinds_that_ask_what_ci_promises_are_named_and_no_other_asks(kind: GateKind) -> None:
    asked = False
    for paths in ((), *((path,) for path in PATHS), PATHS):
        change = Change(tuple(ChangedFile(path, "M") for path in paths), len(paths))
        for origin in ("packaged", "trust", "commit"):
            for ci in (None, CiFacts((), {})):
                telling = Telling(ci)
                gate = Declaration("g", kind, hard=True, origin=origin)
                make_gate(gate).applies(change, cast("PlanContext", telling))
                asked = asked or telling.asked
    assert asked == (kind in ASK_CI)
