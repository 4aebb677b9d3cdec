"""Trust store and state folder know each other: no variable can exchange one of the two unseen."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence.errors import IntegrityBroken, Refused
from gonogo_policies.trust import apply, enrol, load_trust
from gonogo_policies.trust_pin import IN_STATE, IN_TRUST, Pin, check, look, pin, real
from support.signing import SoftKey

pytestmark = pytest.mark.fast

DEFAULTS = Path(__file__).parents[2] / "config"
ID = "0123456789abcdef"
ALICE = SoftKey(1)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A trust store with one signer and the state folder that was enrolled with it."""
    trust, state = tmp_path / "config" / "gonogo" / "trust" / "abc", tmp_path / "state" / "abc"
    apply(enrol(trust, "alice@example.org", ALICE.public.line, key_file=None))
    pin(trust, state, ID)
    return trust, state


def refusal(trust: Path, state: Path, *, ledger: bool = True) -> tuple[str, str, str]:
    with pytest.raises(Refused) as caught:
        check(trust, state, ledger=ledger)
    return caught.value.code, str(caught.value.what), str(caught.value.next_step)


def test_what_was_enrolled_together_fits(pair: tuple[Path, Path]) -> None:
    check(*pair)
    assert look(*pair).fit == "pinned"
    assert [place.stat().st_mode & 0o777 for place in (pair[0] / IN_TRUST, pair[1] / IN_STATE)] == [0o600, 0o600]
    assert load_trust(pair[0], DEFAULTS, state=pair[1]).principal == "alice@example.org"


def test_another_trust_store_counts_for_nothing_in_this_ledger(pair: tuple[Path, Path], tmp_path: Path) -> None:
    trust, state = pair
    other = tmp_path / "agent" / "gonogo" / "trust" / "abc"
    apply(enrol(other, "mallory", SoftKey(2).public.line, key_file=None))
    code, what, next_step = refusal(other, state)
    assert (code, next_step) == ("TRUST_ELSEWHERE", "gonogo init")
    assert str(trust) in what
    assert str(other) in what
    with pytest.raises(Refused, match="TRUST_ELSEWHERE"):
        load_trust(other, DEFAULTS, state=state)
    assert load_trust(other, DEFAULTS).principal == "mallory"  # what the ledger's place is for


def test_not_even_a_faithful_copy_elsewhere(pair: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(pair[0], tmp_path / "copy")
    assert refusal(tmp_path / "copy", pair[1])[0] == "TRUST_ELSEWHERE"
    shutil.copytree(pair[1], tmp_path / "ledger")
    assert refusal(pair[0], tmp_path / "ledger")[0] == "STATE_ELSEWHERE"


def test_an_empty_ledger_elsewhere_has_no_say(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert refusal(pair[0], tmp_path / "fresh")[0] == "STATE_ELSEWHERE"
    check(pair[0], tmp_path / "fresh", ledger=False)  # to look at a pack


def test_a_store_that_was_put_in_the_place_of_the_enrolled_one(pair: tuple[Path, Path]) -> None:
    trust, state = pair
    (trust / IN_TRUST).write_bytes((trust / IN_TRUST).read_bytes().replace(ID.encode(), b"fedcba9876543210"))
    assert refusal(trust, state)[0] == "TRUST_ELSEWHERE"
    assert refusal(trust, state, ledger=False)[0] == "TRUST_ELSEWHERE"


@pytest.mark.parametrize("lost", [0, 1])
def test_one_pin_alone_is_refused_and_can_be_mended(pair: tuple[Path, Path], lost: int) -> None:
    (pair[lost] / (IN_TRUST, IN_STATE)[lost]).unlink()
    assert look(*pair).fit == "half"
    assert refusal(*pair)[0] == "PIN_LOST"
    check(*pair, ledger=False)
    pin(*pair, "another")
    check(*pair)


def test_a_link_to_the_same_place_is_the_same_place(pair: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "config")
    check(tmp_path / "link" / "gonogo" / "trust" / "abc", pair[1])


def test_where_nobody_was_enrolled_nothing_is_pinned(tmp_path: Path) -> None:
    check(tmp_path / "trust", tmp_path / "state")
    assert look(tmp_path / "trust", tmp_path / "state").fit == "unpinned"


def test_files_that_the_verifier_brings_need_no_place(pair: tuple[Path, Path], tmp_path: Path) -> None:
    signers, policy = pair[0] / "allowed_signers", DEFAULTS / "signoff.toml"
    given_both = load_trust(
        tmp_path / "x", DEFAULTS, brought={"allowed_signers": signers, "signoff.toml": policy}, state=pair[1]
    )
    assert given_both.label == "given"
    with pytest.raises(Refused, match="TRUST_ELSEWHERE"):
        load_trust(tmp_path / "x", DEFAULTS, brought={"allowed_signers": signers}, state=pair[1])


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b'{"id":"a","place":"/x","schema":"gonogo/pin/v1"}', b"[" * 5000]
)
def test_a_pin_that_is_none_is_broken_integrity(pair: tuple[Path, Path], data: bytes) -> None:
    (pair[1] / IN_STATE).write_bytes(data)
    with pytest.raises(IntegrityBroken, match="PIN_MALFORMED"):
        check(*pair)


@given(name=st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=40))
def test_any_name_of_a_folder_is_kept(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.mktemp("pin")
    trust, state = root / f"t{name}", root / f"s{name}"
    trust.mkdir()
    pin(trust, state, ID)
    assert look(trust, state).in_trust == Pin(real(state), ID)
    check(trust, state)
