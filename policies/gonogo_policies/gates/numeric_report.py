"""A numeric report of a command held against its baseline in the repository (runbook section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import read_bytes
from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Finding, Kept
from gonogo_policies.gates.movement_picture import picture
from gonogo_policies.gates.verdicts import Stopped
from gonogo_policies.gates.words import fingerprint, plain
from gonogo_policies.numeric import Rules, Tolerance, Unreadable, compare

if TYPE_CHECKING:
    from gonogo_policies.gates.declaration import Declaration, NumericSettings
    from gonogo_policies.gates.interface import GateContext
    from gonogo_policies.gates.verdicts import Seen
    from gonogo_policies.numeric import Compared, Difference, Form

LIMIT = 64 * 1024 * 1024
SAID = {
    "MOVED": "{place}: {before} became {now}",
    "CHANGED": "{place}: {before} became {now}",
    "NAN": "{place}: {before} became {now}, and one of them is no number",
    "NEW": "{place}: {now} has no baseline",
    "GONE": "{place}: {before} is not there any more",
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """The baseline as it was before the command was started."""

    path: str
    form: Form
    data: bytes

    @classmethod
    def of(cls, context: GateContext) -> Baseline:
        """Read it. Raises Stopped GATE_BASELINE where it is missing, empty, or part of the change."""
        path = context.settings.numeric.baseline
        words = plain(path)
        tracked = context.tracked()
        try:
            data = read_bytes(context.tree / tracked.disk(path), limit=LIMIT) if path in tracked else b""
        except GonogoError:
            data = b""
        if not data.strip():
            raise Stopped("GATE_BASELINE", msg("The baseline {path} is missing or empty.", path=words))
        if path in context.change.paths and context.at_base(path) != data:
            why = msg("{path} is part of the change: a baseline that moves with the report proves nothing.", path=words)
            raise Stopped("GATE_BASELINE", why)
        form = PurePosixPath(path).suffix.removeprefix(".").lower()
        if form not in {"csv", "json"}:
            raise Stopped("GATE_BASELINE", msg("The baseline {path} is neither CSV nor JSON.", path=words))
        return cls(path, cast("Form", form), data)


def take_numbers(report: bytes, baseline: Baseline, gate: Declaration, seen: Seen) -> None:
    """Compare, and put what moved into ``seen``. Raises Stopped GATE_BASELINE, GATE_OUTPUT."""
    try:
        rules = _rules(gate.numeric)
        compare(baseline.data, baseline.data, baseline.form, rules)
    except (Unreadable, InvalidOperation) as error:
        why = msg(
            "The baseline {path} cannot be read: {words}.", path=plain(baseline.path), words=plain(str(error), 200)
        )
        raise Stopped("GATE_BASELINE", why) from error
    try:
        compared = compare(baseline.data, report, baseline.form, rules)
    except Unreadable as error:
        raise Stopped(
            "GATE_OUTPUT", msg("The report cannot be read: {words}.", words=plain(str(error), 200))
        ) from error
    seen.checked = compared.numbers
    seen.findings += [_finding(baseline, one) for one in compared.differences]
    seen.reason = msg(
        "Numbers compared with {path}: {numbers}. Values that moved beyond their tolerance, or came or went: {moved}.",
        path=plain(baseline.path),
        numbers=compared.numbers,
        moved=len(compared.differences),
    )
    seen.kept.append(_picture(gate, compared))


def _picture(gate: Declaration, compared: Compared) -> Kept:
    return Kept("movement.svg", "image/svg+xml", picture(gate.name, compared))


def _finding(baseline: Baseline, difference: Difference) -> Finding:
    cell = difference.cell
    place = plain(f"{cell.row}, {cell.column}")
    said = SAID[difference.kind].format(
        place=place, before=plain(difference.before, 60) or "nothing", now=plain(difference.now, 60) or "nothing"
    )
    if difference.share is not None:
        said += f" ({float(difference.share) * 100:+.3g} %)"
    line = None if difference.kind == "NEW" else cell.line
    return Finding(baseline.path, line, difference.kind, said, fingerprint(baseline.path, difference.kind, place, ""))


def _rules(settings: NumericSettings) -> Rules:
    columns = {
        one.name: Tolerance(Decimal(one.absolute or "0"), Decimal(one.relative or "0"), one.nan != "fail")
        for one in settings.columns
    }
    return Rules(settings.key, columns, frozenset(settings.ignore), settings.delimiter, settings.decimal)
