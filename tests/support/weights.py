"""A duty of ordinary weight, for benches: it asks twice and hands back 20 KB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.duty import Result

if TYPE_CHECKING:
    from gonogo_agents.duty import Ask, DutyBody, View


def weight(view: View, ask: Ask) -> Result:
    """Read, ask twice, answer."""
    said = [ask("repo.read", path=str(number)) for number in range(2)]
    return Result("PASS", {"seen": sorted(view), "answers": said, "words": "z" * 20_000})


BODIES: dict[str, DutyBody] = {"weight": weight}
