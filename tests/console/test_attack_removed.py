"""``gonogo attack`` can fail: with any one defence removed, the attacks that it alone stops execute."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from gonogo.attacks import ATTACKS, FAMILIES, mount, seat_at, stage_of
from gonogo.attacks.stage import HOSTILE
from support.careless import careless, following
from support.defences import ALONE, CARELESS, FOLLOWED, GONE
from support.desk import make_desk
from support.quick import quick_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from gonogo.attacks.stage import Stage

NAMED = {attack.name: attack for attack in ATTACKS}
CASES = [(defence, name) for defence, (_, names) in GONE.items() for name in names]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    desk = make_desk(tmp_path_factory.mktemp("attack"))
    desk.enrol()
    with stage_of(seat_at(quick_world(desk.environment()), desk.repo.path), lambda _: None) as made:
        yield made


def test_every_attack_has_a_defence_that_stops_it_or_says_why_not() -> None:
    shown = [*(name for _, name in CASES), *CARELESS, *FOLLOWED, *ALONE]
    assert sorted(shown) == sorted(NAMED), "each once"
    assert {NAMED[name].family for name in shown if name not in ALONE} == set(FAMILIES)


@pytest.mark.parametrize(("engine", "names"), [(careless, CARELESS), (following, FOLLOWED)], ids=["words", "links"])
def test_without_care_what_a_branch_brings_gets_out(
    stage: Stage, engine: Callable[[], AbstractContextManager[None]], names: tuple[str, ...]
) -> None:
    stage.forget(HOSTILE)
    with engine():
        results = {name: mount(NAMED[name], stage) for name in names}
    stage.forget(HOSTILE)
    assert {result.outcome for result in results.values()} == {"EXECUTED"}, results


@pytest.mark.parametrize(("defence", "name"), CASES, ids=[f"{defence}: {name}" for defence, name in CASES])
def test_without_a_defence_its_attack_executes(stage: Stage, defence: str, name: str) -> None:
    with contextlib.ExitStack() as gone:
        for patch in GONE[defence][0]():
            gone.enter_context(patch)
        result = mount(NAMED[name], stage)
    assert result.outcome == "EXECUTED", (result.code, result.why)
