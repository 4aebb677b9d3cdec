"""A YAML document with its lines, scalars as they are written: ``on`` stays a word, and ``3.10`` keeps its nought.

Read with PyYAML's composer: nothing is constructed, so no tag can run anything; size, depth and anchors are limited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1024 * 1024
"""Characters of a document."""
DEEPEST = 40
MOST = 100_000
"""Nodes, each counted as often as an alias repeats it."""


class DocumentInvalid(Exception):
    """The text is no YAML that we read: ``line`` from 1, and the reason in English."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Node:
    """One value: a scalar's ``text``, a mapping's ``fields`` or a sequence's ``items``; ``line`` from 1."""

    line: int
    text: str | None = None
    fields: dict[str, Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()
    number: bool = False
    """Whether a plain scalar is a number with a point, which programs print without the noughts at its end."""

    def get(self, *path: str) -> Node | None:
        """The value below these keys."""
        here: Node | None = self
        for name in path:
            here = here.fields.get(name) if here is not None else None
        return here

    def word(self, *path: str) -> str:
        """The scalar below these keys; empty where there is none."""
        found = self.get(*path)
        return found.text or "" if found is not None else ""

    def words(self) -> tuple[str, ...]:
        """A scalar or a list of scalars as words; a mapping's keys."""
        if self.text is not None:
            return (self.text,)
        return tuple(self.fields) or tuple(item.text for item in self.items if item.text is not None)

    @property
    def printed(self) -> str | None:
        """A scalar as a program prints it that read it as a number."""
        if self.text is None or not self.number:
            return self.text
        return self.text.rstrip("0").rstrip(".") or "0"


def read_document(source: str) -> Node:
    """Read one YAML document. Raises :class:`DocumentInvalid`."""
    if len(source) > LARGEST:
        raise DocumentInvalid(1, "the file is too long")
    try:
        root = yaml.compose(source, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise DocumentInvalid(mark.line + 1 if mark else 1, str(error.problem or "no YAML")) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DocumentInvalid(1, "no YAML") from error
    if root is None:
        raise DocumentInvalid(1, "the file is empty")
    return _Reader().read(root, 0)


class _Reader:
    def __init__(self) -> None:
        self._read = 0

    def read(self, node: yaml.Node, depth: int) -> Node:
        self._read += 1
        line = node.start_mark.line + 1
        if depth > DEEPEST or self._read > MOST:
            raise DocumentInvalid(line, "too deep, or too much of it")
        if isinstance(node, yaml.ScalarNode):
            return Node(line, text=node.value, number=not node.style and node.tag == "tag:yaml.org,2002:float")
        if isinstance(node, yaml.SequenceNode):
            return Node(line, items=tuple(self.read(item, depth + 1) for item in node.value))
        if isinstance(node, yaml.MappingNode):
            return Node(line, fields=dict(self._fields(node, depth)))
        raise DocumentInvalid(line, "a value of no known kind")

    def _fields(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, Node]]:
        seen: set[str] = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise DocumentInvalid(line, "a key that is no word")
            if key.value == "<<":
                raise DocumentInvalid(line, "a merge key (<<), which is not read")
            if key.value in seen:
                raise DocumentInvalid(line, f"the key {key.value} stands there twice")
            seen.add(key.value)
            found = self.read(value, depth + 1)
            yield key.value, Node(line, found.text, found.fields, found.items, found.number)
