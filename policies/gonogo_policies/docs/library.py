"""The documents of a tree, each parsed once: its references and its anchors, a pure function of text and root names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gonogo_policies.docs.headings import anchors, anchors_of
from gonogo_policies.docs.prose import read_prose
from gonogo_policies.docs.references import Reference, references_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Sheet(NamedTuple):
    """What one document holds."""

    references: tuple[Reference, ...]
    anchors: frozenset[str] | None
    """None: nobody asked for them yet."""


def parse(source: str, roots: frozenset[str]) -> Sheet:
    """Parse one document; its anchors too, where it points at itself."""
    prose = read_prose(source)
    found = references_of(prose, roots)
    own = any(not one.target.path and one.target.fragment for one in found)
    return Sheet(found, anchors_of(prose) if own else None)


class Library:
    """The documents of one tree.

    Args:
        read: gives a file's text, None where it is no text.
        roots: names at the top of the repository.
        known: sheets that somebody else made, by path.
    """

    def __init__(
        self, read: Callable[[str], str | None], roots: frozenset[str], known: Mapping[str, Sheet] | None = None
    ) -> None:
        self.read = read
        self.roots = roots
        self.sheets: dict[str, Sheet] = dict(known or {})

    def sheet(self, path: str) -> Sheet | None:
        """What a document holds; None where it is no text."""
        if path not in self.sheets:
            source = self.read(path)
            if source is None:
                return None
            self.sheets[path] = parse(source, self.roots)
        return self.sheets[path]

    def anchors(self, path: str) -> frozenset[str] | None:
        """What a fragment can point at in a document; None where it is no text."""
        sheet = self.sheet(path)
        if sheet is None or sheet.anchors is not None:
            return sheet and sheet.anchors
        source = self.read(path)
        if source is None:
            return None
        self.sheets[path] = sheet._replace(anchors=anchors(source))
        return self.sheets[path].anchors
