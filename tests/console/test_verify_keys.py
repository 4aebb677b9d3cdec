"""Keys that ended, have not begun, were taken back or are somebody else's: ``gonogo verify`` and ``verify_pack.py``.

Committed decisions are judged at the time of their commit, closes at their own, whatever ``--at`` says. The pack is the
golden one; only what the verifier brings is changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

from gonogo.main import main
from gonogo_agents.world import World
from gonogo_evidence import dsse, verify_pack
from gonogo_evidence.index import Signer
from support.logs import key, signer

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

Answer: TypeAlias = "tuple[int, AbstractSet[str]]"
"""Exit code, and the codes of what does not hold."""

GOLDEN = Path(__file__).parents[1] / "golden" / "0.1.0"
PACK = GOLDEN / "EVP-4BM2-L0-20260109-001"
ALICE, BOB = (GOLDEN / "allowed_signers").read_text().splitlines()
"""Alice signed, and it was committed on 2026-01-09 at 11:00; Bob closed the condition on 2026-01-12 at 09:00."""
LATER = "2030-01-01T00:00:00Z"


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Exit code and codes of gonogo, with keys, policy and a time that the verifier brings; the one file agrees."""

    def run(
        *signers: str, engine: bytes = b"", vkeys: str = "", at: str = "2026-02-01T00:00:00Z", lost: str = ""
    ) -> Answer:
        brought = {
            "--allowed-signers": "\n".join(signers or (ALICE, BOB)).encode() + b"\n",
            "--engine-key": engine or (GOLDEN / "engine.pub").read_bytes(),
            "--vkey": vkeys.encode() or (GOLDEN / "index.vkey").read_bytes(),
            "--revoked-keys": lost.encode(),
        }
        words = [str(PACK), "--at", at, "--json"]
        for option, data in brought.items():
            (tmp_path / option).write_bytes(data)
            words += [option, str(tmp_path / option)]
        policy = ["--policy", str(GOLDEN / "signoff.toml")]
        ours = _said(main(["verify", *words, *policy], world=World(env={"HOME": str(tmp_path)})), capsys)
        theirs = _said(verify_pack.main(words), capsys)
        if not engine:  # without the engine nobody vouches for quorum, and the one file does not judge it: it says 3
            assert ours == theirs
        return ours

    return run


GONOGO_ALONE = ("INDEX_NOT_ASKED", "SUMMARY_OTHER_RENDERER")
"""Limits about what the one file never looks at: a log beside the pack, and the words of the summary."""


def _said(code: int, capsys: pytest.CaptureFixture[str]) -> Answer:
    checks = json.loads(capsys.readouterr().out)["checks"]
    return code, {check["code"] for check in checks} - {"OK", "NOT_CHECKED", *GONOGO_ALONE}


def _when(line: str, options: str) -> str:
    """The same key, for a time."""
    return line.replace('" ssh-', f'",{options} ssh-')


AT_THE_TIME = 'valid-after="20260101",valid-before="20260110"'


@pytest.mark.parametrize(
    ("signers", "expected"),
    [
        ((_when(ALICE, AT_THE_TIME), BOB), (0, set())),
        ((_when(ALICE, 'valid-before="20260109110001Z"'), BOB), (0, set())),
        ((_when(ALICE, 'valid-before="20260109105959Z"'), BOB), (5, {"SIGNER_EXPIRED"})),
        ((_when(ALICE, 'valid-before="20260109"'), BOB), (5, {"SIGNER_EXPIRED"})),
        ((_when(ALICE, 'valid-after="20260109110001Z"'), BOB), (5, {"SIGNER_NOT_YET_VALID"})),
        ((_when(ALICE, 'valid-after="20260110"'), BOB), (5, {"SIGNER_NOT_YET_VALID"})),
        ((ALICE, _when(BOB, 'valid-before="20260112"')), (5, {"SIGNER_EXPIRED"})),
        ((ALICE, _when(BOB, 'valid-after="20260112090001Z"')), (5, {"SIGNER_NOT_YET_VALID"})),
        ((BOB,), (5, {"SIGNER_UNTRUSTED"})),
        ((f"# taken back: {ALICE}", BOB), (5, {"SIGNER_UNTRUSTED"})),
        ((ALICE,), (5, {"SIGNER_UNTRUSTED"})),
    ],
)
def test_a_person_signs_with_a_key_that_is_valid_then(
    verify: Callable[..., Answer], signers: tuple[str, ...], expected: Answer
) -> None:
    assert verify(*signers) == expected
    assert verify(*signers, at=LATER) == expected, "what is committed does not change with the verifier's clock"


KEY_OF_ALICE, KEY_OF_BOB = (line[line.index("ssh-") :] for line in (ALICE, BOB))
LINE = "ssh-ed25519 AAAA since=2026-01-09T11:00:00Z"


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (f"# none\n\n{KEY_OF_ALICE} since=2026-01-09T11:00:01Z\n", (0, set())),
        (f"{KEY_OF_ALICE} since=2026-01-09T11:00:00Z", (5, {"SIGNER_REVOKED"})),
        (f"{KEY_OF_ALICE} since=2030-01-01T00:00:00Z\n{KEY_OF_ALICE}\n", (5, {"SIGNER_REVOKED"})),
        (f"{KEY_OF_BOB} since=2026-01-12T09:00:01Z", (3, {"SIGNER_REVOKED_WHEN"})),
        (f"{KEY_OF_BOB} since=2026-01-12T09:00:00Z", (5, {"SIGNER_REVOKED"})),
    ],
)
def test_a_key_that_was_lost_counts_until_then(verify: Callable[..., Answer], lost: str, expected: Answer) -> None:
    """Alice's time is vouched for by the engine, whose key was brought; nobody vouches for when Bob closed."""
    assert verify(lost=lost) == expected
    assert verify(lost=lost, at=LATER) == expected


def test_without_the_engines_key_nobody_says_when_a_lost_key_signed(verify: Callable[..., Answer]) -> None:
    code, codes = verify(engine=dsse.public_pem(key(9)), lost=f"{KEY_OF_ALICE} since=2027-01-01T00:00:00Z")
    assert (code, "SIGNER_REVOKED_WHEN" in codes) == (3, True)


@pytest.mark.parametrize("line", ["x", LINE, f"{KEY_OF_ALICE} since=x", f"{KEY_OF_ALICE} since= since=", "\xff"])
def test_half_a_list_of_lost_keys_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    (tmp_path / "lost").write_bytes(f"{KEY_OF_BOB}\n{line}\n".encode("latin-1"))
    (tmp_path / "signers").write_text(f"{ALICE}\n{BOB}\n")
    words = [str(PACK), "--allowed-signers", str(tmp_path / "signers"), "--revoked-keys", str(tmp_path / "lost")]
    assert verify_pack.main(words) == 2
    assert "revoked_keys:2" in capsys.readouterr().out
    assert main(["verify", *words, "--json"], world=World(env={"HOME": str(tmp_path)})) == 2
    assert "REVOKED_LINE" in capsys.readouterr().out


def test_a_log_signs_with_a_key_that_was_brought(verify: Callable[..., Answer]) -> None:
    own, rotated, other = signer().verifier, Signer(signer().name, key(8)).verifier, signer(9).verifier
    assert verify(vkeys=f"{rotated.line}\n{own.line}\n") == (0, set())
    assert verify(vkeys=f"{rotated.line}\n") == (5, {"NOTE_UNSIGNED"})
    assert verify(vkeys=f"{other.line}\n") == (6, {"INDEX_FOREIGN_LOG"})


def test_an_engine_that_was_named_and_is_another_vouches_for_nothing(verify: Callable[..., Answer]) -> None:
    code, codes = verify(engine=dsse.public_pem(key(9)))
    assert (code, "ENGINE_KEY_UNKNOWN" in codes) == (3, True)


@pytest.mark.parametrize("option", ["--engine-key", "--vkey", "--allowed-signers"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"-----BEGIN PUBLIC KEY-----\n", b"name+00000000+AAAA\n"])
def test_keys_that_are_none_are_refused_and_nobody_is_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, data: bytes
) -> None:
    (tmp_path / "key").write_bytes(data)
    words = [str(PACK), option, str(tmp_path / "key"), "--json"]
    codes = {main(["verify", *words], world=World(env={"HOME": str(tmp_path)})), verify_pack.main(words)}
    assert codes <= {2, 3, 5}
    assert "Traceback" not in capsys.readouterr().err
