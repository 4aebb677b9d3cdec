"""Revoked keys: read whole or not at all, and from a time on or for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo_evidence import allowed_signers
from gonogo_evidence.errors import BadInput, Refused
from gonogo_evidence.revoked_keys import ALWAYS, parse, revoke
from support.signing import SoftKey

pytestmark = pytest.mark.fast

ONE, TWO = SoftKey(1).public, SoftKey(2).public
AT = datetime(2026, 1, 9, 12, tzinfo=UTC)
SINCE = "since=2026-01-09T12:00:00Z"
NAMESPACE = "gonogo-signoff@v1"


def read(text: str) -> dict[str, datetime]:
    return {key.fingerprint: since for key, since in parse(text.encode(), where="r").items()}


def test_a_line_is_a_key_with_or_without_a_time() -> None:
    text = f"# lost\n\n{ONE.line} {SINCE} laptop\r\n\t{TWO.line} old key\n"
    assert read(text) == {ONE.fingerprint: AT, TWO.fingerprint: ALWAYS}
    assert read("") == {}


def test_the_earliest_time_wins() -> None:
    later = SINCE.replace("2026-01-09", "2026-02-01")
    assert read(f"{ONE.line} {later}\n{ONE.line} {SINCE}\n{ONE.line} {later}\n") == {ONE.fingerprint: AT}
    assert read(f"{ONE.line} {SINCE}\n{ONE.line}\n") == {ONE.fingerprint: ALWAYS}


@pytest.mark.parametrize(
    "line",
    [
        "SHA256:abc",
        "ssh-ed25519",
        f"{ONE.line} since=yesterday",
        f"{ONE.line} since=",
        f"{ONE.line} {SINCE} {SINCE}",
        f'namespaces="x" {ONE.line}',
        "SSHKRL\n\0",
        "\xff",
    ],
)
def test_half_a_list_is_no_list(line: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(f"{TWO.line}\n{line}\n".encode("latin-1"), where="r")
    assert (caught.value.code, caught.value.where) == ("REVOKED_LINE", "r:2")


@given(st.binary(min_size=1, max_size=200).filter(lambda data: data.strip(b" \t\r\n")[:1] not in {b"", b"#"}))
def test_garbage_is_refused_with_a_code(data: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        parse(data, where="r")
    assert caught.value.code == "REVOKED_LINE"


def test_a_revoked_key_signs_until_that_second() -> None:
    line = f'alice namespaces="{NAMESPACE}" {ONE.line}\n'.encode()
    (signer,) = revoke(allowed_signers.parse(line, where="s"), parse(f"{ONE.line} {SINCE}".encode(), where="r"))
    assert allowed_signers.find([signer], ONE, NAMESPACE, AT - timedelta(seconds=1)) == signer
    with pytest.raises(Refused) as caught:
        allowed_signers.find([signer], ONE, NAMESPACE, AT)
    assert caught.value.code == "SIGNER_REVOKED"
    (other,) = revoke([signer], parse(TWO.line.encode(), where="r"))
    assert allowed_signers.find([other], ONE, NAMESPACE, AT) == other
    (never,) = revoke([signer], parse(ONE.line.encode(), where="r"))
    assert not never.valid(datetime(1990, 1, 1, tzinfo=UTC))
