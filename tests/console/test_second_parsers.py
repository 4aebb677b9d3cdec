"""Reports before parsers that are not ours: SARIF's published schema and a model of it, and a reader of JUnit.

The schema is the standard's (OASIS SARIF 2.1.0, errata of rtm.5), as Microsoft's ``@microsoft/jest-sarif`` 1.0.0-beta.0
ships it (MIT), without its white space.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator  # type: ignore[import-untyped]
from sarif_pydantic import Sarif  # type: ignore[import-untyped]

from gonogo.gate_formats import GateOutcome, Outcome, Place
from gonogo.gate_formats.github import github
from gonogo.gate_formats.junit import junit
from gonogo.gate_formats.sarif import sarif
from gonogo.nightly.forms import night_annotations, night_junit, night_sarif
from gonogo.nightly.night import Asked, LayerNight, Night
from gonogo_agents.texts import translator
from support.annotations import read_command

if TYPE_CHECKING:
    from gonogo_evidence.verdict import GateVerdict

SCHEMA = Draft4Validator(json.loads((Path(__file__).parents[1] / "assets" / "sarif-2.1.0-rtm.5.json").read_bytes()))
WORDS = st.text(max_size=20) | st.just("a<b>&\"'\x1b[2J\x00\ud7ff ]]> %0A\n| `x` ä b/../c")
VERDICTS: tuple[GateVerdict, ...] = ("PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE")


def gate(name: str, verdict: GateVerdict, words: str, line: int | None = 1) -> GateOutcome:
    """A gate with a finding and advice, where it failed."""
    places = (Place(words or "a", line, words, words, "f"),) if verdict == "FAIL" else ()
    return GateOutcome(name, True, verdict, words, words, 1, "files", 5, places, places)  # noqa: FBT003 - hard


def looked(words: str) -> Outcome:
    """A look with a gate of every verdict."""
    return Outcome("1.0", words, "FAIL", words, tuple(gate(verdict, verdict, words) for verdict in VERDICTS))


def night(words: str) -> Night:
    """A night with a layer of every verdict."""
    asked = Asked(("L0",), "nightly", words, "smoke", "c" * 40, None, 1, 60.0)
    blank = LayerNight("L0", words, "WAITS", "PASS", words, gates=looked(words).gates)
    layers = tuple(
        replace(
            blank, layer=f"L{number}", verdict=verdict, state="FORBIDDEN" if verdict == "NOT_APPLICABLE" else "WAITS"
        )
        for number, verdict in enumerate(VERDICTS)
    )
    return Night(asked, "1.0", "2026-01-09T02:00:00Z", "2026-01-09T02:01:00Z", 60_000, layers)


def check_sarif(document: str, *, runs: int) -> None:
    """By schema, and by a model of the format."""
    found: Any = json.loads(document)
    assert [error.message for error in SCHEMA.iter_errors(found)] == []
    assert len(Sarif.model_validate(found).runs) == runs


@given(words=WORDS)
def test_sarif_keeps_the_published_schema_whatever_was_found(words: str) -> None:
    check_sarif(sarif(looked(words)), runs=1)
    check_sarif(night_sarif(night(words)), runs=3)


def test_the_schema_refuses_what_is_no_sarif() -> None:
    broken = json.loads(sarif(looked("x")))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert list(SCHEMA.iter_errors(broken))


@given(words=WORDS | st.sampled_from(["##[add-mask]x", "::stop-commands::x", "a,file=b::c", "%3A%252C"]))
def test_the_runner_takes_our_annotations_for_what_they_are_and_nothing_else_for_a_command(words: str) -> None:
    """As it splits a step's output into lines, and reads each."""
    for told in (github(looked(words)), night_annotations(night(words), translator("en"))):
        lines = told.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        found = [command for line in lines if (command := read_command(line)) is not None]
        assert {command.name for command in found} == {"error", "notice"}
        gates = {(one.properties["title"], one.data.strip()) for one in found if "file" not in one.properties}
        assert gates >= {(verdict, f"{verdict}: {words}".strip()) for verdict in ("FAIL", "INCONCLUSIVE")}
        places = [one for one in found if "file" in one.properties]
        assert [one.name for one in places] == ["error", "notice"]
        for one in places:
            assert one.properties == {"file": words or "a", "line": "1", "title": f"FAIL: {words}"}
            assert one.data.strip() == words.strip()


@given(words=WORDS)
def test_a_reader_of_junit_counts_what_we_counted(words: str) -> None:
    (suite,) = list(junitparser.JUnitXml.fromstring(junit(looked(words)).encode("utf-8", "replace")))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (4, 1, 1, 1)
    assert [type(case.result[0]).__name__ if case.result else "passed" for case in suite] == [
        "passed", "Failure", "Error", "Skipped",
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["plain", "a<b>&\x00"])
def test_a_reader_of_junit_finds_every_layer_of_a_night(words: str) -> None:
    whole = junitparser.JUnitXml.fromstring(night_junit(night(words)).encode("utf-8", "replace"))
    suites = list(whole)
    assert [suite.name.split()[0] for suite in suites] == ["L0", "L1", "L2", "L3"]
    assert (whole.tests, whole.failures, whole.errors, whole.skipped) == (20, 5, 5, 5)
    assert sum(suite.tests for suite in suites) == whole.tests
