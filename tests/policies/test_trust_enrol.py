"""How somebody gets into the trust store: planned, shown, written once, and nothing replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import GonogoError, Refused
from gonogo_evidence.ids import RepositoryId
from gonogo_policies.trust import (
    apply,
    enrol,
    load_trust,
    read_enrolled,
    trust_folder,
)
from support.truststore import ALICE, BOB, DEFAULTS, LINE, join

pytestmark = pytest.mark.fast


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return trust_folder(tmp_path / "config", RepositoryId("0123456789ab"))


def test_enrolling_is_planned_before_anything_is_written(store: Path) -> None:
    plan = enrol(store, "alice@example.org", ALICE.public.line, key_file=None, gates=b"# gates\n")
    assert [(path.name, before) for path, before, _ in plan.changes] == [
        ("allowed_signers", None),
        ("trust.toml", None),
        ("gates.toml", None),
    ]
    assert not store.exists()
    apply(plan)
    again = enrol(store, "alice@example.org", ALICE.public.line, key_file=None, gates=b"# gates\n")
    assert (again.changes, again.kept) == ((), ())


def test_a_second_signer_is_added_below_the_first(store: Path) -> None:
    join(store)
    first = (store / "allowed_signers").read_bytes().rstrip(b"\n")  # an editor may leave no line end
    (store / "allowed_signers").write_bytes(first)
    join(store, "Jörg Ödegård", BOB)
    assert (store / "allowed_signers").read_bytes().startswith(first + b"\n")
    assert [signer.principal for signer in load_trust(store, DEFAULTS).signers] == ["alice@example.org", "Jörg Ödegård"]
    assert load_trust(store, DEFAULTS).principal == "alice@example.org"


def test_the_same_person_with_another_key_is_refused_with_the_line_to_add(store: Path) -> None:
    join(store)
    with pytest.raises(Refused) as caught:
        join(store, key=BOB)
    assert caught.value.code == "PRINCIPAL_HAS_KEY"
    assert BOB.public.line in str(caught.value.next_step)


def test_the_same_key_for_another_person_is_refused(store: Path) -> None:
    join(store)
    with pytest.raises(Refused) as caught:
        join(store, "mallory@example.org", ALICE)
    assert caught.value.code == "SIGNER_SHARED_KEY"


def test_what_the_operator_wrote_is_never_replaced(store: Path) -> None:
    join(store, gates=b"mine\n")
    plan = enrol(store, "alice@example.org", ALICE.public.line, key_file=None, gates=b"other\n")
    assert plan.changes == ()
    assert [path.name for path in plan.kept] == ["trust.toml", "gates.toml"]


def test_a_plan_that_is_out_of_date_is_not_applied(store: Path) -> None:
    join(store)
    plan = enrol(store, "bob@example.org", BOB.public.line, key_file=None)
    (store / "allowed_signers").write_text(LINE)
    with pytest.raises(Refused) as caught:
        apply(plan)
    assert caught.value.code == "TRUST_CHANGED"
    assert (store / "allowed_signers").read_text() == LINE


@pytest.mark.parametrize(
    ("name", "line", "code"),
    [
        ("*@example.org", ALICE.public.line, "SIGNER_PATTERN"),
        ("a,b", ALICE.public.line, "SIGNER_SEVERAL"),
        ("", ALICE.public.line, "SIGNER_LINE"),
        ('a"b', ALICE.public.line, "SIGNER_LINE"),
        ("a\nb", ALICE.public.line, "SIGNER_LINE"),
        ("alice", "", "PUBLIC_KEY_UNREADABLE"),
        ("alice", "ssh-dss AAAA", "PUBLIC_KEY_UNREADABLE"),
        ("alice", f"{ALICE.public.line}\n{BOB.public.line}\n", "PUBLIC_KEY_UNREADABLE"),
        ("alice", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", "PRIVATE_KEY_GIVEN"),
    ],
)
def test_who_cannot_be_enrolled_is_told_why(store: Path, name: str, line: str, code: str) -> None:
    with pytest.raises(GonogoError) as caught:
        enrol(store, name, line, key_file=None)
    assert caught.value.code == code
    assert not store.exists()


@settings(max_examples=60, deadline=None)
@given(name=st.text(min_size=1, max_size=24), path=st.text(min_size=1, max_size=24))
def test_whatever_was_enrolled_is_read_back(tmp_path_factory: pytest.TempPathFactory, name: str, path: str) -> None:
    store = tmp_path_factory.mktemp("home") / "gonogo" / "trust" / "r"
    try:
        plan = enrol(store, name, f"{ALICE.public.line} c{path}", key_file=Path("/k") / path)
    except GonogoError:
        return
    apply(plan)
    enrolled = read_enrolled(store)
    assert enrolled is not None
    assert enrolled.principal == name
    assert enrolled.key_file in {None, Path("/k") / path}
    assert [signer.principal for signer in load_trust(store, DEFAULTS).signers] == [name]
