"""A drill's run and its result are watermarked inside what is signed: neither passes for evidence of production."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.drills import drill_named, score, sessions, start
from gonogo.drills.log import files_of
from gonogo.drills.result import drill_keys, home
from gonogo.main import main
from gonogo_agents.repository import open_repository
from gonogo_agents.world import World
from gonogo_evidence import canonical, drill, seal, verify_pack
from gonogo_evidence.verify import verify_pack as gonogo_verify
from gonogo_graph.desks import mark_of
from gonogo_graph.places import places
from support.catalogue import TREE
from support.drill_hands import sh
from support.drill_operators import EXPERTS
from support.repos import clean_env
from support.secrets_planted import rule_cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from gonogo.drills import Session


COMMIT = ("git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--allow-empty", "-m", "one")


@dataclass
class Trained:
    """An operator at home: their world, the drill's folder, and the pack of a run that they made there."""

    root: Path
    world: World
    session: Session
    pack: Path

    @property
    def work(self) -> Path:
        """The drill's repository."""
        return Path(self.session.folder) / "work"

    def require(self, *drills: str) -> None:
        """Set the policy: no words to type, and these drills."""
        text = (TREE / "config/signoff.toml").read_text().replace('"typed"', '"unproven"')
        words = f"drills_required = {json.dumps(drills)}\ndrills_max_age_days = 60"
        for folder in (self.root / ".config/gonogo/trust").iterdir():
            (folder / "signoff.toml").write_text(text.replace("drills_required = []", words))
            (folder / "signoff.toml").chmod(0o600)

    def sign(self) -> int:
        """Sign the run as GO; the exit code."""
        return self.gonogo("sign", "latest", "--decision", "GO", "--reason", "seen", "--key", str(self.root / "key"))

    def gonogo(self, *words: str, at: Path | None = None) -> int:
        """The real gonogo in a folder; its exit code."""
        with contextlib.chdir(at or self.work):
            return main([*words], world=self.world)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """D05 done and scored, a run made in its repository, and signed GO under a policy that asks for D05."""
    root = tmp_path_factory.mktemp("trained")
    world = World(env={**clean_env(root), **rule_cache()})
    session = start(world, drill_named("D05"), 7, 1, "ada", root / "desk")
    EXPERTS["D05"](root / "desk")
    session = score(world, session, "grace")
    sh(root, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "key")
    seat = Trained(root, world, session, root)
    assert seat.gonogo("init", "--yes", "--operator", "ada", "--public-key", str(root / "key.pub")) == 0
    seat.require("D05")
    assert seat.gonogo("run", "--layer", "L0", "--reason", "practise", "--operator", "ada", "--json") == 4
    (seat.pack,) = (path for path in (seat.work / "data/evidence_packs").iterdir() if path.is_dir())
    seat.require("D05", "D08")
    assert seat.sign() == 5, "D08 was never passed"
    seat.require("D05")
    assert seat.sign() == 0
    return seat


def codes(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The codes of the checks in the last report."""
    return {check["code"] for check in json.loads(capsys.readouterr().out)["checks"] if check["verdict"] != "PASS"}


def test_the_mark_stands_inside_what_is_signed(trained: Trained) -> None:
    envelope = json.loads((trained.pack / "review/engine.dsse.json").read_bytes())
    said = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    assert {name: said[name] for name in ("drill", "drill_id", "seed")} == {"drill": True, "drill_id": "D05", "seed": 7}
    verdict = json.loads((trained.pack / "attestations/verdict.dsse.json").read_bytes())
    assert json.loads(base64.b64decode(verdict["payload"]))["predicate"]["properties"] == ["GONOGO_DRILL"]
    assert "DRILL D05, seed 7" in (trained.pack / "SUMMARY.md").read_text()
    assert (trained.pack / "review/card.txt").read_text().startswith("DRILL D05, seed 7")
    assert json.loads(trained.pack.with_suffix(".json").read_bytes())["drill"] == {"drill_id": "D05", "seed": 7}


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "DRILL: this is a drill's GO; it releases nothing."), ("de", "DRILL: Das ist ein GO eines Drills; es")],
)
def test_a_drills_go_is_called_that_wherever_it_is_told(
    trained: Trained, language: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = "latest"
    for again in (("sign", run, "--decision", "GO", "--reason", "seen"), ("resume", run)):
        assert trained.gonogo(*again, "--lang", language) == 0
        told = capsys.readouterr().err
        assert words in told
        assert "--drill" in told, "the next step can be taken"
    assert trained.gonogo("resume", run, "--json") == 0
    assert json.loads(capsys.readouterr().out)["drill"] is True


def test_a_drills_single_file_is_called_that_and_judged_by_its_form(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    single = trained.pack.with_suffix(".json")
    assert trained.gonogo("evidence", "validate", str(single), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verdict"], told["drill"]) == ("PASS", True)
    assert "DRILL_PACK" in {one["code"] for one in told["warnings"]}
    assert trained.gonogo("evidence", "validate", str(single)) == 0
    assert "DRILL_PACK $.drill" in capsys.readouterr().out
    stripped = tmp_path / single.name
    said = json.loads(single.read_bytes())
    del said["drill"]
    stripped.write_text(json.dumps(said))
    assert trained.gonogo("evidence", "validate", str(stripped), "--json") == 0
    assert json.loads(capsys.readouterr().out)["drill"] is False, "a single file alone is signed by nobody"
    assert trained.gonogo("evidence", "validate", str(trained.pack), "--json") == 1
    assert json.loads(capsys.readouterr().out)["drill"] is True


@pytest.mark.parametrize("how", [(), ("--authentic-only",)])
def test_verify_refuses_it_unless_a_drill_is_wanted(
    trained: Trained, how: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained.gonogo("verify", str(trained.pack), *how, "--json") == 5
    assert "DRILL_PACK" in codes(capsys)
    wanted = trained.gonogo("verify", str(trained.pack), *how, "--drill", "--json")
    assert "DRILL_PACK" not in codes(capsys)
    assert wanted == 0


def test_verify_asks_again_for_the_drills_from_bytes(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    policy = trained.root / "more.toml"
    text = next((trained.root / ".config/gonogo/trust").glob("*/signoff.toml")).read_text()
    policy.write_text(text.replace('["D05"]', '["D05", "D01"]'))
    (trained.root / "keys").write_bytes(b"".join(map(_pem, drill_keys(trained.world))))
    for keys, found in (((), "DRILL_KEY_UNKNOWN"), (("--drill-keys", str(trained.root / "keys")), "DRILLS_REQUIRED")):
        assert trained.gonogo("verify", str(trained.pack), "--drill", "--policy", str(policy), *keys, "--json") != 0
        assert found in codes(capsys)


def test_whoever_has_no_gonogo_is_told_the_same(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_pack.main([str(trained.pack), "--json"]) == 5
    assert "DRILL_PACK" in codes(capsys)
    assert verify_pack.main([str(trained.pack), "--drill", "--json"]) == 3
    assert codes(capsys) & {"DRILL_PACK", "ENGINE_OTHER_SEAL"} == set()


def _without(core: dict[str, Any]) -> None:
    del core["drill"]


def _other_seed(core: dict[str, Any]) -> None:
    core["drill"]["seed"] = 8


def _null(core: dict[str, Any]) -> None:
    core["drill"] = None


@pytest.mark.parametrize(
    ("change", "sealed_again"), [(_without, False), (_without, True), (_other_seed, True), (_null, True)]
)
def test_a_mark_that_is_stripped_or_edited_breaks_what_is_signed(
    trained: Trained,
    change: Callable[[dict[str, Any]], None],
    sealed_again: bool,
    tmp_path: Path,
) -> None:
    pack = tmp_path / trained.pack.name
    shutil.copytree(trained.pack, pack)
    core = json.loads((pack / seal.CORE).read_bytes())
    change(core)
    (pack / seal.CORE).write_bytes(canonical.dumps(core))
    if sealed_again:
        _seal_again(pack)
    for wanted in (False, True):
        report = gonogo_verify(pack, as_drill=wanted)
        assert report.exit_code == 6
        assert verify_pack.main([str(pack), *(["--drill"] if wanted else [])]) == 6
    found = {check.code for check in report.checks}
    assert "ENGINE_OTHER_SEAL" in found, "whoever has no engine's key cannot seal a drill as anything else"


def _seal_again(pack: Path) -> None:
    """Every digest made anew, as somebody can who has no key: only the engine's statement still knows."""
    sums = (pack / seal.MANIFEST).read_text().splitlines()
    digest = str(canonical.digest_of((pack / seal.CORE).read_bytes()))
    lines = [f"{digest}  {seal.CORE}" if line.endswith(f"  {seal.CORE}") else line for line in sums]
    (pack / seal.MANIFEST).write_text("".join(f"{line}\n" for line in lines))
    said = canonical.loads_object((pack / seal.SEAL).read_bytes())
    manifest = str(canonical.digest_of((pack / seal.MANIFEST).read_bytes()))
    made = canonical.dumps({**said, "core_digest": digest, "manifest_digest": manifest})
    (pack / seal.SEAL).write_bytes(made)


def test_a_copy_in_a_production_repository_is_refused_there(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "production"
    sh(tmp_path, "git", "init", "--quiet", str(other))
    sh(other, *COMMIT)
    published = other / "data/evidence_packs" / trained.pack.name
    shutil.copytree(trained.pack, published)
    shutil.copy(trained.pack.with_suffix(".json"), published.with_suffix(".json"))
    for named in (published.name, str(published)):
        assert trained.gonogo("verify", named, "--repo", str(other), "--json", at=other) == 5
        assert "DRILL_PACK" in codes(capsys)
    assert trained.gonogo("evidence", "validate", str(published), at=other) == 1


def test_no_run_on_a_drill_loses_the_mark(trained: Trained, tmp_path: Path) -> None:
    """Wherever its commits go, whatever is made inside its desk."""
    moved, mixed, inside = tmp_path / "moved", tmp_path / "mixed", Path(trained.session.folder) / "mine"
    shutil.copytree(trained.work, moved)
    for folder in (mixed, inside, tmp_path / "apart"):
        sh(tmp_path, "git", "init", "--quiet", str(folder))
        sh(
            folder,
            "git",
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b",
            "commit",
            "--quiet",
            "--allow-empty",
            "-m",
            "one",
        )
    sh(mixed, "git", "fetch", "--quiet", str(trained.work), "main:drilled")
    assert _marked(trained.world, moved, "HEAD") == {"drill_id": "D05", "seed": 7}
    assert _marked(trained.world, mixed, "drilled") == {"drill_id": "D05", "seed": 7}
    assert _marked(trained.world, inside, "HEAD") == {"drill_id": "D05", "seed": 7}
    assert _marked(trained.world, mixed, "HEAD") is None
    assert _marked(trained.world, tmp_path / "apart", "HEAD") is None


def _marked(world: World, folder: Path, ref: str) -> Any:  # noqa: ANN401 - a mark, or none
    repository = open_repository(world, folder)
    there = places(world, repository.repository_id)
    return mark_of(repository, ref, repository.resolve(ref), there).get(drill.FIELD)


def test_a_drill_that_the_list_lost_is_found_out(trained: Trained) -> None:
    listed = home(trained.world) / "marked"
    kept = listed.read_bytes()
    try:
        listed.write_bytes(b"")
        assert trained.gonogo("drill", "check") == 6
    finally:
        listed.write_bytes(kept)


@pytest.mark.parametrize(
    ("words", "mark"),
    [
        ("", None),
        ("D01 seed 7 difficulty 3", {"drill_id": "D01", "seed": 7}),
        ("D01 seed 7", {"drill_id": "D01", "seed": 7}),
        ("something else", {"drill_id": "unknown", "seed": 0}),
        ("D01 seed 7 D02 seed 8", {"drill_id": "unknown", "seed": 0}),
    ],
)
def test_a_mark_that_is_garbled_is_still_one(words: str, mark: object) -> None:
    assert drill.mark(words) == mark


def test_one_key_never_signs_as_two(trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``grace`` looked on, says ``ada``: not with ada's key, in no order, and not by way of another session."""
    world = World(env=clean_env(tmp_path))
    seat = Trained(tmp_path, world, trained.session, tmp_path)
    for name in ("ada.key", "grace.key"):
        sh(tmp_path, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)

    def sign(session: str, role: str, key: str) -> int:
        return seat.gonogo("drill", "sign", session, "--as", role, "--key", str(tmp_path / key), at=tmp_path)

    first, second, alone = (start(world, drill_named("D04"), seed, 1, "ada", None) for seed in range(3))
    assert sign(first.session, "operator", "ada.key") == 2, "not scored yet"
    for session, validator in ((first, "grace"), (second, "Grace"), (alone, "")):
        score(world, session, validator)
    assert sign(first.session, "operator", "ada.key") == 0
    assert sign(first.session, "operator", "ada.key") == 5, "once"
    assert sign(first.session, "validator", "ada.key") == 5, "the same key"
    assert sign(second.session, "validator", "ada.key") == 5, "the same key, known from elsewhere"
    assert sign(first.session, "validator", "grace.key") == 0
    assert sign(second.session, "operator", "grace.key") == 5, "grace's key does not make grace ada"
    assert sign(alone.session, "validator", "grace.key") == 2, "nobody looked on"
    assert seat.gonogo("drill", "report", first.session, at=tmp_path) == 0
    (folder,) = (tmp_path / "docs/ops/drill_runs").iterdir()
    assert seat.gonogo("verify", str(folder), "--drill", at=tmp_path) == 1, "sound, and nothing was done"
    shutil.copy(folder / "operator.sig", folder / "validator.sig")
    capsys.readouterr()
    assert seat.gonogo("verify", str(folder), "--drill", "--json", at=tmp_path) == 5
    assert "DRILL_SAME_PERSON" in codes(capsys)
    (folder / "operator.sig").write_text((folder / "operator.sig").read_text().replace("A", "B", 1))
    assert seat.gonogo("verify", str(folder), "--drill", at=tmp_path) == 6


@pytest.fixture
def result(trained: Trained, tmp_path: Path) -> Path:
    """The drill's own pack, as ``gonogo drill report`` writes it."""
    (session,) = sessions(trained.world)
    folder = tmp_path / "result"
    folder.mkdir()
    for path, text in list(files_of(session).items())[1:]:
        (folder / Path(path).name).write_text(text)
    return folder


def test_a_drills_own_pack_is_verified_as_that_and_refused_as_anything_else(
    trained: Trained, result: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trained.gonogo("verify", str(result), "--json") == 5
    assert codes(capsys) == {"DRILL_PACK"}
    assert trained.gonogo("verify", str(result), "--drill", "--json") == 0
    (tmp_path / "policy").write_text("quorum none\n")
    capsys.readouterr()
    assert trained.gonogo("verify", str(result), "--drill", "--witness-policy", str(tmp_path / "policy"), "--json") == 3
    assert "INDEX_NOT_WITNESSED" in codes(capsys), "it stands in no index"
    assert trained.gonogo("verify", str(result), "--authentic-only") == 5
    assert verify_pack.main([str(result)]) == verify_pack.main([str(result), "--drill"]) == 2
    assert trained.gonogo("evidence", "validate", str(result)) != 0
    elsewhere = Trained(tmp_path, World(env=clean_env(tmp_path)), trained.session, result)
    assert elsewhere.gonogo("verify", str(result), "--drill") == 3
    (tmp_path / "keys").write_bytes(b"".join(map(_pem, drill_keys(trained.world))))
    assert elsewhere.gonogo("verify", str(result), "--drill", "--drill-keys", str(tmp_path / "keys")) == 0


def _pem(key: Any) -> bytes:  # noqa: ANN401 - a public key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


@pytest.mark.parametrize(
    "name",
    ["drill.dsse.json", "scorecard.json", "run_manifest.json", "operator_notes.md", "evidence_pack_pointers.txt"],
)
@pytest.mark.parametrize("how", ["edited", "gone"])
def test_no_file_of_a_drills_pack_can_be_edited_or_left_out(
    trained: Trained, result: Path, name: str, how: str
) -> None:
    file = result / name
    if how == "gone":
        file.unlink()
    elif name == "drill.dsse.json":
        said = json.loads(file.read_bytes())
        payload = json.loads(base64.b64decode(said["payload"]))
        payload["predicate"]["seed"] = 8
        file.write_bytes(canonical.dumps({**said, "payload": base64.b64encode(canonical.dumps(payload)).decode()}))
    else:
        file.write_text(file.read_text().replace("ada", "eve").replace("PASS", "FAIL", 1) + " ")
    assert trained.gonogo("verify", str(result), "--drill") == (2 if (name, how) == ("drill.dsse.json", "gone") else 6)
