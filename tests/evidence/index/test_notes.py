"""Signed notes, verifier keys, checkpoints and proofs as text: one form, and nothing else is read."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.index import Checkpoint, Proof, Signer, VerifierKey, note, parse_vkey, parse_vkeys
from gonogo_evidence.index import checkpoint as checkpoints
from gonogo_evidence.index import proof as proofs
from support.logs import key, signer

pytestmark = pytest.mark.fast

ROOT = bytes(range(32))
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The example key of Go's package sumdb/note, whose format this is."""
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def _checkpoint(size: int = 3, **more: object) -> Checkpoint:
    return Checkpoint(signer().name, size, ROOT, **more)  # type: ignore[arg-type]


def test_a_note_of_go_is_read_and_verified() -> None:
    (known,) = note.verify(note.parse(PETERS_NOTE.encode()), [parse_vkey(PETER)])
    assert known.line == PETER
    with pytest.raises(IntegrityBroken, match="NOTE_BAD_SIGNATURE"):
        note.verify(note.parse(PETERS_NOTE.replace("answer", "Answer").encode()), [parse_vkey(PETER)])


def test_a_checkpoint_survives_its_text() -> None:
    made = _checkpoint().sign([signer()])
    assert checkpoints.parse(made) == checkpoints.verify(made, [signer().verifier]) == _checkpoint()


def test_a_checkpoint_with_an_extension_line() -> None:
    more = _checkpoint(extensions=("a further line",))
    made = more.sign([signer()])
    assert checkpoints.verify(made, [signer().verifier]) == more
    with pytest.raises(IntegrityBroken, match="NOTE_BAD_SIGNATURE"):
        checkpoints.verify(made.replace(b"a further line\n", b""), [signer().verifier])


def test_more_than_sixteen_signatures() -> None:
    witnesses = [Signer(f"witness{number}", key(100 + number)) for number in range(20)]
    made = _checkpoint().sign([*witnesses, signer()])
    assert checkpoints.verify(made, [signer().verifier]) == _checkpoint()
    assert len(note.verify(note.parse(made), [one.verifier for one in witnesses])) == 20
    crowd = _checkpoint().sign([signer(), *(Signer(f"w{number}", key(9)) for number in range(note.MAX_SIGNATURES))])
    with pytest.raises(IntegrityBroken, match="NOTE_MALFORMED"):
        checkpoints.parse(crowd)


def test_unknown_signers_are_passed_over_and_known_ones_must_be_good() -> None:
    made = _checkpoint().sign([Signer("stranger", key(7)), signer()])
    assert checkpoints.verify(made, [signer().verifier])
    other = VerifierKey(signer().name, key(7).public_key())
    with pytest.raises(Refused, match="NOTE_UNSIGNED"):
        checkpoints.verify(made, [other])
    assert checkpoints.verify(made, [VerifierKey("another log", key(7).public_key())]) is None
    with pytest.raises(Refused, match="INDEX_KEY_UNKNOWN"):
        checkpoints.require(made, [])


def test_a_checkpoint_needs_a_line_in_the_logs_own_name() -> None:
    with pytest.raises(IntegrityBroken, match="CHECKPOINT_MALFORMED"):
        checkpoints.parse(_checkpoint().sign([Signer("witness", key(7))]))


@pytest.mark.parametrize(
    "text",
    [
        "origin\n3\n",
        "origin\n03\nX\n",
        "origin\n-3\nX\n",
        "origin\n\u0663\nX\n",
        "origin\n99999999999999999\nX\n",
        "origin\n3\nAAAA\n",
        "origin\n3\nX!\n",
        "origin\n0\nX\n",
        "origin\n3\nX\n\nmore\n",
    ],
)
def test_other_texts_are_no_checkpoints(text: str) -> None:
    body = text.replace("X", base64.b64encode(ROOT).decode())
    with pytest.raises(IntegrityBroken, match=r"CHECKPOINT_MALFORMED|NOTE_MALFORMED"):
        checkpoints.parse(note.sign(body, [Signer("origin", key(2))]))


@pytest.mark.parametrize("name", ["", "with space", "a+b", "a\u2003b"])
def test_names_that_no_note_can_carry(name: str) -> None:
    with pytest.raises(BadInput, match="NOTE_INPUT"):
        note.sign("text\n", [Signer(name, key(1))])
    with pytest.raises(BadInput, match="NOTE_INPUT"):
        note.sign("no line end", [signer()])


@given(st.data())
def test_no_single_changed_character_of_a_checkpoint_is_accepted(data: st.DataObject) -> None:
    made = _checkpoint().sign([signer()]).decode()
    at = data.draw(st.integers(0, len(made) - 1))
    sign = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda one: one != made[at]))
    with pytest.raises(GonogoError):
        checkpoints.require((made[:at] + sign + made[at + 1 :]).encode(), [signer().verifier])


@given(st.binary(max_size=200))
def test_noise_is_refused_in_words(data: bytes) -> None:
    for read in (note.parse, checkpoints.parse, proofs.parse):
        with pytest.raises(IntegrityBroken):
            read(data)
    with pytest.raises(BadInput):
        parse_vkey(data.decode("latin-1"))


@given(st.text(alphabet="abc./-\u00e9", min_size=1), st.binary(min_size=32, max_size=32))
def test_a_vkey_survives_its_line(name: str, seed: bytes) -> None:
    made = VerifierKey(name, Ed25519PrivateKey.from_private_bytes(seed).public_key())
    assert parse_vkey(made.line).line == made.line
    assert [one.line for one in parse_vkeys(f"# ours\n\n{made.line}\n".encode())] == [made.line]
    name_of, ident, raw = made.line.split("+", 2)
    with pytest.raises(BadInput, match="VKEY_UNREADABLE"):
        parse_vkey(f"{name_of}+{int(ident, 16) ^ 1:08x}+{raw}")


@given(
    st.integers(0, 2**50),
    st.lists(st.binary(min_size=32, max_size=32), max_size=20),
    st.none() | st.binary(max_size=40),
)
def test_a_proof_survives_its_text(index: int, hashes: list[bytes], extra: bytes | None) -> None:
    made = Proof(index, tuple(hashes), _checkpoint().sign([signer()]), extra)
    assert proofs.parse(made.to_bytes()) == made


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 1", b"index 01"),
        (b"index 1", b"index -1"),
        (b"index 1\n", b""),
        (b"AAECAwQF", b"AAECAwQ="),
        (b"extra ", b"Extra "),
        (b"\n\n", b"\n" ),
    ],
)  # fmt: skip
def test_other_texts_are_no_proofs(old: bytes, new: bytes) -> None:
    made = Proof(1, (ROOT,), _checkpoint().sign([signer()]), b"extra").to_bytes()
    assert old in made
    with pytest.raises(IntegrityBroken, match=r"PROOF_MALFORMED|NOTE_MALFORMED|CHECKPOINT_MALFORMED"):
        proofs.parse(made.replace(old, new, 1))
