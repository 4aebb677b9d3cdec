"""A second person countersigns the index at their own desk: asked, signed, kept, proven, judged, and every refusal."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gonogo_evidence import verify_pack as one_file
from support.crash import copy_of
from support.desk import Desk, make_desk

ONE = "one.example/w"


@dataclass(frozen=True)
class Scene:
    """The operator's desk, the witness's folder and the files that travel between them."""

    desk: Desk
    witness: Path
    log: Path

    @property
    def key(self) -> str:
        """The file with the witness's public line."""
        return str(self.witness / "witness.vkey")

    @property
    def pack(self) -> Path:
        """The published pack."""
        (found,) = (self.desk.repo.path / "data" / "evidence_packs").glob("EVP-*/")
        return found

    def policy(self, quorum: str = "one") -> str:
        """A policy of witnesses, as a file."""
        path = self.witness.parent / f"{quorum}.policy"
        line = Path(self.key).read_text(encoding="utf-8").strip()
        path.write_text(f"log {self.log.read_text().strip()}\nwitness one {line}\nquorum {quorum}\n", encoding="utf-8")
        return str(path)

    def ask(self, name: str, *words: str) -> str:
        """A request of the index, as a file."""
        path = self.witness.parent / name
        assert self.desk.json("index", "request", *words, "--out", str(path), code=0)["out"] == str(path)
        return str(path)

    def cosigned(self) -> None:
        """The whole way once."""
        asked, answer = self.ask("request"), str(self.witness.parent / "answer")
        self.desk.json("witness", "sign", str(self.witness), asked, "--out", answer, code=0)
        self.desk.json("index", "cosign", asked, answer, "--witness", self.key, code=0)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("ready"))
    desk.enrol()
    desk.run()
    return desk


@pytest.fixture
def scene(ready: Desk, tmp_path: Path) -> Scene:
    desk = copy_of(ready, tmp_path / "desk")
    (folder,) = desk.trust_folders()
    made = desk.json("witness", "init", str(tmp_path / "w"), "--name", ONE, "--log", str(folder / "index.vkey"), code=0)
    assert made["vkey"].startswith(f"{ONE}+")
    return Scene(desk, tmp_path / "w", folder / "index.vkey")


def _codes(document: dict[str, object], name: str) -> list[object]:
    checks = document["checks"]
    assert isinstance(checks, list)
    return [check["code"] for check in checks if check["id"] == name]


def test_the_whole_way_of_a_countersignature(scene: Scene) -> None:
    policy = ("--witness-policy", scene.policy())
    before = scene.desk.json("index", "check", *policy, code=3)
    assert _codes(before, "index.witnesses") == ["INDEX_NOT_WITNESSED"]
    scene.cosigned()
    assert _codes(scene.desk.json("index", "check", *policy, code=0), "index.witnesses") == ["OK", "OK"]
    again = scene.desk.json("index", "request", code=0)
    assert (again["since"], again["request"].splitlines()[0]) == (2, "old 2")


def test_a_pack_is_witnessed_once_its_proof_is_renewed(scene: Scene) -> None:
    asked = ("verify", str(scene.pack), "--authentic-only", "--witness-policy", scene.policy())
    assert "INDEX_NOT_WITNESSED" in _codes(scene.desk.json(*asked, code=3), "authentic.index")
    scene.cosigned()
    proof = scene.desk.json("index", "prove", "latest", "--cosigned", "--renew", code=0)["proof"]
    assert (scene.pack / "index" / "entry.tlog-proof").read_text(encoding="utf-8") == proof
    assert f"\u2014 {ONE} " in proof
    for what in (str(scene.pack), "latest"):
        found = scene.desk.json("verify", what, *asked[2:], code=0)
        assert _codes(found, "authentic.index") == ["OK", "OK", "OK"]
    one = [sys.executable, one_file.__file__, str(scene.pack), "--vkey", str(scene.log)]
    said = subprocess.run(one, capture_output=True, text=True, check=False)
    assert "authentic.index" in said.stdout
    assert "FAIL" not in said.stdout  # the file reads the same proof, and counts no witness
    none = scene.desk.json(*asked[:3], "--witness-policy", scene.policy("none"), code=0)
    assert _codes(none, "authentic.index")[-1] == "OK"


def test_a_pack_that_stands_in_no_index_is_not_witnessed(scene: Scene) -> None:
    for path in (scene.pack / "index").iterdir():
        path.unlink()
    (scene.pack / "index").rmdir()
    found = scene.desk.json("verify", str(scene.pack), "--authentic-only", "--witness-policy", scene.policy(), code=3)
    assert _codes(found, "authentic.index") == ["INDEX_ABSENT", "INDEX_NOT_WITNESSED"]


def test_a_desk_that_was_set_back_as_a_whole_is_refused_by_its_witness(scene: Scene, tmp_path: Path) -> None:
    scene.cosigned()
    old = copy_of(scene.desk, tmp_path / "old")  # everything that the operator has: ledger, index, what was seen
    scene.desk.run()
    scene.cosigned()
    old.run(reason="the run that nobody likes is gone")
    back = Scene(old, scene.witness, scene.log)
    assert _codes(old.json("index", "check", code=0), "index.seen") == ["OK"]  # its own memory was set back with it
    asked = back.ask("back")
    assert old.json("witness", "sign", str(scene.witness), asked, code=5)["error"]["code"] == "WITNESS_SEEN_OTHER"
    asked = back.ask("back", "--since", "4")
    assert old.json("witness", "sign", str(scene.witness), asked, code=6)["error"]["code"] == "INDEX_FORKED"
    (kept,) = (scene.witness / "refused").iterdir()
    assert kept.read_bytes() == Path(asked).read_bytes()


def test_a_request_comes_from_standard_input_and_the_answer_goes_to_standard_output(scene: Scene) -> None:
    asked = scene.desk.gonogo("index", "request").stdout
    done = subprocess.run(
        [sys.executable, "-m", "gonogo", "witness", "sign", str(scene.witness), "-"],
        input=asked,
        env=scene.desk.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split(" ")[:2]) == (0, ["\u2014", ONE])


BAD = (
    (("witness", "sign", "nowhere", "README.md"), "WITNESS_NOT_FOUND", 2),
    (("witness", "init", ".", "--name", "w"), "WITNESS_THERE", 2),
    (("witness", "init", "new", "--name", "two words"), "WITNESS_NAME", 2),
    (("witness", "trust", "nowhere", "--log", "src/sample.py"), "VKEY_UNREADABLE", 2),
    (("index", "request", "--since", "99"), "INDEX_NO_ENTRY", 2),
    (("index", "cosign", "README.md", "README.md", "--witness", "README.md"), "VKEY_NONE", 2),
    (("index", "cosign", "README.md", "README.md", "--witness", "src/sample.py"), "VKEY_UNREADABLE", 2),
    (("index", "cosign", "nowhere", "README.md", "--witness", "README.md"), "FILE_NOT_FOUND", 2),
    (("index", "check", "--witness-policy", "README.md"), "WITNESS_POLICY", 2),
    (("verify", "latest", "--witness-policy", "nowhere"), "FILE_NOT_FOUND", 2),
    (("index", "prove", "latest", "--cosigned"), "INDEX_NOT_WITNESSED", 3),
)


def test_bad_input_has_code_place_and_next_step(ready: Desk) -> None:
    for words, code, exit_code in BAD:
        found = ready.json(*words, code=exit_code)["error"]
        assert found["code"] == code, words
        assert found["where"], words
        assert found["next"], words
    assert not (ready.repo.path / "new").exists()


def test_what_is_no_request_is_said_to_the_witness(scene: Scene) -> None:
    readme = str(scene.desk.repo.path / "README.md")
    assert scene.desk.json("witness", "sign", str(scene.witness), readme, code=2)["error"]["code"] == "WITNESS_REQUEST"
    for words in (("--renew",), ("--cosigned", "--bundle"), ("--cosigned", "--since", "1")):
        assert scene.desk.gonogo("index", "prove", "latest", *words).returncode == 2
