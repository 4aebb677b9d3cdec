"""Reading SARIF 2.1.0 that a gate's program wrote.

A result of kind ``fail`` at level error or warning is a finding; notes and accepted suppressions are told beside the
verdict. What a clean report looked at stands in its ``artifacts`` or at a pointer of the entry: rules that were loaded
are no evidence that a file was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Finding
from gonogo_policies.gates.json_report import count_at, parse
from gonogo_policies.gates.reports import Suite
from gonogo_policies.gates.verdicts import Stopped, bad_output
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject

REPORT = "the SARIF report"
VERSION = "2.1.0"
LEVELS = frozenset({"error", "warning", "note", "none"})
KINDS = frozenset({"fail", "pass", "open", "review", "informational", "notApplicable"})
UNCLEAR = frozenset({"open", "review"})
GONE = "absent"
"""Baseline state of what is not there any more."""


def read_sarif(data: bytes, pointers: Mapping[str, str]) -> Suite:
    """Findings, and how many files the report names.

    Raises:
        Stopped: GATE_OUTPUT for what is no SARIF, GATE_INCOMPLETE where the tool says that it could not finish.
    """
    document = _object(parse(data, REPORT))
    runs = _list(document.get("runs"))
    if document.get("version") != VERSION or not runs:
        raise bad_output(REPORT)
    suite, places = Suite(), set[str]()
    for run in map(_object, runs):
        _require_success(run)
        places |= {_place(_object(one).get("location")) for one in _list(run.get("artifacts", ()))}
        levels = _levels(run)
        for result in map(_object, _list(run.get("results"))):
            places.add(_take(result, levels, suite))
    suite.bad = len(suite.findings)
    named = len(places - {""})
    suite.ran = count_at(document, pointers["checked"]) if "checked" in pointers else named
    suite.ran = max(suite.ran, suite.bad)
    return suite


def _take(result: JSONObject, levels: Mapping[str, str], suite: Suite) -> str:
    """Sort one result in; the file that it names."""
    kind = str(result.get("kind", "fail"))
    rule = str(result.get("ruleId") or _object(result.get("rule", {})).get("id") or "result")
    level = str(result.get("level") or levels.get(rule, "warning"))
    if kind not in KINDS or level not in LEVELS:
        raise bad_output(REPORT)
    finding = _finding(result, rule)
    if kind in UNCLEAR:
        why = msg("The tool leaves {rule} open: somebody must look.", rule=plain(rule, 80))
        raise Stopped("GATE_INCOMPLETE", why)
    if kind == "fail" and result.get("baselineState") != GONE:
        soft = level in {"note", "none"} or _suppressed(result)
        (suite.advice if soft else suite.findings).append(finding)
    return finding.path


def _require_success(run: JSONObject) -> None:
    """A run whose tool says that it failed proves nothing, and neither does one without a list of results."""
    if not str(_object(_object(run.get("tool")).get("driver")).get("name") or ""):
        raise bad_output(REPORT)
    for one in map(_object, _list(run.get("invocations", ()))):
        told = _list(one.get("toolExecutionNotifications", ())) + _list(one.get("toolConfigurationNotifications", ()))
        if one.get("executionSuccessful") is not True or any(_object(note).get("level") == "error" for note in told):
            raise Stopped("GATE_INCOMPLETE", msg("The report says that its tool did not finish."))


def _levels(run: JSONObject) -> dict[str, str]:
    driver = _object(_object(run.get("tool")).get("driver"))
    rules = [_object(rule) for rule in _list(driver.get("rules", ()))]
    return {
        str(rule.get("id")): str(_object(rule.get("defaultConfiguration", {})).get("level", "warning"))
        for rule in rules
    }


def _suppressed(result: JSONObject) -> bool:
    """Accepted, or without a status, which means the same (SARIF 3.27.23)."""
    told = [_object(one) for one in _list(result.get("suppressions", ()))]
    return bool(told) and all(one.get("status", "accepted") == "accepted" for one in told)


def _finding(result: JSONObject, rule: str) -> Finding:
    message = _object(result.get("message", {}))
    words = plain(str(message.get("text") or message.get("id") or rule), 500)
    where = _list(result.get("locations", ()))
    physical = _object(_object(where[0] if where else {}).get("physicalLocation", {}))
    path = _place(physical.get("artifactLocation", {}))
    region = _object(physical.get("region", {}))
    number = region.get("startLine")
    line = number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None
    text = _object(region.get("snippet", {})).get("text")
    code = plain(rule, 80)
    return Finding(path, line, code, words, fingerprint(path, code, words, str(text or "")))


def _place(location: JSON) -> str:
    """A file's name as the report has it, without the scheme of a file address."""
    uri = str(_object(location if location is not None else {}).get("uri") or "")
    return plain(unquote(uri.removeprefix("file://")), 500)


def _object(value: JSON) -> JSONObject:
    if not isinstance(value, Mapping):
        raise bad_output(REPORT)
    return value


def _list(value: JSON) -> list[JSON]:
    """A list, which null is not: ``results`` of null are results that nobody computed (SARIF 3.14.23)."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise bad_output(REPORT)
    return list(value)
