"""What a witness does when its folder, its disk or a checkpoint is not what it should be: it signs nothing."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.errors import BadInput, GonogoError, Inconclusive, IntegrityBroken, Refused
from gonogo_evidence.index import cosigned, note, open_log, seen
from gonogo_evidence.index import witness_folder as witnesses
from gonogo_evidence.index.cosignature import Witness, parse_witness_key
from gonogo_evidence.index.placed import ENTRY, FOLDER, NAMES, PROOF, is_about, place, renew
from gonogo_evidence.index.witness_policy import parse_policy
from gonogo_evidence.index.witness_request import ask, join, parse_request
from gonogo_evidence.verify.witnessed import check_log, check_witnessed
from support.logs import key, log_of, runs, signer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME = 1767953700
KEYS = [signer().verifier]
ONE, TWO = Witness("one.example", key(11)), Witness("two.example", key(12))
SELF = Witness("self.example", signer().private)
"""The log's own key, dressed up as a witness."""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    witnesses.make(tmp_path / "w", "w.example", KEYS)
    return tmp_path / "w"


def _ask(where: Path, old: int = 0) -> bytes:
    with open_log(where) as log:
        return ask(log, old).to_bytes()


def _answer(by: Witness, request: bytes) -> bytes:
    return by.line(note.parse(parse_request(request).note).text, TIME).encode()


def _signed(where: Path, *by: Witness) -> bytes:
    """The checkpoint of a log with the lines of these."""
    asked, keys = _ask(where), [one.verifier for one in by]
    return join(parse_request(asked).note, b"".join(_answer(one, asked) for one in by), keys)


def _gone(where: Path) -> None:
    shutil.rmtree(where)


def _elsewhere(where: Path) -> None:
    where.rename(where.with_name("other"))
    where.symlink_to(where.with_name("other"))


def _a_file(where: Path) -> None:
    shutil.rmtree(where)
    where.write_bytes(b"")


def _empty(where: Path) -> None:
    (place,) = where.iterdir()
    place.write_bytes(b"")


def _torn(where: Path) -> None:
    (place,) = where.iterdir()
    place.write_bytes(place.read_bytes()[:-3])


@pytest.mark.parametrize("harm", [_gone, _elsewhere, _a_file, _empty, _torn])
def test_a_witness_that_lost_what_it_saw_signs_nothing_any_more(
    desk: Path, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    witnesses.grant(desk, _ask(log_of(tmp_path / "a", runs(1))), time=TIME)
    harm(desk / witnesses.SEEN)
    other = _ask(log_of(tmp_path / "b", runs(2, 3)))
    for _ in range(2):
        with pytest.raises(IntegrityBroken) as caught:
            witnesses.grant(desk, other, time=TIME)
        assert caught.value.code == "WITNESS_SEEN_LOST"
        assert str(desk / witnesses.SEEN) in caught.value.where


def test_what_cannot_be_looked_for_is_not_taken_for_never_seen(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert seen.recall(tmp_path / "none") is None
    with pytest.raises(GonogoError):
        seen.recall(tmp_path / "file" / "x.checkpoint")


def test_bytes_that_are_not_on_the_disk_never_replace_what_was_seen(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witnesses.grant(desk, _ask(log_of(tmp_path / "a", runs(1))), time=TIME)
    (place,) = (desk / witnesses.SEEN).iterdir()
    before, grown = place.read_bytes(), _ask(log_of(tmp_path / "aa", runs(1, 2)), 2)

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(Inconclusive):
            witnesses.grant(desk, grown, time=TIME)
    assert place.read_bytes() == before
    assert [path.name for path in (desk / witnesses.SEEN).iterdir()] == [place.name]
    assert witnesses.grant(desk, grown, time=TIME).before == 2


def test_a_second_history_is_said_also_where_it_cannot_be_kept(desk: Path, tmp_path: Path) -> None:
    witnesses.grant(desk, _ask(log_of(tmp_path / "a", runs(1))), time=TIME)
    (desk / witnesses.REFUSED).write_bytes(b"")
    with pytest.raises(IntegrityBroken) as caught:
        witnesses.grant(desk, _ask(log_of(tmp_path / "b", runs(2)), 2), time=TIME)
    assert caught.value.code == "INDEX_FORKED"


def test_a_folder_that_was_open_to_all_is_closed(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w").chmod(0o777)
    witnesses.make(tmp_path / "w", "w.example", KEYS)
    assert (tmp_path / "w").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["x\udcffy", "x\x9b31m", "x\u202ey", "x\x1b[31m"])
def test_a_name_that_does_not_show_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput) as caught:
        witnesses.make(tmp_path / "w", name, KEYS)
    assert caught.value.code == "WITNESS_NAME"
    assert not (tmp_path / "w").exists()


def test_a_line_whose_name_moves_the_cursor_is_no_key() -> None:
    with pytest.raises(BadInput) as caught:
        parse_witness_key(Witness("x\x1b[31m", key(11)).verifier.line)
    assert caught.value.code == "VKEY_UNREADABLE"


def test_a_rotated_key_is_asked_for_in_the_witness_s_own_words(desk: Path, tmp_path: Path) -> None:
    rotated = signer(9, signer().name)
    asked = _ask(log_of(tmp_path / "a", runs(1), rotated))
    with pytest.raises(Refused) as caught:
        witnesses.grant(desk, asked, time=TIME)
    assert (caught.value.code, caught.value.where) == ("NOTE_UNSIGNED", str(desk / witnesses.LOGS))
    assert "trust" in str(caught.value.next_step)
    witnesses.trust(desk, [rotated.verifier])
    assert witnesses.grant(desk, asked, time=TIME).checkpoint.size == 2


def test_of_two_answers_that_are_kept_at_once_both_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = log_of(tmp_path / "a", runs(1))
    asked, read = _ask(where), cosigned.read_cosigned

    def slowly(folder: Path) -> bytes | None:
        found = read(folder)
        time.sleep(0.02)  # long enough for another to come in between
        return found

    monkeypatch.setattr(cosigned, "read_cosigned", slowly)
    start = Barrier(2)

    def take(by: Witness) -> None:
        start.wait()
        with open_log(where) as log:
            cosigned.take(log, asked, _answer(by, asked), [by.verifier], KEYS)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, [ONE, TWO]))
    assert {name for name, _ in note.parse((where / cosigned.NAME).read_bytes()).signatures} >= {ONE.name, TWO.name}


@pytest.mark.parametrize("quorum", ["one", "none"])
def test_a_checkpoint_of_a_log_that_nobody_named_is_not_witnessed(tmp_path: Path, quorum: str) -> None:
    kept = _signed(log_of(tmp_path / "a", runs(1)), ONE)
    policy = parse_policy(f"witness one {ONE.verifier.line}\nquorum {quorum}\n".encode())
    for known, code, exit_code in (((), "INDEX_KEY_UNKNOWN", 3), ([signer(5).verifier], "INDEX_KEY_UNKNOWN", 3)):
        found = check_witnessed("x", kept, policy, known, where="w")
        assert (found.verdict, found.code, found.exit) == ("INCONCLUSIVE", code, exit_code)
    assert check_witnessed("x", kept, policy, KEYS, where="w").verdict == "PASS"


def test_a_log_is_no_witness_of_itself(tmp_path: Path) -> None:
    kept = _signed(log_of(tmp_path / "a", runs(1)), SELF)
    policy = parse_policy(f"witness self {SELF.verifier.line}\nquorum self\n".encode())
    assert check_witnessed("x", kept, policy, KEYS, where="w").code == "INDEX_NOT_WITNESSED"


def test_what_witnesses_signed_of_one_log_says_nothing_of_another_without_a_key_either(tmp_path: Path) -> None:
    kept = _signed(log_of(tmp_path / "a", runs(1)), ONE)
    policy = parse_policy(f"log {KEYS[0].line}\nwitness one {ONE.verifier.line}\nquorum one\n".encode())
    for name, where, code in (
        ("fork", log_of(tmp_path / "b", runs(2)), "INDEX_FORKED"),
        ("other", log_of(tmp_path / "c", runs(1), signer(5)), "INDEX_OTHER_LOG"),
    ):
        (where / cosigned.NAME).write_bytes(kept)
        with open_log(where) as log:
            found = list(check_log(log, (), policy))
        assert [(one.code, one.exit) for one in found] == [(code, 6)], name


def test_groups_may_stand_in_groups_as_deep_as_a_policy_is_long() -> None:
    deep = "".join(f"group g{number} any g{number - 1}\n" for number in range(1, 990))
    text = f"witness a {ONE.verifier.line}\ngroup g0 any a\n{deep}quorum g989\n"
    policy = parse_policy(text.encode())
    assert policy.met([ONE.verifier])
    assert not policy.met([TWO.verifier])


def test_a_proof_is_renewed_by_one_rename_and_never_behind_a_link(tmp_path: Path) -> None:
    pack = tmp_path / "EVP-x"
    pack.mkdir()
    place(pack, {ENTRY: b"entry", PROOF: b"old"})
    assert is_about(pack, b"entry")
    assert not is_about(pack, b"another")
    inode = (pack / FOLDER / ENTRY).stat().st_ino
    renew(pack, b"new")
    assert {path.name: path.read_bytes() for path in (pack / FOLDER).iterdir()} == {ENTRY: b"entry", PROOF: b"new"}
    assert [(pack / FOLDER / name).stat().st_mode & 0o777 for name in NAMES] == [0o444, 0o444]
    assert (pack / FOLDER / ENTRY).stat().st_ino == inode  # the folder was never away
    assert [path.name for path in tmp_path.iterdir()] == ["EVP-x"]
    (tmp_path / "link").symlink_to(pack)
    (pack / FOLDER).rename(tmp_path / "far")
    assert not is_about(pack, b"entry")
    (pack / FOLDER).symlink_to(tmp_path / "far")
    assert not is_about(pack, b"entry")
    assert not is_about(tmp_path / "link", b"entry")
