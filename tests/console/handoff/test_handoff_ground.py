"""``gonogo handoff``: why a file is believed, and what a run made again here does not vouch for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_graph.handoff.ground import claimed_more
from support.desk import Desk
from support.handed import copied, nothing_there
from support.model_desk import CRITIC, PROPOSER, critique, give_providers, model_desk, proposal
from support.model_server import model_server

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_who_is_known_vouches_and_reproducing_does(handed: tuple[Desk, str, Path, str], operator: Desk) -> None:
    _, _, file, _ = handed
    done = operator.gonogo("handoff", "import", str(file))
    assert (done.returncode, "HANDOFF_UNVOUCHED" in done.stderr) == (5, True)
    assert operator.json("handoff", "import", str(file), "--reproduce", code=4)["verdict"] == "PASS"


def test_a_re_run_believes_no_smaller_change(night: tuple[Desk, str], operator: Desk, tmp_path: Path) -> None:
    source, file = copied(night[0], tmp_path / "ci"), tmp_path / "f"
    run = source.run("--operator", "ci", "--base", "HEAD")["run_id"]
    source.json("handoff", "export", run, str(file), "--operator", "ci", code=0)
    done = operator.gonogo("handoff", "import", str(file), "--reproduce")
    assert (done.returncode, "HANDOFF_NOT_REPRODUCED" in done.stderr, "base" in done.stderr) == (5, True, True)
    nothing_there(operator)


FENCE = {"observed": {"validation": {"tests": {"fence": {"level": "fenced"}}}}}
MORE: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"isolation": "sealed"}, {"isolation": "process"}, "isolation: sealed, process"),
    ({"isolation": "perfect"}, {"isolation": "sealed"}, "isolation: perfect, sealed"),
    ({"layers": ["landlock", "seccomp"]}, {"layers": ["seccomp"]}, "layers: landlock"),
    (FENCE, {}, "fence: tests"),
    (FENCE, FENCE, ""),
    ({"isolation": "none", "layers": []}, {"isolation": "sealed", "layers": ["landlock"]}, ""),
]


@pytest.mark.parametrize(("said", "made", "more"), MORE)
def test_what_a_hand_over_claims_beyond_the_run_made_here(
    said: dict[str, Any], made: dict[str, Any], more: str
) -> None:
    assert next(claimed_more(said, made), "") == more


def test_a_re_run_vouches_for_no_word_of_the_forge(night: tuple[Desk, str], operator: Desk, tmp_path: Path) -> None:
    source, said = copied(night[0], tmp_path / "ci"), tmp_path / "checks.json"
    said.write_text(json.dumps({"headRefOid": source.repo.commits[-1], "statusCheckRollup": []}))
    run = source.run("--operator", "ci", "--remote-checks", str(said))["run_id"]
    file = tmp_path / "f"
    digest = source.json("handoff", "export", run, str(file), "--operator", "ci", code=0)["digest"]
    done = operator.gonogo("handoff", "import", str(file), "--reproduce")
    assert (done.returncode, "HANDOFF_UNVOUCHED" in done.stderr) == (5, True), done.stderr
    nothing_there(operator)
    operator.json("handoff", "import", str(file), "--digest", digest, code=4)


def test_a_re_run_vouches_for_no_word_of_a_model(operator: Desk, tmp_path: Path) -> None:
    with model_server() as server:
        source = model_desk(tmp_path / "ci", server)
        server.say(PROPOSER, proposal())
        server.say(CRITIC, critique())
        run, file = source.run("--mode", "live")["run_id"], tmp_path / "f"
        source.json("handoff", "export", run, str(file), code=0)
        other = Desk(operator.home, source.repo)
        other.enrol()
        give_providers(other, server)
        done = other.gonogo("handoff", "import", str(file), "--reproduce")
    assert (done.returncode, "HANDOFF_UNVOUCHED" in done.stderr) == (5, True), done.stderr
    nothing_there(other)
