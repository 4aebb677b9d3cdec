"""The stranger's single file on what people signed: gonogo's own codes, for what it judges."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from gonogo_evidence import dsse, verify_pack
from gonogo_evidence.canonical import dumps
from support.attested import Person, closed, committed, decided_pack, reviewed_pack, signed
from support.packs import edit_json, gate, overwrite
from support.stranger import arguments, bring, codes, main, report_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEY, OTHER = (dsse.load(dsse.new_engine_key()) for _ in range(2))
NAME = "EVP-4BM2-L0-20260109-001"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A decided pack with what a verifier brings beside it."""
    person = Person.new(tmp_path / "keys", "alice@example.org")
    bring(tmp_path, KEY, person)
    return decided_pack(tmp_path / NAME, KEY, person).folder


@pytest.fixture
def people(tmp_path: Path) -> tuple[Person, Person]:
    return Person.new(tmp_path / "keys", "alice@example.org"), Person.new(tmp_path / "keys", "bob@example.org")


def _held(tmp_path: Path, *people: Person, **changes: object) -> Any:  # noqa: ANN401 - a sealed pack
    bring(tmp_path, KEY, *people)
    return reviewed_pack(tmp_path / NAME, KEY, **changes)


def test_a_pack_waits_until_a_decision_is_committed(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = _held(tmp_path, *people)
    code, report = main(sealed.folder, capsys)
    assert (code, codes(report)) == (4, {"SIGNOFF_WAITS", "INDEX_ABSENT"})
    signed(sealed, people[0])
    in_time = [*arguments(sealed.folder), "--at", "2026-01-09T12:00:00Z", "--json"]
    assert verify_pack.main(in_time) == 4
    capsys.readouterr()
    assert "REQUEST_EXPIRED" in codes(main(sealed.folder, capsys)[1]), "judged now, long after"


def test_a_no_go_is_exit_1_and_conditions_wait_until_they_are_closed(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    alice, bob = people
    no = _held(tmp_path, alice)
    committed(no, KEY, "NO-GO", signed(no, alice, "NO-GO"))
    code, report = main(no.folder, capsys)
    assert (code, codes(report)) == (1, {"DECIDED_NO_GO", "INDEX_ABSENT"})
    shutil.rmtree(no.folder)
    sealed = _held(tmp_path, alice, bob)
    signoff = signed(sealed, alice, "GO-WITH-CONDITIONS")
    committed(sealed, KEY, "GO-WITH-CONDITIONS", signoff)
    assert (main(sealed.folder, capsys)[0], codes(main(sealed.folder, capsys)[1])) == (
        4,
        {"CONDITION_OPEN", "INDEX_ABSENT"},
    )
    closed(sealed, bob, signoff)
    assert main(sealed.folder, capsys)[0] == 0


def _resign(sealed: Any, person: Person, namespace: str, **changes: Any) -> None:  # noqa: ANN401 - a sealed pack
    path = sealed.folder / "review/a@b.c-1A2b3C4d.signoff.json"
    said = json.loads(path.read_bytes())
    predicate = {**said["predicate"], **{k: v for k, v in changes.items() if k in said["predicate"]}}
    body = dumps({**said, **{k: v for k, v in changes.items() if k in said}, "predicate": predicate})
    overwrite(path, body)
    overwrite(path.with_name(f"{path.name}.sig"), person.sign(body, namespace))


def _subject(sealed: Any, number: int) -> Any:  # noqa: ANN401 - a document
    said = json.loads((sealed.folder / "review/a@b.c-1A2b3C4d.signoff.json").read_bytes())
    said["subject"][number]["digest"]["sha256"] = "0" * 64
    return said["subject"]


def _junk(sealed: Any) -> None:  # noqa: ANN401 - a sealed pack
    path = sealed.folder / "review/a@b.c-1A2b3C4d.signoff.json.sig"
    overwrite(path, path.read_bytes() + b"\n")


SIGNOFFS: dict[str, tuple[Callable[[Any, Person, Person], object], int]] = {
    "SSHSIG_BAD": (
        lambda s, _a, _b: edit_json(s.folder / "review/a@b.c-1A2b3C4d.signoff.json", {"subject": _subject(s, 1)}),
        6,
    ),
    "SSHSIG_MALFORMED": (lambda s, _a, _b: _junk(s), 6),
    "SIGNATURE_NAMESPACE": (lambda s, a, _: _resign(s, a, "gonogo-close@v1"), 5),
    "SIGNER_UNTRUSTED": (lambda s, _, b: _resign(s, b, "gonogo-signoff@v1", principal="bob@example.org"), 5),
    "PRINCIPAL_MISMATCH": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", principal="bob@example.org"), 5),
    "SIGNOFF_OTHER_RUN": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", run_id="20260109-101500-ffffff"), 5),
    "SIGNOFF_STALE_PACK": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", subject=_subject(s, 0)), 5),
    "SIGNOFF_STALE_REVIEW": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", subject=_subject(s, 1)), 5),
    "SIGNOFF_FROM_THE_FUTURE": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", issued="2026-01-09T11:30:00Z"), 5),
    "STATEMENT_MALFORMED": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", predicateType="urn:x"), 6),
    "OUTCOME_DIFFERS": (lambda s, a, _: _resign(s, a, "gonogo-signoff@v1", request_id="other"), 6),
}


@pytest.mark.parametrize("code", SIGNOFFS)
def test_a_signoff_that_does_not_count_is_refused_under_gonogos_own_code(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str], code: str
) -> None:
    alice, bob = people
    sealed = _held(tmp_path, alice)
    committed(sealed, KEY, "GO", signed(sealed, alice))
    change, expected = SIGNOFFS[code]
    change(sealed, alice, bob)
    exit_code, report = main(sealed.folder, capsys)
    assert (exit_code, code in codes(report)) == (expected, True), codes(report)


def test_what_failed_is_released_by_nobody(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    gates = [gate(), gate("B", "INCONCLUSIVE")]
    sealed = _held(
        tmp_path, people[0], verdict="INCONCLUSIVE", criteria=[], core={"validator_report": report_of(gates)}
    )
    committed(sealed, KEY, "GO", signed(sealed, people[0]))
    code, report = main(sealed.folder, capsys)
    assert (code, "GO_NOT_RELEASABLE" in codes(report)) == (5, True)


def test_an_outcome_of_another_engine_or_of_nobody_is_broken(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = _held(tmp_path, people[0])
    committed(sealed, KEY, "GO")
    assert "OUTCOME_UNSIGNED" in codes(main(sealed.folder, capsys)[1])
    committed(sealed, OTHER, "GO", signed(sealed, people[0]))
    code, report = main(sealed.folder, capsys)
    assert (code, "OUTCOME_OTHER_ENGINE" in codes(report)) == (6, True)


def test_a_no_go_beside_a_go_is_left_to_the_policy(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    alice, bob = people
    sealed = _held(tmp_path, alice, bob)
    committed(sealed, KEY, "GO", signed(sealed, alice))
    signed(sealed, bob, "NO-GO", name="bob-1A2b3C4e")
    assert main(sealed.folder, capsys)[0] == 3


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ('* namespaces="gonogo-signoff@v1" {key}', "SIGNER_PATTERN", 5),
        ('!a@b.c namespaces="gonogo-signoff@v1" {key}', "SIGNER_PATTERN", 5),
        ("a@b.c {key}", "SIGNER_WITHOUT_NAMESPACE", 5),
        ("a@b.c", "SIGNER_LINE", 2),
        ('a@b.c,b@b.c namespaces="gonogo-signoff@v1" {key}', "SIGNER_SEVERAL", 5),
        ('a@b.c cert-authority,namespaces="gonogo-signoff@v1" {key}', "SIGNER_CERT_AUTHORITY", 5),
        ('a@b.c namespaces="*" {key}', "SIGNER_WITHOUT_NAMESPACE", 5),
        ('alice@example.org namespaces="git" {key}', "SIGNER_NAMESPACE", 5),
        ('alice@example.org namespaces="gonogo-signoff@v1",valid-before="20260101" {key}', "SIGNER_EXPIRED", 5),
        ('alice@example.org namespaces="gonogo-signoff@v1",valid-after="20260110" {key}', "SIGNER_NOT_YET_VALID", 5),
        ("# nobody", "TRUST_MISSING", 3),
    ],
)
def test_allowed_signers_are_read_as_strictly_as_gonogo_reads_them(
    copy: Path, capsys: pytest.CaptureFixture[str], line: str, code: str, exit_code: int
) -> None:
    brought = copy.parent / "allowed_signers"
    brought.write_text(line.replace("{key}", brought.read_text().split(" ", 2)[2]))
    found, report = main(copy, capsys)
    assert (found, code in codes(report)) == (exit_code, True), codes(report)


def test_a_recommendation_that_failed_stands_against_a_go(
    tmp_path: Path, people: tuple[Person, Person], capsys: pytest.CaptureFixture[str]
) -> None:
    from support.packs import recommendation, sample_review

    sealed = _held(tmp_path, *people)
    for result, code in (("FAIL", "FAIL_NOT_COVERED"), ("INCONCLUSIVE", "GO_NOT_RELEASABLE")):
        said = dumps(recommendation(result, "F-IDS"))
        sample_review(sealed, KEY, engine_pub=dsse.public_pem(KEY), recommendation_json=said)
        for path in (sealed.folder / "review").glob("*.signoff.json*"):
            path.unlink()
        (sealed.folder / "review/outcome.json").unlink(missing_ok=True)
        committed(sealed, KEY, "GO", signed(sealed, people[0]))
        assert code in codes(main(sealed.folder, capsys)[1])
