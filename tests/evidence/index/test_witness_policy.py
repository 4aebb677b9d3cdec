"""Policies of witnesses (C2SP tlog-policy): who counts, and every file that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput
from gonogo_evidence.index.cosignature import Witness
from gonogo_evidence.index.witness_policy import WitnessPolicy, parse_policy
from support.logs import key, signer

WITNESSES = {name: Witness(f"{name}.example", key(number)).verifier for number, name in enumerate("ABCDE", start=20)}
LINES = {name: f"witness {name} {witness.line}\n" for name, witness in WITNESSES.items()}
ALL = "".join(LINES.values())
LOG = f"log {signer().verifier.line}\n"


def _met(policy: str, names: str) -> bool:
    return parse_policy(policy.encode()).met([WITNESSES[name] for name in names])


@pytest.mark.parametrize(
    ("quorum", "enough", "short"),
    [
        ("quorum none\n", ["", "A"], []),
        ("quorum A\n", ["A", "AB"], ["", "B"]),
        ("group g any A B\nquorum g\n", ["A", "B"], ["", "C"]),
        ("group g all A B\nquorum g\n", ["AB", "ABC"], ["A", "B", "CD"]),
        ("group g 2 A B C\nquorum g\n", ["AB", "BC", "ABC"], ["A", "CD"]),
        ("group g 2 A B C\ngroup h any D E\ngroup both all g h\nquorum both\n", ["ABD", "BCE"], ["ABC", "AD", "DE"]),
    ],
)
def test_quorums(quorum: str, enough: list[str], short: list[str]) -> None:
    for names in enough:
        assert _met(LOG + ALL + quorum, names), names
    for names in short:
        assert not _met(LOG + ALL + quorum, names), names


def test_space_comments_addresses_and_order_are_free() -> None:
    text = (
        f"\n# who\n\t quorum  none \n  {LOG.strip()}\thttps://log.example/\n{LINES['A'].strip()} https://w.example/\n"
    )
    found = parse_policy(text.encode())
    assert (len(found.logs), list(found.witnesses), found.quorum) == (1, ["A"], "none")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        (ALL, None),
        (ALL + "quorum F\n", 6),
        ("quorum A\n" + ALL, 1),
        (ALL + "quorum A\nquorum A\n", 7),
        (ALL + "quorum A B\n", 6),
        (ALL + LINES["A"] + "quorum A\n", 6),
        (f"witness Z {WITNESSES['A'].line}\n" + ALL + "quorum A\n", 2),
        (LOG + LOG + "quorum none\n", 2),
        (f"log {WITNESSES['A'].line}\nquorum none\n", 1),
        (f"witness A {signer().verifier.line}\nquorum A\n", 1),
        (f"witness none {WITNESSES['A'].line}\nquorum none\n", 1),
        (ALL + "group g 0 A B\nquorum g\n", 6),
        (ALL + "group g 3 A B\nquorum g\n", 6),
        (ALL + "group g 02 A B\nquorum g\n", 6),
        (ALL + "group g some A B\nquorum g\n", 6),
        (ALL + "group g any\nquorum g\n", 6),
        (ALL + "group g 2 A A\nquorum g\n", 6),
        (ALL + "group g any A\ngroup h any A\nquorum g\n", 7),
        (ALL + "group g any h\ngroup h any A\nquorum g\n", 6),
        (ALL + "group g any g\nquorum g\n", 6),
        (ALL + "group g any none\nquorum g\n", 6),
        (ALL + "group A any B\nquorum A\n", 6),
        (ALL + "witnesses A\nquorum A\n", 6),
        (ALL + "quorum A\r\n", None),
        ("quorum none\n" + "#" * 300_000, None),
    ],
)
def test_every_other_file_is_refused_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(BadInput) as caught:
        parse_policy(text.encode(), where="policy")
    assert caught.value.code == "WITNESS_POLICY"
    assert caught.value.where == ("policy" if line is None else f"policy:{line}")


def _read(data: bytes) -> WitnessPolicy | None:
    """The policy; None where it is refused as none."""
    try:
        return parse_policy(data)
    except BadInput as error:
        if error.code != "WITNESS_POLICY":
            raise
        return None


@given(st.lists(st.sampled_from([*LINES.values(), LOG, "quorum A\n", "quorum none\n", "group g 1 A B\n", "\n", "x\n"])))
def test_any_mixture_of_lines_is_a_policy_or_refused(lines: list[str]) -> None:
    found = _read("".join(lines).encode())
    assert found is None or found.met([]) == (found.quorum == "none")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_refused(data: bytes) -> None:
    assert _read(data) is None or b"quorum" in data
