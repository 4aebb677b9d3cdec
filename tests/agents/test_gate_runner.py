"""The broker's handler for gate.run, with real programs in a real work tree."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.broker import read_data_index
from gonogo_agents.gate_runner import _path
from gonogo_evidence import canonical
from gonogo_evidence.errors import BadInput, Refused
from support.gate_run import BROKEN, LINT, shell, start
from support.secrets_planted import planted, rule_cache

if TYPE_CHECKING:
    from pathlib import Path

    from support.gate_run import Json
    from support.repos import Files


def test_the_lint_gate_finds_what_the_change_broke(tmp_path: Path) -> None:
    result = start(tmp_path, LINT)("Lint Gate")
    assert (result["verdict"], result["checked"], result["files"]) == ("FAIL", 1, ["a.py"])
    assert result["findings"][0]["code"] == "F821"


def test_without_a_base_it_looks_at_the_commits_files_and_not_at_what_lies_about(tmp_path: Path) -> None:
    run = start(tmp_path, LINT, base=None)
    run("Lint Gate")
    (run.runner.tree / "left_by_a_test.py").write_text(BROKEN)
    result = run("Lint Gate")
    assert result["files"] == ["a.py", "old.py"]
    assert result["observed"]["trees"]["between"] == [{"path": "left_by_a_test.py", "how": "new"}]
    assert not (run.runner.tree / "left_by_a_test.py").exists()
    assert "could not finish" not in result["reason"]["text"], "a link in the commit is nothing to read"


def test_raw_outputs_are_kept_for_the_pack_with_their_digests(tmp_path: Path) -> None:
    run = start(tmp_path, shell("echo one; echo two >&2"))
    observed = run("own (1)")["observed"]
    for name, data in (("stdout", b"one\n"), ("stderr", b"two\n")):
        kept = observed[name]
        assert (run.folder / kept["path"]).read_bytes() == data
        assert (kept["sha256"], kept["size"]) == (hashlib.sha256(data).hexdigest(), 4)
    entries = {entry["path"]: entry for entry in read_data_index(run.folder)}
    assert set(entries) == {"data/gates/01-own-1.stdout.txt", "data/gates/01-own-1.stderr.txt"}
    assert {entry["determinism"] for entry in entries.values()} == {"none"}


def test_running_again_replaces_what_was_kept(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    run = start(tmp_path, shell(f"test -f {seen} || echo first; echo >> {seen}", unfenced="it leaves a mark"))
    assert "path" in run("own (1)")["observed"]["stdout"]
    assert "path" not in run("own (1)")["observed"]["stdout"]
    assert read_data_index(run.folder) == []
    assert not list((run.folder / "data" / "gates").iterdir())


def test_a_picture_of_what_moved_is_kept_for_the_pack(tmp_path: Path) -> None:
    files = {"base.csv": "book,var\na,100\n"}
    gate = shell("echo 'book,var'; echo 'a,120'", output="numbers", numeric={"baseline": "base.csv", "key": ["book"]})
    run = start(tmp_path, gate, files=files, base=None)
    observed = run("own (1)")["observed"]
    (kept,) = observed["kept"]
    assert kept["path"] == "data/gates/01-own-1.movement.svg"
    drawn = (run.folder / kept["path"]).read_bytes()
    assert kept["sha256"] == hashlib.sha256(drawn).hexdigest()
    assert b"+20 %" in drawn
    entries = {entry["path"]: entry["media_type"] for entry in read_data_index(run.folder)}
    assert entries[kept["path"]] == "image/svg+xml"
    run("own (1)")
    assert len(read_data_index(run.folder)) == 2


def test_other_evidence_is_left_alone(tmp_path: Path) -> None:
    run = start(tmp_path, shell("echo one"))
    other: Json = {"path": "data/x.json", "sha256": "0" * 64, "size": 1, "media_type": "application/json"}
    line = canonical.dumps({**other, "determinism": "bit", "reason": "", "role": "ORCHESTRATOR"})
    (run.folder / "data.jsonl").write_bytes(line + b"\n")
    run("own (1)")
    assert [entry["path"] for entry in read_data_index(run.folder)] == ["data/gates/01-own-1.stdout.txt", "data/x.json"]


def test_a_flood_of_output_is_cut_and_says_so(tmp_path: Path) -> None:
    run = start(tmp_path, shell("head -c 5000000 /dev/zero"))
    kept = run("own (1)")["observed"]["stdout"]
    assert (kept["size"], kept["whole_size"]) == (4 * 1024 * 1024, 5_000_000)
    assert (run.folder / kept["path"]).stat().st_size == kept["size"]


@pytest.mark.parametrize(
    ("words", "kept"),
    [("tools:/a::./b:/c", "/a:/c"), ("tools:.", os.defpath), (":", os.defpath), ("", os.defpath), ("/a", "/a")],
)
def test_no_program_is_looked_for_in_the_tree_that_is_judged(words: str, kept: str) -> None:
    assert _path(words) == kept
    assert all(map(os.path.isabs, os.get_exec_path({"PATH": _path(words)})))


def test_the_environment_is_clean(tmp_path: Path) -> None:
    run = start(tmp_path, shell("env | cut -d= -f1 | sort; pwd; ls -A $HOME"), RUFF_CONFIG="x", SSH_AUTH_SOCK="x")
    kept = run("own (1)")["observed"]["stdout"]["path"]
    *names, place = (run.folder / kept).read_text().split("\n")[:-1]
    allowed = {
        "PATH",
        "HOME",
        "LC_ALL",
        "GONOGO_GATE",
        "PYTHONDONTWRITEBYTECODE",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "_",
        *("TMPDIR", "XDG_CACHE_HOME", "PYTHONPYCACHEPREFIX", "RUFF_CACHE_DIR", "MYPY_CACHE_DIR", "COVERAGE_FILE"),
        *("PYTEST_ADDOPTS", "HYPOTHESIS_STORAGE_DIRECTORY", "GIT_OPTIONAL_LOCKS"),
    }
    assert set(names) <= allowed
    assert {"PATH", "HOME", "LC_ALL", "GONOGO_GATE"} <= set(names)
    assert place == str(run.runner.tree)


def test_home_is_empty_again_for_every_run(tmp_path: Path) -> None:
    run = start(tmp_path, shell('test -z "$(ls -A "$HOME")" && touch "$HOME/.left"'))
    assert [run("own (1)")["verdict"], run("own (1)")["verdict"]] == ["PASS", "PASS"]


def test_a_hanging_command_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    run = start(tmp_path, shell("sleep 60 & sleep 60", timeout_seconds=1))
    began = time.monotonic()
    result = run("own (1)")
    assert time.monotonic() - began < 10
    assert (result["verdict"], result["reason_code"]) == ("INCONCLUSIVE", "GATE_TIMEOUT")
    assert result["observed"]["timed_out"] is True


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    run = start(tmp_path, shell("", argv=["no-such-program-here"]))
    assert run("own (1)")["reason_code"] == "GATE_TOOL_MISSING"


def test_a_gate_that_nobody_declared(tmp_path: Path) -> None:
    run = start(tmp_path, LINT)
    for name in ("audit", None, 3):
        with pytest.raises(BadInput, match="GATE_UNKNOWN"):
            run.runner.handlers()["gate.run"]({"name": name})


def test_a_guard_is_a_gate_of_step_a_and_sees_what_no_attribute_can_hide(tmp_path: Path) -> None:
    secret = planted()["github"][0]
    scan = {"name": "secret-scan", "kind": "secrets", "hard": True, "step": "A"}
    files: Files = {".gitattributes": "* -diff binary\n", "b.txt": secret, "c\td.bin": b"\0\1"}
    run = start(tmp_path, scan, LINT, files=files, **rule_cache())
    result = run.runner.handlers()["gate.guard"]({"name": "secret-scan"})
    assert isinstance(result, dict)
    assert (result["verdict"], result["checked"]) == ("FAIL", 5)
    findings: Any = result["findings"]
    assert [(one["path"], one["line"]) for one in findings] == [("b.txt", 1)]
    with pytest.raises(Refused, match="GATE_NO_GUARD"):
        run.runner.handlers()["gate.guard"]({"name": "Lint Gate"})


def test_two_gates_with_one_slug_keep_apart(tmp_path: Path) -> None:
    run = start(tmp_path, shell("echo one", name="own 1"), shell("echo two", name="own?1"))
    paths = {run(name)["observed"]["stdout"]["path"] for name in ("own 1", "own?1")}
    assert len(paths) == 2
