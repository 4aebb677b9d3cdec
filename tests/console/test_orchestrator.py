"""The runbook's Python face: its own snippet runs, in gonogo's form of the files and in the predecessor's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gonogo.orchestrator import Orchestrator
from gonogo_evidence.ep_json import AutonomyLevel
from gonogo_evidence.errors import BadInput, GonogoError
from gonogo_policies.config import packaged_config

if TYPE_CHECKING:
    from pathlib import Path

SNIPPET = """
from gonogo.orchestrator import Orchestrator
from gonogo_evidence.ep_json import create_evidence_pack, save_evidence_pack
from gonogo_evidence.ep_json import AutonomyLevel
from pathlib import Path

layer_id = "L4"

# Initialize Orchestrator
orchestrator = Orchestrator(
    registry_path="config/model_registry.toml",
    capability_scopes_dir="config/capability_scopes/"
)

# Select models for layer
selection = orchestrator.select_model(
    layer_id="L4",  # Example: L0/L1/L2/L3/L4
    run_reason="Phase 4B M2 Proof"
)

# Create Evidence Pack
pack = create_evidence_pack(
    evidence_pack_id=f"EVP-4B-M2-{layer_id}-YYYYMMDD",
    phase_id="Phase4B-M2",
    layer_id=selection.layer_id,
    autonomy_level=selection.autonomy_level,
    registry_version="1.0",
    description="Milestone 2 PoC: Layer Run with Evidence Pack"
)

# Save Evidence Pack
output_path = Path(f"data/evidence_packs/EVP-4B-M2-{layer_id}-YYYYMMDD.json")
output_path.parent.mkdir(parents=True, exist_ok=True)
save_evidence_pack(pack, output_path)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(packaged_config(), tmp_path / "config")
    return tmp_path


def make_predecessor(folder: Path) -> None:
    """Turn the copy into the predecessor's form: no schema lines, the layer map inside the registry."""
    config = folder / "config"
    registry = (config / "model_registry.toml").read_text("utf-8")
    head, _, rest = registry.partition("\n[profiles.")
    tail = rest[rest.index("[fallback_policy]") :].replace("[fallback_policy.layers.", "[fallback_policy.")
    head = head.partition("\n")[2]
    mapping = """
[layer_mapping.L4]
layer_id = "L4"
description = "Governance / Policy Critic"
primary = "o3"
fallback = "deepseek-r1"
critic = "gpt-5.2"
autonomy = "RO/REC"
"""
    (config / "model_registry.toml").write_text(f"{head}\n{mapping}\n{tail}", "utf-8")
    for scope in (config / "capability_scopes").iterdir():
        scope.write_text(scope.read_text("utf-8").partition("\n")[2], "utf-8")
    (config / "layers.toml").unlink()


def test_the_runbooks_snippet_runs(folder: Path) -> None:
    script = folder / "snippet.py"
    script.write_text(SNIPPET, "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "snippet.py"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    pack = json.loads((folder / "data/evidence_packs/EVP-4B-M2-L4-YYYYMMDD.json").read_text("utf-8"))
    assert (pack["layer_id"], pack["autonomy_level"], pack["registry_version"]) == ("L4", "RO", "1.0")


def test_paths_may_be_words_or_paths_or_one_folder(folder: Path) -> None:
    config = folder / "config"
    by_words = Orchestrator(str(config / "model_registry.toml"), f"{config / 'capability_scopes'}/")
    by_paths = Orchestrator(
        registry_path=config / "model_registry.toml", capability_scopes_dir=config / "capability_scopes"
    )
    by_folder = Orchestrator(config_dir=config)
    chosen = [one.select_model("L1", "x") for one in (by_words, by_paths, by_folder)]
    assert chosen[0] == chosen[1] == chosen[2]
    assert by_folder.registry_version == "1.0"


def test_what_a_selection_holds(folder: Path) -> None:
    chosen = Orchestrator(config_dir=folder / "config").select_model("L3", "x", autonomy_level=AutonomyLevel.PROP)
    assert chosen.autonomy_level is AutonomyLevel.PROP
    assert json.loads(json.dumps(chosen.to_dict())) == {
        "layer_id": "L3",
        "layer_name": "Trade Plan Advisory",
        "autonomy_level": "PROP",
        "primary_model_id": "gpt-5.2-pro",
        "fallback_model_ids": ["gpt-5.2"],
        "critic_model_id": "o3",
        "capability_scope_id": "L3_trade_plan_advisory",
        "model_profile": "trade_plan",
        "registry_version": "1.0",
        "matrix_version": "v1.0",
        "selection_reasons": list(chosen.selection_reasons),
    }
    assert any("asked for" in reason for reason in chosen.selection_reasons)


def test_the_predecessors_files(folder: Path) -> None:
    make_predecessor(folder)
    orchestrator = Orchestrator(config_dir=folder / "config")
    chosen = orchestrator.select_model("L4", "x")
    assert (chosen.primary_model_id, chosen.critic_model_id) == ("o3", "gpt-5.2")
    assert chosen.capability_scope_id == "L4_governance_critic"
    assert orchestrator.select_model("L0", "x").primary_model_id == "gpt-5.2"


def test_the_snippet_runs_on_the_predecessors_files_too(folder: Path) -> None:
    make_predecessor(folder)
    (folder / "snippet.py").write_text(SNIPPET, "utf-8")
    done = subprocess.run([sys.executable, "-W", "error", "snippet.py"], cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("missing", "code"),
    [("model_registry.toml", "CONFIG_NOT_FOUND"), ("capability_scopes", "CONFIG_NOT_FOUND"), (".", "CONFIG_NOT_FOUND")],
)
def test_missing_files_are_named(folder: Path, missing: str, code: str) -> None:
    gone = folder / "config" / missing
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(BadInput) as caught:
        Orchestrator(config_dir=folder / "config")
    assert caught.value.code == code
    assert str(folder / "config") in caught.value.where


def test_an_empty_scope_folder_and_a_missing_scope_are_no_permission(folder: Path) -> None:
    scopes = folder / "config" / "capability_scopes"
    (scopes / "L4_governance_critic.toml").unlink()
    orchestrator = Orchestrator(config_dir=folder / "config")
    assert orchestrator.select_model("L0", "x").layer_id == "L0"
    with pytest.raises(BadInput) as caught:
        orchestrator.select_model("L4", "x")
    assert caught.value.code == "SCOPE_UNKNOWN"
    for scope in scopes.iterdir():
        scope.unlink()
    with pytest.raises(BadInput) as caught:
        Orchestrator(config_dir=folder / "config")
    assert caught.value.code == "CONFIG_NO_SCOPES"


def test_wrong_files_name_their_own_place(folder: Path) -> None:
    broken = folder / "config" / "capability_scopes" / "L0_ops_docs.toml"
    broken.write_text(broken.read_text("utf-8").replace("[inputs]", "[input]"), "utf-8")
    with pytest.raises(BadInput) as caught:
        Orchestrator(config_dir=folder / "config")
    assert caught.value.where.startswith(f"{broken}:")
    assert "inputs" in str(caught.value.next_step)


@pytest.mark.parametrize(
    ("layer", "reason", "code"),
    [("L6", "x", "LAYER_FORBIDDEN"), ("L0", " ", "RUN_REASON_EMPTY"), ("L9", "x", "LAYER_UNKNOWN")],
)
def test_it_fails_closed(layer: str, reason: str, code: str) -> None:
    with pytest.raises(GonogoError) as caught:
        Orchestrator(config_dir=packaged_config()).select_model(layer, reason)
    assert caught.value.code == code


def test_the_lazy_face_leads_here() -> None:
    import gonogo

    assert gonogo.Orchestrator is Orchestrator
