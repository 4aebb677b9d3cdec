"""Mutants that only somebody with every key can make: all digests and signatures hold, and what they cover is wrong.

The pack digest that the stranger is told is then the insider's own. No tool for bytes, envelopes or logs can see these.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import rfc8785

from gonogo_evidence import dsse, guide
from gonogo_evidence.attest import FOLDER
from gonogo_evidence.index import Entry, open_log, open_writer, placed, sign
from gonogo_evidence.pack import read_sealed
from gonogo_evidence.statement import SIGNOFF_NAMESPACE, Decision, SignoffStatement
from gonogo_evidence.verify import open_pack
from support.attested import attested_pack, closed, committed, envelope, signed
from support.logs import ENGINE, TIME, runs, signer
from support.packs import PACK_ID, RUN_ID, duty, gate, gates, overwrite, reseal, sample_review
from support.stranger import report_of
from support.whole import ALICE, BOB, OTHER_ID

Make: TypeAlias = Callable[[Path], Path]
"""Makes the pack in a folder; returns the pack's."""


def made(
    place: Path,
    *,
    attesting: Callable[[Path], object] = lambda _: None,
    outcome: Decision = "GO-WITH-CONDITIONS",
    more: dict[str, Any] | None = None,
    signing: Callable[[SignoffStatement], SignoffStatement] = lambda one: one,
    closing: bool = True,
    logged: dict[str, Any] | None = None,
    **changes: Any,  # noqa: ANN401 - as ``sample_pack`` takes them
) -> Path:
    """A whole pack with all keys. ``attesting`` changes what is attested before it is sealed."""
    folder = attested_pack(place / PACK_ID, ENGINE, **changes).folder
    attesting(folder)
    reseal(folder)
    sealed = read_sealed(folder)
    sample_review(sealed, ENGINE, engine_pub=dsse.public_pem(ENGINE))
    statement = _resigned(folder, signing, signed(sealed, ALICE, "GO-WITH-CONDITIONS"))
    committed(sealed, ENGINE, outcome, statement)
    if closing:
        closed(sealed, BOB, statement)
    details = {"core_digest": sealed.core_digest, "verdict": "PASS"}
    fields: dict[str, Any] = {"run_id": RUN_ID, "subject": sealed.pack_id, "digest": sealed.pack_digest}
    _logged(place / "log", folder, Entry(kind="pack", time=TIME, details=details, **(fields | (logged or {}))))
    (folder / guide.NAME).write_bytes(guide.render(open_pack(folder)))
    if more is not None:
        _said_more(folder / "review/outcome.json", more)
    return folder


def _enveloped(payload: bytes) -> bytes:
    return envelope(payload, ENGINE)


def _resigned(folder: Path, change: Callable[[SignoffStatement], SignoffStatement], statement: bytes) -> bytes:
    (path,) = (folder / "review").glob("*.signoff.json")
    said = change(SignoffStatement.from_bytes(statement)).to_bytes()
    overwrite(path, said)
    overwrite(path.with_name(f"{path.name}.sig"), ALICE.sign(said, SIGNOFF_NAMESPACE))
    return said


def _logged(log_folder: Path, pack: Path, entry: Entry) -> None:
    with open_writer(log_folder, signer()) as writer:
        *_, number = writer.append([*runs(1, 2), sign(entry, ENGINE)])
    with open_log(log_folder) as log:
        files = {placed.ENTRY: log.entry(number).envelope, placed.PROOF: log.prove(number).to_bytes()}
    placed.place(pack, files)


def _said_more(path: Path, more: dict[str, Any]) -> None:
    """The engine's outcome says something that RFC 8785 allows and this pack format does not."""
    statement = json.loads(dsse.parse(path.read_bytes()).payload)
    statement["predicate"] |= more
    overwrite(path, _enveloped(rfc8785.dumps(statement)))


def _without_an_attestation(folder: Path) -> None:
    (folder / FOLDER / "test-result-Lint-Gate.dsse.json").unlink()


def _another_statement(folder: Path) -> None:
    """A statement about the right files which says that the run failed, where the core says that it passed."""
    path = folder / FOLDER / "test-result-Lint-Gate.dsse.json"
    overwrite(path, _enveloped(dsse.parse(path.read_bytes()).payload.replace(b'"PASSED"', b'"FAILED"')))


def _loose_statement(folder: Path) -> None:
    path = folder / FOLDER / "verdict.dsse.json"
    overwrite(path, _enveloped(json.dumps(json.loads(dsse.parse(path.read_bytes()).payload), indent=1).encode()))


FAILED = report_of([gate(verdict="FAIL"), *gates()[1:]])
NOTHING_CHECKED = report_of([gate(checked=0), gate("tests (3.11)", checked=0, unit="tests")])
INSIDERS: dict[str, Make] = {
    "a PASS over a hard gate that failed": lambda place: made(place, core={"validator_report": FAILED}),
    "a PASS of gates that checked nothing": lambda place: made(place, core={"validator_report": NOTHING_CHECKED}),
    "a PASS over a duty that failed": lambda place: made(place, execution=duty("FAIL", outputs=[])),
    "a required field left empty": lambda place: made(place, run_reason=""),
    "a fraction in the outcome": lambda place: made(place, more={"share": 0.5}),
    "a letter in two parts in the outcome": lambda place: made(place, more={"note": "u\u0308"}),
    "a key outside ASCII in the outcome": lambda place: made(place, more={"\u00fc": 1}),
    "an attestation left out": lambda place: made(place, attesting=_without_an_attestation),
    "an attestation that says otherwise": lambda place: made(place, attesting=_another_statement),
    "a statement with indentation": lambda place: made(place, attesting=_loose_statement),
    "an outcome that nobody signed": lambda place: made(place, outcome="GO"),
    "a sign-off that had expired": lambda place: made(
        place, signing=lambda one: dataclasses.replace(one, not_after="2026-01-09T10:45:00Z")
    ),
    "a sign-off for another run": lambda place: made(
        place, signing=lambda one: dataclasses.replace(one, run_id=type(one.run_id)("20260109-101500-ffffff"))
    ),
    "an entry about another run": lambda place: made(place, logged={"run_id": "20260109-101500-ffffff"}),
    "an entry that names another pack": lambda place: made(place, logged={"subject": OTHER_ID}),
}
