"""Cosignatures of witnesses: the published form, and every line that must not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken
from gonogo_evidence.index import Checkpoint, Signer, note, parse_vkey
from gonogo_evidence.index.cosignature import LATEST, Witness, cosigned, parse_witness_key
from support.logs import key, signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo_evidence.index.note import UnverifiedNote

TIME = 1767953700
NAME = "witness.example.org/w1"
WITNESS = Witness(NAME, key(7))
PLAIN = Checkpoint(signer().name, 3, bytes(range(32)))
EXTENDED = Checkpoint(signer().name, 3, bytes(range(32)), ("an extension",))
GOLDEN = {
    PLAIN: (
        "\u2014 witness.example.org/w1 QDJhTgAAAABpYNUk3eNb9ntxsycA0PXWFxmf2dxPvr8FgGxRnTHwXTyk"
        "CytgvGlQyL6cQzHlbHXWNlBIqjKYsZTFeRoqVQARhi7/Bw==\n"
    ),
    EXTENDED: (
        "\u2014 witness.example.org/w1 QDJhTgAAAABpYNUkjPlsaDpToE6szNM0s1ppxz6H2roUjqPJsfHH4m7j"
        "qqstT5BRqPtAujXdAQyNDLkjuVW4Ks6On/S8V5rpEa12BA==\n"
    ),
}
"""Made by another implementation of C2SP tlog-cosignature (aics-tlog 0.2.1) with the same key and time."""
GOLDEN_VKEY = "witness.example.org/w1+4032614e+BLYYRiQdvy0auu+TTag1Gs/DgV419xVbH9/IhUYtOUN1"


def _note(checkpoint: Checkpoint, *lines: str) -> UnverifiedNote:
    return note.parse(checkpoint.sign([signer()]) + "".join(lines).encode())


@pytest.mark.parametrize("checkpoint", [PLAIN, EXTENDED])
def test_lines_are_those_that_another_implementation_makes(checkpoint: Checkpoint) -> None:
    assert WITNESS.line(checkpoint.text, TIME) == GOLDEN[checkpoint]
    (found,) = cosigned(_note(checkpoint, GOLDEN[checkpoint]), [parse_witness_key(GOLDEN_VKEY)])
    assert (found.key.name, found.time) == (NAME, TIME)


def test_the_key_of_a_witness_is_no_key_of_a_log_and_the_other_way_round() -> None:
    assert WITNESS.verifier.line == GOLDEN_VKEY
    for read, line in ((parse_vkey, GOLDEN_VKEY), (parse_witness_key, signer().verifier.line)):
        with pytest.raises(BadInput) as caught:
            read(line)
        assert caught.value.code == "VKEY_UNREADABLE"


def test_a_line_of_the_log_itself_does_not_count_as_a_witness() -> None:
    same = Signer(NAME, key(7))  # the witness's own key, used as a log's
    assert cosigned(note.parse(PLAIN.sign([signer(), same])), [WITNESS.verifier]) == ()


def test_of_two_lines_of_one_witness_the_newer_counts() -> None:
    lines = [WITNESS.line(PLAIN.text, TIME + 5), WITNESS.line(PLAIN.text, TIME)]
    (found,) = cosigned(_note(PLAIN, *lines), [WITNESS.verifier])
    assert found.time == TIME + 5


def test_lines_of_witnesses_that_nobody_brought_are_passed_over() -> None:
    other = Witness(NAME, key(8))
    assert cosigned(_note(PLAIN, other.line(PLAIN.text, TIME)), [WITNESS.verifier]) == ()


def _changed(change: Callable[[bytes], bytes]) -> str:
    (_, signature) = _note(PLAIN, GOLDEN[PLAIN]).signatures[-1]
    return note.signature_line(NAME, signature[:4] + change(signature[4:]))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(_changed(lambda data: data[:7] + bytes([data[7] ^ 1]) + data[8:]), id="another time"),
        pytest.param(_changed(lambda data: data[:-1] + bytes([data[-1] ^ 1])), id="another signature"),
        pytest.param(_changed(lambda data: data[:-1]), id="cut off"),
        pytest.param(_changed(lambda data: data + b"\0"), id="longer"),
        pytest.param(_changed(lambda data: data[:1]), id="a byte"),
        pytest.param(WITNESS.line(EXTENDED.text, TIME), id="over another checkpoint"),
        pytest.param(_changed(lambda _: key(7).sign(PLAIN.text.encode())), id="a plain signature"),
    ],
)
def test_a_line_of_a_known_witness_that_is_not_over_this_checkpoint_is_an_error(line: str) -> None:
    with pytest.raises(IntegrityBroken) as caught:
        cosigned(_note(PLAIN, line), [WITNESS.verifier])
    assert caught.value.code == "COSIGNATURE_BAD"


def test_a_time_that_no_calendar_has_is_refused() -> None:
    assert cosigned(_note(PLAIN, WITNESS.line(PLAIN.text, LATEST)), [WITNESS.verifier])[0].time == LATEST
    with pytest.raises(IntegrityBroken):
        cosigned(_note(PLAIN, WITNESS.line(PLAIN.text, LATEST + 1)), [WITNESS.verifier])


@given(st.binary(max_size=120))
def test_no_bytes_under_a_witness_s_name_count(data: bytes) -> None:
    line = note.signature_line(NAME, WITNESS.verifier.id + data)
    with pytest.raises(GonogoError):
        cosigned(_note(PLAIN, line), [WITNESS.verifier])
