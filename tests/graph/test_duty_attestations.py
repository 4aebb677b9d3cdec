"""Who did each duty is provable from the pack: workers' signatures, and whatever is changed about them is seen."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_agents.workers import NoIsolation, Workers
from gonogo_evidence import canonical, dsse
from gonogo_evidence.attest import duties
from gonogo_evidence.verify import duties as verify_duties
from gonogo_evidence.verify import verify_pack
from gonogo_evidence.verify.open import open_pack
from gonogo_graph.drive import carry_on
from gonogo_graph.engine import engine_public_keys, signer
from gonogo_graph.index_key import index_keys
from gonogo_graph.proof import pack_folder
from gonogo_graph.seats import seats
from gonogo_graph.session import open_session
from gonogo_graph.start import Options, start_run
from gonogo_graph.table import DUTIES
from gonogo_policies.packaged import packaged_config
from support.desk import make_desk
from support.quick import quick_world
from support.secrets_planted import planted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from gonogo_agents.workers import Crew
    from support.desk import Desk


@dataclass
class Made:
    """A run's pack, the engine's keys and hand."""

    pack: Path
    keys: Sequence[Ed25519PublicKey]
    sign: Callable[[bytes], bytes]
    workers: list[Any]


def made_by(crew: Crew, desk: Desk) -> Made:
    with open_session(quick_world(desk.environment()), desk.repo.path) as session, closing(crew):
        context = start_run(
            Options(layer="L0", reason="test", operator="ada"),
            world=session.world,
            places=session.places,
            repository=session.repository,
            store=session.store,
            defaults=packaged_config(),
        )
        carry_on(context, crew=crew)
        folder, keys = pack_folder(context), engine_public_keys(session.places)
        report = verify_pack(folder, engine_keys=keys, index_keys=index_keys(session.places))
        assert report.verdict("authentic") == "PASS"
        return Made(folder, keys, signer(session.places), [*seats(context)])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = make_desk(tmp_path_factory.mktemp("desk"))
    made.enrol()
    return made


@pytest.fixture(scope="module")
def made(desk: Desk) -> Made:
    return made_by(Workers(quick_world(desk.environment())), desk)


@pytest.fixture
def pack(made: Made, tmp_path: Path) -> Path:
    """A copy to spoil."""
    copy = shutil.copytree(made.pack, tmp_path / made.pack.name)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


def codes(pack: Path, keys: Sequence[Ed25519PublicKey]) -> set[str]:
    """What the one check says, whatever the digests of the seal say by now."""
    return {check.code for check in verify_duties.check(open_pack(pack), keys)}


def edit(path: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(path.read_bytes())
    change(document)
    path.write_bytes(canonical.dumps(document))


def test_nine_duties_are_signed(made: Made) -> None:
    (check,) = verify_duties.check(open_pack(made.pack), made.keys)
    assert (check.verdict, str(check.evidence)) == ("PASS", "9 duties were signed by their roles' workers.")
    assert {seat["role"] for seat in made.workers} == {duty.role for duty in DUTIES}


def test_the_table_of_the_evidence_floor_is_the_graphs() -> None:
    assert dict(duties.DUTIES) == {duty.writes: (duty.number, duty.role) for duty in DUTIES}


def test_a_run_without_workers_has_no_such_check(desk: Desk) -> None:
    made = made_by(NoIsolation(), desk)
    assert list(verify_duties.check(open_pack(made.pack), made.keys)) == []


def test_an_engine_key_that_nobody_brought_is_a_stated_limit(pack: Path) -> None:
    found = list(verify_duties.check(open_pack(pack), ()))
    assert {(check.code, check.limit) for check in found} == {("ENGINE_KEY_UNKNOWN", True)}


def _value(name: str) -> Callable[[Path], None]:
    return lambda pack: edit(pack / name, lambda document: document.update(note="changed"))


def _swap(pack: Path) -> None:
    one, two = (pack / "attestations" / duties.envelope_name(field) for field in ("gate_plan", "validation"))
    first = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(first)


def _take_all(pack: Path) -> None:
    for path in pack.rglob("*"):
        if duties.is_ours(path.name):
            path.unlink()


def _forge(pack: Path) -> None:
    path = pack / "attestations" / duties.envelope_name("inventory")
    path.write_bytes(dsse.sign(dsse.parse(path.read_bytes()).payload_type, dsse.parse(path.read_bytes()).payload, KEY))


KEY = dsse.new_engine_key()
SPOILT: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "a fact changed": (_value("core/inventory.json"), {"DUTY_ATTESTATION_DIFFERS"}),
    "an observation changed": (
        lambda pack: edit(pack / "environment.json", lambda one: one["observed"]["preflight_snapshot"].update(x=1)),
        {"DUTY_ATTESTATION_DIFFERS"},
    ),
    "a verdict changed": (
        lambda pack: edit(pack / "core/pack.json", lambda one: one["verdicts"].update(execution="FAIL")),
        {"DUTY_ATTESTATION_DIFFERS"},
    ),
    "another run": (
        lambda pack: edit(pack / "environment.json", lambda one: one.update(run_id="20260101-000000-abcdef")),
        {"DUTY_ATTESTATION_DIFFERS", "ROLE_KEYS_DIFFER"},
    ),
    "a level claimed": (
        lambda pack: edit(pack / "environment.json", lambda one: one.update(isolation="none")),
        {"DUTY_ISOLATION_DIFFERS"},
    ),
    "two envelopes swapped": (_swap, {"DUTY_ATTESTATION_DIFFERS", "ROLE_KEYS_DIFFER"}),
    "signed by nobody's key": (_forge, {"DUTY_KEY_FOREIGN", "ROLE_KEYS_DIFFER"}),
    "an envelope taken away": (
        lambda pack: (pack / "attestations" / duties.envelope_name("inventory")).unlink(),
        {"DUTY_ATTESTATION_MISSING", "ROLE_KEYS_DIFFER"},
    ),
    "the list taken away": (
        lambda pack: (pack / "attestations" / duties.KEYS).unlink(),
        {"ROLE_KEYS_MISSING", "DUTY_KEY_FOREIGN"},
    ),
    "all of them taken away": (_take_all, {"ROLE_KEYS_MISSING"}),
    "a review's record changed": (
        lambda pack: edit(pack / "review" / duties.record_name("pack"), lambda one: one["value"].update(files=1)),
        {"DUTY_ATTESTATION_DIFFERS"},
    ),
    "a review's words changed": (_value("review/risk-review.json"), {"DUTY_ATTESTATION_DIFFERS"}),
}


@pytest.mark.parametrize("name", sorted(SPOILT))
def test_what_is_changed_is_seen(made: Made, pack: Path, name: str) -> None:
    spoil, expected = SPOILT[name]
    spoil(pack)
    assert codes(pack, made.keys) - {"OK"} == expected


def test_a_key_of_another_role_is_no_key(made: Made, pack: Path) -> None:
    """Even where the engine signs the list: a worker answers for its own role alone."""
    folder = pack / "attestations"
    run_id = json.loads((pack / "environment.json").read_bytes())["run_id"]
    turned: list[Any] = [
        {**one, "role": one["role"].replace("FACTS_COLLECTOR", "RISK_OFFICER")} for one in made.workers
    ]
    envelopes = {path.name: path.read_bytes() for path in folder.glob("duty-*.dsse.json")}
    (folder / duties.KEYS).write_bytes(made.sign(duties.keys_statement(run_id, turned, envelopes)))
    assert codes(pack, made.keys) == {"DUTY_KEY_FOREIGN"}


def test_a_secret_that_was_replaced_excuses_a_missing_envelope_and_no_wrong_one(made: Made, pack: Path) -> None:
    edit(pack / "environment.json", lambda one: one.update({duties.REDACTED: ["inventory"]}))
    assert codes(pack, made.keys) == {"OK"}
    edit(pack / "core/inventory.json", lambda one: one.update(note="[redacted]"))
    assert codes(pack, made.keys) == {"DUTY_ATTESTATION_DIFFERS"}
    _take_all(pack)
    assert codes(pack, made.keys) == {"DUTY_REDACTED"}


def test_the_stand_alone_verifier_takes_them_and_sees_forged_ones(made: Made, pack: Path) -> None:
    from gonogo_evidence import verify_pack as alone

    given = alone.Given({}, [], datetime.now(UTC), [], {})
    keys = alone.engine_key((made.pack / "review" / "engine.pub").read_bytes())
    said = {one.code for one in alone.verify(made.pack, given._replace(keys=keys)) if one.id == "authentic.duties"}
    assert said == {"OK", alone.NOT_CHECKED}
    _forge(pack)
    said = {one.code for one in alone.verify(pack, given._replace(keys=keys)) if one.id == "authentic.duties"}
    assert {"DUTY_KEY_FOREIGN", "ROLE_KEYS_DIFFER"} <= said


def test_no_digest_of_a_text_with_a_secret_is_published(desk: Desk) -> None:
    """Who has the rest of the text could try out secrets against it."""
    run = desk.run(reason=planted()["github"][0])
    pack = Path(run["pack"])
    done = desk.json("verify", run["run_id"], "--authentic-only", code=0)
    assert {check["code"] for check in done["checks"] if check["id"] == "authentic.duties"} == {"DUTY_REDACTED"}
    around = json.loads((pack / "environment.json").read_bytes())
    assert around[duties.REDACTED] == ["scope_plan", "inputs"]
    results = pack.parent.parent / "results"
    digests = [canonical.digest_of((results / f"{name}.json").read_bytes()) for name in ("scope_plan", "inputs")]
    texts = b"".join(path.read_bytes() for path in pack.rglob("*") if path.is_file() and "logs" not in path.parts)
    payloads = b"".join(dsse.parse(path.read_bytes()).payload for path in pack.rglob("*.dsse.json"))
    assert [digest for digest in digests if digest.encode() in texts + payloads] == []
