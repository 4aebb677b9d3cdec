"""Entries: one statement, its line, its envelope and its leaf; nothing else is read or written."""

from __future__ import annotations

import base64
import hashlib
import json

import jsonschema_rs
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import canonical, dsse, schema
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.index import KINDS, Entry, from_envelope, sign
from gonogo_evidence.index.entry import MAX_LINE, parse_line
from gonogo_evidence.index.fields import clean
from support.logs import ENGINE, engine_pem, entry, key, signed

pytestmark = pytest.mark.fast

SCHEMA = json.loads((schema.FOLDER / "index-entry.schema.json").read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_survives_line_and_envelope(kind: str) -> None:
    one = signed(kind, 3)  # type: ignore[arg-type]
    one.check()
    assert parse_line(one.line()) == one
    assert from_envelope(one.envelope, engine_pem()) == one
    assert dsse.verify(one.envelope, [ENGINE.public_key()]).payload == one.entry.to_bytes()
    assert jsonschema_rs.Draft202012Validator(SCHEMA).is_valid(one.entry.statement())


def test_the_leaf_is_a_rekor_body_in_the_form_of_rfc_8785() -> None:
    one = signed("pack", 3)
    body = json.loads(one.leaf)
    assert rfc8785.dumps(body) == one.leaf
    assert (body["apiVersion"], body["kind"]) == ("0.0.1", "dsse")
    assert body["spec"]["payloadHash"]["value"] == hashlib.sha256(one.payload).hexdigest()
    assert body["spec"]["envelopeHash"]["value"] == hashlib.sha256(one.envelope).hexdigest()
    (signature,) = body["spec"]["signatures"]
    assert base64.b64decode(signature["verifier"]) == engine_pem()
    assert signature["signature"] == json.loads(one.envelope)["signatures"][0]["sig"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_and_the_reader_agree(kind: str) -> None:
    validator = jsonschema_rs.Draft202012Validator(SCHEMA)
    good = dict[str, object](entry(kind, 3).statement())  # type: ignore[arg-type]
    for wrong in _wrong(good):
        assert not validator.is_valid(wrong), wrong
        with pytest.raises(IntegrityBroken):
            parse_line(_line(wrong))


def _wrong(good: dict[str, object]) -> list[dict[str, object]]:
    predicate = dict(good["predicate"])  # type: ignore[call-overload]
    details = dict(predicate["details"])
    first = next(iter(details))
    needed = [name for name, value in details.items() if value is not None and name not in {"layer_id", "git_ref"}]
    changed: list[dict[str, object]] = [
        {**good, "_type": "https://in-toto.io/Statement/v0.1"},
        {**good, "subject": []},
        {**good, "more": 1},
        {**good, "predicate": {**predicate, "kind": "other"}},
        {**good, "predicate": {**predicate, "time": "2026-01-09 10:15"}},
        {**good, "predicate": {**predicate, "run_id": 7}},
        {**good, "predicate": {**predicate, "run_id": "x" if predicate["run_id"] else "20260109-101500-00000a"}},
        {**good, "predicate": {**predicate, "details": {**details, "more": "x"}}},
        {**good, "predicate": {**predicate, "details": {**details, needed[-1]: 7}}},
    ]
    changed.append({**good, "predicate": {**predicate, "details": {n: v for n, v in details.items() if n != first}}})
    return changed


def _line(statement: object) -> bytes:
    one = signed("intent")
    return canonical.dumps(
        {
            "key": base64.b64encode(one.key).decode(),
            "sig": base64.b64encode(one.signature).decode(),
            "statement": statement,  # type: ignore[dict-item]
        }
    )


@given(st.data())
def test_no_single_changed_byte_of_a_line_is_accepted(data: st.DataObject) -> None:
    line = signed("intent", 3).line()[:-1]
    at = data.draw(st.integers(0, len(line) - 1))
    changed = line[:at] + bytes([line[at] ^ data.draw(st.integers(1, 255))]) + line[at + 1 :]
    with pytest.raises(GonogoError):
        parse_line(changed).check()


def test_envelope_and_key_must_belong_together() -> None:
    one = signed("pack", 3)
    stranger = sign(one.entry, key(9))
    for pem in (stranger.pem, b"", b"no key", engine_pem() + b"\n"):
        with pytest.raises(IntegrityBroken, match="INDEX_ENTRY_MALFORMED"):
            from_envelope(one.envelope, pem)


def test_the_same_said_later_has_the_same_identity() -> None:
    one = entry("pack", 3)
    later = Entry(one.kind, one.run_id, "2027-01-01T00:00:00Z", one.subject, one.digest, one.details)
    assert one.identity == later.identity
    assert len({entry(kind, number).identity for kind in KINDS for number in (1, 2)}) >= len(KINDS)


@pytest.mark.parametrize(
    "details", [{"layer_id": "x" * 2000}, {"layer_id": "a\u202eb"}, {"more": "x"}, {"mode": ""}, {"mode": "a\nb"}]
)
def test_what_an_entry_cannot_say(details: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="INDEX_ENTRY_INPUT"):
        entry("intent", 1, **details).to_bytes()


def test_an_entry_has_a_limit() -> None:
    names: list[str] = ["n" * 250] * 100
    big = signed("decision", 1, principals=names)
    assert len(big.line()) < MAX_LINE
    long = signed("foreign-checkpoint", 1, checkpoint="\u4e00" * 32000)
    with pytest.raises(BadInput, match="INDEX_ENTRY_TOO_LARGE"):
        long.line()


@given(st.text(max_size=50))
def test_any_words_of_people_can_be_made_fit(words: str) -> None:
    one = signed("abandoned", 1, reason=clean(words))
    assert parse_line(one.line()).entry.details["reason"]
