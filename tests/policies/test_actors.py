"""Who did a run, read from its sealed documents: what is not recorded is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gonogo_evidence import canonical, dsse
from gonogo_policies.actors import actors_of
from gonogo_policies.separation import Pair, SeparationPolicy, check_separation

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


def duty(field: str, key: Ed25519PrivateKey, kind: str = "urn:gonogo:duty:v1") -> bytes:
    statement: JSON = {"predicateType": kind, "predicate": {"field": field, "role": "R"}}
    return dsse.sign("application/vnd.in-toto+json", canonical.dumps(statement), key)


def test_a_role_is_the_key_that_attested_its_duty() -> None:
    one, two = Ed25519PrivateKey.from_private_bytes(b"1" * 32), Ed25519PrivateKey.from_private_bytes(b"2" * 32)
    envelopes = [duty("scope_plan", one), duty("validation", two), duty("gate_plan", one), duty("pack", one, "other")]
    found = actors_of({}, {"mode": "live"}, [*envelopes, duty("validation", one)])
    first, second = (dsse.key_id(key.public_key()) for key in (one, two))
    assert found == {"planner": (first,), "validator": tuple(sorted((first, second)))}
    policy = SeparationPolicy("strict", (Pair("planner", "validator"),))
    assert check_separation(found, policy).verdict == "FAIL"
    apart = actors_of({}, {"mode": "live"}, envelopes)
    assert check_separation(apart, policy).verdict == "PASS"
    assert check_separation({"planner": (first,)}, policy).verdict == "INCONCLUSIVE"


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
