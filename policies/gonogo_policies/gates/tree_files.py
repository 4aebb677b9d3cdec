"""The commit's files as gates of our own read them: names exact, contents as text, links only inside the work tree."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_policies.docs import Tree

if TYPE_CHECKING:
    from gonogo_policies.gates.interface import GateContext

TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of a file that is read."""


class TreeFiles:
    """The work tree of a running gate."""

    def __init__(self, context: GateContext) -> None:
        self._places = {one.path: one.disk for one in context.tracked()}
        self._root = context.tree
        renamed = {file.old_path: file.path for file in context.change.files if file.old_path}
        self.tree = Tree(self._places, elsewhere=self._linked, renamed=renamed)

    def read(self, path: str) -> str | None:
        """A tracked file's text; None where it is too long, no UTF-8, or not a file of the commit."""
        try:
            return read_bytes(self._root / self._places[path], limit=TEXT_LIMIT).decode()
        except (KeyError, GonogoError, UnicodeDecodeError):
            return None

    def _linked(self, path: str) -> bool:
        """Whether a symbolic link or a submodule stands there; what it leads to must lie in the work tree."""
        place = self._root / path
        return os.path.lexists(place) and Path(os.path.realpath(place)).is_relative_to(os.path.realpath(self._root))
