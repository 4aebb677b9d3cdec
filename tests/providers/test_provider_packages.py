"""The conformance kit on the provider packages' own wires, and keys in real keyrings: ``make providers``.

Not of the suite that CI runs: the packages come by name, at their newest, and are not installed beside the others.
"""

from __future__ import annotations

import importlib
import traceback
from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_agents.models.ask import ask
from gonogo_agents.models.back_ends import PACKAGES, open_back_end
from gonogo_agents.models.interface import CallFailed
from gonogo_agents.models.keys import Key, key_for
from gonogo_agents.world import World
from support.model_server import KEY, Answer, Hang, ModelServer, Move, Status, model_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

keyring, fail, null, file = (
    cast("Any", importlib.import_module(name))
    for name in ("keyring", "keyring.backends.fail", "keyring.backends.null", "keyrings.alt.file")
)
MODEL = "the-model"
REQUEST: dict[str, Any] = {
    "model": MODEL,
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
    "temperature": "0.2",
    "top_p": "1",
    "max_output_tokens": 100,
    "seed": None,
    "response_schema": None,
    "tools": [],
}
TIMEOUT = 2.0
ENTRY = {"key_env": "A_KEY", "keyring_service": "gonogo-test"}


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with model_server() as running:
        yield running


@pytest.fixture(params=sorted(PACKAGES))
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def call(server: ModelServer, package: str, move: Move) -> dict[str, Any]:
    server.moves = {MODEL: [move]}
    server.requests.clear()
    server.keys.clear()
    url = server.url if package == "mistral" else server.url.removesuffix("/v1")
    provider = {"kind": "package", "package": package, "base_url": url}
    back_end = open_back_end(provider, REQUEST, Key(KEY), timeout=TIMEOUT)
    return dict(ask(back_end, REQUEST, Key(KEY), timeout=TIMEOUT, heard=lambda _: None))


@pytest.mark.parametrize(
    ("move", "kind"),
    [
        pytest.param(Status(429, retry_after="7"), "rate-limited", id="429"),
        pytest.param(Status(500), "server", id="500"),
        pytest.param(Status(401, echo=True), "refused", id="401, key echoed"),
        pytest.param(Status(400), "refused", id="400"),
        pytest.param(Answer("Because of it.", cut=True), "truncated", id="truncated"),
        pytest.param(Answer("", raw=b""), "unreadable", id="empty"),
        pytest.param(Answer("", raw=b"data: {nonsense\n\n"), "unreadable", id="nonsense"),
        pytest.param(Answer("x" * 900_000), "too-large", id="huge"),
        pytest.param(Answer("It is {key}."), "key-echoed", id="key echoed"),
        pytest.param(Hang(), "timeout", id="hang"),
    ],
)
def test_an_endpoint_that_misbehaves_ends_in_one_request_and_a_kind_of_failure(
    server: ModelServer, package: str, move: Move, kind: str
) -> None:
    with pytest.raises(CallFailed) as caught:
        call(server, package, move)
    assert caught.value.kind == kind
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert (len(server.requests), server.keys) == (1, [KEY])


def test_a_whole_answer_says_who_gave_it_and_what_it_asked_for(server: ModelServer, package: str) -> None:
    good = call(server, package, Answer("Because of it."))
    assert (good["content"], good["model"], good["tool_calls"]) == ("Because of it.", MODEL, [])
    assert good["finish_reason"] in {"stop", "end_turn", "STOP"}
    assert call(server, package, Answer("x", model="gpt-4"))["model"] == "gpt-4"
    assert call(server, package, Answer("x", tool="shell"))["tool_calls"] == ["shell"]
    assert call(server, package, Answer("x", finish="length"))["finish_reason"] in {
        "length",
        "max_tokens",
        "MAX_TOKENS",
    }
    for name in ("input_tokens", "output_tokens"):
        assert not call(server, package, Answer("x", usage=None))["usage"][name]


def test_a_key_comes_out_of_a_real_keyring(tmp_path: Path) -> None:
    store = file.PlaintextKeyring()
    store.file_path = str(tmp_path / "keyring.cfg")
    keyring.set_keyring(store)
    store.set_password("gonogo-test", "gonogo", KEY)
    assert key_for(ENTRY, World(env={})).reveal() == KEY
    assert key_for(ENTRY, World(env={"A_KEY": "sk-other"})).reveal() == "sk-other"


def test_a_keyring_without_an_entry_is_no_key() -> None:
    keyring.set_keyring(null.Keyring())
    with pytest.raises(CallFailed, match="no key in A_KEY") as caught:
        key_for(ENTRY, World(env={}))
    assert caught.value.kind == "no-key"


def test_a_keyring_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    broken = file.PlaintextKeyring()
    broken.file_path = str(tmp_path / "broken.cfg")
    (tmp_path / "broken.cfg").write_bytes(b"\0 no keyring")
    for store in (fail.Keyring(), broken):
        keyring.set_keyring(store)
        with pytest.raises(CallFailed, match="could not be opened") as caught:
            key_for(ENTRY, World(env={}))
        assert caught.value.kind == "keyring"
