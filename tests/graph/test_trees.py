"""A whole run whose gate does what it may not: it fails, names duty and command, and the pack holds the evidence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.desk import Desk, make_desk
from support.mutations import naming_tests


def enrolled(folder: Path, code: str, more: str) -> Desk:
    """A desk whose trust side names a tests gate that runs this code."""
    desk = make_desk(folder)
    desk.enrol()
    (trust,) = desk.trust_folders()
    for name, words in naming_tests("{python}", "-c", code).items():
        text = words.replace('output = "pytest"', f'output = "exit"\n{more}').replace("argv = [", "argv = [", 1)
        (trust / name).write_text(text)
        (trust / name).chmod(0o600)
    return desk


def played(desk: Desk) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The run, the checks of all duties by id, and the sealed environment."""
    run = desk.run()
    pack = Path(run["pack"])
    report, around = (
        json.loads((pack / name).read_text()) for name in ("core/validator-report.json", "environment.json")
    )
    return run, {check["id"]: check for check in report["checks"]}, around


@pytest.mark.parametrize("where", ["tree", "hooks"])
def test_a_gate_that_writes_where_it_may_not_fails_the_run(tmp_path: Path, where: str) -> None:
    place = {"tree": "src/sample.py", "hooks": str(tmp_path / "repo/.git/hooks/post-checkout")}[where]
    desk = enrolled(tmp_path, f"open('{place}', 'w').write('x')", 'unfenced = "to see it"')
    run, checks, around = played(desk)
    assert run["verdict"] == "FAIL"
    name = {"tree": "E-TREE", "hooks": "E-DESK"}[where]
    assert checks[name]["verdict"] == "FAIL"
    words = checks[name]["text"]["text"]
    assert "tests (3.11)" in words
    assert "step E, CI_GUARDIAN" in words
    trees = around["observed"]["validation"]["tests (3.11)"]["trees"]
    told = {"tree": trees["tree"], "hooks": trees["desk_guarded"]}[where]
    assert told == {"tree": [{"path": place, "how": "content"}], "hooks": ["git: hooks", "git: modes"]}[where]
    assert around["trees"]["broken"] == ["tests (3.11)"]
