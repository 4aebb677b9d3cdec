"""The single-file pack: EP-JSON 1.0.0, with every field that the runbook demands and EP-JSON forgot.

It is a pure function of the sealed files, so it needs no digest of its own in the seal: ``verify`` derives it again and
compares the bytes. EP-JSON readers tolerate unknown keys, so the superset stays readable for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo_evidence.canonical import digest_of, dumps, loads_object
from gonogo_evidence.seal import CORE, CORE_FILES, ENVIRONMENT, SEAL
from gonogo_evidence.single_models import side_logs, sod_checks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gonogo_evidence.ids import JSON, Digest, JSONObject

SCHEMA = "gonogo/single-file/v1"
SOURCES = (CORE, *(f"core/{name}" for name in CORE_FILES), ENVIRONMENT, SEAL)
"""The sealed files that it is made from."""
INPUT_FIELDS = (
    "autonomy_level",
    "base",
    "base_rule",
    "capability_scope",
    "commit_time",
    "config",
    "critic_model_id",
    "dataset_snapshot_id",
    "driver",
    "fallback_model_ids",
    "git_ref",
    "layer_id",
    "layer_name",
    "locks",
    "model_id",
    "model_profile",
    "operator_id",
    "phase_id",
    "run_reason",
    "scope",
)
"""The fields of core/pack.json that the run manifest repeats as the run's inputs."""
COPIED_FIELDS = (
    "autonomy_level",
    "capability_scope",
    "drill",
    "git_ref",
    "layer_id",
    "model_id",
    "model_profile",
    "operator_id",
    "phase_id",
    "preflight_snapshot",
    "registry_version",
    "run_reason",
    "schema_version",
    "scope",
    "verdict",
)
"""The fields of core/pack.json that stand at the top under the same name."""


def single_file_path(folder: Path) -> Path:
    """Where the single file of the pack at ``folder`` lies: beside it."""
    return folder.with_name(folder.name + ".json")


def derive(files: Mapping[str, bytes]) -> bytes:
    """Make the single file from the bytes of :data:`SOURCES`.

    A field that the core lacks is lacking here too: nothing is made up. Raises :class:`IntegrityBroken` for a file that
    is not canonical.
    """
    return compose(
        {path: loads_object(files[path]) for path in SOURCES if path != SEAL},
        {path: digest_of(files[path]) for path in SOURCES},
    )


def compose(documents: Mapping[str, JSONObject], digests: Mapping[str, Digest]) -> bytes:
    """The same from documents that were read already, and the digests of their bytes."""
    core, environment, report = documents[CORE], documents[ENVIRONMENT], documents["core/validator-report.json"]
    pack_id = environment.get("pack_id", "")
    passed, total = count_tests(report)
    body: dict[str, JSON] = {
        **{name: core[name] for name in COPIED_FIELDS if name in core},
        "schema": SCHEMA,
        "schema_id": "evidence_pack",
        "pack_id": pack_id,
        "evidence_pack_id": pack_id,
        "creation_timestamp": environment.get("finished", ""),
        "description": core.get("run_reason", ""),
        "validator_run": bool(report.get("gates")),
        "tests_passed": passed,
        "tests_total": total,
        "related_prs": [],
        "related_evidence_packs": [],
        "run_logs": [
            _run_log(core, environment, plan=digests["core/run-plan.json"], made=digests[CORE]),
            *side_logs(core, environment),
        ],
        "inventory": documents["core/inventory.json"],
        "run_plan": documents["core/run-plan.json"],
        "validator_report": report,
        "run_manifest": _run_manifest(core, environment),
        "core_digest": digests[CORE],
        "pack_digest": digests[SEAL],
    }
    if core.get("model_id") != core.get("critic_model_id"):
        body["layer_run_metadata"] = _layer_run(core)
    if checks := sod_checks(core, environment):
        body["sod_checks"] = checks
    return dumps(body)


def count_tests(report: JSONObject) -> tuple[int, int]:
    """Tests passed and tests in all, over the gates that count tests. A gate that could not say counts for nothing."""
    passed = total = 0
    gates = report.get("gates")
    for gate in gates if isinstance(gates, list) else []:
        match gate:
            case {"unit": "tests", "verdict": "PASS", "checked": int(checked)}:
                passed, total = passed + checked, total + checked
            case {"unit": "tests", "verdict": "FAIL", "checked": int(checked), "findings_count": int(failures)}:
                passed, total = passed + max(0, checked - failures), total + checked
            case _:
                continue
    return passed, total


def _run_manifest(core: JSONObject, environment: JSONObject) -> JSONObject:
    """The runbook's manifest: inputs, versions, seed, time, machine. A part that was never recorded is left out."""
    versions = {name: core[name] for name in ("matrix_version", "registry_version", "schema_version") if name in core}
    parts: dict[str, JSON] = {
        "inputs": {name: core[name] for name in INPUT_FIELDS if name in core},
        "versions": {**versions, **_pick(environment, {"gonogo": "gonogo_version", "tools": "tools"})},
        "time": _pick({**environment, **core}, {"commit": "commit_time", "started": "started", "finished": "finished"}),
        "machine": _pick(environment, {"host": "host", "isolation": "isolation", "trust": "trust"}),
    }
    manifest = {name: part for name, part in parts.items() if part}
    return {**manifest, **_pick(core, {"seed": "seed"})}


def _pick(source: JSONObject, names: Mapping[str, str]) -> dict[str, JSON]:
    return {name: source[key] for name, key in names.items() if key in source}


def _run_log(core: JSONObject, environment: JSONObject, *, plan: Digest, made: Digest) -> JSONObject:
    """EP-JSON's seven fields. What was asked for is the run plan; what came out is the core."""
    config, data = core.get("config"), environment.get("data_files")
    return {
        "run_id": environment.get("run_id", ""),
        "model_id": core.get("model_id", "none"),
        "prompt_hash": f"sha256:{plan}",
        "artifact_hash": f"sha256:{made}",
        "inputs_manifest": [f"git:{core.get('git_ref', '')}", *(sorted(config) if isinstance(config, dict) else [])],
        "outputs_manifest": [str(item["path"]) for item in data if isinstance(item, dict) and "path" in item]
        if isinstance(data, list)
        else [],
        "timestamp_utc": environment.get("started", ""),
    }


def _layer_run(core: JSONObject) -> JSONObject:
    fallbacks = core.get("fallback_model_ids")
    return {
        "layer_id": core.get("layer_id", ""),
        "layer_name": core.get("layer_name", ""),
        "autonomy_level": core.get("autonomy_level", ""),
        "primary_model_id": core.get("model_id", ""),
        "fallback_model_id": fallbacks[0] if isinstance(fallbacks, list) and fallbacks else None,
        "critic_model_id": core.get("critic_model_id", ""),
        "capability_scope_id": core.get("capability_scope", ""),
        "matrix_version": core.get("matrix_version", ""),
    }
