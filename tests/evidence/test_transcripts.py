"""Transcripts: one request, one address; what is not whole is refused; the predecessor's files are read."""

from __future__ import annotations

import hashlib
import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.transcripts import (
    Exchange,
    answer_digest,
    plain,
    prompt_hashes,
    read_exchange,
    read_predecessor,
    request_digest,
)

pytestmark = pytest.mark.fast
REQUEST: dict[str, Any] = {
    "model": "gpt-5.2",
    "messages": [{"role": "user", "content": "Why?"}],
    "temperature": "0.7",
    "top_p": "1",
    "max_output_tokens": 4000,
    "seed": None,
    "response_schema": None,
    "tools": [],
}
ANSWER: dict[str, Any] = {
    "content": "Because.",
    "model": "gpt-5.2",
    "finish_reason": "stop",
    "response_id": "r-1",
    "tool_calls": [],
    "usage": {"input_tokens": 3, "output_tokens": 2},
}
OLD: dict[str, Any] = {
    "transcript_id": "t",
    "recorded_at": "2026-01-10T12:00:00+00:00",
    "scenario": "s",
    "runs": [
        {
            "run_id": "r",
            "role": "proposer",
            "model_id": "gpt-5.2",
            "prompt_hash": "sha256:" + "0" * 64,
            "request": {"model": "placeholder", "messages": [], "temperature": 0.7, "max_tokens": 4000},
            "response": {
                "id": "resp-1",
                "choices": [{"message": {"role": "assistant", "content": "Because."}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
            },
            "metadata": {"timestamp": "2026-01-10T12:00:00+00:00"},
        }
    ],
}


def stored(**changes: Any) -> bytes:  # noqa: ANN401 - whatever is wrong
    made = Exchange(REQUEST, ANSWER, None, "model", [{"number": 0, "latency_ms": 12}])
    return canonical.dumps({**made.json(), **changes})


@given(st.text(), st.sampled_from(["stop", "length"]), st.integers(0, 10**9))
def test_what_was_written_is_read_back(content: str, finish: str, tokens: int) -> None:
    answer = {**ANSWER, "content": plain(content), "finish_reason": finish, "usage": {"input_tokens": tokens}}
    made = Exchange({**REQUEST, "seed": tokens}, answer, None)
    again = read_exchange(canonical.dumps(made.json()))
    assert (again.request, again.answer, again.digest) == (made.request, made.answer, made.digest)
    assert answer_digest(cast("dict[str, Any]", again.answer)) == answer_digest(answer)


@given(st.sampled_from(sorted(REQUEST)))
def test_each_part_of_a_request_has_a_say_in_its_address(name: str) -> None:
    assert request_digest({**REQUEST, name: "other"}) != request_digest(REQUEST)


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "gonogo/transcript/v2"},
        {"request_digest": "0" * 64},
        {"request": {**REQUEST, "model": "another"}},
        {"request": {**REQUEST, "more": 1}},
        {"answer": None},
        {"failure": {"kind": "timeout", "status": None, "text": ""}},
        {"answer": {**ANSWER, "content": 5}},
        {"answer": {name: value for name, value in ANSWER.items() if name != "model"}},
        {"source": "a friend"},
        {"attempts": ["one"]},
        {"attempts": None},
    ],
)
def test_what_is_no_transcript_is_refused(changes: dict[str, Any]) -> None:
    read_exchange(stored())
    with pytest.raises(IntegrityBroken, match="TRANSCRIPT_SHAPE"):
        read_exchange(stored(**changes))


def test_bytes_that_are_not_canonical_are_refused() -> None:
    with pytest.raises(IntegrityBroken):
        read_exchange(stored() + b" ")


def test_a_file_of_the_predecessor_is_read_by_its_own_hash() -> None:
    found = read_predecessor(json.dumps(OLD, indent=2).encode())
    (answer,) = found.values()
    assert answer == {**ANSWER, "response_id": "resp-1"}


def test_the_hash_is_the_one_that_the_predecessor_gave() -> None:
    body = {
        "model": "gpt-5.2",
        "messages": [{"role": "user", "content": "Why?"}],
        "temperature": 0.7,
        "max_tokens": 4000,
        "top_p": 1.0,
        "frequency_penalty": 0.0,
        "presence_penalty": 0.0,
    }
    expected = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    assert f"sha256:{expected}" in prompt_hashes(REQUEST)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"transcript_id":1,"runs":[{}]}', b'{"transcript_id":1,"runs":5}']
)
def test_what_is_none_of_the_predecessors_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="TRANSCRIPT_FILE"):
        read_predecessor(data)
