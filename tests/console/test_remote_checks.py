"""``gonogo run --remote-checks``: what the forge said is evidence; whether a GO needs it is policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.crash import copy_of

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk

REQUIRED = "config/ci/required_status_checks.json"
LIST = json.dumps({"schema_version": "1.0.0", "required_contexts": ["Lint Gate"], "ignored_contexts": []})


@pytest.fixture(scope="module")
def governed(enrolled: Desk, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A repository that says which checks are required, under a policy that needs them."""
    desk = copy_of(enrolled, tmp_path_factory.mktemp("remote"))
    desk.repo.commit({REQUIRED: LIST})
    desk.repo.commit({"src/sample.py": '"""Sample."""\n\nANSWER = 44\n'})
    for folder in desk.trust_folders():
        place = folder / "signoff.toml"
        place.write_text(place.read_text().replace('remote_checks = "advisory"', 'remote_checks = "required"'))
    return desk


def snapshot(desk: Desk, conclusion: str) -> str:
    """A file with the forge's answer for the desk's commit."""
    one = {"name": "Lint Gate", "status": "completed", "conclusion": conclusion, "head_sha": desk.repo.head}
    path = desk.home / f"{conclusion}.json"
    path.write_text(json.dumps({"total_count": 1, "check_runs": [one]}))
    return str(path)


def decide(desk: Desk, decision: str, *more: str) -> tuple[int, str]:
    """Sign the newest run; exit code and words."""
    done = desk.gonogo("sign", "latest", "--decision", decision, "--reason", "x", *more)
    return done.returncode, done.stderr


def test_a_go_needs_them_where_policy_says_so(governed: Desk, tmp_path: Path) -> None:
    desk = copy_of(governed, tmp_path / "desk")
    desk.run()
    assert "Remote checks     not seen" in desk.gonogo("show", "latest").stdout
    code, said = decide(desk, "GO")
    assert (code, "REMOTE_CHECKS_REQUIRED" in said) == (5, True)
    later = ("--condition", "read the log; owner=ada; due=2036-01-01")
    code, said = decide(desk, "GO-WITH-CONDITIONS", *later)
    assert (code, "CONDITION_MISSING" in said) == (5, True)
    named = ("--condition", "A-REMOTE: look at the forge; owner=ada; due=2036-01-01")
    assert decide(desk, "GO-WITH-CONDITIONS", *named)[0] == 4


def test_seen_green_they_release_and_verify_says_so_again(governed: Desk, tmp_path: Path) -> None:
    desk = copy_of(governed, tmp_path / "desk")
    desk.run("--remote-checks", snapshot(desk, "success"))
    card = desk.gonogo("show", "latest").stdout
    assert "PASS: Remote checks of this commit: success: Lint Gate." in card
    assert decide(desk, "GO")[0] == 0
    assert desk.gonogo("verify", "latest").returncode == 0


def test_a_failed_one_is_covered_by_nothing(governed: Desk, tmp_path: Path) -> None:
    desk = copy_of(governed, tmp_path / "desk")
    desk.run("--remote-checks", snapshot(desk, "failure"))
    named = ("--condition", "A-REMOTE: x; owner=ada; due=2036-01-01")
    code, said = decide(desk, "GO-WITH-CONDITIONS", *named)
    assert (code, "REMOTE_CHECKS_FAILED" in said) == (5, True)
    assert decide(desk, "NO-GO")[0] == 1


def test_a_file_that_is_none_starts_no_run(governed: Desk, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("{}")
    before = governed.json("inbox", "--all", code=0)["runs"]
    done = governed.gonogo("run", "--layer", "L0", "--reason", "x", "--remote-checks", str(tmp_path / "f"))
    assert (done.returncode, "REMOTE_CHECKS_UNREADABLE" in done.stderr) == (2, True)
    assert governed.json("inbox", "--all", code=0)["runs"] == before
