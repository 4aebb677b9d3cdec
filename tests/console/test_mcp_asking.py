"""What a call leaves out: the operator is asked by elicitation where the client can ask, else the caller is told."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client
from mcp.types import ElicitRequestFormParams, ElicitResult

from gonogo.mcp.server import serve
from gonogo_agents.texts import translator
from support.chats import BY, EMPTY, chat, new_desk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.client import ClientRequestContext
    from mcp.types import ElicitRequestParams

    from support.desk import Desk

MODES = ("legacy", "2026-07-28")
"""Asked in the middle of a call, and by an answer that the client completes."""
DUE = {"role": "ORCHESTRATOR"}
STARTS = ("layer", "reason")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return new_desk(tmp_path_factory.mktemp("asking"))


def called(
    desk: Desk, mode: str, tool: str, arguments: dict[str, str], answers: list[ElicitResult] | None = None
) -> tuple[dict[str, Any] | str, list[ElicitRequestFormParams]]:
    """Call a tool as a client that answers so (None: it declares no elicitation); the answer, and what was asked."""
    asked: list[ElicitRequestFormParams] = []

    async def answer(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        del context
        assert isinstance(params, ElicitRequestFormParams)
        asked.append(params)
        assert answers is not None
        return answers[len(asked) - 1]

    async def talk() -> tuple[bool | None, str]:
        server = serve(chat(desk), translator("en"), {}, "0")
        async with Client(server, mode=mode, elicitation_callback=answer if answers is not None else None) as client:
            told = await client.call_tool(tool, arguments)
            return told.is_error, "".join(getattr(part, "text", "") for part in told.content)

    failed, text = asyncio.run(talk())
    return (text if failed else json.loads(text)), asked


def accept(**content: str) -> ElicitResult:
    return ElicitResult(action="accept", content=dict(content))


def runs(desk: Desk) -> list[Mapping[str, Any]]:
    return list(chat(desk).status()["runs"])


LACKS: list[tuple[dict[str, str], set[str]]] = [
    ({}, {"layer", "reason"}),
    ({"layer": "L0"}, {"reason"}),
    ({"reason": "docs", "layer": " "}, {"layer"}),
]
REFUSALS = [ElicitResult(action="decline"), ElicitResult(action="cancel"), accept(layer=" ", reason="")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("said", "lacks"), LACKS)
def test_without_elicitation_the_answer_names_what_is_missing(
    desk: Desk, mode: str, said: dict[str, str], lacks: set[str]
) -> None:
    before = runs(desk)
    told, asked = called(desk, mode, "gonogo_start_run", said)
    assert isinstance(told, str)
    assert "CHAT_INPUT_MISSING" in told
    assert {name for name in STARTS if name in told.partition("without:")[2].partition("Next")[0]} == lacks
    assert "Ask the operator" in told
    assert (runs(desk), asked) == (before, [])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_who_declines_or_says_nothing_starts_nothing(desk: Desk, mode: str, refusal: ElicitResult) -> None:
    before = runs(desk)
    told, asked = called(desk, mode, "gonogo_start_run", {}, [refusal])
    assert "CHAT_INPUT_MISSING" in str(told)
    assert (len(asked), runs(desk)) == (1, before)


def test_the_operator_is_asked_for_what_is_missing_and_for_nothing_else(desk: Desk) -> None:
    for mode, (said, lacks) in zip((*MODES, MODES[0]), LACKS, strict=True):
        answer = accept(**{name: {"layer": "L0", "reason": "asked"}[name] for name in lacks})
        told, asked = called(desk, mode, "gonogo_start_run", said, [answer])
        assert isinstance(told, dict)
        assert [set(one.requested_schema["properties"]) for one in asked] == [lacks], "an approval is no input"
        assert told["runs"][0]["due"]["role"] == "ORCHESTRATOR"
    told, asked = called(desk, MODES[0], "gonogo_start_run", {"layer": "L0", "reason": "all of it"}, [])
    assert (isinstance(told, dict), asked) == (True, [])


def test_what_a_run_cannot_be_started_with_is_said_in_words(desk: Desk) -> None:
    for said in ({"layer": "L9" * 99, "reason": "x"}, {"layer": "L6", "reason": "y" * 100_000}):
        told, _ = called(desk, MODES[0], "gonogo_start_run", said)
        assert "Next: " in str(told), "a code and what to do next, never a crash"


def test_of_several_that_wait_the_operator_says_which(desk: Desk) -> None:
    while len(runs(desk)) < 2:
        called(desk, MODES[0], "gonogo_start_run", {"layer": "L0", "reason": "one of several"})
    waiting = [one["run"] for one in runs(desk)]
    for mode in MODES:
        told, asked = called(desk, mode, "gonogo_take_duty", DUE, [accept(run=waiting[1])])
        assert isinstance(told, dict)
        assert (told["run"], told["duty"]) == (waiting[1], 1)
        assert [one.requested_schema["properties"]["run"]["enum"] for one in asked] == [waiting]
        assert set(asked[0].requested_schema["properties"]) == {"run"}
        for answers in (None, [ElicitResult(action="decline")]):
            told, _ = called(desk, mode, "gonogo_take_duty", DUE, answers)
            assert "CHAT_INPUT_MISSING" in str(told)
            assert all(run in str(told) for run in waiting)
        told, asked = called(desk, mode, "gonogo_take_duty", {**DUE, "run": waiting[0]}, [])
        assert (isinstance(told, dict), asked) == (True, [])
    chat(desk).hand_in(waiting[1], DUE["role"], EMPTY, BY)
    told, _ = called(desk, MODES[0], "gonogo_take_duty", {"role": "FACTS_COLLECTOR"})
    assert isinstance(told, dict)
    assert told["run"] == waiting[1], "the only one that waits for this role, though others wait"


def test_the_only_one_that_waits_is_meant_and_where_none_does_it_is_said(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    desk = new_desk(tmp_path_factory.mktemp("one"))
    told, _ = called(desk, MODES[1], "gonogo_take_duty", DUE)
    assert "No run waits for a chat" in str(told)
    called(desk, MODES[1], "gonogo_start_run", {"layer": "L0", "reason": "the only one"})
    told, asked = called(desk, MODES[1], "gonogo_take_duty", DUE, [])
    assert isinstance(told, dict)
    assert (told["run"], asked) == (runs(desk)[0]["run"], [])
    told, _ = called(desk, MODES[1], "gonogo_take_duty", {"role": "RISK_OFFICER"})
    assert "CHAT_OUT_OF_TURN" in str(told)
