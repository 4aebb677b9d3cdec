"""Attestations: what the statements say, that they never say too much, and that any core gets them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import dsse
from gonogo_evidence.attest import SOURCES, attest, statements
from gonogo_evidence.attest.results import result_of
from gonogo_evidence.canonical import digest_of, dumps, loads_object
from gonogo_evidence.errors import IntegrityBroken
from gonogo_evidence.files import check_path
from gonogo_evidence.pack import build_core
from gonogo_evidence.seal import Entry, data_root
from support.packs import BASE, GIT_REF, core_fields, core_files, environment, gate, gates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gonogo_evidence.ids import JSON

pytestmark = pytest.mark.fast

KEY = dsse.load(dsse.new_engine_key())
DATA: list[JSON] = [
    {"path": "data/logs/log.jsonl", "sha256": "1" * 64, "size": 3, "media_type": "application/jsonl"},
    {"path": "data/report.json", "sha256": "2" * 64, "size": 4, "media_type": "application/json"},
]


def _files(
    *, gates: list[JSON] | None = None, around: Mapping[str, JSON] | None = None, **fields: JSON
) -> dict[str, bytes]:
    core = core_files() if gates is None else core_files(validator_report={"gates": gates})
    body = {**environment(), "data_files": DATA, **(around or {})}
    return {**build_core(core_fields(**fields), core), "environment.json": dumps(body)}


def _said(files: Mapping[str, bytes], name: str) -> Any:  # noqa: ANN401 - a document of any shape
    return json.loads(statements(files)[f"{name}.dsse.json"])


def test_one_statement_for_the_run_one_a_gate_and_one_for_the_verdict() -> None:
    made = statements(_files())
    assert list(made) == [
        "provenance.dsse.json",
        "test-result-Lint-Gate.dsse.json",
        "test-result-tests-3.11.dsse.json",
        "test-result-Policy-Critic-Gate.dsse.json",
        "verdict.dsse.json",
    ]
    for payload in made.values():
        said = loads_object(payload)
        assert set(said) == {"_type", "subject", "predicateType", "predicate"}
        assert said["_type"] == "https://in-toto.io/Statement/v1"


def test_the_provenance_names_what_was_asked_read_and_made() -> None:
    files = _files(dataset_snapshot_id="s3://b/x y", root_commit="ab" * 20)
    said = _said(files, "provenance")
    definition, details = said["predicate"]["buildDefinition"], said["predicate"]["runDetails"]
    assert (said["predicateType"], definition["buildType"]) == (
        "https://slsa.dev/provenance/v1",
        "urn:gonogo:layer-run:v1",
    )
    asked = definition["externalParameters"]
    assert (asked["layer_id"], asked["git_ref"], asked["seed"]) == ("L0", GIT_REF, None)
    assert not {"config", "locks", "verdict", "run_id", "mode"} & set(asked)
    assert definition["internalParameters"]["mode"] == "smoke"
    read = {item["name"]: item for item in definition["resolvedDependencies"]}
    assert read["commit"]["digest"] == {"gitCommit": GIT_REF}
    assert read["commit"]["uri"] == f"urn:gonogo:repository:{'ab' * 20}"
    assert read["base"]["digest"] == {"gitCommit": BASE}
    assert read["dataset_snapshot"]["uri"] == "urn:gonogo:dataset-snapshot:s3%3A%2F%2Fb%2Fx%20y"
    assert read["config/layers.toml"]["annotations"] == {"kind": "config", "origin": "trust"}
    assert read["requirements/dev.txt"]["digest"] == {"sha256": digest_of(b"locks")}
    made = {item["name"]: item["digest"] for item in said["subject"]}
    assert {path: digest_of(files[path]) for path in SOURCES[:-1]} == {p: made[p]["sha256"] for p in SOURCES[:-1]}
    assert made["data/report.json"] == {"sha256": "2" * 64}
    entries = [Entry(str(i["path"]), str(i["sha256"]), int(i["size"])) for i in DATA]  # type: ignore[arg-type,call-overload,index]
    assert made["data"] == {"rfc6962Sha256": data_root(entries)}
    assert [item["name"] for item in details["byproducts"]] == ["environment.json", "data/logs/log.jsonl"]
    assert details["metadata"] == {
        "invocationId": "urn:gonogo:run:20260109-101500-a1b2c3",
        "startedOn": "2026-01-09T10:15:00Z",
        "finishedOn": "2026-01-09T10:15:09Z",
    }
    assert details["builder"]["version"]["gonogo"] == "0.1.0"


def test_very_many_payload_files_are_named_by_their_root_alone() -> None:
    many: list[JSON] = [{"path": f"data/{n}", "sha256": "3" * 64, "size": 1, "media_type": "x"} for n in range(501)]
    said = _said(_files(around={"data_files": many}), "provenance")
    assert [item["name"] for item in said["subject"]] == [*SOURCES[:-1], "data"]


@pytest.mark.parametrize(
    ("verdict", "checked", "expected"),
    [
        ("PASS", 1, "PASSED"),
        ("PASS", 0, "WARNED"),
        ("NOT_APPLICABLE", 0, "WARNED"),
        ("NOT_APPLICABLE", 9, "WARNED"),
        ("INCONCLUSIVE", 9, "FAILED"),
        ("FAIL", 9, "FAILED"),
        ("pass", 9, "FAILED"),
    ],
)
@pytest.mark.parametrize("hard", [True, False])
def test_the_four_words_of_a_gate_become_three(verdict: str, checked: int, expected: str, *, hard: bool) -> None:
    said = _said(_files(gates=[gate("G", verdict, checked=checked, hard=hard)]), "test-result-G")["predicate"]
    lists = {"PASSED": "passedTests", "WARNED": "warnedTests", "FAILED": "failedTests"}
    assert said["result"] == expected
    assert {name: said[name] for name in lists.values()} == {
        name: ["G"] if word == expected else [] for word, name in lists.items()
    }
    assert said["gonogo_gate"]["verdict"] == verdict


@given(st.text(), st.integers() | st.booleans() | st.none(), st.booleans())
def test_nothing_but_a_pass_over_something_is_ever_passed(word: str, checked: int | None, hard: bool) -> None:
    result = result_of({"name": "G", "verdict": word, "checked": checked, "hard": hard})
    really = word == "PASS" and type(checked) is int and checked > 0
    assert (result == "PASSED") == really


def test_a_gates_statement_is_about_the_commit_and_this_report() -> None:
    files = _files()
    said = _said(files, "test-result-Lint-Gate")
    assert said["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert said["subject"][0]["digest"] == {"gitCommit": GIT_REF}
    assert said["subject"][1]["digest"] == {"sha256": digest_of(files["core/validator-report.json"])}
    assert said["predicate"]["configuration"][0]["name"] == "core/run-plan.json"


def test_the_verdict_claims_a_pass_for_a_carried_pass_alone() -> None:
    said = _said(_files(), "verdict")
    assert said["predicateType"] == "https://in-toto.io/attestation/svr/v0.2"
    predicate = said["predicate"]
    assert predicate["verifier"]["id"] == "urn:gonogo:validator:v1"
    assert [item["name"] for item in predicate["verifier"]["policies"]] == ["config/gates.toml", "config/layers.toml"]
    assert predicate["timeCreated"] == "2026-01-09T10:15:09Z"
    assert predicate["properties"] == [
        "GONOGO_RUN_PASSED",
        "GONOGO_GATE_PASSED:Lint-Gate",
        "GONOGO_GATE_PASSED:tests-3.11",
    ]
    point: JSON = {"id": "ci.lint", "text": {}}
    for files in (
        _files(verdict="INCONCLUSIVE"),
        _files(verdict="FAIL"),
        _files(inconclusive=[point]),
        _files(gates=[]),
        _files(gates=[gate(read_change=False)]),
        _files(gates=[gate(hard=False)]),
        _files(gates=[gate(checked=0)]),
        _files(gates=[gate("G", "NOT_APPLICABLE")]),
    ):
        assert "GONOGO_RUN_PASSED" not in _said(files, "verdict")["predicate"]["properties"]
    assert _said(_files(config={}), "verdict")["predicate"]["verifier"]["policies"] == []
    assert _said(_files(inconclusive=[point]), "verdict")["predicate"]["gonogo_inconclusive"] == ["ci.lint"]


def test_no_gate_that_did_not_pass_has_a_property() -> None:
    found = [gate(word, word) for word in ("PASS", "FAIL", "INCONCLUSIVE", "NOT_APPLICABLE")]
    assert _said(_files(gates=[*found]), "verdict")["predicate"]["properties"] == [
        "GONOGO_RUN_PASSED",
        "GONOGO_GATE_PASSED:PASS",
    ]


@given(st.lists(st.text(max_size=130) | st.sampled_from(["a b", "A-b", "a/b", "\u00e4", "", "a-2"]), max_size=12))
def test_every_gate_has_a_name_of_its_own_that_is_safe_in_a_pack(names: list[str]) -> None:
    made = statements(_files(gates=[gate(dumps_safe(name)) for name in names]))
    assert len({name.casefold() for name in made}) == len(names) + 2
    for name in made:
        assert check_path(f"attestations/{name}").isascii()
        assert len(name) < 200


def dumps_safe(name: str) -> str:
    """A text that canonical JSON can hold."""
    import unicodedata

    return unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())


def test_the_same_sealed_files_give_the_same_bytes_and_others_give_others() -> None:
    files = _files()
    made = statements(files)
    assert made == statements(dict(reversed(files.items())))
    for path in SOURCES:
        body = dict(loads_object(files[path]))
        changed = statements({**files, path: dumps({**body, "zzz": 1})})
        assert changed["provenance.dsse.json"] != made["provenance.dsse.json"], path


def test_a_clock_or_host_changes_no_statement_about_a_gate() -> None:
    later = statements(_files(around={"finished": "2027-01-01T00:00:00Z", "host": {"name": "x"}}))
    now = statements(_files())
    assert {name for name in now if now[name] != later[name]} == {"provenance.dsse.json", "verdict.dsse.json"}


_any = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "PASS", "a b"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["path", "sha256", "size", "name", "verdict"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.data())
@settings(max_examples=60)
def test_any_core_gets_its_statements(data: st.DataObject) -> None:
    """A run whose inputs are nonsense is sealed too, and judged by others; it must not crash on its way there."""
    names = ["git_ref", "base", "config", "locks", "inconclusive", "dataset_snapshot_id", "root_commit", "verdict"]
    core = core_fields(**data.draw(st.dictionaries(st.sampled_from(names), _any, max_size=4)))
    for name in data.draw(st.sets(st.sampled_from([*core]))):
        del core[name]
    names = ["data_files", "tools", "run_id", "finished", "gonogo_version"]
    around = data.draw(st.dictionaries(st.sampled_from(names), _any, max_size=3))
    report = data.draw(_any | st.fixed_dictionaries({"gates": st.lists(_any, max_size=3)}))
    files = build_core(core, core_files(validator_report=report if isinstance(report, dict) else {}))
    made = statements({**files, "environment.json": dumps(around)})
    assert {"provenance.dsse.json", "verdict.dsse.json"} <= set(made)


def test_envelopes_lie_in_their_folder_and_carry_the_statements() -> None:
    files = _files()
    made = attest(files, lambda payload: dsse.sign("application/vnd.in-toto+json", payload, KEY))
    assert list(made) == [f"attestations/{name}" for name in statements(files)]
    for path, envelope in made.items():
        assert (
            dsse.verify(envelope, [KEY.public_key()]).payload == statements(files)[path.removeprefix("attestations/")]
        )


def test_a_source_that_is_not_canonical_is_refused() -> None:
    files = _files()
    with pytest.raises(IntegrityBroken):
        statements({**files, "core/pack.json": files["core/pack.json"] + b" "})


def test_a_run_without_gates_claims_none() -> None:
    assert list(statements(_files(gates=[]))) == ["provenance.dsse.json", "verdict.dsse.json"]
    assert len(statements(_files(gates=[*gates(), *gates()]))) == 8
