"""The host hook: documented events in, the host's own answer out; every way to crash it is a denial."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo import hook
from support.desk import make_desk
from support.hook_cases import CASES, FACTS, HOSTS, RISK, Case, allowed, event

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = make_desk(tmp_path_factory.mktemp("hook"))
    done = desk.gonogo("export", "cursor", "claude", "vscode")
    assert done.returncode == 0, done.stderr
    (desk.repo.path / "link").symlink_to(".git")
    return desk


def ask(desk: Desk, host: str, text: str, **env: str) -> dict[str, object]:
    """What the exported hook prints, started as a host starts it."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", ".gonogo/hook.py", host],
        cwd=desk.repo.path,
        env=desk.environment(**env),
        input=text,
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    assert done.stderr == ""
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def in_process(desk: Desk, host: str, text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    """The same decision by the same code without a process, and its rule from the words of a denial."""
    monkeypatch.setattr(hook, "POLICY", hook._policy_beside({"cwd": str(desk.repo.path)}))
    monkeypatch.setenv("HOME", str(desk.home))
    monkeypatch.delenv("CLAUDE_PROJECT_DIR", raising=False)
    out = io.StringIO()
    assert hook.main(["hook", host], io.StringIO(text), out) == 0
    answer = json.loads(out.getvalue())
    words = json.dumps(answer)
    rule = words.split("gonogo ", 1)[1].split(":", 1)[0] if "gonogo " in words else ""
    return allowed(host, answer), rule


def active(desk: Desk, run: dict[str, object] | None) -> None:
    folder = desk.repo.path / ".git" / "gonogo"
    folder.mkdir(exist_ok=True)
    path = folder / "active.json"
    path.unlink(missing_ok=True)
    if run is not None:
        path.write_text(json.dumps(run), encoding="utf-8")


@pytest.mark.parametrize("host", sorted(HOSTS))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_each_documented_event_is_decided(desk: Desk, case: Case, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    active(desk, case.run)
    got, rule = in_process(desk, host, event(host, case, str(desk.repo.path)), monkeypatch)
    assert got is case.allowed
    if not case.allowed:
        assert rule in {case.rule, "turn"}, "a subagent of another role is out of turn already by its name"


@pytest.mark.parametrize("host", sorted(HOSTS))
@pytest.mark.parametrize(
    "case",
    [
        Case("a write", "write", "a.py", allowed=False, rule="write", run=FACTS),
        Case("a program", "shell", "python x.py", allowed=False, rule="shell", run=FACTS),
        Case("its configuration", "write", "../.git/config", allowed=False, rule="protected"),
        Case("a file beside", "read", "sample.py", allowed=True, rule="", run=FACTS),
        Case("a file above", "read", "../README.md", allowed=True, rule="", run=FACTS),
    ],
    ids=lambda case: case.name.replace(" ", "-"),
)
def test_a_host_that_stands_in_a_folder_of_the_repository_is_in_its_run(
    desk: Desk, case: Case, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(desk, case.run)
    got, rule = in_process(desk, host, event(host, case, str(desk.repo.path / "src")), monkeypatch)
    assert (got, rule) == (case.allowed, case.rule)


@pytest.mark.parametrize("host", sorted(HOSTS))
def test_the_exported_file_decides_as_a_host_starts_it(desk: Desk, host: str) -> None:
    active(desk, FACTS)
    sign = event(host, CASES[0], str(desk.repo.path))
    assert not allowed(host, ask(desk, host, sign))
    read = event(host, Case("read", "read", "src/sample.py", allowed=True, rule=""), str(desk.repo.path))
    assert allowed(host, ask(desk, host, read))
    assert not allowed(host, ask(desk, host, read, GONOGO_ROLE="RISK_OFFICER")), "another role's process is out of turn"


def test_what_it_decided_while_a_duty_was_open_is_written_down(desk: Desk) -> None:
    active(desk, RISK)
    log = desk.repo.path / ".git" / "gonogo" / "hook.jsonl"
    log.unlink(missing_ok=True)
    ask(desk, "claude", event("claude", CASES[0], str(desk.repo.path)))
    entry = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert (entry["run"], entry["duty"], entry["role"], entry["binding"]) == ("r1", 8, "RISK_OFFICER", "step")
    assert (entry["allowed"], entry["rule"]) == (False, "sign")
    assert log.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        "{}",
        '{"tool_name":5}',
        '{"hook_event_name":"beforeShellExecution"}',
        "\u0000",
        "[" * 9999,
    ],
)
@pytest.mark.parametrize("host", sorted(HOSTS))
def test_what_is_no_event_is_denied_with_a_code(host: str, text: str) -> None:
    out = io.StringIO()
    assert hook.main(["hook", host], io.StringIO(text), out) == 0
    answer = json.loads(out.getvalue())
    if not (host == "claude" and answer == {}):
        assert not allowed(host, answer)
        assert "HOOK_" in out.getvalue()


@given(text=st.text(max_size=200), host=st.sampled_from(sorted(HOSTS)))
def test_nothing_crashes_it(text: str, host: str) -> None:
    out = io.StringIO()
    assert hook.main(["hook", host], io.StringIO(text), out) == 0
    assert isinstance(json.loads(out.getvalue()), dict)


def test_an_active_note_that_cannot_be_read_is_a_denial(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    active(desk, None)
    (desk.repo.path / ".git" / "gonogo" / "active.json").write_text("{", encoding="utf-8")
    plain = Case("plain", "shell", "ls", allowed=True, rule="")
    assert in_process(desk, "cursor", event("cursor", plain, str(desk.repo.path)), monkeypatch)[0] is False
    active(desk, None)


def test_gonogo_hook_is_the_same_and_imports_no_click(desk: Desk) -> None:
    active(desk, None)
    code = (
        "import sys; sys.argv = ['gonogo', 'hook', 'cursor']; from gonogo.main import main; main();"
        "assert 'click' not in sys.modules and 'pydantic' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=desk.repo.path,
        env=desk.environment(),
        input=event("cursor", CASES[0], str(desk.repo.path)),
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    assert json.loads(done.stdout)["permission"] == "deny"


def test_it_knows_the_standard_library_alone(tmp_path: Path) -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); import hook; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, str(__import__("pathlib").Path(hook.__file__).parent)],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
        timeout=30,
    )
    assert "gonogo" not in done.stdout
    assert "typing" not in done.stdout
