"""Duty 4, step C (CI_GUARDIAN): which gates apply to this change, and why the others do not. The plan is frozen here.

A gate that does not apply says which trigger was evaluated on which files; nothing stays pending. The plan's digest is
over the scope plan and these gates, and duty 6 holds the run to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from gonogo_agents.duties.facts.shapes import as_object, check, number_of, objects_of, strings_of
from gonogo_agents.duty import Result
from gonogo_evidence import canonical
from gonogo_evidence.declared_gates import declares_gates
from gonogo_evidence.text import Text, msg
from gonogo_evidence.verdict import worst
from gonogo_policies.change import docs_only, read_change
from gonogo_policies.gates import CiFacts, PlanContext, make_gate, read_declaration
from gonogo_policies.gates.interface import MOST_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gonogo_agents.duty import Ask, View
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_evidence.verdict import Verdict
    from gonogo_policies.change import Change
    from gonogo_policies.gates import Declaration

STEP = "E"
"""The gates of step A have spoken by now, in duty 1."""
WORKFLOW, JOB = "ci-workflow", "ci-job"
"""Kinds of the inventory's facts about CI."""


def gate_plan(view: View, ask: Ask) -> Result:
    """Plan the gates. Verdict: the worst of C-GATES and GATE-DOCSONLY, both hard."""
    inputs = as_object(view.get("inputs"))
    declared = [one for one in map(read_declaration, _list(inputs.get("gates"))) if one.step == STEP]
    change = read_change(ask("git.query", query="change"))
    context = PlanContext(ci_facts(as_object(as_object(view.get("inventory")).get("value"))))
    gates = [plan_gate(declaration, change, context) for declaration in declared]
    scope = as_object(view.get("scope_plan")).get("value")
    checks = [_planned(gates), _answered(gates, change)]
    value: dict[str, JSON] = {
        "gates": cast("JSON", gates),
        "declared": cast("JSON", declared_in(as_object(inputs.get("config")), declared)),
        "abort": [cast("JSON", words.json()) for words in _abort(gates)],
        "change": {"files": change.count, "docs_only": docs_only(change), "whole_tree": change.whole_tree},
        "reads_change": any(gate["hard"] is True and gate["reads_change"] is True for gate in gates),
        "plan_digest": plan_digest(scope, gates),
        "checks": cast("JSON", checks),
    }
    return Result(worst(cast("Verdict", entry["verdict"]) for entry in checks), value)


def declared_in(config: JSONObject, declared: Sequence[Declaration]) -> list[dict[str, JSON]]:
    """The files that declare gates, by digest, and the gates that each side's file had the say over."""
    return [
        {
            "file": key,
            "origin": as_object(entry).get("origin"),
            "sha256": as_object(entry).get("sha256"),
            "gates": [one.name for one in declared if one.origin == as_object(entry).get("origin")],
        }
        for key, entry in sorted(config.items())
        if declares_gates(key)
    ]


def plan_digest(scope: JSON, gates: Sequence[JSONObject]) -> str:
    """SHA-256 over the canonical form of the scope plan and the planned gates."""
    return canonical.digest_of(canonical.dumps({"scope": scope, "gates": cast("JSON", gates)}))


def ci_facts(inventory: JSONObject) -> CiFacts | None:
    """What the inventory says about CI; None where it was skipped or its list of jobs was cut short."""
    facts, counts = inventory.get("facts"), as_object(inventory.get("counts"))
    if not isinstance(facts, list | tuple):
        return None
    jobs = [fact for fact in objects_of(facts) if fact.get("kind") == JOB]
    files = {str(fact.get("path")) for fact in objects_of(facts) if fact.get("kind") in {WORKFLOW, JOB}}
    if number_of(counts.get(JOB)) > len(jobs):
        return None
    contexts: dict[str, list[str]] = {}
    unclear: dict[str, list[str]] = {}
    for job in jobs:
        place, value = f"{job.get('path')}:{job.get('line')}", as_object(job.get("value"))
        names = strings_of(value.get("contexts"))
        for name in names:
            contexts.setdefault(name, []).append(place)
        if not names:
            unclear.setdefault(_stem(str(value.get("name") or "")) or _stem(str(value.get("id"))), []).append(place)
    return CiFacts(tuple(sorted(files)), _Contexts({name: tuple(places) for name, places in contexts.items()}, unclear))


class _Contexts(Mapping[str, "tuple[str, ...]"]):
    """Contexts by name. A job whose names only CI itself can work out counts for every name that it could have."""

    def __init__(self, known: Mapping[str, tuple[str, ...]], unclear: Mapping[str, Sequence[str]]) -> None:
        self._known = known
        self._unclear = unclear

    def __getitem__(self, name: str) -> tuple[str, ...]:
        found = (*self._known.get(name, ()), *self._unclear.get(_stem(name), ()))
        if not found:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _stem(name: str) -> str:
    """A context's name without what a matrix puts in: ``tests`` of ``tests (${{ matrix.py }})``, ``tests (3.11)``."""
    return name.partition("${{")[0].partition(" (")[0].rstrip(" (-/").strip()


def plan_gate(declaration: Declaration, change: Change, context: PlanContext) -> dict[str, JSON]:
    """The plan's entry of one gate: whether it applies, by which trigger, on which files, and why."""
    found = make_gate(declaration).applies(change, context)
    return {
        "name": declaration.name,
        "step": declaration.step,
        "hard": declaration.hard,
        "kind": declaration.kind,
        "origin": declaration.origin,
        "workflow": declaration.workflow,
        "applies": found.applies,
        "reads_change": found.applies and found.reads_change,
        "trigger": cast("JSON", found.trigger.json()),
        "files": list(found.files[:MOST_FILES]),
        "files_count": len(found.files),
        "why": cast("JSON", found.why.json()),
    }


def _planned(gates: Sequence[JSONObject]) -> JSONObject:
    """C-GATES: the plan names gates. What they say is another matter, and duty 6's."""
    names = [str(gate["name"]) for gate in gates]
    applying = sum(gate["applies"] is True for gate in gates)
    if not names:
        return check("C-GATES", "INCONCLUSIVE", msg("No gate is declared."), hard=True, basis="absent")
    if len(set(names)) != len(names):
        return check("C-GATES", "FAIL", msg("Two gates have one name."), hard=True)
    text = msg("{applying} of {count} gates apply to this change.", applying=applying, count=len(names))
    return check("C-GATES", "PASS", text, hard=True)


def _answered(gates: Sequence[JSONObject], change: Change) -> JSONObject:
    """GATE-DOCSONLY: each gate applies, or says by which trigger over which files it does not; nothing is pending."""
    skipped = [gate for gate in gates if gate["applies"] is not True]
    silent = [str(gate["name"]) for gate in skipped if not as_object(gate["trigger"]) or not as_object(gate["why"])]
    values = {"skipped": len(skipped), "run": len(gates) - len(skipped)}
    if silent:
        text = msg("Gates that do not apply without a reason: {count}.", count=len(silent))
        return check("GATE-DOCSONLY", "FAIL", text, hard=True)
    if docs_only(change):
        text = msg("Only documentation changed: {skipped} gates do not apply and say why, {run} apply.", **values)
    else:
        text = msg("More than documentation changed: {skipped} gates do not apply and say why, {run} apply.", **values)
    return check("GATE-DOCSONLY", "PASS" if gates else "INCONCLUSIVE", text, hard=True)


def _abort(gates: Sequence[JSONObject]) -> list[Text]:
    """When the validation stops the run from being released."""
    hard = [str(gate["name"]) for gate in gates if gate["hard"] is True and gate["applies"] is True]
    words = [msg("{gate} finds a fault, or cannot tell.", gate=name) for name in hard]
    return [*words, msg("No hard gate reads the changed files.")]


def _list(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, list | tuple) else ()
