"""Ways in which a GO that nobody decided was once shown, by one verifier or the other: none of them is left."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import guide, verify_pack
from gonogo_evidence.verify import open_pack
from support.attested import closed, committed, requested, reviewed_pack, signed
from support.logs import ENGINE, key
from support.packs import PACK_ID, overwrite
from support.stranger import codes, main
from support.whole import ALICE, BOB, NOW, SIGNERS, SoftPerson, asked_once, brought, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.statement import Decision
    from support.whole import Whole

INCONCLUSIVE = 3
SIGNOFF, CLOSE = "a@b.c-1A2b3C4d.signoff.json", "a@b.c-1A2b3C4d.close-1.json"


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


def _copy(whole: Whole, name: str, other: str) -> None:
    for ending in ("", ".sig"):
        shutil.copyfile(whole.folder / f"review/{name}{ending}", whole.folder / f"review/{other}{ending}")


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("decision", ["NO-GO", "GO-WITH-CONDITIONS", "GO"])
def test_a_copied_sign_off_made_a_no_go_exit_0(tmp_path: Path, decision: Decision, committed: bool) -> None:
    whole = whole_pack(tmp_path, decision=decision)
    (whole.folder / f"review/{CLOSE}").unlink(missing_ok=True)
    (whole.folder / f"review/{CLOSE}.sig").unlink(missing_ok=True)
    if not committed:
        (whole.folder / "review/outcome.json").unlink()
    _copy(whole, SIGNOFF, "zz.signoff.json")
    overwrite(whole.folder / guide.NAME, guide.render(open_pack(whole.folder)))
    assert whole.exits() == (6, 6)
    assert all("STATEMENT_TWICE" in found for found in whole.codes())


def test_a_copied_close_is_not_another_close(tmp_path: Path) -> None:
    whole = whole_pack(tmp_path)
    _copy(whole, CLOSE, "zz.close-1.json")
    overwrite(whole.folder / guide.NAME, guide.render(open_pack(whole.folder)))
    assert whole.exits() == (6, 6)
    assert all("STATEMENT_TWICE" in found for found in whole.codes())


def test_an_outcome_that_leaves_a_sign_off_out_was_a_go_to_the_one_file(tmp_path: Path) -> None:
    """Conditions lay there, signed, and the outcome named another's GO alone: exit 0. All that lies there counts.

    What a NO-GO beside a GO means only a policy says: there the one file answers with 3.
    """
    sealed = reviewed_pack(tmp_path / PACK_ID, ENGINE)
    whole = brought(sealed.folder)
    words: tuple[Decision, ...] = ("GO", "NO-GO", "GO-WITH-CONDITIONS")
    exits = set[int]()
    for first, second in itertools.product(words, words):
        later = "2026-01-09T10:31:00Z"
        made = (signed(sealed, ALICE, first), signed(sealed, BOB, second, name="zz", issued=later))
        for said, named in itertools.product(words, ((0,), (1,), (0, 1), (1, 0))):
            committed(sealed, ENGINE, said, *(made[number] for number in named))
            ours, theirs = whole.exits()
            assert theirs in {ours, INCONCLUSIVE}, (first, second, said, named, whole.codes())
            assert theirs != INCONCLUSIVE or "NO-GO" in {first, second}
            exits.add(theirs)
    assert exits == {0, 1, INCONCLUSIVE, 4, 6}


REQUESTS: dict[str, tuple[dict[str, str], int]] = {
    "": ({}, 0),
    "SIGNOFF_STALE_REQUEST": ({"request_id": "another"}, 5),
    "POLICY_CHANGED": ({"policy_digest": "b" * 64}, 5),
    "REQUEST_EXPIRED": ({"expires": "2026-01-09T10:59:00Z"}, 5),
    "SIGNOFF_BEFORE_REQUEST": ({"issued": "2026-01-09T10:40:00Z"}, 5),
    "OUTCOME_OTHER_ENGINE": ({}, 6),
}


@pytest.mark.parametrize("code", REQUESTS)
def test_the_one_file_did_not_read_what_was_asked(tmp_path: Path, code: str) -> None:
    """A request by anybody's key was a limit to it, and a sign-off could answer another one than lies there."""
    sealed = reviewed_pack(tmp_path / PACK_ID, ENGINE)
    committed(sealed, ENGINE, "GO", signed(sealed, ALICE, "GO"))
    changes, expected = REQUESTS[code]
    requested(sealed, key(99) if code == "OUTCOME_OTHER_ENGINE" else ENGINE, **changes)
    whole = brought(sealed.folder)
    assert whole.exits() == (expected, expected)
    assert not code or all(code in codes for codes in whole.codes()), whole.codes()


CLOSES: dict[str, tuple[dict[str, Any], str]] = {
    "by nobody who may": ({"person": SoftPerson.numbered(9, "carol@example.org")}, "SIGNER_UNTRUSTED"),
    "before the decision": ({"issued": "2026-01-09T10:20:00Z"}, "CLOSE_TIME"),
    "of another sign-off": ({"signoff": b"another"}, "CLOSE_OTHER_RUN"),
    "garbage": ({}, "SSHSIG_MALFORMED"),
}


@pytest.mark.parametrize("state", ["GO", "NO-GO", "open"])
@pytest.mark.parametrize("kind", CLOSES)
def test_a_close_where_there_is_nothing_to_close_was_not_looked_at(tmp_path: Path, kind: str, state: str) -> None:
    """Anybody could lay a statement of anybody beside a pack that somebody had decided, and it stayed authentic."""
    sealed = reviewed_pack(tmp_path / PACK_ID, ENGINE)
    decision: Decision = "NO-GO" if state == "NO-GO" else "GO"
    statement = b"" if state == "open" else signed(sealed, ALICE, decision)
    if state == decision:
        committed(sealed, ENGINE, decision, statement)
    whole = brought(sealed.folder)
    assert whole.exits() == ((code := {"GO": 0, "NO-GO": 1}.get(state, 4)), code)
    changes, found = CLOSES[kind]
    closed(sealed, **{"person": BOB, "signoff": statement, **changes})
    if kind == "garbage":
        overwrite(whole.folder / f"review/{CLOSE}.sig", b"garbage")
    assert whole.exits() in {(5, 5), (6, 6)}
    expected = found if state in {"GO", "NO-GO"} or kind != "before the decision" else "CLOSE_OTHER_RUN"
    assert all(expected in codes for codes in whole.codes()), whole.codes()


def test_every_sign_off_that_does_not_count_keeps_the_one_file_from_an_answer(tmp_path: Path) -> None:
    """It counted digests: what is there twice made good for what is not good."""
    whole = whole_pack(tmp_path, decision="NO-GO")
    signers = verify_pack.signers_of((tmp_path / SIGNERS).read_bytes())
    keys = verify_pack.engine_key((tmp_path / "engine.pub").read_bytes())
    pack = verify_pack.Pack(whole.folder)
    for twice in (False, True):
        given = verify_pack.Given(keys, signers, NOW, [], {})
        judge = verify_pack.Decision(pack, verify_pack.Tools(tmp_path), given)
        if twice:
            _copy(whole, SIGNOFF, "zz.signoff.json")
            judge.pack = verify_pack.Pack(whole.folder)
        with pytest.raises(verify_pack.Finding) as caught:
            list(judge.findings(keys))
        assert (caught.value.code, caught.value.exit_code) == ("DECIDED_NO_GO", 1)


@pytest.mark.parametrize("what", ["NO-GO", "GO", "open", "garbage"])
def test_without_who_may_sign_the_one_file_said_exit_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    whole = whole_pack(tmp_path, decision="NO-GO" if what == "NO-GO" else "GO")
    if what == "open":
        for path in (whole.folder / "review").glob("*.signoff.json*"):
            path.unlink()
        (whole.folder / "review/outcome.json").unlink()
    if what == "garbage":
        overwrite(whole.folder / f"review/{SIGNOFF}.sig", b"garbage\n")
    code, report = main(whole.folder, capsys, signers=False)
    assert (code, report["decision"], "TRUST_MISSING" in codes(report)) == (3, "INCONCLUSIVE", True)
