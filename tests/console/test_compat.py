"""The predecessor's Python names: its behaviour, its errors, its bytes; stricter where it let things pass."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gonogo import compat
from gonogo.compat import orchestrator
from gonogo.compat.models import (
    AutonomyLevel,
    CapabilityScopeMetadata,
    CriticDecision,
    LayerRunMetadata,
    RunLogging,
    SoDCheckResult,
    SoDResult,
)
from gonogo_agents.world import Command, Completed, ProgramMissing, World
from gonogo_evidence.ep_dispatch import validate
from gonogo_evidence.ep_rules import HEADER
from gonogo_policies.packaged import packaged_config
from support.ep_json_cases import LAYER_RUN, LOG, SOD, minimal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.fast

AT = datetime(2026, 1, 10, 12, tzinfo=UTC)


def lrm(**changes: Any) -> LayerRunMetadata:  # noqa: ANN401 - any field
    return replace(LayerRunMetadata(**{**LAYER_RUN, "autonomy_level": AutonomyLevel.REC}), **changes)  # type: ignore[arg-type]


def sod(**changes: Any) -> SoDCheckResult:  # noqa: ANN401 - any field
    return replace(SoDCheckResult(**{**SOD, "critic_decision": CriticDecision.APPROVE}), **changes)  # type: ignore[arg-type]


def pack(**changes: Any) -> Any:  # noqa: ANN401 - a lazy name
    made = compat.create_evidence_pack("EVP-1", "P", "L0", AutonomyLevel.REC, "1.0", clock=lambda: AT, pack_id="p")
    return replace(made, **changes)


def test_every_name_is_there_and_none_is_loaded_before_it_is_used() -> None:
    assert all(getattr(compat, name) is not None for name in dir(compat))
    with pytest.raises(AttributeError):
        compat.check_sod  # noqa: B018 - a name that never was
    script = "import sys, gonogo.compat; print(sorted(m for m in sys.modules if m.startswith('gonogo')))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['gonogo', 'gonogo.compat']\n"


def test_enums_are_words() -> None:
    assert [level.value for level in AutonomyLevel] == ["RO", "REC", "PROP", "EXEC"]
    assert (str(SoDResult.PASS), str(CriticDecision.APPROVE_WITH_CHANGES)) == ("PASS", "APPROVE_WITH_CHANGES")


def test_errors_have_their_places() -> None:
    from gonogo.compat import errors

    assert issubclass(errors.CapabilityScopeError, errors.ConfigurationError)
    assert issubclass(errors.ManifestGenerationError, errors.OrchestrationError)
    assert issubclass(errors.L3ToolingViolation, errors.L3RunnerError)
    assert issubclass(errors.LayerEnvelopeViolation, RuntimeError)
    assert not issubclass(orchestrator.InvalidLayerError, errors.OrchestrationError)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"layer_id": "L7"}, AssertionError, "layer"),
        ({"autonomy_level": AutonomyLevel.EXEC}, ValueError, "EXEC is forbidden"),
        ({"critic_model_id": LAYER_RUN["primary_model_id"]}, ValueError, "SoD FAIL"),
        ({"matrix_version": ""}, AssertionError, "matrix"),
    ],
)
def test_a_layer_run_is_checked(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    lrm().validate()
    with pytest.raises(error, match=words):
        lrm(**changes).validate()
    raised = ValueError if changes != {"layer_id": "L7"} and error is ValueError else AssertionError
    with pytest.raises(raised):
        pack(layer_run_metadata=lrm(**changes)).validate()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"critic_model_id": SOD["proposer_model_id"]}, "Proposer == Critic"),
        ({"critic_decision": None}, "Invalid critic_decision"),
        ({"critic_decision": "LGTM"}, "Invalid critic_decision"),
        ({"critic_rationale": " "}, "Empty critic_rationale"),
        ({"evidence_ids": []}, "No evidence_ids"),
    ],
)
def test_a_critic_is_judged_again(changes: dict[str, Any], words: str) -> None:
    good = sod(sod_result=SoDResult.FAIL)
    good.validate()
    assert good.to_dict()["sod_result"] == "PASS"
    bad = sod(sod_result=SoDResult.PASS, **changes)
    with pytest.raises(ValueError, match=f"SoD FAIL.*{words}"):
        bad.validate()
    assert bad.sod_result is SoDResult.FAIL
    assert len(bad.to_dict()) == 12


def test_an_input_is_allowed_by_its_path_not_by_a_word_in_it() -> None:
    scope = CapabilityScopeMetadata("s", ["docs/", "config/*.toml"], ["Note"], ["files"], ["docs/secret/**", "shell"])
    allowed = {"docs/a.md": True, "docs": True, "config/a.toml": True, "x/docs/a.md": False, "mydocs/a.md": False}
    allowed |= {"docs/secret/a.md": False, "docs/../secret": False, "/docs/a.md": False, "": False}
    assert {path: scope.validate_input(path) for path in allowed} == allowed
    assert (scope.validate_output("Note"), scope.validate_output("Not")) == (True, False)
    assert (scope.validate_tooling("files"), scope.validate_tooling("shell")) == (True, False)


def test_a_pack_is_saved_in_the_predecessors_bytes(tmp_path: Path) -> None:
    made = pack(
        description="f\u00fcr M\u00e4rz",
        layer_run_metadata=lrm(),
        run_logs=[RunLogging(**LOG)],  # type: ignore[arg-type]
        sod_checks=[sod()],
    )
    compat.save_evidence_pack(made, tmp_path / "a.json")
    data = (tmp_path / "a.json").read_bytes()
    assert data == json.dumps(made.to_dict(), indent=2).encode()
    assert data.isascii()
    keys = list(json.loads(data))
    assert (keys[:3], keys[-3:]) == (
        ["schema_id", "schema_version", "pack_id"],
        ["layer_run_metadata", "run_logs", "sod_checks"],
    )
    assert validate(tmp_path / "a.json", compat=True).exit_code == 0
    with pytest.raises(TypeError):
        compat.save_evidence_pack(made, str(tmp_path / "b.json"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Unsupported file format"):
        compat.save_evidence_pack(made, tmp_path / "b.yaml")
    with pytest.raises(FileNotFoundError):
        compat.save_evidence_pack(made, tmp_path / "none/b.json")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"evidence_pack_id": " "}, "evidence_pack_id"),
        ({"phase_id": ""}, "phase_id"),
        ({"layer_id": "L7"}, "Invalid layer_id"),
        ({"autonomy_level": "REC"}, "AutonomyLevel"),
        ({"autonomy_level": AutonomyLevel.EXEC}, "EXEC"),
        ({"registry_version": " "}, "registry_version"),
        ({"creation_timestamp": "yesterday"}, "ISO"),
    ],
)
def test_a_pack_is_checked(changes: dict[str, Any], words: str) -> None:
    pack(creation_timestamp="2026-01-09").validate()
    with pytest.raises(ValueError, match=words):
        pack(**changes).validate()
    validator = compat.EvidencePackValidator(strict=False)
    assert validator.validate_pack(pack(**changes)) is False
    assert validator.errors


def test_files_are_checked_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    strict, lenient = compat.EvidencePackValidator(), compat.EvidencePackValidator(strict=False)

    def put(document: object) -> Path:
        path.write_text(json.dumps(document))
        return path

    assert strict.validate_file(put(minimal())) is True
    assert strict.warnings
    assert strict.validate_file(put({k: v for k, v in minimal(id=7).items() if k not in HEADER}))
    with pytest.raises(compat.SchemaValidationError, match=r"\[EPACK_SCHEMA_UNSUPPORTED\]"):
        strict.validate_file(put(minimal(schema_version="2.0.0")))
    with pytest.raises(ValueError, match="No tests passed"):
        strict.validate_file(put(minimal(tests_total=5)))
    assert lenient.validate_file(put(minimal(tests_total=5))) is False
    assert "No tests passed" in lenient.errors[0]
    for validator in (strict, lenient):
        with pytest.raises(AssertionError):
            validator.validate_file(put(minimal(layer_run_metadata={**LAYER_RUN, "layer_id": "L9"})))
        with pytest.raises(KeyError):
            validator.validate_file(put({k: v for k, v in minimal().items() if k != "phase_id"}))
        with pytest.raises(TypeError):
            validator.validate_file(put([]))
        with pytest.raises(FileNotFoundError):
            validator.validate_file(tmp_path / "none.json")
    (tmp_path / "a.yaml").write_text("")
    (tmp_path / "bad.json").write_text("{")
    for name in ("a.yaml", "bad.json"):
        with pytest.raises(ValueError, match=r"Unsupported|cannot be read"):
            strict.validate_file(tmp_path / name)


def test_migrations_take_the_shortest_way() -> None:
    registry = compat.MigrationRegistry()
    for start, end in (("0.1.0", "0.3.0"), ("0.1.0", "0.2.0"), ("0.2.0", "1.0.0"), ("0.3.0", "1.0.0")):
        registry.register(start, end, lambda document, end=end: {**document, "via": [*document.get("via", []), end]})  # type: ignore[misc]
    made = registry.migrate({"schema_version": "0.1.0"})
    assert made["migration_info"] == {
        "migrated_from": "0.1.0",
        "migrated_to": "1.0.0",
        "chain": ["0.1.0", "0.2.0", "1.0.0"],
    }
    assert (made["via"], made["schema_version"]) == (["0.2.0", "1.0.0"], "1.0.0")
    assert registry.migrate({"schema_version": "1.0.0", "a": 1}) == {"schema_version": "1.0.0", "a": 1}
    with pytest.raises(compat.SchemaValidationError, match="EPACK_MIGRATION_FAILED"):
        registry.migrate({"schema_version": "1.0.0"}, "0.1.0")


def test_canonical_form_and_helpers() -> None:
    made = compat.canonicalize({"b": ["x  ", {"d": 1, "c": "y\n"}], "a": None})
    assert json.dumps(made) == '{"a": null, "b": ["x", {"c": "y", "d": 1}]}'
    assert compat.normalize_path("a\\b\\c//") == "a/b/c"
    compat.validate_timestamp_chronology("2026-01-01T00:00:00Z", "2026-01-01T00:00:01+00:00")
    for first, second in (("2026-01-02", "2026-01-01"), ("x", "2026-01-01"), ("2026-01-01T00:00:00Z", "2026-01-02")):
        with pytest.raises(compat.SchemaValidationError, match="EPACK_TIMESTAMP"):
            compat.validate_timestamp_chronology(first, second)
    compat.validate_git_sha("local-dev")
    compat.validate_git_sha("a" * 40)
    compat.validate_config_fingerprint("0" * 64)
    for call, value in ((compat.validate_git_sha, "A" * 40), (compat.validate_config_fingerprint, "0" * 64 + "\n")):
        with pytest.raises(compat.SchemaValidationError):
            call(value)


def world(**env: str) -> World:
    def run(_: Command) -> Completed:
        raise ProgramMissing("git")

    return World(now=lambda: AT, token=lambda n: "ab" * n, env=env, run=run)


def test_a_run_collects_its_pack(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text("b")
    (tmp_path / "a.toml").write_text("a")
    runtime = compat.EvidencePackRuntime(tmp_path / "out", world=world(GITHUB_SHA="f" * 40))
    configs = [tmp_path / "b.toml", tmp_path / "a.toml"]
    made = runtime.start_run("smoke-8f00", "L2", AutonomyLevel.PROP, config_paths=configs)
    assert (made.evidence_pack_id, made.phase_id) == ("EVP-L2-smoke-8f", "runtime-L2")
    with pytest.raises(ValueError, match="already active"):
        runtime.start_run("smoke-8f00", "L2", AutonomyLevel.PROP)
    runtime.add_layer_run_metadata("smoke-8f00", lrm())
    runtime.add_run_log("smoke-8f00", RunLogging(**LOG))  # type: ignore[arg-type]
    runtime.track_artifact("smoke-8f00", "z.md")
    runtime.track_artifact("smoke-8f00", "a.md")
    assert not made.validator_run
    runtime.finish_run("smoke-8f00", tests_passed=1, tests_total=1)
    path = runtime.save_pack("smoke-8f00")
    assert path == tmp_path / "out/smoke-8f00/evidence_pack.json"
    assert json.loads(path.read_text())["validator_run"] is True
    assert json.loads(path.with_name("run_metadata.json").read_text()) == {
        "started_at": AT.isoformat(),
        "git_sha": "f" * 40,
        "config_fingerprint": hashlib.sha256(b"ab").hexdigest(),
        "artifacts": ["a.md", "z.md"],
        "status": "success",
        "finished_at": AT.isoformat(),
    }
    first = path.read_bytes()
    again = compat.EvidencePackRuntime(tmp_path / "out", world=world())
    again.start_run("smoke-8f00", "L2", AutonomyLevel.PROP, config_paths=[])
    assert again.get_pack("smoke-8f00").pack_id == made.pack_id
    runtime.cleanup_run("smoke-8f00")
    assert path.read_bytes() == first
    with pytest.raises(ValueError, match="not active"):
        runtime.get_pack("smoke-8f00")


def test_validator_run_is_said_only_when_it_ran(tmp_path: Path) -> None:
    runtime = compat.EvidencePackRuntime(tmp_path, world=world())
    made = runtime.start_run("r", "L2", AutonomyLevel.PROP, config_paths=[])
    made.sod_checks.append(sod(evidence_ids=[]))
    with pytest.raises(ValueError, match="No evidence_ids"):
        runtime.finish_run("r")
    assert made.validator_run is False


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "a b"])
def test_a_run_id_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="run id"):
        compat.EvidencePackRuntime(tmp_path, world=world()).start_run(name, "L2", AutonomyLevel.PROP)


def test_selection_as_it_was() -> None:
    made = compat.Orchestrator(env={"ORCHESTRATOR_ENABLED": "True"}, clock=lambda: AT)
    chosen = made.select_model("L2", AutonomyLevel.PROP).to_dict()
    assert chosen["primary_model_id"] == "gpt-5-2-pro"
    assert chosen["critic_model_id"] == "deepseek-r1"
    assert chosen["fallback_model_ids"] == ["gpt-5-2"]
    assert chosen["selection_timestamp"] == AT.isoformat()
    assert chosen["sod_validated"] is True
    scopes = [
        made.select_model(layer, AutonomyLevel(level)).capability_scope_id
        for layer, level in (("L0", "REC"), ("L1", "PROP"), ("L2", "PROP"), ("L3", "REC"), ("L4", "RO"))
    ]
    assert scopes == [
        "L0_ops_docs",
        "L1_deepresearch",
        "L2_market_outlook",
        "L3_trade_plan_advisory",
        "L4_governance___policy_critic",
    ]
    assert made.health_check() == {
        "enabled": True,
        "registry_version": "1.0",
        "models_count": 8,
        "layers_mapped": 7,
        "scopes_loaded": 5,
        "status": "healthy",
    }


@pytest.mark.parametrize(
    ("layer", "level", "error"),
    [
        ("L7", "RO", orchestrator.InvalidLayerError),
        ("L0", "EXEC", orchestrator.ForbiddenAutonomyError),
        ("L4", "PROP", orchestrator.ForbiddenAutonomyError),
        ("L5", "RO", orchestrator.InvalidModelError),
        ("L6", "RO", orchestrator.InvalidModelError),
    ],
)
def test_selection_refuses(layer: str, level: str, error: type[Exception]) -> None:
    made = compat.Orchestrator(env={"ORCHESTRATOR_ENABLED": "true"})
    with pytest.raises(error):
        made.select_model(layer, AutonomyLevel(level))


def test_a_selection_that_is_off_or_has_no_files(tmp_path: Path) -> None:
    for env in ({}, {"ORCHESTRATOR_ENABLED": "1"}):
        off = compat.Orchestrator(env=env)
        assert off.health_check()["status"] == "disabled"
        with pytest.raises(RuntimeError, match="disabled"):
            off.select_model("L0", AutonomyLevel.REC)
    with pytest.raises(TypeError):
        compat.Orchestrator(str(tmp_path))  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError, match="Model registry not found"):
        compat.Orchestrator(tmp_path)
    (tmp_path / "model_registry.toml").write_bytes((packaged_config() / "model_registry.toml").read_bytes())
    with pytest.raises(FileNotFoundError):
        compat.Orchestrator(tmp_path)
    (tmp_path / "capability_scopes").mkdir()
    with pytest.raises(ValueError, match="layer_mapping"):
        compat.Orchestrator(tmp_path)


def test_loaders_speak_dotted_and_deny_first(tmp_path: Path) -> None:
    registry = compat.ModelRegistryLoader().load()
    assert registry.get_model("gpt-5.2-pro").context_window == 200_000
    assert registry.get_layer_mapping("L0").fallback == ["gpt-5-mini"]
    for call in (registry.get_model, registry.get_layer_mapping):
        with pytest.raises(compat.ModelRegistryError, match="not found"):
            call("none")
    with pytest.raises(compat.ModelRegistryError):
        compat.ModelRegistryLoader(tmp_path / "none.toml").load()
    scopes = compat.CapabilityScopeLoader()
    assert scopes.load("L2").layer_id == "L2"
    assert scopes.get_envelope_tooling_allowlist("L3") == ["files"]
    assert (scopes.validate_output("L2", "ScenarioReport"), scopes.validate_output("L2", "OrderParameters")) == (
        True,
        False,
    )
    assert (scopes.validate_tooling("L0", "files"), scopes.validate_tooling("L0", "shell")) == (True, False)
    assert (scopes.validate_input("L0", "docs/a.md"), scopes.validate_input("L0", "../docs/a.md")) == (True, False)
    for layer in ("L5", "L6", "*", "../x"):
        with pytest.raises(compat.CapabilityScopeError):
            scopes.load(layer)


@pytest.mark.parametrize(
    ("proposer", "critic"),
    [("gpt-5.2", "gpt-5.2"), ("gpt-5.2", "gpt-5-2"), ("GPT-5.2", "gpt-5.2"), ("", "o3"), ("o3", " ")],
)
def test_one_model_under_two_names_is_one(proposer: str, critic: str) -> None:
    checker = compat.SoDChecker(clock=lambda: AT)
    assert checker.check(proposer, critic).result is SoDResult.FAIL
    with pytest.raises(compat.SoDViolationError):
        checker.validate(proposer, critic)


def test_two_models_pass_and_providers_must_be_known_to_differ() -> None:
    assert compat.SoDChecker().validate("gpt-5.2", "o3", "openai", "openai").result is SoDResult.PASS
    strict = compat.SoDChecker(enforce_provider_diversity=True, clock=lambda: AT)
    assert strict.check("gpt-5.2", "deepseek-r1", "openai", "deepseek").result is SoDResult.PASS
    for providers in ((None, None), ("openai", "OpenAI"), ("openai", None)):
        assert strict.check("gpt-5.2", "deepseek-r1", *providers).result is SoDResult.FAIL
    assert strict.check("a", "b").timestamp == AT.isoformat()


def manifest(**more: Any) -> Any:  # noqa: ANN401 - a lazy name
    fields: dict[str, Any] = {
        "layer_id": "L2",
        "layer_name": "Market Outlook",
        "autonomy_level": "PROP",
        "primary_model_id": "gpt-5.2-pro",
        "critic_model_id": "deepseek-r1",
    }
    return compat.RunManifestGenerator(clock=lambda: AT).generate(**{**fields, **more})


def test_the_run_manifest_has_the_measured_id_and_keys() -> None:
    made = manifest(artifacts=["z", "a"], operator_notes="x")
    assert made.run_id == "L2-df1ed6edc6255948"
    document = json.loads(made.to_json())
    assert made.to_json() == json.dumps(document, indent=2, sort_keys=True)
    assert len(document) == 21
    assert document["artifacts"] == ["a", "z"]
    assert document["timestamp"] == document["sod_timestamp"] == AT.isoformat()
    assert (document["run_type"], document["operator_output_path"], document["sod_result"]) == ("dry-run", None, "PASS")
    with pytest.raises(compat.SoDViolationError):
        manifest(critic_model_id="gpt-5-2-pro")
    for wrong in ({"layer_id": "L9"}, {"autonomy_level": "EXEC"}, {"seed": 1}):
        with pytest.raises(compat.ManifestGenerationError):
            manifest(**wrong)


def test_the_operators_output_is_german() -> None:
    words = compat.generate_operator_output(manifest(), ["Befund 1"], [])
    assert words.startswith("# Operator-Ausgabe (Kurzbericht)\n")
    titles = [line.removeprefix("## ") for line in words.splitlines() if line.startswith("## ")]
    assert titles == [
        "Modelle",
        "Capability Scope",
        "SoD-Pr\u00fcfung",
        "Befunde",
        "Ma\u00dfnahmen",
        "Operator-Notizen",
        "Artefakte",
    ]
    assert "- Befund 1" in words
    assert "Keine Ma\u00dfnahmen." in words
    assert words.endswith("**ENDE**\n")
