"""Statements: one form in bytes, closed words, and nothing a person could be made to sign without seeing it."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, IntegrityBroken
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.statement import (
    DECISIONS,
    PRESENCES,
    Card,
    CloseStatement,
    Condition,
    Evidence,
    IndexSeen,
    SignoffStatement,
)
from gonogo_evidence.statement_fields import format_time, parse_time

pytestmark = pytest.mark.fast

A, B, C, D = (Digest(sign * 64) for sign in "abcd")
GO = SignoffStatement(
    run_id=RunId("20260109-101112-0a1b2c"),
    pack_id=PackId("EVP-4BM2-L0-20260109-001"),
    pack_digest=A,
    review_digest=B,
    request_id="9f8e7d",
    decision="GO",
    reason="Alles geprüft.\nZwei Zeilen.",
    conditions=(),
    principal=Principal("alice@example.org"),
    presence="typed",
    policy_digest=C,
    card=Card("review/card.txt", D),
    issued="2026-01-09T10:20:00Z",
    not_after="2026-01-10T10:20:00Z",
)
CLOSE = CloseStatement(GO.run_id, A, B, 1, Evidence("report.pdf", C, 0), Principal("bob"), "2026-01-09T10:20:00Z")
CONDITION = Condition(1, "watch ci.remote for a day", "bob", "2026-01-12")


def with_conditions(*conditions: Condition) -> SignoffStatement:
    return dataclasses.replace(GO, decision="GO-WITH-CONDITIONS", conditions=conditions)


def test_the_bytes_are_an_in_toto_statement_about_pack_and_review() -> None:
    read = json.loads(GO.to_bytes())
    assert read["_type"] == "https://in-toto.io/Statement/v1"
    assert read["predicateType"] == "urn:gonogo:signoff:v1"
    assert read["subject"] == [
        {"name": GO.pack_id, "digest": {"sha256": A}},
        {"name": "review", "digest": {"sha256": B}},
    ]
    assert read["predicate"]["decision"] == "GO"
    assert canonical.dumps(read) == GO.to_bytes()


digests = st.text("0123456789abcdef", min_size=64, max_size=64).map(Digest)


def sayable(text: str) -> bool:
    return bool(text.isprintable() and text.strip() and unicodedata.is_normalized("NFC", text))


words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), min_size=1, max_size=40).filter(sayable)


def numbered(items: list[tuple[str, str]]) -> tuple[Condition, ...]:
    return tuple(Condition(at, text, owner, "2026-02-28") for at, (text, owner) in enumerate(items, start=1))


@settings(max_examples=150)
@given(
    st.builds(
        SignoffStatement,
        run_id=st.just(GO.run_id),
        pack_id=st.just(GO.pack_id),
        pack_digest=digests,
        review_digest=digests,
        request_id=st.from_regex(r"\A[A-Za-z0-9._-]{1,32}\Z"),
        decision=st.sampled_from(DECISIONS),
        reason=words,
        conditions=st.lists(st.tuples(words, words), min_size=1, max_size=4).map(numbered),
        principal=words.map(Principal),
        presence=st.sampled_from(PRESENCES),
        policy_digest=digests,
        card=digests.map(lambda digest: Card("review/card.de.txt", digest)),
        issued=st.just(GO.issued),
        not_after=st.just(GO.not_after),
        index_seen=st.none() | digests.map(lambda digest: IndexSeen("gonogo/x", 3, digest)),
    )
)
def test_dataclass_and_bytes_are_one_to_one(drawn: SignoffStatement) -> None:
    conditions = drawn.conditions if drawn.decision == "GO-WITH-CONDITIONS" else ()
    statement = dataclasses.replace(drawn, conditions=conditions)
    assert SignoffStatement.from_bytes(statement.to_bytes()) == statement


@given(digests, st.integers(1, 999), words, st.integers(0, 2**53 - 1))
def test_a_close_is_one_to_one_too(digest: Digest, number: int, name: str, size: int) -> None:
    close = dataclasses.replace(CLOSE, condition=number, signoff_digest=digest, evidence=Evidence(name, digest, size))
    assert CloseStatement.from_bytes(close.to_bytes()) == close


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"decision": "MAYBE"}, "$.predicate.decision"),
        ({"decision": "go"}, "$.predicate.decision"),
        ({"presence": "seen"}, "$.predicate.presence"),
        ({"reason": " "}, "$.predicate.reason"),
        ({"reason": "x" * 4001}, "$.predicate.reason"),
        ({"reason": "GO\x1b[2J"}, "$.predicate.reason"),
        ({"reason": "\u202eOG-ON"}, "$.predicate.reason"),
        ({"principal": "a\nb"}, "$.predicate.principal"),
        ({"principal": "Jo\u0308rg"}, "$.predicate.principal"),
        ({"run_id": "latest"}, "$.predicate.run_id"),
        ({"pack_id": "review"}, "$.subject"),
        ({"pack_digest": "A" * 64}, "$.subject[0].digest.sha256"),
        ({"review_digest": "a" * 63}, "$.subject[1].digest.sha256"),
        ({"policy_digest": f"{'a' * 64}\n"}, "$.predicate.policy_digest"),
        ({"request_id": ""}, "$.predicate.request_id"),
        ({"card": Card("../card.txt", D)}, "$.predicate.card.path"),
        ({"issued": "2026-01-09 10:20:00"}, "$.predicate.issued"),
        ({"issued": "2026-13-09T10:20:00Z"}, "$.predicate.issued"),
        ({"not_after": "2026-01-09T10:20:00Z"}, "$.predicate.not_after"),
        ({"conditions": (CONDITION,)}, "$.predicate.conditions"),
        ({"decision": "GO-WITH-CONDITIONS"}, "$.predicate.conditions"),
    ],
)
def test_what_cannot_be_said_is_bad_input_with_its_place(change: dict[str, Any], where: str) -> None:
    with pytest.raises(BadInput) as caught:
        dataclasses.replace(GO, **change).to_bytes()
    assert (caught.value.code, caught.value.where) == ("STATEMENT_INPUT", where)


@pytest.mark.parametrize(
    "listed",
    [
        (dataclasses.replace(CONDITION, number=2),),
        (CONDITION, CONDITION),
        (dataclasses.replace(CONDITION, text=""),),
        (dataclasses.replace(CONDITION, owner=" "),),
        (dataclasses.replace(CONDITION, due="2026-02-30"),),
        (dataclasses.replace(CONDITION, due="31.12.2026"),),
    ],
)
def test_conditions_are_numbered_owned_and_dated(listed: tuple[Condition, ...]) -> None:
    with_conditions(CONDITION).to_bytes()
    with pytest.raises(BadInput):
        with_conditions(*listed).to_bytes()


def edited(path: tuple[str | int, ...], value: object, source: bytes | None = None) -> bytes:
    read = json.loads(source or with_conditions(CONDITION).to_bytes())
    here = read
    for part in path[:-1]:
        here = here[part]
    if value is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = value
    return canonical.dumps(read)


KEYS = ("run_id", "request_id", "decision", "reason", "conditions", "principal", "presence", "policy_digest", "card")


@pytest.mark.parametrize("key", [*KEYS, "issued", "not_after", "index_seen"])
def test_every_key_is_needed_and_has_its_type(key: str) -> None:
    for value in (..., 7, True, [1], {"x": 1}, ""):
        with pytest.raises(IntegrityBroken) as caught:
            SignoffStatement.from_bytes(edited(("predicate", key), value))
        assert caught.value.code == "STATEMENT_MALFORMED"
        assert key in caught.value.where


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("extra",), 1),
        (("_type",), "https://in-toto.io/Statement/v0.1"),
        (("predicateType",), "urn:gonogo:close:v1"),
        (("predicate", "role"), "OPERATOR"),
        (("predicate", "card", "size"), 1),
        (("predicate", "conditions", 0, "number"), True),
        (("predicate", "conditions", 0, "status"), "done"),
        (("subject",), []),
        (("subject", 1, "name"), "core"),
        (("subject", 0, "digest"), {"sha256": "a" * 64, "sha512": "b" * 128}),
        (("subject", 0, "digest"), {"md5": "a" * 32}),
    ],
)
def test_nothing_unknown_is_let_in(path: tuple[str | int, ...], value: object) -> None:
    with pytest.raises(IntegrityBroken) as caught:
        SignoffStatement.from_bytes(edited(path, value))
    assert caught.value.code == "STATEMENT_MALFORMED"


def test_subjects_in_another_number_or_order_are_refused() -> None:
    pack, review = json.loads(GO.to_bytes())["subject"]
    for subjects in ([pack], [review, pack], [pack, review, review], [pack, pack]):
        with pytest.raises(IntegrityBroken):
            SignoffStatement.from_bytes(edited(("subject",), subjects))


def test_a_close_names_the_same_evidence_twice() -> None:
    source = CLOSE.to_bytes()
    for path, value in ((("subject", 2, "digest", "sha256"), "d" * 64), (("predicate", "condition"), 0)):
        with pytest.raises(IntegrityBroken):
            CloseStatement.from_bytes(edited(path, value, source))
    with pytest.raises(IntegrityBroken):
        CloseStatement.from_bytes(GO.to_bytes())
    with pytest.raises(IntegrityBroken):
        SignoffStatement.from_bytes(source)


@settings(max_examples=200)
@given(st.integers(0, len(GO.to_bytes()) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_says_something_else(at: int, flip: int) -> None:
    data = GO.to_bytes()
    bent = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
    try:
        read = SignoffStatement.from_bytes(bent)
    except IntegrityBroken:
        return
    assert read.to_bytes() == bent
    assert read != GO


def test_bytes_in_another_form_are_refused() -> None:
    read = json.loads(GO.to_bytes())
    for data in (json.dumps(read).encode(), GO.to_bytes() + b"\n", b"", b"[]", b"{}"):
        with pytest.raises(IntegrityBroken):
            SignoffStatement.from_bytes(data)


def test_times_have_one_form() -> None:
    moment = parse_time("2026-01-09T10:20:00Z")
    assert format_time(moment) == "2026-01-09T10:20:00Z"
    for text in ("2026-1-9T10:20:00Z", "2026-01-09T10:20:00+00:00", "2026-01-09T10:20:60Z"):
        with pytest.raises(ValueError, match=r"."):
            parse_time(text)
    with pytest.raises(ValueError, match="zone"):
        format_time(moment.replace(tzinfo=None))
