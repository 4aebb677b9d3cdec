"""No descriptor or no memory left: that says nothing about a pack, so nothing is broken and nothing passes.

Once a pack was called changed (exit 6) because the process had too many files open.
"""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.main import main
from gonogo_evidence import files, hashing, verify_pack
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.verify import verify_pack as gonogo
from support.small_disk import descriptors
from support.terminal import small_world
from support.whole import NOW, Whole, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Verify: TypeAlias = "Callable[[Whole, pytest.CaptureFixture[str], int], tuple[int, set[str]]]"

ENOUGH = 100
CODE = "SYSTEM_EXHAUSTED"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A pack."""
    return whole_pack(tmp_path_factory.mktemp("whole"))


def _ours(whole: Whole, capsys: pytest.CaptureFixture[str], count: int) -> tuple[int, set[str]]:
    words = ["verify", str(whole.folder), "--authentic-only", "--json"]
    with descriptors(count):
        code = main(words, world=small_world(whole.folder.parent))
    document = json.loads(capsys.readouterr().out)
    found = document.get("checks") or [document["error"]]
    return code, {one["code"] for one in found if not one.get("limit")} - {"OK", "NOT_CHECKED"}


def _theirs(whole: Whole, capsys: pytest.CaptureFixture[str], count: int) -> tuple[int, set[str]]:
    with descriptors(count):
        code = verify_pack.main([*whole.words(), "--json"])
    found = json.loads(capsys.readouterr().out)["checks"]
    return code, {one["code"] for one in found if not one["limit"]} - {"OK", "NOT_CHECKED"}


@pytest.mark.parametrize("verify", [_ours, _theirs])
def test_with_too_few_descriptors_a_pack_is_inconclusive_and_never_broken(
    whole: Whole, capsys: pytest.CaptureFixture[str], verify: Verify
) -> None:
    assert verify(whole, capsys, ENOUGH) == (0, set()), "and whatever is loaded on the way is loaded"
    found = [verify(whole, capsys, count) for count in range(5)]
    assert found[0] == (3, {CODE}), "not even the folder can be listed"
    assert {code for code, _ in found} <= {0, 3}, found
    assert set().union(*(codes for _, codes in found)) <= {CODE, "TOOL_UNUSABLE"}, found


NUMBERS = sorted(files.EXHAUSTED)


@contextmanager
def _refusing(number: int, monkeypatch: pytest.MonkeyPatch, *names: str) -> Iterator[None]:
    """ENFILE and ENOMEM are the whole system's: it cannot be brought there for a test, so the calls say it."""

    def refuse(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        for name in names:
            patch.setattr(os, name, refuse)
        yield


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("name", ["open", "scandir", "readv", "dup"])
def test_whatever_call_says_it_both_are_inconclusive(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, number: int, name: str
) -> None:
    with _refusing(number, monkeypatch, name):
        try:
            report = gonogo(whole.folder)
            code, codes = report.exit_for("authentic"), {one.code for one in report.checks}
        except Inconclusive as error:
            code, codes = error.exit_code, {error.code}
        assert (code, CODE in codes) == (3, True)
        if name in {"open", "scandir"}:
            assert _stranger(whole) == (3, True)


def _stranger(whole: Whole) -> tuple[int, bool]:
    try:
        found = verify_pack.verify(whole.folder, verify_pack.Given({}, [], NOW, [], {}))
    except verify_pack.Finding as problem:
        return problem.exit_code, problem.code == CODE
    except OSError as error:  # the folder for openssl's files: ``main`` says so
        return 3, error.errno in verify_pack.EXHAUSTED
    return verify_pack.exit_of(found), CODE in {one.code for one in found}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_file_that_cannot_be_opened_for_want_of_anything_is_no_broken_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with _refusing(number, monkeypatch, "open"), pytest.raises(Inconclusive) as refused:
        files.read_bytes(tmp_path / "a", limit=10)
    assert (refused.value.code, refused.value.where) == (CODE, str(tmp_path / "a"))
    assert refused.value.next_step is not None
    with _refusing(number, monkeypatch, "readv"):
        outcome = hashing.hash_files(tmp_path, ["a"])["a"]
    assert isinstance(outcome, Inconclusive)
    assert (outcome.code, outcome.where) == (CODE, "a")


def test_what_is_really_broken_stays_broken(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    with _refusing(errno.EIO, monkeypatch, "readv"):
        assert gonogo(whole.folder).exit_for("authentic") == 6
