"""Thousands of single-change mutants of one complete pack: ``gonogo verify`` refuses each, ``verify_pack.py`` agrees.

Agreement means, for every mutant that both see:

1. The exit code of ``verify_pack.py`` is the worst of gonogo's checks in its say: all but those of ``NOT_ITS_SAY``,
   which it names NOT_CHECKED. So it passes only what gonogo refuses for one of those alone.
2. About bytes and verdict both give the same codes, save those of ``SEES_MORE``.
3. Neither ever raises: a report is the answer to every change.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from gonogo_evidence import verify_pack
from gonogo_evidence.pack import read_sealed
from gonogo_evidence.verify import attestations, fields, run
from support.attested import requested
from support.logs import ENGINE
from support.mutants import WITHOUT_EFFECT, Mutant, files_of, mutants, shown, without_effect
from support.stranger import run as in_a_bare_process
from support.whole import OTHER_ID, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.verify.report import Check, Report
    from support.whole import Whole

LEAST, SECONDS = 2_000, 60.0
PARTS, BARE = 4, 250
"""Shares of the work for the two cores; every mutant is shown to the one file too, every 250th to a bare one."""
GUIDE = "authentic.guide"
NOT_ITS_SAY = {"authentic.single-file", GUIDE}
SEES_MORE = {attestations.ID, fields.ID}
"""What gonogo looks into further: every word of the attestations; the single file, where a field may stand as well."""
REFUSED = {"index/entry.tlog-proof", "review/a@b.c-1A2b3C4d.signoff.json.sig", "review/a@b.c-1A2b3C4d.close-1.json.sig"}
"""Where another key, name or purpose may come out of a change: a signature that is not counted is refused, exit 5."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A complete pack, with what its signers were asked; both verifiers take it."""
    made = whole_pack(tmp_path_factory.mktemp("whole"))
    requested(read_sealed(made.folder), ENGINE)
    assert [check.code for check in made.gonogo().checks if check.code != "OK"] == []
    assert made.stranger()[0] == 0
    return made


@pytest.fixture(scope="module")
def found(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> list[Mutant]:
    """Its mutants."""
    return mutants(whole, whole_pack(tmp_path_factory.mktemp("other"), OTHER_ID, run_reason="another"))


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


def test_there_are_thousands_of_them_and_every_file_has_its_share(whole: Whole, found: list[Mutant]) -> None:
    assert len(found) >= LEAST
    assert len({(one.path, one.what, one.data) for one in found}) == len(found)
    for path in files_of(whole):
        assert {"bytes", "structure"} <= {one.family for one in found if one.path == path}, path
        if path.endswith(".json"):
            assert sum(one.family == "json" for one in found if one.path == path) >= 15, path


@pytest.mark.parametrize("part", range(PARTS))
def test_every_mutant_is_refused_and_the_one_file_agrees(whole: Whole, found: list[Mutant], part: int) -> None:
    files, spent = files_of(whole), 0.0
    share = found[part::PARTS]
    for mutant in share:
        with shown(whole, mutant, files), mock.patch.object(run, "_once", wraps=run._once) as once:
            start = time.process_time()
            report = whole.gonogo()
            spent += time.process_time() - start
            allowed = {5, 6} if mutant.path in REFUSED else {6}
            assert report.exit_code in allowed, (str(mutant), _codes(report))
            (every,) = once.call_args.args
            _agree(whole, mutant, report, every)
    assert spent / len(share) < SECONDS / LEAST, "2,000 of them take more than a minute"
    assert whole.gonogo().exit_code == 0


def _agree(whole: Whole, mutant: Mutant, report: Report, checks: list[Check]) -> None:
    _, every = whole.stranger()
    theirs = [one for one in every if one.id != GUIDE or one.limit]
    if theirs != every:  # it looks at the first line of the page alone
        assert any(check.id == GUIDE and check.verdict != "PASS" for check in report.checks), str(mutant)
    exit_code, ours = verify_pack.exit_of(theirs), _its_say(report, checks)
    assert exit_code == ours.exit_code, (str(mutant), _codes(ours), [(one.id, one.code) for one in theirs])
    said = {c.code for c in theirs if c.verdict == "FAIL" and c.area != "decision" and c.id not in SEES_MORE}
    held = [c for c in ours.checks if c.area != "decision" and c.id not in SEES_MORE]
    assert said == {c.code for c in held if c.verdict == "FAIL"}, str(mutant)
    looked = {one.id for one in theirs if one.id in NOT_ITS_SAY and one.code == "OK"}
    refused = {check.id for check in report.checks if check.verdict == "FAIL" and check.id in NOT_ITS_SAY}
    assert not looked & refused, str(mutant)


def _its_say(report: Report, checks: list[Check]) -> Report:
    """Gonogo's report, made again without the checks that the one file does not make."""
    kept = run._once(check for check in checks if check.id not in NOT_ITS_SAY)
    return type(report)(tuple(kept), areas=report.areas)


def _codes(report: Report) -> list[tuple[str, str]]:
    return [(check.id, check.code) for check in report.checks if check.code != "OK"]


def test_a_bare_process_of_the_one_file_says_the_same(whole: Whole, found: list[Mutant]) -> None:
    files = files_of(whole)
    for mutant in found[::BARE]:
        with shown(whole, mutant, files):
            expected, theirs = whole.stranger()
            code, report = in_a_bare_process(whole.words())
        said = [(check["id"], check["code"], check["where"]) for check in report["checks"]]
        assert (code, said) == (expected, [(one.id, one.code, one.where) for one in theirs]), str(mutant)


def test_what_is_without_effect_is_listed_with_its_reason_and_stated_where_it_can_be(whole: Whole) -> None:
    files, listed = files_of(whole), without_effect(whole)
    assert {(mutant.path, mutant.what) for mutant, _ in listed} == set(WITHOUT_EFFECT)
    for mutant, limit in listed:
        with shown(whole, mutant, files):
            report = whole.gonogo()
        assert report.exit_code == 0, str(mutant)
        assert [check.code for check in report.checks if check.limit] == ([limit] if limit else []), str(mutant)


def test_a_signature_that_openssh_would_also_take_in_another_form_is_refused_by_both(
    whole: Whole, found: list[Mutant]
) -> None:
    """``ssh-keygen`` does not ask whether S is below the order of the group, so that one signature has two forms."""
    files = files_of(whole)
    loose = [one for one in found if one.path.endswith(".sig") and one.what == "the signature with S out of range"]
    assert len(loose) == 2
    for mutant in loose:
        with shown(whole, mutant, files):
            assert "SSHSIG_BAD" in {check.code for check in whole.gonogo().checks}
            exit_code, theirs = whole.stranger()
        assert (exit_code, [one.code for one in theirs if one.verdict == "FAIL"]) == (6, ["SSHSIG_BAD"])
