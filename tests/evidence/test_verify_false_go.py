"""Ways in which a GO that nobody decided was once shown, by one verifier or the other: none of them is left."""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import dsse, guide, verify_pack
from gonogo_evidence.pack import read_sealed
from gonogo_evidence.verify import open_pack
from support.attested import committed, reviewed_pack, signed
from support.logs import ENGINE, signer
from support.packs import PACK_ID, overwrite
from support.stranger import codes, main
from support.whole import ALICE, BOB, NOW, SIGNERS, Whole, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.statement import Decision

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
    """Conditions lay there, signed by another one, and the outcome named a GO alone: exit 0. All that lies there counts."""
    whole = Whole(reviewed_pack(tmp_path / PACK_ID, ENGINE).folder)
    sealed = read_sealed(whole.folder)
    (tmp_path / SIGNERS).write_text(ALICE.line + BOB.line)
    (tmp_path / "engine.pub").write_bytes(dsse.public_pem(ENGINE))
    (tmp_path / "index.vkey").write_text(f"{signer().verifier.line}\n")
    words: tuple[Decision, ...] = ("GO", "NO-GO", "GO-WITH-CONDITIONS")
    exits = set[int]()
    for first, second in itertools.product(words, words):
        later = "2026-01-09T10:31:00Z"
        made = (signed(sealed, ALICE, first), signed(sealed, BOB, second, name="zz", issued=later))
        for said, named in itertools.product(words, ((0,), (1,), (0, 1), (1, 0), (0, 0), ())):
            committed(sealed, ENGINE, said, *(made[number] for number in named))
            ours, theirs = whole.exits()
            assert theirs in {ours, 3}, (first, second, said, named, whole.codes())
            assert theirs != 3 or "NO-GO" in {first, second}, "only a policy says what a NO-GO beside a GO means"
            exits.add(theirs)
    assert {0, 1, 3, 4, 6} == exits


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
