"""Cursor: subagents, a skill, a rule, a command, hooks that fail closed, the MCP server.

Formats as measured on 3.9 (research/ux.md part 1): hooks fail open unless ``failClosed`` is set, ``readonly`` would cut
a role off from the MCP server, ``alwaysApply`` must be a boolean, commands have no front matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.hosts.interface import HOOK, SERVER, Export, HostFile, JsonMerge, Whole, markdown, runnable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON

DECIDING: Final = ("preToolUse", "beforeShellExecution", "beforeMCPExecution", "beforeReadFile", "subagentStart")
"""Events that the hook answers with allow or deny; they block where it cannot run."""
NOTED: Final = ("sessionStart", "afterFileEdit", "subagentStop")
"""Events that it only writes down."""
SECONDS: Final = 5


class Cursor:
    """Cursor 2.4 and later."""

    name = "cursor"

    def files(self, export: Export) -> Sequence[HostFile]:
        """``.cursor/`` and the hook."""
        return [
            Whole(HOOK, export.hook.decode()),
            *(
                Whole(
                    f".cursor/agents/gonogo-{prompt.slug}.md",
                    markdown(
                        export,
                        prompt.body,
                        {
                            "name": f"gonogo-{prompt.slug}",
                            "description": prompt.description,
                            "model": "inherit",
                            "readonly": False,
                            "is_background": False,
                        },
                    ),
                )
                for prompt in export.prompts.values()
            ),
            Whole(
                ".cursor/skills/gonogo-run/SKILL.md",
                markdown(
                    export,
                    export.words.lead,
                    {
                        "name": "gonogo-run",
                        "description": export.words.lead_about,
                        "disable-model-invocation": True,
                    },
                ),
            ),
            Whole(".cursor/commands/gonogo-run.md", markdown(export, export.words.lead)),
            Whole(
                ".cursor/rules/gonogo.mdc",
                markdown(
                    export,
                    export.words.about,
                    {"description": export.words.lead_about, "alwaysApply": True},
                ),
            ),
            JsonMerge(
                ".cursor/hooks.json",
                values={},
                lists={("hooks", event): [_entry(export, event)] for event in (*DECIDING, *NOTED)},
                defaults={("version",): 1},
            ),
            JsonMerge(".cursor/mcp.json", values={("mcpServers", SERVER): _server(export)}),
        ]


def _entry(export: Export, event: str) -> JSON:
    command = runnable([export.python, "-I", "-S", HOOK, "cursor"])
    entry: dict[str, JSON] = {"command": command, "timeout": SECONDS}
    if event in DECIDING:
        entry["failClosed"] = True
    return entry


def _server(export: Export) -> JSON:
    program = [_rooted(word) for word in export.program]
    return {"type": "stdio", "command": program[0], "args": [*program[1:], "mcp", "--repo", "${workspaceFolder}"]}


def _rooted(word: str) -> str:
    """A path inside the repository, as Cursor finds it from anywhere."""
    return f"${{workspaceFolder}}/{word}" if "/" in word and not word.startswith("/") else word
