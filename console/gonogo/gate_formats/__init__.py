"""Forms in which gates report: JUnit, SARIF, annotations of GitHub. A new one is a file and a word here.

A form's file holds a function of its name; it is imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from gonogo.gate_formats.interface import GateOutcome, Outcome, Place
from gonogo.gate_formats.stored import gate_outcome

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("junit", "sarif", "github")


def in_form(name: str, outcome: Outcome) -> str:
    """What gates said, in one of :data:`FORMATS`."""
    written = cast("Callable[[Outcome], str]", getattr(import_module(f"gonogo.gate_formats.{name}"), name))
    return written(outcome)


__all__ = ["FORMATS", "GateOutcome", "Outcome", "Place", "gate_outcome", "in_form"]
