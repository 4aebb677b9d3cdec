"""``gonogo export``: stable bytes, valid for each host, foreign entries untouched, drift found, taken away again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from support.desk import make_desk

if TYPE_CHECKING:
    from pathlib import Path

    from support.desk import Desk

HOSTS = ("cursor", "agents-md", "claude", "vscode", "paste")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def export(desk: Desk, *words: str, code: int = 0) -> Any:  # noqa: ANN401 - the document
    return desk.json("export", *words, code=code)


def tree(desk: Desk) -> dict[str, bytes]:
    root = desk.repo.path
    files = (path for path in root.rglob("*") if path.is_file() and ".git/" not in f"{path.relative_to(root)}/")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def front(path: Path) -> dict[str, Any]:
    top = path.read_text(encoding="utf-8").split("---\n")
    assert top[0] == "", "hosts look for front matter at the very start"
    found = yaml.safe_load(top[1])
    assert isinstance(found, dict)
    return found


def test_it_is_stable_idempotent_and_found_by_check(desk: Desk) -> None:
    assert export(desk, *HOSTS, "--check", code=1)["drift"]
    first = export(desk, *HOSTS)["changed"]
    once = tree(desk)
    assert set(first) <= set(once)
    assert export(desk, *HOSTS)["changed"] == []
    assert tree(desk) == once
    assert not export(desk, *HOSTS, "--check")["drift"]
    role = desk.repo.path / ".cursor/agents/gonogo-risk-officer.md"
    role.write_text(role.read_text(encoding="utf-8").replace("gonogo", "gonoga", 1), encoding="utf-8")
    assert export(desk, "cursor", "--check", code=1)["changed"] == [".cursor/agents/gonogo-risk-officer.md"]


def test_each_host_gets_its_own_form(desk: Desk) -> None:
    export(desk, *HOSTS)
    root = desk.repo.path
    cursor = front(root / ".cursor/agents/gonogo-risk-officer.md")
    assert (cursor["name"], cursor["readonly"]) == ("gonogo-risk-officer", False)
    assert front(root / ".cursor/rules/gonogo.mdc")["alwaysApply"] is True
    assert front(root / ".cursor/skills/gonogo-run/SKILL.md")["name"] == "gonogo-run"
    hooks = json.loads((root / ".cursor/hooks.json").read_bytes())
    assert hooks["version"] == 1
    for name in ("preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "subagentStart"):
        assert hooks["hooks"][name][0]["failClosed"] is True
    assert "mcp" in json.loads((root / ".cursor/mcp.json").read_bytes())["mcpServers"]["gonogo"]["args"]
    claude = front(root / ".claude/agents/gonogo-risk-officer.md")
    assert claude["tools"] == "Read, Grep, Glob, mcp__gonogo"
    settings = json.loads((root / ".claude/settings.json").read_bytes())["hooks"]["PreToolUse"][0]
    assert (settings["matcher"], settings["hooks"][0]["onFailure"]) == ("*", "block")
    assert json.loads((root / ".mcp.json").read_bytes())["mcpServers"]["gonogo"]["type"] == "stdio"
    agent = front(root / ".github/agents/gonogo-risk-officer.agent.md")
    assert agent["tools"] == ["read", "search", "gonogo/*"]
    copilot = json.loads((root / ".github/hooks/gonogo.json").read_bytes())
    assert (copilot["version"], "bash" in copilot["hooks"]["preToolUse"][0]) == (1, True)
    assert json.loads((root / ".vscode/mcp.json").read_bytes())["servers"]["gonogo"]["type"] == "stdio"
    for path in root.rglob("gonogo-*.agent.md"):
        assert len(path.read_text(encoding="utf-8")) <= 30_000


def test_german_prompts(desk: Desk) -> None:
    export(desk, "paste", "--prompts", "de")
    assert "Du spielst RISK_OFFICER" in (desk.repo.path / "docs/ops/gonogo-prompts.md").read_text(encoding="utf-8")


def test_foreign_entries_survive_export_and_removal(desk: Desk) -> None:
    root = desk.repo.path
    theirs = {"version": 1, "hooks": {"stop": [{"command": "./mine"}], "preToolUse": [{"command": "./guard"}]}}
    (root / ".cursor").mkdir()
    hooks, servers, notes = root / ".cursor/hooks.json", root / ".cursor/mcp.json", root / "AGENTS.md"
    hooks.write_text(json.dumps(theirs, indent=4), encoding="utf-8")
    servers.write_text('{"mcpServers": {"grafana": {"url": "http://localhost:1"}}, "extra": 1}', encoding="utf-8")
    notes.write_text("# Ours\n\nkeep = this\n", encoding="utf-8")
    (root / ".cursor/agents").mkdir()
    (root / ".cursor/agents/mine.md").write_text("ROLE: mine\n", encoding="utf-8")
    before = tree(desk)
    export(desk, *HOSTS)
    merged = json.loads(hooks.read_bytes())
    assert merged["hooks"]["stop"] == theirs["hooks"]["stop"]  # type: ignore[index]
    assert merged["hooks"]["preToolUse"][0] == {"command": "./guard"}
    assert len(merged["hooks"]["preToolUse"]) == 2
    assert json.loads(servers.read_bytes())["mcpServers"]["grafana"] == {"url": "http://localhost:1"}
    assert notes.read_text(encoding="utf-8").startswith("# Ours\n\nkeep = this\n")
    export(desk, *HOSTS, "--remove")
    after = tree(desk)
    assert set(after) == set(before)
    assert json.loads(after[".cursor/hooks.json"]) == theirs
    assert json.loads(after[".cursor/mcp.json"]) == json.loads(before[".cursor/mcp.json"])
    assert after["AGENTS.md"] == before["AGENTS.md"]


def test_the_hook_stays_as_long_as_another_host_needs_it(desk: Desk) -> None:
    export(desk, "cursor", "claude")
    export(desk, "cursor", "--remove")
    assert (desk.repo.path / ".gonogo/hook.py").exists()
    export(desk, "claude", "--remove")
    assert not (desk.repo.path / ".gonogo").exists()


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (".cursor/agents/gonogo-risk-officer.md", "mine\n", "HOST_FILE_FOREIGN"),
        (".cursor/hooks.json", "{ // note\n}", "HOST_FILE_UNREADABLE"),
        (".cursor/hooks.json", '{"hooks": {"preToolUse": {}}}', "HOST_FILE_UNREADABLE"),
        (".cursor/hooks.json", '{"hooks": 1, "hooks": 2}', "HOST_FILE_UNREADABLE"),
        (".cursor/mcp.json", "[]", "HOST_FILE_UNREADABLE"),
        (".cursor", "a file", "HOST_FILE_FOREIGN"),
    ],
)
def test_what_is_not_ours_stops_it_before_anything_is_written(desk: Desk, path: str, text: str, code: str) -> None:
    place = desk.repo.path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    before = tree(desk)
    assert export(desk, "cursor", code=2)["error"]["code"] == code
    assert tree(desk) == before


def test_a_link_on_the_way_is_refused(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (desk.repo.path / ".cursor").symlink_to(tmp_path / "elsewhere")
    assert export(desk, "cursor", code=2)["error"]["code"] == "HOST_FILE_LINK"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_of_an_older_export_goes(desk: Desk) -> None:
    export(desk, "cursor")
    role = desk.repo.path / ".cursor/agents/gonogo-risk-officer.md"
    old = role.with_name("gonogo-old-role.md")
    old.write_bytes(role.read_bytes())
    assert export(desk, "cursor")["changed"] == [".cursor/agents/gonogo-old-role.md"]
    assert not old.exists()
