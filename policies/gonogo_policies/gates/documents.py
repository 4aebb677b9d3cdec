"""The documents of a work tree, parsed as quickly as it can be done: what is known by blob id, and two processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_policies.docs import Library
from gonogo_policies.docs.beside import Beside
from gonogo_policies.docs.sheets import keep, load

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gonogo_policies.gates.interface import GateContext
    from gonogo_policies.gates.tree_files import TreeFiles


class Shelf:
    """The library of a running gate, with ``paths`` parsed already."""

    def __init__(self, context: GateContext, desk: TreeFiles, paths: Collection[str]) -> None:
        self._folder = context.kept
        self._blobs = desk.listing.blobs
        roots = desk.tree.roots
        self._kept = load(context.kept, roots) if context.kept is not None else {}
        known = {path: sheet for path in paths if (sheet := self._kept.get(self._blobs.get(path, ""))) is not None}
        self.known = len(known)
        """Documents whose sheet was kept from a look before."""
        self.library = Library(desk.read, roots, known)
        self._parse(context, desk, [path for path in sorted(paths) if path not in known])

    def keep(self) -> None:
        """Keep what was parsed, where there is a place for it."""
        if self._folder is None:
            return
        found = {blob: sheet for path, sheet in self.library.sheets.items() if (blob := self._blobs.get(path))}
        if any(self._kept.get(blob) is not sheet for blob, sheet in found.items()):
            there = self._kept.keys() & set(self._blobs.values())
            keep(self._folder, self.library.roots, {**{blob: self._kept[blob] for blob in there}, **found})

    def _parse(self, context: GateContext, desk: TreeFiles, paths: list[str]) -> None:
        beside = Beside(_starter(context), context.tree, context.output)
        beside.ask({path: desk.listing.disk(path) for path in paths if path in desk.listing}, self.library.roots)
        for path in paths:
            if path not in beside.asked:
                self.library.sheet(path)
        self.library.sheets.update(beside.answers())


def _starter(context: GateContext) -> Callable[[list[str]], bytes | None]:
    def start(argv: list[str]) -> bytes | None:
        done = context.run_command(argv, cwd=context.output, timeout=context.settings.timeout_seconds, env=context.env)
        return done.stdout if done.code == 0 else None

    return start
