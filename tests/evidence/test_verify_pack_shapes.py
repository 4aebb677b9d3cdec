"""The published shapes in the stranger's single file: made from the schemas, and answering as they do."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import dsse, guide, schema, verify_pack
from gonogo_evidence.canonical import digest_of, dumps
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE
from gonogo_evidence.verify import verify_pack as gonogo
from gonogo_evidence.verify.open import SCHEMAS
from support import one_file
from support.attested import envelope
from support.logs import ENGINE
from support.mutants_json import changes, leaves, put, shown
from support.packs import PACK_ID, environment, gate, overwrite, reseal, sample_pack, text
from support.whole import ALICE, BOB, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.whole import Whole

ODD: tuple[Any, ...] = (None, True, 0, -1, 1, "", "x", "0" * 64, "0" * 64 + "\n", "x" * 5000, [], {}, ["x"], {"a": 1})
"""Values that are right somewhere and wrong elsewhere."""
EVERY, SIGNED = 11, 3
"""Every so many of the mutants is sealed into a whole pack, or signed, which costs more than a look at its shape."""
ENVIRONMENT = {
    **environment(),
    "data_files": [
        {"path": "data/x", "sha256": "0" * 64, "size": 1, "media_type": "text/plain"}
        | {"determinism": "none", "reason": "a clock"}
    ],
    "layers": ["landlock"],
    "redactions": [
        {"path": "data/x", "detector": "token", "line": 1, "count": 2, "reason": "secret", "hmac": "0" * 64},
    ],
    "not_scanned": [{"path": "data/x", "reason": "binary"}],
    "trees": {"command": "git", "broken": ["x"], "tree": [{"path": "a", "how": "changed"}], "tree_count": 1}
    | {"desk": ["b"], "desk_count": 1},
    "refusals": [{"at": "A", "what": "x", "where": "y"}],
    "redacted_duties": ["inventory"],
    "migration": {"from": "x"},
}
REPORT = {
    "schema": "gonogo/validator-report/v1",
    "gates": [
        gate(
            findings=[{"path": "a", "line": 1, "code": "E1", "message": "m", "fingerprint": "f"}],
            advice=[{"path": "a", "line": None}],
            reason_code=None,
            advice_count=1,
        )
    ],
    "checks": [{"id": "E", "hard": True, "verdict": "PASS", "basis": "measured", "text": text("x"), "pointers": [{}]}],
    "counts": {"PASS": 1},
    "skipped": True,
    "reason": text("x {number}", number=1),
    "code": "X",
    "original": {},
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with asked_once():
        yield whole_pack(tmp_path_factory.mktemp("whole"))


def test_the_table_is_what_the_schemas_give() -> None:
    assert one_file.page() == one_file.FILE.read_text(encoding="utf-8"), "run docs/generate.py"


@pytest.mark.parametrize("node", [{"type": "string", "format": "date"}, {"type": "object", "not": {}}, {"allOf": []}])
def test_a_word_of_the_schemas_that_the_one_file_does_not_know_is_no_silent_gap(node: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        one_file.shape(node)


def _documents(whole: Whole) -> dict[str, tuple[schema.Name, Any]]:
    """A document of each kind with as many of its fields as can be, by its key in the table."""
    found: dict[str, tuple[schema.Name, Any]] = {
        path: (name, json.loads((whole.folder / path).read_bytes())) for path, name in SCHEMAS.items()
    }
    kinds: tuple[schema.Name, ...] = ("signoff", "close")
    for kind in kinds:
        (path,) = (whole.folder / "review").glob(f"*.{kind}*.json")
        found[kind] = (kind, json.loads(path.read_bytes()))
    found["environment.json"] = ("environment", ENVIRONMENT)
    found["core/validator-report.json"] = ("validator-report", REPORT)
    return found


def _mutants(document: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    yield from changes(document)
    for place in leaves(document):
        yield from ((f"{shown(place)}: {value!r:.20}", put(document, place, value)) for value in ODD)


def test_a_shape_answers_as_its_schema_does_to_every_leaf_of_another_type_or_value(whole: Whole) -> None:
    seen = {True: 0, False: 0}
    for key, (name, document) in _documents(whole).items():
        assert not list(verify_pack.departures(document, verify_pack.SHAPES[key])), key
        for what, changed in _mutants(document):
            ours = schema.check(name, changed)
            theirs = list(verify_pack.departures(changed, verify_pack.SHAPES[key]))
            assert bool(ours) == bool(theirs), (key, what, ours, theirs)
            assert all(one.undeclared for one in ours) == all(more for more, _ in theirs), (key, what, ours, theirs)
            seen[not ours] += 1
    assert min(seen.values()) > 500, seen


def test_both_give_one_exit_code_for_a_sealed_pack_with_a_leaf_of_another_type(tmp_path: Path) -> None:
    """Sealed anew by somebody with a text editor, before anybody signed."""
    folder, exits = sample_pack(tmp_path / PACK_ID).folder, set[int]()
    for path in verify_pack.DOCUMENTS:
        before = {one: one.read_bytes() for one in tmp_path.rglob("*") if one.is_file()}
        document = json.loads(before[folder / path])
        for what, changed in list(_mutants(document))[::EVERY]:
            with suppress(GonogoError, AttributeError):  # what cannot be written, or no document at all
                overwrite(folder / path, dumps(changed))
                reseal(folder)
                exits.add(_agree(folder, (path, what)))
            for one, data in before.items():
                if one.read_bytes() != data:
                    overwrite(one, data)
    assert {0, 1, 6} <= exits


def _agree(folder: Path, what: object) -> int:
    """Both give one exit code, and find the same wrong. Returns the code."""
    ours = gonogo(folder)
    theirs = verify_pack.verify(folder, verify_pack.Given({}, [], verify_pack.clock(), [], {}))
    asked = [one for one in theirs if one.area != "decision"]
    said = {one.code for one in ours.checks if one.verdict == "FAIL" and one.id != "authentic.single-file"}
    assert said == {one.code for one in asked if one.verdict == "FAIL"}, what
    assert verify_pack.exit_of(asked) == ours.exit_code, (what, said)
    return ours.exit_code


@pytest.mark.parametrize("kind", ["signoff", "close"])
def test_a_statement_that_was_signed_with_a_leaf_of_another_type_is_broken_to_both(tmp_path: Path, kind: str) -> None:
    """By somebody who may sign. The outcome is made again; what the policy alone refuses (5) is gonogo's to say."""
    person, namespace = {"signoff": (ALICE, SIGNOFF_NAMESPACE), "close": (BOB, CLOSE_NAMESPACE)}[kind]
    whole = whole_pack(tmp_path)
    (whole.folder / guide.NAME).unlink()
    (path,) = (whole.folder / "review").glob(f"*.{kind}*.json")
    outcome = (whole.folder / verify_pack.OUTCOME).read_bytes()
    before, broken = path.read_bytes(), list[bool]()
    for what, changed in list(_mutants(json.loads(before)))[::SIGNED]:
        with suppress(GonogoError):  # what cannot be written
            data = dumps(changed)
            overwrite(path, data)
            overwrite(path.with_name(f"{path.name}.sig"), person.sign(data, namespace))
            if kind == "signoff":
                said = dsse.parse(outcome).payload.replace(digest_of(before).encode(), digest_of(data).encode())
                overwrite(whole.folder / verify_pack.OUTCOME, envelope(said, ENGINE))
            ours, theirs = (code == verify_pack.ORDER[0] for code in whole.exits())
            assert ours == theirs, (what, whole.codes())
            broken.append(ours)
    assert {True, False} == set(broken)
