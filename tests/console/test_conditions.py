"""Conditions of several people: each of them is shown, and each must be closed, with evidence that is not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_evidence.sshwire import PublicKey
from support.desk import make_desk, make_key

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk

GO_IF = ("sign", "latest", "--decision", "GO-WITH-CONDITIONS", "--reason", "seen", "--condition")


@pytest.fixture
def two(tmp_path: Path) -> Desk:
    """A desk where two people must approve."""
    desk = make_desk(tmp_path / "two")
    desk.enrol("ada")
    make_key(desk.home / ".ssh" / "bob", comment="bob@desk")
    done = desk.gonogo("init", "--yes", "--operator", "bob", "--public-key", str(desk.home / ".ssh" / "bob.pub"))
    assert done.returncode == 0, done.stderr
    desk.let_unproven_sign()
    for folder in desk.trust_folders():
        policy = folder / "signoff.toml"
        policy.write_text(policy.read_text().replace("quorum = 1", "quorum = 2"))
    return desk


def test_a_second_signers_condition_does_not_vanish(two: Desk, tmp_path: Path) -> None:
    carol = make_key(two.home / ".ssh" / "carol", comment="carol@desk")
    done = two.gonogo("init", "--yes", "--operator", "carol", "--public-key", f"{carol}.pub")
    assert done.returncode == 0, done.stderr
    two.run()
    first = two.json(*GO_IF, "ada looks; owner=ada; due=2027-01-01", "--key", str(two.key), code=4)
    assert first["state"] == "AWAITING_OPERATOR"
    bob = str(two.home / ".ssh" / "bob")
    second = two.json(*GO_IF, "bob looks; owner=bob; due=2027-01-01", "--key", bob, code=4)
    assert (second["state"], second["open_conditions"]) == ("COMMITTED", [1, 2])
    empty, evidence = tmp_path / "empty.txt", tmp_path / "done.txt"
    empty.touch()
    evidence.write_text("done\n")
    close = ("close", "latest", "--key", str(two.key), "--evidence")
    assert two.gonogo(*close, str(empty), "--condition", "1").returncode == 2
    assert two.json(*close, str(evidence), "--condition", "1", code=4)["open_conditions"] == [2]
    lost = PublicKey.from_line(carol.with_suffix(".pub").read_text()).fingerprint
    done = two.gonogo("index", "append", "revocation", "--key", lost, "--reason", "lost")
    assert done.returncode == 0, done.stderr
    done = two.gonogo("close", "latest", "--key", str(carol), "--evidence", str(evidence), "--condition", "2")
    assert (done.returncode, "error REVOKED" in done.stderr) == (5, True), done.stderr
    checked = two.gonogo("verify", "latest")
    assert checked.returncode == 4, checked.stdout
    assert "bob looks" in checked.stdout
    assert two.json(*close, str(evidence), "--condition", "2", code=0)["open_conditions"] == []
    assert two.gonogo("verify", "latest").returncode == 0


@pytest.mark.parametrize("words", [("GO", "--condition", "x; owner=a; due=2027-01-01"), ("GO-WITH-CONDITIONS",)])
def test_conditions_that_do_not_fit_are_refused_before_the_card(two: Desk, words: tuple[str, ...]) -> None:
    two.run()
    done = two.gonogo("sign", "latest", "--decision", words[0], "--reason", "seen", *words[1:])
    assert (done.returncode, "CONDITIONS_FIT" in done.stderr, "Verdict" in done.stderr) == (2, True, False)
