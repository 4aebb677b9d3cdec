"""The conformance kit of back ends: an endpoint that misbehaves on command. Every case ends in a recorded verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.models.spending import spending_of
from gonogo_evidence.errors import BadInput
from support.crash import copy_of
from support.model_desk import CRITIC, FALLBACK, PROPOSER, critique, give_providers, model_desk, proposal
from support.model_desk import GOOD as GOOD_ANSWERS
from support.model_run import everything_below, layer_run, step_d
from support.model_server import KEY, Answer, Hang, ModelServer, Move, Status, model_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.desk import Desk

GOOD = json.dumps(proposal())
ECHO = json.dumps(proposal(summary="The key is {key}."))


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(scope="module")
def first(server: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return model_desk(tmp_path_factory.mktemp("models"), server)


@pytest.fixture
def desk(first: Desk, server: ModelServer, tmp_path: Path) -> Desk:
    server.moves.clear()
    server.requests.clear()
    server.say(CRITIC, critique())
    return copy_of(first, tmp_path / "desk")


def test_two_models_that_behave_pass(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    done = layer_run(desk)
    assert set(done.verdicts.values()) == {"PASS"}
    assert done.result.value["decision"] == "APPROVE"
    assert [call["success"] for call in done.calls()] == [True, True]
    assert server.keys[-1] == KEY
    assert KEY.encode() not in everything_below(done.folder)


@pytest.mark.parametrize(
    ("moves", "kind", "attempts", "verdicts"),
    [
        pytest.param([Status(429)], "rate-limited", 3, {"D-PROPOSER": "INCONCLUSIVE"}, id="429"),
        pytest.param([Status(500)], "server", 3, {"D-PROPOSER": "INCONCLUSIVE"}, id="500"),
        pytest.param([Status(401, echo=True)], "refused", 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="401, key echoed"),
        pytest.param([Answer(GOOD, cut=True)], "truncated", 3, {"D-PROPOSER": "INCONCLUSIVE"}, id="truncated"),
        pytest.param([Answer("x" * 900_000)], "too-large", 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="huge"),
        pytest.param(
            [Answer("", raw=b"data: " + b"x" * 9_000_000)], "too-large", 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="endless"
        ),
        pytest.param(
            [Answer("", raw=b"data: {nonsense\n\n")], "unreadable", 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="SSE"
        ),
        pytest.param([Answer(ECHO)], "key-echoed", 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="key echoed"),
        pytest.param([Answer(GOOD, model="gpt-4")], None, 1, {"D-PROPOSER": "FAIL"}, id="another model's name"),
        pytest.param([Answer(GOOD, model=CRITIC)], None, 1, {"D-PROPOSER": "FAIL"}, id="the critic's name"),
        pytest.param([Answer(GOOD, tool="shell")], None, 1, {"D-PROPOSER": "FAIL"}, id="tool call"),
        pytest.param([Answer(GOOD, finish="length")], None, 1, {"D-PROPOSER": "INCONCLUSIVE"}, id="cut short"),
        pytest.param([Answer("{ no json")], None, 1, {"D-PROPOSER": "PASS", "D-CONTRACT": "FAIL"}, id="invalid JSON"),
    ],
)
def test_a_proposer_that_misbehaves(
    desk: Desk, server: ModelServer, moves: list[Move], kind: str | None, attempts: int, verdicts: dict[str, str]
) -> None:
    for model in (PROPOSER, FALLBACK):
        server.script(model, *moves)
    done = layer_run(desk)
    found = done.verdicts
    assert {name: found[name] for name in verdicts} == verdicts
    assert found["D-CRITIC"] == "INCONCLUSIVE"
    assert done.result.verdict in {"FAIL", "INCONCLUSIVE"}
    calls = [call for call in done.calls() if call["model_id"] == PROPOSER]
    assert len(calls) == attempts
    if kind is not None:
        assert {call["error_message"].partition(":")[0] for call in calls} == {kind}
    assert CRITIC not in {request["model"] for request in server.requests}
    assert KEY.encode() not in everything_below(done.folder)


def test_an_endpoint_that_hangs_is_left_in_time(desk: Desk, server: ModelServer) -> None:
    give_providers(desk, server, timeout=1)
    server.script(PROPOSER, Hang(), Answer(GOOD))
    done = layer_run(desk)
    assert done.verdicts["D-PROPOSER"] == "PASS"
    assert next(call["error_message"] for call in done.calls()) == "timeout: no whole answer within 1 s"


def test_a_failing_call_is_tried_again_and_each_attempt_is_on_the_record(desk: Desk, server: ModelServer) -> None:
    server.script(PROPOSER, Status(429, retry_after="7"), Status(500), Answer(GOOD))
    done = layer_run(desk)
    assert set(done.verdicts.values()) == {"PASS"}
    assert {7.0, 5.0} <= set(done.slept)
    observed: Any = done.result.observed["proposer"]
    assert [one["failure"] for one in observed["attempts"]] == ["rate-limited", "server", None]


def test_a_model_that_does_not_answer_is_followed_by_the_next_one(desk: Desk, server: ModelServer) -> None:
    server.script(PROPOSER, Status(503))
    server.say(FALLBACK, proposal())
    done = layer_run(desk)
    assert set(done.verdicts.values()) == {"PASS"}
    models: Any = done.result.value["models"]
    assert (models["proposer"]["model"], models["proposer"]["fell_back"]) == (FALLBACK, [PROPOSER])


@pytest.mark.parametrize(
    ("said", "verdict", "words"),
    [
        (critique(decision="REJECT", rationale="E1 says nothing of the kind."), "FAIL", "rejects"),
        (critique(decision="APPROVE_WITH_CHANGES", required_changes=["Name the line."]), "INCONCLUSIVE", "demands: 1"),
        (critique(decision="APPROVE", required_changes=["Name the line."]), "INCONCLUSIVE", "not clear"),
        (critique(decision="APPROVE_WITH_CHANGES"), "INCONCLUSIVE", "not clear"),
        (critique(decision="approve"), "INCONCLUSIVE", "not clear"),
        (critique(rationale="-"), "INCONCLUSIVE", "not clear"),
        (critique(evidence_ids=[]), "INCONCLUSIVE", "not clear"),
        (critique(evidence_ids=["E9"]), "INCONCLUSIVE", "not clear"),
        ({**critique(), "extra": 1}, "INCONCLUSIVE", "not clear"),
        ("I do not approve of this. APPROVE would be wrong.", "INCONCLUSIVE", "not clear"),
        ("", "INCONCLUSIVE", "not clear"),
    ],
)
def test_a_critic_that_is_not_clear_is_no_consent(
    desk: Desk, server: ModelServer, said: object, verdict: str, words: str
) -> None:
    server.say(PROPOSER, proposal(summary='Some say "do not approve", and that is a quotation.'))
    server.say(CRITIC, said)
    done = layer_run(desk)
    assert done.verdicts["D-CONTRACT"] == "PASS"
    assert done.verdicts["D-CRITIC"] == verdict
    assert words in done.says("D-CRITIC")


def test_the_critic_sees_inputs_and_proposal_and_nothing_else(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    layer_run(desk)
    asked, judged = (request["messages"] for request in server.requests)
    shown = asked[1]["content"].split("\n", 1)[1].rsplit("\n", 3)[0]
    assert shown in judged[1]["content"]
    assert json.dumps(proposal()) in judged[1]["content"]
    assert asked[0]["content"] not in json.dumps(judged)


def test_a_replay_reaches_nobody_and_a_miss_is_a_failure(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    live = layer_run(desk)
    asked = len(server.requests)
    again = layer_run(desk, mode="replay")
    assert again.result.value == live.result.value
    assert again.result.verdict == "PASS"
    missed = layer_run(desk, mode="replay", seed=4)
    assert missed.verdicts["D-PROPOSER"] == "INCONCLUSIVE"
    assert "not-recorded" in missed.says("D-PROPOSER")
    assert len(server.requests) == asked


def test_a_replay_walks_the_same_fallback(desk: Desk, server: ModelServer) -> None:
    server.script(PROPOSER, Status(503))
    server.say(FALLBACK, proposal())
    live = layer_run(desk)
    assert layer_run(desk, mode="replay").result.value == live.result.value


def test_a_budget_of_one_cent_stops_before_the_call(desk: Desk, server: ModelServer) -> None:
    give_providers(desk, server, run="0.01")
    server.say(PROPOSER, proposal())
    done = layer_run(desk)
    assert done.verdicts["D-PROPOSER"] == "INCONCLUSIVE"
    assert "could cost more than the run may" in done.says("D-PROPOSER")
    assert server.requests == []


@pytest.mark.parametrize("usage", [(0, 0), None])
def test_an_endpoint_that_counts_nothing_makes_no_call_free(
    desk: Desk, server: ModelServer, usage: tuple[int, int] | None
) -> None:
    give_providers(desk, server, run="0.2")
    server.script(PROPOSER, Answer(GOOD, usage=usage))
    done = layer_run(desk)
    assert done.verdicts["D-PROPOSER"] == "PASS"
    first, *_ = done.calls()
    assert (first["counted_by"], first["input_tokens"]) == ("estimated", None if usage is None else 0)
    assert float(first["cost_usd"]) > 0.16  # as much as the whole answer could have cost
    assert first["near_limits"] == [{"limit": "run_cost", "used": first["cost_usd"], "most": "0.200000"}]
    spending = spending_of(done.folder)
    assert (spending.estimated, [one["limit"] for one in spending.near]) == (1, ["run_cost"])
    book = [json.loads(line) for line in done.context.places.spending.read_text().splitlines()]
    assert [line["basis"] for line in book if line["settled"]] == ["estimated", "reported"]


def test_without_a_key_nobody_is_asked(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    desk.env["TEST_MODEL_KEY"] = ""
    done = layer_run(desk)
    assert "there is no key in TEST_MODEL_KEY" in done.says("D-PROPOSER")
    assert server.requests == []


def test_a_fallback_of_the_critics_family_is_refused_where_the_policy_asks(desk: Desk, server: ModelServer) -> None:
    from support.desk import packaged

    for trust in desk.trust_folders():
        path = trust / "separation.toml"
        path.write_text(packaged("separation.toml").replace('level = "formal"\n\n# Each', 'level = "strict"\n\n# Each'))
        path.chmod(0o600)
    server.script("o3-deep-research", Status(503))
    for model in ("o4-mini-deep-research", "o3-pro"):
        server.say(model, proposal())
    done = layer_run(desk, layer="L1")  # o3-pro criticises; both of the first proposers are of its family
    assert {request["model"] for request in server.requests} <= {"deepseek-r1"}
    assert done.result.verdict != "PASS"


def test_a_file_with_a_secret_is_shown_to_no_model(desk: Desk, server: ModelServer) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    desk.repo.commit({"docs/guide.md": f"# Guide\n\nToken: {token}\n", "docs/more.md": "# More\n\nMore words.\n"})
    server.say(PROPOSER, proposal())
    done = layer_run(desk)
    assert done.result.value["left_out"] == [{"path": "docs/guide.md", "reason": "holds what looks like a secret"}]
    assert server.requests
    assert token not in json.dumps(server.requests)


def test_consent_to_what_was_shown_is_no_pass_for_what_was_not(desk: Desk, server: ModelServer) -> None:
    desk.repo.commit({"docs/guide.md": "# Guide\n\n" + "word " * 30_000, "docs/more.md": "# More\n\nMore words.\n"})
    server.say(PROPOSER, proposal())
    server.say(CRITIC, critique())
    done = layer_run(desk)
    assert {name for name, verdict in done.verdicts.items() if verdict != "PASS"} == {"D-SHOWN"}
    assert "docs/guide.md (no room)" in done.says("D-SHOWN")
    assert done.result.verdict == "INCONCLUSIVE"


def test_a_driver_that_there_is_not_starts_no_run(desk: Desk) -> None:
    with pytest.raises(BadInput, match="DRIVER_UNKNOWN"):
        layer_run(desk, driver="robot")


def test_without_a_file_to_show_nobody_is_asked(desk: Desk, server: ModelServer) -> None:
    desk.repo.commit({"src/sample.py": '"""Sample."""\n\nANSWER = 45\n'})
    done = layer_run(desk)
    assert done.verdicts["D-PROPOSER"] == "INCONCLUSIVE"
    assert "nothing to ask them about" in done.says("D-PROPOSER")
    assert server.requests == []


def test_on_l3_models_see_pointers_and_no_content(desk: Desk, server: ModelServer) -> None:
    server.say("gpt-5.2-pro", GOOD_ANSWERS["L3"])
    server.say("o3", critique())
    done = layer_run(desk, layer="L3")
    assert set(done.verdicts.values()) == {"PASS"}
    assert "before you sign" not in json.dumps(server.requests)
    assert "[E1] docs/guide.md sha256:" in json.dumps(server.requests)


def test_a_model_that_takes_no_schema_is_told_it_in_words(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    layer_run(desk)
    asked, judged = server.requests
    assert "response_format" in asked
    assert "JSON Schema" not in asked["messages"][0]["content"]
    assert "response_format" not in judged
    assert '"required_changes"' in judged["messages"][0]["content"]


def test_a_leg_that_begins_again_asks_nobody_twice(desk: Desk, server: ModelServer) -> None:
    server.say(PROPOSER, proposal())
    server.script(CRITIC, Hang())
    give_providers(desk, server, timeout=1)
    first = layer_run(desk)
    assert first.verdicts["D-CRITIC"] == "INCONCLUSIVE"
    server.requests.clear()
    server.say(CRITIC, critique())
    again = step_d(first.context)
    assert [request["model"] for request in server.requests] == [CRITIC]
    assert set(again.verdicts.values()) == {"PASS"}
