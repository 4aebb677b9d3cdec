"""Events of chat hosts, as their documentation has them, with what the hook must answer.

Each neutral case becomes one event a host; ``run`` is the duty that waits, empty for a desk without one.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

RISK = {"run": "r1", "number": 8, "step": "G", "role": "RISK_OFFICER"}
FACTS = {"run": "r1", "number": 2, "step": "B", "role": "FACTS_COLLECTOR"}


class Case(NamedTuple):
    """One event and its answer."""

    name: str
    kind: str
    subject: str
    allowed: bool
    rule: str
    run: dict[str, Any] | None = None


CASES = [
    Case("sign", "shell", "gonogo sign latest --decision GO --reason ok", allowed=False, rule="sign"),
    Case("sign by path", "shell", "/opt/x/bin/gonogo sign latest", allowed=False, rule="sign"),
    Case("sign behind another", "shell", "true && gonogo sign latest", allowed=False, rule="sign"),
    Case("sign in quotes", "shell", "'gonogo' \"sign\" latest", allowed=False, rule="sign"),
    Case("sign split by backslash", "shell", "gono\\go si\\gn latest", allowed=False, rule="sign"),
    Case("sign in a subshell", "shell", "echo $(gonogo sign latest)", allowed=False, rule="sign"),
    Case("sign by module", "shell", "python -m gonogo sign latest", allowed=False, rule="sign"),
    Case("close", "shell", "gonogo close latest --condition 1", allowed=False, rule="sign"),
    Case("resume", "shell", "gonogo resume latest --signoff x.json", allowed=False, rule="sign"),
    Case("enrol", "shell", "gonogo init --yes --operator me --public-key k.pub", allowed=False, rule="sign"),
    Case("ssh signs", "shell", "ssh-keygen -Y sign -n gonogo-signoff@v1 -f k x", allowed=False, rule="sign"),
    Case("ssh signs, full path", "shell", "/usr/bin/ssh-keygen  -Y  sign x", allowed=False, rule="sign"),
    Case("agent", "shell", "ssh-add -l", allowed=False, rule="key-agent"),
    Case("agent started", "shell", "eval $(ssh-agent)", allowed=False, rule="key-agent"),
    Case("trust by shell", "shell", "cat ~/.config/gonogo/trust/x/allowed_signers", allowed=False, rule="trust-files"),
    Case("key by shell", "shell", "cat ~/.ssh/id_ed25519", allowed=False, rule="trust-files"),
    Case("hook by shell", "shell", "rm .gonogo/hook.py", allowed=False, rule="protected"),
    Case("hooks by git", "shell", "git config core.hooksPath x", allowed=False, rule="protected"),
    Case("plain shell, no run", "shell", "ls -l", allowed=True, rule="no-run"),
    Case("look, no run", "shell", "gonogo show latest", allowed=True, rule="no-run"),
    Case("write git", "write", ".git/config", allowed=False, rule="protected"),
    Case("write git in capitals", "write", ".GIT/config", allowed=False, rule="protected"),
    Case("write git by dots", "write", "src/../.git/HEAD", allowed=False, rule="protected"),
    Case("write hook", "write", ".gonogo/hook.py", allowed=False, rule="protected"),
    Case("write hooks", "write", ".cursor/hooks.json", allowed=False, rule="protected"),
    Case("write settings", "write", ".claude/settings.json", allowed=False, rule="protected"),
    Case("write published pack", "write", "data/evidence_packs/E/seal.json", allowed=False, rule="protected"),
    Case("write role", "write", ".cursor/agents/gonogo-risk-officer.md", allowed=False, rule="protected"),
    Case("write through link", "write", "link/config", allowed=False, rule="protected"),
    Case("write source, no run", "write", "src/a.py", allowed=True, rule="no-run"),
    Case("write no path", "write", "", allowed=False, rule="path"),
    Case("read key", "read", "~/.ssh/id_ed25519", allowed=False, rule="trust-files"),
    Case("read source, no run", "read", "src/a.py", allowed=True, rule="no-run"),
    Case("approve tool", "mcp", "x_approve", allowed=False, rule="approve-tool"),
    Case("foreign tool, no run", "mcp", "other_tool", allowed=True, rule="no-run"),
    Case("facts read", "read", "src/a.py", allowed=True, rule="paths_read:**", run=FACTS),
    Case("facts read secret", "read", ".env", allowed=False, rule="paths_forbidden", run=FACTS),
    Case("facts read secret, capitals", "read", ".ENV", allowed=False, rule="paths_forbidden", run=FACTS),
    Case("facts read outside", "read", "/etc/passwd", allowed=False, rule="paths_read", run=FACTS),
    Case("facts write", "write", "docs/a.md", allowed=False, rule="write", run=FACTS),
    Case("facts shell", "shell", "python x.py", allowed=False, rule="shell", run=FACTS),
    Case("facts look", "shell", "gonogo show latest", allowed=True, rule="shell:show", run=FACTS),
    Case("facts look, more behind", "shell", "gonogo show latest; rm x", allowed=False, rule="shell", run=FACTS),
    Case("facts look, redirected", "shell", "gonogo show latest > x", allowed=False, rule="shell", run=FACTS),
    Case("facts look-alike", "shell", "./evil/gonogo.sh show", allowed=False, rule="shell", run=FACTS),
    Case("facts look, the commit's own", "shell", "./gonogo show", allowed=False, rule="shell", run=FACTS),
    Case("facts look, below", "shell", "tools/gonogo show", allowed=False, rule="shell", run=FACTS),
    Case("facts look, by path", "shell", "/opt/x/bin/gonogo show", allowed=True, rule="shell:show", run=FACTS),
    Case("facts look, installed here", "shell", ".venv/bin/gonogo show", allowed=True, rule="shell:show", run=FACTS),
    Case("facts sign", "shell", "gonogo sign latest", allowed=False, rule="sign", run=FACTS),
    Case("facts our tool", "mcp", "gonogo_take_duty", allowed=True, rule="mcp:gonogo", run=FACTS),
    Case("facts other tool", "mcp", "browser_open", allowed=False, rule="mcp", run=FACTS),
    Case("facts web", "other", "WebFetch", allowed=False, rule="other", run=FACTS),
    Case("facts own agent", "subagent", "gonogo-facts-collector", allowed=True, rule="subagent", run=FACTS),
    Case("facts other agent", "subagent", "gonogo-risk-officer", allowed=False, rule="subagent", run=FACTS),
    Case("facts any agent", "subagent", "general-purpose", allowed=False, rule="subagent", run=FACTS),
    Case("risk reads nothing", "read", "src/a.py", allowed=False, rule="paths_read", run=RISK),
    Case("risk our tool", "mcp", "gonogo_hand_in", allowed=True, rule="mcp:gonogo", run=RISK),
    Case("agent, no run", "subagent", "general-purpose", allowed=True, rule="no-run"),
]

CURSOR = {
    "shell": lambda s: {"hook_event_name": "beforeShellExecution", "command": s},
    "mcp": lambda s: {"hook_event_name": "beforeMCPExecution", "tool_name": s, "tool_input": "{}", "command": "x"},
    "read": lambda s: {"hook_event_name": "beforeReadFile", "file_path": s, "content": ""},
    "write": lambda s: _tool("preToolUse", "Write", {"file_path": s, "content": "x"}),
    "subagent": lambda s: {"hook_event_name": "subagentStart", "subagent_id": "1", "subagent_type": s, "task": "t"},
    "other": lambda s: _tool("preToolUse", s, {"url": "x"}),
}
CLAUDE = {
    "shell": lambda s: _tool("PreToolUse", "Bash", {"command": s}),
    "mcp": lambda s: _tool("PreToolUse", f"mcp__gonogo__{s}", {}),
    "read": lambda s: _tool("PreToolUse", "Read", {"file_path": s}),
    "write": lambda s: _tool("PreToolUse", "Edit", {"file_path": s, "old_string": "a", "new_string": "b"}),
    "subagent": lambda s: _tool("PreToolUse", "Task", {"subagent_type": s, "prompt": "x"}),
    "other": lambda s: _tool("PreToolUse", s, {"url": "x"}),
}
VSCODE = {
    "shell": lambda s: _copilot("bash", {"command": s}),
    "mcp": lambda s: _copilot(f"gonogo/{s}", {}),
    "read": lambda s: _copilot("view", {"path": s}),
    "write": lambda s: _copilot("create", {"path": s, "file_text": "x"}),
    "subagent": lambda s: _copilot("task", {"agentName": s}),
    "other": lambda s: _copilot(s, {"url": "x"}),
}
HOSTS: dict[str, dict[str, Any]] = {"cursor": CURSOR, "claude": CLAUDE, "vscode": VSCODE}


def event(host: str, case: Case, root: str) -> str:
    """The event of this case, as the host writes it to the hook's standard input."""
    body = HOSTS[host][case.kind](case.subject)
    around = {"workspace_roots": [root], "conversation_id": "c"} if host == "cursor" else {"cwd": root}
    return json.dumps({**around, **body})


def allowed(host: str, answer: dict[str, Any]) -> bool:
    """Whether the host would let the call through on this answer; no word is a yes to all three."""
    if host == "cursor":
        return bool(answer.get("permission", "allow") == "allow")
    inner = answer.get("hookSpecificOutput", {})
    return "deny" not in {inner.get("permissionDecision"), answer.get("permissionDecision")}


def _tool(name: str, tool: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"hook_event_name": name, "tool_name": tool, "tool_input": given, "tool_use_id": "1"}


def _copilot(tool: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": 1, "toolName": tool, "toolArgs": json.dumps(given)}
