"""A run with enemies in five roles: thirty attempts on the whole, all refused and on the record, and a failing pack."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents import confine
from gonogo_agents.workers import Workers
from gonogo_agents.world import World
from gonogo_evidence.verify import verify_pack
from gonogo_graph.drive import carry_on
from gonogo_graph.proof import pack_folder
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_policies.packaged import packaged_config
from support import hostile
from support.baits import laid
from support.desk import make_desk
from support.escapes import ESCAPES

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_graph.context import RunContext
    from gonogo_graph.store import RunRow

needs_linux = pytest.mark.skipif("filter" not in confine.offered(), reason="elsewhere a role is only a process")


def run_with_enemies(tmp_path: Path) -> tuple[RunRow, dict[str, Any], RunContext]:
    """A whole run on a fresh desk; its row, what lies in its pack by path, and its context."""
    desk = make_desk(tmp_path / "desk")
    desk.enrol()
    world = World(env=desk.environment())
    with laid(tmp_path / "b") as bait, open_session(world, desk.repo.path) as session:
        places = session.places
        real = replace(
            bait, home=str(desk.home), repository=str(desk.repo.path), ledger=str(places.database),
            engine_key=str(places.engine_key),
        )  # fmt: skip
        context = start_run(
            Options(layer="L0", reason="test", operator="ada", dataset_snapshot=hostile.baited(real)),
            world=world,
            places=places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        crew = Workers(world, bodies="support.hostile:BODIES")
        try:
            row = carry_on(context, crew=crew).row
        finally:
            crew.close()
        assert verify_pack(pack_folder(context)).verdict("authentic") == "PASS"
        return row, {name: _json(pack_folder(context) / name) for name in SEALED}, context


SEALED = ("core/pack.json", "core/inventory.json", "environment.json", "review/risk-review.json", "review/card.txt")


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever lies there
    return json.loads(path.read_bytes()) if path.suffix == ".json" else path.read_text()


@needs_linux
def test_thirty_attempts_are_refused_and_the_run_ends_in_a_failing_pack(tmp_path: Path) -> None:
    row, pack, context = run_with_enemies(tmp_path)
    assert (row.state, row.verdict, row.recommendation) == ("AWAITING_OPERATOR", "FAIL", "NO-GO")
    assert pack["environment.json"]["isolation"] == "sealed"
    attempts: dict[str, str] = pack["environment.json"]["observed"]["inventory"]["attempts"]
    assert set(attempts) == {*ESCAPES, *(name for name, _, _ in hostile.ASKED)}
    assert len(attempts) + len(hostile.TALKING) == 35
    assert [name for name, answer in attempts.items() if answer == "WENT THROUGH"] == []
    asked = [json.loads(line) for line in context.folder.requests.read_text().splitlines()]
    denied = [line for line in asked if line["role"] == "FACTS_COLLECTOR" and not line["allowed"]]
    assert [line["verb"] for line in denied] == [verb for _, verb, _ in hostile.ASKED]
    verdicts = {name: context_result(context, name) for name in hostile.TALKING}
    assert verdicts == hostile.TALKING


def context_result(context: RunContext, field: str) -> tuple[str, str]:
    """Verdict and code of what stands for a duty that was not done."""
    stored = json.loads((context.folder.results / f"{field}.json").read_bytes())
    assert not context.folder.envelope(field).exists(), "nobody signed it"
    return stored["verdict"], stored["value"]["code"]
