"""DSSE: the frame of the specification, strict envelopes, and keys that say who signed."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import canonical, dsse, verify_pack
from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken

pytestmark = pytest.mark.fast

TYPE = "application/vnd.in-toto+json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key()
GOOD = dsse.sign(TYPE, b'{"a":1}', KEY)


def refused(envelope: bytes) -> str:
    with pytest.raises(GonogoError) as caught:
        dsse.verify(envelope, [PUBLIC])
    return caught.value.code


def test_the_frame_is_that_of_the_specification() -> None:
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("", b"") == b"DSSEv1 0  0 "


@given(st.text(max_size=30).filter(lambda text: text.isascii()), st.binary(max_size=60))
def test_what_was_signed_is_given_back(payload_type: str, payload: bytes) -> None:
    verified = dsse.verify(dsse.sign(payload_type, payload, KEY), [STRANGER, PUBLIC])
    assert verified == dsse.Verified(payload_type, payload, dsse.key_id(PUBLIC))


def test_an_envelope_is_what_other_tools_expect() -> None:
    read = json.loads(GOOD)
    assert base64.b64decode(read["payload"]) == b'{"a":1}'
    assert read["payloadType"] == TYPE
    (signature,) = read["signatures"]
    PUBLIC.verify(base64.b64decode(signature["sig"]), dsse.pae(TYPE, b'{"a":1}'))


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_any_one_changed_byte_is_refused(at: int, flip: int) -> None:
    refused(GOOD[:at] + bytes([GOOD[at] ^ flip]) + GOOD[at + 1 :])


def test_the_key_id_is_the_digest_of_the_subject_public_key_info() -> None:
    der = bytes.fromhex("302a300506032b6570032100") + PUBLIC.public_bytes_raw()  # RFC 8410, section 10.1
    assert dsse.key_id(dsse.load_public(dsse.public_pem(KEY))) == hashlib.sha256(der).hexdigest()


def test_a_key_that_is_not_known_proves_nothing_either_way() -> None:
    for keys in ([], [STRANGER]):
        with pytest.raises(Inconclusive) as caught:
            dsse.verify(GOOD, keys)
        assert caught.value.code == "DSSE_KEY_UNKNOWN"


def changed(**change: object) -> bytes:
    return canonical.dumps({**canonical.loads_object(GOOD), **change})  # type: ignore[dict-item]


def test_a_hint_does_not_make_a_signature() -> None:
    (signature,) = json.loads(GOOD)["signatures"]
    foreign = Ed25519PrivateKey.from_private_bytes(bytes(32)).sign(dsse.pae(TYPE, b'{"a":1}'))
    forged = changed(signatures=[{**signature, "sig": base64.b64encode(foreign).decode()}])
    assert refused(forged) == "DSSE_BAD_SIGNATURE"
    borrowed = changed(signatures=[{**signature, "keyid": dsse.key_id(STRANGER)}])
    with pytest.raises(IntegrityBroken):
        dsse.verify(borrowed, [PUBLIC, STRANGER])


def test_only_one_form_is_read() -> None:
    (signature,) = json.loads(GOOD)["signatures"]
    loose = [
        changed(signatures=[]),
        changed(signatures=[signature, signature]),
        changed(signatures=[{**signature, "extra": 1}]),
        changed(signatures=[{"sig": signature["sig"]}]),
        changed(signatures=[{**signature, "sig": signature["sig"].rstrip("=")}]),
        changed(signatures=[{**signature, "sig": "AAAA"}]),
        changed(extra=1),
        changed(payload="e30"),
        changed(payload=1),
        canonical.dumps([1]),
    ]
    assert {refused(envelope) for envelope in loose} == {"DSSE_MALFORMED"}
    assert refused(json.dumps(json.loads(GOOD)).encode()) == "JSON_NOT_CANONICAL"
    assert refused(b"") == "JSON_UNREADABLE"


@settings(max_examples=100)
@given(st.binary(max_size=80))
def test_garbage_is_an_integrity_error(garbage: bytes) -> None:
    with pytest.raises(IntegrityBroken):
        dsse.verify(garbage, [PUBLIC])


def test_an_engine_key_is_new_each_time_and_signs_from_its_pem() -> None:
    first, second = dsse.new_engine_key(), dsse.new_engine_key()
    assert first != second
    assert first.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    public = dsse.load_public(dsse.public_pem(first))
    assert dsse.verify(dsse.sign(TYPE, b"x", first), [public]).payload == b"x"
    assert dsse.key_id(dsse.load(first).public_key()) == dsse.key_id(public)


def test_other_keys_and_garbage_are_refused() -> None:
    encrypted = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )
    curve = ec.derive_private_key(7, ec.SECP256R1())
    other = curve.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for pem in (b"", b"garbage", encrypted, other, dsse.public_pem(KEY)):
        with pytest.raises(BadInput):
            dsse.load(pem)
    public = curve.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    good = dsse.public_pem(KEY)
    more = (good + b"\0", good + good, good + public, public + good, b"words\n" + good, good + b"# words\n")
    for pem in (b"", b"garbage", public, other, *more):
        with pytest.raises(BadInput):
            dsse.load_public(pem)
        with pytest.raises(verify_pack.Finding):
            verify_pack.engine_key(pem)
    for pem in (good, good.rstrip(), b"\n" + good, good.replace(b"\n", b"\r\n")):
        assert [dsse.key_id(dsse.load_public(pem))] == [*verify_pack.engine_key(pem)] == [dsse.key_id(PUBLIC)]
