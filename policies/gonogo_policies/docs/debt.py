"""Link debt: references that were broken before anybody asked, by name in a baseline file.

An entry names one document, one fault and the reference's own words, so that it stays while lines move and can excuse
nothing else: there are no patterns in a baseline. The predecessor's ignore file has patterns, and counts for a full
look alone, as it did there (interop, 4.1).
"""

from __future__ import annotations

import json
from collections import Counter
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gonogo_policies.docs.judge import Problem

PLACE = "docs/link-debt.json"
SCHEMA = "gonogo/link-debt/v1"
IGNORE_PLACE = "docs/ops/DOCS_REFERENCE_TARGETS_IGNORE.txt"
_PATTERN = frozenset("*?")


class Entry(NamedTuple):
    """One known fault."""

    path: str
    code: str
    words: str


class Split(NamedTuple):
    """Faults held against a baseline."""

    new: list[Problem]
    known: list[Problem]
    paid: list[Entry]
    """Entries whose fault is gone, once for each time."""


def entry_of(problem: Problem) -> Entry:
    """The entry that would name this fault; letters count as missing, so that a proposal changes nothing."""
    code = "MISSING_TARGET" if problem.code == "CASE_DIFFERS" else problem.code
    return Entry(problem.path, code, problem.words)


def read_baseline(data: bytes) -> Counter[Entry]:
    """The entries of a baseline file, with how often each stands. Raises ValueError for any other shape."""
    try:
        stored = json.loads(data)
        if stored["schema"] != SCHEMA or set(stored) != {"schema", "entries"}:
            raise ValueError(SCHEMA)
        found = [_entry(one) for one in stored["entries"]]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error
    return Counter(entry for entry, count in found for _ in range(count))


def write_baseline(problems: Iterable[Problem]) -> bytes:
    """The baseline of these faults; those that fail nothing are no debt."""
    counts = Counter(entry_of(one) for one in problems if not one.advice)
    entries = [{**entry._asdict(), "count": counts[entry]} for entry in sorted(counts)]
    return json.dumps({"schema": SCHEMA, "entries": entries}, indent=1, ensure_ascii=False).encode() + b"\n"


def split(problems: Iterable[Problem], baseline: Counter[Entry], documents: Iterable[str]) -> Split:
    """Which of the faults of these documents are new, which are known, and what was paid."""
    left = Counter(baseline)
    found = Split([], [], [])
    for problem in problems:
        entry = entry_of(problem)
        known = left[entry] > 0
        left[entry] -= known
        (found.known if known else found.new).append(problem)
    looked = set(documents)
    found.paid.extend(sorted(one for one in left.elements() if one.path in looked))
    return found


def ignores(data: bytes) -> tuple[str, ...]:
    """The patterns of the predecessor's ignore file."""
    lines = (line.partition("#")[0].strip() for line in data.decode("utf-8", "replace").split("\n"))
    return tuple(line for line in lines if line)


def is_ignored(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern means a document, as the predecessor read them: ``**`` means whatever begins so."""
    return any(path.startswith(one.partition("**")[0]) if "**" in one else fnmatchcase(path, one) for one in patterns)


def _entry(stored: dict[str, Any]) -> tuple[Entry, int]:
    path, code, words, count = (stored[name] for name in ("path", "code", "words", "count"))
    plain = all(isinstance(one, str) and one for one in (path, code, words)) and not _PATTERN & set(path)
    if len(stored) != len(Entry._fields) + 1 or not plain or type(count) is not int or not 0 < count <= 10_000:  # noqa: PLR2004
        raise ValueError(str(stored)[:200])
    return Entry(path, code, words), count
