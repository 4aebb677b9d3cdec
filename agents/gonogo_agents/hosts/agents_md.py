"""AGENTS.md: one section for every agent that reads it, whatever its host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.hosts.interface import Export, HostFile, Section

if TYPE_CHECKING:
    from collections.abc import Sequence


class AgentsMd:
    """The file that most hosts read."""

    name = "agents-md"

    def files(self, export: Export) -> Sequence[HostFile]:
        """A section of ``AGENTS.md``; the rest of the file is somebody else's."""
        return [Section("AGENTS.md", f"{export.words.about}\n{_roles(export)}")]


def _roles(export: Export) -> str:
    """The six roles in one table."""
    rows = [f"| {prompt.role} | {prompt.description} |" for prompt in export.prompts.values()]
    return "\n".join([f"| {' | '.join(export.words.columns)} |", "|---|---|", *rows]) + "\n"
