"""``gonogo handoff import``: what lies in the run's place here, and what this machine's log knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.world import World
from gonogo_evidence.ids import Digest, RunId
from gonogo_evidence.index import Entry
from gonogo_graph.index import append
from gonogo_graph.session import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk


def test_what_lies_in_the_place_of_a_run_is_moved_aside_never_removed(
    handed: tuple[Desk, str, Path, str], operator: Desk
) -> None:
    _, run, file, digest = handed
    lost = operator.state_folder() / "runs" / run / "pack" / "EVP-4BM2-L0-20260109-001"
    lost.mkdir(parents=True)
    (lost / "seal.json").write_bytes(b"{}")
    operator.json("handoff", "import", str(file), "--digest", digest, code=4)
    assert not lost.exists()
    (aside,) = (operator.state_folder() / "runs").glob(f"{run}.aside-*/pack/*/seal.json")
    assert aside.read_bytes() == b"{}"


def test_a_run_that_the_log_has_is_known_whatever_the_letter_says_of_its_inputs(
    handed: tuple[Desk, str, Path, str], operator: Desk
) -> None:
    _, run, file, digest = handed
    details = {"layer_id": "L0", "git_ref": "0" * 40, "operator_id": "ada", "mode": "live"}
    intent = Entry("intent", RunId(run), "2026-01-09T10:00:00Z", run, Digest("0" * 64), details)
    with open_session(World(env=operator.environment()), operator.repo.path) as session:
        append(session.places, [intent])
    refused = operator.gonogo("handoff", "import", str(file), "--digest", digest)
    assert (refused.returncode, "HANDOFF_KNOWN" in refused.stderr, "LOST" in refused.stderr) == (5, True, True)
