"""JUnit XML: one test case a gate. What did not apply is skipped, what could not tell is an error, never a pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gonogo.gate_formats.interface import GateOutcome, Outcome, Place

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def junit(outcome: Outcome) -> str:
    """The document, with a suite of as many cases as there are gates."""
    counts = {
        "tests": len(outcome.gates),
        "failures": sum(gate.verdict == "FAIL" for gate in outcome.gates),
        "errors": sum(gate.verdict == "INCONCLUSIVE" for gate in outcome.gates),
        "skipped": sum(gate.verdict == "NOT_APPLICABLE" for gate in outcome.gates),
    }
    told = " ".join(f'{name}="{number}"' for name, number in counts.items())
    seconds = sum(gate.milliseconds for gate in outcome.gates) / 1000
    cases = "".join(f"    {line}\n" for gate in outcome.gates for line in _case(gate))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="gonogo gates" {told} time="{seconds:.3f}">\n'
        f'  <testsuite name="gonogo gates" {told} time="{seconds:.3f}">\n'
        f"    <properties><property name={_attribute('subject')} value={_attribute(outcome.subject)}/></properties>\n"
        f"{cases}  </testsuite>\n</testsuites>\n"
    )


def _case(gate: GateOutcome) -> Iterator[str]:
    kind = "hard" if gate.hard else "soft"
    yield f'<testcase name={_attribute(gate.name)} classname="gonogo.{kind}" time="{gate.milliseconds / 1000:.3f}">'
    lines = "\n".join(_line(one) for one in gate.findings)
    match gate.verdict:
        case "FAIL":
            yield f"  <failure message={_attribute(gate.reason)}>{_text(lines)}</failure>"
        case "INCONCLUSIVE":
            yield f"  <error type={_attribute(gate.reason_code)} message={_attribute(gate.reason)}/>"
        case "NOT_APPLICABLE":
            yield f"  <skipped message={_attribute(gate.reason)}/>"
        case "PASS":
            pass
    advice = "".join(f"\n{_line(one)}" for one in gate.advice)
    yield f"  <system-out>{_text(f'{gate.verdict}: {gate.checked} {gate.unit}. {gate.reason}{advice}')}</system-out>"
    yield "</testcase>"


def _line(one: Place) -> str:
    place = f"{one.path}:{one.line}: " if one.line else f"{one.path}: " if one.path else ""
    return f"{place}{one.code} {one.message}"


def fit(words: str) -> str:
    """The words without what XML 1.0 cannot hold."""
    return _NO_XML.sub("\ufffd", words)


def _text(words: str) -> str:
    return escape(fit(words))


def _attribute(words: str) -> str:
    return quoteattr(fit(words))
