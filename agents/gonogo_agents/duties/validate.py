"""Duty 6, step E (CI_GUARDIAN): run the planned gates, look at the draft of the evidence, write the validator report.

What the plan promised is held against what happened: a gate without a result, a plan that is not the frozen one and an
expected output that is not there are FAIL. What could not be asked is INCONCLUSIVE, and the other gates go on.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast, get_args

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, strings_of
from gonogo_agents.duties.gate_plan import plan_digest
from gonogo_agents.duties.trees import tree_checks
from gonogo_agents.duty import Result
from gonogo_evidence import schema
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.files import slug
from gonogo_evidence.text import Text, from_json, msg
from gonogo_evidence.verdict import GateVerdict, Verdict, worst
from gonogo_policies.change import first
from gonogo_policies.gates import Applicability, Declaration, read_declaration
from gonogo_policies.gates.overall import Judged, overall
from gonogo_policies.gates.pack import FIELDS_GATE, SCHEMA_GATE, PackGate
from gonogo_policies.gates.verdicts import Stopped, not_applicable, stopped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject

SCHEMA = "gonogo/validator-report/v1"
STEP = "E"
STOPS_THE_RUN = frozenset({"DISK_FULL", "CANNOT_WRITE"})
"""There is no room for evidence: the run waits and is resumed, instead of ending with less."""
GATE_CHECKS: Mapping[str, str] = {
    "Lint Gate": "GATE-LINT",
    "audit": "GATE-AUDIT",
    "Policy Critic Gate": "GATE-CRITIC",
    "docs-reference-targets-gate": "GATE-DOCS",
    "tests (3.11)": "GATE-TESTS",
    "strategy-smoke": "GATE-STRATEGY",
    "ci-required-contexts-contract": "GATE-CONTEXTS",
    "tests (3.9)": "GATE-TESTS39",
    "tests (3.10)": "GATE-TESTS310",
    "VaR Report Regression Gate": "GATE-VAR",
    "Merge Log Hygiene": "GATE-MERGELOG",
}
"""The runbook's gates (section 6) and the checks of its controls that they decide."""
MAX_POINTERS = 5
LAYER_RUN = 5
"""The number of the duty whose outputs exist by now."""


def validate(view: View, ask: Ask) -> Result:
    """Run, check, report. Verdict: the worst of E-GATES, E-SCHEMA, E-FIELDS, E-OUTPUTS, E-PLAN, E-TREE and E-DESK."""
    inputs, plan = as_object(view.get("inputs")), as_object(as_object(view.get("gate_plan")).get("value"))
    planned = {str(entry.get("name")): entry for entry in objects_of(plan.get("gates"))}
    declared = [one for one in map(read_declaration, _sequence(inputs.get("gates"))) if one.step == STEP]
    results: dict[str, JSONObject] = {}
    for declaration in sorted(declared, key=_rank):
        entry = planned.get(declaration.name)
        if entry is not None and declaration.kind != "pack":
            results[declaration.name] = gate_result(declaration, entry, ask)
    observed = {name: result["observed"] for name, result in results.items() if "observed" in result}
    report = _draft(declared, results)
    for gate in _pack_gates(declared, planned):
        results[gate.declaration.name] = cast("JSONObject", gate.check(inputs, view, report).json())
    gates = [normalized(results[one.name]) for one in declared if one.name in results]
    checks = [
        _gates(declared, gates),
        *_draft_checks(inputs, view, report),
        _outputs(view),
        _plan(view, plan, declared),
    ]
    checks += tree_checks(observed)
    checks += [_gate_check(index, gate) for index, gate in enumerate(gates) if gate["verdict"] != "NOT_APPLICABLE"]
    verdict = worst(cast("Verdict", entry["verdict"]) for entry in checks if entry["hard"] is True)
    return Result(verdict, _report(gates, checks, verdict), cast("JSONObject", observed))


def gate_result(declaration: Declaration, entry: JSONObject, ask: Ask, verb: str = "gate.run") -> JSONObject:
    """What one planned gate says; NOT_APPLICABLE from the plan, everything else from the broker."""
    found = _applicability(entry)
    if entry.get("applies") is not True:
        return cast("JSONObject", not_applicable(declaration, found).json())
    try:
        answer = ask(verb, name=declaration.name)
    except GonogoError as error:
        if error.code in STOPS_THE_RUN:
            raise
        return cast("JSONObject", stopped(declaration, found, Stopped(error.code, error.what)).json())
    fault = _fault(declaration, answer)
    if fault is not None:
        return cast("JSONObject", stopped(declaration, found, fault).json())
    return {**as_object(answer), "hard": declaration.hard, "trigger": entry["trigger"]}


def _fault(declaration: Declaration, answer: JSON) -> Stopped | None:
    """Whether an answer may be believed. PASS over nothing is none, and a gate that applies cannot answer otherwise."""
    result = as_object(answer)
    checked, verdict = result.get("checked"), result.get("verdict")
    shaped = (
        result.get("name") == declaration.name
        and verdict in get_args(GateVerdict)
        and isinstance(checked, int)
        and isinstance(result.get("read_change"), bool)
        and isinstance(result.get("findings"), list | tuple)
        and not schema.check("validator-report", {"schema": SCHEMA, "gates": [normalized(result)]})
    )
    if not shaped:
        return Stopped("GATE_OUTPUT", msg("The gate's answer is not in the form of a result."))
    if verdict == "NOT_APPLICABLE":
        return Stopped("GATE_NOT_RUN", msg("The plan says that the gate applies, and it was not run."))
    if verdict == "PASS" and (number_of(checked) <= 0 or number_of(result.get("findings_count"))):
        return Stopped("GATE_CHECKED_NOTHING", msg("The gate says PASS without anything that it checked."))
    return None


def _draft(declared: Sequence[Declaration], results: Mapping[str, JSONObject]) -> JSONObject:
    return {"schema": SCHEMA, "gates": [normalized(results[one.name]) for one in declared if one.name in results]}


def _pack_gates(declared: Sequence[Declaration], planned: Mapping[str, JSONObject]) -> list[PackGate]:
    return [PackGate(one) for one in declared if one.kind == "pack" and one.name in planned]


def _report(gates: Sequence[JSONObject], checks: Sequence[JSONObject], verdict: Verdict) -> JSONObject:
    counts = Counter(str(gate["verdict"]) for gate in gates)
    numbers: dict[str, JSON] = {name: counts[name] for name in get_args(GateVerdict)}
    numbers["findings"] = sum(number_of(gate.get("findings_count")) for gate in gates)
    return {
        "schema": SCHEMA,
        "gates": cast("JSON", gates),
        "checks": cast("JSON", checks),
        "verdict": verdict,
        "counts": numbers,
    }


def judged(gate: JSONObject) -> Judged:
    """What decides of a result that :func:`gate_result` gave."""
    return Judged(
        name=str(gate["name"]),
        hard=gate["hard"] is True,
        verdict=cast("GateVerdict", gate["verdict"]),
        checked=number_of(gate["checked"]),
        read_change=gate["read_change"] is True,
    )


def _gates(declared: Sequence[Declaration], gates: Sequence[JSONObject]) -> JSONObject:
    """E-GATES: every planned gate has a result, no hard one is red or unclear, and one of them read the change."""
    verdict, text = overall([one.name for one in declared], [judged(gate) for gate in gates])
    named = [index for index, gate in enumerate(gates) if gate["hard"] is True and gate["verdict"] == verdict]
    return check("E-GATES", verdict, text, hard=True, pointers=[_pointer(index) for index in named[:MAX_POINTERS]])


def _draft_checks(inputs: JSONObject, view: View, report: JSONObject) -> list[JSONObject]:
    """E-SCHEMA and E-FIELDS: always looked at, whatever the gates file names."""
    checks: list[JSONObject] = []
    for name, gate in (("E-SCHEMA", SCHEMA_GATE), ("E-FIELDS", FIELDS_GATE)):
        result = PackGate(Declaration(gate, "pack", hard=True)).check(inputs, view, report)
        text = result.reason
        if result.findings:
            text = msg("Not as it must be: {what}.", what=first([one.message for one in result.findings]))
        checks.append(check(name, cast("Verdict", result.verdict), text, hard=True))
    return checks


def _outputs(view: View) -> JSONObject:
    """E-OUTPUTS: every output that the plan expects exists in the execution."""
    planned = objects_of(as_object(as_object(view.get("scope_plan")).get("value")).get("outputs"))
    expected = [str(output.get("path")) for output in planned if 0 < number_of(output.get("duty")) <= LAYER_RUN]
    made = [str(output.get("path")) for output in objects_of(_made(view)) if _is_there(output)]
    missing = sorted(set(expected) - set(made))
    if missing:
        text = msg("Expected outputs are not there: {names}.", names=first(missing))
        return check("E-OUTPUTS", "FAIL", text, hard=True)
    if not expected:
        return check("E-OUTPUTS", "INCONCLUSIVE", msg("The plan names no output."), hard=True, basis="absent")
    return check("E-OUTPUTS", "PASS", msg("All {count} expected outputs are there.", count=len(expected)), hard=True)


def _made(view: View) -> JSON:
    return as_object(as_object(view.get("execution")).get("value")).get("outputs")


def _is_there(output: JSONObject) -> bool:
    """An output is there when its bytes are named: a path alone is a claim."""
    return isinstance(output.get("sha256"), str) and number_of(output.get("size")) > 0


def _plan(view: View, plan: JSONObject, declared: Sequence[Declaration]) -> JSONObject:
    """E-PLAN: the plan is the one that was frozen, and it leaves out no declared gate."""
    gates = objects_of(plan.get("gates"))
    if not gates:
        return check("E-PLAN", "INCONCLUSIVE", msg("There is no plan of gates."), hard=True, basis="absent")
    left_out = sorted({one.name for one in declared} - {str(gate.get("name")) for gate in gates})
    if left_out:
        return check("E-PLAN", "FAIL", msg("The plan leaves out gates: {names}.", names=first(left_out)), hard=True)
    if plan_digest(as_object(view.get("scope_plan")).get("value"), gates) != plan.get("plan_digest"):
        return check("E-PLAN", "FAIL", msg("The plan is not the one that was frozen."), hard=True)
    return check("E-PLAN", "PASS", msg("The frozen plan names all {count} gates.", count=len(gates)), hard=True)


def _gate_check(index: int, gate: JSONObject) -> JSONObject:
    """One check for each gate that applies, under the name that the runbook's controls use."""
    name = str(gate["name"])
    return check(
        GATE_CHECKS.get(name, f"GATE-{slug(name).upper()}"),
        cast("Verdict", gate["verdict"]),
        from_json(gate["reason"]),
        hard=gate["hard"] is True,
        pointers=[_pointer(index)],
    )


def _pointer(index: int) -> JSONObject:
    return {"file": "core/validator-report.json", "path": f"$.gates[{index}]"}


def normalized(result: JSONObject) -> JSONObject:
    """A gate's result without what it observed of clock and host."""
    return {name: value for name, value in result.items() if name != "observed"}


def _applicability(entry: JSONObject) -> Applicability:
    return Applicability(
        applies=entry.get("applies") is True,
        trigger=_text(entry.get("trigger")),
        files=tuple(strings_of(entry.get("files"))),
        why=_text(entry.get("why")),
    )


def _text(stored: JSON) -> Text:
    try:
        return from_json(stored)
    except ValueError:
        return msg("The plan does not say.")


def _rank(declaration: Declaration) -> int:
    """Gates that only read come before commands, which may write into the run's tree."""
    return int(declaration.kind == "command")


def _sequence(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, list | tuple) else ()
