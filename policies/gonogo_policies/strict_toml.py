"""Reads the few TOML files that trust rests on, with the standard library: every key known, every value of its type.

It says what is wrong in the same codes and words as the configuration floor, whose explainer (and with it pydantic) is
imported only when there is something to explain: ``verify`` and ``inbox`` start fast.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Final, TypeVar, cast

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg
from gonogo_policies.toml_guard import MAX_BYTES, long_key_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Word = TypeVar("Word", bound=str)


def open_toml(data: bytes, *, where: str, schema: str) -> Section:
    """Parse a file and hold its schema line against ``schema``; returns its top level.

    Raises:
        BadInput: ``CONFIG_TOO_LARGE``, ``CONFIG_NOT_UTF8``, ``CONFIG_SYNTAX``, ``CONFIG_DUPLICATE``,
            ``CONFIG_TOO_DEEP``, ``CONFIG_SCHEMA_MISSING``, ``CONFIG_SCHEMA_WRONG``.
    """
    if len(data) > MAX_BYTES:
        raise BadInput(
            "CONFIG_TOO_LARGE",
            msg("The file has {size} bytes; {limit} are allowed.", size=len(data), limit=MAX_BYTES),
            where=where,
        )
    try:
        text = data.decode()
        if long_key_line(text) is not None:
            raise _not_toml(data, where)
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _not_toml(data, where) from error
    top = Section(text, where, (), table)
    if table.get("schema") != schema:
        step, at = msg('The first line is: schema = "{wanted}"', wanted=schema), top.at("schema")
        if "schema" not in table:
            raise BadInput("CONFIG_SCHEMA_MISSING", msg("The schema line is missing."), where=at, next_step=step)
        said = msg("The schema line is of another file or version.")
        raise BadInput("CONFIG_SCHEMA_WRONG", said, where=at, next_step=step)
    return top


class Section:
    """A table of the file. Readers raise ``CONFIG_KEY_MISSING``, ``CONFIG_TYPE`` or ``CONFIG_VALUE`` with the line."""

    def __init__(self, text: str, where: str, path: tuple[str | int, ...], table: Mapping[str, object]) -> None:
        self._text, self._where, self._path, self._table = text, where, path, table

    def only(self, *known: str) -> None:
        """Refuse every other key, naming the one that comes nearest (``CONFIG_KEY_UNKNOWN``)."""
        for name in self._table:
            if name not in known:
                raise self._unknown(name, known)

    def has(self, name: str) -> bool:
        """Whether the key stands there."""
        return name in self._table

    def text(self, name: str) -> str:
        """Return a string that is not empty."""
        value = self._typed(name, str)
        if not value.strip() or not value.isprintable():
            raise self.bad(name, msg("{key} is empty or holds characters that cannot be seen.", key=self._name(name)))
        return value

    def flag(self, name: str) -> bool:
        """Return true or false."""
        return self._typed(name, bool)

    def whole(self, name: str, *, least: int, most: int) -> int:
        """Return an integer between two limits, both included."""
        value = self._typed(name, int)
        if not least <= value <= most:
            words = msg("{key} lies between {least} and {most}.", key=self._name(name), least=least, most=most)
            raise self.bad(name, words)
        return value

    def one_of(self, name: str, words: Sequence[Word]) -> Word:
        """Return one of a closed list of words."""
        value = self._typed(name, str)
        for word in words:
            if word == value:
                return word
        expected = msg("{key} is one of {words}.", key=self._name(name), words=", ".join(words))
        raise self.bad(name, expected, next_step=_guess(value, words))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a list of strings; none where the key is absent."""
        value = self._list(name)
        if not all(isinstance(item, str) and item.strip() for item in value):
            raise self._wrong_type(name, "a list of strings")
        return tuple(str(item) for item in value)

    def names(self, name: str) -> dict[str, str]:
        """Return a table from names of the operator's own to strings; empty where it is absent."""
        value = self._inside(name) if self.has(name) else {}
        if not all(isinstance(item, str) and item.strip() for item in value.values()):
            raise self._wrong_type(name, "a table of strings")
        return {key: str(item) for key, item in value.items()}

    def lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return a table from names of the operator's own to lists of strings; empty where it is absent."""
        inside = self.section(name) if self.has(name) else None
        return {key: inside.words(key) for key in inside.keys()} if inside else {}  # noqa: SIM118 - no mapping

    def counts(self, name: str, *, most: int) -> dict[str, int]:
        """Return a table from names of the operator's own to integers from 1; empty where it is absent."""
        inside = self.section(name) if self.has(name) else None
        return {key: inside.whole(key, least=1, most=most) for key in inside.keys()} if inside else {}  # noqa: SIM118 - the same

    def keys(self) -> tuple[str, ...]:
        """The names that stand here."""
        return tuple(self._table)

    def section(self, name: str) -> Section:
        """Return the table inside."""
        return Section(self._text, self._where, (*self._path, name), self._inside(name))

    def sections(self, name: str) -> list[Section]:
        """Return the tables of an array of tables; none where it is absent."""
        value = self._list(name)
        if not all(isinstance(item, dict) for item in value):
            raise self._wrong_type(name, "an array of tables")
        tables = cast("list[dict[str, object]]", value)
        return [Section(self._text, self._where, (*self._path, name, at), item) for at, item in enumerate(tables)]

    def bad(self, name: str, what: Text, *, next_step: Text | None = None) -> BadInput:
        """A value that has the right type and no sense."""
        return BadInput("CONFIG_VALUE", what, where=self.at(name), next_step=next_step)

    def at(self, name: str) -> str:
        """The file and the line on which the key stands."""
        from gonogo_policies.config.locate import locate  # noqa: PLC0415 - see the module's docstring

        return f"{self._where}:{locate(self._text, (*self._path, name))}"

    def _typed(self, name: str, kind: type[T]) -> T:
        if name not in self._table:
            words = msg("A required key is missing: {key}.", key=self._name(name))
            raise BadInput("CONFIG_KEY_MISSING", words, where=self.at(name))
        value = self._table[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self._wrong_type(name, _KINDS[kind])
        return value

    def _list(self, name: str) -> list[object]:
        return cast("list[object]", self._typed(name, list)) if self.has(name) else []

    def _inside(self, name: str) -> dict[str, object]:
        return cast("dict[str, object]", self._typed(name, dict))

    def _name(self, name: str) -> str:
        return ".".join(str(part) for part in (*self._path, name))

    def _wrong_type(self, name: str, expected: str) -> BadInput:
        words = msg("{key}: expected is {kind}.", key=self._name(name), kind=expected)
        return BadInput("CONFIG_TYPE", words, where=self.at(name))

    def _unknown(self, name: str, known: Sequence[str]) -> BadInput:
        what = msg("There is no such key: {key}.", key=ascii(self._name(name))[1:-1])
        return BadInput("CONFIG_KEY_UNKNOWN", what, where=self.at(name), next_step=_guess(name, known))


def _guess(word: str, known: Sequence[str]) -> Text | None:
    from gonogo_policies.config.problems import nearest  # noqa: PLC0415 - see the module's docstring

    found = nearest(word, known)
    return msg("Did you mean {nearest}?", nearest=found) if found else None


def _not_toml(data: bytes, where: str) -> BadInput:
    from gonogo_policies.config.parse import document  # noqa: PLC0415 - see the module's docstring

    try:
        document(data, place=where)
    except BadInput as error:
        return error
    return BadInput("CONFIG_SYNTAX", msg("This is not TOML."), where=where)


T = TypeVar("T")
_KINDS: Final[dict[type, str]] = {
    str: "a string",
    int: "an integer",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
