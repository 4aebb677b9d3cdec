"""``gonogo handoff``: a run leaves one machine and is decided on another, once; a file that lies is not taken up."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.mcp.desk import ChatDesk
from gonogo_agents.workers import DutyCrashed, Workers
from gonogo_agents.world import World
from gonogo_evidence import canonical, dsse
from gonogo_graph.chat import By
from gonogo_graph.drive import carry_on
from gonogo_graph.handoff import archive, letter
from gonogo_graph.refusals import DENIED
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_graph.store import Refusal
from gonogo_policies.packaged import packaged_config
from support.crash import copy_of
from support.desk import Desk, make_desk, make_key
from support.model_desk import CRITIC, PROPOSER, critique, give_providers, model_desk, proposal
from support.model_server import model_server
from support.repos import Repo, make_repo

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from gonogo_agents.duty import Ask
    from gonogo_agents.workers import Played, Task
    from gonogo_graph.context import RunContext
    from support.bad_input import Said


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A machine without a key whose one run waits, and the run."""
    desk = make_desk(tmp_path_factory.mktemp("ci"), key=False)
    return desk, str(desk.run("--operator", "ci")["run_id"])


@pytest.fixture(scope="module")
def handed(night: tuple[Desk, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str, Path, str]:
    """The same machine after it handed the run over: run, file and digest too."""
    source, run = night
    desk, file = copied(source, tmp_path_factory.mktemp("handed")), tmp_path_factory.mktemp("file") / "a.handoff"
    said = desk.json("handoff", "export", run, str(file), "--operator", "ci", code=0)
    return desk, run, file, said["digest"]


@pytest.fixture(scope="module")
def enrolled_elsewhere(night: tuple[Desk, str], tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The operator's machine: a clone, a key, a ledger and a trust store of its own."""
    folder = tmp_path_factory.mktemp("operator")
    subprocess.run(["git", "clone", "-q", str(night[0].repo.path), str(folder / "repo")], check=True)
    (folder / "home").mkdir()
    desk = Desk(folder / "home", Repo(folder / "repo", night[0].repo.branch, list(night[0].repo.commits)))
    make_key(desk.key)
    desk.enrol()
    desk.let_unproven_sign()
    return desk


@pytest.fixture
def operator(enrolled_elsewhere: Desk, tmp_path: Path) -> Desk:
    return copy_of(enrolled_elsewhere, tmp_path / "operator")


def copied(desk: Desk, folder: Path) -> Desk:
    """A desk without a trust store, elsewhere."""
    shutil.copytree(desk.home, folder / "home", symlinks=True)
    shutil.copytree(desk.repo.path, folder / "repo", symlinks=True)
    return Desk(folder / "home", Repo(folder / "repo", desk.repo.branch, list(desk.repo.commits)), dict(desk.env))


def test_a_run_is_measured_here_and_decided_there_once(
    handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path
) -> None:
    source, run, file, digest = handed
    assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
    taken = operator.json("handoff", "import", str(file), "--digest", f"sha256:{digest}", code=4)
    assert (taken["state"], taken["verdict"], taken["recommendation"]) == ("AWAITING_OPERATOR", "PASS", "GO")
    signed = operator.json("sign", run, "--decision", "GO", "--reason", "read", code=0)
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


def test_nobody_who_is_known_vouches_and_reproducing_does(handed: tuple[Desk, str, Path, str], operator: Desk) -> None:
    _, _, file, _ = handed
    done = operator.gonogo("handoff", "import", str(file))
    assert (done.returncode, "HANDOFF_UNVOUCHED" in done.stderr) == (5, True)
    assert operator.json("handoff", "import", str(file), "--reproduce", code=4)["verdict"] == "PASS"


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
    world = World(env=desk.environment())
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


def play_chat(desk: Desk, run: str, said: dict[int, dict[str, Any]]) -> None:
    """Hand in for each due duty until none is."""
    chat, empty = ChatDesk(World(env=desk.environment()), desk.repo.path), {"verdict": "PASS", "claims": []}
    while (due := chat.status(run)["runs"][0]["due"]) is not None:
        words = {"schema": "gonogo/contribution/v1", **said.get(due["number"], empty)}
        chat.hand_in(run, due["role"], words, By("mcp", "tests 1", "m", "asserted"))


# Files that are not what they say.


def rebuilt(file: Path, target: Path, change: Callable[[Path], None]) -> str:
    """The file with something changed in it, in the one form; its digest."""
    folder = target.with_suffix(".folder")
    archive.unpack(file, folder)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    change(folder)
    members = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    return archive.write(target, list(members))


def _core(folder: Path) -> None:
    path = folder / "pack" / "core" / "pack.json"
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))


def _sealed_extra(folder: Path) -> None:
    (folder / "pack" / "data" / "more.txt").write_bytes(b"x")


def _outside_pack(folder: Path) -> None:
    (folder / "more").write_bytes(b"x")


def _no_letter(folder: Path) -> None:
    (folder / letter.NAME).write_bytes(b"{}")


def _other_engine(folder: Path) -> None:
    said = dsse.parse((folder / letter.NAME).read_bytes())
    (folder / letter.NAME).write_bytes(dsse.sign(said.payload_type, said.payload, dsse.new_engine_key()))


def _engine_swapped(folder: Path) -> None:
    """A letter and an engine key of the attacker's: everything else is as it was."""
    key = dsse.new_engine_key()
    said = dsse.parse((folder / letter.NAME).read_bytes())
    (folder / letter.NAME).write_bytes(dsse.sign(said.payload_type, said.payload, key))
    (folder / "pack" / "review" / "engine.pub").write_bytes(dsse.public_pem(key))


CHANGES = {
    "core": (_core, 6), "more sealed": (_sealed_extra, 6), "more": (_outside_pack, 6), "no letter": (_no_letter, 6),
    "other engine": (_other_engine, 6), "engine swapped": (_engine_swapped, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_file_leaves_nothing_behind(
    name: str, handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    change, code = CHANGES[name]
    digest = rebuilt(handed[2], tmp_path / "f", change)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert done.returncode == code, done.stderr
    nothing_there(operator)


def nothing_there(desk: Desk) -> None:
    """No run, no folder, no half of one."""
    assert not list(desk.home.rglob("runs/*"))
    assert not list(desk.home.rglob("*.partial"))
    assert desk.json("inbox", "--all", code=0)["runs"] == []


def resealed(file: Path, target: Path, key: bytes, **words: Any) -> str:  # noqa: ANN401 - fields of a letter
    """The file with another letter in it, by the engine that sealed the pack."""

    def change(folder: Path) -> None:
        said = letter.read((folder / letter.NAME).read_bytes(), dsse.load_public(dsse.public_pem(key)))
        sealed = replace(said, **words)
        (folder / letter.NAME).write_bytes(letter.write(sealed, lambda data: dsse.sign(_type(folder), data, key)))

    return rebuilt(file, target, change)


def _type(folder: Path) -> str:
    return dsse.parse((folder / letter.NAME).read_bytes()).payload_type


LETTERS: dict[str, tuple[dict[str, Any], str, int]] = {
    "over": ({"expires": "2026-01-01T00:00:00Z"}, "HANDOFF_EXPIRED", 5),
    "other repository": ({"root_commit": "0" * 40}, "HANDOFF_OTHER_REPOSITORY", 5),
    "other steps": ({"graph_version": "x"}, "HANDOFF_OTHER_VERSION", 5),
    "run that climbs": ({"run_id": "../../x"}, "HANDOFF_LETTER", 6),
    "pack that climbs": ({"pack_id": "../x"}, "HANDOFF_LETTER", 6),
    "other run": ({"run_id": "20260109-000000-aaaaaa"}, "HANDOFF_LETTER", 6),
    "other pack": ({"pack_digest": "0" * 64}, "HANDOFF_LETTER", 6),
    "no time": ({"expires": "never"}, "HANDOFF_LETTER", 6),
}


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_that_does_not_fit_here_is_refused_even_from_the_engine_itself(
    name: str, handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    words, code, exit_code = LETTERS[name]
    key = (handed[0].state_folder() / "engine.key").read_bytes()
    digest = resealed(handed[2], tmp_path / "f", key, **words)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert (done.returncode, code in done.stderr) == (exit_code, True), done.stderr
    nothing_there(operator)


@pytest.mark.parametrize(("field", "value"), [("gates", []), ("guardrails", {}), ("roles", {}), ("scope_limits", None)])
def test_a_run_under_other_gates_or_rights_than_this_machines_is_refused(
    field: str,
    value: Any,  # noqa: ANN401 - of any type
    handed: tuple[Desk, str, Path, str],
    operator: Desk,
    tmp_path: Path,
    gonogo: Said,
) -> None:
    key = (handed[0].state_folder() / "engine.key").read_bytes()
    said = letter.read(_letter_of(handed[2], tmp_path), dsse.load_public(dsse.public_pem(key)))
    inputs = canonical.loads_object(canonical.dumps({**said.inputs, field: value}))
    digest = resealed(handed[2], tmp_path / "f", key, inputs=inputs)
    done = gonogo(operator, "handoff", "import", str(tmp_path / "f"), "--digest", digest)
    assert (done.returncode, "HANDOFF_INPUTS" in done.stderr, field in done.stderr) == (5, True, True), done.stderr


def _letter_of(file: Path, tmp_path: Path) -> bytes:
    archive.unpack(file, tmp_path / "looked")
    return (tmp_path / "looked" / letter.NAME).read_bytes()


def test_the_wrong_digest_is_refused(handed: tuple[Desk, str, Path, str], operator: Desk, gonogo: Said) -> None:
    done = gonogo(operator, "handoff", "import", str(handed[2]), "--digest", "0" * 64)
    assert (done.returncode, "HANDOFF_DIFFERS" in done.stderr) == (6, True)


def test_another_repository_and_a_clone_without_the_commit_are_told(
    handed: tuple[Desk, str, Path, str], operator: Desk, tmp_path: Path, gonogo: Said
) -> None:
    make_repo(tmp_path / "other", {"a.txt": "x\n"})
    words = ("handoff", "import", str(handed[2]), "--digest", handed[3])
    done = gonogo(operator, *words, "--repo", str(tmp_path / "other"))
    assert (done.returncode, "HANDOFF_OTHER_REPOSITORY" in done.stderr) == (5, True)
    operator.repo.git("update-ref", "-d", "refs/remotes/origin/main")
    operator.repo.git("reset", "-q", "--hard", "HEAD~1")
    operator.repo.git("reflog", "expire", "--expire=now", "--all")
    operator.repo.git("gc", "-q", "--prune=now")
    done = gonogo(operator, *words)
    assert (done.returncode, "HANDOFF_COMMIT_MISSING" in done.stderr) == (3, True), done.stderr
