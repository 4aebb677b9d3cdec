"""Reading what a model wrote: one JSON object, nothing around it, held against its schema. Nothing is guessed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, cast

import jsonschema_rs

from gonogo_evidence.transcripts import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo_evidence.ids import JSON, JSONObject

MOST_PROBLEM: Final = 200


class Read(NamedTuple):
    """An answer that was read, or why not."""

    value: JSONObject
    problem: str = ""


def read_answer(content: str, schema: JSONObject) -> Read:
    """Parse and check. A code fence that holds all of it is taken off; any other word around the object is a fault."""
    try:
        found = json.loads(_unfenced(content), object_pairs_hook=_once, parse_constant=_no, parse_float=_no)
    except (ValueError, RecursionError) as error:
        return Read({}, f"no JSON object: {plain(str(error))}"[:MOST_PROBLEM])
    if not isinstance(found, dict):
        return Read({}, "no JSON object")
    value = cast("JSONObject", found)
    first = next(iter(jsonschema_rs.validator_for(dict(schema)).iter_errors(value)), None)
    if first is not None:
        place = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first.instance_path)
        return Read({}, plain(f"{place}: {first.message}")[:MOST_PROBLEM])
    return Read(value)


def strings(value: JSON) -> Iterator[str]:
    """All words in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("JSONObject", value).values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _unfenced(content: str) -> str:
    text = content.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text[text.index("\n") : -3]
    return text


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse an object that says one thing twice: readers disagree about which holds."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return {plain(key): plain(value) if isinstance(value, str) else value for key, value in made.items()}


def _no(word: str) -> NoReturn:
    raise ValueError(f"{word} is no whole number")
