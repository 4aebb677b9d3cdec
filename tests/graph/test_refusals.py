"""What the broker refuses a role ends as evidence: ledger, log, environment, review, finding, card, verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from gonogo_agents.duties.bodies import BODIES
from gonogo_agents.workers import NoIsolation
from gonogo_evidence.errors import BadInput, Refused
from gonogo_graph.drive import carry_on
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_policies.packaged import packaged_config
from support.desk import make_desk, packaged
from support.quick import quick_world

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_agents.duty import Ask, Result, View


def nosy(view: View, ask: Ask) -> Result:
    """A facts collector that also tries what it may not, and then does its duty as if nothing had been."""
    for verb, arguments in (("repo.read", {"path": "config/Secrets/token"}), ("gate.run", {"name": "Lint Gate"})):
        with pytest.raises(Refused):
            ask(verb, **arguments)
    return BODIES["inventory"](view, ask)


def test_a_refused_role_is_on_the_record_everywhere_and_fails_the_run(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    world = quick_world(desk.environment())
    with open_session(world, desk.repo.path) as session:
        context = start_run(
            Options(layer="L0", reason="test", operator="ada"),
            world=world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        row = carry_on(context, crew=NoIsolation({**BODIES, "inventory": nosy})).row
        ledger = session.store.refusals(context.run_id)
    where = ["FACTS_COLLECTOR B repo.read", "FACTS_COLLECTOR B gate.run"]
    assert [(one.code, one.where) for one in ledger] == [("SCOPE_DENIED", place) for place in where]
    assert ledger[0].what.startswith("paths_forbidden:**/secrets/**: config/Secrets/token is forbidden")
    assert (row.verdict, row.recommendation) == ("FAIL", "NO-GO")

    folder = context.folder.root / "pack" / str(row.pack_id)
    logged = [json.loads(line) for line in (folder / "data/logs/broker.jsonl").read_text().splitlines()]
    assert [(line["step"], line["rule"]) for line in logged if not line["allowed"]] == [
        ("B", "paths_forbidden:**/secrets/**"),
        ("B", "default"),
    ]
    environment: Any = json.loads((folder / "environment.json").read_text())
    assert [one["where"] for one in environment["refusals"]] == where
    review: Any = json.loads((folder / "review/risk-review.json").read_text())
    assert [one["where"] for one in review["refusals"]] == where
    assert next(one["rule"] for one in review["findings"]) == "R-REFUSED"
    assert {one["id"]: one["verdict"] for one in review["checks"]}["G-REFUSED"] == "FAIL"
    card = (folder / "review/card.txt").read_text()
    assert "Refused to roles  2: FACTS_COLLECTOR B repo.read, FACTS_COLLECTOR B gate.run" in card
    assert "FACTS_COLLECTOR was refused, requests: 2" in card


def _started(tmp_path: Path, change: dict[str, dict[str, Any]]) -> tuple[Any, Any, Any]:
    """A run to its hold point, whose trust side has other rights for some roles; row, refusals and results folder."""
    desk = make_desk(tmp_path)
    desk.enrol()
    (store,) = desk.trust_folders()
    document = tomlkit.parse(packaged("roles.toml"))
    for role, rights in change.items():
        document["roles"][role].update(rights)
    (store / "roles.toml").write_text(tomlkit.dumps(document))
    (store / "roles.toml").chmod(0o600)
    world = quick_world(desk.environment())
    with open_session(world, desk.repo.path) as session:
        context = start_run(
            Options(layer="L0", reason="test", operator="ada"),
            world=world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        row = carry_on(context, crew=NoIsolation()).row
        return row, session.store.refusals(context.run_id), context.folder.results


def test_a_role_that_may_not_hand_in_its_field_is_refused_on_the_record(tmp_path: Path) -> None:
    row, refusals, results = _started(tmp_path, {"FACTS_COLLECTOR": {"state_write": []}})
    assert [(one.code, one.where) for one in refusals] == [("SCOPE_DENIED", "FACTS_COLLECTOR B state.write")]
    assert refusals[0].what == "state_write: FACTS_COLLECTOR has no right to hand in inventory."
    assert (row.verdict, row.recommendation) == ("FAIL", "NO-GO")
    assert b'"code":"SCOPE_DENIED"' in (results / "inventory.json").read_bytes()


def test_a_gate_is_run_in_the_step_that_the_scope_names(tmp_path: Path) -> None:
    row, refusals, _ = _started(tmp_path, {"CI_GUARDIAN": {"tool_steps": {"gate.run": ["C"]}}})
    assert {(one.what, one.where) for one in refusals} == {
        ("tool_steps:gate.run: CI_GUARDIAN may not ask for gate.run in step E.", "CI_GUARDIAN E gate.run")
    }
    assert row.verdict == "FAIL"


@pytest.mark.parametrize(
    ("role", "field"),
    [("EVIDENCE_SCRIBE", "pack"), ("RISK_OFFICER", "risk_review"), ("ORCHESTRATOR", "recommendation")],
)
def test_without_what_always_follows_no_run_begins(tmp_path: Path, role: str, field: str) -> None:
    written = [] if role != "ORCHESTRATOR" else ["preflight_snapshot", "execution"]
    with pytest.raises(BadInput, match="ROLES_WITHOUT_FIELD") as found:
        _started(tmp_path, {role: {"state_write": written}})
    assert field in str(found.value.what)
