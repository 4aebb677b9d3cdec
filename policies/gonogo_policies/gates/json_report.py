"""Reading JSON that a gate's program wrote: strictly, and where its entry points (RFC 6901)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.reports import Suite
from gonogo_policies.gates.verdicts import bad_output
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

PASSED = frozenset({"pass", "passed", "ok", "success", "succeeded", "clean"})
FAILED = frozenset({"fail", "failed", "failure", "error", "errors"})
ITEM = {"path": "/path", "line": "/line", "code": "/code", "message": "/message"}
"""Where the parts of one finding stand in it, unless the entry says otherwise."""
REPORT = "the JSON report"
_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_LAST_LINE = 10**7


def parse(data: bytes, what: str = REPORT) -> JSON:
    """One JSON document. Two equal keys, NaN and what is no UTF-8 are none. Raises Stopped GATE_OUTPUT."""
    try:
        return cast("JSON", json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise bad_output(what) from error


def read_json(data: bytes, pointers: Mapping[str, str]) -> Suite:
    """What a JSON report says at the places that the entry names.

    Args:
        data: the report.
        pointers: ``checked`` (a count, or a list whose length is one), and at least one of ``verdict`` (true, false, or
            a word for pass or fail), ``failed`` (as ``checked``) and ``findings`` (a list); ``path``, ``line``,
            ``code`` and ``message`` point into a finding.

    Raises:
        Stopped: GATE_OUTPUT where a place is missing or holds something else.
    """
    document = parse(data)
    suite = Suite(ran=count_at(document, pointers.get("checked", "")))
    places = ITEM | {name: where for name, where in pointers.items() if name in ITEM}
    if "findings" in pointers:
        found = at(document, pointers["findings"])
        if not _is_list(found):
            raise bad_output(REPORT)
        suite.findings = [_finding(item, places) for item in cast("Sequence[JSON]", found)]
    failed = count_at(document, pointers["failed"]) if "failed" in pointers else 0
    said_bad = "verdict" in pointers and not _passed(at(document, pointers["verdict"]))
    suite.bad = max(len(suite.findings), failed, int(said_bad))
    return suite


def at(document: JSON, pointer: str) -> JSON:
    """The value that a JSON pointer names. Raises Stopped GATE_OUTPUT where there is none."""
    value = document
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif _is_list(value) and _INDEX.fullmatch(name) and int(name) < len(cast("Sequence[JSON]", value)):
            value = cast("Sequence[JSON]", value)[int(name)]
        else:
            raise bad_output(REPORT)
    return value


def count_at(document: JSON, pointer: str) -> int:
    """A count, or the length of a list or of an object. Raises Stopped GATE_OUTPUT."""
    value = at(document, pointer)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, Mapping) or _is_list(value):
        return len(cast("Sequence[JSON]", value))
    raise bad_output(REPORT)


def _passed(value: JSON) -> bool:
    if isinstance(value, bool):
        return value
    word = value.strip().casefold() if isinstance(value, str) else ""
    if word not in PASSED | FAILED:
        raise bad_output(REPORT)
    return word in PASSED


def _finding(item: JSON, places: Mapping[str, str]) -> Finding:
    """A finding without a code or a message is one all the same."""
    if isinstance(item, str):
        item = {"message": item}
    if not isinstance(item, Mapping):
        raise bad_output(REPORT)
    told = {name: _part(item, where) for name, where in places.items()}
    path, code = plain(str(told["path"] or ""), 500), plain(str(told["code"] or "finding"), 80)
    message = plain(str(told["message"] or code), 500)
    number = told["line"]
    line = number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < _LAST_LINE else None
    return Finding(path, line, code, message, fingerprint(path, code, message, ""))


def _part(item: JSON, where: str) -> str | int | None:
    value = item
    for token in where.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str | int) else None


def _is_list(value: JSON) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is no JSON")
