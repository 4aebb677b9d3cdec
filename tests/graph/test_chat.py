"""The chat driver: durable at each duty, worded objections stop a GO, edited words stop the run."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.mcp.showing import timeline
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_graph import chat as driver
from gonogo_graph import said
from gonogo_graph.doors import chat_door
from gonogo_graph.play import results_so_far
from gonogo_graph.reseed import seed
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_policies.packaged import packaged_config
from support.chats import BY, EMPTY, HOLD, Stages, chat, new_desk, play, start, the_stages
from support.model_desk import CRITIC, PROPOSER, critique, model_desk, proposal
from support.model_server import model_server

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo_evidence.ids import JSON


@pytest.fixture
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return the_stages(tmp_path_factory)


def objection(verdict: str) -> dict[str, Any]:
    return {**EMPTY, "verdict": verdict, "reason": "the goal promises what nobody measured"}


@pytest.mark.parametrize("number", [6, 9])
def test_an_objection_makes_it_no_go_and_a_go_cannot_be_signed(stages: Stages, tmp_path: Path, number: int) -> None:
    desk = stages.at(number, tmp_path)
    end = play(desk, stages.run, {number: objection("FAIL")})
    assert end["recommendation"] == "NO-GO"
    shown = desk.json("show", end["run"], code=0)
    assert any(point["id"].startswith(f"SAID-{number}-") for point in shown["blockers"])
    refused = desk.gonogo("sign", end["run"], "--decision", "GO", "--reason", "x", "--key", str(desk.key))
    assert refused.returncode == 5, refused.stderr
    signed = desk.gonogo("sign", end["run"], "--decision", "NO-GO", "--reason", "x", "--key", str(desk.key))
    assert signed.returncode == 1, signed.stderr
    assert desk.gonogo("verify", end["run"]).returncode == 1


def test_a_doubt_needs_a_condition_that_names_it(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(8, tmp_path)
    end = play(desk, stages.run, {8: objection("INCONCLUSIVE")})
    assert end["recommendation"] == "GO-WITH-CONDITIONS"
    shown = desk.json("show", end["run"], code=0)
    assert [point["id"] for point in shown["inconclusive"]] == ["SAID-8-RISK_OFFICER"]
    refused = desk.gonogo("sign", end["run"], "--decision", "GO", "--reason", "x", "--key", str(desk.key))
    assert refused.returncode == 5, refused.stderr


def test_nothing_that_is_said_makes_a_failing_run_pass(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    desk.repo.commit({"src/sample.py": "def (:\n"})
    praise = {**EMPTY, "claims": [{"kind": "finding", "text": "all is \x1b[31mwell", "evidence": ["state:inputs"]}]}
    end = play(desk, start(desk), dict.fromkeys(range(1, 10), praise))
    assert (end["verdict"], end["recommendation"]) == ("FAIL", "NO-GO")
    card = desk.gonogo("show", end["run"]).stdout
    assert "» RISK_OFFICER, finding: all is well [state:inputs]" in card
    assert "\x1b" not in card
    assert "CI_GUARDIAN had no objection in a chat; the duty's own run says FAIL." in " ".join(card.split())


def test_a_look_that_saw_another_verdict_is_a_finding_on_the_card(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(6, tmp_path)
    looked = {"media_type": "application/json", "determinism": "none", "reason": "a look at a gate"}
    with open_session(chat(desk).world, desk.repo.path) as session:
        context = session.context(session.find(stages.run))
        door = chat_door(context, driver.turn(context, "CI_GUARDIAN"))
        content: JSON = {"gate": "Lint Gate", "result": {"verdict": "FAIL"}}  # as gonogo_run_gate keeps it
        door("evidence.append", path="chat/gates/1.json", content=content, **looked)
    end = play(desk, stages.run)
    assert end["verdict"] == "PASS", "the duty's own run stands"
    folder = next(desk.repo.path.glob("data/evidence_packs/EVP-*/"))
    found = json.loads((folder / "review/risk-review.json").read_bytes())["findings"]
    assert ("R-LOOK-DIFFERS", "Lint Gate") in {(one["rule"], one["subject"]) for one in found}
    assert (
        "A chat's look at Lint Gate saw FAIL; the duty's own run says PASS." in desk.gonogo("show", end["run"]).stdout
    )


def test_it_waits_through_other_processes_and_resume_says_for_whom(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(3, tmp_path)
    again = desk.json("resume", stages.run, code=4)
    assert again["due"] == {"number": 3, "step": "C", "role": "SCOPE_KEEPER", "name": "run plan: scope"}
    listed = desk.json("inbox", code=0)["runs"]
    assert listed[0]["due"]["role"] == "SCOPE_KEEPER"
    assert "SCOPE_KEEPER" in desk.gonogo("inbox").stdout


def test_words_that_were_edited_afterwards_stop_the_run(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(3, tmp_path)
    path = next((desk.home / ".local/state/gonogo").rglob("said/inventory.json"))
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))
    with pytest.raises(GonogoError, match="CONTRIBUTION_CHANGED"):
        chat(desk).hand_in(stages.run, "SCOPE_KEEPER", EMPTY, BY)


def test_words_that_are_gone_stop_the_run_like_words_that_were_edited(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(3, tmp_path)
    next((desk.home / ".local/state/gonogo").rglob("said/inventory.json")).unlink()
    with pytest.raises(GonogoError, match="CONTRIBUTION_CHANGED"):
        chat(desk).hand_in(stages.run, "SCOPE_KEEPER", EMPTY, BY)
    done = desk.gonogo("resume", stages.run)
    assert (done.returncode, "CONTRIBUTION_CHANGED" in done.stderr) == (6, True), done.stderr


def test_words_that_nobody_handed_in_are_not_taken(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    folder = next((desk.home / ".local/state/gonogo").rglob("said"))
    (folder / "inventory.json").write_bytes((folder / "preflight_snapshot.json").read_bytes())
    done = desk.gonogo("resume", stages.run)
    assert done.returncode == 6, done.stderr
    assert "CONTRIBUTION_CHANGED" in done.stderr


def test_at_the_hold_point_no_role_is_due(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(HOLD, tmp_path)
    with pytest.raises(GonogoError, match="CHAT_NOT_DUE"):
        chat(desk).hand_in(stages.run, "ORCHESTRATOR", EMPTY, BY)
    assert not (desk.repo.path / ".git/gonogo/active.json").exists()


def test_models_are_asked_at_step_d_as_without_a_chat_and_replayed(tmp_path: Path) -> None:
    with model_server() as models:
        desk = model_desk(tmp_path, models)
        models.say(PROPOSER, proposal())
        models.say(CRITIC, critique())
        asked = ("run", "--driver", "chat", "--mode", "live", "--layer", "L0", "--reason", "x")
        run = str(desk.json(*asked, code=4)["run_id"])
        assert play(desk, run, until=5)["due"]["number"] == 6
        assert [request["model"] for request in models.requests] == [PROPOSER, CRITIC]
    replay = ("run", "--driver", "chat", "--mode", "replay", "--transcript", run, "--layer", "L0", "--reason", "x")
    again = str(desk.json(*replay, code=4)["run_id"])
    assert play(desk, again, until=5)["due"]["number"] == 6, "the recording answers: no model is there any more"
    with open_session(chat(desk).world, desk.repo.path) as session:
        for name, mode in ((run, "live"), (again, "replay")):
            context = session.context(session.find(name))
            execution: Any = results_so_far(context, seed(context, whole=True))["execution"]
            assert (context.inputs["mode"], execution["verdict"]) == (mode, "PASS")
    assert len(models.requests) == 2


def test_a_run_of_another_driver_takes_no_words(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    with open_session(chat(desk).world, desk.repo.path) as session:
        run = start_run(
            Options("L0", "x", "ada"),
            world=session.world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        ).run_id
    with pytest.raises(GonogoError, match="CHAT_NOT_DUE"):
        chat(desk).take_duty(run, "ORCHESTRATOR")


def test_the_hook_is_told_which_duty_waits_and_its_decisions_are_evidence(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    note = json.loads((desk.repo.path / ".git/gonogo/active.json").read_bytes())
    assert (note["run"], note["role"], note["number"]) == (stages.run, "FACTS_COLLECTOR", 2)
    entry = {"run": stages.run, "duty": 2, "allowed": False, "rule": "sign", "host": "cursor"}
    (desk.repo.path / ".git/gonogo/hook.jsonl").write_text(json.dumps(entry) + "\n{", encoding="utf-8")
    (desk.repo.path / ".git/gonogo/hook-x.bin").write_bytes(b"rules that somebody put there")
    chat(desk).hand_in(stages.run, "FACTS_COLLECTOR", EMPTY, BY)
    assert not (desk.repo.path / ".git/gonogo/hook-x.bin").exists()
    stored = next((desk.home / ".local/state/gonogo").rglob("contributions/2-inventory.json"))
    assert json.loads(stored.read_bytes())["hook"] == [entry]


def test_what_the_hook_logged_never_stops_a_hand_in(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    entry = {"run": stages.run, "duty": 2, "allowed": False, "rule": "sign", "subject": "\U0001f600" * 299 + "\ud800"}
    lines = [json.dumps({**entry, "event": "\U0001f600" * 400, "more": {"a": 2**70}})] * 600
    log = desk.repo.path / ".git/gonogo/hook.jsonl"
    log.write_text("\n".join([*lines, "[" * 9000, json.dumps({**entry, "allowed": 2**70})]), encoding="utf-8")
    chat(desk).hand_in(stages.run, "FACTS_COLLECTOR", EMPTY, BY)
    stored = next((desk.home / ".local/state/gonogo").rglob("contributions/2-inventory.json"))
    kept = json.loads(stored.read_bytes())["hook"]
    assert 0 < len(kept) < 500
    assert (kept[-1]["subject"][-1], len(kept[0]["event"]), kept[-1]["allowed"]) == ("?", 300, -1)


def test_a_hand_in_out_of_turn_is_a_ledger_entry(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    with pytest.raises(GonogoError, match="CHAT_OUT_OF_TURN"):
        chat(desk).hand_in(stages.run, "RISK_OFFICER", EMPTY, BY)
    told = json.loads(timeline(chat(desk), stages.run))
    assert [one["code"] for one in told["refused"]] == ["CHAT_OUT_OF_TURN"]


def test_proposals_of_many_at_once_are_all_kept(stages: Stages, tmp_path: Path) -> None:
    desk = stages.at(2, tmp_path)
    errors: list[BaseException] = []

    def many(name: int) -> None:
        try:
            for number in range(4):
                chat(desk).propose(stages.run, "NO-GO", f"{name}.{number}", BY)
        except GonogoError as error:
            errors.append(error)

    threads = [threading.Thread(target=many, args=(name,)) for name in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    kept = next((desk.home / ".local/state/gonogo").rglob("proposals.jsonl")).read_bytes().splitlines()
    told = sorted(json.loads(line)["reason"] for line in kept)
    assert told == sorted(f"{name}.{number}" for name in range(5) for number in range(4))


@pytest.mark.parametrize(
    "change",
    [{"verdict": "PASS"}, {"duty": 3}, {"duty": 9}, {"role": "SCOPE_KEEPER"}, {"claims": 1}, {"schema": "x"}],
    ids=str,
)
def test_a_letter_brings_nothing_but_objections_of_step_g(
    stages: Stages, tmp_path: Path, change: dict[str, Any]
) -> None:
    desk = stages.at(2, tmp_path)
    words = {**objection("FAIL"), "duty": 8, "role": "RISK_OFFICER", "by": BY.json(), "dropped": []}
    with open_session(chat(desk).world, desk.repo.path) as session:
        context = session.context(session.find(stages.run))
        with pytest.raises(BadInput, match="CONTRIBUTION_MALFORMED"):
            said.take_objections(context, [{**words, **change}])
        assert not (context.folder.said / "risk_review.json").exists()
        said.take_objections(context, [words])
        assert (context.folder.said / "risk_review.json").exists()
