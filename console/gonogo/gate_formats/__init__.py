"""Forms in which gates report: JUnit, SARIF, annotations of GitHub. A new one is a file and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.gate_formats.github import github
from gonogo.gate_formats.interface import GateOutcome, Outcome, Place
from gonogo.gate_formats.junit import junit
from gonogo.gate_formats.sarif import sarif
from gonogo.gate_formats.stored import gate_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FORMATS: Mapping[str, Callable[[Outcome], str]] = {"junit": junit, "sarif": sarif, "github": github}

__all__ = ["FORMATS", "GateOutcome", "Outcome", "Place", "gate_outcome", "github", "junit", "sarif"]
