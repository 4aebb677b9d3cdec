"""A witness signs what continues the history that it knows, and nothing else: requests, its folder, answers."""

from __future__ import annotations

import itertools
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.index import Checkpoint, note, open_log, seen
from gonogo_evidence.index import witness_folder as witnesses
from gonogo_evidence.index.cosignature import Witness, cosigned, parse_witness_key
from gonogo_evidence.index.cosigned import NAME, read_cosigned, take
from gonogo_evidence.index.witness_policy import parse_policy
from gonogo_evidence.index.witness_request import Request, ask, join, parse_request
from gonogo_evidence.verify.witnessed import check_log, check_witnessed
from support.logs import key, log_of, runs, signer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME = 1767953700
KEYS = [signer().verifier]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Histories of one log: ``a`` grows to ``aa`` and ``aaa``; ``b`` is another one under the same key."""
    folder = tmp_path_factory.mktemp("logs")
    grown = {"a": (1,), "aa": (1, 2, 3), "aaa": (1, 2, 3, 4), "b": (1, 5), "bb": (1, 5, 6, 7), "ab": (1, 2, 9, 10)}
    return {name: log_of(folder / name, runs(*numbers)) for name, numbers in grown.items()}


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    witnesses.make(tmp_path / "w", "w.example", KEYS)
    return tmp_path / "w"


def _ask(where: Path, old: int) -> bytes:
    with open_log(where) as log:
        return ask(log, old).to_bytes()


def test_a_log_that_grows_is_signed_again_and_again(logs: dict[str, Path], desk: Path) -> None:
    first = witnesses.grant(desk, _ask(logs["a"], 0), time=TIME)
    again = witnesses.grant(desk, _ask(logs["a"], 2), time=TIME + 1)
    then = witnesses.grant(desk, _ask(logs["aaa"], 2), time=TIME + 2)
    assert [(one.before, one.checkpoint.size) for one in (first, again, then)] == [(0, 2), (2, 2), (2, 8)]
    public = parse_witness_key((desk / witnesses.PUBLIC).read_text(encoding="utf-8").strip())
    with open_log(logs["aaa"]) as log:
        (found,) = cosigned(note.parse(log.note + then.line.encode()), [public])
    assert found.time == TIME + 2


@pytest.mark.parametrize(
    ("asked", "old", "code"),
    [
        ("a", 0, "WITNESS_SEEN_OTHER"),
        ("aaa", 0, "WITNESS_SEEN_OTHER"),
        ("aaa", 2, "WITNESS_SEEN_OTHER"),
        ("bb", 6, "WITNESS_NOT_CONTINUED"),
        ("ab", 6, "WITNESS_NOT_CONTINUED"),
    ],
)
def test_what_does_not_continue_is_not_signed(
    logs: dict[str, Path], desk: Path, asked: str, old: int, code: str
) -> None:
    witnesses.grant(desk, _ask(logs["aa"], 0), time=TIME)
    with pytest.raises((Refused, IntegrityBroken)) as caught:
        witnesses.grant(desk, _ask(logs[asked], old), time=TIME)
    assert caught.value.code == code
    kept = list((desk / witnesses.REFUSED).glob("*")) if code == "WITNESS_NOT_CONTINUED" else []
    assert [parse_request(path.read_bytes()).old for path in kept] == [old] * len(kept)
    assert bool(kept) == (code == "WITNESS_NOT_CONTINUED")
    assert witnesses.grant(desk, _ask(logs["aaa"], 6), time=TIME).before == 6  # it stands where it stood


def test_another_root_at_the_same_size_is_a_fork(logs: dict[str, Path], desk: Path, tmp_path: Path) -> None:
    witnesses.grant(desk, _ask(logs["aa"], 0), time=TIME)
    with pytest.raises(IntegrityBroken) as caught:
        witnesses.grant(desk, _ask(log_of(tmp_path / "other", runs(7, 8, 9)), 6), time=TIME)
    assert caught.value.code == "INDEX_FORKED"
    assert (desk / witnesses.REFUSED).is_dir()


def test_a_log_that_is_not_trusted_or_did_not_sign_is_refused(logs: dict[str, Path], tmp_path: Path) -> None:
    stranger = signer(3)
    witnesses.make(tmp_path / "w", "w.example", [stranger.verifier])
    with pytest.raises(Refused) as caught:
        witnesses.grant(tmp_path / "w", _ask(logs["a"], 0), time=TIME)
    assert caught.value.code == "WITNESS_LOG_UNKNOWN"
    witnesses.trust(tmp_path / "w", KEYS)
    assert witnesses.grant(tmp_path / "w", _ask(logs["a"], 0), time=TIME).before == 0
    forged = Checkpoint(signer().name, 9, bytes(32)).sign([signer(4, signer().name)])
    with pytest.raises(Refused) as caught:
        witnesses.grant(tmp_path / "w", Request(2, (bytes(32),), forged).to_bytes(), time=TIME)
    assert caught.value.code == "NOTE_UNSIGNED"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:0],
        lambda data: data[:-1],
        lambda data: data.replace(b"old 2", b"old 02"),
        lambda data: data.replace(b"old 2", b"old -2"),
        lambda data: data.replace(b"old 2", b"old 9"),
        lambda data: data.replace(b"old 2", b"new 2"),
        lambda data: data.replace(b"old 2\n", b"old 2\nAAAA\n"),
        lambda data: data.replace(b"old 2\n", b"old 2\n" + b"A" * 43 + b"=\n"),
        lambda data: data.replace(b"old 2\n", b"old 2\n" + (b"A" * 43 + b"=\n") * 64),
        lambda data: data.replace(b"\n\n", b"\n", 1),
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: data + b"x",
        lambda data: data * 2,
        lambda data: b"\xff" + data,
        lambda data: data.replace(b"\n\n", b"\n\n" + b"x" * 2_000_000, 1),
    ],
)
def test_what_is_no_request_is_refused_and_changes_nothing(
    logs: dict[str, Path], desk: Path, change: Callable[[bytes], bytes]
) -> None:
    witnesses.grant(desk, _ask(logs["a"], 0), time=TIME)
    good = _ask(logs["aaa"], 2)
    with pytest.raises(GonogoError) as caught:
        witnesses.grant(desk, change(good), time=TIME)
    assert caught.value.code in {"WITNESS_REQUEST", "WITNESS_NOT_CONTINUED"}
    assert witnesses.grant(desk, good, time=TIME).before == 2


def test_a_request_has_one_form(logs: dict[str, Path]) -> None:
    data = _ask(logs["aaa"], 2)
    assert parse_request(data).to_bytes() == data
    with pytest.raises(BadInput) as caught:
        parse_request(data.replace(b"old 2\n", b"old 2\n" + b"A" * 42 + b"B=\n", 1))  # reads as forty-two A and an A
    assert caught.value.code == "WITNESS_REQUEST"


@given(st.binary(max_size=300))
def test_no_bytes_are_read_as_a_request_by_chance(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        parse_request(b"old 0\n\n" + data)
    assert caught.value.code == "WITNESS_REQUEST"


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["a", "aa", "aaa", "b", "bb", "ab"]), st.sampled_from([0, 2, 4, 6, 8]))))
def test_whatever_is_asked_in_whatever_order_all_that_was_signed_is_one_history(
    logs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, int]]
) -> None:
    desk = tmp_path_factory.mktemp("any") / "w"
    witnesses.make(desk, "w.example", KEYS)
    granted: list[str] = []
    for name, old in asked:
        try:
            witnesses.grant(desk, _ask(logs[name], old), time=TIME)
        except GonogoError:
            continue
        granted.append(name)
    for one, later in itertools.pairwise(granted):
        with open_log(logs[one]) as before, open_log(logs[later]) as now:
            assert now.root_at(before.size) == before.checkpoint.root


def test_of_two_histories_that_are_asked_at_once_one_is_signed(
    logs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall = seen.recall

    def slowly(path: Path) -> Checkpoint | None:
        found = recall(path)
        time.sleep(0.02)  # long enough for another to come in between
        return found

    monkeypatch.setattr(seen, "recall", slowly)
    asked = [_ask(logs[name], 0) for name in ("aa", "bb")] * 3

    def grant(desk: Path, data: bytes, start: Barrier) -> bytes | None:
        start.wait()
        try:
            witnesses.grant(desk, data, time=TIME)
        except GonogoError:
            return None
        return data

    witnesses.make(tmp_path / "w", "w.example", KEYS)
    start = Barrier(len(asked))
    with ThreadPoolExecutor(len(asked)) as pool:
        found = list(pool.map(grant, [tmp_path / "w"] * len(asked), asked, [start] * len(asked)))
    assert len(set(filter(None, found))) == 1


def test_a_folder_that_is_no_witness_or_was_tampered_with_is_refused(logs: dict[str, Path], desk: Path) -> None:
    with pytest.raises(BadInput) as caught:
        witnesses.grant(logs["a"], _ask(logs["a"], 0), time=TIME)
    assert caught.value.code == "WITNESS_NOT_FOUND"
    with pytest.raises(BadInput) as caught:
        witnesses.make(desk, "again", KEYS)
    assert caught.value.code == "WITNESS_THERE"
    with pytest.raises(BadInput) as caught:
        witnesses.make(desk.parent / "new", "two words", KEYS)
    assert caught.value.code == "WITNESS_NAME"
    (desk / witnesses.PUBLIC).write_text(Witness("w.example", key(9)).verifier.line + "\n", encoding="utf-8")
    with pytest.raises(IntegrityBroken) as broken:
        witnesses.grant(desk, _ask(logs["a"], 0), time=TIME)
    assert broken.value.code == "WITNESS_KEY_DIFFERS"
    (desk / witnesses.KEY).chmod(0o644)
    with pytest.raises(Refused) as refused:
        witnesses.grant(desk, _ask(logs["a"], 0), time=TIME)
    assert refused.value.code == "WITNESS_KEY_OPEN"


def test_its_files_are_its_own(desk: Path, logs: dict[str, Path]) -> None:
    witnesses.grant(desk, _ask(logs["a"], 0), time=TIME)
    assert desk.stat().st_mode & 0o777 == 0o700
    assert (desk / witnesses.KEY).stat().st_mode & 0o777 == 0o600
    assert [path.stat().st_mode & 0o777 for path in (desk / witnesses.SEEN).iterdir()] == [0o600]


ONE, TWO = Witness("one.example", key(11)), Witness("two.example", key(12))


def _answer(by: Witness, request: bytes, time: int = TIME) -> bytes:
    return by.line(note.parse(parse_request(request).note).text, time).encode()


def test_answers_are_kept_beside_the_log_and_come_together(logs: dict[str, Path], tmp_path: Path) -> None:
    where = shutil.copytree(logs["aa"], tmp_path / "log")
    asked = _ask(where, 0)
    with open_log(where) as log:
        keys = [ONE.verifier, TWO.verifier]
        assert [one.key.name for one in take(log, asked, _answer(ONE, asked), keys[:1], KEYS)] == ["one.example"]
        assert len(take(log, asked, _answer(TWO, asked), keys, KEYS)) == 2
        with pytest.raises(Refused) as caught:
            take(log, asked, b"", keys, KEYS)  # what is there already is no answer
        assert caught.value.code == "COSIGNATURE_NONE"
        assert len(take(log, asked, _answer(ONE, asked, TIME + 9), keys[:1], KEYS)) == 1
        kept = read_cosigned(where)
        assert kept is not None
        assert [(one.key.name, one.time) for one in cosigned(note.parse(kept), keys)] == [
            ("two.example", TIME),
            ("one.example", TIME + 9),
        ]
        assert len(note.parse(kept).signatures) == 3  # the log's, and the newest of each witness
        for number in range(log.size):
            assert log.prove(number, kept).holds(log.entry(number).leaf)


def test_an_answer_that_proves_nothing_is_refused_and_nothing_is_written(logs: dict[str, Path], tmp_path: Path) -> None:
    where = shutil.copytree(logs["aa"], tmp_path / "log")
    asked, foreign, fork = _ask(where, 0), _ask(log_of(tmp_path / "o", runs(1), signer(5)), 0), _ask(logs["b"], 0)
    good = _answer(ONE, asked)
    with open_log(where) as log:
        for request, answer, code in (
            (asked, b"", "COSIGNATURE_NONE"),
            (asked, _answer(TWO, asked), "COSIGNATURE_NONE"),
            (asked, b"\xe2\x80\x94 one.example no\n", "WITNESS_ANSWER"),
            (asked, good + b"\n", "WITNESS_ANSWER"),
            (asked, _answer(ONE, _ask(logs["aaa"], 0)), "COSIGNATURE_BAD"),
            (b"", good, "WITNESS_REQUEST"),
            (foreign, _answer(ONE, foreign), "INDEX_KEY_UNKNOWN"),
            (fork, _answer(ONE, fork), "INDEX_FORKED"),
            (_ask(logs["aaa"], 0), _answer(ONE, _ask(logs["aaa"], 0)), "INDEX_ROLLED_BACK"),
        ):
            with pytest.raises(GonogoError) as caught:
                take(log, request, answer, [ONE.verifier], KEYS)
            assert caught.value.code == code
            assert read_cosigned(where) is None


def test_an_older_answer_does_not_take_the_place_of_a_newer_one(logs: dict[str, Path], tmp_path: Path) -> None:
    where = shutil.copytree(logs["aaa"], tmp_path / "log")
    older, newer = _ask(logs["aa"], 0), _ask(where, 0)
    with open_log(where) as log:
        take(log, older, _answer(ONE, older), [ONE.verifier], KEYS)
        take(log, newer, _answer(ONE, newer), [ONE.verifier], KEYS)
        with pytest.raises(BadInput) as caught:
            take(log, older, _answer(TWO, older), [TWO.verifier], KEYS)
    assert caught.value.code == "COSIGNED_OLDER"


def _policy(quorum: str, log: str = "") -> bytes:
    lines = (f"witness {name} {by.verifier.line}\n" for name, by in (("one", ONE), ("two", TWO)))
    return (log + "".join(lines) + quorum).encode()


@pytest.mark.parametrize(
    ("quorum", "verdict", "code"),
    [
        ("quorum one\n", "PASS", "OK"),
        ("quorum none\n", "PASS", "OK"),
        ("quorum two\n", "INCONCLUSIVE", "INDEX_NOT_WITNESSED"),
        ("group both all one two\nquorum both\n", "INCONCLUSIVE", "INDEX_NOT_WITNESSED"),
    ],
)
def test_a_log_is_judged_by_the_verifier_s_own_policy(
    logs: dict[str, Path], tmp_path: Path, quorum: str, verdict: str, code: str
) -> None:
    where = shutil.copytree(logs["aa"], tmp_path / "log")
    asked = _ask(where, 0)
    policy = parse_policy(_policy(quorum))
    with open_log(where) as log:
        (unasked,) = check_log(log, KEYS, policy)
        take(log, asked, _answer(ONE, asked), [ONE.verifier], KEYS)
        grown, judged = check_log(log, KEYS, policy)
    assert (unasked.verdict, unasked.code) == ("INCONCLUSIVE", "INDEX_NOT_WITNESSED")
    assert (grown.verdict, judged.verdict, judged.code) == ("PASS", verdict, code)


def test_a_log_that_was_cut_back_or_rewritten_contradicts_its_witnesses(logs: dict[str, Path], tmp_path: Path) -> None:
    asked = _ask(logs["aa"], 0)
    kept = join(parse_request(asked).note, _answer(ONE, asked), [ONE.verifier])
    for name, code in (("a", "INDEX_ROLLED_BACK"), ("bb", "INDEX_FORKED"), ("aaa", "OK")):
        where = shutil.copytree(logs[name], tmp_path / name)
        (where / NAME).write_bytes(kept)
        with open_log(where) as log:
            (found,) = check_log(log, KEYS, None)
        assert found.code == code


def test_a_policy_with_other_logs_and_a_broken_line_are_integrity_errors(logs: dict[str, Path]) -> None:
    asked = _ask(logs["aa"], 0)
    kept = join(parse_request(asked).note, _answer(ONE, asked), [ONE.verifier])
    other = parse_policy(_policy("quorum one\n", f"log {signer(5).verifier.line}\n"))
    own = parse_policy(_policy("quorum one\n", f"log {signer().verifier.line}\n"))
    broken = note.parse(kept)
    (name, line) = broken.signatures[-1]
    bad = kept.replace(note.signature_line(name, line).encode(), note.signature_line(name, line[:-1] + b"x").encode())
    found = [check_witnessed("x", *which, where="w") for which in ((kept, other), (kept, own), (bad, own))]
    assert [(one.code, one.exit) for one in found] == [("INDEX_FOREIGN_LOG", 6), ("OK", 0), ("COSIGNATURE_BAD", 6)]
