"""Keys that are not told, a ledger that survives a crash, recordings that fail on a miss, the local model's end."""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langsmith.utils import get_env_var, tracing_is_enabled

from gonogo_agents.models.ask import ask
from gonogo_agents.models.back_ends import PACKAGES, open_back_end
from gonogo_agents.models.calls import Caller
from gonogo_agents.models.interface import FALLS_BACK, CallFailed
from gonogo_agents.models.keys import Key, key_for
from gonogo_agents.models.ledger import Ledger
from gonogo_agents.models.local import LocalModel
from gonogo_agents.models.recordings import read_recordings
from gonogo_agents.models.spending import Spending, spending_of
from gonogo_agents.world import World
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.transcripts import Exchange, prompt_hashes
from gonogo_policies.config.providers import PACKAGES as NAMED
from gonogo_policies.layer_run.money import Budget, Counted
from support.model_server import KEY, Answer, model_server

if TYPE_CHECKING:
    from pathlib import Path

REQUEST: dict[str, Any] = {
    "model": "gpt-5.2",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
    "temperature": "0.2",
    "top_p": "1",
    "max_output_tokens": 100,
    "seed": 7,
    "response_schema": None,
    "tools": [],
}
ANSWER: dict[str, Any] = {
    "content": "Because.",
    "model": "gpt-5.2",
    "finish_reason": "stop",
    "response_id": "r",
    "tool_calls": [],
    "usage": {"input_tokens": 1, "output_tokens": 1},
}
PLENTY = Budget(100, 100, 100, 100, 1_000, 60)


def ledger(folder: Path, run: str = "one", layer: str = "L0", day: int = 1) -> Ledger:
    world = World(now=lambda: datetime(2026, 11, day, 12, tzinfo=UTC))
    return Ledger(folder / "spending.jsonl", world, run, layer)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8), st.text())
def test_a_key_is_in_no_text_that_is_made_of_it(value: str, around: str) -> None:
    key = Key(value)
    assert value not in repr(key) + str(key)
    assert value not in key.hide(f"{around}{value}{around}").replace(around, "")
    hidden = key.hidden_in({"a": [f"{value}", 1, None], value: "x"})
    assert json.dumps(value)[1:-1] not in json.dumps(hidden)


@pytest.mark.parametrize("value", ["", "   ", "sk-ä", "sk-a\nb"])
def test_what_is_no_key_is_not_sent(value: str) -> None:
    with pytest.raises(CallFailed) as caught:
        key_for({"key_env": "A_KEY"}, World(env={"A_KEY": value}))
    assert caught.value.kind == "no-key"
    assert not value.strip() or value not in str(caught.value)


def test_an_entry_without_a_key_sends_none() -> None:
    assert key_for({}, World(env={})).reveal() == ""


def test_a_keyring_that_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(CallFailed, match="gonogo\\[keyring\\]"):
        key_for({"keyring_service": "gonogo"}, World(env={}))


def test_a_keyring_that_cannot_be_opened_is_not_taken_for_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    module, locked = type(sys)("keyring"), OSError("locked")

    def get_password(*_: str) -> str:
        raise locked

    monkeypatch.setattr(module, "get_password", get_password, raising=False)
    monkeypatch.setitem(sys.modules, "keyring", module)
    with pytest.raises(CallFailed, match="Unlock it, or put the key into A_KEY, then run again") as caught:
        key_for({"key_env": "A_KEY", "keyring_service": "gonogo"}, World(env={}))
    assert caught.value.kind == "keyring"
    assert caught.value.kind not in FALLS_BACK
    monkeypatch.setattr(module, "get_password", lambda *_: None)
    with pytest.raises(CallFailed) as empty:
        key_for({"key_env": "A_KEY", "keyring_service": "gonogo"}, World(env={}))
    assert empty.value.kind == "no-key"


def test_a_key_stands_in_no_traceback_of_a_broken_connection() -> None:
    key = Key(KEY)
    provider = {"kind": "openai", "base_url": "http://127.0.0.1:9/v1"}
    back_end = open_back_end(provider, REQUEST, key, timeout=2.0)
    with pytest.raises(CallFailed) as caught:
        ask(back_end, REQUEST, key, timeout=2.0, heard=lambda _: None)
    assert caught.value.kind == "unreachable"
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_a_call_is_not_traced_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:9")
    cast("Any", get_env_var).cache_clear()
    assert tracing_is_enabled()
    with model_server() as server:
        server.script("gpt-5.2", Answer("Because."))
        back_end = open_back_end({"kind": "openai", "base_url": server.url}, REQUEST, Key(""), timeout=20.0)
        assert ask(back_end, REQUEST, Key(""), timeout=20.0, heard=lambda _: None)["content"] == "Because."
        monkeypatch.setattr("gonogo_agents.models.ask.tracing_is_enabled", lambda: True)
        with pytest.raises(Refused, match="TRACING_ON"):
            ask(back_end, REQUEST, Key(""), timeout=20.0, heard=lambda _: None)
        assert len(server.requests) == 1
    cast("Any", get_env_var).cache_clear()


def test_a_request_carries_what_its_provider_supports() -> None:
    with model_server() as server:
        server.script("gpt-5.2", Answer("Because."))
        for request in (REQUEST, {**REQUEST, "seed": None, "response_schema": {"type": "object"}}):
            back_end = open_back_end({"kind": "openai", "base_url": server.url}, request, Key(""), timeout=20.0)
            ask(back_end, request, Key(""), timeout=20.0, heard=lambda _: None)
    first, second = server.requests
    assert (first["seed"], first["temperature"], first["max_tokens"]) == (7, 0.2, 100)
    assert "response_format" not in first
    assert "max_completion_tokens" not in first
    assert "seed" not in second
    assert second["response_format"]["json_schema"]["strict"] is True


def test_what_a_provider_does_not_support_is_not_sent() -> None:
    request = {**REQUEST, "temperature": None, "top_p": None, "seed": None}
    with model_server() as server:
        server.script("gpt-5.2", Answer("Because."))
        provider = {"kind": "openai", "base_url": server.url, "length_name": "max_completion_tokens"}
        ask(
            open_back_end(provider, request, Key(""), timeout=20.0),
            request,
            Key(""),
            timeout=20.0,
            heard=lambda _: None,
        )
    (sent,) = server.requests
    assert set(sent) == {"model", "messages", "stream", "stream_options", "max_completion_tokens"}


def test_a_package_comes_from_the_closed_list_and_says_when_it_is_missing() -> None:
    assert set(NAMED) == set(PACKAGES)
    for provider in ({"kind": "package", "package": "mistral"}, {"kind": "package", "package": "os"}, {"kind": "x"}):
        with pytest.raises(CallFailed) as caught:
            open_back_end(provider, REQUEST, Key(KEY), timeout=1.0)
        assert caught.value.kind == "not-installed"


def test_a_package_is_opened_with_its_own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    given_to: dict[str, Any] = {}
    module = type(sys)("langchain_mistralai")
    monkeypatch.setattr(module, "ChatMistralAI", lambda **words: given_to.update(words), raising=False)
    monkeypatch.setitem(sys.modules, "langchain_mistralai", module)
    open_back_end({"kind": "package", "package": "mistral"}, REQUEST, Key(KEY), timeout=9.0)
    assert (given_to["api_key"], given_to["max_retries"], given_to["max_tokens"]) == (KEY, 0, 100)


def test_what_was_reserved_counts_until_it_is_settled_and_for_ever_after_a_crash(tmp_path: Path) -> None:
    book = ledger(tmp_path)
    name = book.reserve(PLENTY, 60, 10)
    with pytest.raises(CallFailed, match="budget"):
        ledger(tmp_path).reserve(PLENTY, 60, 10)  # another process, after this one died
    book.settle(name, Counted(20, 5, "reported"), 1_500)
    assert ledger(tmp_path).reserve(PLENTY, 60, 10)
    spent = ledger(tmp_path).spent()
    assert (spent.run_cost, spent.run_tokens, spent.run_seconds) == (80, 15, 2)


def test_runs_layers_and_days_have_budgets_of_their_own(tmp_path: Path) -> None:
    ledger(tmp_path).reserve(PLENTY, 60, 0)
    assert ledger(tmp_path, run="two").spent().run_cost == 0
    assert ledger(tmp_path, run="two").spent().layer_cost == 60
    assert ledger(tmp_path, run="two", layer="L1").spent().layer_cost == 0
    assert ledger(tmp_path, run="two", layer="L1").spent().day_cost == 60
    assert ledger(tmp_path, run="two", day=2).spent().day_cost == 0
    assert ledger(tmp_path, run="two", day=2).spent().month_cost == 60


def test_a_call_counts_for_the_day_on_which_it_began(tmp_path: Path) -> None:
    name = ledger(tmp_path).reserve(PLENTY, 60, 0)
    ledger(tmp_path, day=2).settle(name, Counted(60, 0, "reported"), 1)
    assert ledger(tmp_path, day=2).spent().day_cost == 0


def test_a_line_that_a_crash_cut_short_was_no_call(tmp_path: Path) -> None:
    ledger(tmp_path).reserve(PLENTY, 60, 0)
    path = tmp_path / "spending.jsonl"
    path.write_bytes(path.read_bytes() + b'{"call": "half')
    assert ledger(tmp_path).spent().run_cost == 60
    ledger(tmp_path).reserve(PLENTY, 30, 0)
    assert ledger(tmp_path).spent().run_cost == 90
    assert path.stat().st_mode & 0o077 == 0


def test_a_model_is_asked_as_often_in_a_minute_as_its_rate_allows_and_then_waited_for(tmp_path: Path) -> None:
    model: Any = {
        "model_id": "gpt-5.2",
        "provider": "p",
        "context_window": 10_000,
        "rate_limit_rpm": 2,
        "cost_per_1k_input": "0",
        "cost_per_1k_output": "0",
    }
    slept: list[float] = []
    plenty = Budget(100, 100, 100, 100, 100_000, 60)
    book = ledger(tmp_path)
    caller = Caller(
        *(book.world, {"gpt-5.2": model}, {"max_retries_per_model": 0, "retry_delay_seconds": 0}, plenty, book),
        reach=lambda *_: (ANSWER, "model"),
        replay=None,
        kept=lambda _: None,
        keep=lambda _: None,
        note=lambda *_: None,
        sleep=slept.append,
    )
    for seed in range(4):
        caller.call(["gpt-5.2"], lambda _, seed=seed: {**REQUEST, "seed": seed})  # type: ignore[misc]
    assert len(slept) == 2
    assert all(58 < seconds <= 60 for seconds in slept)


def test_a_line_of_the_log_of_calls_that_a_crash_cut_short_was_a_call_and_stops_nothing(tmp_path: Path) -> None:
    assert spending_of(tmp_path) == Spending()
    near = {"limit": "run_cost", "used": "1", "most": "1"}
    first = json.dumps({"counted_by": "reported", "near_limits": [near]})
    (tmp_path / "calls.jsonl").write_text(f'{first}\n{{"half\n[]\n')
    assert spending_of(tmp_path) == Spending(3, 2, (near,))
    for nonsense in ('{"counted_by": []}', '{"counted_by": "reported", "near_limits": [1, {}]}', "[" * 100_000):
        (tmp_path / "calls.jsonl").write_text(f"{nonsense}\n")
        assert spending_of(tmp_path).near == ()


def test_what_counts_by_our_own_estimate_is_told_where_no_limit_is_near(tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [
        {"counted_by": name, "near_limits": []} for name in ("reported", "estimated", "none")
    ]
    (tmp_path / "calls.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert str(spending_of(tmp_path).text()) == "calls: 3, of which 1 count by our own estimate"


NEGATIVE = b'{"call":"x","at":"","run":"","layer":"","cost":-1,"tokens":0,"ms":0}\n'


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"call":"x"}\n', NEGATIVE])
def test_a_ledger_that_cannot_be_read_spends_nothing(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "spending.jsonl").write_bytes(line)
    with pytest.raises(IntegrityBroken, match="SPEND_LEDGER"):
        ledger(tmp_path).reserve(PLENTY, 1, 1)


def test_recordings_are_found_by_their_request_and_by_nothing_else(tmp_path: Path) -> None:
    made = Exchange(REQUEST, ANSWER, None)
    (tmp_path / "one.json").write_bytes(canonical.dumps(made.json()))
    found = read_recordings(tmp_path)
    assert found.find(REQUEST).answer == ANSWER
    with pytest.raises(Inconclusive, match="REPLAY_MISS"):
        found.find({**REQUEST, "seed": 8})


def test_a_transcript_of_the_predecessor_answers_the_request_with_its_hash(tmp_path: Path) -> None:
    old = {
        "transcript_id": "t",
        "recorded_at": "2026-01-10",
        "scenario": "s",
        "runs": [
            {
                "model_id": "gpt-5.2",
                "role": "proposer",
                "prompt_hash": prompt_hashes(REQUEST)[0],
                "response": {"id": "r", "choices": [{"message": {"content": "Because."}, "finish_reason": "stop"}]},
            }
        ],
    }
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old, indent=2))
    found = read_recordings(path).find(REQUEST)
    assert (found.answer or {})["content"] == "Because."
    assert found.source == "predecessor"
    with pytest.raises(Inconclusive, match="REPLAY_MISS"):
        read_recordings(path).find({**REQUEST, "temperature": "0.3"})


@pytest.mark.parametrize("content", [None, "[]", '{"a": 1}', "no json"])
def test_a_place_without_transcripts_is_none_to_replay_from(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "x.json").write_text(content)
    with pytest.raises(BadInput, match="TRANSCRIPT_"):
        read_recordings(tmp_path)


def test_the_local_model_is_not_there_without_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo_agents.models.local.NEEDED", ("no_such_package",))
    with pytest.raises(CallFailed, match="gonogo\\[local\\]"):
        LocalModel(World()).address()


@pytest.mark.parametrize("words", ["print('no address')", "raise SystemExit(3)"])
def test_a_local_model_that_does_not_get_ready_is_ended(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr("gonogo_agents.models.local.NEEDED", ())
    real = World()
    world = replace(real, start=lambda _, env, keep: real.start([sys.executable, "-c", words], env, keep))
    model = LocalModel(world)
    with pytest.raises(CallFailed, match="did not get ready"):
        model.address()
    model.close()


def test_the_local_models_process_ends_with_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo_agents.models.local.NEEDED", ())
    told = "os.write(int(sys.argv[2]), b'http://127.0.0.1:1'); os.close(int(sys.argv[2]))"
    serve = f"import os,sys; {told}; os.read(int(sys.argv[3]), 1)"
    started: list[Any] = []
    real = World()

    def start(argv: Any, env: Any, keep: Any) -> Any:  # noqa: ANN401 - as World.start
        started.append(real.start([sys.executable, "-c", serve, *argv[-3:]], env, keep))
        return started[-1]

    model = LocalModel(replace(real, start=start))
    assert model.address() == "http://127.0.0.1:1/v1"
    assert started[0].poll() is None
    model.close()
    assert started[0].poll() is not None
