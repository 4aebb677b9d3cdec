"""The layers of confinement by name, and how much of it was proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

Layer: TypeAlias = Literal[
    "descriptors", "limits", "death", "undumpable", "no-new-privileges", "capabilities", "landlock", "filter"
]
LAYERS: Final[tuple[Layer, ...]] = get_args(Layer)
"""In the order in which they are put on; the filter is the last, since it takes away what the others need."""
PORTABLE: Final[tuple[Layer, ...]] = ("descriptors", "limits")
"""What needs no call that Linux alone has."""

Level: TypeAlias = Literal["none", "process", "sealed"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From the weakest. ``process``: a process of its own, nothing more proven. ``sealed``: it was seen that it can neither
open a file nor make a socket."""


def weakest(levels: Iterable[Level]) -> Level:
    """The level of a whole: that of its weakest part, and ``none`` where there is no part."""
    found = set(levels)
    for level in LEVELS:
        if level in found:
            return level
    return LEVELS[0]
