"""Every leaf of every JSON file of a pack, changed in one way; and whole documents written otherwise."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from gonogo_evidence.canonical import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Step: TypeAlias = "str | int"


def mutants(files: Mapping[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Path, what was done, and the bytes: for each JSON file."""
    for path, data in files.items():
        if path.endswith(".json"):
            document = json.loads(data)
            for what, changed in changes(document):
                yield path, what, dumps(changed)
            for place in leaves(document):
                loose = put(document, place, same_type(at(document, place)))
                yield path, f"{shown(place)}: another value, not canonical", json.dumps(loose, indent=1).encode()
            for what, loose_bytes in _otherwise(document, data):
                yield path, what, loose_bytes


def changes(document: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """What was done, and the document with one leaf changed, of another type, or missing; or with one key too many."""
    for place in leaves(document):
        value, name = at(document, place), shown(place)
        yield f"{name}: another value", put(document, place, same_type(value))
        yield f"{name}: another type", put(document, place, other_type(value))
        if place:
            yield f"{name}: missing", without(document, place)
    for place in holders(document):
        yield f"{shown(place)}: a word instead", put(document, place, "x")
        if isinstance(at(document, place), dict):
            yield f"{shown(place)}: a key too many", put(document, (*place, "more"), "x")


def leaves(value: Any, place: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:  # noqa: ANN401 - any JSON
    """The place of each value that holds no other; an empty object or list is one."""
    inner: list[tuple[Step, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    if not inner:
        yield place
    for step, item in inner:
        yield from leaves(item, (*place, step))


def holders(value: Any, place: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:  # noqa: ANN401 - any JSON
    """The place of each object, and of each list."""
    if isinstance(value, (dict, list)):
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from holders(item, (*place, step))


def at(document: Any, place: tuple[Step, ...]) -> Any:  # noqa: ANN401 - any JSON
    """What stands there."""
    for step in place:
        document = document[step]
    return document


def put(document: Any, place: tuple[Step, ...], value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A copy in which another value stands there."""
    if not place:
        return value
    changed = copy.deepcopy(document)
    at(changed, place[:-1])[place[-1]] = value
    return changed


def without(document: Any, place: tuple[Step, ...]) -> Any:  # noqa: ANN401 - any JSON
    """A copy in which nothing stands there: no key, no item."""
    changed = copy.deepcopy(document)
    del at(changed, place[:-1])[place[-1]]
    return changed


def same_type(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Another value of the same type, as like to the old one as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("a" if not value.endswith("a") else "b")
        case dict():
            return {"a": 1}
        case list():
            return ["a"]
        case _:
            return "null"


def other_type(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A value of another type that a lax reader takes for the same."""
    match value:
        case bool():
            return int(value)
        case int():
            return str(value)
        case str():
            return [value]
        case dict():
            return []
        case list():
            return {}
        case _:
            return False


def shown(place: tuple[Step, ...]) -> str:
    """A place in words."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)


def _otherwise(document: Any, data: bytes) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401 - any JSON
    """The same value to a lax reader, in other bytes."""
    yield "with indentation", json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode()
    yield "with spaces", json.dumps(document, sort_keys=True, ensure_ascii=False).encode()
    yield "keys in another order", dumps_reversed(document)
    yield "with a mark of the byte order", b"\xef\xbb\xbf" + data
    yield "in UTF-16", data.decode().encode("utf-16")
    first = next(iter(sorted(document)))
    pair = dumps({first: document[first]})[1:-1]
    yield "a key twice, the last as it was", b"{" + dumps({first: "x"})[1:-1] + b"," + data[1:]
    yield "a key twice, the last another", data[:-1] + b"," + dumps({first: "x"})[1:-1] + b"}"
    yield "a key twice, the same", b"{" + pair + b"," + data[1:]
    yield "a key with an escape", data[:2] + b"\\u%04x" % data[2] + data[3:]
    yield "a comment", data[:-1] + b"/**/}"
    yield "a comma too many", data[:-1] + b",}"


def dumps_reversed(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Compact JSON whose keys are sorted the wrong way round."""
    turned = dict(sorted(value.items(), reverse=True))
    return json.dumps(turned, ensure_ascii=False, separators=(",", ":")).encode()
