"""The chat driver: durable at each duty, worded objections stop a GO, edited words stop the run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.mcp.desk import ChatDesk
from gonogo.mcp.showing import timeline
from gonogo_agents.world import World
from gonogo_evidence.errors import GonogoError
from gonogo_graph.chat import By
from support.desk import make_desk
from support.model_desk import CRITIC, PROPOSER, critique, model_desk, proposal
from support.model_server import model_server

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk

BY = By("mcp", "tests 1", "m", "asserted")
EMPTY: dict[str, Any] = {"schema": "gonogo/contribution/v1", "verdict": "PASS", "claims": []}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path)
    desk.enrol()
    desk.let_unproven_sign()
    return desk


def server(desk: Desk) -> ChatDesk:
    return ChatDesk(World(env=desk.environment()), desk.repo.path)


def play(desk: Desk, said: dict[int, dict[str, Any]], *, until: int = 9, mode: str = "smoke") -> dict[str, Any]:
    """Start a run and hand in for each due duty, ``said`` where it has something to say."""
    asked = ("run", "--driver", "chat", "--mode", mode, "--layer", "L0", "--reason", "x")
    chat, run = server(desk), str(desk.json(*asked, code=4)["run_id"])
    while (now := chat.status(run)["runs"][0])["due"] is not None and now["due"]["number"] <= until:
        chat.hand_in(run, now["due"]["role"], said.get(now["due"]["number"], EMPTY), BY)
    return {"run": run, **now}


def objection(verdict: str) -> dict[str, Any]:
    return {**EMPTY, "verdict": verdict, "reason": "the goal promises what nobody measured"}


@pytest.mark.parametrize("number", [3, 9])
def test_an_objection_makes_it_no_go_and_a_go_cannot_be_signed(desk: Desk, number: int) -> None:
    end = play(desk, {number: objection("FAIL")})
    assert end["recommendation"] == "NO-GO"
    shown = desk.json("show", end["run"], code=0)
    assert any(point["id"].startswith(f"SAID-{number}-") for point in shown["blockers"])
    refused = desk.gonogo("sign", end["run"], "--decision", "GO", "--reason", "x", "--key", str(desk.key))
    assert refused.returncode == 5, refused.stderr
    signed = desk.gonogo("sign", end["run"], "--decision", "NO-GO", "--reason", "x", "--key", str(desk.key))
    assert signed.returncode == 1, signed.stderr
    assert desk.gonogo("verify", end["run"]).returncode == 1


def test_a_doubt_needs_a_condition_that_names_it_and_models_are_asked_at_step_d_as_without_a_chat(
    tmp_path: Path,
) -> None:
    with model_server() as models:
        desk = model_desk(tmp_path, models)
        desk.let_unproven_sign()
        models.say(PROPOSER, proposal())
        models.say(CRITIC, critique())
        end = play(desk, {8: objection("INCONCLUSIVE")}, mode="live")
        assert [request["model"] for request in models.requests] == [PROPOSER, CRITIC]
    assert end["recommendation"] == "GO-WITH-CONDITIONS"
    shown = desk.json("show", end["run"], code=0)
    assert [point["id"] for point in shown["inconclusive"]] == ["SAID-8-RISK_OFFICER"]
    assert "live · gpt-5.2 proposed, deepseek-r1 criticised: APPROVE" in desk.gonogo("show", end["run"]).stdout
    refused = desk.gonogo("sign", end["run"], "--decision", "GO", "--reason", "x", "--key", str(desk.key))
    assert refused.returncode == 5, refused.stderr


def test_nothing_that_is_said_makes_a_failing_run_pass(desk: Desk) -> None:
    desk.repo.commit({"src/sample.py": "def (:\n"})
    praise = {**EMPTY, "claims": [{"kind": "finding", "text": "all is \x1b[31mwell", "evidence": ["state:inputs"]}]}
    end = play(desk, dict.fromkeys(range(1, 10), praise))
    assert (end["verdict"], end["recommendation"]) == ("FAIL", "NO-GO")
    card = desk.gonogo("show", end["run"]).stdout
    assert "» RISK_OFFICER, finding: all is well [state:inputs]" in card
    assert "\x1b" not in card


def test_it_waits_through_other_processes_and_resume_says_for_whom(desk: Desk) -> None:
    end = play(desk, {}, until=2)
    assert (end["due"]["number"], end["due"]["role"]) == (3, "SCOPE_KEEPER")
    again = desk.json("resume", end["run"], code=4)
    assert again["due"] == {"number": 3, "step": "C", "role": "SCOPE_KEEPER", "name": "run plan: scope"}
    listed = desk.json("inbox", code=0)["runs"]
    assert listed[0]["due"]["role"] == "SCOPE_KEEPER"
    assert "SCOPE_KEEPER" in desk.gonogo("inbox").stdout


def test_words_that_were_edited_afterwards_stop_the_run(desk: Desk) -> None:
    end = play(desk, {}, until=2)
    path = next((desk.home / ".local/state/gonogo").rglob("said/inventory.json"))
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))
    chat = server(desk)
    with pytest.raises(GonogoError, match="CONTRIBUTION_CHANGED"):
        chat.hand_in(end["run"], "SCOPE_KEEPER", EMPTY, BY)


def test_words_that_nobody_handed_in_are_not_taken(desk: Desk) -> None:
    end = play(desk, {}, until=1)
    folder = next((desk.home / ".local/state/gonogo").rglob("said"))
    (folder / "inventory.json").write_bytes((folder / "preflight_snapshot.json").read_bytes())
    done = desk.gonogo("resume", end["run"])
    assert done.returncode == 6, done.stderr
    assert "CONTRIBUTION_CHANGED" in done.stderr


def test_at_the_hold_point_no_role_is_due(desk: Desk) -> None:
    end = play(desk, {})
    with pytest.raises(GonogoError, match="CHAT_NOT_DUE"):
        server(desk).hand_in(end["run"], "ORCHESTRATOR", EMPTY, BY)
    assert not (desk.repo.path / ".git/gonogo/active.json").exists()


def test_a_run_of_another_driver_takes_no_words(desk: Desk) -> None:
    run = desk.run()["run_id"]
    with pytest.raises(GonogoError, match="CHAT_NOT_DUE"):
        server(desk).take_duty(run, "ORCHESTRATOR")


def test_the_hook_is_told_which_duty_waits_and_its_decisions_are_evidence(desk: Desk) -> None:
    end = play(desk, {}, until=1)
    note = json.loads((desk.repo.path / ".git/gonogo/active.json").read_bytes())
    assert (note["run"], note["role"], note["number"]) == (end["run"], "FACTS_COLLECTOR", 2)
    entry = {"run": end["run"], "duty": 2, "allowed": False, "rule": "sign", "host": "cursor"}
    (desk.repo.path / ".git/gonogo/hook.jsonl").write_text(json.dumps(entry) + "\n{", encoding="utf-8")
    server(desk).hand_in(end["run"], "FACTS_COLLECTOR", EMPTY, BY)
    stored = next((desk.home / ".local/state/gonogo").rglob("contributions/2-inventory.json"))
    assert json.loads(stored.read_bytes())["hook"] == [entry]


def test_words_that_are_gone_stop_the_run_like_words_that_were_edited(desk: Desk) -> None:
    end = play(desk, {2: objection("FAIL")}, until=2)
    next((desk.home / ".local/state/gonogo").rglob("said/inventory.json")).unlink()
    with pytest.raises(GonogoError, match="CONTRIBUTION_CHANGED"):
        server(desk).hand_in(end["run"], "SCOPE_KEEPER", EMPTY, BY)
    done = desk.gonogo("resume", end["run"])
    assert (done.returncode, "CONTRIBUTION_CHANGED" in done.stderr) == (6, True), done.stderr


def test_what_the_hook_logged_never_stops_a_hand_in(desk: Desk) -> None:
    end = play(desk, {}, until=1)
    entry = {"run": end["run"], "duty": 2, "allowed": False, "rule": "sign", "subject": "\U0001f600" * 299 + "\ud800"}
    lines = [json.dumps({**entry, "event": "\U0001f600" * 400, "more": {"a": 2**70}})] * 600
    log = desk.repo.path / ".git/gonogo/hook.jsonl"
    log.write_text("\n".join([*lines, "[" * 9000, json.dumps({**entry, "allowed": 2**70})]), encoding="utf-8")
    server(desk).hand_in(end["run"], "FACTS_COLLECTOR", EMPTY, BY)
    stored = next((desk.home / ".local/state/gonogo").rglob("contributions/2-inventory.json"))
    kept = json.loads(stored.read_bytes())["hook"]
    assert 0 < len(kept) < 500
    assert (kept[-1]["subject"][-1], len(kept[0]["event"]), kept[-1]["allowed"]) == ("?", 300, -1)


def test_a_hand_in_out_of_turn_is_a_ledger_entry(desk: Desk) -> None:
    end = play(desk, {}, until=1)
    with pytest.raises(GonogoError, match="CHAT_OUT_OF_TURN"):
        server(desk).hand_in(end["run"], "RISK_OFFICER", EMPTY, BY)
    told = json.loads(timeline(server(desk), end["run"]))
    assert [one["code"] for one in told["refused"]] == ["CHAT_OUT_OF_TURN"]
