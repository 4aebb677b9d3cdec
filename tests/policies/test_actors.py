"""Who did a run, read from its sealed documents: what is not recorded is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gonogo_policies.actors import actors_of

if TYPE_CHECKING:
    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast

MODELS = ("proposer_model", "proposer_family", "critic_model", "critic_family")
NONE = dict.fromkeys(MODELS, ("none",))


def read(mode: str = "live", **core: JSON) -> dict[str, Any]:
    return actors_of(core, {"mode": mode})


def execution(**value: JSON) -> JSON:
    return {"verdict": "PASS", "value": value}


def test_people_are_taken_as_recorded() -> None:
    found = read("smoke", operator_id="ada", commit_authors=["A <a@x>", "B <b@x>"])
    assert found == {"run_starter": ("ada",), "commit_author": ("A <a@x>", "B <b@x>"), **NONE}


@pytest.mark.parametrize("authors", [None, [], "a", [1], ["a", None], ["a", " "], {"a": "b"}])
def test_authors_that_are_no_list_of_words_are_not_known(authors: JSON) -> None:
    assert "commit_author" not in read(commit_authors=authors)
    assert "commit_author" not in read()


@pytest.mark.parametrize("operator", [None, "", " ", 1, ["ada"]])
def test_a_starter_that_is_no_word_is_not_known(operator: JSON) -> None:
    assert "run_starter" not in read(operator_id=operator)


def test_models_are_those_that_answered() -> None:
    models: JSON = {"proposer": {"model": "m", "family": "f"}, "critic": {"model": "n"}}
    found = read(execution=execution(model_ran=True, models=models))
    assert found == {"proposer_model": ("m",), "proposer_family": ("f",), "critic_model": ("n",)}


@pytest.mark.parametrize(
    "value", [{"model_ran": False}, {"skipped": True, "reason": {}}], ids=["none ran", "never begun"]
)
def test_where_no_model_ran_it_says_so(value: dict[str, JSON]) -> None:
    assert read(execution=execution(**value)) == NONE


@pytest.mark.parametrize(
    "value", [{}, {"model_ran": True}, {"model_ran": "no"}, {"skipped": True, "code": "DUTY_CRASHED"}]
)
def test_a_model_run_without_a_record_is_not_known(value: dict[str, JSON]) -> None:
    assert read(execution=execution(**value)) == {}
    assert read("smoke", execution=execution(**value)) == ({} if value.get("model_ran") is True else NONE)
