"""The published JSON Schemas (2020-12) and the check against them.

``jsonschema_rs`` decides; ``jsonschema``, a hundred times slower, is loaded only to explain a failure in better words.
Both must agree on every case in the tests.
"""

from __future__ import annotations

import functools
import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union, cast, get_args

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Iterator

Name: TypeAlias = Literal[
    "close",
    "environment",
    "index-entry",
    "inventory",
    "pack",
    "review",
    "run-plan",
    "seal",
    "signoff",
    "single-file",
    "validator-report",
]
NAMES: tuple[Name, ...] = get_args(Name)

FOLDER = Path(__file__).parent / "schemas"
MOST_PROBLEMS = 50
"""Nobody reads more; a document of millions of wrong items must not cost minutes."""

Declared: TypeAlias = Union["dict[str, Declared]", "list[Declared]", None]
"""The fields that a schema leaves room for: an object of these keys; every item or value alike; anything at all."""


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One place where a document departs from its schema."""

    path: str
    """JSON path, ``$`` for the document."""
    message: str
    """The validator's words, cut to a readable length."""
    undeclared: bool = False
    """Whether all that is wrong is a field that the schema does not name."""


def load(name: Name) -> dict[str, object]:
    """The published schema as plain JSON."""
    return cast("dict[str, object]", json.loads((FOLDER / f"{name}.schema.json").read_bytes()))


def check(name: Name, value: object) -> list[SchemaProblem]:
    """All departures of ``value`` from the schema, at most :data:`MOST_PROBLEMS`; an empty list where there are none.

    ``value`` must be plain JSON (what :mod:`gonogo_evidence.canonical` can say); anything else is a problem, never an
    exception.
    """
    problems: list[SchemaProblem] = []
    try:
        if _validator(name).is_valid(value):
            return problems
        for error in _validator(name).iter_errors(value):
            more = isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties)
            problems.append(SchemaProblem(json_path(error.instance_path), _short(error.message), more))
            if len(problems) == MOST_PROBLEMS:
                break
    except ValueError as error:
        problems.append(SchemaProblem("$", _short(f"not plain JSON: {error}")))
    return problems


def undeclared(name: Name, value: object) -> Iterator[str]:
    """The JSON path of each field that ``value`` holds and the schema does not name, where the schema is closed."""
    yield from _undeclared(value, declared(name), "$")


@functools.cache
def declared(name: Name) -> Declared:
    """The fields that the schema leaves room for, and nothing else of it."""
    whole = load(name)
    return _declared(whole, cast("dict[str, object]", whole["$defs"]))


def explain(name: Name, value: object) -> SchemaProblem | None:
    """The one departure that says most about what is wrong (``jsonschema``'s best match), or None."""
    slow = cast("Any", importlib.import_module("jsonschema"))  # needed only to explain a failure; ships no types
    error = slow.exceptions.best_match(slow.Draft202012Validator(load(name)).iter_errors(value))
    return None if error is None else SchemaProblem(json_path(list(error.absolute_path)), _short(error.message))


def json_path(steps: list[str | int]) -> str:
    """``$`` and the steps below it: ``$.gates[0].name``."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def warm() -> None:
    """Read and compile every schema now, for a process that will not be able to open files."""
    for name in NAMES:
        _validator(name)


def _declared(node: dict[str, object], named: dict[str, object]) -> Declared:
    """A closed object gives its keys, a list or a map what its items are; whatever is open gives None."""
    if "$ref" in node:
        return _declared(cast("dict[str, object]", named[str(node["$ref"]).removeprefix("#/$defs/")]), named)
    if node.get("additionalProperties") is False:
        fields = cast("dict[str, dict[str, object]]", node["properties"])
        return {name: _declared(field, named) for name, field in sorted(fields.items())}
    every = node.get("additionalProperties", node.get("items"))
    inner = _declared(cast("dict[str, object]", every), named) if isinstance(every, dict) else None
    return None if inner is None else [inner]


def _undeclared(value: object, known: Declared, path: str) -> Iterator[str]:
    if isinstance(value, dict) and known is not None:
        for key, item in cast("dict[str, object]", value).items():
            here = f"{path}.{key}"
            if isinstance(known, dict) and key not in known:
                yield here
            else:
                yield from _undeclared(item, known[key] if isinstance(known, dict) else known[0], here)
    elif isinstance(value, list) and isinstance(known, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from _undeclared(item, known[0], f"{path}[{index}]")


@functools.cache
def _validator(name: Name) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(load(name))


def _short(message: str) -> str:
    return message if len(message) <= 300 else f"{message[:140]} ... {message[-140:]}"  # noqa: PLR2004 - a screenful
