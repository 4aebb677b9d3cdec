"""Who owns the log's key and lies with it: rollback, fork, reorder, a dropped intent, another key; each is found."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.ids import Digest
from gonogo_evidence.index import Entry, Signer, open_log, seen, sign
from gonogo_evidence.index.compare import Fork, View, compare, parse_fork
from gonogo_evidence.index.foreign import newest, refuse_older
from gonogo_evidence.index.gaps import trails
from gonogo_evidence.statement import IndexSeen
from gonogo_evidence.verify import Report
from gonogo_evidence.verify.index import check_seen
from gonogo_evidence.verify.index_log import Roots, check_log
from support.logs import ENGINE, entry, key, log_of, runs, signed, signer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gonogo_evidence.index import Signed
    from gonogo_evidence.index.checkpoint import Checkpoint

pytestmark = pytest.mark.fast

HONEST = runs(*range(5))
KEYS = [signer().verifier]


def _report(where: Path, last: Checkpoint | None = None, known_runs: Sequence[str] = ()) -> Report:
    with open_log(where) as log:
        roots = Roots(KEYS, [ENGINE.public_key()], last, known_runs)
        return Report(tuple(check_log(log, roots)), areas=("authentic",))


def _codes(report: Report) -> set[str]:
    return {check.code for check in report.checks if check.verdict != "PASS"}


def _checkpoint_of(where: Path) -> Checkpoint:
    with open_log(where) as log:
        return log.checkpoint


def test_an_honest_log_passes(tmp_path: Path) -> None:
    honest = _checkpoint_of(log_of(tmp_path / "a", HONEST))
    report = _report(tmp_path / "a", honest)
    assert (report.exit_code, report.verdict("authentic")) == (0, "PASS")
    log_of(tmp_path / "a", runs(6))
    assert _report(tmp_path / "a", honest).exit_code == 0


LIES: dict[str, tuple[Callable[[list[Signed]], list[Signed]], str]] = {
    "rollback by one": (lambda said: said[:-1], "INDEX_ROLLED_BACK"),
    "rollback to nothing": (lambda _: [], "INDEX_ROLLED_BACK"),
    "fork at four": (lambda said: [*said[:4], *runs(97, 98, 99)], "INDEX_FORKED"),
    "reorder": (lambda said: [said[2], *said[:2], *said[3:]], "INDEX_FORKED"),
    "dropped run": (lambda said: [*said[:2], *said[4:], *runs(98)], "INDEX_FORKED"),
    "the last one exchanged": (lambda said: [*said[:-1], signed("pack", 9)], "INDEX_FORKED"),
    "a longer fork": (lambda said: [*said[:9], *runs(97, 98, 99)], "INDEX_FORKED"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_rewritten_log_contradicts_what_was_seen(tmp_path: Path, lie: str) -> None:
    """Signed by the log's own key each time: only memory finds it, of a verifier or of a signer."""
    rewrite, code = LIES[lie]
    honest = _checkpoint_of(log_of(tmp_path / "a", HONEST))
    log_of(tmp_path / "b", rewrite(list(HONEST)))
    report = _report(tmp_path / "b", honest)
    assert code in _codes(report)
    assert report.exit_code == 6
    memory = tmp_path / "seen"
    memory.write_bytes((tmp_path / "a/checkpoint").read_bytes())
    with open_log(tmp_path / "b") as log:
        with pytest.raises(IntegrityBroken, match=code):
            seen.remember(memory, log, KEYS)
        check = check_seen(log, IndexSeen(honest.origin, honest.size, Digest(honest.root.hex())))
        assert (check.code, check.exit) == (code, 6)
    assert memory.read_bytes() == (tmp_path / "a/checkpoint").read_bytes()


@settings(max_examples=20)
@given(size=st.integers(1, 12), more=st.integers(1, 6), data=st.data())
def test_every_fork_is_proven_and_the_proof_travels(
    tmp_path_factory: pytest.TempPathFactory, size: int, more: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("fork")
    said = [signed("intent", number) for number in range(size)]
    at = data.draw(st.integers(0, size - 1))
    other = [*said[:at], *(signed("intent", 100 + number) for number in range(size - at + more - 1))]
    log_of(folder / "a", said)
    log_of(folder / "b", other)
    with open_log(folder / "a") as one, open_log(folder / "b") as two:
        found = compare(View(one.note, one), View(two.note, two))
        bare = compare(View(one.note), View(two.note, two))
    assert (found.relation, found.first_difference) == ("forked", at)
    assert bare.relation == "forked"
    for fork in (found.fork, bare.fork):
        assert fork is not None
        travelled = parse_fork(fork.to_bytes())
        assert travelled == fork
        assert travelled.proves(KEYS)
        with pytest.raises(Refused):
            travelled.proves([Signer(signer().name, key(8)).verifier])


def test_what_is_no_fork_is_not_proven_to_be_one(tmp_path: Path) -> None:
    with open_log(log_of(tmp_path / "a", HONEST[:4])) as one, open_log(log_of(tmp_path / "b", HONEST)) as two:
        assert compare(View(one.note, one), View(two.note, two)).relation == "grown"
        assert compare(View(two.note, two), View(one.note)).relation == "grown"
        assert compare(View(two.note), View(two.note)).relation == "equal"
        assert compare(View(one.note), View(two.note)).relation == "unknown"
        path = tuple(two.consistency(4))
        for fork in (
            Fork(one.note, two.note, one.checkpoint.root, path),
            Fork(one.note, two.note, b"\0" * 32, path),
            Fork(one.note, two.note, one.checkpoint.root, ()),
            Fork(one.note, one.note, one.checkpoint.root, ()),
        ):
            assert not fork.proves(KEYS)
    with open_log(log_of(tmp_path / "c", [], signer(7))) as other, pytest.raises(BadInput, match="NOT_COMPARABLE"):
        compare(View(one.note), View(other.note))
    with open_log(log_of(tmp_path / "d", [])) as empty:
        assert compare(View(empty.note), View(two.note)).relation == "unknown"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"schema":"gonogo/index-fork/v1"}', b"\xff"])
def test_other_bytes_are_no_proof_of_a_fork(data: bytes) -> None:
    with pytest.raises(GonogoError):
        parse_fork(data)


def test_a_log_signed_again_with_another_key(tmp_path: Path) -> None:
    log_of(tmp_path / "a", HONEST, Signer(signer().name, key(8)))
    report = _report(tmp_path / "a")
    assert _codes(report) >= {"NOTE_UNSIGNED"}
    assert report.exit_code == 5


def test_entries_by_an_engine_that_is_not_trusted(tmp_path: Path) -> None:
    log_of(tmp_path, [*HONEST, sign(entry("intent", 9), key(8))])
    report = _report(tmp_path)
    assert ("INDEX_ENTRY_UNTRUSTED" in _codes(report), report.exit_code) == (True, 5)


def test_without_keys_it_is_a_stated_limit_and_an_empty_log_shows_nothing(tmp_path: Path) -> None:
    with open_log(log_of(tmp_path / "a", HONEST)) as log:
        checks = check_log(log, Roots([], [], None))
    assert {check.code for check in checks if check.limit} == {
        "INDEX_KEY_UNKNOWN", "ENGINE_KEY_UNKNOWN", "INDEX_NOT_SEEN_BEFORE",
    }  # fmt: skip
    log_of(tmp_path / "b", [])
    assert _report(tmp_path / "b").exit_code == 3


@pytest.mark.parametrize("at", [0, 3, 9])
def test_an_entry_edited_in_place_is_named(tmp_path: Path, at: int) -> None:
    log_of(tmp_path, HONEST)
    path = tmp_path / "entries.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[at] = signed(HONEST[at].entry.kind, 50 + at).line()
    path.write_bytes(b"".join(lines))
    (tmp_path / "entries.idx").unlink()
    (check,) = [one for one in _report(tmp_path).checks if one.code == "INDEX_ROOT"]
    assert str(at) in str(check.evidence)


@pytest.mark.parametrize("name", ["tile", "entries.idx"])
def test_lost_hashes_are_said_and_do_not_pass_as_a_proof(tmp_path: Path, name: str) -> None:
    log_of(tmp_path, HONEST)
    shutil.rmtree(tmp_path / name) if name == "tile" else (tmp_path / name).unlink()
    report = _report(tmp_path)
    assert report.exit_code == (3 if name == "tile" else 0)
    with open_log(tmp_path) as log:
        assert log.entry(3) == HONEST[3]
        if name == "tile":
            with pytest.raises(IntegrityBroken, match="INDEX_HASHES"):
                log.prove(3)


def _resealed(number: int) -> Signed:
    """A second pack of a run."""
    first = entry("pack", number)
    return sign(Entry(first.kind, first.run_id, first.time, first.subject, Digest("0" * 64), first.details), ENGINE)


GAPS: dict[str, tuple[list[Signed], str]] = {
    "dropped intent": ([signed("pack", 1)], "INDEX_INTENT_MISSING"),
    "an ending without intent": ([signed("failed", 1)], "INDEX_INTENT_MISSING"),
    "late intent": ([signed("pack", 1), signed("intent", 1)], "INDEX_INTENT_LATE"),
    "two packs": ([*runs(1), _resealed(1)], "INDEX_ENDING_TWICE"),
    "abandoned, then a pack": ([signed("intent", 1), signed("abandoned", 1), signed("pack", 1)], "INDEX_ENDING_TWICE"),
    "failed and a pack": ([*runs(1), signed("failed", 1)], "INDEX_ENDING_TWICE"),
    "decided and abandoned": ([*runs(1), signed("decision", 1), signed("abandoned", 1)], "INDEX_ENDING_TWICE"),
    "a decision without a pack": ([signed("intent", 1), signed("decision", 1)], "INDEX_DECISION_WITHOUT_PACK"),
    "a decision before its pack": (
        [signed("intent", 1), signed("decision", 1), signed("pack", 1)], "INDEX_DECISION_WITHOUT_PACK"
    ),
}  # fmt: skip


@pytest.mark.parametrize("gap", GAPS)
def test_gaps_are_found(tmp_path: Path, gap: str) -> None:
    said, code = GAPS[gap]
    log_of(tmp_path, [*runs(20), *said])
    report = _report(tmp_path)
    assert [check.code for check in report.checks if check.id == "index.gaps" and not check.limit] == [code]
    assert report.exit_code == 1


def test_what_may_follow_each_other() -> None:
    said = [
        *runs(1), signed("decision", 1), *runs(2), signed("abandoned", 2), signed("intent", 3), signed("failed", 3),
        signed("intent", 4), signed("abandoned", 4), signed("revocation", 1), signed("intent", 5),
    ]  # fmt: skip
    gathered = trails(one.entry for one in said)
    assert gathered.gaps() == []
    assert gathered.open() == [said[-1].entry.run_id]


def test_a_run_of_the_ledger_that_the_log_does_not_know(tmp_path: Path) -> None:
    log_of(tmp_path, runs(1))
    report = _report(
        tmp_path, known_runs=["20270101-000000-abcdef", "20200101-000000-abcdef", str(runs(1)[0].entry.run_id)]
    )
    assert "INDEX_RUN_MISSING" in _codes(report)
    assert [check.where for check in report.checks if check.code == "INDEX_RUN_MISSING"] == ["20270101-000000-abcdef"]
    assert "INDEX_RUN_OLDER" in _codes(report)
    assert report.exit_code == 1


def test_another_log_that_is_tied_in_may_only_grow_too(tmp_path: Path) -> None:
    theirs = signer(7)
    notes = []
    for size in (2, 4):
        with open_log(log_of(tmp_path / "theirs", runs(*range(size // 2)), theirs)) as log:
            notes.append((log.note, log.checkpoint))
    with open_log(log_of(tmp_path / "fork", runs(7, 8), theirs)) as log:
        fork = log.checkpoint
    held = entry("foreign-checkpoint", checkpoint=notes[1][0].decode(), vkey=theirs.verifier.line)
    held = Entry(held.kind, None, held.time, theirs.name, held.digest, held.details)
    with open_log(log_of(tmp_path / "ours", [*runs(1), sign(held, ENGINE)])) as log:
        assert newest(log, theirs.name) == notes[1][1]
        assert newest(log, "another") is None
        refuse_older(log, notes[1][1])
        with pytest.raises(IntegrityBroken, match="INDEX_ROLLED_BACK"):
            refuse_older(log, notes[0][1])
        with pytest.raises(IntegrityBroken, match="INDEX_FORKED"):
            refuse_older(log, fork)
