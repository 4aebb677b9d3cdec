"""The evidence-pack gate: packs of every form that the commit holds, and only these; nothing found is no pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gonogo_evidence import p5b
from gonogo_evidence.ep_json import create_evidence_pack, save_evidence_pack
from gonogo_policies.gates import Declaration, PlanContext, make_gate
from gonogo_policies.listing import Listing
from support.gates import changed, surroundings
from support.packs import sample_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gonogo_policies.gates import GateResult

GATE = Declaration(
    "evidence-pack",
    "evidence",
    hard=True,
    trigger={
        "packs": ("**/evidence_packs/**/*.json", "**/evidence_packs/*/*/**", "**/evidence_pack.json", "**/seal.json")
    },
)
ROOT = "data/evidence_packs"


def ours(tree: Path) -> str:
    sample_pack(tree / ROOT / "EVP-1")
    return f"{ROOT}/EVP-1/core/pack.json"


def single(tree: Path) -> str:
    sample_pack(tree / ROOT / "EVP-1")
    return f"{ROOT}/EVP-1.json"


def old(tree: Path) -> str:
    """EP-JSON with the runbook's fields."""
    pack = create_evidence_pack("EVP-7", "Phase4B-M2", "L0", "RO", "1.0")
    place = tree / ROOT / "EVP-7.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    save_evidence_pack(pack, place)
    stored = json.loads(place.read_text())
    more = {"git_ref": "a" * 40, "run_reason": "r", "operator_id": "ada", "model_id": "m", "scope": "s"}
    place.write_text(json.dumps({**stored, **more, "capability_scope": "c", "run_logs": []}))
    return f"{ROOT}/EVP-7.json"


def pointers(tree: Path) -> str:
    (tree / "out/ops").mkdir(parents=True)
    (tree / "out/ops/a.json").write_text("{}")
    made = p5b.generate(
        tree / "out/ops",
        (tree / "out/ops/a.json",),
        tree / "out/ops/evidence_packs",
        pack_id="7",
        created_at=p5b.PINNED,
    )
    return str(made.manifest.relative_to(tree.resolve()))


FORMS: dict[str, Callable[[Path], str]] = {"ours": ours, "single": single, "pointers": pointers}


def look(tree: Path, *paths: str, tracked: Callable[[str], bool] = bool) -> GateResult:
    context = surroundings(tree, GATE, changed(*paths))
    names = [str(one.relative_to(tree)) for one in sorted(tree.rglob("*")) if one.is_file()]
    object.__setattr__(context, "tracked", lambda: Listing({name: "" for name in names if tracked(name)}))
    return make_gate(GATE).run(context)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    place.mkdir()
    return place


@pytest.mark.parametrize("form", FORMS)
def test_a_valid_pack_of_each_form_passes(form: str, tree: Path) -> None:
    result = look(tree, FORMS[form](tree))
    assert (result.verdict, result.checked, result.unit, result.read_change) == ("PASS", 1, "packs", True), (
        result.findings
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_changed_byte_fails(form: str, tree: Path) -> None:
    path = FORMS[form](tree)
    victim = tree / ("out/ops/a.json" if form == "pointers" else path)
    victim.write_bytes(victim.read_bytes().replace(b"}", b" }", 1))
    result = look(tree, path)
    assert result.verdict == "FAIL"
    assert result.checked == 1
    assert {finding.path for finding in result.findings} == {result.files[0]}


def test_an_old_pack_without_the_runbooks_fields_fails_field_by_field(tree: Path) -> None:
    path = old(tree)
    stored = json.loads((tree / path).read_text())
    del stored["git_ref"]
    (tree / path).write_text(json.dumps(stored))
    result = look(tree, path)
    assert result.verdict == "FAIL"
    assert any("git_ref" in finding.message for finding in result.findings)


def test_each_pack_is_checked_once_whatever_of_it_changed(tree: Path) -> None:
    ours(tree)
    result = look(tree, f"{ROOT}/EVP-1/seal.json", f"{ROOT}/EVP-1/core/pack.json", f"{ROOT}/EVP-1.json")
    assert (result.verdict, result.files, result.checked) == ("PASS", (f"{ROOT}/EVP-1.json", f"{ROOT}/EVP-1"), 2)


def test_a_pack_that_is_no_file_of_the_commit_proves_nothing(tree: Path) -> None:
    path = ours(tree)
    result = look(tree, path, tracked=lambda name: not name.startswith(ROOT))
    assert (result.verdict, result.reason_code) == ("INCONCLUSIVE", "GATE_CHECKED_NOTHING")


@pytest.mark.parametrize(
    ("name", "content", "verdict"),
    [
        ("index_all.json", '{"packs": []}', "INCONCLUSIVE"),
        ("notes.json", "[1]", "INCONCLUSIVE"),
        ("EVP-9.json", "{", "FAIL"),
        ("EVP-9.json", "[]", "FAIL"),
        ("evidence_pack.json", "{", "FAIL"),
        ("any.json", '{"schema_id": "evidence_pack"}', "FAIL"),
        ("any.json", '{"evidence_pack_version": "2.0"}', "FAIL"),
        ("any.json", '{"meta": {"kind": "evidence_pack"}}', "FAIL"),
        ("any.json", '{"evidence_pack_id": "x", "phase_id": "y", "layer_id": "L9"}', "FAIL"),
    ],
)
def test_what_says_that_it_is_a_pack_is_judged_and_the_rest_is_none(
    name: str, content: str, verdict: str, tree: Path
) -> None:
    (tree / ROOT).mkdir(parents=True)
    (tree / ROOT / name).write_text(content)
    result = look(tree, f"{ROOT}/{name}")
    assert result.verdict == verdict
    assert bool(result.findings) == (verdict == "FAIL")


@pytest.mark.parametrize(
    ("path", "applies"),
    [
        (f"{ROOT}/EVP-1.json", True),
        (f"deleted:{ROOT}/EVP-1.json", False),
        (f"{ROOT}/README.md", False),
        ("src/evidence_pack.py", False),
        ("a/b/evidence_pack.json", True),
    ],
)
def test_when_it_applies(path: str, applies: bool) -> None:
    assert make_gate(GATE).applies(changed(path), PlanContext(None)).applies is applies
