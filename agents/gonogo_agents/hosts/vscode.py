"""VS Code with Copilot: custom agents, repository instructions, hooks, ``.vscode/mcp.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.hosts.interface import HOOK, SERVER, Export, HostFile, JsonMerge, Whole, markdown, runnable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gonogo_evidence.ids import JSON

SECONDS: Final = 5
PROMPT_LIMIT: Final = 30_000
"""Characters that a custom agent's prompt may have."""


class VSCode:
    """VS Code and the Copilot agents that read ``.github/``."""

    name = "vscode"

    def files(self, export: Export) -> Sequence[HostFile]:
        """``.github/agents``, instructions, hooks, and ``.vscode/mcp.json``."""
        return [
            Whole(HOOK, export.hook.decode()),
            *(
                Whole(
                    f".github/agents/gonogo-{prompt.slug}.agent.md",
                    markdown(
                        export,
                        prompt.body,
                        {"name": f"gonogo-{prompt.slug}", "description": prompt.description}
                        | {"user-invocable": True, "disable-model-invocation": True},
                    ).replace("---\n<!--", f"tools: ['read', 'search', '{SERVER}/*']\n---\n<!--", 1),
                )
                for prompt in export.prompts.values()
            ),
            Whole(
                ".github/instructions/gonogo.instructions.md",
                markdown(export, export.words.about, {"description": export.words.lead_about, "applyTo": "**"}),
            ),
            JsonMerge(
                ".github/hooks/gonogo.json",
                values={},
                lists={("hooks", event): [_entry(export)] for event in ("preToolUse", "sessionStart")},
                defaults={("version",): 1},
            ),
            JsonMerge(".vscode/mcp.json", values={("servers", SERVER): _server(export)}),
        ]


def _entry(export: Export) -> JSON:
    return {
        "type": "command",
        "bash": runnable([export.python, "-I", "-S", HOOK, "vscode"]),
        "cwd": ".",
        "timeoutSec": SECONDS,
    }


def _server(export: Export) -> JSON:
    inside = ["/" in word and not word.startswith("/") for word in export.program]
    program = [
        f"${{workspaceFolder}}/{word}" if here else word for word, here in zip(export.program, inside, strict=True)
    ]
    return {"type": "stdio", "command": program[0], "args": [*program[1:], "mcp", "--repo", "${workspaceFolder}"]}
