"""``index/`` in a pack: what verify says of good ones, of missing ones, and of every change to one.

Whatever is asked of gonogo here is asked of ``verify_pack.py`` too, and both give the same codes.
"""

from __future__ import annotations

import base64
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo_evidence import dsse, verify_pack
from gonogo_evidence.canonical import dumps
from gonogo_evidence.errors import GonogoError
from gonogo_evidence.index import KINDS, Entry, Signer, open_log, open_writer, placed, sign
from gonogo_evidence.seal import PAYLOAD_TYPE
from gonogo_evidence.verify import open_pack
from gonogo_evidence.verify.index import check
from gonogo_evidence.verify.report import of_error
from support import mutants_json
from support.logs import ENGINE, TIME, key, runs, signer
from support.packs import PACK_ID, RUN_ID, overwrite, sample_pack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gonogo_evidence.ids import JSON
    from gonogo_evidence.index import VerifierKey
    from gonogo_evidence.pack import Sealed
    from gonogo_evidence.verify import Check

pytestmark = pytest.mark.fast

STRANGE: dict[str, list[JSON]] = {
    "kind": [*(kind for kind in KINDS if kind != "pack"), "PACK", "", None, 7, [], {}],
    "run_id": [None, "", 7, "20260109-101500-A1B2C3", f"{RUN_ID}\n", "\u0662" + RUN_ID[1:]],
    "time": ["2026-1-9T10:15:00Z", "2026-02-30T10:15:00Z", "2026-01-09T10:15:60Z", "", None, f"{TIME}\n", "2026-01-09"],
    "details": [None, {}, [], {"core_digest": "0" * 64, "verdict": "PASS"}],
}
KEYS = (signer().verifier,)
ENGINES = (ENGINE.public_key(),)


@dataclass(frozen=True)
class Indexed:
    """A pack with its place in a log."""

    sealed: Sealed
    folder: Path

    def file(self, name: str) -> Path:
        return self.folder / "index" / name


def _entry(sealed: Sealed, **changes: object) -> Entry:
    fields: dict[str, object] = {
        "kind": "pack",
        "run_id": RUN_ID,
        "time": TIME,
        "subject": sealed.pack_id,
        "digest": sealed.pack_digest,
        "details": {"core_digest": sealed.core_digest, "verdict": "PASS"},
        **changes,
    }
    return Entry(**fields)  # type: ignore[arg-type]


def _place(sealed: Sealed, log_folder: Path, entry: Entry, by: Signer | None = None) -> None:
    with open_writer(log_folder, by or signer()) as writer:
        *_, number = writer.append([*runs(1, 2), sign(entry, ENGINE)])
    with open_log(log_folder) as log:
        files = {"entry.json": log.entry(number).envelope, "entry.tlog-proof": log.prove(number).to_bytes()}
    placed.place(sealed.folder, files)
    assert placed.same(sealed.folder, files)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    folder = tmp_path_factory.mktemp("indexed")
    sealed = sample_pack(folder / PACK_ID)
    _place(sealed, folder / "log", _entry(sealed))
    return Indexed(sealed, sealed.folder)


class Tools(verify_pack.Tools):
    """The one file's tools without ``openssl``, which would be started thousands of times here."""

    def ed25519(self, key: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def _stranger(
    folder: Path, keys: Sequence[VerifierKey], engines: Sequence[Ed25519PublicKey]
) -> list[verify_pack.Finding]:
    """What the one file says of the same folder, by the same keys."""
    logs = verify_pack.log_keys("".join(f"{one.line}\n" for one in keys).encode()) if keys else []
    known = {dsse.key_id(one): one.public_bytes_raw() for one in engines}
    brought = verify_pack.Given(known, [], datetime(2026, 2, 1, tzinfo=UTC), logs, {})
    found: list[verify_pack.Finding] = []
    try:
        found.extend(verify_pack.index(verify_pack.Pack(folder), Tools(folder), brought))
    except verify_pack.Finding as problem:
        found.append(problem)
    return found


def _checks(
    folder: Path, keys: Sequence[VerifierKey] = KEYS, engines: Sequence[Ed25519PublicKey] = ENGINES
) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(check(open_pack(folder), keys, engines, only_these=bool(keys)))
    except GonogoError as error:
        found.append(of_error("authentic.index", error, area="authentic"))
    theirs = [(one.code, one.exit_code) for one in _stranger(folder, keys, engines)]
    assert [(one.code, one.exit) for one in found] == theirs
    return found


def _bad(folder: Path) -> set[str]:
    return {one.code for one in _checks(folder) if one.verdict != "PASS" and not one.limit}


def test_a_good_one_passes(good: Indexed) -> None:
    assert [one.verdict for one in _checks(good.folder)] == ["PASS", "PASS"]


def test_nothing_brought_are_stated_limits(good: Indexed) -> None:
    checks = _checks(good.folder, (), ())
    assert {(one.code, one.limit) for one in checks} == {("ENGINE_KEY_UNKNOWN", True), ("INDEX_KEY_UNKNOWN", True)}


def test_another_key_of_the_same_log_is_refused(good: Indexed) -> None:
    checks = _checks(good.folder, (Signer(signer().name, key(8)).verifier,))
    assert [(one.code, one.exit) for one in checks if one.verdict != "PASS"] == [("NOTE_UNSIGNED", 5)]


def test_whatever_an_entry_says_under_a_good_signature_both_say_the_same_of_it(good: Indexed, tmp_path: Path) -> None:
    copy = tmp_path / good.folder.name
    shutil.copytree(good.folder, copy)
    statement = _entry(good.sealed).statement()
    changed = [one for _, one in mutants_json.changes(statement)]
    predicate = cast("dict[str, JSON]", statement["predicate"])
    for name, values in STRANGE.items():
        changed += [{**statement, "predicate": {**predicate, name: value}} for value in values]
    for one in changed:
        overwrite(copy / "index/entry.json", dsse.sign(PAYLOAD_TYPE, dumps(one), ENGINE))
        assert _bad(copy) & {"INDEX_ENTRY_MALFORMED", "INDEX_OTHER_PACK", "INDEX_NOT_INCLUDED"}, one


def test_the_checkpoint_of_another_log_than_those_that_were_named_is_broken(good: Indexed) -> None:
    checks = _checks(good.folder, (signer(9).verifier,))
    assert [(one.code, one.exit) for one in checks if one.verdict != "PASS"] == [("INDEX_FOREIGN_LOG", 6)]
    assert _checks(good.folder, (signer(9).verifier, *KEYS))[-1].verdict == "PASS", "one of several is enough"
    (known_here,) = (one for one in check(open_pack(good.folder), (signer(9).verifier,), ENGINES) if one.code != "OK")
    assert (known_here.code, known_here.limit) == ("INDEX_KEY_UNKNOWN", True), "keys that happen to be known name none"


def test_no_index_is_a_stated_limit(tmp_path: Path) -> None:
    (one,) = _checks(sample_pack(tmp_path / PACK_ID).folder)
    assert (one.code, one.limit) == ("INDEX_ABSENT", True)


@pytest.mark.parametrize(
    "changes",
    [
        {"run_id": "20260109-101500-00000f"},
        {"subject": "EVP-4BM2-L0-20260109-777"},
        {"digest": "0" * 64},
        {"details": {"core_digest": "0" * 64, "verdict": "PASS"}},
        {"kind": "intent", "details": {}},
    ],
)
def test_the_entry_of_another_pack(tmp_path: Path, changes: dict[str, object]) -> None:
    sealed = sample_pack(tmp_path / PACK_ID)
    _place(sealed, tmp_path / "log", _entry(sealed, **changes))
    assert _bad(sealed.folder) == {"INDEX_OTHER_PACK"}


@pytest.mark.parametrize("name", ["entry.json", "entry.tlog-proof"])
def test_missing_emptied_linked_and_extra_files(good: Indexed, tmp_path: Path, name: str) -> None:
    for number, change in enumerate(("missing", "empty", "link", "extra")):
        folder = tmp_path / str(number) / PACK_ID
        shutil.copytree(good.folder, folder)
        file = folder / "index" / name
        if change == "extra":
            (folder / "index" / "more.txt").write_bytes(b"x")
        else:
            file.unlink()
        if change == "empty":
            file.write_bytes(b"")
        if change == "link":
            file.symlink_to(good.file(name))
        assert _bad(folder), change


@settings(max_examples=150)
@given(name=st.sampled_from(["entry.json", "entry.tlog-proof"]), data=st.data())
def test_no_single_changed_byte_is_accepted(good: Indexed, name: str, data: st.DataObject) -> None:
    file = good.file(name)
    before = file.read_bytes()
    at, bits = data.draw(st.integers(0, len(before) - 1)), data.draw(st.integers(1, 255))
    try:
        overwrite(file, before[:at] + bytes([before[at] ^ bits]) + before[at + 1 :])
        assert _bad(good.folder)
    finally:
        overwrite(file, before)


def test_the_proof_of_another_entry_and_a_proof_under_another_key(good: Indexed, tmp_path: Path) -> None:
    folder = tmp_path / PACK_ID
    shutil.copytree(good.folder, folder)
    with open_log(good.folder.parent / "log") as log:
        overwrite(folder / "index/entry.tlog-proof", log.prove(0).to_bytes())
    assert _bad(folder) == {"INDEX_NOT_INCLUDED"}
    stranger = base64.b64encode(sign(runs(1)[0].entry, key(9)).pem)
    known = base64.b64encode(runs(1)[0].pem)
    overwrite(folder / "index/entry.tlog-proof", good.file("entry.tlog-proof").read_bytes().replace(known, stranger))
    assert _bad(folder) == {"INDEX_ENTRY_MALFORMED"}
