"""The outline of a YAML file: keys and list items with line and indentation. A reading by lines, not a parser.

It copes with comments, quotes, anchors and tags, block scalars and flow values over several lines, which is what CI
files hold. It resolves no alias and builds no document: who asks for a key gets the line where it is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_JOINED = 500
"""Lines that one flow value may take."""

_NO_KEY = frozenset("#[]{},&*!|>%@`?\"'")
"""Signs with which a plain key cannot begin."""
_BLOCK = re.compile(r"[|>][-+0-9]*\s*(?:#.*)?$")
_DECORATION = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+|$))+")


@dataclass(frozen=True, slots=True)
class Node:
    """One key (``name`` is set) or one plain list item."""

    line: int
    indent: int
    name: str
    value: str
    """The rest of the line without comment, anchor and tag, quotes kept; flow values joined into one line."""
    item: bool
    """Whether the line began with a dash."""

    @property
    def text(self) -> str:
        """The value without its quotes."""
        return unquote(self.value)


def outline(lines: Sequence[str]) -> list[Node]:
    """Every key and item, in the order of the file."""
    nodes: list[Node] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        body = line.lstrip(" ")
        if not body or body.startswith(("#", "---", "...", "%")):
            continue
        node = _node(number, len(line) - len(body), body)
        if _BLOCK.match(node.value):
            number = _after_block(lines, number, node.indent)
        elif node.value[:1] in {"[", "{", '"', "'"} and not _closed(node.value):
            value, number = _joined(node.value, lines, number)
            node = Node(node.line, node.indent, node.name, value, node.item)
        nodes.append(node)
    return nodes


def children(nodes: Sequence[Node], parent: int) -> list[tuple[int, Node]]:
    """The keys and items directly below ``nodes[parent]``, with their positions."""
    below = list(_below(nodes, parent))
    if not below:
        return []
    indent = below[0][1].indent
    return [(position, node) for position, node in below if node.indent == indent]


def top(nodes: Sequence[Node], *names: str) -> int | None:
    """The position of the first top-level key with one of these names."""
    return next(
        (position for position, node in enumerate(nodes) if node.indent == 0 and not node.item and node.name in names),
        None,
    )


def unquote(value: str) -> str:
    """A scalar without its quotes."""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value


def _node(number: int, indent: int, body: str) -> Node:
    item = False
    while body.startswith("- ") or body == "-":
        item = True
        rest = body[1:].lstrip(" ")
        indent += len(body) - len(rest)
        body = rest
    body = _DECORATION.sub("", body, count=1) if body[:1] in {"&", "!"} else body
    name, value = _split(_without_comment(body))
    if value[:1] in {"&", "!"}:
        value = _DECORATION.sub("", value, count=1)
    return Node(number, indent, name, value, item)


def _split(body: str) -> tuple[str, str]:
    """A key and its value; no key and the whole body where it is a plain item."""
    if body[:1] in {'"', "'"}:
        name, _, rest = body[1:].partition(body[0])
        rest = rest.lstrip(" ")
        if rest == ":" or rest.startswith(": "):
            return name, rest[1:].strip()
    elif body and body[0] not in _NO_KEY:
        name, colon, rest = body.partition(": ")
        if colon:
            return name.rstrip(), rest.strip()
        if body.endswith(":"):
            return body[:-1].rstrip(), ""
    return "", body


def _without_comment(body: str) -> str:
    quote = ""
    for position, sign in enumerate(body):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (position == 0 or body[position - 1] in " [{,:"):
            quote = sign
        elif sign == "#" and (position == 0 or body[position - 1] == " "):
            return body[:position].rstrip()
    return body.rstrip()


def _closed(value: str) -> bool:
    if value[0] in "\"'":
        return len(value) > 1 and value.endswith(value[0])
    return value.count("[") <= value.count("]") and value.count("{") <= value.count("}")


def _joined(value: str, lines: Sequence[str], number: int) -> tuple[str, int]:
    for _ in range(MAX_JOINED):
        if number >= len(lines) or _closed(value):
            break
        value = f"{value} {_without_comment(lines[number].strip())}".strip()
        number += 1
    return value, number


def _after_block(lines: Sequence[str], number: int, indent: int) -> int:
    while number < len(lines):
        body = lines[number].strip()
        if body and len(lines[number]) - len(lines[number].lstrip(" ")) <= indent:
            break
        number += 1
    return number


def _below(nodes: Sequence[Node], parent: int) -> Iterator[tuple[int, Node]]:
    """Deeper nodes up to the next one that is not; a list may stand at its key's own indentation."""
    own = nodes[parent]
    for position in range(parent + 1, len(nodes)):
        node = nodes[position]
        if node.indent <= own.indent:
            return
        yield position, node
