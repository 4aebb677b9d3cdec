"""Reads the fields of a signed statement: every key is known, every value has its type and its one form.

What a person signed is shown on terminals: texts hold no control characters and nothing that turns the writing round.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from gonogo_evidence.files import SEGMENT
from gonogo_evidence.ids import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON

Word = TypeVar("Word", bound=str)

TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
MAX_TEXT: Final = 4000
MAX_NAME: Final = 256
RUN_ID: Final = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}", re.ASCII)
PACK_ID: Final = re.compile(r"EVP-[A-Z0-9]+-L[0-6]-\d{8}-\d{3,9}", re.ASCII)
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNSEEN = frozenset("\u200e\u200f\u061c\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Problem(ValueError):
    """A field is not what it must be."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path


def parse_time(text: str) -> datetime:
    """Read ``YYYY-MM-DDTHH:MM:SSZ``; aware, UTC. Raises ``ValueError``."""
    moment = datetime.strptime(text, TIME).replace(tzinfo=UTC)
    if format_time(moment) != text:
        raise ValueError("not in the form YYYY-MM-DDTHH:MM:SSZ")
    return moment


def format_time(moment: datetime) -> str:
    """Write an aware time as ``YYYY-MM-DDTHH:MM:SSZ``, UTC, seconds cut off. Raises ``ValueError`` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC).strftime(TIME)


class Fields:
    """A JSON object that has exactly ``keys``."""

    def __init__(self, value: JSON, path: str, keys: Sequence[str]) -> None:
        if not isinstance(value, dict):
            raise Problem(path, "an object is expected")
        for name in sorted(set(value) ^ set(keys)):
            raise Problem(f"{path}.{name}", "a key is missing" if name in keys else "there is no such key")
        self._value: Mapping[str, JSON] = value
        self._path = path

    def text(self, name: str, *, limit: int = MAX_NAME, lines: bool = False) -> str:
        """Return a text that is not empty; only with ``lines`` may it have several."""
        value = self._string(name)
        bad = [sign for sign in value if sign in _UNSEEN or (unicodedata.category(sign) == "Cc" and sign != "\n")]
        if bad or ("\n" in value and not lines):
            raise self.problem(name, "it holds a character that cannot be seen")
        if not value.strip() or len(value) > limit:
            raise self.problem(name, f"it has 1 to {limit} characters")
        return value

    def matching(self, name: str, pattern: re.Pattern[str]) -> str:
        """Return a string that the whole pattern fits."""
        value = self._string(name)
        if not pattern.fullmatch(value):
            raise self.problem(name, "it does not have its form")
        return value

    def digest(self, name: str) -> Digest:
        """Return a SHA-256."""
        return Digest(self.matching(name, _DIGEST))

    def pack_path(self, name: str) -> str:
        """Return a path inside a pack."""
        value = self._string(name)
        if len(value) > MAX_NAME or not all(SEGMENT.fullmatch(part) for part in value.split("/")):
            raise self.problem(name, "it is no path inside a pack")
        return value

    def time(self, name: str) -> str:
        """Return a time as it is written."""
        value = self._string(name)
        try:
            parse_time(value)
        except ValueError as error:
            raise self.problem(name, "a time reads YYYY-MM-DDTHH:MM:SSZ") from error
        return value

    def day(self, name: str) -> str:
        """Return a day as it is written."""
        value = self.matching(name, _DAY)
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise self.problem(name, "there is no such day") from error
        return value

    def number(self, name: str, *, least: int) -> int:
        """Return an integer."""
        value = self._value[name]
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.problem(name, f"an integer of {least} or more is expected")
        return value

    def flag(self, name: str, wanted: bool) -> None:
        """Refuse anything else than this truth value."""
        if self._value[name] is not wanted:
            raise self.problem(name, f"{str(wanted).lower()} is expected")

    def objects(self, name: str, *, most: int) -> tuple[Mapping[str, JSON], ...]:
        """Return a list of objects as they are; none where the key is not there."""
        value = self._value.get(name, ())
        if not isinstance(value, list | tuple) or len(value) > most or not all(isinstance(one, dict) for one in value):
            raise self.problem(name, f"a list of at most {most} objects is expected")
        return tuple(one for one in value if isinstance(one, dict))

    def one_of(self, name: str, words: Sequence[Word]) -> Word:
        """Return one of a closed list of words."""
        value = self._string(name)
        for word in words:
            if word == value:
                return word
        raise self.problem(name, f"one of {', '.join(words)} is expected")

    def fields(self, name: str, keys: Sequence[str]) -> Fields:
        """Return the object inside."""
        return Fields(self._value[name], f"{self._path}.{name}", keys)

    def optional_keys(self, name: str, keys: Sequence[str]) -> tuple[str, ...]:
        """Return which of ``keys`` the object inside has, and is not empty there."""
        inside = self._value[name]
        return tuple(key for key in keys if isinstance(inside, dict) and inside.get(key))

    def optional(self, name: str, keys: Sequence[str]) -> Fields | None:
        """Return the object inside; None for null."""
        return None if self._value[name] is None else self.fields(name, keys)

    def each(self, name: str, keys: Sequence[str], *, most: int) -> Iterator[Fields]:
        """Yield the objects of a list."""
        value = self._value[name]
        if not isinstance(value, list) or len(value) > most:
            raise self.problem(name, f"a list of at most {most} is expected")
        for index, item in enumerate(value):
            yield Fields(item, f"{self._path}.{name}[{index}]", keys)

    def problem(self, name: str, reason: str) -> Problem:
        """Name a field and what is wrong with it."""
        return Problem(f"{self._path}.{name}", reason)

    def _string(self, name: str) -> str:
        value = self._value[name]
        if not isinstance(value, str):
            raise self.problem(name, "a string is expected")
        return value
