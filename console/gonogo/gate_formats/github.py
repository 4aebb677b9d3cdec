"""GitHub: workflow commands that put findings at their lines, and the job summary as Markdown.

The forge keeps ten errors, ten warnings and ten notices of a step, and a summary of 1 MiB; what goes beyond is counted.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from gonogo_agents.render.safe import code, markdown
from gonogo_evidence.errors import Inconclusive
from gonogo_evidence.text import msg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gonogo.gate_formats.interface import GateOutcome, Outcome, Place

Level: TypeAlias = Literal["error", "warning", "notice"]
MOST: Final = 10
SUMMARY: Final = "GITHUB_STEP_SUMMARY"
LARGEST: Final = 1024 * 1024
"""Bytes of a summary."""
MOST_LINES: Final = 200
"""Findings that the summary lists; all are counted."""


def github(outcome: Outcome) -> str:
    """The workflow commands, one a line. Every gate that fails or cannot tell has a line before any finding has."""
    return told_of([outcome], f"gonogo gates: {outcome.verdict}. {outcome.reason}")


def told_of(outcomes: Sequence[Outcome], last: str) -> str:
    """The same for several looks of one step, whose limits they share; ``last`` is the last line, and no command."""
    told: dict[Level, list[str]] = {"error": [], "warning": [], "notice": []}
    for say in (_gates, _places):
        for level, line in dict.fromkeys(one for outcome in outcomes for one in say(outcome)):
            told[level].append(line)
    lines = [line for level in told for line in told[level][:MOST]]
    left = sum(max(0, len(found) - MOST) for found in told.values())
    if left:
        lines.append(f"gonogo: {left} more findings are in the job summary and in the report")
    return "\n".join([*lines, _data(last).replace("##[", "## [")])  # the older form of a command, anywhere in a line


def summary(outcome: Outcome) -> str:
    """The job summary, Markdown, at most 1 MiB."""
    head = [f"### gonogo gates: {outcome.verdict}", "", markdown(outcome.reason), "", markdown(outcome.subject), ""]
    rows = ["| gate | verdict | checked | why |", "|---|---|---|---|"]
    rows += [
        f"| {markdown(gate.name)} | {gate.verdict} | {gate.checked} {gate.unit} | {markdown(gate.reason)} |"
        for gate in outcome.gates
    ]
    places = [(gate, one) for gate in outcome.gates for one in (*gate.findings, *gate.advice)]
    lines = ["", *(f"- {_where(one)} {markdown(f'{one.code} {one.message}')}" for _, one in places[:MOST_LINES])]
    if len(places) > MOST_LINES:
        lines.append(f"- … {len(places) - MOST_LINES}")
    whole = "\n".join([*head, *rows, *lines]) + "\n"
    while len(whole.encode()) > LARGEST:
        lines = lines[: len(lines) // 2]
        whole = "\n".join([*head, *rows, *lines]) + "\n"
    return whole


def append_summary(env: Mapping[str, str], told: str) -> None:
    """Append a job summary where the forge names a file for it. Raises ``Inconclusive`` ``SUMMARY_UNWRITABLE``."""
    place = env.get(SUMMARY)
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(told)
    except OSError as error:
        raise Inconclusive(
            "SUMMARY_UNWRITABLE",
            msg("The job summary cannot be written: {reason}.", reason=error.strerror or ""),
            where=place,
            next_step=msg("Unset {variable}, or make its file writable.", variable=SUMMARY),
        ) from error


def _where(one: Place) -> str:
    return code(f"{one.path}:{one.line}" if one.line else one.path or "-")


def _gates(outcome: Outcome) -> Iterator[tuple[Level, str]]:
    for gate in outcome.gates:
        if gate.verdict in {"FAIL", "INCONCLUSIVE"}:
            level = _level(gate)
            yield level, f"::{level} title={_property(gate.name)}::{_data(f'{gate.verdict}: {gate.reason}')}"


def _places(outcome: Outcome) -> Iterator[tuple[Level, str]]:
    for gate in outcome.gates:
        for one in gate.findings:
            yield _level(gate), _place(gate, one, _level(gate))
        for one in gate.advice:
            yield "notice", _place(gate, one, "notice")


def _place(gate: GateOutcome, one: Place, level: Level) -> str:
    where = f"file={_property(one.path)}," if one.path else ""
    where += f"line={one.line}," if one.path and one.line else ""
    return f"::{level} {where}title={_property(f'{gate.name}: {one.code}')}::{_data(one.message)}"


def _level(gate: GateOutcome) -> Level:
    return "error" if gate.hard else "warning"


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
