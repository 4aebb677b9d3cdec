"""How the predecessor's validator ends on an EP-JSON document: which error it meets first, and its exit code.

It read the header, then indexed the fields, then asked the object, then applied a few more rules, and stopped at the
first thing that was wrong. A rule that was broken ended with 1; what tripped its reader (a field that is not there, an
assertion, a wrong type) with 2. The rules themselves are those of :mod:`gonogo_evidence.ep_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo_evidence import ep_rules
from gonogo_evidence.ep_rules import at

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_evidence.ep_rules import Document, Problem

Kind: TypeAlias = Literal["value", "key", "assertion", "type"]
"""The Python error that it ended with."""

HEADER, INDEX, OBJECT, MORE = range(4)
"""What it looked at, in its order."""
LAYER_RUN = "$.layer_run_metadata"
MORE_RULES = frozenset({"EP_RUN_ID_TWICE", "EP_NO_TESTS_PASSED"})


@dataclass(frozen=True, slots=True)
class Failure:
    """One problem, and how the predecessor would have met it."""

    problem: Problem
    kind: Kind
    rank: tuple[int, int]
    """Where it stands in the order of looking."""

    @property
    def exit_code(self) -> int:
        """1 for a broken rule, 2 for what tripped the reader."""
        return 1 if self.kind == "value" else 2


def failures(document: Document) -> list[Failure]:
    """Every problem of a document from before or after the header, in the predecessor's order."""
    adopted = ep_rules.adopt_legacy(document)
    return order(adopted, ep_rules.problems(adopted))


def order(document: Document, problems: Iterable[Problem]) -> list[Failure]:
    """Problems that were found in ``document``, in the predecessor's order; what it let pass is left out."""
    found = [_failure(document, problem) for problem in problems if not ep_rules.was_accepted(problem)]
    return sorted(found, key=lambda failure: failure.rank)


def exit_code(document: Document, problems: Iterable[Problem]) -> int:
    """The predecessor's exit code for a document in which these problems were found."""
    found = order(document, problems)
    return found[0].exit_code if found else 0


def _failure(document: Document, problem: Problem) -> Failure:
    code, path = problem.code, problem.path
    of_run = path.startswith(LAYER_RUN)
    if code.startswith("EPACK_"):
        return Failure(problem, _header_kind(document, path), (HEADER, 0))
    if code == "EP_FIELD_MISSING":
        return Failure(problem, "key", (INDEX, 0))
    if code == "EP_TYPE":
        return Failure(problem, "type", (INDEX, 0))
    if code == "EP_AUTONOMY":
        return Failure(problem, "value", (INDEX, 1))
    if code in MORE_RULES:
        return Failure(problem, "value", (MORE, 0))
    if of_run:
        blank = code == "EP_FIELD_BLANK"
        return Failure(problem, "assertion" if blank or code == "EP_LAYER" else "value", (OBJECT, 2 if blank else 1))
    if code == "EP_TIMESTAMP" and not isinstance(document.get("creation_timestamp"), str):
        return Failure(problem, "type", (OBJECT, 0))
    return Failure(problem, "value", (OBJECT, 3 if path.startswith("$.sod_checks") else 0))


def _header_kind(document: Document, path: str) -> Kind:
    """A version that is a number tripped it; every other header was judged."""
    value = at(document, path.removeprefix("$."))[1]
    return "type" if path == "$.schema_version" and value and not isinstance(value, str) else "value"
