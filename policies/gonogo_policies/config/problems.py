"""What is wrong with a configuration file, in words: code, file, line, key, and the nearest key that is right."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Final, get_args, get_origin

from pydantic import BaseModel

from gonogo_evidence.errors import BadInput
from gonogo_evidence.text import Text, msg
from gonogo_policies.config.locate import line_of, positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

DUPLICATE: Final = re.compile(r"Cannot (?:overwrite|declare|mutate|redefine)|[Dd]uplicate", re.ASCII)
LINE: Final = re.compile(r"\(at line (\d+), column \d+\)")
MAX_SHOWN = 120
"""Characters of a foreign value that an error repeats."""


def at_line(place: str, line: int | None = None) -> str:
    """Return ``file:line`` as editors and terminals understand it."""
    return place if line is None else f"{place}:{line}"


def key_name(path: Sequence[str | int]) -> str:
    """Return a key path as an operator would write it: ``gate[0].argv``; names with dots or spaces are quoted."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", part) is not None
            name += ("." if name else "") + (part if plain else ascii(part))
    return name[:MAX_SHOWN]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like ``word``, whatever its case; None where none comes near."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold()[:MAX_SHOWN], list(by_folded), n=1, cutoff=0.5)
    return by_folded[found[0]] if found else None


def syntax(error: ValueError, *, place: str, text: str) -> BadInput:
    """Turn what tomllib says into an error with the line it names."""
    said = str(error)
    found = LINE.search(said)
    line = int(found.group(1)) if found else text.count("\n") + 1
    reason = LINE.sub("", said).replace("(at end of document)", "").strip()[:MAX_SHOWN]
    if DUPLICATE.search(said):
        return BadInput(
            "CONFIG_DUPLICATE",
            msg("A table or key stands there twice: {reason}.", reason=reason),
            where=at_line(place, line),
            next_step=msg("Keep one of the two."),
        )
    return BadInput(
        "CONFIG_SYNTAX",
        msg("This is not TOML: {reason}.", reason=reason),
        where=at_line(place, line),
        next_step=msg("Correct the line; a string needs quotes, a list brackets."),
    )


def shape(error: ValidationError, model: type[BaseModel], *, place: str, text: str) -> BadInput:
    """Turn what pydantic says into one error: a misspelt key before all, else the first in the file."""
    problems = error.errors(include_url=False, include_context=True)
    lines = positions(text)
    placed = min((not _is_unknown_key(item), line_of(lines, item["loc"]), index) for index, item in enumerate(problems))
    _, line, index = placed  # a misspelt key first: it is why another one is missing
    found = _explain(problems[index], model)
    where = at_line(place, line)
    more = len(problems) - 1
    if more and found.next_step is None:
        found.next_step = msg("Other problems in this file: {count}.", count=more)
    found.where = where
    return found


def _is_unknown_key(item: ErrorDetails) -> bool:
    return item["type"] == "extra_forbidden" or item["loc"][-1:] == ("[key]",)


def _explain(item: ErrorDetails, model: type[BaseModel]) -> BadInput:
    path = [part for part in item["loc"] if part != "[key]"]
    key = key_name(path)
    kind = item["type"]
    if kind == "extra_forbidden":
        guess = nearest(str(path[-1]), fields_at(model, path[:-1]))
        return BadInput(
            "CONFIG_KEY_UNKNOWN",
            msg("There is no such key: {key}.", key=key),
            next_step=msg("Did you mean {nearest}?", nearest=guess) if guess else None,
        )
    if kind == "missing":
        return BadInput("CONFIG_KEY_MISSING", msg("A required key is missing: {key}.", key=key))
    if kind == "literal_error":
        return _not_one_of(item, key, of_keys=item["loc"][-1] == "[key]")
    if kind.endswith("_type"):
        return BadInput("CONFIG_TYPE", msg("{key}: {reason}.", key=key, reason=_reason(item)))
    return BadInput("CONFIG_VALUE", msg("{key}: {reason}.", key=key or "the file", reason=_reason(item)))


def _not_one_of(item: ErrorDetails, key: str, *, of_keys: bool) -> BadInput:
    given = item["input"]
    expected = str(item.get("ctx", {}).get("expected", ""))
    guess = nearest(str(given), re.findall(r"'([^']*)'", expected)) if isinstance(given, str) else None
    next_step: Text | None = msg("Did you mean {nearest}?", nearest=guess) if guess else None
    if of_keys:
        return BadInput(
            "CONFIG_KEY_UNKNOWN",
            msg("There is no such key: {key}. It is one of {expected}.", key=key, expected=expected),
            next_step=next_step,
        )
    what = msg(
        "{key}: expected is {expected}, not {given}.", key=key, expected=expected, given=ascii(given)[:MAX_SHOWN]
    )
    if isinstance(given, str):
        return BadInput("CONFIG_VALUE", what, next_step=next_step)
    return BadInput("CONFIG_TYPE", what)


def _reason(item: ErrorDetails) -> str:
    reason = item["msg"].removeprefix("Value error, ").rstrip(".")
    return (reason[:1].lower() + reason[1:]) if reason.startswith("Input should") else reason


def fields_at(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys that are right inside the table at ``path`` of a file that ``model`` describes."""
    here: object = model
    for part in path:
        here = _step(here, part)
    found = model_in(here)
    return tuple(found.model_fields) if found else ()


def _step(annotation: object, part: str | int) -> object:
    if isinstance(part, int):
        return annotation
    found = model_in(annotation)
    if found and part in found.model_fields:
        field = found.model_fields[part]
        return field.annotation
    return annotation


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the first model inside a type such as ``Mapping[str, Layer]`` or ``tuple[Gate, ...]``."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation if issubclass(annotation, BaseModel) else None
    inner = (model_in(argument) for argument in get_args(annotation))
    return next((model for model in inner if model), None)
