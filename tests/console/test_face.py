"""The Python face: seven names, each the thing that it says, none loaded before it is used."""

from __future__ import annotations

from importlib import import_module

import pytest

import gonogo

NAMES = {
    "Orchestrator": ("gonogo.orchestrator", "Orchestrator"),
    "AutonomyLevel": ("gonogo_evidence.ep_json", "AutonomyLevel"),
    "create_evidence_pack": ("gonogo_evidence.ep_json", "create_evidence_pack"),
    "save_evidence_pack": ("gonogo_evidence.ep_json", "save_evidence_pack"),
    "validate_evidence_pack": ("gonogo_evidence.ep_json", "validate_evidence_pack"),
    "build_graph": ("gonogo_graph.machine", "build"),
    "verify_pack": ("gonogo_evidence.verify", "verify_pack"),
}


def test_the_face_has_these_names_and_no_others() -> None:
    assert sorted(gonogo.__all__) == sorted(NAMES)
    assert sorted(dir(gonogo)) == sorted(NAMES)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_each_name_is_what_it_says(name: str) -> None:
    module, inside = NAMES[name]
    assert getattr(gonogo, name) is getattr(import_module(module), inside)


def test_any_other_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'approve'"):
        _ = gonogo.approve
