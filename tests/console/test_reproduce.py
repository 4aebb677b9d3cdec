"""``gonogo reproduce`` and ``gonogo diff``: the same core anywhere, and each difference by its name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gonogo.main import main
from support.bad_input import refused
from support.crash import rows
from support.desk import GONOGO, Desk, make_desk, packaged
from support.quick import quick_world

PYTHONS = [sys.executable, *filter(None, os.environ.get("GONOGO_PYTHONS", "").split(os.pathsep))]
"""This one, and others in which gonogo is installed: ``GONOGO_PYTHONS=/opt/3.12/bin/python:/opt/3.13/bin/python``."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with one run at the hold point; nothing here changes it."""
    made = make_desk(tmp_path_factory.mktemp("reproduce"))
    made.enrol()
    made.run()
    return made


@pytest.fixture
def pack(desk: Desk, tmp_path: Path) -> Path:
    """The published pack, somewhere else."""
    source = next(desk.repo.path.glob("data/evidence_packs/EVP-*/"))
    return Path(shutil.copytree(source, tmp_path / source.name))


@pytest.mark.parametrize(
    "around",
    [
        {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4242", "LC_ALL": "C"},
        {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de", "PYTHONUTF8": "1"},
    ],
)
def test_the_core_is_the_same_in_other_zones_locales_and_hash_seeds(
    desk: Desk, pack: Path, around: dict[str, str]
) -> None:
    done = desk.gonogo("reproduce", str(pack), **around)
    assert done.returncode == 0, done.stdout + done.stderr
    digest = desk.json("show", "latest", code=0)["core_digest"]
    assert digest in done.stdout


@pytest.mark.parametrize("python", PYTHONS)
def test_the_core_is_the_same_on_another_machines_layout(desk: Desk, pack: Path, tmp_path: Path, python: str) -> None:
    """Another home, another checkout at a path with a blank and an umlaut, another umask, nobody enrolled by name."""
    other = tmp_path / "Büro Süd" / "check out"
    other.parent.mkdir()
    subprocess.run(["git", "clone", "-q", str(desk.repo.path), str(other)], check=True, capture_output=True)
    home = tmp_path / "Zuhause"
    shutil.copytree(desk.home / ".ssh", home / ".ssh")
    env = desk.environment(HOME=str(home))
    key = str(home / ".ssh" / "id_ed25519.pub")
    for words in (("init", "--yes", "--operator", "somebody", "--public-key", key), ("reproduce", str(pack))):
        done = subprocess.run(
            ["sh", "-c", 'umask 077; exec "$@"', "sh", python, *GONOGO[1:], *words],
            cwd=other, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert "reproduced" in done.stdout


@pytest.mark.parametrize("now", [datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2101, 2, 28, tzinfo=UTC)])
def test_the_core_is_the_same_when_the_clock_was_moved(
    desk: Desk, pack: Path, now: datetime, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decades before the commit and decades after it: no time but the commit's is in the core."""
    digest = desk.json("show", "latest", code=0)["core_digest"]
    monkeypatch.chdir(desk.repo.path)
    capsys.readouterr()
    code = main(["reproduce", str(pack), "--json"], world=quick_world(desk.environment(), now=lambda: now))
    found = json.loads(capsys.readouterr().out)
    assert (code, found["reproduced"], found["core_digest"]) == (0, True, digest)


def test_nothing_of_a_re_run_is_kept(desk: Desk, pack: Path, tmp_path: Path) -> None:
    before = (rows(desk, "SELECT run_id FROM runs"), sorted((desk.state_folder() / "runs").iterdir()))
    index = (desk.state_folder() / "index" / "entries.jsonl").read_bytes()
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert desk.gonogo("reproduce", str(pack), TMPDIR=str(scratch)).returncode == 0
    assert list(scratch.iterdir()) == []
    assert (rows(desk, "SELECT run_id FROM runs"), sorted((desk.state_folder() / "runs").iterdir())) == before
    assert (desk.state_folder() / "index" / "entries.jsonl").read_bytes() == index


def test_a_gate_that_was_enrolled_since_is_named(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "desk")
    desk.enrol()
    pack = desk.run()["pack"]
    (trust,) = desk.trust_folders()
    (trust / "guardrails.toml").write_text(packaged("guardrails.toml") + "\n# later\n")
    (trust / "guardrails.toml").chmod(0o600)
    done = desk.json("reproduce", pack, code=1)
    assert done["reproduced"] is False
    assert done["first_difference"]["file"] == "core/pack.json"
    assert done["first_difference"]["path"].startswith("$.config")
    assert any("guardrails.toml" in hint for hint in done["hints"])
    human = desk.gonogo("reproduce", pack)
    assert "not reproduced: core/pack.json differs first" in human.stdout
    assert "perhaps: The configuration" in human.stdout


def test_what_is_not_authentic_or_not_here_is_not_run(desk: Desk, pack: Path, tmp_path: Path) -> None:
    other = tmp_path / "unrelated"
    for words in (["init", "-q", str(other)], ["-C", str(other), "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@x", *words], check=True, capture_output=True)
    refused(desk.gonogo("reproduce", str(pack), "--repo", str(other)), "REPRODUCE_OTHER_REPOSITORY", 3)
    (pack / "core/pack.json").chmod(0o600)
    (pack / "core/pack.json").write_bytes((pack / "core/pack.json").read_bytes().replace(b'"L0"', b'"L1"', 1))
    refused(desk.gonogo("reproduce", str(pack)), "PACK_CHANGED", 6)
    refused(desk.gonogo("diff", str(pack), str(pack)), "PACK_CHANGED", 6)


def test_a_commit_that_this_clone_lacks_is_named(desk: Desk, pack: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    subprocess.run(["git", "clone", "-q", str(desk.repo.path), str(old)], check=True, capture_output=True)
    for words in (["reset", "-q", "--hard", desk.repo.commits[0]], ["remote", "remove", "origin"],
                  ["reflog", "expire", "--expire=now", "--all"], ["gc", "-q", "--prune=now"]):  # fmt: skip
        subprocess.run(["git", "-C", str(old), *words], check=True, capture_output=True)
    refused(desk.gonogo("reproduce", str(pack), "--repo", str(old)), "REPRODUCE_COMMIT_MISSING", 3)


def test_diff_says_what_changed_and_what_did_not(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "desk")
    desk.enrol()
    first = desk.run()["pack"]
    same = desk.run()["pack"]
    assert desk.json("diff", first, same, code=0)["same_core"] is True
    desk.repo.commit({"src/sample.py": '"""Sample."""\n\nANSWER = undefined_name\n'})
    second = desk.run(reason="another")["pack"]
    found = desk.json("diff", first, second, code=1)["changed"]
    assert {one["path"] for one in found["inputs"]} >= {"$.git_ref", "$.run_reason"}
    assert [(one["first"], one["second"]) for one in found["verdict"] if one["path"] == "$.verdict"] == [
        ("PASS", "FAIL")
    ]
    assert any(one["path"] == "$.Lint Gate.verdict" for one in found["gates"])
    human = desk.gonogo("diff", first, second, "--lang", "de").stdout
    assert "Eingaben:" in human
    assert 'run_reason: "test" -> "another"' in human
