"""``gonogo handoff``: a run leaves one machine and is decided on another, once; a file that lies is not taken up."""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from gonogo.mcp.desk import ChatDesk
from gonogo_agents.workers import DutyCrashed, Workers
from gonogo_evidence import dsse
from gonogo_graph.chat import By
from gonogo_graph.drive import carry_on
from gonogo_graph.handoff import letter
from gonogo_graph.refusals import DENIED
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_graph.store import Refusal
from gonogo_policies.packaged import packaged_config
from support.desk import Desk, make_key
from support.handed import copied
from support.quick import quick_world

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from gonogo_agents.duty import Ask
    from gonogo_agents.workers import Played, Task
    from gonogo_graph.context import RunContext
    from support.bad_input import Said


def test_a_run_is_measured_here_and_decided_there_once(
    decided: tuple[Desk, Any, Any], handed: tuple[Desk, str, Path, str], tmp_path: Path
) -> None:
    source, (_, run, file, digest) = copied(handed[0], tmp_path / "source"), handed
    operator, taken, signed = decided
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    assert (taken["state"], taken["verdict"], taken["recommendation"]) == ("AWAITING_OPERATOR", "PASS", "GO")
    assert (signed["state"], signed["decision"]) == ("COMMITTED", "GO")
    assert operator.gonogo("verify", run).returncode == 0

    again = operator.gonogo("handoff", "import", str(file), "--digest", digest)
    assert (again.returncode, "HANDOFF_KNOWN" in again.stderr, "COMMITTED" in again.stderr) == (5, True, True)
    source.gonogo("init", "--yes", "--operator", "eve", "--public-key", f"{make_key(tmp_path / 'eve')}.pub")
    refused = source.gonogo("sign", run, "--decision", "GO", "--reason", "x", "--key", str(tmp_path / "eve"))
    assert (refused.returncode, "RUN_ABANDONED" in refused.stderr) == (5, True)
    assert source.json("show", run, code=0)["state"] == "ABANDONED"
    kinds = [one["kind"] for one in operator.json("index", "list", code=0)["entries"]]
    assert kinds == ["foreign-checkpoint", "intent", "pack", "decision"]


def test_the_card_says_where_it_was_measured_and_the_policy_is_this_machines(
    handed: tuple[Desk, str, Path, str], operator: Desk
) -> None:
    _, run, file, digest = handed
    operator.json("handoff", "import", str(file), "--digest", digest, code=4)
    shown = operator.gonogo("show", run).stdout
    assert "Handed over" in shown
    assert "trust: local" in shown
    pack = operator.repo.path / "data" / "evidence_packs"
    (review,) = pack.glob("*/review")
    asked = json.loads(dsse.parse((review / "request.json").read_bytes()).payload)["predicate"]
    assert asked["policy_digest"] is not None
    assert letter.NAME in json.loads((review / "review.json").read_bytes())["files"]


def test_a_lost_file_is_written_again_and_is_the_same(
    handed: tuple[Desk, str, Path, str], tmp_path: Path, gonogo: Said
) -> None:
    source, run, file, digest = handed
    done = gonogo(source, "handoff", "export", run, str(tmp_path / "again"), "--operator", "ci", "--json")
    assert (json.loads(done.stdout)["digest"], (tmp_path / "again").read_bytes()) == (digest, file.read_bytes())
    there = gonogo(source, "handoff", "export", run, str(tmp_path / "again"), "--operator", "ci")
    assert (there.returncode, "HANDOFF_FILE_THERE" in there.stderr) == (2, True)
    other = gonogo(source, "handoff", "export", run, str(tmp_path / "b"), "--operator", "ci", "--for", vkey(source))
    assert (other.returncode, "HANDOFF_CHANGED" in other.stderr, (tmp_path / "b").exists()) == (6, True, False)


def vkey(desk: Desk) -> str:
    """The verifier key file of a desk's log."""
    return str(desk.state_folder() / "index.vkey")


def test_a_file_may_name_the_one_ledger_that_takes_it_up(
    night: tuple[Desk, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    source, run = copied(night[0], tmp_path / "ci"), night[1]
    done = gonogo(source, "handoff", "export", run, str(tmp_path / "f"), "--operator", "ci", "--for", vkey(source))
    assert done.returncode == 0, done.stderr
    refused = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", done.stdout.strip())
    assert (refused.returncode, "HANDOFF_ADDRESSEE" in refused.stderr) == (5, True)


def test_a_run_that_somebody_signed_stays_where_it_is(
    operator: Desk, handed: tuple[Desk, str, Path, str], tmp_path: Path
) -> None:
    _, run, file, digest = handed
    operator.json("handoff", "import", str(file), "--digest", digest, code=4)
    operator.json("sign", run, "--decision", "GO", "--reason", "x", "--no-resume", code=4)
    done = operator.gonogo("handoff", "export", run, str(tmp_path / "f"))
    assert (done.returncode, "HANDOFF_SIGNED" in done.stderr, (tmp_path / "f").exists()) == (5, True, False)


def test_what_a_role_was_refused_elsewhere_fails_the_run_here_too(
    night: tuple[Desk, str], operator: Desk, tmp_path: Path
) -> None:
    source = copied(night[0], tmp_path / "ci")
    with begun(source) as context:
        words = ("paths_forbidden", "FACTS_COLLECTOR B repo.read")
        context.store.add_refusal(Refusal(context.run_id, context.stamp(), DENIED, *words))
        row = carry_on(context).row
    assert (row.verdict, row.recommendation) == ("FAIL", "NO-GO")
    taken = hand_over(source, row.run_id, operator, tmp_path / "f")
    assert (taken["verdict"], taken["recommendation"]) == ("FAIL", "NO-GO")
    refused = operator.gonogo("sign", row.run_id, "--decision", "GO", "--reason", "x")
    assert refused.returncode == 5, refused.stderr


@contextmanager
def begun(desk: Desk) -> Generator[RunContext, None, None]:
    """A run of the desk that nobody has carried on yet."""
    world = quick_world(desk.environment())
    with open_session(world, desk.repo.path) as session:
        yield start_run(
            Options(layer="L0", reason="test", operator="ci"),
            world=world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )


class Breaking(Workers):
    """Workers of whom one breaks off."""

    def play(self, task: Task, view: Mapping[str, bytes], ask: Ask) -> Played:
        if task.field == "inventory":
            raise DutyCrashed("MemoryError", "")
        return super().play(task, view, ask)


def test_a_duty_that_broke_off_is_not_done_again_elsewhere(
    night: tuple[Desk, str], operator: Desk, tmp_path: Path
) -> None:
    source = copied(night[0], tmp_path / "ci")
    with begun(source) as context:
        crew = Breaking(context.world)
        try:
            row = carry_on(context, crew=crew).row
        finally:
            crew.close()
    taken = hand_over(source, row.run_id, operator, tmp_path / "f")
    assert (row.verdict, taken["verdict"], taken["pack_digest"]) == ("INCONCLUSIVE", "INCONCLUSIVE", row.pack_digest)
    refused = operator.gonogo("sign", row.run_id, "--decision", "GO", "--reason", "x")
    assert refused.returncode == 5, refused.stderr


def hand_over(source: Desk, run: str, target: Desk, file: Path) -> dict[str, Any]:
    digest = source.json("handoff", "export", run, str(file), "--operator", "ci", code=0)["digest"]
    taken: dict[str, Any] = target.json("handoff", "import", str(file), "--digest", digest, code=4)
    return taken


def test_objections_of_a_chat_cross_with_their_run(night: tuple[Desk, str], operator: Desk, tmp_path: Path) -> None:
    source = copied(night[0], tmp_path / "ci")
    asked = ("--driver", "chat", "--layer", "L0", "--reason", "x", "--operator", "ci")
    run = str(source.json("run", *asked, code=4)["run_id"])
    doubt = {"verdict": "INCONCLUSIVE", "reason": "the goal promises what nobody measured"}
    play_chat(source, run, {3: doubt, 8: {"verdict": "FAIL", "reason": "the risk is not borne"}})
    handed = hand_over(source, run, operator, tmp_path / "f")
    assert handed["due"]["number"] == 9, "who objected after the seal has spoken; step G is done again around it"
    play_chat(operator, run, {})
    shown = operator.json("show", run, code=0)
    assert shown["recommendation"] == "NO-GO", "for a doubt alone it would be GO-WITH-CONDITIONS"
    assert {one["id"] for one in shown["blockers"]} == {"SAID-3-SCOPE_KEEPER", "SAID-8-RISK_OFFICER"}
    assert operator.gonogo("sign", run, "--decision", "GO", "--reason", "x").returncode == 5


def play_chat(desk: Desk, run: str, said: dict[int, dict[str, Any]]) -> None:
    """Hand in for each due duty until none is."""
    chat, empty = ChatDesk(quick_world(desk.environment()), desk.repo.path), {"verdict": "PASS", "claims": []}
    while (due := chat.status(run)["runs"][0]["due"]) is not None:
        words = {"schema": "gonogo/contribution/v1", **said.get(due["number"], empty)}
        chat.hand_in(run, due["role"], words, By("mcp", "tests 1", "m", "asserted"))
