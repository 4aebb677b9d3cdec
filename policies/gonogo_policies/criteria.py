"""The runbook's section 5 as pure functions: four criteria for PASS, four for FAIL, the overall verdict, what is open.

A FAIL criterion is PASS where what it names did not happen. Everything that is decidable before the seal is derived
from duties and hard gates, so the overall verdict here and the one that ``verify`` makes again can never differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import Verdict, worst
from gonogo_evidence.verify.overall import overall_verdict, reading
from gonogo_policies.results import (
    DUTIES,
    State,
    as_json,
    as_list,
    as_object,
    as_text,
    check_of,
    check_verdict,
    checks_of,
    gates_of,
    observed_of,
    reason_of,
    skipped,
    value_of,
    verdict_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gonogo_evidence.ids import JSON, JSONObject

REPORT = "core/validator-report.json"
PACK = "core/pack.json"
ORIGINS = {
    "preflight_snapshot": (PACK, "$.preflight_snapshot.value"),
    "inventory": ("core/inventory.json", "$"),
    "scope_plan": ("core/run-plan.json", "$.scope"),
    "gate_plan": ("core/run-plan.json", "$.gates"),
    "execution": (PACK, "$.execution.value"),
    "validation": (REPORT, "$"),
    "pack": ("seal.json", "$"),
    "risk_review": ("review/risk-review.json", "$"),
}
"""Where the duties' values lie in the pack: file, and JSON path."""

CHECKS = {
    "5-PASS-1": "PASS-SCHEMA",
    "5-PASS-2": "PASS-MANIFEST",
    "5-PASS-3": "PASS-GATES",
    "5-PASS-4": "PASS-NOTES",
    "5-FAIL-1": "FAIL-SCHEMA",
    "5-FAIL-2": "FAIL-FIELDS",
    "5-FAIL-3": "FAIL-REPRODUCE",
    "5-FAIL-4": "FAIL-GOVERNANCE",
}
"""The check that decides each criterion, as the runbook's controls name it."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of section 5 and how it stands."""

    id: str
    """The runbook's control: ``5-PASS-1`` to ``5-FAIL-4``."""
    verdict: Verdict
    text: Text
    pointers: tuple[JSONObject, ...] = ()
    before_seal: bool = True
    """Whether it is decided by duties 1 to 6, and so belongs to the core's verdict."""

    def json(self) -> JSONObject:
        """The form for evidence files."""
        return {
            "id": self.id,
            "check": CHECKS[self.id],
            "verdict": self.verdict,
            "text": as_json(self.text),
            "pointers": list(self.pointers),
            "before_seal": self.before_seal,
        }


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """Something that is not PASS, under the short stable id that a condition must name."""

    id: str
    verdict: Verdict
    text: Text
    pointers: tuple[JSONObject, ...] = ()


def criteria(state: State) -> tuple[Criterion, ...]:
    """All eight, in the runbook's order. Those that need pack or review say so until these are there."""
    return (
        _pack_validates(state),
        _manifest_complete(state),
        _gates_green(state),
        _notes_clear(state),
        _schema_holds(state),
        _fields_there(state),
        _reproducible(state),
        _governance_kept(state),
    )


def before_seal(found: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """The criteria that belong to the core: decided by the inputs' own consequences."""
    return tuple(one for one in found if one.before_seal)


def overall(state: State, found: Iterable[Criterion]) -> Verdict:
    """The run's verdict: PASS only if duties 1 to 6, every hard gate and every criterion before the seal are PASS."""
    duties: dict[str, JSON] = {field: verdict_of(state, field) for field in DUTIES}
    decided: list[Verdict] = [one.verdict for one in before_seal(found)]
    return worst([overall_verdict(duties, gates_of(state)), *decided])


def open_points(state: State, verdict: Verdict, fields: Sequence[str] = DUTIES) -> tuple[OpenPoint, ...]:
    """What is ``verdict``, by its smallest name: gate, else check, else the duty itself. No id stands there twice."""
    points: dict[str, OpenPoint] = {}
    for field in fields:
        found = [*_open_gates(state, verdict)] if field == "validation" else []
        found += _open_checks(state, field, verdict)
        if not found and verdict_of(state, field) == verdict:
            found = [OpenPoint(field, verdict, reason_of(state, field), (pointer_to(field),))]
        for point in found:
            points.setdefault(point.id, point)
    return tuple(points.values())


def inconclusive(state: State) -> tuple[OpenPoint, ...]:
    """All that could not be shown by duties 1 to 6; a GO-WITH-CONDITIONS needs a condition naming each."""
    points, gates = open_points(state, "INCONCLUSIVE"), _gates_green(state)
    if not points and gates.verdict == "INCONCLUSIVE":  # no gate read the change, and no check of the report says so
        return (OpenPoint(gates.id, gates.verdict, gates.text, gates.pointers),)
    return points


def pointer_to(field: str, below: str = "") -> JSONObject:
    """A pointer to a duty's value in the pack, or to a place in it (``.checks[2]``)."""
    file, path = ORIGINS[field]
    return _at(file, path + below)


def _open_gates(state: State, verdict: Verdict) -> Iterator[OpenPoint]:
    for number, gate in enumerate(gates_of(state)):
        if gate["hard"] and gate["verdict"] == verdict:
            text = as_text(gate.get("reason"), msg("The gate gave no reason."))
            yield OpenPoint(str(gate["name"]), verdict, text, (_at(REPORT, f"$.gates[{number}]"),))


def _open_checks(state: State, field: str, verdict: Verdict) -> Iterator[OpenPoint]:
    told = {
        f"$.gates[{number}]"
        for number, gate in enumerate(gates_of(state))
        if gate["hard"] and gate["verdict"] == verdict
    }
    for number, check in enumerate(checks_of(state, field)):
        if check.get("hard") is True and check_verdict(check) == verdict and not _only_about(check, told):
            text = as_text(check.get("text"), msg("The check gave no reason."))
            yield OpenPoint(str(check.get("id", field)), verdict, text, (pointer_to(field, f".checks[{number}]"),))


def _only_about(check: JSONObject, gates: set[str]) -> bool:
    """Whether a check only says again what gates say that are named anyway: one thing is named once."""
    places = [as_object(pointer) for pointer in as_list(check.get("pointers"))]
    return bool(places) and all(place.get("file") == REPORT and place.get("path") in gates for place in places)


def _pack_validates(state: State) -> Criterion:
    seen, verdict = "pack" in state, verdict_of(state, "pack")
    text = msg("The evidence pack is sealed, and a fresh process found it valid against its schemas.")
    if not seen:
        text = msg("Decided after the seal: the pack validates against its schemas.")
    elif verdict != "PASS":
        text = msg("The evidence pack was not shown to be valid.")
    return Criterion("5-PASS-1", verdict, text, (_at(PACK, "$.schema"),), before_seal=False)


def _manifest_complete(state: State) -> Criterion:
    check = check_of(state, "execution", "D-INPUTS")
    found: list[Verdict] = [check_verdict(check)]
    text = as_text(None if check is None else check.get("text"), reason_of(state, "execution"))
    versions = as_object(observed_of(state, "preflight_snapshot").get("versions"))
    if "pack" in state and not any(versions.values()):  # tool versions are observed: the core cannot hang on them
        found.append("INCONCLUSIVE")
        text = msg("The versions of the tools were not recorded.")
    return Criterion("5-PASS-2", worst(found), text, (_at(PACK, "$.git_ref"), _at(PACK, "$.config")))


def _gates_green(state: State) -> Criterion:
    gates = gates_of(state)
    hard = [gate for gate in gates if gate["hard"] and gate["verdict"] != "NOT_APPLICABLE"]
    verdict = worst([cast("Verdict", gate["verdict"]) for gate in hard])
    carried = ", ".join(f"{gate['name']} ({gate['checked']} {gate.get('unit', 'files')})" for gate in reading(gates))
    if skipped(state, "validation"):
        return Criterion("5-PASS-3", "INCONCLUSIVE", reason_of(state, "validation"), (_at(REPORT, "$.gates"),))
    if verdict == "PASS" and not carried:
        text = msg("No gate that passed has read the changed files: nothing was shown about this change.")
        return Criterion("5-PASS-3", "INCONCLUSIVE", text, (_at(REPORT, "$.gates"),))
    if verdict == "PASS":
        text = msg("Every hard gate that applies is green; the change was read by {gates}.", gates=carried)
    else:
        names = ", ".join(str(gate["name"]) for gate in hard if gate["verdict"] == verdict)
        text = msg("Not green: {gates}.", gates=names) if names else msg("No hard gate applied to this change.")
    return Criterion("5-PASS-3", verdict, text, (_at(REPORT, "$.gates"),))


def _notes_clear(state: State) -> Criterion:
    risks = as_list(value_of(state, "risk_review").get("risks"))
    if "risk_review" not in state:
        text = msg("Decided after the risk review: the operator notes hold a clear recommendation and the risks.")
        return Criterion("5-PASS-4", "INCONCLUSIVE", text, before_seal=False)
    verdict = verdict_of(state, "risk_review") if risks else "INCONCLUSIVE"
    text = msg("The operator notes name a recommendation and the risks (risks: {count}).", count=len(risks))
    if verdict != "PASS":
        text = msg("The risk review is not complete: the operator notes cannot be clear about the risks.")
    return Criterion("5-PASS-4", verdict, text, before_seal=False)


def _schema_holds(state: State) -> Criterion:
    gate = _hard_gate(state, "schema")
    if gate is not None:
        text = msg("The gate schema says {verdict}.", verdict=str(gate["verdict"]))
        return Criterion("5-FAIL-1", check_verdict(gate), text, (_at(REPORT, "$.gates"),))
    text = msg("Schema validation of the sealed pack, by a fresh process.")
    return Criterion("5-FAIL-1", verdict_of(state, "pack"), text, before_seal=False)


def _fields_there(state: State) -> Criterion:
    gate, check = _hard_gate(state, "required-fields"), check_of(state, "execution", "D-INPUTS")
    found: list[Verdict] = [check_verdict(check), *([] if gate is None else [check_verdict(gate)])]
    text = msg("No required field is missing.")
    if worst(found) == "FAIL":
        text = msg("Required fields are missing.")
    elif worst(found) == "INCONCLUSIVE":
        text = msg("It could not be shown that no required field is missing.")
    return Criterion("5-FAIL-2", worst(found), text, (_at(PACK, "$.run_reason"), _at(PACK, "$.operator_id")))


def _reproducible(state: State) -> Criterion:
    found: list[Verdict] = [check_verdict(check_of(state, "execution", "D-OUTPUTS"))]
    text = msg("Every planned output of the layer run exists.")
    if "pack" in state:
        found.append(check_verdict(check_of(state, "pack", "F-CANONICAL")))
        text = msg("Every planned output exists, and a fresh process rebuilt the same core.")
    if worst(found) != "PASS":
        text = msg("It was not shown that every planned output exists and that the core rebuilds.")
    return Criterion("5-FAIL-3", worst(found), text, (pointer_to("execution"),))


def _governance_kept(state: State) -> Criterion:
    live = [c for c in checks_of(state, "preflight_snapshot") if "LIVE" in str(c.get("id")) and c.get("hard") is True]
    found: list[Verdict] = [check_verdict(check) for check in live] or [verdict_of(state, "preflight_snapshot")]
    found.append(check_verdict(check_of(state, "scope_plan", "C-SCOPE")))
    text = msg("No live configuration is touched, and the plan stays inside the layer's scope.")
    if worst(found) == "FAIL":
        text = msg("Governance is violated: a live path is touched, or the plan leaves the layer's scope.")
    elif worst(found) == "INCONCLUSIVE":
        text = msg("It could not be shown that no live path is touched and that the plan stays in scope.")
    return Criterion(
        "5-FAIL-4", worst(found), text, (pointer_to("preflight_snapshot", ".checks"), pointer_to("scope_plan"))
    )


def _hard_gate(state: State, name: str) -> JSONObject | None:
    found = (gate for gate in gates_of(state) if gate["name"] == name and gate["hard"])
    return next((gate for gate in found if gate["verdict"] != "NOT_APPLICABLE"), None)


def _at(file: str, path: str) -> JSONObject:
    return {"file": file, "path": path}
