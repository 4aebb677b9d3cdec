"""The hard controls of step G and of sections 5 and 8: a mutation of a state or of a duty turns each check red."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gonogo_policies.config import load_config, packaged_config, read_folder
from gonogo_policies.controls import coverage
from support.control_pure import PURE
from support.control_table import CASES
from support.tests_there import named_in

if TYPE_CHECKING:
    from support.control_pure import Pure

CONTROLS = load_config([read_folder(packaged_config(), "packaged")]).controls
STAGED = "tests/console/test_controls.py::test_a_mutation_turns_the_check_and_the_run_red"
HERE = "tests/console/test_controls_pure.py::test_a_mutation_turns_the_check_red"


@pytest.mark.parametrize("pure", PURE, ids=lambda pure: pure.name)
def test_a_mutation_turns_the_check_red(pure: Pure) -> None:
    assert pure.before() == "PASS"
    assert pure.after() in {"FAIL", "INCONCLUSIVE"}


def test_every_hard_control_that_is_built_names_the_test_of_its_mutation() -> None:
    """The hole that CI fails on: a control without a mutation, a mutation without a control, or another test named."""
    staged = {name: f"{STAGED}[{case.check}:{case.controls[0]}]" for case in CASES for name in case.controls}
    pure = {name: f"{HERE}[{one.name}]" for one in PURE for name in one.controls}
    assert not staged.keys() & pure.keys()
    hard = {one.id: one.test for one in CONTROLS if one.hard and one.built}
    assert hard == staged | pure
    checks = {name: case.check for case in (*CASES, *PURE) for name in case.controls}
    assert checks == {one.id: one.check for one in CONTROLS if one.id in hard}


def test_what_is_not_built_is_planned_and_never_covered() -> None:
    assert {coverage(one) for one in CONTROLS} == {"covered", "soft", "planned"}
    for one in CONTROLS:
        assert (coverage(one) == "planned") == (not one.built)
        assert one.built or one.test is None


def test_every_named_test_is_there() -> None:
    for one in CONTROLS:
        if one.test is not None:
            file, _, name = one.test.partition("::")
            assert name.partition("[")[0] in named_in(file), one.id
