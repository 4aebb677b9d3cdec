"""Which gates had to be planned: a gate that is left out of plan and report alike is missed all the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from gonogo.planned import PlannedGates
from gonogo_evidence import verify_pack
from gonogo_evidence.canonical import digest_of
from gonogo_evidence.verify import verify_pack as gonogo
from gonogo_policies.config import gates_declared, packaged_config
from support.packs import PACK_ID, edit_json, gate, reseal, sample_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN = b'schema = "gonogo/gates/v1"\n[[gate]]\nname = "Lint Gate"\n[[gate]]\nname = "audit"\n'
NAMES = ("Lint Gate", "audit")
CONFIG = {"gates.toml": {"sha256": digest_of(OWN), "origin": "packaged"}}


def _plan(**changes: Any) -> Any:  # noqa: ANN401 - a document
    gates = [{"name": name, "hard": True, "applies": True} for name in NAMES]
    declared = [{"file": "gates.toml", **CONFIG["gates.toml"], "gates": list(NAMES)}]
    return {"schema": "gonogo/run-plan/v1", "gates": {"gates": gates, "declared": declared, **changes}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    report = {"schema": "gonogo/validator-report/v1", "gates": [gate(name) for name in NAMES]}
    return sample_pack(tmp_path / PACK_ID, config=CONFIG, core={"run_plan": _plan(), "validator_report": report}).folder


def _without(names: list[Any], name: str) -> list[Any]:
    return [one for one in names if one["name"] != name]


def _left_out(folder: Path, *, declared: bool) -> None:
    """Somebody with every key takes a gate away wherever it stands."""
    plan = json.loads((folder / "core/run-plan.json").read_bytes())["gates"]
    plan["gates"] = _without(plan["gates"], "audit")
    if declared:
        plan["declared"][0]["gates"] = ["Lint Gate"]
    edit_json(folder / "core/run-plan.json", {"gates": plan})
    report = json.loads((folder / "core/validator-report.json").read_bytes())
    edit_json(folder / "core/validator-report.json", {"gates": _without(report["gates"], "audit")})


def _planned(folder: Path, **changes: Any) -> None:  # noqa: ANN401 - a document
    edit_json(folder / "core/run-plan.json", {"gates": _plan(**changes)["gates"]})


DECLARED = _plan()["gates"]["declared"][0]
CHANGES: dict[str, tuple[Callable[[Path], object], str, int]] = {
    "nothing": (lambda _: None, "OK", 0),
    "left out": (lambda folder: _left_out(folder, declared=False), "GATE_NOT_PLANNED", 6),
    "of another file": (
        lambda folder: _planned(folder, declared=[{**DECLARED, "sha256": "0" * 64}]), "PLAN_CONFIG_DIFFERS", 6
    ),
    "of another side": (
        lambda folder: _planned(folder, declared=[{**DECLARED, "origin": "commit"}]), "PLAN_CONFIG_DIFFERS", 6
    ),
    "of no file": (lambda folder: _planned(folder, declared=[]), "PLAN_CONFIG_DIFFERS", 6),
    "of one file more": (
        lambda folder: _planned(folder, declared=[DECLARED, {**DECLARED, "file": ".gonogo/gates.toml"}]),
        "PLAN_CONFIG_DIFFERS", 6,
    ),
    "declared by nobody": (
        lambda folder: _planned(folder, declared=[{**DECLARED, "gates": ["Lint Gate"]}]), "GATE_NOT_DECLARED", 6
    ),
    "no list": (lambda folder: _planned(folder, declared=7), "PLAN_CONFIG_DIFFERS", 6),
    "names that are none": (
        lambda folder: _planned(folder, declared=[{**DECLARED, "gates": [["audit"], None]}]), "GATE_NOT_PLANNED", 6
    ),
    "a run of before": (
        lambda folder: edit_json(folder / "core/run-plan.json", {"gates": {"gates": _plan()["gates"]["gates"]}}),
        "GATES_NOT_DECLARED", 0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGES)
def test_a_plan_that_is_not_what_was_declared_is_broken_to_both(folder: Path, kind: str) -> None:
    change, code, expected = CHANGES[kind]
    change(folder)
    reseal(folder)
    report = gonogo(folder)
    found = {check.code for check in report.checks if check.id == "verdict.gates"}
    theirs = verify_pack.verify(folder, verify_pack.Given({}, [], verify_pack.clock(), [], {}))
    assert (code in found, report.exit_code) == (True, expected)
    assert {one.code for one in theirs if one.id == "verdict.gates"} | {"OK"} == found | {"OK"}
    assert verify_pack.exit_of([one for one in theirs if one.area != "decision"]) == expected


@pytest.mark.parametrize(
    ("files", "code"), [((OWN,), "GATE_NOT_PLANNED"), ((), "GATES_FILE_ABSENT"), ((b"x",), "GATES_FILE_ABSENT")]
)
def test_who_has_the_file_itself_sees_that_a_gate_was_left_out_of_what_it_is_said_to_declare(
    folder: Path, files: tuple[bytes, ...], code: str
) -> None:
    whole = gonogo(folder, extra=[PlannedGates(lambda _: [OWN])])
    assert {check.code for check in whole.checks if check.id == "verdict.gates"} == {"OK"}
    _left_out(folder, declared=True)
    reseal(folder)
    assert gonogo(folder).exit_code == 0, "from the bytes of the pack alone nobody can know"
    report = gonogo(folder, extra=[PlannedGates(lambda _: files)])
    assert {check.code for check in report.checks if check.id == "verdict.gates"} == {"OK", code}
    assert report.exit_for("verdict") == (6 if files == (OWN,) else 0)


def test_the_names_in_a_file_are_those_of_its_gates() -> None:
    assert gates_declared(OWN) == list(NAMES)
    assert {"Lint Gate", "audit"} < set(gates_declared((packaged_config() / "gates.toml").read_bytes()))
    assert gates_declared(b"gate = 7\n") == []
