"""Where two JSON values differ, as JSON paths. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo_evidence.ids import JSON

ABSENT: Final = "(absent)"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place."""

    path: str
    """JSON path, ``$`` for the whole."""
    left: JSON
    """The value on the left; :data:`ABSENT` where there is none."""
    right: JSON


def differences(left: JSON, right: JSON, path: str = "$") -> Iterator[Difference]:
    """Every place where two values differ, in the order of keys and items; types count: 1 is neither true nor "1"."""
    if isinstance(left, dict) and isinstance(right, dict):
        yield from _objects(left, right, path)
    elif isinstance(left, list) and isinstance(right, list):
        yield from _lists(cast("Sequence[JSON]", left), cast("Sequence[JSON]", right), path)
    elif type(left) is not type(right) or left != right:
        yield Difference(path, left, right)


def _objects(left: Mapping[str, JSON], right: Mapping[str, JSON], path: str) -> Iterator[Difference]:
    for key in sorted(left.keys() | right.keys()):
        here = f"{path}.{key}"
        if key not in left or key not in right:
            yield Difference(here, left.get(key, ABSENT), right.get(key, ABSENT))
        else:
            yield from differences(left[key], right[key], here)


def _lists(left: Sequence[JSON], right: Sequence[JSON], path: str) -> Iterator[Difference]:
    for number in range(max(len(left), len(right))):
        here = f"{path}[{number}]"
        if number >= len(left) or number >= len(right):
            yield Difference(
                here,
                left[number] if number < len(left) else ABSENT,
                right[number] if number < len(right) else ABSENT,
            )
        else:
            yield from differences(left[number], right[number], here)
