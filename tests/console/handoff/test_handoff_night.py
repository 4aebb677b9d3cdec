"""A night is shown what was signed elsewhere: it compares where this machine's trust decides so, else none begins."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.nightly.compare import last_signed
from gonogo_agents.texts import translator
from gonogo_agents.world import World
from gonogo_graph.session import open_session
from support.crash import copy_of
from support.handed import copied

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk


@pytest.fixture
def signed(decided: tuple[Desk, Any, Any], tmp_path: Path) -> Path:
    """The folder of packs that the operator published, carried to another machine."""
    place = tmp_path / "signed"
    shutil.copytree(decided[0].repo.path / "data" / "evidence_packs", place)
    return place


@pytest.fixture
def knows(handed: tuple[Desk, str, Path, str], decided: tuple[Desk, Any, Any], tmp_path: Path) -> Desk:
    """The machine that handed the run over, with the signer's public key enrolled and no private one in reach."""
    desk = copied(handed[0], tmp_path / "knows")
    public = tmp_path / "ada.pub"
    shutil.copy(decided[0].key.with_name("id_ed25519.pub"), public)
    assert desk.gonogo("init", "--yes", "--operator", "ada", "--public-key", str(public)).returncode == 0
    desk.let_unproven_sign()  # the policy under which the operator signed
    return desk


def begun(desk: Desk, folder: Path, *words: str, out: Path) -> tuple[int, str]:
    """The exit code and the errors of a night in which nothing may run: what it is shown is looked at first."""
    asked = ("--operator", "ci", "--layers", "L6", "--last-signed", str(folder), *words)
    done = desk.gonogo("nightly", *asked, "--out", str(out))
    return done.returncode, done.stderr


def test_a_signed_run_is_what_the_night_compares_with(knows: Desk, signed: Path, tmp_path: Path) -> None:
    words = ("--operator", "ci", "--reason", "test", "--layers", "L0", "--last-signed", str(signed))
    told = knows.json("nightly", *words, "--out", str(tmp_path / "out"), code=4)
    (layer,) = told["layers"]
    since = layer["since_last_signed"]
    assert (since["decision"], since["verdict"]) == ("GO", "PASS")
    assert since["run_id"] != layer["run_id"]
    other = "same commit, another core: gonogo reproduce says what differs"  # that one was measured without any trust
    assert since["changes"] == [other]
    assert json.loads((tmp_path / "out" / "night.json").read_bytes()) == told
    assert other in (tmp_path / "out" / "report.html").read_text()


def test_a_log_that_handed_a_run_over_cannot_say_what_became_of_it_and_one_that_gave_it_up_can(
    night: tuple[Desk, str], knows: Desk, signed: Path, tmp_path: Path
) -> None:
    (pack,) = (one for one in signed.iterdir() if one.is_dir())
    found = knows.json("verify", str(pack), code=0)
    said = {check["code"]: check["verdict"] for check in found["checks"] if check["code"]}
    assert said["INDEX_HANDED_OVER"] == "INCONCLUSIVE", said
    other = copied(night[0], tmp_path / "other")
    assert other.gonogo("abandon", night[1], "--reason", "no use", "--operator", "ci").returncode == 0
    found = other.json("verify", str(pack), code=6)
    assert "INDEX_OTHER_DECISION" in {check["code"] for check in found["checks"]}


def test_a_machine_that_does_not_know_the_signer_takes_no_word_for_it(
    night: tuple[Desk, str], signed: Path, tmp_path: Path
) -> None:
    code, said = begun(copied(night[0], tmp_path / "stranger"), signed, out=tmp_path / "none")
    assert (code, "NIGHT_NOT_SIGNED" in said, (tmp_path / "none").exists()) == (5, True, False)


def test_a_decided_run_whose_pack_is_damaged_here_is_not_as_if_it_had_never_been(
    decided: tuple[Desk, Any, Any], tmp_path: Path
) -> None:
    desk = copy_of(decided[0], tmp_path / "desk")
    with open_session(World(env=desk.environment()), desk.repo.path) as session:
        found = last_signed(session, "L0", translator("en"))
        assert found is not None
        assert (found.verdict, found.decision) == ("PASS", "GO")
        (report,) = desk.state_folder().glob("runs/*/pack/*/core/validator-report.json")
        report.write_bytes(b"{")
        found = last_signed(session, "L0", translator("en"))
        assert found is not None
        assert (found.verdict, found.decision, found.gates) == ("UNREADABLE", "GO", ())


def test_one_byte_of_a_signed_pack_and_no_night_begins(knows: Desk, signed: Path, tmp_path: Path) -> None:
    assert begun(knows, signed, out=tmp_path / "whole")[0] == 3
    (summary,) = signed.glob("*/SUMMARY.md")
    summary.write_bytes(summary.read_bytes() + b" ")
    code, said = begun(knows, signed, out=tmp_path / "none")
    assert (code, "NIGHT_NOT_SIGNED" in said, (tmp_path / "none").exists()) == (5, True, False)


def test_a_signer_who_was_taken_out_of_the_trust_signed_nothing(knows: Desk, signed: Path, tmp_path: Path) -> None:
    for trust in knows.trust_folders():
        (trust / "allowed_signers").write_text("")
    code, said = begun(knows, signed, out=tmp_path / "none")
    assert (code, (tmp_path / "none").exists()) == (5, False), said
