"""What a review found: rows and folders that said "decided" without a signature, and a run that nobody could sign."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.crash import rows

if TYPE_CHECKING:
    from support.desk import Desk

SIGN = ("sign", "latest", "--decision", "GO", "--reason", "seen")


def edit(desk: Desk, query: str, *values: object) -> None:
    """Somebody with the database open."""
    connection = sqlite3.connect(desk.state_folder() / "gonogo.db")
    connection.execute(query, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("state", ["INTENT", "DONE"])
def test_a_spent_row_without_a_signature_was_answered_with_exit_0(desk: Desk, state: str) -> None:
    (run,) = rows(desk, "SELECT run_id FROM runs")[0]
    edit(desk, "INSERT INTO spent VALUES (?, 'GO', ?, ?, '2026-01-01T00:00:00Z')", run, state, b'{"x":1}')
    for words in (("resume", "latest"), SIGN):
        assert desk.gonogo(*words).returncode in {5, 6}, words
    assert not list(desk.state_folder().glob("runs/*/pack/*/review/outcome.json"))


@pytest.mark.parametrize("state", ["INTENT", "DONE"])
def test_an_outcome_of_another_run_was_answered_with_exit_0(desk: Desk, state: str) -> None:
    assert desk.gonogo(*SIGN).returncode == 0
    second = desk.run()["run_id"]
    (outcome,) = rows(desk, "SELECT outcome FROM spent")[0]
    edit(desk, "INSERT INTO spent VALUES (?, 'GO', ?, ?, '2026-01-01T00:00:00Z')", second, state, outcome)
    assert desk.gonogo("resume", second).returncode == 6


def test_a_no_go_that_the_ledger_calls_go_was_answered_with_exit_0(desk: Desk) -> None:
    assert desk.gonogo("sign", "latest", "--decision", "NO-GO", "--reason", "no").returncode == 1
    edit(desk, "UPDATE spent SET decision = 'GO'")
    desk.update_runs(decision="GO")
    assert desk.gonogo("resume", "latest").returncode == 6
    assert desk.gonogo(*SIGN).returncode == 6


def test_an_index_row_that_says_go_made_sign_exit_0(desk: Desk) -> None:
    desk.update_runs(state="COMMITTED", decision="GO")
    assert desk.gonogo(*SIGN).returncode == 4
    assert rows(desk, "SELECT state FROM runs WHERE decision IS NULL") == [("AWAITING_OPERATOR",)]


def test_a_decision_stands_when_the_policy_changes_later(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 0
    for folder in desk.trust_folders():
        with (folder / "signoff.toml").open("a") as policy:
            policy.write("\n# later\n")
    assert desk.gonogo("resume", "latest").returncode == 0
    assert desk.gonogo(*SIGN).returncode == 0


def test_a_folder_of_the_checkout_named_like_a_run_was_verified_instead_of_it(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 0
    (pack,) = (path for path in desk.state_folder().glob("runs/*/pack/EVP-*") if path.is_dir())
    second = desk.run()["run_id"]
    for name in ("latest", second):
        shutil.copytree(pack, desk.repo.path / name)
        assert desk.gonogo("verify", name).returncode == 4, name
        assert desk.json("show", name, code=0)["run_id"] == second


def test_an_index_row_that_names_another_runs_pack_verified_as_go(desk: Desk) -> None:
    assert desk.gonogo(*SIGN).returncode == 0
    (pack,) = (path for path in desk.state_folder().glob("runs/*/pack/EVP-*") if path.is_dir())
    second = desk.run()["run_id"]
    edit(desk, "UPDATE runs SET pack_id = ? WHERE run_id = ?", str(pack), second)
    assert desk.gonogo("verify", second).returncode == 6


def test_a_run_whose_request_was_replaced_after_a_signature_could_never_be_signed_again(desk: Desk) -> None:
    assert desk.gonogo(*SIGN, "--no-resume").returncode == 4
    for folder in desk.trust_folders():
        with (folder / "signoff.toml").open("a") as policy:
            policy.write("\n# touched\n")
    assert desk.gonogo("resume", "latest").returncode == 5
    assert desk.gonogo(*SIGN).returncode == 0
    assert desk.gonogo("verify", "latest").returncode == 0
    assert len(rows(desk, "SELECT digest FROM signoffs")) == 2


def test_a_team_with_a_base_ref_was_told_that_nobody_is_enrolled(desk: Desk) -> None:
    (trust,) = desk.trust_folders()
    files = {f"config/{name}": (trust / name).read_text() for name in ("allowed_signers", "signoff.toml")}
    desk.repo.commit(files)
    desk.repo.git("branch", "trusted")
    with (trust / "trust.toml").open("a") as enrolled:
        enrolled.write('base_ref = "trusted"\n')
    run = desk.run()
    assert desk.gonogo(*SIGN).returncode in {0, 4, 5}
    given = ("--allowed-signers", str(trust / "allowed_signers"), "--policy", str(trust / "signoff.toml"))
    done = desk.gonogo("verify", run["run_id"], *given)
    assert "TRUST_BASE_UNREADABLE" not in done.stdout
    assert "decision.trust" not in done.stdout
