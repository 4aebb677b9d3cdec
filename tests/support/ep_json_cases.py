"""EP-JSON documents: what the predecessor accepts and what it refuses, measured case by case."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

RUN_FIELDS = {
    "git_ref",
    "run_reason",
    "operator_id",
    "scope",
    "model_id",
    "model_profile",
    "capability_scope",
    "preflight_snapshot",
    "inventory",
    "run_plan",
    "validator_report",
    "run_manifest.inputs",
    "run_manifest.versions",
    "run_manifest.seed",
    "run_manifest.time",
    "run_manifest.machine",
}
LOG = {
    "run_id": "r1",
    "prompt_hash": "p",
    "artifact_hash": "a",
    "inputs_manifest": [],
    "outputs_manifest": [],
    "timestamp_utc": "t",
    "model_id": "m",
}
SOD = {
    "proposer_run_id": "p",
    "proposer_model_id": "gpt-5.2",
    "proposer_artifact_hash": "1",
    "critic_run_id": "c",
    "critic_model_id": "deepseek-r1",
    "critic_artifact_hash": "2",
    "critic_decision": "APPROVE",
    "critic_rationale": "It holds.",
    "evidence_ids": ["E01"],
}
LAYER_RUN = {
    "layer_id": "L0",
    "layer_name": "Ops/Docs",
    "autonomy_level": "REC",
    "primary_model_id": "gpt-5.2",
    "critic_model_id": "deepseek-r1",
    "capability_scope_id": "L0_ops_docs",
    "matrix_version": "v1.0",
}


def minimal(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """The smallest document that the predecessor accepts; None as a change takes a key away."""
    body = {
        "schema_id": "evidence_pack",
        "schema_version": "1.0.0",
        "pack_id": "p-1",
        "evidence_pack_id": "EVP-4B-M2-L0-20260109",
        "phase_id": "Phase4B-M2",
        "creation_timestamp": "2026-01-09T10:15:00+00:00",
        "registry_version": "1.0",
        "layer_id": "L0",
        "autonomy_level": "REC",
    }
    return {name: value for name, value in (body | changes).items() if value is not GONE}


GONE = object()


ACCEPTED: dict[str, dict[str, Any]] = {
    "minimal": minimal(),
    "Z": minimal(creation_timestamp="2026-01-09T10:15:00Z"),
    "date only": minimal(creation_timestamp="2026-01-09"),
    "L6 read-only": minimal(layer_id="L6", autonomy_level="RO"),
    "some tests failed": minimal(tests_passed=3, tests_total=5),
    "more passed than there are": minimal(tests_passed=6, tests_total=5),
    "layer run": minimal(layer_run_metadata=LAYER_RUN),
    "layer run of another layer": minimal(layer_run_metadata={**LAYER_RUN, "layer_id": "L4"}),
    "logs and critic": minimal(run_logs=[LOG, {**LOG, "run_id": "r2"}], sod_checks=[SOD]),
    "recorded as failed": minimal(sod_checks=[{**SOD, "sod_result": "FAIL"}]),
    "rejected": minimal(sod_checks=[{**SOD, "critic_decision": "REJECT"}]),
    "extra key": minimal(more={"a": [1.5, None]}),
    "legacy": minimal(schema_id=GONE, schema_version=GONE, pack_id=GONE, id="old-7"),
    "legacy, a number": minimal(schema_id=GONE, schema_version=GONE, pack_id=GONE, id=7),
    "empty parts": minimal(layer_run_metadata=None, run_logs=[], sod_checks=[]),
    "created_at": minimal(created_at="2026-01-09T00:00:00Z"),
    "producer": minimal(producer={"tool": "x", "version": "1", "git_sha": "local-dev"}),
}
REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "no schema_id": ("EPACK_SCHEMA_MISSING", minimal(schema_id=GONE)),
    "no schema_version": ("EPACK_SCHEMA_MISSING", minimal(schema_version=GONE)),
    "no pack_id": ("EPACK_PACK_ID_MISSING", minimal(pack_id=GONE)),
    "blank pack_id": ("EPACK_PACK_ID_MISSING", minimal(pack_id="  ")),
    "pack_id is a number": ("EPACK_PACK_ID_MISSING", minimal(pack_id=7)),
    "another schema": ("EPACK_SCHEMA_INVALID_ID", minimal(schema_id="pack")),
    "2.0": ("EPACK_SCHEMA_INVALID_VERSION", minimal(schema_version="2.0")),
    "v1": ("EPACK_SCHEMA_INVALID_VERSION", minimal(schema_version="v1")),
    "newline": ("EPACK_SCHEMA_INVALID_VERSION", minimal(schema_version="1.0.0\n")),
    "2.0.0": ("EPACK_SCHEMA_UNSUPPORTED", minimal(schema_version="2.0.0")),
    "an integer": ("EPACK_SCHEMA_INVALID_VERSION", minimal(schema_version=1)),
    "legacy without id": ("EPACK_PACK_ID_MISSING", minimal(schema_id=GONE, schema_version=GONE, pack_id=GONE)),
    "half legacy": ("EPACK_SCHEMA_MISSING", minimal(schema_id=GONE, schema_version=GONE, id="7")),
    "bad created_at": ("EPACK_SCHEMA_INVALID_VERSION", minimal(created_at="yesterday")),
    "blank id": ("EP_FIELD_BLANK", minimal(evidence_pack_id=" ")),
    "blank phase": ("EP_FIELD_BLANK", minimal(phase_id="")),
    "blank registry": ("EP_FIELD_BLANK", minimal(registry_version="")),
    "bad time": ("EP_TIMESTAMP", minimal(creation_timestamp="09.01.2026")),
    "time is a number": ("EP_TIMESTAMP", minimal(creation_timestamp=7)),
    "L7": ("EP_LAYER", minimal(layer_id="L7")),
    "layer is a list": ("EP_LAYER", minimal(layer_id=["L0"])),
    "EXEC": ("EP_AUTONOMY_FORBIDDEN", minimal(autonomy_level="EXEC")),
    "compound": ("EP_AUTONOMY", minimal(autonomy_level="REC/PROP")),
    "lower case": ("EP_AUTONOMY", minimal(autonomy_level="rec")),
    "none passed": ("EP_NO_TESTS_PASSED", minimal(tests_passed=0, tests_total=5)),
    "tests as text": ("EP_TYPE", minimal(tests_total="5")),
    "tests as truth": ("EP_TYPE", minimal(tests_total=True)),
    "tests below zero": ("EP_TYPE", minimal(tests_passed=-1)),
    "one model": ("EP_SOD", minimal(layer_run_metadata={**LAYER_RUN, "critic_model_id": "gpt-5.2"})),
    "layer run in L7": ("EP_LAYER", minimal(layer_run_metadata={**LAYER_RUN, "layer_id": "L7"})),
    "layer run, EXEC": ("EP_AUTONOMY_FORBIDDEN", minimal(layer_run_metadata={**LAYER_RUN, "autonomy_level": "EXEC"})),
    "no matrix": ("EP_FIELD_BLANK", minimal(layer_run_metadata={**LAYER_RUN, "matrix_version": ""})),
    "layer run is a list": ("EP_TYPE", minimal(layer_run_metadata=[1])),
    "two logs of one run": ("EP_RUN_ID_TWICE", minimal(run_logs=[LOG, LOG])),
    "log without prompt": (
        "EP_FIELD_MISSING",
        minimal(run_logs=[{name: value for name, value in LOG.items() if name != "prompt_hash"}]),
    ),
    "log is a text": ("EP_TYPE", minimal(run_logs=["x"])),
    "logs are a text": ("EP_TYPE", minimal(run_logs="x")),
    "critic is the proposer": ("EP_SOD", minimal(sod_checks=[{**SOD, "critic_model_id": "gpt-5.2"}])),
    "no reason": ("EP_SOD_RATIONALE", minimal(sod_checks=[{**SOD, "critic_rationale": " "}])),
    "no evidence": ("EP_SOD_EVIDENCE", minimal(sod_checks=[{**SOD, "evidence_ids": []}])),
    "no decision": ("EP_SOD_DECISION", minimal(sod_checks=[{**SOD, "critic_decision": None}])),
    "unknown decision": ("EP_SOD_DECISION", minimal(sod_checks=[{**SOD, "critic_decision": "LGTM"}])),
    **{
        f"no {name}": ("EP_FIELD_MISSING", minimal(**{name: GONE}))
        for name in (
            "evidence_pack_id",
            "phase_id",
            "creation_timestamp",
            "registry_version",
            "layer_id",
            "autonomy_level",
        )
    },
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)
