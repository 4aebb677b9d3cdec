"""What a run plan expects and excludes: its outputs, its non-goals, and when it stops (runbook steps C and 0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gonogo_agents.duties.facts.shapes import as_object, strings_of
from gonogo_evidence.errors import Refused
from gonogo_evidence.text import Text, msg
from gonogo_policies.change import Kind, first
from gonogo_policies.globs import match

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gonogo_evidence.ids import JSONObject

SMOKE_REPORT: Final = "data/layer-smoke-report.json"
PROPOSAL: Final = "data/layer/proposal.json"
CRITIC: Final = "data/layer/critique.json"
REPORT: Final = "data/layer/critic_report.json"
REPORT_SUMMARY: Final = "data/layer/critic_summary.md"
JSON_TYPE: Final = "application/json"
SMOKE: Final = "smoke"
AFTERWARDS: Final[tuple[JSONObject, ...]] = (
    {"path": "core/pack.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "core/run-plan.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "core/inventory.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "core/validator-report.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "environment.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "SUMMARY.md", "duty": 7, "media_type": "text/markdown"},
    {"path": "manifest-sha256.txt", "duty": 7, "media_type": "text/plain"},
    {"path": "seal.json", "duty": 7, "media_type": JSON_TYPE},
    {"path": "review/risk-review.json", "duty": 8, "media_type": JSON_TYPE},
    {"path": "review/recommendation.json", "duty": 9, "media_type": JSON_TYPE},
    {"path": "review/notes.md", "duty": 9, "media_type": "text/markdown"},
    {"path": "review/card.txt", "duty": 9, "media_type": "text/plain"},
    {"path": "review/review.json", "duty": 9, "media_type": JSON_TYPE},
)
OUTPUTS: Final[tuple[JSONObject, ...]] = ({"path": SMOKE_REPORT, "duty": 5, "media_type": JSON_TYPE}, *AFTERWARDS)
"""What a smoke run makes, by path in the pack and by the duty that makes it; raw reports of gates come beside."""


def outputs_of(inputs: JSONObject) -> tuple[JSONObject, ...]:
    """What this run makes: with models a proposal and a critique, on L4 also the critic report."""
    if inputs.get("mode", SMOKE) == SMOKE:
        return OUTPUTS
    paths = [(PROPOSAL, JSON_TYPE), (CRITIC, JSON_TYPE)]
    paths += [(REPORT, JSON_TYPE), (REPORT_SUMMARY, "text/markdown")] if inputs.get("layer_id") == "L4" else []
    made: list[JSONObject] = [{"path": path, "duty": 5, "media_type": kind} for path, kind in paths]
    return (*made, *AFTERWARDS)


ALWAYS_ABORT: Final = ("A-LIVE", "C-SCOPE", "D-SOD", "D-OUTPUTS")
"""The checks that stop any run."""


def non_goals(inputs: JSONObject, kinds: Mapping[Kind, Sequence[str]]) -> list[Text]:
    """What the run leaves alone: the runbook's own non-goals, then those of this change."""
    texts = [
        msg("No training and no tuning of a model."),
        msg("No release without the operator's own decision."),
        msg("No change of live configuration, and none of the operator's work tree."),
    ]
    if inputs.get("mode") == "smoke":
        texts.append(msg("No model is called: the layer's assignment alone is checked."))
    if kinds and not set(kinds) - {"docs"}:
        texts.append(msg("No code is judged: only words are changed."))
    if kinds and "tests" not in kinds and "python" in kinds:
        texts.append(msg("No test is written for the changed code; that none was is a finding."))
    if "dependencies" in kinds:
        texts.append(msg("No dependency is installed or upgraded by the run itself."))
    return texts


def abort_criteria(inputs: JSONObject, kinds: Mapping[Kind, Sequence[str]]) -> list[tuple[str, Text]]:
    """When the run stops, by the check that stops it: the runbook's, then those that this change calls for."""
    found = [
        ("A-LIVE", msg("Stop where a live path is touched.")),
        ("C-SCOPE", msg("Stop where the plan leaves the layer's capability scope.")),
        ("D-SOD", msg("Stop where proposer and critic are one model.")),
        ("D-OUTPUTS", msg("Stop where an expected output is missing, or one that was not planned appears.")),
    ]
    if "python" in kinds:
        text = msg("Stop where a gate over the changed Python files fails ({count}).", count=len(kinds["python"]))
        found.append(("E-GATES", text))
    if "dependencies" in kinds:
        text = msg("Stop where a gate over dependencies fails: {paths}.", paths=first(kinds["dependencies"]))
        found.append(("E-GATES", text))
    touched = sorted({path for paths in kinds.values() for path in paths})
    if trust := _guarded(touched, inputs, "trust"):
        found.append(
            ("A-TRUST", msg("No GO before a person has compared the changed trust files: {paths}.", paths=trust))
        )
    if execution := _guarded(touched, inputs, "execution"):
        text = msg("No GO before the owner of the execution side has read: {paths}.", paths=execution)
        found.append(("R-EXECUTION-PATH", text))
    return found


def _guarded(paths: Sequence[str], inputs: JSONObject, name: str) -> str:
    globs = strings_of(as_object(inputs.get("guardrails")).get(name))
    return first([path for path in paths if _means(path, globs)])


def _means(path: str, globs: Sequence[str]) -> bool:
    """A path that cannot be placed counts as guarded."""
    try:
        return match(path, globs)
    except Refused:
        return True
