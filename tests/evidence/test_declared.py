"""A closed world inside the files: no field that no shape names, no JSON that is not canonical, by both verifiers.

The packs here are made with the change from the start: every digest and every signature is good.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, cast

import pytest

from gonogo_evidence import dsse, schema, verify_pack
from gonogo_evidence.index.fields import DETAILS
from gonogo_evidence.verify import verify_pack as gonogo
from gonogo_evidence.verify.open import SCHEMAS
from gonogo_evidence.verify.shape import PUBLISHED
from support.attested import attested_pack
from support.logs import ENGINE
from support.packs import core_fields, core_files, edit_json, environment, gate, overwrite, reseal, sample_review, text
from support.whole import Whole, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.schema import Declared

MORE = "zz_more"
WORDS = cast("JSON", {"template": "x", "text": "x", "values": {}})
FILLED: dict[str, Any] = {
    "core/pack.json": core_fields(
        scope_plan={"goal": WORDS, "non_goals": [WORDS], "abort": [], "skipped": True, "reason": WORDS},
        inconclusive=[{"id": "X", "text": WORDS}],
        files={name: {"sha256": "0" * 64, "size": 1} for name in ("inventory.json", "run-plan.json")},
    ),
    "core/inventory.json": {
        **core_files()["inventory.json"],  # type: ignore[dict-item]
        "checks": [{"id": "B", "text": WORDS}],
        "unreadable": [{"path": "a", "reason": "binary"}],
        "reason": WORDS,
    },
    "core/run-plan.json": {"schema": "gonogo/run-plan/v1", "goal": WORDS, "verdicts": {"scope_plan": "PASS"}},
    "core/validator-report.json": {
        "schema": "gonogo/validator-report/v1",
        "gates": [gate(findings=[{"path": "a", "code": "E1"}], advice=[{"path": "a", "code": "E2"}])],
        "checks": [{"id": "E", "text": WORDS}],
        "reason": WORDS,
    },
    "environment.json": {
        **environment(),
        "data_files": [{"path": "data/x"}],
        "redactions": [{"path": "data/x"}],
        "not_scanned": [{"path": "data/x"}],
        "trees": {"tree": [{"path": "a"}]},
        "refusals": [{"at": "x"}],
    },
}
"""Each document with an object in every place in which its shape is closed."""


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


def test_the_one_file_knows_the_same_kinds_of_entries() -> None:
    assert {kind: set(words) for kind, words in DETAILS.items()} == {
        kind: set(words.split()) for kind, words in verify_pack.KINDS.items()
    }


def _with_more(value: Any, known: Declared) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """The value with one more field in each place in which its shape is closed, and that place."""
    if isinstance(value, dict) and isinstance(known, dict):
        yield "", {**value, MORE: 1}
        for key, below in known.items():
            for path, changed in _with_more(value.get(key), below):
                yield f".{key}{path}", {**value, key: changed}
    elif isinstance(value, dict) and isinstance(known, list):
        for key, item in value.items():
            for path, changed in _with_more(item, known[0]):
                yield f".{key}{path}", {**value, key: changed}
    elif isinstance(known, list):
        for index, item in enumerate(value or []):
            for path, changed in _with_more(item, known[0]):
                yield f"[{index}]{path}", [*value[:index], changed, *value[index + 1 :]]


def _closed(known: Declared) -> int:
    """How many closed objects a shape has."""
    if isinstance(known, dict):
        return 1 + sum(map(_closed, known.values()))
    return _closed(known[0]) if known else 0


@pytest.mark.parametrize("path", PUBLISHED)
def test_one_more_field_in_any_closed_place_is_named_by_both(path: str) -> None:
    name, known = SCHEMAS[path], schema.declared(SCHEMAS[path])
    assert list(schema.undeclared(name, FILLED[path])) == []
    found = list(_with_more(FILLED[path], known))
    if path == "core/pack.json":
        found += _with_more({"files": {"validator-report.json": {}}}, known)
        found = [one for one in found if one[0] or MORE in one[1]]
    assert len({place.replace("[0]", "") for place, _ in found}) >= _closed(known)
    for place, changed in found:
        expected = [f"$.{place.removeprefix('.')}.{MORE}" if place else f"$.{MORE}"]
        assert list(schema.undeclared(name, changed)) == expected
        theirs = verify_pack.departures(changed, verify_pack.SHAPES[path])
        assert [where for more, where in theirs if more] == expected


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "core": ({"verdict_by": "nobody"}, "core/pack.json $.verdict_by"),
    "an id where none may stand": ({"run_id": "20260109-101500-a1b2c3"}, "core/pack.json $.run_id"),
    "deep in the core": (
        {"criteria": [{"id": "PASS-1", "verdict": "PASS", "text": text("x"), "waived": True}]},
        "core/pack.json $.criteria[0].waived",
    ),
    "report": (
        {"core": {"validator_report": {"schema": "gonogo/validator-report/v1", "gates": [gate()], "note": "x"}}},
        "core/validator-report.json $.note",
    ),
    "gate": (
        {"core": {"validator_report": {"schema": "gonogo/validator-report/v1", "gates": [gate(waived=True)]}}},
        "core/validator-report.json $.gates[0].waived",
    ),
    "inventory": (
        {"core": {"inventory": {"schema": "gonogo/inventory/v1", "facts": [], "note": 1}}},
        "core/inventory.json $.note",
    ),
    "plan": ({"core": {"run_plan": {"schema": "gonogo/run-plan/v1", "note": 1}}}, "core/run-plan.json $.note"),
    "environment": ({"environment": {"note": 1}}, "environment.json $.note"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_field_that_no_shape_names_breaks_a_pack_in_which_all_else_is_good(tmp_path: Path, kind: str) -> None:
    changes, where = CHANGES[kind]
    whole = whole_pack(tmp_path, **changes)
    report, (exit_code, theirs) = whole.gonogo(), whole.stranger()
    assert (report.exit_code, exit_code) == (6, 6)
    failed = [("authentic.declared", "FIELD_UNDECLARED", where)]
    assert [(one.id, one.code, one.where) for one in report.checks if one.verdict == "FAIL"] == failed
    assert [(one.id, one.code, one.where) for one in theirs if one.verdict == "FAIL"] == failed


@pytest.mark.parametrize("path", ["seal.json", "review/review.json"])
def test_seal_and_review_list_have_their_shape_or_are_none(tmp_path: Path, path: str) -> None:
    whole = whole_pack(tmp_path)
    edit_json(whole.folder / path, {"note": 1})
    assert whole.exits() == (6, 6)
    assert all("SEAL_SHAPE" in codes for codes in whole.codes())


def test_thousands_of_them_are_not_read_to_the_end_and_hide_nothing(tmp_path: Path) -> None:
    whole = whole_pack(tmp_path, criteria=[{"id": "PASS-1", "verdict": "PASS", "waived": True}] * 5_000)
    report = whole.gonogo()
    assert (report.exit_code, whole.stranger()[0]) == (6, 6)
    assert sum(one.code == "FIELD_UNDECLARED" for one in report.checks) == 100
    edit_json(whole.folder / "core/pack.json", {"verdicts": 7})
    reseal(whole.folder)
    assert whole.exits() == (6, 6)
    assert "SCHEMA_INVALID" in {one.code for one in whole.gonogo().checks}


LOOSE = {
    b'{"findings": []}': "JSON_NOT_CANONICAL",
    b'{"findings":[]}\n': "JSON_NOT_CANONICAL",
    b'{"a":1,"a":2}': "JSON_NOT_CANONICAL",
    b'{"a":1.5}': "JSON_TYPE",
    b'{"a":9007199254740993}': "JSON_INTEGER_RANGE",
    b'{"a":"a\xcc\x88"}': "JSON_NOT_NFC",
    b'{"a":NaN}': "JSON_UNREADABLE",
    b"[]": "JSON_NOT_AN_OBJECT",
    b"": "JSON_UNREADABLE",
}


@pytest.mark.parametrize("name", ["risk-review", "recommendation"])
def test_what_people_read_before_they_sign_is_canonical_too(tmp_path: Path, name: str) -> None:
    """The review list names the very bytes, so that nothing but their form is wrong."""
    sealed = attested_pack(tmp_path / "EVP-4BM2-L0-20260109-001", ENGINE)
    for data, code in LOOSE.items():
        sample_review(sealed, ENGINE, engine_pub=dsse.public_pem(ENGINE), **{f"{name}_json": data})
        checks = gonogo(sealed.folder, engine_keys=[ENGINE.public_key()]).checks
        found = [(one.id, one.code, one.where) for one in checks if one.verdict == "FAIL"]
        (theirs,) = verify_pack.canonical(verify_pack.Pack(sealed.folder))
        assert found == [("authentic.canonical", code, theirs.where)]
        assert (theirs.code, theirs.where.startswith(f"review/{name}.json")) == (code, True)


def test_every_json_file_that_is_ours_must_be_canonical_and_payload_need_not(tmp_path: Path) -> None:
    made = whole_pack(tmp_path / "made")
    ours = [path.relative_to(made.folder).as_posix() for path in sorted(made.folder.rglob("*.json"))]
    assert {"review/risk-review.json", "index/entry.json", "attestations/verdict.dsse.json"} < set(ours)
    for path in ours:
        shutil.copytree(made.folder.parent, tmp_path / "copy")
        whole = Whole(tmp_path / "copy" / made.folder.name)
        loose = json.dumps(json.loads((whole.folder / path).read_bytes()), indent=1).encode()
        overwrite(whole.folder / path, loose)
        report, (_, theirs) = whole.gonogo(), whole.stranger()
        said = {(one.id, one.code) for one in report.checks}, {(one.id, one.code) for one in theirs}
        named = ("authentic.canonical", "JSON_NOT_CANONICAL")
        assert [named in one for one in said] == [not path.startswith("data/")] * 2, path
        shutil.rmtree(tmp_path / "copy")
