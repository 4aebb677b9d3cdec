"""Whether a pack is the one that its name, its place in the index and the people who signed it say that it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence.ids import Digest
from gonogo_evidence.index import open_log
from gonogo_evidence.statement import IndexSeen
from gonogo_evidence.verify import verify_pack as gonogo
from support.logs import key, signer
from support.packs import overwrite
from support.whole import OTHER_ID, Whole, asked_once, index_into, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OTHER_ENGINE = key(77)


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


@pytest.mark.parametrize("start", [".", "core", "review", "link"])
def test_inside_the_pack_or_by_a_link_verify_crashed_or_missed_the_single_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    whole = whole_pack(tmp_path)
    (whole.folder.parent / "elsewhere").mkdir()
    (whole.folder.parent / "elsewhere/link").symlink_to(whole.folder)
    monkeypatch.chdir(whole.folder / start if start != "link" else whole.folder.parent / "elsewhere")
    there = Path("." if start == "." else "link" if start == "link" else "..")
    ours = [check for check in gonogo(there).checks if check.id == "authentic.single-file"]
    assert [check.verdict for check in ours] == ["PASS"]
    overwrite(whole.single_file, b"{}")
    assert gonogo(there).exit_code == 6


def test_a_go_under_the_name_of_a_no_go_was_taken_for_it(tmp_path: Path) -> None:
    whole = whole_pack(tmp_path, decision="GO")
    assert whole.exits() == (0, 0)
    for path in (whole.folder, whole.single_file):
        path.rename(path.with_name(path.name.replace(whole.folder.name, OTHER_ID)))
    moved = Whole(tmp_path / OTHER_ID)
    assert moved.exits() == (6, 6)
    assert all("PACK_NAME_DIFFERS" in codes for codes in moved.codes())
    moved.folder.rename(tmp_path / "under-no-name")
    assert "PACK_NAME_DIFFERS" not in Whole(tmp_path / "under-no-name").codes()[0]
    assert Whole(tmp_path / "under-no-name").exits() == (0, 0)


@pytest.mark.parametrize(
    "lie", [{"verdict": "FAIL"}, {"layer_id": "L1"}, {"git_ref": "0" * 40}, {"verdict": "INCONCLUSIVE"}]
)
def test_an_entry_that_says_of_the_core_what_it_does_not_say_was_not_read(tmp_path: Path, lie: dict[str, Any]) -> None:
    whole = whole_pack(tmp_path)
    index_into(whole, tmp_path / "mine", **lie)
    assert whole.exits() == (6, 6)
    assert all("INDEX_OTHER_PACK" in codes for codes in whole.codes())


def test_what_the_entry_says_of_the_core_and_the_core_too_holds(tmp_path: Path) -> None:
    whole = whole_pack(tmp_path)
    index_into(whole, tmp_path / "mine", layer_id="L0")
    assert whole.exits() == (0, 0)


def test_a_log_of_one_s_own_with_an_engine_of_one_s_own_was_two_limits(tmp_path: Path) -> None:
    """The people who signed the review signed the key of its engine."""
    whole = whole_pack(tmp_path)
    index_into(whole, tmp_path / "mine", OTHER_ENGINE)
    assert whole.exits() == (6, 6)
    assert all("INDEX_OTHER_ENGINE" in codes for codes in whole.codes())


def _seen(log: Path, **other: object) -> IndexSeen:
    with open_log(log) as opened:
        now = opened.checkpoint
    return IndexSeen(**{"origin": now.origin, "size": now.size, "root": Digest(now.root.hex()), **other})  # type: ignore[arg-type]


def test_a_log_that_no_signer_saw_takes_nobody_s_place(tmp_path: Path) -> None:
    """Every sign-off names the log that its signer saw, and its root."""
    first = whole_pack(tmp_path / "first")
    log = tmp_path / "first" / f"log-{first.folder.name}"
    assert whole_pack(tmp_path / "same", seen=_seen(log)).exits() == (0, 0)
    assert whole_pack(tmp_path / "more", seen=_seen(log, size=99, root=Digest("0" * 64))).exits() == (0, 0)
    other = whole_pack(tmp_path / "other", seen=_seen(log, origin=signer(9).name))
    assert other.exits() == (6, 6)
    assert all("INDEX_OTHER_LOG" in codes for codes in other.codes())
    forked = whole_pack(tmp_path / "forked", seen=_seen(log, root=Digest("0" * 64)))
    assert forked.exits() == (6, 6)
    assert all("INDEX_FORKED" in codes for codes in forked.codes())


INDEXES: dict[str, tuple[Callable[[Path], object], str]] = {
    "one file more": (lambda index: (index / "evil").write_bytes(b"x"), "INDEX_FILE_UNLISTED"),
    "taken away": (shutil.rmtree, "INDEX_REMOVED"),
    "garbage as the proof": (lambda index: overwrite(index / "entry.tlog-proof", b"x\n\n"), "PROOF_MALFORMED"),
    "garbage as the entry": (lambda index: overwrite(index / "entry.json", b"{}"), "DSSE_MALFORMED"),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_an_index_that_is_none_or_was_taken_away_was_good_to_the_one_file(tmp_path: Path, kind: str) -> None:
    first = whole_pack(tmp_path / "first")
    seen = _seen(tmp_path / "first" / f"log-{first.folder.name}")
    whole = whole_pack(tmp_path / "whole", seen=seen)
    act, code = INDEXES[kind]
    act(whole.folder / "index")
    assert whole.exits() == (6, 6)
    assert all(code in codes for codes in whole.codes())
