"""The host hook: documented events in, the host's own answer out; every way to crash it is a denial."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo import hook
from gonogo.exporting import rules_in
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


def test_the_exported_text_decides_every_case_as_its_parts_do(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    text = rules_in((desk.repo.path / ".gonogo" / "hook.py").read_bytes())
    tree = ast.parse(text)
    named = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    named += [
        node.targets[0].id
        for node in tree.body
        if isinstance(node, ast.Assign)
        if isinstance(node.targets[0], ast.Name)
    ]
    assert len(named) == len(set(named)), "one part would redefine another's name"
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "exported", "exec"), names)  # noqa: S102 - as a host's call does
    monkeypatch.setenv("HOME", str(desk.home))
    monkeypatch.delenv("CLAUDE_PROJECT_DIR", raising=False)
    for case in CASES:
        active(desk, case.run)
        for host in HOSTS:
            out = io.StringIO()
            names["main"](["h", host], io.StringIO(event(host, case, str(desk.repo.path))), out, str(desk.repo.path))
            assert allowed(host, json.loads(out.getvalue())) is case.allowed, (host, case)
            assert "HOOK_" not in out.getvalue(), (host, case)


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
    assert not allowed(host, json.loads(out.getvalue()))
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


def test_the_exported_file_knows_the_standard_library_alone(desk: Desk) -> None:
    code = "import sys; p = sys.argv[1]; sys.argv = [p, 'cursor']; names = {'__name__': '__main__', '__file__': p}\n"
    code += "try: exec(compile(open(p).read(), p, 'exec'), names)\nfinally: print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, ".gonogo/hook.py"],
        cwd=desk.repo.path,
        env=desk.environment(),
        input=event("cursor", CASES[0], str(desk.repo.path)),
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert json.loads(done.stdout)["permission"] == "deny"
    for name in ("'gonogo", "'typing'", "'json'", "'re'"):
        assert name not in done.stderr


ODD: list[tuple[str, dict[str, object], bool]] = [
    ("a tool of another name that writes", {"tool_name": "SaveText", "tool_input": {"filePath": ".git/config"}}, False),
    (
        "many files in one call",
        {"tool_name": "Fix", "tool_input": {"edits": [{"path": "a"}, {"path": ".mcp.json"}]}},
        False,
    ),
    ("a tool of another name that runs", {"tool_name": "Exec", "tool_input": {"cmd": "gonogo sign latest"}}, False),
    ("a server that writes", {"tool_name": "mcp__fs__put", "tool_input": {"path": ".git/hooks/x"}}, False),
    ("a server that runs code", {"tool_name": "mcp__py__run", "tool_input": {"code": "import gonogo.sign"}}, False),
    ("a server that reads state", {"tool_name": "mcp__fs__get", "tool_input": {"path": "~/.config/gonogo/x"}}, False),
    ("an address of a file", {"tool_name": "Open", "tool_input": {"uri": "file:///x/.git/config"}}, False),
    ("a shell in the hook's folder", {"tool_name": "Bash", "tool_input": {"command": "rm x", "cwd": ".gonogo"}}, False),
    (
        "fields without end",
        {"tool_name": "X", "tool_input": json.loads('{"a":' * 20 + "1" + "}" * 20)},
        False,
    ),
    ("an editor with a slash", {"tool_name": "edit/create_file", "tool_input": {"filePath": ".git/config"}}, False),
    ("a call without its command", {"tool_name": "Bash", "tool_input": {"line": "ls"}}, False),
    ("a call without its name", {"tool": "Bash", "tool_input": {"command": "ls"}}, False),
    ("a call whose fields are a list", {"tool_name": "Bash", "tool_input": ["ls"]}, False),
    ("an ordinary todo", {"tool_name": "TodoWrite", "tool_input": {"todos": [{"content": "gonogo sign"}]}}, True),
    ("an ordinary search", {"tool_name": "Grep", "tool_input": {"pattern": "x", "path": "src"}}, True),
]


@pytest.mark.parametrize("host", sorted(HOSTS))
@pytest.mark.parametrize(("given_event", "yes"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_a_tool_is_held_to_what_its_fields_name(
    desk: Desk, given_event: dict[str, object], host: str, monkeypatch: pytest.MonkeyPatch, *, yes: bool
) -> None:
    active(desk, None)
    text = json.dumps({"cwd": str(desk.repo.path), **given_event})
    assert in_process(desk, host, text, monkeypatch)[0] is yes


@pytest.mark.parametrize(
    "place", ["{home}/.local/state/gonogo/ab/state.key", "{home}/.config/gonogo/trust/ab/x", "{own}/x"]
)
@pytest.mark.parametrize("tool", ["Read", "Write"])
def test_keys_and_state_are_nobodys_wherever_they_lie(
    desk: Desk, place: str, tool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(desk, None)
    own = desk.repo.path / "own-state"
    monkeypatch.setenv("GONOGO_HOME", str(own))
    path = place.format(home=desk.home, own=own)
    text = json.dumps({"cwd": str(desk.repo.path), "tool_name": tool, "tool_input": {"file_path": path}})
    if "own" not in place:
        monkeypatch.delenv("GONOGO_HOME")
    assert in_process(desk, "claude", text, monkeypatch) == (False, "trust-files")


def test_no_event_leads_the_hook_to_another_repository(desk: Desk, tmp_path: Path) -> None:
    active(desk, FACTS)
    write = event(
        "cursor", Case("write", "write", str(desk.repo.path / "a.py"), allowed=False, rule="write"), str(tmp_path)
    )
    assert not allowed("cursor", ask(desk, "cursor", write)), "the first of several roots is another folder"


def test_a_search_over_a_folder_would_show_what_is_closed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    active(desk, FACTS)
    for path, yes in (("src", False), (".", False), ("src/sample.py", True)):
        text = {"cwd": str(desk.repo.path), "tool_name": "Grep", "tool_input": {"pattern": "x", "path": path}}
        assert in_process(desk, "claude", json.dumps(text), monkeypatch)[0] is yes
    both = {"tool_name": "Read", "tool_input": {"file_path": "src/sample.py", "path": ".env"}}
    assert not in_process(desk, "claude", json.dumps({"cwd": str(desk.repo.path), **both}), monkeypatch)[0]


def test_a_look_that_writes_and_a_tool_of_another_server_are_refused_in_a_run(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    active(desk, FACTS)
    for command in (
        "gonogo index page --write",
        "gonogo verify latest --export-verifier=x",
        "gonogo index request --out=x",
    ):
        text = {"cwd": str(desk.repo.path), "tool_name": "Bash", "tool_input": {"command": command}}
        assert in_process(desk, "claude", json.dumps(text), monkeypatch) == (False, "shell")
    for tool in ("mcp__evil__gonogo_read", "mcp__gonogo__gonogo_other"):
        text = {"cwd": str(desk.repo.path), "tool_name": tool, "tool_input": {}}
        assert in_process(desk, "claude", json.dumps(text), monkeypatch) == (False, "mcp")
