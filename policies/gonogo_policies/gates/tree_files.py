"""The commit's files as gates of our own read them: names exact, contents as text, links only inside the work tree."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_policies.docs import Tree
from gonogo_policies.docs.text import text_at

if TYPE_CHECKING:
    from gonogo_policies.gates.interface import GateContext


class TreeFiles:
    """The work tree of a running gate."""

    def __init__(self, context: GateContext) -> None:
        self.listing = context.tracked()
        self._root = context.tree
        self._real = os.path.realpath(context.tree)
        self.tree = Tree(self.listing.paths, elsewhere=cache(self._linked), renamed=lambda: _new_names(context))

    def read(self, path: str) -> str | None:
        """A tracked file's text; None where it is too long, no UTF-8, or not a file of the commit."""
        return text_at(self._root / self.listing.disk(path)) if path in self.listing else None

    def _linked(self, path: str) -> bool:
        """Whether a symbolic link or a submodule stands there; what it leads to must lie in the work tree."""
        place = f"{self._real}/{path}"
        if not os.path.lexists(place) or not Path(os.path.realpath(place)).is_relative_to(self._real):
            return False
        return os.path.exists(place)  # noqa: PTH110 - a link that leads nowhere is nothing


def _new_names(context: GateContext) -> dict[str, str]:
    """Old names to new ones: what this change renames, and before it what the history says."""
    changed = {file.old_path: file.path for file in context.change.files if file.old_path}
    return {**context.renamed(), **changed}
