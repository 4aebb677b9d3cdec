"""``gonogo doctor --host``: whether what was exported is there, answers, and what cannot be known from outside."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Final

from gonogo.cli.diagnosis import Item
from gonogo.exporting import export_for, rules_in
from gonogo.hook_start import forged
from gonogo.host_files import plan
from gonogo_agents.hosts import HOSTS
from gonogo_agents.hosts.interface import HOOK
from gonogo_agents.world import Command, ProgramMissing
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.text import Text, msg

if TYPE_CHECKING:
    from gonogo_agents.hosts import Export
    from gonogo_agents.prompts import Language
    from gonogo_graph.session import Session

HOOKED: Final = ("cursor", "claude", "vscode")
PROBE: Final = {"hook_event_name": "beforeShellExecution", "command": "gonogo sign latest"}
"""What every hook must refuse; Claude Code's and VS Code's own form is another, and the words are the same."""
SECONDS: Final = 10.0
KEPT: Final = ".git/gonogo/hook-*.bin"
UNKNOWN: Final[dict[str, tuple[Text, ...]]] = {
    "cursor": (
        msg("whether Cursor trusts this workspace: project hooks run only then"),
        msg("whether tool calls of a subagent name it: where not, the role is bound by the step that is open"),
    ),
    "claude": (
        msg("whether Claude Code is 2.1.295 or later: before that, a hook that cannot run lets the call through"),
        msg("whether its subagents reach MCP servers: some versions do not"),
    ),
    "vscode": (msg("whether this Copilot reads .github/hooks here: cloud agents read the default branch alone"),),
}
"""What no look from outside can tell, by host."""
ALWAYS: Final = msg("what is typed in a terminal beside the host: its hook sees the host's own calls alone")


def host_items(session: Session, host: str, language: Language) -> list[Item]:
    """What was looked at for one host."""
    export = export_for(session, language)
    items = [_exported(session, host, export), _server()]
    return [*items, _hook(session, host, export)] if host in HOOKED else items


def unknown(host: str) -> list[Text]:
    """What cannot be known about the host from here."""
    return [*UNKNOWN.get(host, ()), ALWAYS]


def _exported(session: Session, host: str, export: Export) -> Item:
    again = msg("gonogo export {host}", host=host)
    try:
        changes = plan(session.repository.root, HOSTS[host].files(export))
    except GonogoError as error:
        return Item(f"host.{host}.files", "missing", error.what, error.next_step)
    if not changes:
        return Item(f"host.{host}.files", "ok", msg("{host}: every file is as exported", host=host))
    names = ", ".join(change.path.relative_to(session.repository.root).as_posix() for change in changes[:5])
    words = msg("{host}: not as exported: {count} ({names})", host=host, count=len(changes), names=names)
    return Item(f"host.{host}.files", "missing", words, again)


def _server() -> Item:
    if importlib.util.find_spec("mcp") is not None:
        return Item("host.mcp", "ok", msg("the MCP server can be started (gonogo mcp)"))
    words = msg("the MCP server cannot be started: the package mcp is not installed")
    return Item("host.mcp", "missing", words, msg("Install gonogo with its extra: pip install 'gonogo[mcp]'"))


def _hook(session: Session, host: str, export: Export) -> Item:
    """Ask the hook as the host would: it must say no to a signature."""
    root, again = session.repository.root, msg("gonogo export {host}", host=host)
    event = PROBE if host == "cursor" else {"tool_name": "Bash", "tool_input": {"command": PROBE["command"]}}
    text = json.dumps({**event, "cwd": str(root), "workspace_roots": [str(root)]})
    python = export.python if export.python.startswith("/") else str(root / export.python)
    try:
        done = session.world.run(Command((python, "-I", "-S", HOOK, host), root, timeout=SECONDS, stdin=text.encode()))
    except ProgramMissing:
        return Item(f"host.{host}.hook", "missing", msg("{host}: the hook's interpreter is gone", host=host), again)
    if forged(str(root), rules_in(export.hook)):
        words = msg("{host}: what was compiled of the hook's rules is not theirs; delete {path}", host=host, path=KEPT)
        return Item(f"host.{host}.hook", "missing", words, again)
    if done.code == 0 and b'"deny"' in done.stdout:
        return Item(f"host.{host}.hook", "ok", msg("{host}: the hook runs, and refuses a signature", host=host))
    return Item(f"host.{host}.hook", "missing", msg("{host}: the hook does not refuse a signature", host=host), again)
