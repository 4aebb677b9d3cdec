"""One prompt to paste by hand, for people who use none of the hosts: all six roles in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_agents.hosts.interface import Export, HostFile, Whole, markdown

if TYPE_CHECKING:
    from collections.abc import Sequence


class Paste:
    """A file to copy from."""

    name = "paste"

    def files(self, export: Export) -> Sequence[HostFile]:
        """``docs/ops/gonogo-prompts.md``."""
        parts = [export.words.about, export.words.lead]
        parts += [f"# {prompt.role}\n\n{prompt.body}" for prompt in export.prompts.values()]
        return [Whole("docs/ops/gonogo-prompts.md", markdown(export, "\n".join(parts)))]
