"""The published schemas: they are schemas, both validators agree on them, and real documents fit them."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import dsse, schema
from gonogo_evidence.ids import Digest, PackId, Principal, RunId
from gonogo_evidence.index import Entry
from gonogo_evidence.statement import Card, CloseStatement, Condition, Evidence, IndexSeen, SignoffStatement
from support import schema_pages
from support.packs import sample_pack, sample_review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.fast

A, B = Digest("a" * 64), Digest("b" * 64)
RUN, PACK = RunId("20260109-101500-a1b2c3"), PackId("EVP-4BM2-L0-20260109-001")


def _signoff(**changes: Any) -> SignoffStatement:  # noqa: ANN401 - any field of the statement
    condition = Condition(1, "Fix the docs.", "operator@example.org", "2026-02-01")
    fields: dict[str, Any] = {
        "run_id": RUN,
        "pack_id": PACK,
        "pack_digest": A,
        "review_digest": B,
        "request_id": "a1b2c3",
        "decision": "GO-WITH-CONDITIONS",
        "reason": "f\u00fcr M\u00e4rz",
        "conditions": (condition,),
        "principal": Principal("operator@example.org"),
        "presence": "typed",
        "policy_digest": A,
        "card": Card("review/card.txt", B),
        "issued": "2026-01-09T10:20:00Z",
        "not_after": "2026-01-16T10:20:00Z",
    }
    return SignoffStatement(**{**fields, **changes})


def _documents(folder: Path) -> dict[schema.Name, Any]:
    sealed = sample_pack(folder / "EVP")
    sample_review(sealed, dsse.new_engine_key())
    close = CloseStatement(RUN, A, B, 1, Evidence("fix.txt", A, 7), Principal("a@b.c"), "2026-01-10T00:00:00Z")
    paths = {
        "pack": "EVP/core/pack.json",
        "environment": "EVP/environment.json",
        "seal": "EVP/seal.json",
        "review": "EVP/review/review.json",
        "validator-report": "EVP/core/validator-report.json",
        "inventory": "EVP/core/inventory.json",
        "run-plan": "EVP/core/run-plan.json",
        "single-file": "EVP.json",
    }
    documents = {name: json.loads((folder / path).read_bytes()) for name, path in paths.items()}
    documents |= {"signoff": json.loads(_signoff().to_bytes()), "close": json.loads(close.to_bytes())}
    details = {"layer_id": "L0", "git_ref": "d" * 40, "core_digest": B, "verdict": "PASS"}
    documents |= {"index-entry": Entry("pack", RUN, "2026-01-09T10:20:00Z", PACK, A, details).statement()}
    return cast("dict[schema.Name, Any]", documents)


def test_every_schema_has_a_page_that_says_what_it_says() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in schema_pages.FOLDER.iterdir()}
    assert written == schema_pages.pages(), "run: make docs"
    assert all(f"`{name}`" in written["seal.md"] for name in ("core_digest", "manifest_digest", "counts.files"))


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[schema.Name, Any]:
    return _documents(tmp_path_factory.mktemp("schemas"))


def _both(name: schema.Name, value: object) -> bool:
    """What both validators say; they must agree."""
    quick = not schema.check(name, value)
    slow = schema.explain(name, value) is None
    assert quick == slow, (name, schema.check(name, value), schema.explain(name, value))
    return quick


def test_every_published_file_has_a_name_and_every_name_a_file() -> None:
    assert sorted(path.name for path in schema.FOLDER.iterdir()) == [f"{name}.schema.json" for name in schema.NAMES]


@pytest.mark.parametrize("name", schema.NAMES)
def test_each_is_a_2020_12_schema_with_an_address_of_its_own(name: schema.Name) -> None:
    body = schema.load(name)
    slow = cast("Any", importlib.import_module("jsonschema"))
    slow.Draft202012Validator.check_schema(body)
    assert body["$id"] == f"urn:gonogo:schema:{name}:v1"
    assert isinstance(body["title"], str)


@pytest.mark.parametrize("name", schema.NAMES)
def test_no_pattern_relies_on_its_end_mark_alone(name: schema.Name) -> None:
    """In one of the two validators a dollar also matches before a trailing newline: a length must stop it."""
    for part in _parts(schema.load(name)):
        pattern = part.get("pattern", "")
        if isinstance(pattern, str) and pattern.endswith("$"):
            assert "maxLength" in part, part


def _parts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)


@pytest.mark.parametrize("name", schema.NAMES)
def test_a_real_document_fits(name: schema.Name, documents: dict[schema.Name, Any]) -> None:
    assert _both(name, documents[name])
    assert schema.explain(name, documents[name]) is None


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_change_of_a_value_is_judged_alike_and_every_required_key_is_asked_for(
    name: schema.Name, documents: dict[schema.Name, Any]
) -> None:
    required = cast("list[str]", schema.load(name)["required"])
    for key in required:
        without = {other: value for other, value in documents[name].items() if other != key}
        assert not _both(name, without), key
        for wrong in (None, True, 7, "", "x\n", [], {}, [None], {"a": 1}, ["x"]):
            _both(name, {**documents[name], key: wrong})
        assert not (_both(name, {**documents[name], key: 7}) and _both(name, {**documents[name], key: ["x"]})), key


CLOSED = ("seal", "review", "signoff", "close", "pack", "inventory", "run-plan", "validator-report", "environment")


@pytest.mark.parametrize("name", CLOSED)
def test_what_is_signed_or_sealed_has_no_room_for_more(name: schema.Name, documents: dict[schema.Name, Any]) -> None:
    assert not _both(name, {**documents[name], "more": 1})


def test_a_digest_ends_where_it_ends(documents: dict[schema.Name, Any]) -> None:
    for wrong in ("a" * 64 + "\n", "A" * 64, "a" * 63, "a" * 65, "g" * 64):
        assert not _both("seal", {**documents["seal"], "core_digest": wrong}), wrong


def test_a_gate_never_carries_what_it_observed(documents: dict[schema.Name, Any]) -> None:
    report = documents["validator-report"]
    gates = [{**report["gates"][0], "observed": {"duration_ms": 7}}]
    assert not _both("validator-report", {**report, "gates": gates})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"decision": "GO", "conditions": ()},
        {"decision": "NO-GO", "conditions": (), "presence": "unproven"},
        {"index_seen": IndexSeen("gonogo/index", 7, A)},
    ],
)
def test_the_sign_off_schema_takes_what_people_sign(changes: dict[str, Any]) -> None:
    assert _both("signoff", json.loads(_signoff(**changes).to_bytes()))


@pytest.mark.parametrize(("decision", "conditions"), [("GO", 1), ("NO-GO", 1), ("GO-WITH-CONDITIONS", 0), ("MAYBE", 0)])
def test_conditions_belong_to_go_with_conditions_alone(decision: str, conditions: int) -> None:
    document = json.loads(_signoff().to_bytes())
    document["predicate"]["decision"] = decision
    document["predicate"]["conditions"] = document["predicate"]["conditions"][:conditions]
    assert not _both("signoff", document)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(schema.NAMES), PLAIN)
def test_both_validators_agree_on_any_value(name: schema.Name, value: object) -> None:
    assert not _both(name, value)


@given(data=st.data())
def test_both_agree_on_a_real_document_with_one_strange_value(
    documents: dict[schema.Name, Any], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(schema.NAMES))
    key = data.draw(st.sampled_from(sorted(documents[name])))
    _both(name, {**documents[name], key: data.draw(PLAIN)})


@pytest.mark.parametrize("value", [{"a": float("inf")}, {1: 2}, {"a": "\ud800"}, {"a": {1}}, {"a": 10**400}, object()])
def test_what_is_no_json_is_a_problem_and_no_exception(value: object) -> None:
    assert schema.check("seal", value)


def test_a_million_wrong_items_give_few_problems() -> None:
    value = {"schema": "gonogo/validator-report/v1", "gates": [1] * 20_000}
    assert len(schema.check("validator-report", value)) == schema.MOST_PROBLEMS


def test_a_problem_names_its_place(documents: dict[schema.Name, Any]) -> None:
    report = json.loads(json.dumps(documents["validator-report"]))
    report["gates"][1]["checked"] = -1
    (problem,) = schema.check("validator-report", report)
    assert problem.path == "$.gates[1].checked"
    explained = schema.explain("validator-report", report)
    assert explained is not None
    assert explained.path == problem.path
