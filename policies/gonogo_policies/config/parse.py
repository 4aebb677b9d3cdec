"""From the bytes of one configuration file to a checked model: cap, encoding, TOML, schema line, shape."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import ValidationError

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import msg
from gonogo_policies.config import problems
from gonogo_policies.config.locate import locate
from gonogo_policies.toml_guard import MAX_BYTES, long_key_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

M = TypeVar("M", bound="BaseModel")

OURS: Final = re.compile(r"gonogo/([a-z_]+)/(v[0-9]+)")


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file that parses."""

    place: str
    """As errors name it."""
    text: str
    table: Mapping[str, object]

    @property
    def schema(self) -> str | None:
        """The file's ``schema`` line if it is one of ours (``gonogo/<name>/v<n>``), else None."""
        declared = self.table.get("schema")
        return declared if isinstance(declared, str) and declared.startswith("gonogo/") else None

    def without_schema(self) -> dict[str, object]:
        """The table less its schema line."""
        return {key: value for key, value in self.table.items() if key != "schema"}


def check_size(size: int, *, place: str) -> None:
    """Raise ``CONFIG_TOO_LARGE`` for a file beyond the cap. ``size`` in bytes."""
    if size > MAX_BYTES:
        raise BadInput(
            "CONFIG_TOO_LARGE",
            msg("The file has {size} bytes; {limit} are allowed.", size=size, limit=MAX_BYTES),
            where=place,
            next_step=msg("A configuration file is written by hand; move data elsewhere."),
        )


def document(data: bytes, *, place: str) -> Document:
    """Parse bytes. Raises BadInput ``CONFIG_TOO_LARGE``, ``_NOT_UTF8``, ``_SYNTAX``, ``_DUPLICATE``, ``_TOO_DEEP``."""
    check_size(len(data), place=place)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadInput(
            "CONFIG_NOT_UTF8",
            msg("The file is not UTF-8 text."),
            where=problems.at_line(place, line),
            next_step=msg("Save it as UTF-8."),
        ) from error
    if (deep := long_key_line(text)) is not None:
        raise _too_deep(problems.at_line(place, deep))
    try:
        return Document(place, text, tomllib.loads(text))
    except RecursionError as error:
        raise _too_deep(place) from error
    except ValueError as error:
        raise problems.syntax(error, place=place, text=text) from error


def _too_deep(where: str) -> BadInput:
    return BadInput("CONFIG_TOO_DEEP", msg("Keys, lists or tables are nested too deeply."), where=where)


def check_schema(found: Document, wanted: str) -> None:
    """Hold the schema line against the one that this file name needs (``gonogo/gates/v1``).

    Raises:
        BadInput: ``CONFIG_SCHEMA_MISSING``, ``CONFIG_SCHEMA_VERSION`` (ours, of another version), or
            ``CONFIG_SCHEMA_WRONG`` (ours, of another file).
    """
    if found.schema == wanted:
        return
    line = problems.at_line(found.place, locate(found.text, ("schema",)))
    next_step = msg('The first line is: schema = "{wanted}"', wanted=wanted)
    if found.schema is None:
        raise BadInput("CONFIG_SCHEMA_MISSING", msg("The schema line is missing."), where=line, next_step=next_step)
    given = OURS.fullmatch(found.schema)
    if given and wanted.startswith(f"gonogo/{given.group(1)}/"):
        raise BadInput(
            "CONFIG_SCHEMA_VERSION",
            msg("This gonogo does not know version {version} of this file.", version=given.group(2)),
            where=line,
            next_step=next_step,
        )
    raise BadInput(
        "CONFIG_SCHEMA_WRONG",
        msg("The schema {schema} does not belong to this file.", schema=ascii(found.schema)),
        where=line,
        next_step=next_step,
    )


def model(kind: type[M], table: Mapping[str, object], source: Document) -> M:
    """Check a table. Raises BadInput ``CONFIG_KEY_UNKNOWN``, ``CONFIG_KEY_MISSING``, ``CONFIG_TYPE`` or ``_VALUE``."""
    try:
        return kind.model_validate(dict(table))
    except ValidationError as error:
        raise problems.shape(error, kind, place=source.place, text=source.text) from error
