"""Reports of gates as other tools read them: parsed again by parsers that are not ours, nothing lost or invented."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.gate_formats import FORMATS, GateOutcome, Outcome, Place, in_form
from gonogo.gate_formats.github import LARGEST, MOST, github, summary
from gonogo.gate_formats.junit import junit
from gonogo.gate_formats.sarif import sarif

if TYPE_CHECKING:
    from gonogo_evidence.verdict import GateVerdict

NASTY = "a<b>&\"'\x1b[2J\x00\ud7ff ]]> ::error::x%0A\n| `x`"


def gate(name: str, verdict: GateVerdict, reason: str = "fine", *, hard: bool = True, code: str = "") -> GateOutcome:
    """A gate that looked at two files and found nothing."""
    return GateOutcome(name, hard, verdict, reason, code, 2, "files", 5, (), ())


PASSED = gate("Lint Gate", "PASS")
ABSENT = gate("audit", "NOT_APPLICABLE", "nothing of the kind")
UNCLEAR = gate("tests (3.11)", "INCONCLUSIVE", "not there", code="GATE_TOOL_MISSING")
SOFT = replace(gate("soft", "FAIL", "bad", hard=False), findings=(Place("a.py", 2, "X1", "soft one", "f2"),))


def failed(*places: Place, advice: tuple[Place, ...] = ()) -> GateOutcome:
    """A hard gate that found something."""
    return replace(gate("docs", "FAIL", "faults"), findings=places, advice=advice)


def outcome(*gates: GateOutcome) -> Outcome:
    """A look at these gates."""
    return Outcome("1.0", "the desk", "FAIL", "Hard gates found faults: docs.", gates)


def parsed(document: str) -> ET.Element:
    """The document, by the parser of the standard library."""
    return ET.fromstring(document.encode("utf-8", "replace"))  # noqa: S314 - our own words


def test_junit_has_a_case_for_each_gate_and_only_a_pass_is_green() -> None:
    places = Place("docs/a b.md", 7, "MISSING_TARGET", "x: there is no x", "f1")
    suite = parsed(junit(outcome(PASSED, ABSENT, UNCLEAR, failed(places), SOFT))).find("testsuite")
    assert suite is not None
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5", "failures": "2", "errors": "1", "skipped": "1",
    }  # fmt: skip
    kinds = [[child.tag for child in case if child.tag != "system-out"] for case in suite.iter("testcase")]
    assert kinds == [[], ["skipped"], ["error"], ["failure"], ["failure"]]
    assert suite.findtext("testcase/failure") == "docs/a b.md:7: MISSING_TARGET x: there is no x"


def test_sarif_holds_every_finding_with_place_level_and_fingerprint() -> None:
    hard = Place("docs/ä b.md", 7, "MISSING_TARGET", "x", "f1")
    told = Place("docs/c.md", None, "ROOT_RELATIVE", "y", "f3")
    run = json.loads(sarif(outcome(failed(hard, advice=(told,)), SOFT, PASSED)))["runs"][0]
    assert [(one["level"], one["ruleId"]) for one in run["results"]] == [
        ("error", "docs/MISSING_TARGET"), ("note", "docs/ROOT_RELATIVE"), ("warning", "soft/X1"),
    ]  # fmt: skip
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "docs/%C3%A4%20b.md"
    assert place["region"] == {"startLine": 7}
    assert run["results"][0]["partialFingerprints"] == {"gonogoGate/v1": "f1"}
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {one["ruleId"] for one in run["results"]}
    assert run["invocations"][0]["executionSuccessful"] is True


def test_sarif_of_a_gate_that_could_not_tell_is_no_success() -> None:
    run = json.loads(sarif(outcome(UNCLEAR)))["runs"][0]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["toolExecutionNotifications"][0]["descriptor"]["id"] == "GATE_TOOL_MISSING"


def test_annotations_keep_the_forges_limits_and_count_the_rest() -> None:
    places = tuple(Place("a.md", number, "M", "m", str(number)) for number in range(1, 31))
    lines = github(outcome(failed(*places, advice=places), SOFT, UNCLEAR)).split("\n")
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level} ") for line in lines) <= MOST
    assert lines[0] == "::error title=docs::FAIL: faults"
    assert lines[1] == "::error title=tests (3.11)::INCONCLUSIVE: not there"
    assert f"gonogo: {32 + 30 - 2 * MOST} more findings" in lines[-2]


def test_an_annotation_cannot_be_left_by_what_it_says() -> None:
    nasty = Place("a,b:c\n.md", 1, "M", "::error::x\n::add-mask::y%0A", "f")
    (line,) = [one for one in github(outcome(failed(nasty))).split("\n") if "file=" in one]
    assert line == "::error file=a%2Cb%3Ac%0A.md,line=1,title=docs%3A M::::error::x%0A::add-mask::y%250A"


def test_a_summary_fits_and_shows_words_as_words() -> None:
    places = tuple(Place("a.md", number, "M", "<img src=x> " + "w" * 9000, "f") for number in range(300))
    told = summary(outcome(failed(*places)))
    assert len(told.encode()) <= LARGEST
    assert "<img" not in told.replace("\\<", "")
    assert "| docs | FAIL | 2 files | faults |" in told


@pytest.mark.parametrize("name", FORMATS)
@given(words=st.text(max_size=20) | st.just(NASTY))
def test_any_words_stay_inside_the_form(name: str, words: str) -> None:
    place = Place(words or "a", 1, "M", words, "f")
    one = replace(gate(words, "FAIL", words), findings=(place,), advice=(place,))
    told = in_form(name, Outcome("1.0", words, "FAIL", words, (one,)))
    if name == "junit":
        assert len(list(parsed(told).iter("testcase"))) == 1
    elif name == "sarif":
        assert len(json.loads(told)["runs"][0]["results"]) == 2
    else:
        assert sum(line.startswith("::") for line in told.splitlines()) <= 3 or "\n" not in words
