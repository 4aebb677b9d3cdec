"""A run says which gates its configuration declares, and ``gonogo verify`` asks the very files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from support.bad_input import Said
    from support.desk import Desk

OWN = b'schema = "gonogo/gates/v1"\n'


def _found(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str]]:
    checks = json.loads(done.stdout)["checks"]
    return [(one["code"], one["verdict"], one["where"]) for one in checks if one["id"] == "verdict.gates"]


def test_the_files_that_declare_gates_are_at_hand_where_the_run_was(gonogo: Said, held: Desk) -> None:
    done = gonogo(held, "verify", "latest", "--json")
    assert _found(done) == [("OK", "PASS", "")], done.stderr


def test_a_gate_that_the_commit_adds_is_declared_by_the_commit(gonogo: Said, desk: Desk) -> None:
    gate = b'[[gate]]\nname = "own"\nstep = "E"\nhard = false\nkind = "ruff"\npurpose = "x"\npaths = ["."]\n'
    desk.repo.commit({".gonogo/gates.toml": OWN + gate + b"timeout_seconds = 60\n"})
    assert gonogo(desk, "run", "--layer", "L0", "--reason", "x").returncode == 4
    done = gonogo(desk, "verify", "latest", "--json")
    assert _found(done) == [("OK", "PASS", "")], done.stderr
