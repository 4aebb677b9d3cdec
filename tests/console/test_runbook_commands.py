"""The runbook's evidence commands of steps D and E, as printed, in a scratch repository."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gonogo import runbook_commands
from gonogo.runbook_commands import COMMANDS, is_ours, missing_or_old, remove, script, write
from gonogo_evidence.ep_json import create_evidence_pack, save_evidence_pack
from gonogo_evidence.errors import BadInput, Inconclusive
from support.desk import make_desk
from support.packs import sample_pack
from support.repos import make_repo
from support.secrets_planted import rule_cache

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(sys.executable).parent
RUN = "r-20260109"
PRINTED = """
python3 scripts/aiops/generate_evidence_pack.py \\
  --base-dir out/ops --in "out/ops/p4c_runs/<run_id>" \\
  --out-root out/ops/evidence_packs --pack-id p4c_<id> --deterministic
"""
VALIDATE = """
manifest=$(ls -1t out/ops/evidence_packs/*/manifest.json | head -n 1)
python3 scripts/aiops/validate_evidence_pack.py --manifest "$manifest"
"""


def shell(root: Path, command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run what the runbook prints, in bash, the venv's python3 first on the PATH."""
    kept = {"HOME": str(root), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **env}
    return subprocess.run(["bash", "-c", command], cwd=root, env=kept, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the scripts and the output of a run."""
    folder = tmp_path / "repo"
    (folder / f"out/ops/p4c_runs/{RUN}").mkdir(parents=True)
    (folder / f"out/ops/p4c_runs/{RUN}/result.json").write_text("{}\n")
    assert len(write(folder)) == len(COMMANDS)
    return folder


def test_generate_and_validate_of_step_e_as_printed(root: Path) -> None:
    done = shell(root, PRINTED.replace("<run_id>", RUN).replace("<id>", "7"))
    folder = root.resolve() / "out/ops/evidence_packs/pack_p4c_7"
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{folder}/manifest.json", f"{folder}/index.json"])
    first = (folder / "manifest.json").read_bytes()
    assert shell(root, PRINTED.replace("<run_id>", RUN).replace("<id>", "7")).returncode == 0
    assert (folder / "manifest.json").read_bytes() == first
    good = shell(root, VALIDATE)
    assert (good.returncode, good.stdout.split()[0]) == (0, "PASS")
    (root / f"out/ops/p4c_runs/{RUN}/result.json").write_text("{ }\n")
    assert shell(root, VALIDATE).returncode == 1
    assert shell(root, "python3 scripts/aiops/validate_evidence_pack.py --manifest none.json").returncode == 2
    assert shell(root, "python3 scripts/aiops/validate_evidence_pack.py").returncode == 2
    index = "python3 scripts/aiops/update_evidence_index.py --root out/ops/evidence_packs --out index_all.json"
    assert shell(root, index).returncode == 0
    assert json.loads((root / "index_all.json").read_text())["packs"][0]["pack_id"] == "pack_p4c_7"


def test_the_legacy_validator_of_step_e_as_printed(root: Path) -> None:
    folder, printed = root / "data/evidence_packs", "python3 scripts/validate_evidence_pack.py data/evidence_packs/"
    sample_pack(folder / "EVP-001")
    shutil.rmtree(folder / "EVP-001")
    for lenient in ("", " --lenient"):
        assert shell(root, f"{printed}EVP-001.json{lenient}").returncode == 0
        assert shell(root, f"{printed}EVP-002.json{lenient}").returncode == 2
    pack = create_evidence_pack("EVP-4B-M2-L4-20260109", "Phase4B-M2", "L4", "REC", "1.0")
    save_evidence_pack(pack, folder / "EVP-003.json")
    failed = shell(root, f"{printed}EVP-003.json")
    assert failed.returncode == 1
    assert "FIELD_MISSING $.git_ref" in failed.stdout
    assert shell(root, f"{printed}EVP-003.json --compat").returncode == 0
    (root / ".artifacts/evidence_packs/r1").mkdir(parents=True)
    (folder / "EVP-001.json").rename(root / ".artifacts/evidence_packs/r1/evidence_pack.json")
    assert shell(root, "scripts/validate_evidence_pack_ci.py --output report.json").returncode == 0
    assert json.loads((root / "report.json").read_text())["valid_packs"] == 1
    assert shell(root, "scripts/validate_evidence_pack_ci.py --root data").returncode == 2


def test_layer_commands_reach_gonogo(root: Path) -> None:
    commit = "git add -A && git -c user.name=a -c user.email=a@example.org commit -qm x"
    check = "python3 scripts/validate_layer_map_config.py"
    assert shell(root, f"git init -q . && {check}").returncode == 2, "nothing is committed: nothing was checked"
    assert shell(root, f"{commit} && {check}").returncode == 0
    (root / "config").mkdir()
    (root / "config/layers.toml").write_text('schema = "gonogo/layers/v1"\nlayers = 7\n')
    assert shell(root, f"{commit} && {check}").returncode == 2
    assert "--reason" in shell(root, "python3 scripts/run_layer_evidence_pack.py --help").stdout
    forbidden = shell(root, "python3 scripts/run_layer_smoke_with_evidence_pack.py --layer L6 --json --operator o")
    assert forbidden.returncode in {2, 5}, forbidden.stderr


def isolated(folder: Path) -> Mapping[str, str]:
    """A PATH with python3 and nothing of gonogo."""
    (folder / "bin").mkdir()
    (folder / "bin/python3").symlink_to(os.path.realpath(sys.executable))
    return {"PATH": str(folder / "bin")}


def starter(folder: Path, path: str) -> list[str]:
    """What starts a script: the interpreter of its first line, apart from this machine's packages."""
    return ["/bin/sh"] if path.endswith(".sh") else [str(folder / "bin/python3"), "-I"]


@pytest.mark.parametrize("path", COMMANDS)
def test_without_gonogo_it_is_said_how_to_get_it(root: Path, tmp_path: Path, path: str) -> None:
    env = dict(isolated(tmp_path))
    done = subprocess.run(
        [*starter(tmp_path, path), str(root / path), "--help"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if (Path(os.path.realpath(sys.executable)).parent / "gonogo").exists():
        pytest.skip("gonogo lies beside the base interpreter")
    assert (done.returncode, done.stdout) == (3, "")
    assert "gonogo is not here" in done.stderr
    assert "get it:" in done.stderr


def test_the_one_on_the_path_is_found_and_gets_the_words(root: Path, tmp_path: Path) -> None:
    env = isolated(tmp_path)
    fake = tmp_path / "bin/gonogo"
    fake.write_text(f'#!{shutil.which("sh")}\nprintf "%s|" "$@"\nexit 6\n')
    fake.chmod(0o755)
    for path, command in COMMANDS.items():
        done = subprocess.run(
            [*starter(tmp_path, path), str(root / path), "a b", "--x"],
            env=dict(env),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (6, "".join(f"{word}|" for word in (*command, "a b", "--x")))


def test_writing_again_changes_nothing_and_removing_leaves_nothing(root: Path) -> None:
    before = {path: (root / path).stat().st_mtime_ns for path in COMMANDS}
    assert write(root) == missing_or_old(root) == []
    assert {path: (root / path).stat().st_mtime_ns for path in COMMANDS} == before
    assert all(os.access(root / path, os.X_OK) for path in COMMANDS)
    assert len(remove(root)) == len(COMMANDS)
    assert not (root / "scripts").exists()
    assert remove(root) == []


def test_an_older_version_is_renewed_and_a_lost_bit_set(root: Path) -> None:
    path = root / "scripts/validate_evidence_pack.py"
    old = script("scripts/validate_evidence_pack_ci.py")
    assert is_ours(old)
    path.write_bytes(old)
    (root / "scripts/run_layer_evidence_pack.py").chmod(0o644)
    assert set(write(root)) == {path, root / "scripts/run_layer_evidence_pack.py"}
    assert path.read_bytes() == script("scripts/validate_evidence_pack.py")


def test_the_gates_of_step_e_as_printed(tmp_path: Path) -> None:
    """The runbook's own lines, over a branch of a clone that changed a document and a setting."""
    repo = make_repo(tmp_path / "origin", {"docs/a.md": "x\n", "config/a.toml": "max_leverage = 3\n"})
    repo.git("clone", "-q", str(repo.path), str(tmp_path / "repo"))
    root = tmp_path / "repo"
    write(root)
    (root / "docs/a.md").write_text("[b](b.md)\n")
    docs, critic = (
        "./scripts/ops/verify_docs_reference_targets.sh --changed --base origin/main",
        "python3 scripts/run_policy_critic.py --pr-mode",
    )
    env = rule_cache()
    assert (broken := shell(root, docs, **env)).returncode == 1, broken.stderr
    assert "docs/a.md:1 MISSING_TARGET" in broken.stdout
    assert (good := shell(root, critic, **env)).returncode == 0, good.stderr
    (root / "docs/a.md").write_text("[a](a.md)\n")
    (root / "config/a.toml").write_text("max_leverage = 5\n")
    assert shell(root, docs, **env).returncode == 0
    bad = shell(root, critic, **env)
    assert (bad.returncode, bad.stdout.splitlines()[-1]) == (1, "FAIL: Blocking findings: 1.")
    assert shell(root, docs.replace("origin/main", "origin/gone"), **env).returncode == 3
    assert shell(root, f"{critic} --base origin/gone", **env).returncode == 3


def test_the_lint_gate_of_step_e_as_printed_finds_nothing_in_our_own_scripts(root: Path) -> None:
    """Once ``ruff format --check`` was red in a repository of ruff's own line length, because of what init wrote."""
    for name in ("src", "tests"):
        (root / name).mkdir()
        (root / name / "a.py").write_text("A = 1\n")
    for length in ("", "line-length = 120\n"):
        (root / "ruff.toml").write_text(
            f'{length}[lint]\nselect = ["E4", "E7", "E9", "F", "W", "I", "B", "C4", "SIM"]\n'
        )
        for printed in ("ruff check src/ tests/ scripts/", "ruff format --check src/ tests/ scripts/"):
            assert (done := shell(root, printed)).returncode == 0, (length, done.stdout)


FOREIGN = ("another file", "edited", "link", "folder", "linked folder", "file for a folder", "empty")


@pytest.mark.parametrize("kind", FOREIGN)
def test_what_is_not_ours_is_not_touched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "scripts/aiops/validate_evidence_pack.py"
    path.parent.mkdir(parents=True)
    if kind == "another file":
        path.write_text("print('mine')\n")
    elif kind == "edited":
        path.write_bytes(script("scripts/aiops/validate_evidence_pack.py") + b"# mine\n")
    elif kind == "link":
        path.symlink_to(tmp_path / "elsewhere.py")
    elif kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_bytes(b"")
    else:
        path.parent.rmdir()
        path.parent.write_text("x") if kind == "file for a folder" else path.parent.symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BadInput, match="RUNBOOK_COMMAND_FOREIGN") as caught:
        write(tmp_path)
    assert "scripts/aiops/" in caught.value.where
    assert caught.value.next_step is not None
    assert remove(tmp_path) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_place_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes, *, mode: int) -> None:
        del data, mode
        raise runbook_commands._cannot_write(path, OSError(28, "No space left on device"))

    monkeypatch.setattr(runbook_commands, "write_atomic", full)
    with pytest.raises(Inconclusive, match="No space left"):
        write(tmp_path)


def test_whatever_style_a_repository_has_its_lint_gate_takes_them(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 60\nlint.select = ['ALL']\nformat.quote-style = 'single'\n")
    for path in COMMANDS:
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(script(path))
    ruff = Path(sys.executable).with_name("ruff")
    for words in (["check", "--quiet"], ["format", "--check", "--quiet"]):
        done = subprocess.run([ruff, *words, "--no-cache", "."], cwd=tmp_path, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (0, b""), done.stdout.decode()


def test_scripts_stand_on_the_standard_library_of_3_8() -> None:
    import ast

    for path in (one for one in COMMANDS if one.endswith(".py")):
        tree = ast.parse(script(path), feature_version=(3, 8))
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert names == {"os", "shutil", "sys"}
        assert re.match(rb"#!/usr/bin/env python3\n", script(path))


def test_the_page_about_compatibility_lists_each_script_with_its_command() -> None:
    page = (Path(__file__).parents[2] / "docs/compatibility.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(scripts/[^`]+)` \| `gonogo ([^`]+)` \|$", page, re.MULTILINE))
    assert {path: shlex.split(command) for path, command in rows.items()} == {
        path: list(command) for path, command in COMMANDS.items()
    }


def test_init_writes_them_and_takes_them_away(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    wrote = desk.json("init", "--with-runbook-commands", code=0)["written"]
    assert len(wrote) == len(COMMANDS)
    assert desk.json("init", "--with-runbook-commands", code=0)["written"] == []
    assert missing_or_old(desk.repo.path) == []
    assert len(desk.json("init", "--with-runbook-commands", "--remove", code=0)["removed"]) == len(COMMANDS)
    assert desk.gonogo("init", "--remove").returncode == 2
    assert not (desk.home / ".config/gonogo").exists()
