"""SARIF, TAP and JSON of own commands: read strictly, and whatever disagrees or is missing never passes."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_policies.gates.json_report import at, read_json
from gonogo_policies.gates.reports import read_junit
from gonogo_policies.gates.sarif_report import read_sarif
from gonogo_policies.gates.tap_report import read_tap
from gonogo_policies.gates.verdicts import Stopped

if TYPE_CHECKING:
    from gonogo_policies.gates.reports import Suite

pytestmark = pytest.mark.fast

Json = dict[str, Any]
POINTERS = {"checked": "/n", "verdict": "/ok", "findings": "/bad"}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "ok", "bad", "runs"]), inner),
    max_leaves=12,
)


def code_of(read: Any, *arguments: object) -> str:  # noqa: ANN401 - any reader
    with pytest.raises(Stopped) as caught:
        read(*arguments)
    return caught.value.code


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_garbage_stops_or_counts_and_never_raises_anything_else(data: bytes) -> None:
    for read in (read_tap, lambda raw: read_sarif(raw, {}), lambda raw: read_json(raw, POINTERS)):
        with contextlib.suppress(Stopped):
            suite: Suite = read(data)
            assert suite.ran >= 0
            assert suite.bad >= len(suite.findings) >= 0


# TAP


@given(st.lists(st.sampled_from(["ok", "not ok", "ok # SKIP", "not ok # TODO later"]), min_size=1, max_size=12))
def test_every_tap_point_is_counted_once(points: list[str]) -> None:
    lines = [
        f"{point.partition(' #')[0]} {n} - t{n}{''.join(point.partition(' #')[1:])}"
        for n, point in enumerate(points, 1)
    ]
    suite = read_tap("\n".join(["TAP version 14", f"1..{len(points)}", *lines]).encode())
    assert (suite.ran, suite.skipped) == (len(points) - points.count("ok # SKIP"), points.count("ok # SKIP"))
    assert (suite.bad, len(suite.advice)) == (points.count("not ok"), points.count("not ok # TODO later"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ok 1\nok 2\n", "GATE_OUTPUT"),
        ("1..2\n1..2\nok 1\nok 2\n", "GATE_OUTPUT"),
        ("all good\n", "GATE_OUTPUT"),
        ("1..3\nok 1\nok 2\n", "GATE_INCOMPLETE"),
        ("1..2\nok 1\nok 1\n", "GATE_INCOMPLETE"),
        ("1..1\nok 1\nok 2\n", "GATE_INCOMPLETE"),
        ("1..1\nok 1\nBail out! no disk\n", "GATE_INCOMPLETE"),
    ],
)
def test_tap_that_is_not_whole_proves_nothing(text: str, code: str) -> None:
    assert code_of(read_tap, text.encode()) == code


def test_a_failed_tap_point_says_where() -> None:
    (finding,) = read_tap(b"1..1\nnot ok 1 - adds up\n  ---\n  file: 't/a.js'\n  line: 7\n  ...\n").findings
    assert (finding.path, finding.line, finding.message) == ("t/a.js", 7, "adds up")


def test_a_plan_of_nothing_is_nothing() -> None:
    assert read_tap(b"1..0 # SKIP no tests here\n").ran == 0


# SARIF


def sarif(*results: Json, artifacts: int = 0, rules: list[Json] | None = None, **run: object) -> bytes:
    found = [{"location": {"uri": f"src/{n}.py"}} for n in range(artifacts)]
    body = {
        "tool": {"driver": {"name": "t", "rules": rules or []}},
        "artifacts": found,
        "results": list(results),
        **run,
    }
    return json.dumps({"version": "2.1.0", "runs": [body]}).encode()


def result(level: str | None = "error", line: int = 3, **more: object) -> Json:
    place = {"artifactLocation": {"uri": "src/a%20b.py"}, "region": {"startLine": line, "snippet": {"text": "x = 1"}}}
    told = {"ruleId": "R1", "message": {"text": "bad"}, "locations": [{"physicalLocation": place}], **more}
    return told if level is None else {**told, "level": level}


def test_a_sarif_result_is_a_finding_with_its_place() -> None:
    suite = read_sarif(sarif(result()), {})
    (finding,) = suite.findings
    assert (finding.path, finding.line, finding.code, finding.message) == ("src/a b.py", 3, "R1", "bad")
    moved = read_sarif(sarif(result(line=9)), {}).findings[0]
    assert moved.fingerprint == finding.fingerprint
    assert (suite.ran, suite.bad) == (1, 1)


def test_sarif_levels_come_from_the_rule_where_the_result_has_none() -> None:
    rules = [{"id": "R1", "defaultConfiguration": {"level": "note"}}]
    suite = read_sarif(sarif(result(None), rules=rules), {})
    assert (suite.bad, len(suite.advice)) == (0, 1)
    assert read_sarif(sarif(result(None)), {}).bad == 1


@pytest.mark.parametrize(
    ("more", "bad", "told"),
    [
        ({"suppressions": [{"kind": "inSource"}]}, 0, 1),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, 1, 0),
        ({"suppressions": []}, 1, 0),
        ({"kind": "pass"}, 0, 0),
        ({"baselineState": "absent"}, 0, 0),
        ({"baselineState": "unchanged"}, 1, 0),
    ],
)
def test_what_counts_as_a_sarif_finding(more: Json, bad: int, told: int) -> None:
    suite = read_sarif(sarif(result(**more)), {})
    assert (suite.bad, len(suite.advice)) == (bad, told)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"version": "2.0.0", "runs": [{}]}', "GATE_OUTPUT"),
        (b'{"version": "2.1.0", "runs": []}', "GATE_OUTPUT"),
        (sarif(results=None), "GATE_OUTPUT"),
        (sarif(result("fatal")), "GATE_OUTPUT"),
        (sarif(result(kind="open")), "GATE_INCOMPLETE"),
        (sarif(artifacts=2, invocations=[{"executionSuccessful": False}]), "GATE_INCOMPLETE"),
        (
            sarif(
                artifacts=2,
                invocations=[{"executionSuccessful": True, "toolExecutionNotifications": [{"level": "error"}]}],
            ),
            "GATE_INCOMPLETE",
        ),
    ],
)
def test_sarif_that_proves_nothing(data: bytes, code: str) -> None:
    assert code_of(read_sarif, data, {}) == code


def test_a_clean_sarif_counts_files_and_never_rules() -> None:
    assert read_sarif(sarif(rules=[{"id": "R1"}]), {}).ran == 0
    assert read_sarif(sarif(artifacts=3), {}).ran == 3
    assert read_sarif(sarif(properties={"files": 7}), {"checked": "/runs/0/properties/files"}).ran == 7


# JSON


def report(**more: object) -> bytes:
    return json.dumps({"n": 3, "ok": True, "bad": [], **more}).encode()


def test_json_says_how_much_was_checked_and_what_was_found() -> None:
    suite = read_json(report(bad=[{"path": "a.py", "line": 4, "code": "X1", "message": "no"}, "just words"]), POINTERS)
    assert (suite.ran, suite.bad) == (3, 2)
    first, second = suite.findings
    assert (first.path, first.line, first.code, first.message) == ("a.py", 4, "X1", "no")
    assert (second.path, second.code, second.message) == ("", "finding", "just words")


def test_json_pointers_lead_into_lists_and_escaped_names() -> None:
    data = b'{"a/b": [{"m~n": [1, 2, 3]}], "out": [{"where": {"file": "x.py"}}]}'
    suite = read_json(data, {"checked": "/a~1b/0/m~0n", "findings": "/out", "path": "/where/file"})
    assert (suite.ran, suite.findings[0].path) == (3, "x.py")


@pytest.mark.parametrize(
    "data",
    [
        report(n=-1),
        report(n=True),
        report(n="3"),
        report(ok="maybe"),
        report(ok=1),
        report(ok=None),
        report(bad={"a": 1}),
        report(bad=[3]),
        b'{"n": 3, "ok": false, "ok": true, "bad": []}',
        b'{"n": NaN, "ok": true, "bad": []}',
        b'{"n": 3, "ok": true}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"",
        b"All checks passed!",
    ],
)
def test_json_that_does_not_say_it_stops_the_gate(data: bytes) -> None:
    assert code_of(read_json, data, POINTERS) == "GATE_OUTPUT"


@pytest.mark.parametrize(("word", "bad"), [("PASSED", 0), ("ok", 0), (" success ", 0), ("Failed", 1), (False, 1)])
def test_verdicts_of_json_in_words(word: object, bad: int) -> None:
    assert read_json(report(ok=word), POINTERS).bad == bad


def test_the_worst_of_what_json_says_counts() -> None:
    assert read_json(report(bad=["x"]), POINTERS).bad == 1
    assert read_json(report(failed=2), {"checked": "/n", "failed": "/failed", "verdict": "/ok"}).bad == 2


def test_a_pointer_reads_the_whole_document() -> None:
    assert at([1, 2], "") == [1, 2]


# JUnit


def test_a_junit_suite_that_counts_failures_and_names_none_is_not_whole() -> None:
    case = '<testcase name="a"/>'
    assert code_of(read_junit, f'<testsuite failures="1">{case}</testsuite>'.encode()) == "GATE_OUTPUT"
    assert (
        code_of(read_junit, f'<testsuites errors="2"><testsuite>{case}</testsuite></testsuites>'.encode())
        == "GATE_OUTPUT"
    )
    assert read_junit(f'<testsuite failures="0" errors="">{case}</testsuite>'.encode()).ran == 1


def test_what_a_runner_ran_again_is_flaky() -> None:
    suite = read_junit(b'<testsuite><testcase name="a"><flakyFailure message="x"/></testcase></testsuite>')
    assert (suite.ran, suite.bad, suite.flaky) == (1, 0, 1)
    suite = read_junit(b'<testsuite><testcase name="a"><failure/><rerunFailure/></testcase></testsuite>')
    assert (suite.bad, suite.flaky) == (1, 0)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
    ],
)
def test_no_entity_is_ever_read(prolog: str) -> None:
    assert code_of(read_junit, f'{prolog}<testsuite><testcase name="a"/></testsuite>'.encode()) == "GATE_OUTPUT"
