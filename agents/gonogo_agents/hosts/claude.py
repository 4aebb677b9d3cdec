"""Claude Code: subagents with a list of tools, a skill, hooks in settings, ``.mcp.json``.

A hook that cannot run blocks (``onFailure``) from 2.1.295 on; an older Claude Code ignores the key and lets the call
through, which ``gonogo doctor --host claude`` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.hosts.interface import HOOK, SERVER, Export, HostFile, JsonMerge, Whole, markdown, runnable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON

EVENTS: Final = ("PreToolUse", "SubagentStart", "SubagentStop", "SessionStart")
SECONDS: Final = 5


class Claude:
    """Claude Code."""

    name = "claude"

    def files(self, export: Export) -> Sequence[HostFile]:
        """``.claude/``, ``.mcp.json`` and the hook."""
        return [
            Whole(HOOK, export.hook.decode()),
            *(
                Whole(
                    f".claude/agents/gonogo-{prompt.slug}.md",
                    markdown(
                        export,
                        prompt.body,
                        {
                            "name": f"gonogo-{prompt.slug}",
                            "description": prompt.description,
                            "tools": f"Read, Grep, Glob, mcp__{SERVER}",
                            "model": "inherit",
                        },
                    ),
                )
                for prompt in export.prompts.values()
            ),
            Whole(
                ".claude/skills/gonogo-run/SKILL.md",
                markdown(export, export.words.lead, {"name": "gonogo-run", "description": export.words.lead_about}),
            ),
            JsonMerge(
                ".claude/settings.json",
                values={},
                lists={("hooks", event): [_group(export, event)] for event in EVENTS},
            ),
            JsonMerge(".mcp.json", values={("mcpServers", SERVER): _server(export)}),
        ]


def _group(export: Export, event: str) -> JSON:
    words = [_rooted(export.python), "-I", "-S", _rooted(HOOK), "claude"]
    hook: dict[str, JSON] = {"type": "command", "command": _shell(words), "timeout": SECONDS}
    if event == "PreToolUse":
        hook["onFailure"] = "block"
        return {"matcher": "*", "hooks": [hook]}
    return {"hooks": [hook]}


def _shell(words: Sequence[str]) -> str:
    """``$CLAUDE_PROJECT_DIR`` must be expanded, and may hold blanks: double quotes."""
    return " ".join(f'"{word}"' if word.startswith("$") else runnable([word]) for word in words)


def _server(export: Export) -> JSON:
    program = [f"${{CLAUDE_PROJECT_DIR:-.}}/{word}" if _inside(word) else word for word in export.program]
    return {"type": "stdio", "command": program[0], "args": [*program[1:], "mcp"]}


def _inside(word: str) -> bool:
    return "/" in word and not word.startswith("/")


def _rooted(word: str) -> str:
    return f"$CLAUDE_PROJECT_DIR/{word}" if _inside(word) else word
