"""The runbook as controls: every section is there, nothing is decided by a check that nobody names."""

from __future__ import annotations

from collections import Counter

import pytest

from gonogo_evidence.errors import BadInput
from gonogo_policies import controls
from gonogo_policies.config import load_config, packaged_config, read_folder

pytestmark = pytest.mark.fast

CONTROLS = load_config([read_folder(packaged_config(), "packaged")]).controls
BUILT = {
    "A": ["A-ROOT", "A-COMMIT", "A-LIVE"],
    "B": ["B-SCHEMA", "B-LAYERS", "B-CI", "B-COMMANDS"],
    "C": ["C-GOAL", "C-INPUTS", "C-OUTPUTS", "C-GATES", "C-ABORT"],
    "D": ["D-INPUTS", "D-OUTPUTS"],
    "E": ["E-SCHEMA", "E-FIELDS", "E-GATES"],
    "F": ["F-CANONICAL", "F-IDS", "F-SUMMARY"],
    "G": ["G-FINDINGS", "G-RISKS", "G-MITIGATIONS", "G-RECOMMENDATION"],
}


def test_every_section_of_the_runbook_has_its_lines() -> None:
    """Counted in the runbook: bullets and checklist lines of each section, rows of the gates' tables."""
    assert Counter(control.section for control in CONTROLS) == {
        "0": 8,
        "1": 10,
        "2": 12,
        "3": 26,
        "4": 53,
        "5": 8,
        "6": 17,
        "7": 8,
        "8": 9,
    }


def test_each_step_has_its_lines_and_its_output() -> None:
    lines = {"A": 5, "B": 4, "C": 5, "D": 3, "E": 5, "F": 4, "G": 4}
    for step, count in lines.items():
        ids = [control.id for control in CONTROLS if control.step == step]
        assert [name for name in ids if name in {f"{step}-{number}" for number in range(1, 20)}] == [
            f"{step}-{number}" for number in range(1, count + 1)
        ]
        assert f"{step}-OUT-1" in ids


@pytest.mark.parametrize("step", BUILT)
def test_the_hard_checks_of_each_step(step: str) -> None:
    hard = controls.hard_checks(CONTROLS, step=step)  # type: ignore[arg-type]
    assert set(BUILT[step]) <= set(hard)
    for check in BUILT[step]:
        assert controls.is_hard(CONTROLS, check)


def test_what_the_runbook_leaves_soft() -> None:
    for check in ("A-SHELL", "A-TREE", "D-LOGS", "E-CRITIC"):
        assert not controls.is_hard(CONTROLS, check)


def test_words_stand_in_both_languages_and_say_something() -> None:
    for control in CONTROLS:
        assert len(control.text_de) > 2
        assert control.text_en.endswith(".") or control.text_en.endswith("?")
        assert control.text_de != control.text_en


def test_what_is_not_built_names_a_later_issue() -> None:
    for control in CONTROLS:
        assert control.built or control.issue in {"II", "III", "IV", "V", "VI", "VII", "VIII"}
    for check, decided in controls.by_check(CONTROLS).items():
        assert len({control.built for control in decided}) == 1, check


def test_the_looking_up() -> None:
    assert controls.control(CONTROLS, "A-5").check == "A-LIVE"
    assert controls.of_section(CONTROLS, "5")[0].id == "5-PASS-1"
    assert {control.role for control in controls.of_step(CONTROLS, "C")} == {"SCOPE_KEEPER", "CI_GUARDIAN"}
    assert all(control.role == "RISK_OFFICER" for control in controls.of_role(CONTROLS, "RISK_OFFICER"))
    assert {control.id for control in controls.by_check(CONTROLS)["A-LIVE"]} >= {"A-5", "0-NONGOAL-3"}


def test_unknown_ids_are_named_with_the_nearest() -> None:
    with pytest.raises(BadInput) as caught:
        controls.control(CONTROLS, "a-5")
    assert caught.value.code == "CONTROL_UNKNOWN"
    assert "A-5" in str(caught.value.next_step)
    with pytest.raises(BadInput, match="CHECK_UNKNOWN"):
        controls.is_hard(CONTROLS, "Z-9")
