"""What the single file says of proposer and critic: EP-JSON's run logs and separation checks (interop.md 1.1).

Both follow from the execution that the core holds; a smoke run has neither. Ids are made of the answers' digests, as
the predecessor made its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gonogo_evidence.ids import JSON, JSONObject

SIDES: Final = ("proposer", "critic")
DECISIONS: Final = frozenset({"APPROVE", "APPROVE_WITH_CHANGES", "REJECT"})
ARTIFACTS: Final = {"proposer": "data/layer/proposal.json", "critic": "data/layer/critique.json"}


def side_logs(core: JSONObject, environment: JSONObject) -> list[JSON]:
    """EP-JSON's seven fields for each side that answered: request and answer by digest."""
    logs: list[JSON] = []
    for side, model, prompt in _answered(core):
        shown = [str(one["sha256"]) for one in _list(_execution(core).get("inputs")) if "sha256" in one]
        made: dict[str, JSON] = {
            "run_id": run_id(side, prompt),
            "model_id": model["model"],
            "prompt_hash": f"sha256:{prompt['request']}",
            "artifact_hash": f"sha256:{prompt['answer']}",
            "inputs_manifest": [f"sha256:{digest}" for digest in shown],
            "outputs_manifest": [ARTIFACTS[side]],
            "timestamp_utc": _when(environment, side),
        }
        logs.append(made)
    return logs


def sod_checks(core: JSONObject, environment: JSONObject) -> list[JSON]:
    """The one record of a critic that answered clearly; none where it did not, or where there is no critic."""
    sides = {side: (model, prompt) for side, model, prompt in _answered(core)}
    execution = _execution(core)
    rationale, evidence = execution.get("rationale"), execution.get("evidence_ids")
    if set(sides) != set(SIDES) or execution.get("decision") not in DECISIONS or not rationale or not evidence:
        return []
    record: dict[str, JSON] = {}
    for side, (model, prompt) in sides.items():
        record[f"{side}_run_id"] = run_id(side, prompt)
        record[f"{side}_model_id"] = model["model"]
        record[f"{side}_artifact_hash"] = f"sha256:{prompt['answer']}"
    return [
        {
            **record,
            "sod_result": "FAIL" if record["proposer_model_id"] == record["critic_model_id"] else "PASS",
            "sod_check_timestamp": environment.get("finished", ""),
            "critic_decision": execution["decision"],
            "critic_rationale": rationale,
            "evidence_ids": evidence,
            "related_evidence_packs": [],
        }
    ]


def run_id(side: str, prompt: Mapping[str, Any]) -> str:
    """``proposer-run-`` or ``critic-run-`` and the first 16 hex digits of the answer's digest."""
    return f"{side}-run-{str(prompt['answer'])[:16]}"


def _answered(core: JSONObject) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """The sides that answered. A core without the critic's words is of a version whose single file held neither."""
    execution = _execution(core)
    for side in SIDES if "rationale" in execution else ():
        model, prompt = (_object(_object(execution.get(name)).get(side)) for name in ("models", "prompts"))
        if all(isinstance(value, str) and value for value in (model.get("model"), prompt.get("request"))) and (
            isinstance(prompt.get("answer"), str)
        ):
            yield side, model, prompt


def _execution(core: JSONObject) -> Mapping[str, Any]:
    return _object(_object(core.get("execution")).get("value"))


def _when(environment: JSONObject, side: str) -> str:
    """When the last attempt began."""
    seen = _object(_object(_object(environment.get("observed")).get("execution")).get(side))
    attempts = _list(seen.get("attempts"))
    return str(attempts[-1].get("at", "")) if attempts else str(environment.get("started", ""))


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Mapping[str, Any]]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [_object(item) for item in items]
