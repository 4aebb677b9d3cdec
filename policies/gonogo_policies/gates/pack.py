"""Gates over our own evidence: the schema and the required fields of a run (runbook section 4 E, section 5).

They look at the draft of the validator report and at what the run holds so far; the sealed pack is checked again by
``verify``. They say nothing about the change, so they never count as a gate that read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo_evidence import schema
from gonogo_evidence.text import msg
from gonogo_policies.gates.interface import Applicability, Finding
from gonogo_policies.gates.verdicts import Seen, Stopped, judge, stopped
from gonogo_policies.gates.words import fingerprint, plain

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON, JSONObject
    from gonogo_policies.change import Change
    from gonogo_policies.gates.declaration import Declaration
    from gonogo_policies.gates.interface import GateContext, GateResult, PlanContext

SCHEMA_GATE = "schema"
FIELDS_GATE = "required-fields"

INPUT_FIELDS = (
    "git_ref",
    "run_reason",
    "operator_id",
    "layer_id",
    "scope",
    "model_id",
    "model_profile",
    "capability_scope",
    "commit_time",
)
"""Of the run's inputs (pack.md, "Required fields"). Pack id, schema version and other times come with the seal."""
RUN_FIELDS = ("preflight_snapshot", "inventory", "scope_plan", "gate_plan", "execution")
"""Of the duties before this one."""


@dataclass(frozen=True, slots=True)
class PackGate:
    """A check of our own evidence, evaluated inside duty 6."""

    declaration: Declaration

    def applies(self, change: Change, context: PlanContext) -> Applicability:
        """Every run has evidence."""
        del change, context
        return _always()

    def run(self, context: GateContext) -> GateResult:
        """The broker cannot run it: it needs the draft, which only duty 6 has."""
        del context
        why = msg("This gate looks at the draft of the evidence, which the tree does not hold.")
        return stopped(self.declaration, _always(), Stopped("GATE_NOT_RUN", why), "fields")

    def check(self, inputs: Mapping[str, JSON], results: Mapping[str, JSON], report: JSONObject) -> GateResult:
        """Evaluate over the draft. ``results`` by field, as the duties handed them back."""
        seen = Seen("fields")
        if self.declaration.name == SCHEMA_GATE:
            problems = schema.check("validator-report", report)
            seen.checked = len(report)
            seen.findings += [_finding("schema", plain(f"{one.path}: {one.message}")) for one in problems]
            seen.reason = msg("The draft of the validator report against its schema. Findings: {n}.", n=len(problems))
        elif self.declaration.name == FIELDS_GATE:
            missing = missing_fields(inputs, results)
            seen.checked = len(INPUT_FIELDS) + len(RUN_FIELDS)
            seen.findings += [_finding("FIELD_MISSING", name) for name in missing]
            seen.reason = msg("Required fields looked for: {count}. Missing: {n}.", count=seen.checked, n=len(missing))
        else:
            seen.stop = Stopped("GATE_NOT_BUILT", msg("No check of our evidence has this name."))
        return judge(self.declaration, _always(), seen)


def missing_fields(inputs: Mapping[str, JSON], results: Mapping[str, JSON]) -> tuple[str, ...]:
    """Required fields that are absent or empty, in the order of the lists above."""
    wanted = [name for name in INPUT_FIELDS if not _says_something(inputs.get(name))]
    for name in RUN_FIELDS:
        result = results.get(name)
        value = result.get("value") if isinstance(result, Mapping) else None
        if not _says_something(value):
            wanted.append(name)
    return tuple(wanted)


def _says_something(value: JSON) -> bool:
    return bool(value.strip()) if isinstance(value, str) else isinstance(value, Mapping) and bool(value)


def _always() -> Applicability:
    return Applicability(applies=True, trigger=msg("every run"), files=(), why=msg("Every run has evidence."))


def _finding(code: str, message: str) -> Finding:
    return Finding("", None, code, message, fingerprint("", code, message, ""))
