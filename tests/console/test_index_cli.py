"""``gonogo index`` at an operator's desk: listing, proving, checking, appending, comparing, and every refusal."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import click
import pytest

from gonogo.cli.context import Output
from gonogo.cli.index import command
from gonogo_agents.world import World
from gonogo_evidence import merkle
from gonogo_evidence.errors import BadInput, GonogoError, IntegrityBroken, Refused
from gonogo_evidence.index import Signer, checkpoint, from_envelope, open_log, parse_vkey, proof
from gonogo_graph import index as writing
from gonogo_graph.session import open_session
from support.crash import copy_of
from support.desk import Desk, make_desk
from support.logs import ENGINE, engine_pem, log_of, runs, signed, signer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk whose only run waits at the hold point and stands in the index."""
    desk = make_desk(tmp_path_factory.mktemp("ready"))
    desk.enrol()
    desk.run()
    with open_session(World(env=desk.environment()), desk.repo.path) as session:
        writing.catch_up(session.context(session.find("latest")))
    return desk


@pytest.fixture
def desk(ready: Desk, tmp_path: Path) -> Desk:
    return copy_of(ready, tmp_path / "desk")


class Seat:
    """Calls the group in this process."""

    def __init__(self, env: dict[str, str], capture: pytest.CaptureFixture[str]) -> None:
        self.output = Output(env=env, given=World(env=env))
        self._capture = capture

    def __call__(self, *words: str) -> tuple[int, str]:
        self.output.json = False
        code = command.main(list(words), obj=self.output, standalone_mode=False)
        return (code if isinstance(code, int) else 0), self._capture.readouterr().out

    def json(self, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - whatever the document holds
        found, out = self(*words, "--json")
        assert found == code, out
        return json.loads(out)


@pytest.fixture
def seat(desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Seat:
    monkeypatch.chdir(desk.repo.path)
    return Seat(desk.environment(), capsys)


@pytest.fixture
def far(capsys: pytest.CaptureFixture[str]) -> Seat:
    """An auditor without a repository."""
    return Seat({}, capsys)


def test_list(seat: Seat) -> None:
    found = seat.json("list")
    assert (found["schema"], found["size"]) == ("gonogo/index-list/v1", 2)
    assert [(one["number"], one["kind"]) for one in found["entries"]] == [(0, "intent"), (1, "pack")]
    assert [one["number"] for one in seat.json("list", "--limit", "1")["entries"]] == [1]
    run = found["entries"][0]["run_id"]
    assert len(seat.json("list", "--kind", "pack", "--run", run)["entries"]) == 1
    assert seat.json("list", "--run", "1999")["entries"] == []
    assert seat("list")[1].count("\n") == 2


def test_prove(seat: Seat, desk: Desk) -> None:
    document = seat.json("prove", "latest")
    assert document["number"] == 1
    _, text = seat("prove", "1")
    assert seat("prove", document["subject"])[1] == text
    made = proof.parse(text.encode())
    one = from_envelope(document["envelope"].encode(), made.extra or b"")
    assert made.holds(one.leaf)
    (folder,) = desk.trust_folders()
    key = parse_vkey((folder / "index.vkey").read_text().strip())
    checkpoint.require(made.checkpoint, [key])
    bundle = seat.json("prove", "1", "--bundle")
    assert base64.b64decode(bundle["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"]) == one.leaf
    since = seat.json("prove", "--since", "1")
    old, path = base64.b64decode(since["since_root"]), [base64.b64decode(one) for one in since["hashes"]]
    assert merkle.verify_consistency(1, 2, old, bytes.fromhex(since["root"]), path)


@pytest.mark.parametrize("words", [("prove",), ("prove", "1", "--since", "1")])
def test_prove_wants_one_thing(seat: Seat, words: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        seat(*words)


@pytest.mark.parametrize("words", [("prove", "77"), ("prove", "--since", "77")])
def test_an_entry_that_is_not_there(seat: Seat, words: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="INDEX_NO_ENTRY"):
        seat(*words)


def test_check_finds_nothing_wrong_and_remembers(seat: Seat, desk: Desk) -> None:
    document = seat.json("check")
    assert (document["verdict"], document["exit_code"]) == ("PASS", 0)
    (folder,) = desk.trust_folders()
    (memory,) = folder.glob("index-*.seen")
    assert memory.read_bytes() == (desk.state_folder() / "index/checkpoint").read_bytes()


def test_check_finds_a_rollback(seat: Seat, desk: Desk, tmp_path: Path) -> None:
    where = desk.state_folder() / "index"
    shutil.copytree(where, tmp_path / "older")
    seat("append", "revocation", "--pack", "0" * 64, "--reason", "wrong data")
    shutil.rmtree(where)
    shutil.copytree(tmp_path / "older", where)
    document = seat.json("check", code=6)
    assert "INDEX_ROLLED_BACK" in {one["code"] for one in document["checks"]}
    with pytest.raises(IntegrityBroken, match="INDEX_ROLLED_BACK"):
        seat("append", "revocation", "--pack", "1" * 64, "--reason", "wrong data")


def test_check_of_a_folder_with_keys_that_are_brought(far: Seat, tmp_path: Path) -> None:
    where = log_of(tmp_path / "log", runs(*range(3)))
    (tmp_path / "key").write_text(signer().verifier.line + "\n")
    (tmp_path / "engine.pub").write_bytes(engine_pem())
    named = ("check", "--index", str(where))
    brought = ("--vkey", str(tmp_path / "key"), "--engine-key", str(tmp_path / "engine.pub"))
    assert far.json(*named, *brought)["verdict"] == "PASS"
    assert {one["code"] for one in far.json(*named)["checks"] if one["limit"]} >= {"INDEX_KEY_UNKNOWN"}
    assert far("list", "--index", str(where))[0] == 0
    assert "c2sp.org/tlog-proof@v1" in far("prove", "--index", str(where), str(runs(2)[0].entry.run_id))[1]
    with pytest.raises(BadInput, match="INDEX_NOT_FOUND"):
        far("check", "--index", str(tmp_path / "none"))


def test_how_far_it_is_is_said_on_long_work(far: Seat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.cli.index_check.MANY", 100)
    monkeypatch.setattr("gonogo_evidence.verify.index_log.STEP", 50)
    where = log_of(tmp_path / "log", [signed("intent", number) for number in range(200)])
    said: list[str] = []
    monkeypatch.setattr(Output, "say", lambda _, text: said.append(str(text)))
    far("check", "--index", str(where))
    assert said == [f"{done} of 200 entries read" for done in (50, 100, 150, 200)]


def test_append_a_revocation_once(seat: Seat) -> None:
    words = ("append", "revocation", "--key", "a" * 64, "--reason", "lost", "--compromised-at", "2026-01-01T00:00:00Z")
    first = seat.json(*words)
    assert seat.json(*words)["number"] == first["number"] == 2
    (entry,) = seat.json("list", "--kind", "revocation")["entries"]
    assert entry["details"] == {"what": "key", "reason": "lost", "compromised_at": "2026-01-01T00:00:00Z"}


def test_append_a_key_rotation(seat: Seat) -> None:
    fresh = parse_vkey(seat.json("append", "key-rotation", "--reason", "yearly")["vkey"])
    seat("append", "revocation", "--pack", "0" * 64, "--reason", "wrong data")
    document = seat.json("check")
    assert (document["verdict"], document["size"]) == ("PASS", 4)
    assert fresh.name == document["origin"]


def test_append_another_machines_log(seat: Seat, tmp_path: Path) -> None:
    theirs = Signer("gonogo/other/0123456789ab", ENGINE)
    (tmp_path / "key").write_text(theirs.verifier.line)
    notes = []
    for count in (1, 2):
        with open_log(log_of(tmp_path / "log", runs(*range(count)), theirs)) as log:
            notes.append(tmp_path / f"checkpoint{count}")
            notes[-1].write_bytes(log.note)
    words = ("append", "foreign-checkpoint", "--vkey", str(tmp_path / "key"), "--checkpoint")
    assert seat.json(*words, str(notes[1]))["number"] == 2
    with pytest.raises(IntegrityBroken, match="INDEX_ROLLED_BACK"):
        seat(*words, str(notes[0]))
    (tmp_path / "key").write_text(signer().verifier.line)
    with pytest.raises(Refused, match="INDEX_KEY_UNKNOWN"):
        seat(*words, str(notes[1]))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("revocation", "--pack", "0" * 64), "INDEX_APPEND_NEEDS"),
        (("revocation", "--reason", "x"), "INDEX_APPEND_NEEDS"),
        (("revocation", "--reason", "x", "--pack", "0" * 64, "--key", "0" * 64), "INDEX_APPEND_NEEDS"),
        (("revocation", "--reason", "x", "--pack", "0" * 63), "DIGEST_FORM"),
        (("revocation", "--reason", "x", "--pack", "0" * 64, "--compromised-at", "yesterday"), "INDEX_ENTRY_INPUT"),
        (("key-rotation",), "INDEX_APPEND_NEEDS"),
        (("foreign-checkpoint",), "INDEX_APPEND_NEEDS"),
        (("foreign-checkpoint", "--checkpoint", "README.md", "--vkey", "README.md"), "VKEY_NONE"),
        (("foreign-checkpoint", "--checkpoint", "none", "--vkey", "none"), "FILE_NOT_FOUND"),
    ],
)
def test_append_refuses_in_words(seat: Seat, words: tuple[str, ...], code: str) -> None:
    with pytest.raises(GonogoError) as caught:
        seat("append", *words)
    assert caught.value.code == code
    assert seat.json("list")["size"] == 2


@pytest.mark.parametrize("kind", ["intent", "pack", "decision", "abandoned", "failed"])
def test_nobody_writes_a_runs_entries_by_hand(seat: Seat, kind: str) -> None:
    with pytest.raises(click.BadParameter):
        seat("append", kind, "--reason", "x")


def test_compare(far: Seat, tmp_path: Path) -> None:
    one, two = log_of(tmp_path / "a", runs(1, 2)), log_of(tmp_path / "b", runs(1, 3, 4))
    key, out = tmp_path / "key", tmp_path / "fork.json"
    key.write_text(signer().verifier.line)
    brought = ("--vkey", str(key))
    assert far.json("compare", str(one), str(one), *brought)["relation"] == "equal"
    found = far.json("compare", str(one), str(two), "--out", str(out), *brought, code=6)
    assert (found["relation"], found["proven"], found["first_difference"]) == ("forked", True, 2)
    assert far.json("compare", str(out), *brought, code=6)["proven"] is True
    bare = far.json("compare", str(one / "checkpoint"), str(two / "checkpoint"), *brought, code=3)
    assert bare["relation"] == "unknown"
    with open_log(one) as log:
        (tmp_path / "proof").write_bytes(log.prove(0).to_bytes())
    assert far.json("compare", str(tmp_path / "proof"), str(two), *brought, code=6)["relation"] == "forked"
    assert far.json("compare", str(one), str(log_of(tmp_path / "c", runs(1, 2, 3))), *brought)["relation"] == "grown"


def test_compare_believes_no_checkpoint_without_a_key(far: Seat, tmp_path: Path) -> None:
    one, two = log_of(tmp_path / "a", runs(1)), log_of(tmp_path / "b", runs(1), Signer(signer().name, ENGINE))
    key = tmp_path / "key"
    key.write_text(signer().verifier.line)
    with pytest.raises(Refused, match="NOTE_UNSIGNED"):
        far("compare", str(one), str(two), "--vkey", str(key))
    key.write_text(Signer("another", ENGINE).verifier.line)
    with pytest.raises(Refused, match="INDEX_KEY_UNKNOWN"):
        far("compare", str(one), str(one), "--vkey", str(key))
    key.write_text("# nobody\n")
    with pytest.raises(BadInput, match="VKEY_NONE"):
        far("check", "--index", str(one), "--vkey", str(key))


def test_the_commands_stay_light(tmp_path: Path) -> None:
    log_of(tmp_path / "log", runs(1))
    script = (
        "import sys\n"
        "from gonogo.cli.context import Output\n"
        "from gonogo.cli.index import command\n"
        f"command.main(['list', '--index', {str(tmp_path / 'log')!r}], obj=Output(env={{}}), standalone_mode=False)\n"
        "heavy = {'pydantic', 'langgraph', 'rich', 'structlog', 'jsonschema_rs'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_a_log_that_was_replaced_together_with_its_key_passed(seat: Seat, desk: Desk) -> None:
    """Another log, made by another key, in the place of the one that this machine has seen."""
    state = desk.state_folder()
    for name in ("index.key", "index.vkey"):
        (state / name).unlink()
    shutil.move(state / "index", state / "old")
    done = desk.gonogo("run", "--layer", "L0", "--reason", "again")
    assert (done.returncode, "INDEX_REPLACED" in done.stderr) == (6, True), done.stderr
    assert not (state / "index.key").exists()
    (seen,) = desk.trust_folders()[0].glob("index-*.seen")
    kept = seen.read_bytes()
    seen.unlink()
    assert desk.gonogo("run", "--layer", "L0", "--reason", "again").returncode == 4
    assert "INDEX_REPLACED" not in seat("check")[1]
    seen.write_bytes(kept)
    document = seat.json("check", code=6)
    assert "INDEX_REPLACED" in {one["code"] for one in document["checks"] if one["verdict"] == "FAIL"}
    with pytest.raises(IntegrityBroken, match="INDEX_REPLACED"):
        seat("append", "revocation", "--pack", "0" * 64, "--reason", "r")
