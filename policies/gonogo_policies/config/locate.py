"""Find the line on which a key of a TOML file stands: tomllib keeps no positions, and an error needs one.

The reader here is for text that tomllib has already accepted. It follows the same structure (headers, dotted keys,
inline tables, arrays, strings of all four kinds) and notes where each key and element begins; it never decides
whether text is TOML.
"""

from __future__ import annotations

import contextlib
import tomllib
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KeyPath: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes from the top, as pydantic's ``loc`` has them."""

MAX_DEPTH = 200
SPACE = " \t"
BLANK = " \t\r\n"


def locate(text: str, key_path: Sequence[str | int]) -> int:
    """Return the line (from 1) of the key or element at ``key_path``, or of the nearest part above it that has one.

    An empty path, or one that is nowhere in the text, gives 1. Text that is not TOML gives some line, never an error.
    """
    return line_of(positions(text), key_path)


def line_of(lines: Mapping[KeyPath, int], key_path: Sequence[str | int]) -> int:
    """Do the same over :func:`positions`, for many keys of one text."""
    path = tuple(key_path)
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 1


def positions(text: str) -> dict[KeyPath, int]:
    """Return the line of each key, table and array element, by its path."""
    reader = _Reader(text.replace("\r\n", "\n"))
    with contextlib.suppress(_Lost, RecursionError):  # not TOML after all: what was found so far still helps
        reader.read()
    return reader.lines


class _Lost(Exception):
    """The text is not what a TOML reader expects here."""


class _Reader:
    """One pass over the text, with a cursor."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[KeyPath, int] = {}
        self._counted_to, self._line = 0, 1
        self._arrays: dict[KeyPath, int] = {}

    def read(self) -> None:
        table: KeyPath = ()
        while self._skip(BLANK) < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self._header(2)
            elif self.text[self.at] == "[":
                table = self._header(1)
            else:
                self._pair(table, 0)

    def _skip(self, characters: str) -> int:
        """Go over white space, and over comments where line ends are white space too."""
        while self.at < len(self.text):
            if self.text[self.at] == "#" and "\n" in characters:
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif self.text[self.at] not in characters:
                break
            else:
                self.at += 1
        return self.at

    def _note(self, path: KeyPath, at: int) -> None:
        self._line += self.text.count("\n", self._counted_to, at)
        self._counted_to = at
        self.lines.setdefault(path, self._line)

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, expected: str) -> None:
        if not self.text.startswith(expected, self.at):
            raise _Lost
        self.at += len(expected)

    def _header(self, brackets: int) -> KeyPath:
        start = self.at
        self._take("[" * brackets)
        path: KeyPath = ()
        names = self._key()
        for name in names[:-1]:
            path = self._inside((*path, name), start)
        path = (*path, names[-1])
        self._note(path, start)
        if brackets > 1:
            self._arrays[path] = self._arrays.get(path, -1) + 1
            path = (*path, self._arrays[path])
            self._note(path, start)
        self._take("]" * brackets)
        return path

    def _inside(self, path: KeyPath, at: int) -> KeyPath:
        """Step into a table; into the last one where it is an array of tables."""
        self._note(path, at)
        return (*path, self._arrays[path]) if path in self._arrays else path

    def _key(self) -> list[str]:
        """Read a dotted key."""
        names: list[str] = []
        while True:
            self._skip(SPACE)
            names.append(self._name())
            self._skip(SPACE)
            if self._peek() != ".":
                return names
            if len(names) > MAX_DEPTH:
                raise _Lost
            self.at += 1

    def _name(self) -> str:
        start = self.at
        if self._peek() in {'"', "'"}:
            self._string()
            return _unquote(self.text[start : self.at])
        while self._peek() and (self._peek().isalnum() or self._peek() in "_-"):
            self.at += 1
        if start == self.at:
            raise _Lost
        return self.text[start : self.at]

    def _pair(self, table: KeyPath, depth: int) -> None:
        start, path = self.at, table
        for name in self._key():
            path = (*path, name)
            self._note(path, start)
        self._take("=")
        self._skip(SPACE)
        self._value(path, depth)

    def _value(self, path: KeyPath, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _Lost
        match self._peek():
            case '"' | "'":
                self._string()
            case "[":
                self._array(path, depth)
            case "{":
                self._inline_table(path, depth)
            case _:
                start = self.at
                while self._peek() and self._peek() not in ",]}#\n":
                    self.at += 1
                if start == self.at:
                    raise _Lost

    def _array(self, path: KeyPath, depth: int) -> None:
        self.at += 1
        index = 0
        while self._skip(BLANK) < len(self.text) and self._peek() != "]":
            self._note((*path, index), self.at)
            self._value((*path, index), depth + 1)
            index += 1
            self._skip(BLANK)
            if self._peek() == ",":
                self.at += 1
        self._take("]")

    def _inline_table(self, path: KeyPath, depth: int) -> None:
        self.at += 1
        while self._skip(BLANK) < len(self.text) and self._peek() != "}":
            self._pair(path, depth + 1)
            self._skip(BLANK)
            if self._peek() == ",":
                self.at += 1
        self._take("}")

    def _string(self) -> None:
        quote = self._peek()
        long = self.text.startswith(quote * 3, self.at)
        mark = quote * 3 if long else quote
        self.at += len(mark)
        while not self.text.startswith(mark, self.at):
            if not self._peek() or (self._peek() == "\n" and not long):
                raise _Lost
            self.at += 2 if self._peek() == "\\" and quote == '"' else 1
        self.at += len(mark)
        while long and self._peek() == quote:  # up to two quotes may stand before the closing three
            self.at += 1


def _unquote(quoted: str) -> str:
    """Read a quoted key by asking tomllib itself."""
    try:
        return next(iter(tomllib.loads(f"{quoted} = 0")), "")
    except tomllib.TOMLDecodeError:
        return quoted
