"""The stranger's single file against gonogo's own verify: the same codes and exits wherever it has a say."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gonogo_evidence import dsse, verify_pack
from gonogo_evidence.canonical import dumps
from gonogo_evidence.verify import attestations
from gonogo_evidence.verify import verify_pack as gonogo
from gonogo_evidence.verify.report import ORDER
from support.attested import Person, decided_pack
from support.packs import edit_json, gate, overwrite, reseal, sample_pack
from support.stranger import arguments, bring, codes, main, report_of, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gonogo_evidence.ids import JSON

FILE = Path(verify_pack.__file__)
KEY, OTHER = (dsse.load(dsse.new_engine_key()) for _ in range(2))
NAME = "EVP-4BM2-L0-20260109-001"
NOT_ITS_SAY = {"authentic.single-file", "authentic.guide"}
"""Checks of gonogo's that the single file says it does not make."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a decided pack, and beside it what a verifier brings."""
    folder = tmp_path_factory.mktemp("stranger")
    person = Person.new(folder / "keys", "alice@example.org")
    bring(folder, KEY, person)
    decided_pack(folder / NAME, KEY, person)
    return folder


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """One's own copy of all of it; returns the pack."""
    shutil.copytree(place, tmp_path / "copy")
    return tmp_path / "copy" / NAME


def test_a_whole_pack_passes_in_a_process_of_nothing_but_python(place: Path) -> None:
    code, report = run(arguments(place / NAME))
    assert (code, report["authentic"], report["verdict"], report["decision"]) == (0, "PASS", "PASS", "PASS")
    assert report["not_checked"] == [
        "authentic.attestations",
        "authentic.single-file",
        "decision.signed",
    ]
    assert all(check["limit"] for check in report["checks"] if check["code"] == "NOT_CHECKED")
    assert [check["code"] for check in report["checks"] if check["id"] == "authentic.attestations"] == [
        *["OK"] * 5,
        "NOT_CHECKED",
    ]


def test_without_what_a_verifier_brings_the_limits_are_stated_and_nobody_is_believed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = main(place / NAME, capsys, signers=False, key=False)
    assert (code, report["authentic"], report["decision"]) == (3, "PASS", "INCONCLUSIVE")
    assert codes(report) == {"ENGINE_KEY_UNKNOWN", "INDEX_ABSENT", "TRUST_MISSING"}
    code, report = main(place / NAME, capsys, signers=True, key=False)
    assert (code, report["decision"]) == (3, "INCONCLUSIVE"), "nobody vouches for quorum and separation of duties"


def test_the_human_form_is_ascii_and_says_what_was_not_checked(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_pack.main(arguments(place / NAME)) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.splitlines()[-1].startswith("authentic PASS, verdict PASS, decision PASS; exit 0")
    assert "?    authentic.attestations" in out


def _agree(pack: Path, capsys: pytest.CaptureFixture[str], what: object) -> int:
    """Both look; returns gonogo's exit code, over the checks that both make."""
    stranger = verify_pack.main([*arguments(pack, signers=False), "--json"])
    theirs = json.loads(capsys.readouterr().out)
    ours = gonogo(pack, engine_keys=[KEY.public_key()])
    shared = [check for check in ours.checks if check.id not in NOT_ITS_SAY]
    exits = {check.exit for check in shared}
    expected = next(code for code in ORDER if code in {*exits, 3})  # without who may sign: TRUST_MISSING
    assert stranger == expected, (what, codes(theirs), [(c.id, c.code) for c in shared if c.verdict != "PASS"])
    both = {check.id for check in shared} - {attestations.ID}
    said = {(c["id"], c["code"]) for c in theirs["checks"] if c["verdict"] == "FAIL" and c["id"] in both}
    assert said == {(c.id, c.code) for c in shared if c.verdict == "FAIL" and c.id in both}, what
    return next(code for code in ORDER if code in exits)


VOUCHED: dict[str, JSON] = {
    "provenance": "sealed",
    "run_id": "R",
    "pack_id": "EVP",
    "pack_digest": "0" * 64,
    "transcripts": 2,
}


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (VOUCHED, None),
        ({"provenance": "unproven", "transcripts": 2}, "REPLAY_UNPROVEN"),
        ({**VOUCHED, "provenance": "trust me"}, "REPLAY_UNPROVEN"),
        ({**VOUCHED, "run_id": ""}, "REPLAY_UNPROVEN"),
        ({**VOUCHED, "pack_digest": 5}, "REPLAY_UNPROVEN"),
        ("sealed", "REPLAY_UNPROVEN"),
        (None, "REPLAY_UNPROVEN"),
    ],
)
def test_of_a_replay_both_say_whether_anybody_vouches_for_its_transcripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], record: JSON, code: str | None
) -> None:
    pack = sample_pack(tmp_path / NAME).folder
    edit_json(pack / "environment.json", {"mode": "replay", "observed": {"execution": {"replay": record}}})
    reseal(pack)
    report = gonogo(pack)
    (ours,) = [check for check in report.checks if check.id == "authentic.replay"]
    _, told = main(pack, capsys, signers=False, key=False)
    theirs = {check["code"] for check in told["checks"] if check["id"] == "authentic.replay"}
    assert (ours.code, ours.limit, report.verdict("authentic")) == (code or "OK", code is not None, "PASS")
    assert theirs == {code or "OK"}
    assert ("run R" in str(ours.evidence)) == (code is None)
    assert ("provenance: unproven" in str(ours.evidence)) == (code is not None)


def _files(pack: Path) -> Iterator[Path]:
    yield from (path for path in sorted(pack.rglob("*")) if path.is_file() and path.parent.name != "attestations")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of mutants: their signatures are checked without starting openssl, which other tests do."""

    def ed25519(_: object, key: bytes, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    monkeypatch.setattr(verify_pack.Tools, "ed25519", ed25519)


@pytest.mark.usefixtures("quick")
def test_one_flipped_bit_anywhere_gives_the_same_answer(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sign-offs are left to the test of signatures: gonogo's policies floor looks at them."""
    chance = random.Random(4711)  # noqa: S311 - a test's sample
    for path in _files(copy):
        if "signoff" in path.name:
            continue
        whole = path.read_bytes()
        for offset in {len(whole) - 1, chance.randrange(len(whole))}:
            flipped = bytearray(whole)
            flipped[offset] ^= 1 << chance.randrange(7)
            overwrite(path, bytes(flipped))
            assert _agree(copy, capsys, (path.name, offset, bytes(flipped[offset : offset + 1]))) == 6
        for mutant in chance.sample([whole + b"\n", whole[:-1], b"", b"{}", b"null", b"[]", b"\xff", b"[" * 3000], 3):
            overwrite(path, mutant)
            assert _agree(copy, capsys, (path.name, mutant[-20:])) == 6
        overwrite(path, whole)
    assert _agree(copy, capsys, "restored") == 0


@pytest.mark.usefixtures("quick")
def test_no_file_can_be_taken_away(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in _files(copy):
        hidden = path.rename(copy.parent / "elsewhere")
        assert _agree(copy, capsys, path.name) == (0 if path.name == "outcome.json" else 6)
        hidden.rename(path)


STRANGERS: dict[str, Callable[[Path], object]] = {
    "unlisted": lambda pack: (pack / "note.txt").write_bytes(b""),
    "hidden": lambda pack: (pack / ".hidden").write_bytes(b""),
    "not utf-8": lambda pack: Path(os.fsdecode(os.fsencode(pack) + b"/\xff")).write_bytes(b""),
    "empty folder": lambda pack: (pack / "extra").mkdir(),
    "empty folder below": lambda pack: (pack / "data/extra").mkdir(),
    "folder in review": lambda pack: (pack / "review/extra").mkdir(),
    "index": lambda pack: (pack / "index").mkdir(),
    "folder in index": lambda pack: (pack / "index/a").mkdir(parents=True),
    "guide is a folder": lambda pack: (pack / "VERIFY.md").mkdir(),
    "link": lambda pack: (pack / "data/link").symlink_to("logs/log.jsonl"),
    "link as index": lambda pack: (pack / "index").symlink_to("data"),
    "pipe": lambda pack: os.mkfifo(pack / "data/pipe"),
    "case": lambda pack: (pack / "summary.md").write_bytes(b""),
    "review file": lambda pack: (pack / "review/more.txt").write_bytes(b""),
    "half a sign-off": lambda pack: (pack / "review/a-1.signoff.json.sig").write_bytes(b""),
    "name in review": lambda pack: (pack / "review/a b").write_bytes(b""),
    "link in the place of a file": lambda pack: (
        (pack / "seal.json")
        .rename(pack.parent / "moved")
        .parent.joinpath(pack.name, "seal.json")
        .symlink_to("../moved")
    ),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_both_close_the_world_alike(copy: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    STRANGERS[kind](copy)
    assert _agree(copy, capsys, kind) == 6


RESEALED: dict[str, tuple[Callable[[Path], object], int]] = {
    "nothing": (lambda _: None, 0),
    "a place that packs do not have": (lambda pack: (pack / "core/more.json").write_bytes(b"x"), 6),
    "without its summary": (lambda pack: (pack / "SUMMARY.md").unlink(), 6),
    "undescribed payload": (lambda pack: (pack / "data/more.txt").write_bytes(b"x"), 6),
    "payload of another size": (lambda pack: _described(pack, size=7), 6),
    "payload of another digest": (lambda pack: _described(pack, sha256="0" * 64), 6),
    "payload that is not there": (lambda pack: _described(pack, path="data/none"), 6),
    "another verdict": (lambda pack: edit_json(pack / "core/pack.json", {"verdict": "FAIL"}), 6),
    "another layer": (lambda pack: edit_json(pack / "core/pack.json", {"layer_id": "L1"}), 1),
    "no gate": (lambda pack: edit_json(pack / "core/validator-report.json", {"gates": []}), 6),
    "a gate over nothing": (
        lambda pack: edit_json(pack / "core/validator-report.json", {"gates": [gate(checked=0)]}),
        6,
    ),
}


def _described(pack: Path, **changes: str | int) -> None:
    listed = json.loads((pack / "environment.json").read_bytes())["data_files"]
    edit_json(pack / "environment.json", {"data_files": [{**listed[0], **changes}, *listed[1:]]})


@pytest.mark.parametrize("kind", RESEALED)
def test_both_see_through_a_pack_that_was_sealed_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    change, expected = RESEALED[kind]
    pack = sample_pack(tmp_path / NAME).folder
    (tmp_path / "engine.pub").write_bytes(dsse.public_pem(KEY))
    change(pack)
    reseal(pack)
    assert _agree(pack, capsys, kind) == expected


@pytest.mark.parametrize("verdict", ["FAIL", "INCONCLUSIVE"])
def test_a_run_that_did_not_pass_does_not_pass_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verdict: str
) -> None:
    gates = [gate(), gate("B", verdict)]
    sealed = sample_pack(tmp_path / NAME, verdict=verdict, criteria=[], core={"validator_report": report_of(gates)})
    (tmp_path / "engine.pub").write_bytes(dsse.public_pem(KEY))
    assert _agree(sealed.folder, capsys, verdict) == {"FAIL": 1, "INCONCLUSIVE": 3}[verdict]


def test_the_envelopes_of_the_engine_are_checked_by_openssl(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = copy / "attestations/verdict.dsse.json"
    whole = json.loads(path.read_bytes())
    claimed = dsse.sign("application/vnd.in-toto+json", dsse.parse(path.read_bytes()).payload, OTHER)
    forged = {
        **json.loads(claimed),
        "signatures": [{**json.loads(claimed)["signatures"][0], "keyid": dsse.key_id(KEY.public_key())}],
    }
    for body, code in ((forged, "DSSE_BAD_SIGNATURE"), ({**whole, "payloadType": "text/plain"}, "DSSE_BAD_SIGNATURE")):
        overwrite(path, dumps(body))
        _, report = main(copy, capsys)
        assert (report["exit_code"], code in codes(report)) == (6, True)
    said = json.loads(dsse.parse(dumps(whole)).payload)
    said["subject"][0]["digest"]["sha256"] = "0" * 64
    overwrite(path, dsse.sign("application/vnd.in-toto+json", dumps(said), KEY))
    assert "ATTESTATION_DIFFERS" in codes(main(copy, capsys)[1])
    path.rename(path.with_name("test-result-x.dsse.json"))
    assert "ATTESTATION_MISSING" in codes(main(copy, capsys)[1])


def test_another_engines_key_is_a_stated_limit_and_no_key_is_bad_input(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy.parent / "engine.pub").write_bytes(dsse.public_pem(OTHER))
    code, report = main(copy, capsys)
    assert (code, codes(report)) == (3, {"ENGINE_KEY_UNKNOWN", "INDEX_ABSENT"})
    (copy.parent / "engine.pub").write_bytes(b"no key")
    assert verify_pack.main(arguments(copy)) == 2
    assert "ENGINE_PUBLIC_KEY_UNREADABLE" in capsys.readouterr().out


@pytest.mark.parametrize("tool", ["openssl", "ssh-keygen"])
def test_a_tool_that_is_missing_or_lies_is_inconclusive(place: Path, tmp_path: Path, tool: str) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    other = {"openssl": "ssh-keygen", "ssh-keygen": "openssl"}[tool]
    (bin_folder / other).symlink_to(str(shutil.which(other)))
    code, report = run(arguments(place / NAME), PATH=str(bin_folder))
    assert (code, "TOOL_MISSING" in codes(report)) == (3, True)
    for lie in ("exit 0", "exit 1"):
        (bin_folder / tool).write_text(f"#!/bin/sh\ncat > /dev/null\n{lie}\n")
        (bin_folder / tool).chmod(0o755)
        code, report = run(arguments(place / NAME), PATH=f"{bin_folder}:/bin")
        assert (code, "TOOL_UNUSABLE" in codes(report)) == (3, True), lie
        assert not [
            c
            for c in report["checks"]
            if c["verdict"] == "PASS"
            and "signed" in c["evidence"]
            and c["area"] == {"openssl": "authentic", "ssh-keygen": "decision"}[tool]
        ]


def test_what_cannot_be_read_is_said_without_a_traceback(place: Path, tmp_path: Path) -> None:
    for words in (
        [str(tmp_path / "none")],
        [str(tmp_path)],
        [str(place / NAME), "--engine-key", str(tmp_path / "none")],
        [str(place / NAME), "--allowed-signers", str(tmp_path)],
    ):
        code, report = run(words)
        assert (code, [check["verdict"] for check in report["checks"]]) == (2, ["FAIL"]), words
    with pytest.raises(SystemExit) as wrong:
        verify_pack.main([str(place / NAME), "--at", "yesterday"])
    assert wrong.value.code == 2
